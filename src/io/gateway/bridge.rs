//! A bridge from the peer protocol to somebody else's gateway: what is asked line by line is sent over HTTP/1.1, and what
//! came is told. It judges nothing. Each request has a connection of its own.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::now;
use crate::io::rng;
use gatecheck::bridge::{
    self, About, AllTold, Ask, AskAbout, AskAtOnce, AskRestart, AskWait, Body, Came, Key, Now, Reply, Told,
};
use harness::case::GATEWAY;
use peer::operations::HelloResult;
use peer::protocol::{Answer, Array, MAX_QUESTION, Nothing, Question, read, read_raw};
use serde_json::value::{RawValue, to_raw_value};

/// How long a connection may take to come about.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long a reply may take. Of requests that are slow themselves, a gateway waits for 10 s (GTW-4).
const PATIENCE: Duration = Duration::from_secs(8);
const PATIENCE_IF_SLOW: Duration = Duration::from_secs(15);
/// How long a gateway may take to be back, its command's time included; less than a harness waits for an answer.
const BACK: Duration = Duration::from_secs(15);
/// Between two looks for that.
const BETWEEN: Duration = Duration::from_millis(50);
/// Bytes of a reply that are read.
const MOST_READ: u64 = 256 * 1024;
/// Headers of a reply.
const MOST_HEADERS: usize = 64;
/// Blanks of one chunk.
const CHUNK: usize = 4 * 1024;

/// Where a gateway is: `http://HOST[:PORT]`, without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As it stands in `Host`.
    host: String,
    /// Where to connect to.
    address: String,
}

/// The text is no URL of a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPlace;

impl Place {
    /// Of a text.
    pub fn parse(text: &str) -> Result<Self, NoPlace> {
        let uri: axum::http::Uri = text.parse().map_err(|_| NoPlace)?;
        let host = uri.authority().filter(|_| uri.scheme_str() == Some("http")).ok_or(NoPlace)?;
        let is_plain =
            ["", "/"].contains(&uri.path()) && uri.query().is_none() && !host.as_str().contains('@');
        if !is_plain || host.host().is_empty() {
            return Err(NoPlace);
        }
        let address = format!("{}:{}", host.host(), host.port_u16().unwrap_or(80));
        Ok(Self { host: host.as_str().to_owned(), address })
    }
}

/// What a bridge is told when it starts.
pub struct Crossing {
    /// Where the gateway is.
    pub place: Place,
    /// What the back end shows, as text.
    pub api_key: Zeroizing<String>,
    /// The licenses that were imported.
    pub licenses: Vec<About>,
    /// The program that restarts the gateway, and its arguments.
    pub restart: Option<Vec<String>>,
}

/// A bridge.
pub struct Bridge(Crossing);

impl Bridge {
    /// To one gateway.
    pub fn new(crossing: Crossing) -> Self {
        Self(crossing)
    }

    /// The answer to a line.
    pub fn answer(&mut self, line: &[u8]) -> Vec<u8> {
        let fault = |seq, words: String| Answer { seq, fault: Some(words), ..Answer::default() };
        let written = |answer: &Answer<'_>| serde_json::to_vec(answer).unwrap_or_default();
        if line.len() > MAX_QUESTION {
            return written(&fault(None, "the question is too long".into()));
        }
        let question: Question<'_> = match read(line) {
            Ok(question) => question,
            Err(error) => return written(&fault(None, error.to_string())),
        };
        match self.perform(&question.op, question.params) {
            None => {
                let unsupported = Some(question.op.into_owned());
                written(&Answer { seq: Some(question.seq), unsupported, ..Answer::default() })
            }
            Some(Ok(result)) => {
                written(&Answer { seq: Some(question.seq), ok: Some(&result), ..Answer::default() })
            }
            Some(Err(words)) => written(&fault(Some(question.seq), words)),
        }
    }

    /// What comes of an operation; nothing where there is none of this name.
    fn perform(&mut self, op: &str, params: &RawValue) -> Option<Result<Box<RawValue>, String>> {
        Some(match op {
            "hello" => with(params, |_: peer::operations::Hello| Ok(hello())),
            "ping" => with(params, |_: peer::operations::Ping| Ok(Nothing {})),
            "reset" => with(params, |_: peer::operations::Reset| Ok(Nothing {})),
            bridge::ABOUT => with(params, |AskAbout { license }| {
                let found = usize::try_from(license).ok().and_then(|at| self.0.licenses.get(at));
                let about = found.ok_or_else(|| format!("the license file has no license {license}"))?;
                let mut fresh = [0; 16];
                rng::system()(&mut fresh);
                Ok(About { fresh: Array(fresh), ..about.clone() })
            }),
            bridge::ASK => with(params, |ask| Ok(self.0.told(&ask))),
            bridge::AT_ONCE => with(params, |ask| Ok(self.0.at_once(&ask))),
            bridge::WAIT => with(params, |AskWait { seconds }| {
                thread::sleep(Duration::from_secs(seconds.min(bridge::WAIT_AT_ONCE_S).into()));
                Ok(Now { now: now() })
            }),
            bridge::RESTART => with(params, |AskRestart {}| self.0.restart()),
            _ => return None,
        })
    }
}

