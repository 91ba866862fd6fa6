//! Files that the program writes: whole or not at all, secret from the moment they exist, and where the path says.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use counterproof::io::files::{self, NewFile};

/// A folder of its own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("counterproof-files-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

type Write = fn(&Path, &[u8]) -> Result<(), files::FileError>;
const WAYS: [Write; 2] = [files::write_whole, files::write_secret];

#[test]
fn a_link_that_was_planted_where_a_part_goes_is_not_written_through() {
    for write in WAYS {
        let folder = Folder::new();
        let victim = folder.path("victim");
        fs::write(&victim, "as it was").unwrap();
        // The name that parts of this program once had.
        let planted = folder.path(&format!("key.{}.part", std::process::id()));
        symlink(&victim, &planted).unwrap();
        write(&folder.path("key"), b"secret").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "as it was");
        assert_eq!(mode(&victim), 0o644 & !umask());
        // It is somebody else's, and stays.
        assert!(fs::symlink_metadata(&planted).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(folder.path("key")).unwrap(), "secret");
    }
}

/// Of this process, as a new file shows it.
fn umask() -> u32 {
    let folder = Folder::new();
    fs::write(folder.path("new"), "").unwrap();
    0o666 & !mode(&folder.path("new"))
}

#[test]
fn what_a_dead_process_left_neither_blocks_nor_is_removed() {
    let folder = Folder::new();
    for left in ["key.1.part", ".counterproof-0011223344556677.part"] {
        fs::write(folder.path(left), "left").unwrap();
    }
    for write in WAYS {
        write(&folder.path("key"), b"secret").unwrap();
    }
    assert_eq!(folder.names(), [".counterproof-0011223344556677.part", "key", "key.1.part"]);
}

#[test]
fn a_secret_is_at_no_moment_open_to_others() {
    let folder = Folder::new();
    let done = AtomicBool::new(false);
    let content = vec![b'x'; 4 << 20];
    let seen = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                for entry in fs::read_dir(&folder.0).unwrap().flatten() {
                    let Ok(found) = entry.metadata() else { continue };
                    seen += 1;
                    assert_eq!(found.mode() & 0o077, 0, "{:?}: {:o}", entry.file_name(), found.mode());
                }
            }
            seen
        });
        for round in 0..60 {
            let path = folder.path(&format!("key{round}"));
            files::write_secret(&path, &content).unwrap();
            fs::remove_file(path).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        watch.join().unwrap()
    });
    assert!(seen > 60, "{seen} looks at files");
}

#[test]
fn a_file_keeps_its_mode_and_a_secret_is_its_owners_alone() {
    let folder = Folder::new();
    let path = folder.path("file");
    files::write_whole(&path, b"1").unwrap();
    assert_eq!(mode(&path), 0o666 & !umask());
    for kept in [0o640, 0o600, 0o755, 0o666] {
        set_mode(&path, kept);
        files::write_whole(&path, b"2").unwrap();
        assert_eq!(mode(&path), kept);
    }
    files::write_secret(&path, b"3").unwrap();
    assert_eq!(mode(&path), 0o600);
    files::write_secret(&folder.path("new"), b"3").unwrap();
    assert_eq!(mode(&folder.path("new")), 0o600);
}

/// Where root writes, an owner keeps what is theirs.
#[test]
fn a_file_keeps_its_owner_where_that_may_be() {
    let folder = Folder::new();
    let path = folder.path("file");
    fs::write(&path, "1").unwrap();
    if std::os::unix::fs::chown(&path, Some(65_534), Some(65_534)).is_err() {
        eprintln!("skipped: only root can give a file away");
        return;
    }
    for write in WAYS {
        write(&path, b"2").unwrap();
        let found = fs::metadata(&path).unwrap();
        assert_eq!((found.uid(), found.gid()), (65_534, 65_534));
    }
}

#[test]
fn a_link_stays_a_link() {
    for write in WAYS {
        let folder = Folder::new();
        fs::create_dir(folder.path("deep")).unwrap();
        fs::write(folder.path("deep/target"), "old").unwrap();
        symlink("deep/target", folder.path("one")).unwrap();
        symlink("one", folder.path("two")).unwrap();
        symlink("deep/not there yet", folder.path("dangling")).unwrap();
        write(&folder.path("two"), b"new").unwrap();
        write(&folder.path("dangling"), b"new").unwrap();
        for link in ["one", "two", "dangling"] {
            assert!(fs::symlink_metadata(folder.path(link)).unwrap().is_symlink(), "{link}");
            assert_eq!(fs::read_to_string(folder.path(link)).unwrap(), "new", "{link}");
        }
        assert!(fs::symlink_metadata(folder.path("deep/target")).unwrap().is_file());
        assert_eq!(fs::read_dir(folder.path("deep")).unwrap().count(), 2, "no part is left");
        symlink("loop", folder.path("loop")).unwrap();
        let error = write(&folder.path("loop"), b"new").unwrap_err();
        assert!(error.to_string().contains("loop"), "{error}");
    }
}

