//! How a peer is started, by its command line, folder and environment, or where it listens; and its deadline. And why
//! there is none.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::socket::{Address, NoAddress};

/// How long a harness waits for an answer unless told otherwise. PPR-2.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// How many times longer the first answer of a fresh process may take: 30 seconds unless told otherwise. A virtual
/// machine is up in 3 on a busy computer, a container with its image in 10; and who gives a slow peer more time
/// for each answer needs as much more for its start.
const START: u32 = 3;

/// What the harness talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A program to start, and its arguments. One without a slash is looked for in `PATH`; a relative one is relative
    /// to [`Launch::cwd`].
    Command(Vec<String>),
    /// A socket to connect to, behind which the peer is running already.
    Socket(Address),
}

/// How a peer is started, or reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// What is started, or connected to.
    pub target: Target,
    /// The folder a command runs in; that of the harness where `None`.
    pub cwd: Option<PathBuf>,
    /// Variables set for a command on top of the harness's own environment.
    pub env: Vec<(String, String)>,
    /// How long one question may take, from its first byte written to its answer's line end.
    pub timeout: Duration,
    /// How long the first question to a fresh process or connection may take, which has to start first. Counts where
    /// it is more.
    pub start: Duration,
}

impl Launch {
    /// Runs this program with these arguments, here, with the usual time for its answers.
    pub fn new(command: Vec<String>) -> Self {
        Self::of(Target::Command(command))
    }

    fn of(target: Target) -> Self {
        let (cwd, env) = (None, Vec::new());
        Self { target, cwd, env, timeout: DEFAULT_TIMEOUT, start: DEFAULT_TIMEOUT * START }
    }

    /// Another time for its answers, and for its start in proportion.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, start: timeout.saturating_mul(START), ..self }
    }

    /// Once a start and its answer took so long: three times that, beside an answer's own time, is enough for each later
    /// start. Otherwise a peer that hangs at the first question of every case would be waited for as long as for one
    /// that starts slowly.
    pub fn started_in(self, took: Duration) -> Self {
        let enough = self.timeout.saturating_add(took.saturating_mul(START));
        Self { start: self.start.min(enough), ..self }
    }

    /// From a command line, split into words as a POSIX shell does; or from an [`Address`], `tcp:HOST:PORT` or
    /// `unix:PATH`. No shell runs: no variables, no pipes.
    ///
    /// ```
    /// use counterproof::io::peer::{Launch, Target};
    /// let launch = Launch::parse("java -jar 'my peer.jar'")?;
    /// assert_eq!(launch.target, Target::Command(["java", "-jar", "my peer.jar"].map(str::to_owned).into()));
    /// let launch = Launch::parse("tcp:[::1]:7000")?;
    /// assert!(matches!(launch.target, Target::Socket(_)));
    /// # Ok::<(), counterproof::io::peer::CannotRun>(())
    /// ```
    pub fn parse(line: &str) -> Result<Self, CannotRun> {
        if let Some(address) = Address::parse(line) {
            return Ok(Self::of(Target::Socket(address.map_err(CannotRun::NoAddress)?)));
        }
        let command = shlex::split(line).ok_or_else(|| CannotRun::Unbalanced(line.to_owned()))?;
        program(&command)?;
        Ok(Self::new(command))
    }

    /// Ready to be spawned, its three streams piped. It leads a process group of its own, so that whatever
    /// it starts can be killed with it, and Ctrl-C reaches the harness alone.
    pub(super) fn command(&self, words: &[String]) -> Result<Command, CannotRun> {
        use std::os::unix::process::CommandExt as _;
        let program = program(words)?;
        self.folder()?;
        let mut command = Command::new(program);
        command.args(words.iter().skip(1));
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        Ok(command)
    }

    /// That the folder is one, and may be entered (a look at `.` needs that). The system's own error doesn't tell the
    /// folder from the program.
    fn folder(&self) -> Result<(), CannotRun> {
        match self.cwd.as_ref().filter(|cwd| !cwd.join(".").is_dir()) {
            Some(cwd) => Err(CannotRun::NoFolder(cwd.clone())),
            None => Ok(()),
        }
    }

    /// Names what the operating system's error doesn't: what is wrong with the program.
    pub(super) fn explain(&self, words: &[String], error: &io::Error) -> CannotRun {
        // It may have gone since.
        if let Err(no_folder) = self.folder() {
            return no_folder;
        }
        let program = words.first().cloned().unwrap_or_default();
        let path = self.cwd.as_deref().unwrap_or(Path::new("")).join(&program);
        match error.kind() {
            io::ErrorKind::NotFound if program.contains('/') && path.exists() => {
                CannotRun::NoInterpreter(program)
            }
            io::ErrorKind::NotFound => CannotRun::NotFound(program),
            io::ErrorKind::PermissionDenied if program.contains('/') && path.is_dir() => {
                CannotRun::IsFolder(program)
            }
            io::ErrorKind::PermissionDenied => CannotRun::NoPermission(program),
            _ => CannotRun::Other(program, error.to_string()),
        }
    }
}

/// The first word.
fn program(command: &[String]) -> Result<&str, CannotRun> {
    command.first().map(String::as_str).filter(|name| !name.is_empty()).ok_or(CannotRun::Empty)
}

/// Why a peer could not be started, or reached. Its words name the program or the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotRun {
    /// The command line has no word in it.
    Empty,
    /// The command line, in which a quote is not closed or a backslash ends the line.
    Unbalanced(String),
    /// The program is not there.
    NotFound(String),
    /// The program is there; what its `#!` line or its header names is not.
    NoInterpreter(String),
    /// The program is a folder.
    IsFolder(String),
    /// The program may not be executed.
    NoPermission(String),
    /// The folder to run in is none.
    NoFolder(PathBuf),
    /// The program, and the operating system's words.
    Other(String, String),
    /// It begins as an address does, and is none.
    NoAddress(NoAddress),
    /// There is no connection to this address, and why, in the operating system's words.
    Unreachable(Address, String),
}

impl fmt::Display for CannotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the command is empty"),
            Self::Unbalanced(line) => write!(f, "a quote is not closed in the command: {line}"),
            Self::NotFound(program) => write!(f, "{program}: program not found"),
            Self::NoInterpreter(program) => {
                write!(f, "{program}: the interpreter or loader that it names is not found")
            }
            Self::IsFolder(program) => write!(f, "{program}: is a folder, not a program"),
            Self::NoPermission(program) => write!(f, "{program}: no permission to execute it"),
            Self::NoFolder(path) => write!(f, "{}: not a folder to run a peer in", path.display()),
            Self::Other(program, words) => write!(f, "{program}: can't be started: {words}"),
            Self::NoAddress(none) => none.fmt(f),
            Self::Unreachable(address, words) => write!(f, "{address}: the peer can't be reached: {words}"),
        }
    }
}

impl std::error::Error for CannotRun {}
