# SPDX-License-Identifier: Apache-2.0 OR MIT
"""A PATH that holds named tools of this machine and stubs, so that a script meets the machine that a test wants it to meet."""
import os
import shutil
import stat
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHELL_TOOLS = ["bash", "cat", "cksum", "cut", "env", "flock", "grep", "head", "mkdir", "mktemp", "mv", "nproc", "rm", "sed", "sort", "tail", "touch"]
BUILD_TOOLS = ["cmake", "ninja", "python3", "as", "ld", "ar", "ranlib", "gcc-12", "g++-12", "gcc", "g++"]


class Machine:
    """A folder of programs that is the whole PATH."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="gmcheck-ci-")
        self.path = os.path.join(self.folder, "bin")
        self.state = os.path.join(self.folder, "state")
        os.mkdir(self.path)
        os.mkdir(self.state)
        for tool in SHELL_TOOLS + BUILD_TOOLS:
            real = shutil.which(tool)
            if real:
                os.symlink(real, os.path.join(self.path, tool))
        self.stub("sleep", "exit 0")

    def close(self):
        shutil.rmtree(self.folder)

    def without(self, *tools):
        for tool in tools:
            if os.path.lexists(os.path.join(self.path, tool)):
                os.remove(os.path.join(self.path, tool))

    def stub(self, name, body):
        """A shell script in place of a tool; $state is a folder in which it may leave what it saw."""
        self.without(name)
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!{shutil.which('bash')}\nstate='{self.state}'\n{body}\n")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def user(self, uid):
        self.stub("id", f"echo {uid}")

    def seen(self, name):
        path = os.path.join(self.state, name)
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    def run(self, *command, **environment):
        kept = {name: value for name, value in os.environ.items() if name not in ("CMAKE_PREFIX_PATH", "GMC_BOOTSTRAP_INSTALL")}
        return subprocess.run(command, env={**kept, "PATH": self.path, "CI": "true", **environment}, capture_output=True, text=True,
                              input="yes\n", check=False)
