//! The test page for apps in a real browser: a script presses what the person would, the app is the reference, and calls back
//! by way of the browser. An accessibility checker finds nothing, in light and dark, at 375 and 1280 pixels.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::app::{App, Does, Run};
use crate::tools;

#[test]
fn a_person_plays_some_cases_in_a_browser() {
    if !tools::is_here("the page for apps in a browser", &[tools::BROWSER]) {
        return;
    }
    let cases =
        ["a2a-success", "a2a-cancel", "app-unlisted-x-error", "open-sign", "app-blocked", "deactivate-tag"];
    let arguments: Vec<_> = cases.iter().flat_map(|case| ["--case", case]).collect();
    let run = Run::start(&arguments);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new("node")
        .args([root.join("tests/gateway/app.mjs"), root.join("target/browser")])
        .arg(&run.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, out) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let mut app = App::right();
    let setup = run.state()["setup"].clone();
    for line in out.lines() {
        let line = line.unwrap();
        let Ok(task) = serde_json::from_str::<Value>(&line) else {
            assert_eq!(line, "looked at");
            continue;
        };
        let does = match app.acts(&task, &setup) {
            Does::Says(said) => json!({ "said": said }),
            Does::Calls(url, said) => json!({ "calls": url, "said": said }),
        };
        writeln!(input, "{does}").unwrap();
    }
    assert!(child.wait().unwrap().success());
    let (code, report, said) = run.finish();
    let cases = report["parts"][0]["cases"].as_array().unwrap();
    assert!(cases.iter().all(|case| case["verdict"] == "pass"), "{cases:?}");
    assert_eq!((code, cases.len()), (0, 6), "{said}");
}