#[test]
fn what_is_no_file_is_written_into_and_stays() {
    let folder = Folder::new();
    let fifo = folder.path("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for write in WAYS {
        let heard = std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut heard = String::new();
                fs::File::open(&fifo).unwrap().read_to_string(&mut heard).unwrap();
                heard
            });
            write(&fifo, b"through the pipe").unwrap();
            reader.join().unwrap()
        });
        assert_eq!(heard, "through the pipe");
        write(Path::new("/dev/null"), b"gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
    assert_eq!(folder.names(), ["fifo"]);
    assert!(!fs::metadata(&fifo).unwrap().is_file());
}

#[test]
fn a_folder_is_said() {
    let folder = Folder::new();
    for write in WAYS {
        let error = write(&folder.0, b"x").unwrap_err();
        assert_eq!(error.source.kind(), ErrorKind::IsADirectory);
        assert!(error.to_string().contains("counterproof-files"), "{error}");
    }
    assert!(folder.names().is_empty());
}

#[test]
fn the_longest_name_can_be_written_and_a_longer_one_is_said() {
    let folder = Folder::new();
    for write in WAYS {
        write(&folder.path(&"n".repeat(255)), b"x").unwrap();
        let error = write(&folder.path(&"n".repeat(256)), b"x").unwrap_err();
        assert_eq!(error.source.kind(), ErrorKind::InvalidFilename);
    }
    assert_eq!(folder.names().len(), 1);
}

#[test]
fn a_new_file_is_made_by_one_and_never_over_another() {
    let folder = Folder::new();
    let path = folder.path("key");
    for round in 0..50u8 {
        let made: Vec<_> = std::thread::scope(|scope| {
            let makers = [0u8, 1, 2].map(|n| {
                let path = &path;
                scope.spawn(move || (n, files::create_secret(path, &[n; 64])))
            });
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        let winners: Vec<u8> = made.iter().filter(|(_, made)| made.is_ok()).map(|(n, _)| *n).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        assert_eq!(fs::read(&path).unwrap(), [winners[0]; 64]);
        assert_eq!(mode(&path), 0o600);
        for (_, error) in made {
            assert!(error.err().is_none_or(|error| error.source.kind() == ErrorKind::AlreadyExists));
        }
        assert_eq!(folder.names(), ["key"], "no part is left");
        fs::remove_file(&path).unwrap();
    }
    // Begun and not finished: nothing is there. No folder is made for it.
    let mut new = NewFile::create(&path).unwrap();
    new.write(b"half").unwrap();
    drop(new);
    assert!(folder.names().is_empty());
    let error = NewFile::create(&folder.path("no/such/folder/key")).err().unwrap();
    assert!(error.to_string().contains("finding folder"), "{error}");
    assert!(folder.names().is_empty());
}

/// A control character in a name is shown, not obeyed.
#[test]
fn an_error_stays_on_its_line() {
    let folder = Folder::new();
    let error = files::read_text(&folder.path("a\nb\u{1b}[2J")).unwrap_err().to_string();
    assert!(error.contains("a\\nb\\u{1b}[2J"), "{error}");
}

const FULL: &str = "COUNTERPROOF_FILES_FULL";

/// Not a test of its own: the process of the one below, where the environment says so.
#[test]
fn write_more_than_there_is_room_for() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Some(path) = std::env::var_os(FULL) else { return };
    setrlimit(Resource::Fsize, Rlimit { current: Some(10_000), ..getrlimit(Resource::Fsize) }).unwrap();
    for write in WAYS {
        let error = write(Path::new(&path), &[b'x'; 20_000]).unwrap_err();
        assert!(error.to_string().contains("writing"), "{error}");
    }
    println!("\n@said");
}

#[test]
fn a_full_disk_leaves_the_old_file_and_no_part() {
    let folder = Folder::new();
    fs::write(folder.path("file"), "old").unwrap();
    let output = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "write_more_than_there_is_room_for", "--nocapture", "--test-threads=1"])
        .env(FULL, folder.path("file"))
        .output()
        .unwrap();
    let heard = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && heard.contains("@said"), "{heard}");
    assert_eq!(fs::read_to_string(folder.path("file")).unwrap(), "old");
    assert_eq!(folder.names(), ["file"]);
}
