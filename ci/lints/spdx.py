# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Every source file and every script names the license: in its first line, or in its second where the first names the interpreter."""
import re

IDENTIFIER = "SPDX-License-Identifier: Apache-2.0 OR MIT"
SOURCE = re.compile(r"\.(c|cc|cpp|h|hpp|def|inc|rs|py|sh)$")


def check(path, text):
    lines = text.split("\n", 2)
    is_script = lines[0].startswith("#!") and not path.endswith(".rs")
    if is_script:
        if len(lines) < 2 or lines[1] != "# " + IDENTIFIER:
            yield 2, "the second line of a script is: # " + IDENTIFIER
    elif SOURCE.search(path):
        comment = "# " if path.endswith((".py", ".sh")) else "// "
        # A C file may begin with a block comment, and go on in it.
        is_block = path.endswith((".c", ".h")) and re.fullmatch(r"/\* " + re.escape(IDENTIFIER) + r"( \*/)?", lines[0])
        if lines[0] != comment + IDENTIFIER and not is_block:
            yield 1, "the first line is: " + comment + IDENTIFIER


FLAGGED = [
    ("harness/base/check.h", "#pragma once\n"),
    ("harness/base/check.h", "\n// " + IDENTIFIER + "\n"),
    ("harness/plugins/rust/src/lib.rs", "// SPDX-License-Identifier: MIT\n"),
    ("ci/test", "#!/usr/bin/env bash\nset -e\n"),
    ("ci/tests/bootstrap_test.py", "import os\n"),
    ("harness/base/check.cc", "/* " + IDENTIFIER + " */\n"),
]
CLEAN = [
    ("harness/base/check.h", "// " + IDENTIFIER + "\n#pragma once\n"),
    ("harness/abi/include/gmcheck.h", "/* " + IDENTIFIER + "\n * the contract */\n"),
    ("ci/test", "#!/usr/bin/env bash\n# " + IDENTIFIER + "\n"),
    ("README.md", "# gmcheck\n"),
    ("harness/plugins/rust/src/lib.rs", "// " + IDENTIFIER + "\n#![forbid(unsafe_code)]\n"),
]
