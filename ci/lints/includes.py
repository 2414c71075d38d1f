# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Includes are written from the repository root and point down the list of layers; no backend sees the reference."""
import re

# A layer may include itself and what stands on a line above it; two layers of one line are siblings and do not see each other. The exception is
# report, which renders the evidence that campaign gathers.
ROWS = [
    ["abi"],
    ["base"],
    ["program"],
    ["streams"],
    ["reference"],
    ["generate", "runner"],
    ["campaign"],
    ["report", "profiler", "emit"],
    ["properties", "diff"],
    ["cli"],
    ["fuzz"],
    ["bench"],
]
RANK = {layer: rank for rank, row in enumerate(ROWS) for layer in row}
BACKEND_LAYERS = {"abi", "base"}
# Every backend may be built over `mapped`; `mutants` break what the others are, so they may be built over each of them.
BACKENDS_BELOW = {"mmap": {"mapped"}, "mutants": {"mapped", "mmap", "naive"}, "operators": {"mapped"}, "variants": {"mapped", "mmap", "naive"}}
# What must stay quick to build and free of test libraries, because users' plugins or the worker's loop stand on it.
NO_TEST_LIBRARY = {"abi", "base", "backends", "program", "streams", "reference", "runner"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
SOURCE = re.compile(r"\.(c|cc|cpp|h|hpp|def|inc)$")
# arbitrary_program.* is linked into tests alone: programs for laws.
TEST_FILE = re.compile(r"(_test\.(c|cc|h)$|/tests?/|/testing/|/arbitrary_program\.)")


def layer_of(path):
    """(layer, part) of a path: part names the backend or adapter, and is empty elsewhere."""
    parts = path.split("/")
    if parts[0] in RANK:
        return parts[0], ""
    if parts[0] == "harness" and len(parts) > 2:
        return parts[1], parts[2] if parts[1] in ("backends", "adapters", "plugins") else ""
    return None, ""


def complaint(layer, part, target, target_part, is_test):
    """Why a file of (layer, part) may not include one of (target, target_part), or None."""
    if (layer, part) == (target, target_part) or (layer == target and layer not in ("backends", "adapters", "plugins")):
        return None
    if layer == "plugins":
        return "a plugin sees <gmcheck.h> and its own folder alone"
    if target == "plugins":
        return "a plugin is loaded, never included"
    if target in ("backends", "adapters") and (is_test and layer != "backends" or RANK.get(layer, -1) >= RANK["cli"]):
        return None
    if layer == "backends":
        if target == "backends":
            return None if target_part in BACKENDS_BELOW.get(part, ()) else f"the backend {part} does not stand on {target_part}"
        return None if target in BACKEND_LAYERS else f"a backend sees abi, base and the system, not {target}"
    if layer == "adapters":
        return None if RANK.get(target, 99) <= RANK["reference"] else f"an adapter sees what the reference sees, not {target}"
    if layer == "emit" and (target, target_part) == ("adapters", "reference"):
        return None  # it writes down what the reference answers
    if target in ("backends", "adapters"):
        return "only cli, bench, fuzz and tests name concrete backends"
    if RANK[target] < RANK[layer]:
        return None
    return f"{layer} does not stand on {target}"


def check(path, text):
    if not SOURCE.search(path):
        return
    layer, part = layer_of(path)
    is_test = bool(TEST_FILE.search(path))
    if layer is None:
        return
    for match in INCLUDE.finditer(text):
        quoted, angled = match.groups()
        line = text.count("\n", 0, match.start()) + 1
        if angled:
            if re.match(r"(gtest|gmock|rapidcheck|benchmark)[./]", angled) and layer in NO_TEST_LIBRARY and not is_test:
                yield line, f"{layer} is free of test libraries"
            if layer_of(angled)[0] and angled != "gmcheck.h":
                yield line, "the project's own headers are included in quotes"
            continue
        if layer == "plugins" and not quoted.startswith("harness/"):
            continue
        target, target_part = layer_of(quoted)
        if target is None:
            yield line, f'"{quoted}" is not written from the repository root'
        elif target not in RANK and target not in ("backends", "adapters", "plugins"):
            yield line, f"{target} is no layer"
        elif layer not in RANK and layer not in ("backends", "adapters", "plugins"):
            yield line, f"{layer} is no layer: name it in ci/lints/includes.py"
        else:
            reason = complaint(layer, part, target, target_part, is_test)
            if reason:
                yield line, reason


FLAGGED = [
    ("harness/backends/mapped/mapped.h", '#include "harness/reference/reference.h"\n'),
    ("harness/backends/mapped/mapped_test.cc", '#include "harness/reference/reference.h"\n'),
    ("harness/backends/naive/naive.cc", '#include "harness/program/op.h"\n'),
    ("harness/backends/mmap/mmap.cc", '#include "harness/backends/naive/naive.h"\n'),
    ("harness/backends/mutants/mutants.cc", '#include "harness/adapters/reference/adapter.h"\n'),
    ("harness/program/op.h", '#include "harness/reference/reference.h"\n'),
    ("harness/program/op.h", '#  include "harness/runner/execute.h"\n'),
    ("harness/reference/reference.cc", '#include "harness/backends/mapped/mapped.h"\n'),
    ("harness/runner/execute.cc", '#include "harness/generate/generator.h"\n'),
    ("harness/generate/generator.cc", '#include "harness/runner/execute.h"\n'),
    ("harness/campaign/worker.cc", '#include "harness/report/table.h"\n'),
    ("harness/campaign/worker.cc", '#include "harness/backends/mmap/mmap.h"\n'),
    ("harness/adapters/reference/adapter.cc", '#include "harness/runner/execute.h"\n'),
    ("harness/program/op.cc", '#include "op.h"\n'),
    ("harness/program/op.cc", "#include <harness/program/op.h>\n"),
    ("harness/runner/execute.cc", "#include <gtest/gtest.h>\n"),
    ("harness/plugins/example/example.c", '#include "harness/abi/cpp/wrapper.h"\n'),
    ("harness/cli/main.cc", '#include "harness/plugins/example/example.h"\n'),
    ("harness/novel/part.h", '#include "harness/base/check.h"\n'),
    ("properties/rw.cc", '#include "harness/backends/mmap/mmap.h"\n'),
    ("properties/rw.cc", '#include "harness/cli/main.h"\n'),
]
CLEAN = [
    ("harness/backends/mapped/mapped.h", '#include <gmcheck.h>\n#include "harness/base/check.h"\n#include "harness/abi/cpp/wrapper.h"\n'),
    ("harness/backends/mmap/mmap.cc", '#include "harness/backends/mapped/mapped.h"\n#include <sys/mman.h>\n'),
    ("harness/program/op.h", '#include "harness/program/ops.def"\n#include "harness/base/error.h"\n'),
    ("harness/adapters/reference/adapter.cc", '#include "harness/reference/reference.h"\n'),
    ("harness/runner/execute_test.cc", '#include <gtest/gtest.h>\n#include "harness/backends/mapped/mapped.h"\n'),
    ("harness/report/table.h", '#include "harness/campaign/evidence.h"\n'),
    ("harness/plugins/example/example.c", '#include <gmcheck.h>\n#include "detail.h"\n'),
    ("harness/cli/main.cc", '#include "harness/backends/mmap/mmap.h"\n#include "properties/suites.h"\n'),
    ("bench/access.cc", '#include <benchmark/benchmark.h>\n#include "harness/backends/mmap/mmap.h"\n'),
]
