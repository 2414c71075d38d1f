#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""gmcheck as an installed tool, in a folder that was moved after the installation.

usage: install_test.py BUILD_FOLDER C_COMPILER CXX_COMPILER --flags=CXX_FLAGS [TEST...]
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
CONSUMER = SOURCE / "ci/tests/consumer"
BUILD = CC = CXX = FLAGS = None
FOLDER = P = None  # of this run; the moved installation

EXPECTED = """bin/gmcheck libexec/gmcheck/gmcheck-worker include/gmcheck.h include/gmcheck/backend.h include/gmcheck/host.h include/gmcheck/selection.h
    include/gmcheck/main.h lib/libgmcheck.a lib/libgmcheck-fuzz.a lib/cmake/gmcheck/gmcheckConfig.cmake lib/cmake/gmcheck/gmcheckConfigVersion.cmake
    lib/cmake/gmcheck/gmcheckFunctions.cmake lib/pkgconfig/gmcheck.pc share/doc/gmcheck/CONTRACT.md share/doc/gmcheck/SYNTAX.md
    share/gmcheck/rust/Cargo.toml share/gmcheck/rust/src/lib.rs share/gmcheck/vm_memory/src/lib.rs""".split()


def run(*command, **environment):
    # No compiler cache: what a stranger waits for is measured; and nothing of the machine's own gmcheck.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CMAKE_", "GMCHECK", "PKG_CONFIG"))}
    return subprocess.run([str(word) for word in command], env={**kept, "CCACHE_DISABLE": "1", **environment}, cwd=FOLDER, capture_output=True,
                          text=True, timeout=240)


def setUpModule():
    global FOLDER, P
    FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="gmcheck-install-"))
    done = run("cmake", "--install", BUILD, "--prefix", FOLDER / "first")
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    P = FOLDER / "moved away/to here"
    P.parent.mkdir()
    (FOLDER / "first").rename(P)


def tearDownModule():
    shutil.rmtree(FOLDER)


class InstallTest(unittest.TestCase):
    def ok(self, done, *parts):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for part in parts:
            self.assertIn(part, done.stdout)
        return done.stdout

    def configure(self, name, source, prefix, *settings, **environment):
        return run("cmake", "-G", "Ninja", "-S", source, "-B", FOLDER / name, f"-DCMAKE_C_COMPILER={CC}", f"-DCMAKE_CXX_COMPILER={CXX}",
                   f"-DCMAKE_CXX_FLAGS={FLAGS}", f"-DCMAKE_PREFIX_PATH={prefix}", *settings, **environment)

    def project(self, name, text, languages="C CXX", prefix=None, *settings):
        """Configures a CMakeLists.txt of these lines behind project() and answers what came of it."""
        source = FOLDER / (name + "-source")
        source.mkdir()
        (source / "CMakeLists.txt").write_text(f"cmake_minimum_required(VERSION 3.17)\nproject({name} LANGUAGES {languages})\n{text}\n")
        shutil.copy(SOURCE / "harness/cli/templates/cpp/memory.cc", source)
        return self.configure(name, source, prefix or P, *settings)

    def refuses(self, name, text, *parts, **options):
        """The one CMake error of such a project, which says all of `parts`."""
        done = self.project(name, text, **options)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertEqual(done.stderr.count("CMake Error"), 1, done.stderr)
        for part in parts:
            self.assertIn(part, re.sub(r"\s+", " ", done.stderr))


