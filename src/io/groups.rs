//! Which process groups are running, so that every way out of the program can kill them.
//!
//! A peer leads a group, and what it starts belongs to it: the group dies with the peer. What left its group (`setsid`)
//! may be shared by several peers, as the daemon of a build tool is, so it dies with the program; only Linux can
//! tell which processes these are, because there orphans come to this program ([`adopt_orphans`]).
//!
//! A group is only killed while its leader has not been reaped: until then nobody else can have its number. So
//! reaping and killing exclude each other, and so do starting and the last killing.

use std::collections::BTreeSet;
use std::io;
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, test_kill_process_group, waitpgid};

use super::patience::patiently;

/// How long what was killed with its leader may take to be gone; it may hold what a fresh peer needs, such as a port.
const REST: Duration = Duration::from_millis(200);

static LEADERS: Mutex<Groups> = Mutex::new(Groups(BTreeSet::new()));

/// The leaders that have not been reaped, by their numbers.
#[derive(Debug)]
pub(super) struct Groups(BTreeSet<i32>);

fn groups() -> MutexGuard<'static, Groups> {
    LEADERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a leader.
pub(super) fn start(spawn: impl FnOnce() -> io::Result<Child>) -> io::Result<Child> {
    let mut groups = groups();
    let child = spawn()?;
    groups.0.insert(Pid::from_child(&child).as_raw_pid());
    Ok(child)
}

/// Kills a group, also where its leader is dead already.
pub(super) fn kill(leader: Pid) {
    if groups().0.contains(&leader.as_raw_pid()) {
        let _ = kill_process_group(leader, Signal::KILL); // there is nobody to tell
    }
}

/// Asks a group to end, as Ctrl-C would: it may say what it came to.
pub(super) fn interrupt(leader: Pid) {
    if groups().0.contains(&leader.as_raw_pid()) {
        let _ = kill_process_group(leader, Signal::INT); // there is nobody to tell
    }
}

/// Reaps a leader, if `reap` can.
pub(super) fn reap<T>(leader: Pid, reap: impl FnOnce() -> Option<T>) -> Option<T> {
    let mut groups = groups();
    let reaped = reap();
    if reaped.is_some() {
        groups.0.remove(&leader.as_raw_pid());
    }
    reaped
}

/// Waits a little until the rest of a killed group is gone, too, its leader being reaped.
pub(super) fn await_rest(leader: Pid) {
    patiently(REST, || {
        let groups = groups();
        let anew = groups.0.contains(&leader.as_raw_pid());
        while !anew && matches!(waitpgid(leader, WaitOptions::NOHANG), Ok(Some(_))) {}
        (anew || test_kill_process_group(leader).is_err()).then_some(())
    });
}

/// Kills every group, and what else came to this program. While the guard is held, nothing is started.
pub(super) fn kill_all() -> MutexGuard<'static, Groups> {
    let groups = groups();
    for leader in groups.0.iter().filter_map(|number| Pid::from_raw(*number)) {
        let _ = kill_process_group(leader, Signal::KILL);
    }
    #[cfg(target_os = "linux")]
    strays::kill_all();
    groups
}

/// Orphans below this program become its children.
pub(super) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    strays::adopt();
}

#[cfg(target_os = "linux")]
mod strays {
    use std::fs;
    use std::time::Duration;

    use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};

    use crate::io::patience::patiently;

    /// One that forks while it is being killed needs another look, and one more.
    const LOOKS: Duration = Duration::from_millis(500);

    pub(super) fn adopt() {
        let _ = set_child_subreaper(Some(getpid())); // there since Linux 3.4
    }

    /// Kills all that descends from this program.
    pub(super) fn kill_all() {
        patiently(LOOKS, || {
            let alive = descendants();
            for pid in &alive {
                let _ = kill_process(*pid, Signal::KILL);
            }
            alive.is_empty().then_some(())
        });
    }

    /// Without those that are dead and only not reaped.
    fn descendants() -> Vec<Pid> {
        let all: Vec<Process> =
            fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(process).collect();
        let mut found = vec![getpid()];
        let mut next = 0;
        while let Some(parent) = found.get(next).copied() {
            found.extend(all.iter().filter(|process| process.parent == parent).map(|process| process.pid));
            next += 1;
        }
        let is_alive = |pid: &Pid| all.iter().any(|process| process.pid == *pid && process.alive);
        found.into_iter().skip(1).filter(is_alive).collect()
    }

    struct Process {
        pid: Pid,
        parent: Pid,
        alive: bool,
    }

    /// From `/proc/PID/stat`: number, name in parentheses, state, parent's number, …
    fn process(entry: fs::DirEntry) -> Option<Process> {
        let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
        let alive = !matches!(fields.next()?, "Z" | "X");
        Some(Process { pid, parent: Pid::from_raw(fields.next()?.parse().ok()?)?, alive })
    }
}
