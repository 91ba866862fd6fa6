//! A client's state as a file.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use channel::client::{Client, Config, RootPolicy};
use channel::crypto::keys::{Key, Platform};
use channel::server::Store;
use channel::state::digest;
use counterproof::io::state_file::{self, StateError};
use harness::setup;

use crate::kit::*;

const FILE: &str = "COUNTERPROOF_CRASH_STATE";

fn platform() -> Key<Platform> {
    Key::new([0x99; 16])
}

fn config() -> Config {
    Config {
        static_vector: Some(setup::otp_vector()),
        platform_data: vec![1],
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: false,
    }
}

fn activated(folder: &Folder) -> Client {
    let mut client = app(1);
    let mut store = store_of(&folder.store(), 1);
    store.with(serial(0), |license| activate(license, &mut client, [6; 13], NOW)).unwrap();
    client
}

#[test]
fn it_is_read_again_by_its_platform_alone() {
    let folder = Folder::new("state");
    let path = folder.0.join("app.state");
    let client = activated(&folder);
    state_file::save(&path, &client, &platform()).unwrap();
    let again = state_file::load(&path, &platform(), config()).unwrap();
    assert_eq!(digest(&again), digest(&client));

    let refused = |key: Key<Platform>| match state_file::load(&path, &key, config()) {
        Err(StateError::Refused(refusal)) => refusal.rule.id,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(Key::new([1; 16])), "CST-6");
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bent = good.clone();
        bent[at] ^= 1;
        fs::write(&path, &bent).unwrap();
        assert!(["CST-4", "CST-5", "CST-6"].contains(&refused(platform())), "byte {at}");
        fs::write(&path, &good[..at]).unwrap();
        assert!(["CST-4", "CST-6"].contains(&refused(platform())), "cut at {at}");
    }
    fs::remove_file(&path).unwrap();
    let missing = state_file::load(&path, &platform(), config());
    assert!(matches!(missing, Err(StateError::File(_))), "{missing:?}");
    let folder_instead = state_file::load(&folder.0, &platform(), config());
    assert!(matches!(folder_instead, Err(StateError::File(_))));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("mode");
    let path = folder.0.join("app.state");
    state_file::save(&path, &activated(&folder), &platform()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

/// Not a test of its own: the client of the one below, where the environment says so.
#[test]
fn respond_until_killed() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let path = Path::new(&path);
    let mut client = state_file::load(path, &platform(), config()).unwrap();
    println!("\n@ready");
    loop {
        let response = event_otp(&mut client, serial(0), NOW);
        state_file::save(path, &client, &platform()).unwrap();
        std::io::stdout().lock().write_all(format!("@{response}\n").as_bytes()).unwrap();
    }
}

/// STO-2: killed at any moment, the file is the old state or the new one; and no response is ever shown twice.
#[test]
fn killed_while_it_writes_it_leaves_the_old_or_the_new() {
    let folder = Folder::new("killed");
    let path = folder.0.join("app.state");
    let mut expected = activated(&folder);
    state_file::save(&path, &expected, &platform()).unwrap();
    let mut shown = 0;
    for round in 0..25u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "state::respond_until_killed", "--nocapture", "--test-threads=1"])
            .env(FILE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(10 + round * 7 % 60));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut heard = String::new();
        child.stdout.take().unwrap().read_to_string(&mut heard).unwrap();
        let whole = heard.rfind('\n').map_or("", |end| &heard[..=end]);
        let responses = whole.lines().filter_map(|line| line.strip_prefix('@')).filter(|it| *it != "ready");
        for response in responses {
            assert_eq!(response, event_otp(&mut expected, serial(0), NOW), "each response once, in order");
            shown += 1;
        }
        // What is on the disk is what was shown last, or one further: written, but not shown any more.
        let found = state_file::load(&path, &platform(), config()).unwrap();
        if digest(&found) != digest(&expected) {
            event_otp(&mut expected, serial(0), NOW);
        }
        assert_eq!(digest(&found), digest(&expected), "round {round}");
    }
    assert!(shown > 25, "{shown} responses shown");
}
