//! Looks for the headers of the libraries that are written in C, and compiles what calls them. What isn't there is left out,
//! and the program says so.

use std::path::Path;

fn main() {
    let libraries = [
        ("openssl", "openssl/evp.h", "crypto"),
        ("ipsec_mb", "intel-ipsec-mb.h", "IPSec_MB"),
        ("oath", "liboath/oath.h", "oath"),
    ];
    println!("cargo:rerun-if-changed=shim.c");
    let mut build = cc::Build::new();
    build.file("shim.c").opt_level(3).warnings_into_errors(true);
    for (name, header, library) in libraries {
        println!("cargo:rustc-check-cfg=cfg(has_{name})");
        if ["/usr/include", "/usr/local/include"]
            .iter()
            .any(|folder| Path::new(folder).join(header).is_file())
        {
            build.define(&format!("HAS_{}", name.to_uppercase()), None);
            println!("cargo:rustc-cfg=has_{name}");
            println!("cargo:rustc-link-lib={library}");
        }
    }
    build.compile("shim");
}