class Tree(InstallTest):
    def test_holds_what_is_promised(self):
        self.assertEqual([path for path in EXPECTED if not (P / path).is_file()], [])
        self.assertEqual((P / "include/gmcheck.h").read_bytes(), (SOURCE / "harness/abi/include/gmcheck.h").read_bytes())

    def test_text_files_name_neither_the_tree_that_was_built_nor_where_it_was_installed(self):
        for path in P.rglob("*"):
            if path.is_file() and path.suffix in (".cmake", ".h", ".pc", ".in", ".md", ".toml", ".rs"):
                text = path.read_text()
                for folder in (SOURCE, BUILD, FOLDER):
                    self.assertNotIn(str(folder), text, path)

    def test_runs_where_it_is_and_through_a_link(self):
        link = FOLDER / "gmcheck-link"
        link.symlink_to(P / "bin/gmcheck")
        for binary in (P / "bin/gmcheck", link):
            self.ok(run(binary, "conformance", "--backend", "mmap", "--select", "GM-RW-001", "--programs", 500, "--seed", 1), "GM-RW-001")

    def test_fuzzes_where_the_build_has_an_engine(self):
        if not (pathlib.Path(BUILD) / "bin/fuzz_lockstep").is_file():
            self.skipTest("this build has no engine")
        self.assertTrue((P / "libexec/gmcheck/fuzz_lockstep").is_file())
        done = run(P / "bin/gmcheck", "fuzz", "--backend", "mutant:canary", "--budget", 60, "--seed", 7, "--folder", FOLDER / "fuzzed")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("mutant:canary: 1 findings;", done.stdout)

    def test_without_its_worker_one_line_says_where_that_belongs(self):
        alone = FOLDER / "alone"
        (alone / "bin").mkdir(parents=True)
        shutil.copy(P / "bin/gmcheck", alone / "bin")
        done = run(alone / "bin/gmcheck", "conformance", "--backend", "mmap")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r"^gmcheck: .*alone/bin/gmcheck-worker: gmcheck needs its worker .*\n$")


class PkgConfig(InstallTest):
    def test_knows_the_folder_of_the_header_and_the_executable(self):
        if not shutil.which("pkg-config"):
            self.skipTest("no pkg-config here")
        def ask(*question):
            return self.ok(run("pkg-config", *question, "gmcheck", PKG_CONFIG_PATH=str(P / "lib/pkgconfig"))).rstrip().replace("\\", "")
        self.assertEqual(ask("--modversion"), "0.1.0")
        self.assertTrue(os.path.samefile(ask("--variable=includedir"), P / "include"))
        self.assertTrue(os.path.samefile(ask("--variable=gmcheck"), P / "bin/gmcheck"))
        self.assertTrue(os.path.samefile(ask("--cflags")[2:], P / "include"))


class Consumer(InstallTest):
    def test_is_configured_built_and_tested(self):
        templates = SOURCE / "harness/cli/templates"
        self.ok(self.configure("consumer", CONSUMER, P, f"-DMINE_C={templates}/c/memory.c", f"-DMINE_CPP={templates}/cpp/memory.cc",
                               f"-DFLAT_C={SOURCE}/harness/cli/test/plugins/flat.c"))
        self.ok(run("cmake", "--build", FOLDER / "consumer"))
        tested = run("ctest", "--test-dir", FOLDER / "consumer", "--output-on-failure", "-j", "2")
        self.ok(tested, f"100% tests passed, 0 tests failed out of {12 if 'clang' in CXX else 10}")
        self.assertTrue((FOLDER / "consumer/loaded_c.gmcheck/junit.xml").is_file())
        # The executable with the backend in it needs nothing of the installation, and is where it is put.
        elsewhere = FOLDER / "elsewhere"
        shutil.copy(FOLDER / "consumer/mygmcheck", elsewhere)
        self.ok(run(elsewhere, "conformance", "--backend", "mine", "--programs", 1000, "--seed", 1), "GM-RW-001     pass")

    def test_fuzz_target_links_with_another_engine(self):
        """A stub, as no engine but libFuzzer is needed for this: with any compiler, by the variable that OSS-Fuzz sets."""
        source = FOLDER / "stubbed-source"
        source.mkdir()
        (source / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.17)\nproject(stubbed LANGUAGES C CXX)\nfind_package(gmcheck REQUIRED COMPONENTS static)\n"
            f"add_library(m STATIC {SOURCE}/harness/cli/test/plugins/flat.c)\ntarget_link_libraries(m PRIVATE gmcheck::abi)\n"
            "gmcheck_add_fuzzer(NAME stubbed BACKEND m PLAIN)\n")
        self.ok(run(CC, "-c", CONSUMER / "stub_engine.c", "-o", FOLDER / "stub_engine.o"))
        self.ok(self.configure("stubbed", source, P, LIB_FUZZING_ENGINE=str(FOLDER / "stub_engine.o")))
        self.ok(run("cmake", "--build", FOLDER / "stubbed"))
        self.ok(run(FOLDER / "stubbed/stubbed"), "stub engine: 64 inputs")

    def test_finds_the_build_folder_as_well(self):
        done = self.project("from_build", "find_package(gmcheck REQUIRED)\nenable_testing()\nadd_library(m MODULE memory.cc)\n"
                            "target_link_libraries(m PRIVATE gmcheck::cpp)\ngmcheck_add_conformance(NAME t BACKEND m PROGRAMS 1000 SEED 1)",
                            "CXX", BUILD / "package")
        self.ok(done)
        self.ok(run("cmake", "--build", FOLDER / "from_build"))
        self.ok(run("ctest", "--test-dir", FOLDER / "from_build", "--output-on-failure"))


