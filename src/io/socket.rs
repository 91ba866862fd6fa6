//! A peer behind a socket: where it listens, and a connection to it. And the other side, for the reference.
//!
//! The harness is a client only, and sends nothing but the protocol, in plain text and to whoever answers there: for
//! this computer, or a laboratory's network. There is no process to kill and no standard error to quote; a peer that
//! hangs loses its connection.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, ToSocketAddrs as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};

use super::lines::Ends;
use super::signals::interrupted;

/// How long somebody may take to listen: a service that crashed has to start again.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
/// How long one attempt to connect may take.
const ATTEMPT: Duration = Duration::from_secs(3);
/// Between two attempts: at first, and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(500)];
/// How many connections may wait to be accepted.
const BACKLOG: i32 = 128;

/// Where a peer listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host, by name or number (IPv6 without brackets), and a port.
    Tcp(String, u16),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl Address {
    /// Of `tcp:HOST:PORT`, with brackets around a host that has colons, or `unix:PATH`. `None` for a text that begins
    /// like neither.
    pub fn parse(text: &str) -> Option<Result<Self, NoAddress>> {
        let address = match (text.strip_prefix("tcp:"), text.strip_prefix("unix:")) {
            (Some(rest), _) => tcp(rest),
            (_, Some(path)) => unix(path),
            (None, None) => return None,
        };
        Some(address.ok_or_else(|| NoAddress(text.to_owned())))
    }

    /// All that it stands for: a name may have several numbers.
    fn resolve(&self) -> io::Result<Vec<SockAddr>> {
        match self {
            Address::Tcp(host, port) => {
                Ok((host.as_str(), *port).to_socket_addrs()?.map(SockAddr::from).collect())
            }
            Address::Unix(path) => Ok(vec![SockAddr::unix(path)?]),
        }
    }

    /// Does something with the first number with which it succeeds; the error is that of the last.
    fn first<T>(&self, mut with: impl FnMut(&SockAddr) -> io::Result<T>) -> io::Result<T> {
        let mut last = Err(ErrorKind::AddrNotAvailable.into());
        for address in self.resolve()? {
            last = with(&address);
            if last.is_ok() {
                break;
            }
        }
        last
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(host, port) if host.contains(':') => write!(f, "tcp:[{host}]:{port}"),
            Address::Tcp(host, port) => write!(f, "tcp:{host}:{port}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A text that begins as an address does, and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAddress(pub String);

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let forms = "tcp:HOST:PORT, tcp:[IPV6]:PORT and unix:PATH";
        write!(f, "{}: no address; they are {forms}, of a path that is short enough for a socket", self.0)
    }
}

impl std::error::Error for NoAddress {}

fn tcp(text: &str) -> Option<Address> {
    let (host, port) = text.rsplit_once(':')?;
    let number = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = number.or_else(|| Some(host).filter(|host| !host.contains([':', '[', ']'])))?;
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|_| is_number)?;
    Some(host).filter(|host| !host.is_empty()).map(|host| Address::Tcp(host.to_owned(), port))
}

fn unix(path: &str) -> Option<Address> {
    let fits = !path.is_empty() && !path.contains('\0') && SockAddr::unix(path).is_ok();
    fits.then(|| Address::Unix(path.into()))
}

/// A connection to a peer; closed when it is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    socket: Socket,
    /// The harness's half is open.
    sends: bool,
}

impl Connection {
    /// Connects. Where nobody listens it tries again until `patience` is over.
    pub(super) fn open(address: &Address, patience: Duration) -> io::Result<Self> {
        let [mut pause, longest] = PAUSES;
        let begin = Instant::now();
        loop {
            let error = match address.first(connect) {
                Ok(socket) => return Ok(Self { socket, sends: true }),
                Err(error) => error,
            };
            let is_over = begin.elapsed() + pause >= patience || interrupted().is_some();
            if is_over || !may_come(&error) {
                return Err(error);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(longest);
        }
    }

    pub(super) fn ends(&self) -> Option<Ends<'_>> {
        self.sends.then(|| Ends { to: self.socket.as_fd(), from: self.socket.as_fd() })
    }

    pub(super) fn output(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    pub(super) fn close_input(&mut self) {
        self.sends = false;
        // Where the peer has gone there is nothing to end.
        let _ = self.socket.shutdown(Shutdown::Write);
    }
}

fn connect(address: &SockAddr) -> io::Result<Socket> {
    let socket = Socket::new(address.domain(), Type::STREAM, None)?;
    socket.connect_timeout(address, ATTEMPT)?;
    socket.set_nonblocking(true)?;
    without_delay(&socket, address)?;
    Ok(socket)
}

/// A line is sent at once, and not kept until the line before it is acknowledged.
fn without_delay(socket: &Socket, address: &SockAddr) -> io::Result<()> {
    if address.domain() == Domain::UNIX { Ok(()) } else { socket.set_tcp_nodelay(true) }
}

/// Whether somebody may listen there in a moment.
fn may_come(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, NotFound, WouldBlock};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | NotFound | WouldBlock)
}

/// A socket at which the reference listens.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    address: Address,
}

impl Listener {
    /// Listens. A Unix socket that nobody listens at any more makes room.
    pub fn bind(address: &Address) -> io::Result<Self> {
        if let Address::Unix(path) = address {
            remove_stale(path)?;
        }
        let socket = address.first(|address| {
            let socket = Socket::new(address.domain(), Type::STREAM, None)?;
            if address.domain() != Domain::UNIX {
                // Otherwise the port stays taken for a while after a server that ended.
                socket.set_reuse_address(true)?;
            }
            socket.bind(address)?;
            socket.listen(BACKLOG)?;
            Ok(socket)
        })?;
        let address = match socket.local_addr()?.as_socket() {
            Some(number) => Address::Tcp(number.ip().to_string(), number.port()),
            None => address.clone(),
        };
        Ok(Self { socket, address })
    }

    /// Where it listens, in numbers: of port 0 the one it got.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The next connection, which can be read and written.
    pub fn accept(&self) -> io::Result<Socket> {
        let (socket, _) = self.socket.accept()?;
        without_delay(&socket, &self.socket.local_addr()?)?;
        Ok(socket)
    }
}

/// A server that was killed leaves its socket behind.
fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == ErrorKind::ConnectionRefused;
    if is_socket && connect(&SockAddr::unix(path)?).is_err_and(refused) {
        fs::remove_file(path)?;
    }
    Ok(())
}