/// Reads parameters and writes the result.
fn with<P: DeserializeOwned, R: Serialize>(
    params: &RawValue,
    perform: impl FnOnce(P) -> Result<R, String>,
) -> Result<Box<RawValue>, String> {
    let params = read_raw(params).map_err(|error| error.to_string())?;
    to_raw_value(&perform(params)?).map_err(|error| error.to_string())
}

fn hello() -> HelloResult {
    let of_any = ["hello", "ping", "reset"];
    HelloResult {
        protocol: 1.into(),
        name: "a gateway over HTTP, behind the bridge of counterproof".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        language: "unknown".into(),
        profile: GATEWAY.into(),
        operations: of_any.into_iter().chain(bridge::OPERATIONS).map(str::to_owned).collect(),
        injects_time: false,
        injects_randomness: false,
    }
}

impl Crossing {
    /// Whether anybody listens there.
    pub fn reaches(&self) -> std::io::Result<()> {
        self.connect().map(drop)
    }

    /// Asks, and tells what came.
    fn told(&self, ask: &Ask) -> Told {
        let begun = Instant::now();
        let came = self.exchange(ask).unwrap_or_else(|error| match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Came::Silence("no whole reply in time".into()),
            _ => Came::Closed(error.to_string()),
        });
        Told { now: now(), took_ms: u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX), came }
    }

    /// Asks the same in several connections, which begin together.
    fn at_once(&self, AskAtOnce { ask, times }: &AskAtOnce) -> AllTold {
        let times = usize::from(*times).clamp(1, 32);
        let all_there = Barrier::new(times);
        let told = thread::scope(|scope| {
            let one = || {
                all_there.wait();
                self.told(ask)
            };
            let asked: Vec<_> = (0..times).map(|_| scope.spawn(one)).collect();
            asked.into_iter().filter_map(|asked| asked.join().ok()).collect()
        });
        AllTold { told }
    }

    /// Restarts the gateway, and waits until it says that it is well: what it says last.
    fn restart(&self) -> Result<Told, String> {
        let words = self.restart.as_deref().and_then(<[String]>::split_first);
        let (program, arguments) = words.ok_or("no command restarts the gateway")?;
        let begun = Instant::now();
        ends_well(program, arguments, begun).map_err(|words| format!("{program} {words}"))?;
        let health = Ask {
            method: "GET".into(),
            path: "/healthz".into(),
            host: None,
            own_origin: false,
            headers: Vec::new(),
            key: Key::None,
            body: Body::None,
        };
        loop {
            let told = self.told(&health);
            let is_well = matches!(told.came, Came::Reply(Reply { status: 200, .. }));
            if is_well || begun.elapsed() >= BACK {
                return Ok(told);
            }
            thread::sleep(BETWEEN);
        }
    }

    fn exchange(&self, ask: &Ask) -> std::io::Result<Came> {
        let mut stream = self.connect()?;
        let is_slow = matches!(ask.body, Body::Stalled | Body::HalfHead);
        let until = Instant::now() + if is_slow { PATIENCE_IF_SLOW } else { PATIENCE };
        // A gateway that has read enough may say so and close, before all is written.
        let written = self.write(&mut stream, ask);
        match receive(&mut stream, until) {
            Ok(came) => Ok(came),
            Err(error) => written.and(Err(error)),
        }
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let mut last = std::io::Error::other("the host has no address");
        for address in self.place.address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, CONNECTING) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    stream.set_write_timeout(Some(PATIENCE))?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The head, with what only the bridge knows, and the body.
    fn write(&self, stream: &mut TcpStream, ask: &Ask) -> std::io::Result<()> {
        let mut head =
            Zeroizing::new(format!("{} {} HTTP/1.1\r\nconnection: close\r\n", ask.method, ask.path));
        let mut header = |name: &str, value: &str| {
            head.push_str(&format!("{name}: {value}\r\n"));
        };
        match ask.host.as_deref() {
            None => header("host", &self.place.host),
            Some("") => {}
            Some(other) => header("host", other),
        }
        if ask.own_origin {
            header("origin", &format!("http://{}", self.place.host));
        }
        match ask.key {
            Key::None => {}
            Key::Right => header("authorization", &Zeroizing::new(format!("Bearer {}", &*self.api_key))),
            Key::Wrong => {
                header("authorization", &Zeroizing::new(format!("Bearer {}", &*another(&self.api_key))))
            }
        }
        ask.headers.iter().for_each(|(name, value)| header(name, value));
        let (length, body) = match &ask.body {
            Body::None | Body::HalfHead => (None, &b""[..]),
            Body::Text { text } => (Some(text.len().to_string()), text.as_bytes()),
            Body::Bytes { bytes } => (Some(bytes.0.len().to_string()), bytes.0.as_slice()),
            Body::Announced { length } => (Some(length.to_string()), &b""[..]),
            Body::Stalled => (Some("32".into()), &b"{\"challengeKey\":"[..]),
            Body::Chunks { .. } => {
                header("transfer-encoding", "chunked");
                (None, &b""[..])
            }
        };
        if let Some(length) = length {
            header("content-length", &length);
        }
        if ask.body != Body::HalfHead {
            head.push_str("\r\n");
        }
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        if let Body::Chunks { length } = ask.body {
            chunks(stream, length)?;
        }
        stream.flush()
    }
}

