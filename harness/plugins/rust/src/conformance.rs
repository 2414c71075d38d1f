// SPDX-License-Identifier: Apache-2.0 OR MIT
//! gmcheck as a test of a backend's own crate: what [`conformance!`](crate::conformance) runs.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One run of `gmcheck conformance`. What is not named has gmcheck's own default, but for the time: five seconds.
pub struct Conformance {
    library: Result<PathBuf, String>,
    config: String,
    effort: Option<[String; 2]>,
    arguments: Vec<OsString>,
}

/// `GMCHECK`, what pkg-config knows as the variable `gmcheck` of the package `gmcheck`, or `gmcheck` on `PATH`.
fn find_gmcheck() -> Result<PathBuf, String> {
    if let Some(named) = env::var_os("GMCHECK").filter(|value| !value.is_empty()) {
        let path = PathBuf::from(named);
        return if path.is_file() { Ok(path) } else { Err(format!("GMCHECK={}: there is no such file", path.display())) };
    }
    let asked = Command::new("pkg-config").args(["--variable=gmcheck", "gmcheck"]).output();
    if let Some(output) = asked.ok().filter(|output| output.status.success()) {
        let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end());
        if path.is_file() {
            return Ok(path);
        }
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders).map(|folder| folder.join("gmcheck")).find(|path| path.is_file());
    found.ok_or_else(|| "gmcheck is not found: GMCHECK is not set, pkg-config knows no gmcheck, and it is not on PATH".to_string())
}

/// The library of the crate under test. cargo leaves it beside the executable of the test.
fn find_library(name: &str) -> Result<PathBuf, String> {
    let own = env::current_exe().map_err(|error| format!("the test does not know where it is: {}", error))?;
    let folder = own.parent().unwrap_or_else(|| Path::new("."));
    let path = folder.join(format!("{}{}{}", env::consts::DLL_PREFIX, name, env::consts::DLL_SUFFIX));
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("{}: there is no such file; [lib] needs crate-type = [\"cdylib\", \"rlib\"]", path.display()))
    }
}

impl Conformance {
    /// Of the library that cargo made of the crate `name` for this test.
    pub fn of_crate(name: &str) -> Self {
        Conformance::with(find_library(name))
    }

    /// Of a library somewhere else.
    pub fn of_library(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let absolute = env::current_dir().map(|folder| folder.join(&path)).unwrap_or(path);
        Conformance::with(if absolute.is_file() { Ok(absolute) } else { Err(format!("{}: there is no such file", absolute.display())) })
    }

    fn with(library: Result<PathBuf, String>) -> Self {
        Conformance { library, config: String::new(), effort: None, arguments: Vec::new() }
    }

    /// The text after the colon in `--backend name:config`.
    pub fn config(mut self, config: &str) -> Self {
        self.config = config.to_string();
        self
    }

    /// Seconds for generated programs.
    pub fn budget(mut self, seconds: u32) -> Self {
        self.effort = Some(["--budget".to_string(), seconds.to_string()]);
        self
    }

    /// Programs of each suite instead of a time: with a seed, the same run on every machine.
    pub fn programs(mut self, count: u64) -> Self {
        self.effort = Some(["--programs".to_string(), count.to_string()]);
        self
    }

    /// A number or a commit's hash. Without it `GMCHECK_SEED`, or a new one each time, which is printed.
    pub fn seed(self, seed: &str) -> Self {
        self.argument("--seed").argument(seed)
    }

    /// Clauses: `GM-RW-007`, `RW`, `GM-XR-*`. May be called several times.
    pub fn select(self, clauses: &str) -> Self {
        self.argument("--select").argument(clauses)
    }

    /// Any other argument of `gmcheck conformance`.
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Runs gmcheck and answers its report, or in one line what is wrong and below it the report.
    pub fn run(&self) -> Result<String, String> {
        let gmcheck = find_gmcheck()?;
        let mut backend = self.library.clone()?.into_os_string();
        if !self.config.is_empty() {
            backend.push(":");
            backend.push(&self.config);
        }
        let default = ["--budget".to_string(), "5".to_string()];
        let mut command = Command::new(&gmcheck);
        command.args(["conformance", "--backend"]).arg(backend).args(self.effort.as_ref().unwrap_or(&default)).args(&self.arguments);
        let output = command.output().map_err(|error| format!("{}: cannot be started: {}", gmcheck.display(), error))?;
        let mut report = String::from_utf8_lossy(&output.stdout).into_owned();
        report.push_str(&String::from_utf8_lossy(&output.stderr));
        if output.status.success() {
            return Ok(report);
        }
        let what = match output.status.code() {
            Some(1) => "the backend breaks a clause".to_string(),
            Some(2) => "gmcheck was called wrongly".to_string(),
            Some(3) => "gmcheck or the plugin could not be used".to_string(),
            Some(4) => "no clause applied, or one was not reached".to_string(),
            Some(5) => "a waiver has expired, or is needless".to_string(),
            _ => format!("gmcheck ended unexpectedly ({})", output.status),
        };
        Err(format!("{}\n{}", what, report))
    }

    /// As [`run`](Conformance::run); prints the report, and panics where something is wrong.
    #[track_caller]
    pub fn check(&self) {
        match self.run() {
            Ok(report) => println!("{}", report),
            Err(what) => panic!("{}", what),
        }
    }
}

/// A test under plain `cargo test` that runs gmcheck on a backend's own library. Written in a file below `tests`:
///
/// ```ignore
/// gmcheck::conformance!(mine); // the crate whose [lib] has crate-type = ["cdylib", "rlib"]
/// gmcheck::conformance!(mine, |run| run.config("granule=64").select("DIRTY").programs(2000));
/// gmcheck::conformance!(library: "elsewhere/libmine.so");
/// ```
///
/// The test is called `conformance`; two in one file stand in modules of their own. It links the crate, so that cargo builds the library first
/// and never tests an old one. gmcheck itself is found by `GMCHECK`, by pkg-config, or on `PATH`.
#[macro_export]
macro_rules! conformance {
    (library: $path:expr) => {
        $crate::conformance!(library: $path, |run| run);
    };
    (library: $path:expr, |$run:ident| $settings:expr) => {
        #[test]
        fn conformance() {
            let $run = $crate::Conformance::of_library($path);
            $settings.check();
        }
    };
    ($library:ident) => {
        $crate::conformance!($library, |run| run);
    };
    ($library:ident, |$run:ident| $settings:expr) => {
        extern crate $library as _;

        #[test]
        fn conformance() {
            let $run = $crate::Conformance::of_crate(stringify!($library));
            let settings = $settings;
            // Findings and reports are left where cargo lets tests write.
            settings.argument("--report-dir").argument(concat!(env!("CARGO_TARGET_TMPDIR"), "/", stringify!($library), ".gmcheck")).check();
        }
    };
}
