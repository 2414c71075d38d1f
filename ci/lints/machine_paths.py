# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Nothing names the machine that it was written on: no home folders, no folders beside the checkout, no private addresses."""
import re

# In pieces, so that this file does not flag itself.
BEFORE = r"(?<![\w.\-}/])"
PATTERNS = [
    (re.compile(BEFORE + "/(?:wo" r"rk|ho" r"me/[\w.-]+|Us" r"ers/[\w.-]+|ro" r"ot)(?:/|\b(?![\w-]))"), "a path of one machine"),
    (re.compile(r"\.\./sha" r"red\b"), "a folder beside the checkout"),
    (re.compile(r"(?<![\w.])(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}(?![\w.])"), "a private address"),
]


def check(path, text):
    for pattern, message in PATTERNS:
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, f"{message}: {match.group()}"


FLAGGED = [
    ("README.md", "built in /wo" "rk/build\n"),
    ("ci/test", "cd /ho" "me/someone/gmcheck\n"),
    ("ci/test", 'CARGO="/ro' 'ot/.cargo/bin/cargo"\n'),
    ("bench/README.md", "(/Us" "ers/someone)\n"),
    ("harness/README.md", "see ../sha" "red/DESIGN.md\n"),
    ("ci/packages", "http://192.16" "8.1.7/debian\n"),
    ("ci/packages", "10.1" ".2.3:3142\n"),
]
CLEAN = [
    ("harness/README.md", "campaign: orders/work orders, network/work, the root space, build/work\n"),
    ("ci/bootstrap", "/usr/bin/cargo /usr/lib/gcc/* /proc/self/maps $root/root\n"),
    ("harness/plugins/rust/Cargo.toml", 'version = "0.10.0"\n'),
]