/// Runs a command to its end.
fn ends_well(program: &str, arguments: &[String], begun: Instant) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // In a group of its own: a bridge that is replaced in the middle of a run takes nothing with it.
    let mut running = command.process_group(0).spawn().map_err(|error| error.to_string())?;
    while begun.elapsed() < BACK {
        match running.try_wait().map_err(|error| error.to_string())? {
            Some(ended) if ended.success() => return Ok(()),
            Some(ended) => return Err(format!("ended with {ended}")),
            None => thread::sleep(BETWEEN),
        }
    }
    // It may end just now, and there is nothing to do then.
    let _ = running.kill().and_then(|()| running.wait());
    Err(format!("doesn't end within {} s", BACK.as_secs()))
}

/// Another key, of the same length.
fn another(key: &str) -> Zeroizing<String> {
    let mut other = Zeroizing::new(key.to_owned());
    let last = if other.pop() == Some('0') { '1' } else { '0' };
    other.push(last);
    other
}

/// So many blanks.
fn chunks(stream: &mut TcpStream, length: u32) -> std::io::Result<()> {
    let mut left = usize::try_from(length).unwrap_or(usize::MAX);
    while left > 0 {
        let part = left.min(CHUNK);
        stream.write_all(format!("{part:x}\r\n{}\r\n", " ".repeat(part)).as_bytes())?;
        left -= part;
    }
    stream.write_all(b"0\r\n\r\n")
}

/// Reads until a reply is whole, or the other side closes.
fn receive(stream: &mut TcpStream, until: Instant) -> std::io::Result<Came> {
    let mut read = Vec::new();
    let mut part = [0; 16 * 1024];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let came = match stream.read(&mut part) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // What was written to who has closed is answered so: what had come is still a reply.
            Err(error) if error.kind() == ErrorKind::ConnectionReset && !read.is_empty() => 0,
            came => came?,
        };
        let is_end = came == 0;
        read.extend(part.iter().take(came));
        if u64::try_from(read.len()).unwrap_or(u64::MAX) > MOST_READ {
            return Ok(Came::Closed(format!("a reply of more than {MOST_READ} bytes")));
        }
        match reply(&read, is_end) {
            Some(Ok(reply)) => return Ok(Came::Reply(reply)),
            Some(Err(words)) => return Ok(Came::Closed(words)),
            None if is_end && read.is_empty() => return Ok(Came::Closed("closed without a reply".into())),
            None if is_end => return Ok(Came::Closed("closed in the middle of a reply".into())),
            None => {}
        }
    }
}

