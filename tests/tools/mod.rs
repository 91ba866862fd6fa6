//! What some tests need besides Rust and a C compiler: what it is, whether it is here, how to get it. A test whose need
//! isn't here is skipped with a line that says so; under CI (`COUNTERPROOF_CI`) it fails.

#![allow(dead_code)] // each test uses some

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Something that a test can't do without.
pub struct Need {
    /// What it is.
    what: &'static str,
    /// A command that succeeds where it is here, and in a version that will do.
    probe: &'static [&'static str],
    /// How to get it.
    get: &'static str,
}

pub const PYTHON: Need = Need {
    what: "Python, 3.11 or newer",
    probe: &["python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
    get: "apt-get install python3",
};
/// What the second implementation imports: older versions have no Argon2id, or an OpenSSL without it.
pub const ARGON2ID: Need = Need {
    what: "the Python package cryptography, 44 or newer",
    probe: &[
        "python3",
        "-c",
        "from cryptography.hazmat.primitives.kdf.argon2 import Argon2id as A; A(salt=b'01234567', length=16, iterations=1, lanes=1, memory_cost=8)",
    ],
    get: "pip install cryptography",
};
pub const PYCA: Need = Need {
    what: "the Python package cryptography, 42 or newer",
    probe: &["python3", "-c", "import cryptography.hazmat.primitives.twofactor.totp"],
    get: "pip install cryptography",
};
pub const NODE: Need = Need {
    what: "Node, 20 or newer",
    probe: &["node", "-e", "process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)"],
    get: "apt-get install nodejs",
};
pub const JDK: Need = Need {
    what: "a JDK, 17 or newer",
    probe: &["sh", "-c", "java --list-modules | grep -Eq '^jdk.compiler@(1[7-9]|[2-9][0-9])'"],
    get: "apt-get install default-jdk-headless",
};
pub const OATHTOOL: Need =
    Need { what: "oathtool", probe: &["oathtool", "--version"], get: "apt-get install oathtool" };
pub const ZBAR: Need =
    Need { what: "zbarimg", probe: &["zbarimg", "--version"], get: "apt-get install zbar-tools" };
pub const ZXING: Need = Need {
    what: "the Python packages zxing-cpp and pillow",
    probe: &["python3", "-c", "import zxingcpp, PIL"],
    get: "pip install zxing-cpp pillow",
};
pub const SEGNO: Need = Need {
    what: "the Python package segno",
    probe: &["python3", "-c", "import segno"],
    get: "pip install segno",
};
pub const PERL: Need = Need {
    what: "Perl's URI",
    probe: &["perl", "-MURI::Escape", "-e", "1"],
    get: "apt-get install liburi-perl",
};
pub const OPENSSL: Need = Need {
    what: "openssl, 3.0 or newer",
    probe: &["openssl", "mac", "-digest", "SHA256", "-macopt", "hexkey:00", "-in", "/dev/null", "HMAC"],
    get: "apt-get install openssl",
};
pub const XXD: Need = Need { what: "xxd", probe: &["xxd", "-v"], get: "apt-get install xxd" };
pub const VERIFPAL: Need = Need {
    what: "verifpal, 1.6 or newer",
    probe: &["sh", "-c", "verifpal verify --help | grep -q -- --sessions"],
    get: "cargo +nightly install verifpal --locked --ignore-rust-version",
};
pub const ZIP: Need = Need { what: "zip", probe: &["zip", "-v"], get: "apt-get install zip" };
pub const VALGRIND: Need =
    Need { what: "valgrind", probe: &["valgrind", "--version"], get: "apt-get install valgrind" };

pub const BROWSER: Need = Need {
    what: "Chromium, Node, and axe-core and playwright-core of npm",
    probe: &[
        "sh",
        "-c",
        "command -v chromium && cd target/browser && node -e 'require(\"axe-core\"); require(\"playwright-core\")'",
    ],
    get: "apt-get install chromium nodejs npm && npm install --no-package-lock --prefix target/browser axe-core@4.14.1 playwright-core@1.65.1",
};

/// Whether all of it is here; where not, says what is skipped and how to get what is missing.
pub fn is_here(skipped: &str, needs: &[Need]) -> bool {
    let Some(need) = needs.iter().find(|need| !succeeds(need.probe)) else { return true };
    let missing = format!("{skipped}, for want of {}: {}", need.what, need.get);
    assert!(std::env::var_os("COUNTERPROOF_CI").is_none(), "missing under CI: {missing}");
    // Not eprintln!, which the test runner would keep to itself. On a line of its own, whatever it is writing.
    std::io::stderr().write_all(format!("\nSKIPPED {missing}\n").as_bytes()).unwrap();
    false
}

/// As [`is_here`]; but where this run leaves `name` to the nightly one (`COUNTERPROOF_LATER`, see `tests/README.md`), its
/// absence is no failure, and a line says so.
pub fn is_here_or_left_to_the_night(name: &str, skipped: &str, need: Need) -> bool {
    let later = std::env::var("COUNTERPROOF_LATER").unwrap_or_default();
    if later.split(' ').any(|later| later == name) && !succeeds(need.probe) {
        std::io::stderr()
            .write_all(format!("\nLATER {skipped}: left to the nightly run\n").as_bytes())
            .unwrap();
        return false;
    }
    is_here(skipped, &[need])
}

fn succeeds(command: &[&str]) -> bool {
    let (program, arguments) = command.split_first().unwrap();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
