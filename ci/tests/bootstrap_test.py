# SPDX-License-Identifier: Apache-2.0 OR MIT
"""ci/bootstrap on machines that lack something, simulated by a PATH of stubs; nothing is installed."""
import os
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stubs  # noqa: E402

# Knows every package only after an update, installs cmake by putting a stub on the PATH, and would notice a question asked on standard input.
APT_CACHE = 'test -e "$state/updated"'
APT_GET = '''
echo "$DEBIAN_FRONTEND: $*" >>"$state/apt"
read -r -t 1 answer && { echo "E: something was on standard input"; exit 100; }
case "$*" in
  *update*) touch "$state/updated" ;;
  *install*) printf '#!/bin/sh\\n' >"${0%/*}/cmake"; chmod +x "${0%/*}/cmake" ;;
esac'''


class Bootstrap(unittest.TestCase):
    def setUp(self):
        self.machine = stubs.Machine()
        self.addCleanup(self.machine.close)
        os.symlink("/bin/chmod", os.path.join(self.machine.path, "chmod"))
        self.machine.user(1000)
        self.tree = os.path.join(self.machine.folder, "tree")
        os.makedirs(os.path.join(self.tree, "ci"))
        for name in ("bootstrap", "packages"):
            shutil.copy(os.path.join(stubs.ROOT, "ci", name), os.path.join(self.tree, "ci", name))

    def bootstrap(self, *arguments, **environment):
        return self.machine.run(os.path.join(self.tree, "ci", "bootstrap"), *arguments, **environment)

    def with_apt(self):
        self.machine.stub("apt-get", APT_GET)
        self.machine.stub("apt-cache", APT_CACHE)

    def expect_one_line(self, result, *parts):
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertEqual(result.stdout, "")
        for part in parts:
            self.assertIn(part, result.stderr)

    def test_without_rights_one_line_says_what_to_install(self):
        self.with_apt()
        self.machine.without("cmake", "ninja")
        self.expect_one_line(self.bootstrap(), "not root", "apt-get install --no-install-recommends", " cmake ", " ninja-build")
        self.assertEqual(self.machine.seen("apt"), "")

    def test_without_rights_a_missing_library_is_named(self):
        self.with_apt()
        self.machine.without("g++-12")
        self.machine.stub("g++-12", 'exec /usr/bin/g++-12 -nostdinc "$@"')
        self.expect_one_line(self.bootstrap(), "libgtest-dev", "librapidcheck-dev", "nlohmann-json3-dev")

    def test_a_sudo_that_asks_for_a_password_is_no_right(self):
        self.with_apt()
        self.machine.without("cmake")
        self.machine.stub("sudo", 'echo "$*" >>"$state/sudo"; echo "sudo: a password is required" >&2; exit 1')
        self.expect_one_line(self.bootstrap(), "not root", "cmake")
        self.assertEqual(self.machine.seen("sudo"), "-n true\n")

    def test_a_sudo_that_does_not_ask_installs(self):
        self.with_apt()
        self.machine.without("cmake")
        self.machine.stub("sudo", 'echo "$*" >>"$state/sudo"; shift; "$@"')
        self.assertEqual(self.bootstrap().returncode, 0)
        self.assertIn("-n env DEBIAN_FRONTEND=noninteractive apt-get", self.machine.seen("sudo"))
        self.assertIn("install", self.machine.seen("apt"))

    def test_root_updates_missing_lists_and_installs_without_questions(self):
        self.with_apt()
        self.machine.user(0)
        self.machine.without("cmake")
        result = self.bootstrap()
        self.assertEqual(result.returncode, 0, result.stderr)
        calls = self.machine.seen("apt").splitlines()
        self.assertEqual(len(calls), 2, calls)
        self.assertRegex(calls[0], "^noninteractive: .* update$")
        self.assertRegex(calls[1], "^noninteractive: .*-y .*install --no-install-recommends cmake")

    def test_lists_that_know_the_packages_are_not_updated(self):
        self.with_apt()
        self.machine.user(0)
        self.machine.without("cmake")
        open(os.path.join(self.machine.state, "updated"), "w", encoding="utf-8").close()
        self.assertEqual(self.bootstrap().returncode, 0)
        self.assertNotIn("update", self.machine.seen("apt"))

    def test_a_held_lock_is_waited_for(self):
        self.with_apt()
        self.machine.user(0)
        self.machine.without("cmake")
        self.machine.stub("apt-get", 'echo >>"$state/tries"\nif test "$(grep -c "" "$state/tries")" -le 8; then\n'
                          "  echo 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt)'; exit 100\nfi" + APT_GET)
        result = self.bootstrap()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("waiting for another package manager", result.stderr)

    def test_a_failed_installation_names_apts_reason(self):
        self.with_apt()
        self.machine.user(0)
        self.machine.without("cmake")
        self.machine.stub("apt-get", "echo 'E: Unable to fetch some archives'; exit 100")
        self.machine.stub("apt-cache", "exit 0")
        result = self.bootstrap()
        self.assertEqual(result.returncode, 3)
        self.assertIn("E: Unable to fetch some archives", result.stderr)
        self.assertIn("needed: cmake", result.stderr.splitlines()[-1])

    def test_a_package_that_apt_does_not_know_does_not_stop_the_others(self):
        self.with_apt()
        self.machine.user(0)
        self.machine.without("cmake")
        self.machine.stub("apt-cache", APT_CACHE + ' && test "${*: -1}" != clang-19')
        result = self.bootstrap()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("apt knows no package clang-19", result.stderr)
        self.assertNotIn(" clang-19", self.machine.seen("apt"))

    def test_what_was_refused_and_is_not_needed_is_not_asked_for_every_time(self):
        self.with_apt()
        self.machine.user(0)
        self.machine.stub("apt-get", 'echo "$*" >>"$state/apt"; echo "E: Temporary failure resolving"; exit 100')
        self.assertIn("Temporary failure", self.bootstrap("--found").stderr)
        tried = self.machine.seen("apt")
        second = self.bootstrap("--found")
        self.assertEqual((second.returncode, second.stderr, self.machine.seen("apt")), (0, "", tried))
        self.machine.without("cmake")
        self.assertEqual(self.bootstrap().returncode, 3)
        self.assertNotEqual(self.machine.seen("apt"), tried)

    def test_installing_can_be_forbidden(self):
        self.with_apt()
        self.machine.user(0)
        self.machine.without("cmake")
        self.expect_one_line(self.bootstrap(GMC_BOOTSTRAP_INSTALL="no"), "cmake")
        self.assertEqual(self.machine.seen("apt"), "")

    def test_without_apt_a_missing_tool_is_one_line(self):
        self.machine.without("ninja")
        self.expect_one_line(self.bootstrap(), "no apt-get here", "ninja-build")

    def test_without_apt_cmake_looks_for_libraries(self):
        self.machine.without("g++-12")
        self.machine.stub("g++-12", 'exec /usr/bin/g++-12 -nostdinc "$@"')
        result = self.bootstrap("--found")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn("CMake looks for them", result.stderr)

    def test_without_clang_the_build_is_gccs_and_says_what_is_off(self):
        result = self.bootstrap()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("building with g++; sanitizers are off", result.stderr)
        found = self.bootstrap("--found")
        self.assertEqual(found.stderr, "")
        self.assertIn("cxx_gcc=g++-12", found.stdout)
        for absent in ("clang", "sanitizers", "cxx_clang"):
            self.assertNotIn(absent, found.stdout.replace("clang-format", "").split())

    def test_a_newer_clang_under_its_plain_name_serves(self):
        self.machine.stub("clang++", 'case "$*" in -dumpversion) echo 20.1.2 ;; *) echo /nowhere ;; esac')
        self.assertIn("cxx_clang=clang++ ", self.bootstrap("--found").stdout)
        self.machine.stub("clang++", "echo 14.0.6")
        self.assertNotIn("cxx_clang", self.bootstrap("--found").stdout)

    def test_an_unknown_argument_is_usage(self):
        self.assertEqual(self.bootstrap("--everything").returncode, 2)


if __name__ == "__main__":
    unittest.main()
