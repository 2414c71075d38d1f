// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Links gmcheck's lockstep loop: its archives are in the component `static` of an installation.
fn main() {
    println!("cargo:rustc-link-search=native=@PREFIX@/lib");
    for archive in ["gmcheck-fuzz", "gmcheck"] {
        println!("cargo:rustc-link-lib=static={archive}");
    }
    for library in ["fmt", "gtest", "stdc++"] {
        println!("cargo:rustc-link-lib=dylib={library}");
    }
}
