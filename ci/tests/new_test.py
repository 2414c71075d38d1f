#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What `gmcheck new` writes is built, checked and broken, by the commands of its own README; and what it refuses.

usage: new_test.py BUILD_FOLDER C_COMPILER CXX_COMPILER --flags=CXX_FLAGS [TEST...]
"""
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = CC = CXX = FLAGS = None


class NewTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gmcheck-new-"))
        self.addCleanup(shutil.rmtree, self.folder)
        tools = self.folder / "tools"
        tools.mkdir()
        (tools / "gmcheck").symlink_to(BUILD / "bin/gmcheck")
        # Debian's cargo and rustc, which a rustup on PATH may hide.
        for tool in ("cargo", "rustc", "rustdoc"):
            (tools / tool).symlink_to("/usr/bin/" + tool)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("CMAKE_", "GMCHECK", "CARGO", "RUST"))}
        self.environment.update(PATH=f"{tools}:{os.environ['PATH']}", CC=CC, CXX=CXX, CXXFLAGS=FLAGS, CMAKE_GENERATOR="Ninja", CARGO_HOME=str(self.folder / "cargo"),
                                CARGO_NET_OFFLINE="true", RUST_BACKTRACE="0", GMCHECK_SEED="1")

    def run_in(self, folder, *command, **options):
        return subprocess.run([str(word) for word in command], cwd=folder, env=self.environment, capture_output=True, text=True, timeout=240,
                              **options)

    def gmcheck(self, *arguments, **options):
        return self.run_in(self.folder, "gmcheck", *arguments, **options)


class Skeleton(NewTest):
    def make(self, language, name):
        done = self.gmcheck("new", "--lang", language, name)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        made = self.folder / name
        for path in made.rglob("*"):
            self.assertNotRegex(path.read_text() if path.is_file() else "", r"@[A-Z]+@", path)
        return made

    def commands(self, made):
        """The commands of its README."""
        commands = re.search(r"^```sh\n(.*?)^```$", (made / "README.md").read_text(), re.M | re.S).group(1).splitlines()
        self.assertEqual(len(commands), 3)
        return commands

    def follow(self, made):
        """Runs them, and answers the outcome of the first that fails, or of the last."""
        for command in self.commands(made):
            # A minute is what a user waits for.
            done = self.run_in(made, "bash", "-c", command + (" --programs 1000" if command.startswith("gmcheck ") else ""))
            if done.returncode != 0:
                break
        return done

    def passes(self, made, report):
        done = self.follow(made)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        verdicts = [clause["state"] for clause in json.loads((made / report).read_text())["clauses"]]
        self.assertGreaterEqual(verdicts.count("pass"), 25, verdicts)
        self.assertEqual([verdict for verdict in verdicts if verdict in ("fail", "not reached")], [])

    def breaks(self, made, source, before, after):
        """That its test notices a memory that is wrong."""
        path = made / source
        self.assertEqual(path.read_text().count(before), 1)
        path.write_text(path.read_text().replace(before, after))
        done = self.follow(made)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("GM-RW-001 violated", done.stdout + done.stderr)

    def test_c(self):
        made = self.make("c", "mine")
        self.passes(made, "build/conformance.gmcheck/report.json")
        self.assertTrue((made / "build/libmine.so").is_file())
        self.breaks(made, "memory.c", "memcpy(bytes, buffer, size);", "memcpy(bytes, buffer, size == 3 ? 2 : size);")

    def test_cpp(self):
        made = self.make("cpp", "other-one")
        self.passes(made, "build/conformance.gmcheck/report.json")
        self.assertTrue((made / "build/libother_one.so").is_file())
        self.breaks(made, "memory.cc", "std::memcpy(bytes, buffer, size);", "std::memcpy(bytes, buffer, size == 3 ? 2 : size);")

    def test_rust(self):
        made = self.make("rust", "third")
        self.passes(made, "target/tmp/third.gmcheck/report.json")
        self.breaks(made, "src/lib.rs", "|bytes| bytes.copy_from_slice(buffer))",
                    "|bytes| { let n = if bytes.len() == 3 { 2 } else { bytes.len() }; bytes[..n].copy_from_slice(&buffer[..n]) })")

    def test_rust_finds_gmcheck(self):
        """By pkg-config, else on PATH; GMCHECK comes first, and is what the skeleton sets."""
        made = self.make("rust", "third")
        shutil.rmtree(made / ".cargo")
        test = made / "tests/conformance.rs"
        test.write_text("gmcheck::conformance!(third, |run| run.programs(200).argument(\"--allow-unreached\"));\n")
        tool = self.folder / "tools/gmcheck"

        def test_says(code, *parts, **variables):
            kept, self.environment = self.environment, {**self.environment, **variables}
            done = self.run_in(made, "cargo", "test", "--test", "conformance")
            self.environment = kept
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            for part in parts:
                self.assertIn(part, done.stdout)

        test_says(0, "1 passed")
        test_says(101, "panicked at 'GMCHECK=/nowhere: there is no such file'", GMCHECK="/nowhere")
        tool.unlink()
        test_says(101, "panicked at 'gmcheck is not found: GMCHECK is not set, pkg-config knows no gmcheck, and it is not on PATH'")
        test_says(0, "1 passed", GMCHECK=str(BUILD / "bin/gmcheck"))
        # One on PATH that fails shows which is taken.
        tool.write_text("#!/bin/sh\nexit 3\n")
        tool.chmod(0o755)
        test_says(101, "gmcheck or the plugin could not be used")
        if shutil.which("pkg-config"):
            test_says(0, "1 passed", PKG_CONFIG_PATH=str(BUILD / "package/lib/pkgconfig"))

    def test_plain_include_path(self):
        """Where CMake knows no gmcheck: the folder of the header and the executable are named."""
        for language in ("c", "cpp"):
            made = self.make(language, "plain_" + language)
            lists = made / "CMakeLists.txt"
            lists.write_text(re.sub(r'HINTS "[^"]*"', "", lists.read_text()))
            without = self.run_in(made, "cmake", "-B", "build")
            self.assertNotEqual(without.returncode, 0)
            self.assertIn("gmcheck is not found: set CMAKE_PREFIX_PATH to where it is", re.sub(r"\s+", " ", without.stderr))
            named = self.run_in(made, "cmake", "-B", "build", f"-DGMCHECK_INCLUDE={BUILD}/package/include", f"-DGMCHECK={BUILD}/bin/gmcheck")
            self.assertEqual(named.returncode, 0, named.stderr)
            built = self.run_in(made, "bash", "-c", f"cmake --build build && ctest --test-dir build -N && "
                                f"gmcheck conformance --backend build/libplain_{language}.so --programs 1000")
            self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
            self.assertIn("#1: conformance", built.stdout)


class Refusals(NewTest):
    def refuses(self, code, arguments, *parts, **options):
        """One line with all of `parts`, and nothing written."""
        before = sorted(self.folder.rglob("*"))
        done = self.gmcheck("new", *arguments, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertEqual(sorted(self.folder.rglob("*")), before)
        return done

    def one_line(self, *arguments, **options):
        self.assertEqual(self.refuses(*arguments, **options).stderr.count("\n"), 1)

    def test_a_command_line_without_sense(self):
        for arguments in (["mine"], ["--lang", "c"], ["--lang", "ada", "mine"]):
            self.refuses(2, arguments, "--lang" if "c" not in arguments else "DIR")

    def test_names_that_no_compiler_takes(self):
        for name in ("", "Mine", "9lives", "a b", "a;b", "a.b", "_x", "x" * 65, "ü"):
            arguments = ["--lang", "c", "mine"] + (["--name=" + name] if name else [])
            if name:
                self.one_line(2, arguments, "is no name; one begins with a letter")
        self.one_line(2, ["--lang", "c", "a.b"], "'a.b' is no name")
        for name in ("fn", "test", "gmcheck", "core"):
            self.one_line(2, ["--lang", "rust", name], f"'{name}' means something else in Rust")

    def test_places_that_are_taken(self):
        (self.folder / "full").mkdir()
        (self.folder / "full/mine.c").write_text("")
        (self.folder / "file").write_text("")
        (self.folder / "link").symlink_to("nowhere")
        self.one_line(2, ["--lang", "c", "full"], "full: is there already, and is not empty")
        self.one_line(2, ["--lang", "c", "full/"], "full/: is there already, and is not empty")
        self.one_line(2, ["--lang", "c", "file"], "file: is there already, and is no folder")
        self.one_line(2, ["--lang", "c", "link"], "link: is there already, and is no folder")
        self.one_line(2, ["--lang", "c", "full/.."], "is the current folder")

    def test_places_that_cannot_be_written(self):
        self.one_line(3, ["--lang", "c", "no/such/folder"], "no/such/folder: cannot be made: No such file")
        self.one_line(3, ["--lang", "c", "/proc/mine"], "/proc/mine: cannot be made")

    def test_a_full_disk_leaves_nothing(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        # Without its signal the limit is an error of write(), as a full disk is; and standard output is a pipe.
        self.one_line(3, ["--lang", "c", "mine"], "cannot be written: File too large", preexec_fn=limit, restore_signals=False)

    def test_an_empty_folder_is_taken(self):
        (self.folder / "empty").mkdir()
        done = self.gmcheck("new", "--lang", "c", "--name", "mine", "empty")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(path.name for path in (self.folder / "empty").iterdir()), ["CMakeLists.txt", "README.md", "memory.c"])
        self.assertEqual([path.name for path in self.folder.iterdir() if path.name.startswith(".")], [])

    def test_a_binary_without_its_tree_is_refused(self):
        (self.folder / "alone").mkdir()
        shutil.copy(BUILD / "bin/gmcheck", self.folder / "alone/gmcheck")
        self.environment["PATH"] = f"{self.folder}/alone:{self.environment['PATH']}"
        self.one_line(3, ["--lang", "c", "mine"], "there are no headers of gmcheck's")


if __name__ == "__main__":
    BUILD, CC, CXX, FLAGS = pathlib.Path(sys.argv[1]), *sys.argv[2:4], sys.argv[4].removeprefix("--flags=")
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[5:]])