class New(InstallTest):
    """A skeleton finds the installation that wrote it."""

    def test_in_cpp(self):
        self.ok(run(P / "bin/gmcheck", "new", "--lang", "cpp", "fresh"))
        self.ok(self.configure("fresh-build", FOLDER / "fresh", ""))
        self.ok(run("cmake", "--build", FOLDER / "fresh-build"))
        self.ok(run(P / "bin/gmcheck", "conformance", "--backend", FOLDER / "fresh-build/libfresh.so", "--programs", 1000, "--seed", 1))
        self.assertIn(str(P), (FOLDER / "fresh-build/CMakeCache.txt").read_text())

    def test_in_rust(self):
        if not os.path.exists("/usr/bin/cargo"):
            self.skipTest("no Debian cargo here")
        self.ok(run(P / "bin/gmcheck", "new", "--lang", "rust", "crab"))
        self.assertIn(f'GMCHECK = "{P}/bin/gmcheck"', (FOLDER / "crab/.cargo/config.toml").read_text())
        self.ok(run("/usr/bin/cargo", "build", "--offline", "--manifest-path", FOLDER / "crab/Cargo.toml", RUSTC="/usr/bin/rustc",
                    CARGO_HOME=str(FOLDER / "cargo")))
        self.ok(run(P / "bin/gmcheck", "conformance", "--backend", FOLDER / "crab/target/debug/libcrab.so", "--programs", 1000, "--seed", 1))