/// A reply, if it is whole; why it is none.
fn reply(mut read: &[u8], is_end: bool) -> Option<Result<Reply, String>> {
    // 100 says that more comes; some say so more than once.
    let (status, headers, rest) = loop {
        match head(read) {
            Ok(Some(((100..200), _, rest))) => read = rest,
            Ok(found) => break found?,
            Err(words) => return Some(Err(words)),
        }
    };
    let is_chunked =
        headers.get("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let length = headers.get("content-length").and_then(|length| length.parse::<usize>().ok());
    let body = match (is_chunked, length) {
        (true, _) => match joined(rest) {
            Ok(body) => body?,
            Err(words) => return Some(Err(words)),
        },
        (false, Some(length)) => rest.get(..length)?.to_vec(),
        (false, None) if is_end => rest.to_vec(),
        (false, None) => return None,
    };
    Some(Ok(Reply { status, headers, body: String::from_utf8_lossy(&body).into_owned() }))
}

/// Status, headers, and what follows them, if they are all there.
type Head<'r> = (u16, BTreeMap<String, String>, &'r [u8]);

fn head(read: &[u8]) -> Result<Option<Head<'_>>, String> {
    let mut room = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Response::new(&mut room);
    let length = match parsed.parse(read).map_err(|error| format!("no reply of HTTP: {error}"))? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for header in parsed.headers.iter() {
        let (name, value) = (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value));
        let all = headers.entry(name).or_default();
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(&value);
    }
    Ok(Some((parsed.code.unwrap_or_default(), headers, read.get(length..).unwrap_or_default())))
}

/// The chunks of a body, if all are there.
fn joined(mut rest: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let mut body = Vec::new();
    loop {
        let (from, length) = match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err("a body that is not in chunks, though it says so".into()),
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length == 0 {
            return Ok(Some(body));
        }
        let whole = from
            .checked_add(length)
            .and_then(|to| Some((rest.get(from..to)?, rest.get(to.checked_add(2)?..)?)));
        let Some((chunk, behind)) = whole else { return Ok(None) };
        body.extend_from_slice(chunk);
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gtw_1_where_a_gateway_may_be() {
        for (text, host, address) in [
            ("http://127.0.0.1:9", "127.0.0.1:9", "127.0.0.1:9"),
            ("http://gateway.example/", "gateway.example", "gateway.example:80"),
            ("http://[::1]:8420", "[::1]:8420", "[::1]:8420"),
        ] {
            assert_eq!(
                Place::parse(text),
                Ok(Place { host: host.into(), address: address.into() }),
                "{text}"
            );
        }
        for text in [
            "",
            "127.0.0.1:9",
            "https://a.example",
            "http://a.example/b",
            "http://a.example?b",
            "http://u@a.example",
        ] {
            assert_eq!(Place::parse(text), Err(NoPlace), "{text}");
        }
    }

    #[test]
    fn gtw_3_a_reply_is_read_when_it_is_whole() {
        let body = |read: &[u8], is_end| reply(read, is_end).map(|read| read.map(|reply| reply.body));
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: a\r\nx: b\r\n\r\nabc";
        for end in 0..whole.len() {
            assert_eq!(body(&whole[..end], false), None, "{end}");
        }
        assert_eq!(body(whole, false), Some(Ok("abc".into())));
        assert_eq!(reply(whole, false).unwrap().unwrap().headers["x"], "a, b");
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
        assert_eq!(body(chunked, false), Some(Ok("abc".into())));
        assert_eq!(body(&chunked[..chunked.len() - 9], false), None);
        let to_the_end = b"HTTP/1.1 408 Late\r\n\r\nabc";
        assert_eq!((body(to_the_end, false), body(to_the_end, true)), (None, Some(Ok("abc".into()))));
        let after_100 = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 Done\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(reply(after_100, false).unwrap().unwrap().status, 204);
        // As many as are read at most: on the stack of a test there is no room for a call each.
        let endless = b"HTTP/1.1 100 C\r\n\r\n".repeat(15_000);
        assert_eq!(body(&endless, false), None);
        assert!(body(b"SSH-2.0\r\n\r\n", true).unwrap().is_err());
        let no_chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n";
        assert!(body(no_chunks, true).unwrap().is_err());
    }
}
