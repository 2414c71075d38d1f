// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `gmcheck::conformance!` as the author of a backend uses it, and what it answers where something is wrong. cargo_conformance_without_gmcheck
//! runs `conformance` once more where there is no gmcheck.

use gmcheck::Conformance;

gmcheck::conformance!(one_region);

mod with_settings {
    gmcheck::conformance!(one_region, |run| run.select("GM-RW-*").select("ADDR").programs(1000).seed("0x5eed"));
}

mod of_a_library {
    fn own_library() -> std::path::PathBuf {
        std::env::current_exe().unwrap().with_file_name("libone_region.so")
    }
    gmcheck::conformance!(library: own_library(), |run| run.programs(1000).seed("1"));
}

/// What went wrong: its first line.
fn failure(run: Conformance) -> String {
    run.run().unwrap_err().lines().next().unwrap().to_string()
}

#[test]
fn a_broken_clause_is_named() {
    let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/forgets");
    let run = Conformance::of_crate("one_region").config("forgets").select("GM-RW-001").programs(1000).seed("1");
    let report = run.argument("--report-dir").argument(folder).run().unwrap_err();
    assert!(report.starts_with("the backend breaks a clause\n"), "{}", report);
    assert!(report.contains("GM-RW-001 violated"), "{}", report);
    assert!(std::path::Path::new(folder).join("junit.xml").is_file());
}

#[test]
fn what_cannot_be_run_is_said_in_one_line() {
    let missing = failure(Conformance::of_crate("no_such_crate"));
    assert!(
        missing.ends_with("libno_such_crate.so: there is no such file; [lib] needs crate-type = [\"cdylib\", \"rlib\"]"),
        "{}",
        missing
    );
    let missing = failure(Conformance::of_library("nowhere/libx.so"));
    assert!(missing.ends_with("nowhere/libx.so: there is no such file"), "{}", missing);
    let of = || Conformance::of_crate("one_region").programs(64);
    assert_eq!(failure(of().config("strange")), "gmcheck or the plugin could not be used");
    assert_eq!(failure(of().seed("no seed")), "gmcheck was called wrongly");
    assert_eq!(failure(of().select("GM-DIRTY-002")), "no clause applied, or one was not reached");
}
