//! The page in a real browser: a user gets a phone and logs in, and the login changes without a reload. An accessibility
//! checker finds nothing, and nothing is asked of another host.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use gateway::surface::Operation;

use crate::kit::{Folder, Phone};
use crate::tools;

#[test]
fn gtw_13_the_page_in_a_browser() {
    if !tools::is_here("the gateway's page in a browser", &[tools::BROWSER]) {
        return;
    }
    let folder = Folder::new(2);
    let gateway = folder.serve_with(&["--address-rate", "0", "--license-rate", "0", "--site"]);
    let mut phone = Phone::activate(&gateway, 0, 1);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new("node")
        .args([root.join("tests/gateway/site.mjs"), root.join("target/browser")])
        .arg(&gateway.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut out) =
        (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    // The page shows a login; the phone takes its steps, and says so to the script that watches the page.
    let mut next = || out.next().unwrap().unwrap();
    for approves in [true, false] {
        let key = next();
        assert_eq!(key.len(), 10, "{key}");
        let prepared = gateway.does(Operation::Prepare, &phone.prepares(&key));
        assert_eq!(next(), "retrieved");
        if approves {
            let handle = phone.opens(&prepared);
            gateway.does(Operation::Approve, &phone.approves(handle, &key));
        } else {
            gateway.does(Operation::Reject, &phone.rejects(&key));
        }
        assert_eq!(next(), if approves { "approved" } else { "rejected" });
        writeln!(input, "next").unwrap();
    }
    drop(input);
    assert_eq!(next(), "looked at");
    assert!(child.wait().unwrap().success());
}