class WrongUse(InstallTest):
    def test_an_older_standard_is_refused_in_the_first_line(self):
        plain = run(CXX, *FLAGS.split(), "-std=c++14", "-fsyntax-only", "-I", P / "include", SOURCE / "harness/cli/templates/cpp/memory.cc")
        self.assertNotEqual(plain.returncode, 0)
        first = next(line for line in plain.stderr.splitlines() if "error" in line)
        self.assertIn("the C++ wrapper of gmcheck needs C++20: -std=c++20", first)

    def test_the_header_alone_needs_no_new_standard(self):
        self.ok(run(CXX, *FLAGS.split(), "-std=c++11", "-Wpedantic", "-Werror", "-fsyntax-only", "-I", P / "include", "-x", "c++",
                    P / "include/gmcheck.h"))

    def test_a_compiler_without_the_standard_is_refused_by_cmake(self):
        # A compiler that knows no more than C++17, as CMake sees it.
        self.refuses("old_compiler", "list(FILTER CMAKE_CXX_COMPILE_FEATURES EXCLUDE REGEX \"cxx_std_2[0-9]\")\nfind_package(gmcheck REQUIRED)\n"
                     "add_library(m MODULE memory.cc)\ntarget_link_libraries(m PRIVATE gmcheck::cpp)",
                     "cxx_std_20", "is not known to CXX compiler")

    def test_functions_say_what_they_do_not_understand(self):
        find = "find_package(gmcheck REQUIRED)\nadd_library(s STATIC memory.cc)\n"
        for number, (call, *parts) in enumerate([
                ("gmcheck_add_conformance(NAME t)", "gmcheck_add_conformance: BACKEND is missing"),
                ("gmcheck_add_conformance(NAME t BACKEND)", "BACKEND has no value"),
                ("gmcheck_add_conformance(NAME t BACKEND mmap SEEDS 1)", "does not know 'SEEDS;1'"),
                ("gmcheck_add_conformance(NAME t BACKEND mmap BUDGET 1 PROGRAMS 1)", "BUDGET and PROGRAMS exclude each other"),
                ("gmcheck_add_conformance(NAME t BACKEND s)", "s is a STATIC_LIBRARY; a backend is a MODULE or SHARED library"),
                ("gmcheck_add_executable(NAME t BACKENDS mine=table)", "needs find_package(gmcheck COMPONENTS static)"),
                ("find_package(gmcheck REQUIRED COMPONENTS static)\ngmcheck_add_executable(NAME t BACKENDS mine)", "'mine' is not name=function"),
                ("gmcheck_add_fuzzer(NAME t BACKEND s)", "gmcheck_add_fuzzer: needs find_package(gmcheck COMPONENTS static)"),
                ("find_package(gmcheck REQUIRED COMPONENTS static)\nadd_library(m MODULE memory.cc)\ngmcheck_add_fuzzer(NAME t ENGINE -x BACKEND m)",
                 "m is a MODULE_LIBRARY; what is linked in is a STATIC or OBJECT library"),
                ("find_package(gmcheck REQUIRED COMPONENTS dynamic)", "it has no component 'dynamic'"),
                ("set(CMAKE_VERSION 3.16.3)\nfind_package(gmcheck REQUIRED)", "its functions need CMake 3.17, and this is 3.16.3"),
                ("find_package(gmcheck 9 REQUIRED)", "version: 0.1.0")]):
            with self.subTest(call):
                self.refuses(f"wrong{number}", find + call, *parts)

    def test_without_the_archive_the_static_way_is_refused(self):
        bare = FOLDER / "bare"
        self.ok(run("cmake", "--install", BUILD, "--prefix", bare, "--component", "runtime"))
        self.ok(run("cmake", "--install", BUILD, "--prefix", bare, "--component", "development"))
        self.refuses("no_archive", "find_package(gmcheck REQUIRED COMPONENTS static)", "libgmcheck.a: the component static is not installed",
                     prefix=bare)
        (bare / "bin/gmcheck").unlink()
        self.refuses("no_binary", "find_package(gmcheck REQUIRED)", "the component runtime is not installed", prefix=bare)

    def test_two_linked_backends_of_one_name_are_refused(self):
        source = FOLDER / "twice.c"
        source.write_text("#include <gmcheck/main.h>\nint main(int argc, char** argv) {\n  static const GmcLinked b[] = {{\"mmap\", 0, \"x\"}};\n"
                          "  return gmc_main(argc, argv, b, 1);\n}\n")
        self.ok(self.project("twice", f"find_package(gmcheck REQUIRED COMPONENTS static)\nadd_executable(twice {source})\n"
                             "target_link_libraries(twice PRIVATE gmcheck::static)"))
        self.ok(run("cmake", "--build", FOLDER / "twice"))
        done = run(FOLDER / "twice/twice", "backends")
        self.assertEqual((done.returncode, done.stderr), (2, "gmcheck: mmap: two backends that are linked in have this name\n"))


if __name__ == "__main__":
    BUILD, CC, CXX, FLAGS = pathlib.Path(sys.argv[1]), *sys.argv[2:4], sys.argv[4].removeprefix("--flags=")
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[5:]])
