#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""check.py OUT SANITIZER: what OSS-Fuzz and ClusterFuzzLite ask of a folder of fuzz targets, and what holds when they run them.

SANITIZER is address or undefined. Targets run as theirs do: from another place than they were built in, without OUT, SRC and WORK, with a file system that may
be read and no /dev but for null, zero and random numbers; /tmp alone may be written. Where no such place can be made (it takes mount namespaces), that is
said, and they run without. Exit codes: 0 nothing is wrong, 1 something is (a line each), 2 usage.
"""
import configparser
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

ENTRY = b"LLVMFuzzerTestOneInput"
BESIDE = {"_seed_corpus.zip": "seed corpus", ".dict": "dictionary", ".options": "options"}
# What their image for running has. They link libc++ in; libstdc++ stands for it here.
LIBRARIES = re.compile(r"(ld-linux.*|libc|libm|libdl|libpthread|librt|libresolv|libgcc_s|libstdc\+\+)\.so(\.\d+)*")
SIZE_MAX = 10 << 30  # bytes
EDGES_MIN = 100
CALLS_MIN = {"address": ("__asan", 1000), "undefined": ("__ubsan", 200)}
CALLS_MAX = {"address": ["__msan", "__tsan"], "undefined": ["__asan", "__msan", "__tsan"]}
RUN_OPTIONS = ["-rss_limit_mb=2560", "-timeout=25"]
SANITIZER_OPTIONS = "allocator_may_return_null=1:handle_abort=1:detect_leaks=1:dedup_token_length=3"
# $1: where the targets are; $2: the folder to run in, below /mnt or /; the rest: the command. /mnt is what they see of $1.
SANDBOX = """set -e
mount --make-rprivate /
scratch=$(mktemp -d)
mount -t tmpfs none "$scratch"
mkdir "$scratch/dev"
for device in null zero full random urandom; do : > "$scratch/dev/$device"; mount --bind "/dev/$device" "$scratch/dev/$device"; done
mount --rbind "$1" /mnt
mount -o remount,ro,bind /mnt
mount --rbind "$scratch/dev" /dev
mount -t tmpfs none /tmp
mount -o remount,ro,bind /
cd "$2"
shift 2
exec "$@"
"""


@functools.cache
def unsharing():
    """How a sandbox is made here; none where it cannot be."""
    for unshare in (("unshare", "-m"), ("unshare", "-Urm")):
        if subprocess.run([*unshare, "sh", "-c", SANDBOX, "sh", "/usr", "/", "true"], capture_output=True).returncode == 0:
            return unshare
    return None


def in_sandbox(out, folder, command, environment):
    """The command's result; `out` is /mnt for it. None where no sandbox can be had."""
    if unsharing() is None:
        return None
    return subprocess.run([*unsharing(), "sh", "-c", SANDBOX, "sh", out, folder, *command], capture_output=True, text=True, errors="replace", timeout=300, env=environment)


def holding_entry(out):
    return [path for path in sorted(out.iterdir()) if path.is_file() and ENTRY in path.read_bytes()]


def targets(out):
    """Those that would be found."""
    return [path for path in holding_entry(out) if re.fullmatch("[a-zA-Z0-9_-]+", path.name) and os.access(path, os.X_OK)]


def names(out, _):
    found = holding_entry(out)
    if not found:
        yield "no file has LLVMFuzzerTestOneInput: there is no target"
    for path in found:
        if not re.fullmatch("[a-zA-Z0-9_-]+", path.name):
            yield f"{path.name}: no name of a target, which has letters, digits, _ and - alone, and no extension"
        elif not os.access(path, os.X_OK):
            yield f"{path.name}: is not executable"


def architecture(out, _):
    for path in targets(out):
        head = path.read_bytes()[:20]
        if head[:5] != b"\x7fELF\x02" or int.from_bytes(head[18:20], "little") != 0x3e:
            yield f"{path.name}: is no x86-64 executable"


def libraries(out, _):
    for path in targets(out):
        dynamic = subprocess.run(["readelf", "-dW", path], capture_output=True, text=True, check=False).stdout
        for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
            if not LIBRARIES.fullmatch(name) and not (out / "lib" / name).exists():
                yield f"{path.name}: needs {name}, which is neither in their image nor in lib"
        for folders in re.findall(r"\(R(?:UN)?PATH\).*\[(.*)\]", dynamic):
            for folder in folders.split(":"):
                if not folder.startswith("$ORIGIN"):
                    yield f"{path.name}: looks for libraries in {folder}, which is not there"


def belongs(out, _):
    for path in sorted(out.iterdir()):
        for ending, what in BESIDE.items():
            if path.name.endswith(ending) and path.name != "afl++.dict" and not (out / path.name.removesuffix(ending)).exists():
                yield f"{path.name}: a {what} of no target"


def seeds(out, _):
    for path in targets(out):
        archive = out / (path.name + "_seed_corpus.zip")
        if not archive.exists():
            yield f"{archive.name}: is missing"
        elif not zipfile.is_zipfile(archive):
            yield f"{archive.name}: is no archive"
        else:
            entries = zipfile.ZipFile(archive).namelist()
            if not entries:
                yield f"{archive.name}: is empty"
            if any("/" in entry for entry in entries):
                yield f"{archive.name}: is not flat"


def dictionaries(out, _):
    entry = re.compile(r'\s*(#.*|([A-Za-z0-9_]+(@\d+)?\s*=\s*)?"([^"\\]|\\["\\]|\\x[0-9A-Fa-f]{2})+"\s*)?')
    for path in sorted(out.glob("*.dict")):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if not entry.fullmatch(line):
                yield f"{path.name}:{number}: is no entry"


def options(out, _):
    for path in sorted(out.glob("*.options")):
        parser = configparser.ConfigParser()
        try:
            parser.read(path)
        except configparser.Error as error:
            yield f"{path.name}: {str(error).splitlines()[0]}"
            continue
        for section in parser.sections():
            if section not in ("libfuzzer", "asan", "msan", "ubsan", "AFL", "env"):
                yield f"{path.name}: there is no section [{section}]"
        named = parser.get("libfuzzer", "dict", fallback=None)
        if named and not (out / named).exists():
            yield f"{path.name}: the dictionary {named} is missing"


def size(out, _, size_max=SIZE_MAX):
    total = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    if total >= size_max:
        yield f"all together has {total} bytes, and {size_max} are too many"


def instrumentation(out, sanitizer):
    for path in targets(out):
        code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=False).stdout
        prefix, least = CALLS_MIN[sanitizer]
        calls = len(re.findall(rf"call.*<{prefix}", code))
        if calls < least:
            yield f"{path.name}: {calls} calls of {prefix}, and a build with the sanitizer {sanitizer} has {least}"
        for other in CALLS_MAX[sanitizer]:
            if re.search(rf"call.*<{other}", code):
                yield f"{path.name}: is instrumented for another sanitizer as well ({other})"


def environment():
    return {"PATH": "/usr/bin:/bin", "ASAN_OPTIONS": SANITIZER_OPTIONS, "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}


def run_target(out, path, folder, *arguments):
    ran = in_sandbox(str(out), folder, ["/mnt/" + path.name, *RUN_OPTIONS, *arguments], environment())
    if ran is None:
        ran = subprocess.run([path, *RUN_OPTIONS, *arguments], cwd="/" if folder == "/" else out, capture_output=True, text=True, errors="replace", timeout=300, env=environment())
    return ran


def last_words(ran):
    lines = [line for line in ran.stderr.splitlines() if line.strip()]
    telling = [line for line in lines if "ERROR" in line or "gmcheck:" in line or "runtime error" in line]
    return f"exit code {ran.returncode}: {(telling or lines or ['nothing said'])[-1][:200]}"


def starts(out, _):
    """What their bad_build_check does, from the targets' folder and from another."""
    for path in targets(out):
        for folder in ("/mnt", "/"):
            ran = run_target(out, path, folder, "-seed=1337", "-runs=4")
            if ran.returncode != 0 or "Done 4 runs" not in ran.stderr:
                yield f"{path.name}: does not run from {'its folder' if folder == '/mnt' else 'another folder'}: {last_words(ran)}"
                break
        else:
            edges = sum(int(count) for count in re.findall(r"\((\d+) (?:inline 8-bit counters|guards)\)", ran.stderr))
            if edges < EDGES_MIN:
                yield f"{path.name}: {edges} edges are instrumented, and {EDGES_MIN} are the least"


def takes_seeds(out, _):
    """Every seed, once: it is found, it runs, and it needs little memory."""
    for path in targets(out):
        archive = out / (path.name + "_seed_corpus.zip")
        if not zipfile.is_zipfile(archive):
            continue
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
            whole = pathlib.Path(folder, "out")
            whole.mkdir()
            os.link(path, whole / path.name) if os.stat(path).st_dev == os.stat(folder).st_dev else shutil.copy2(path, whole / path.name)
            zipfile.ZipFile(archive).extractall(whole / "seeds")
            os.chmod(folder, 0o755)
            count = len(list((whole / "seeds").iterdir()))
            where = "/mnt/seeds" if unsharing() else str(whole / "seeds")
            ran = run_target(whole, whole / path.name, "/", "-runs=0", where)
            if ran.returncode != 0:
                yield f"{path.name}: a seed ends it: {last_words(ran)}"
            elif not re.search(rf"seed corpus: files: {count} ", ran.stderr):
                yield f"{path.name}: its {count} seeds were not found"


def project(folder, base_image):
    """The project files in `folder`, beside a Dockerfile that begins with `base_image`."""
    text = {name: (folder / name).read_text() if (folder / name).exists() else None for name in ("project.yaml", "Dockerfile", "build.sh")}
    for name, content in text.items():
        if content is None:
            yield f"{name}: is missing"
    if text["build.sh"] is not None and not os.access(folder / "build.sh", os.X_OK):
        yield "build.sh: is not executable"
    if text["Dockerfile"] is not None and f"FROM {base_image}\n" not in text["Dockerfile"]:
        yield f"Dockerfile: does not begin FROM {base_image}"
    if text["Dockerfile"] is not None and not re.search(r"^COPY \S*build\.sh \$SRC/$", text["Dockerfile"], re.M):
        yield "Dockerfile: does not put build.sh into $SRC"
    if text["project.yaml"] is None:
        return
    import yaml
    keys = yaml.safe_load(text["project.yaml"])
    needed = ["language"] if base_image.endswith(":v1") else ["homepage", "language", "primary_contact", "main_repo"]
    for key in needed:
        if not keys.get(key):
            yield f"project.yaml: {key} is missing"
    if keys.get("language", "c++") != "c++":
        yield "project.yaml: the language is c++"
    if "libfuzzer" not in keys.get("fuzzing_engines", ["libfuzzer"]):
        yield "project.yaml: libfuzzer is one of the engines"
    if keys.get("builds_per_day", 1) > 4:
        yield "project.yaml: there are at most 4 builds a day"


def sources(folder):
    """A target answers 0: other engines do not know that anything else means something."""
    for path in sorted(folder.rglob("*.cc")):
        for body in re.findall(r"int LLVMFuzzerTestOneInput\([^)]*\) \{\n(.*?)^\}", path.read_text(), re.M | re.S):
            if any(value != "0" for value in re.findall(r"\breturn (-?\d+);", body)):
                yield f"{path.name}: LLVMFuzzerTestOneInput returns something else than 0"


def flags(build):
    """What is made for this machine does not run on theirs."""
    for name in ("build.ninja", "compile_commands.json"):
        if (build / name).exists() and re.search(r"-m(arch|cpu|tune)=native", (build / name).read_text()):
            yield f"{name}: code is made for this machine alone (native)"


def complete(out, listing):
    """Each target that `listing`, a CMakeLists.txt, names is there."""
    there = {path.name for path in targets(out)}
    for name in re.findall(r"^gmc_fuzz_target\((\w+)", listing.read_text(), re.M):
        if name not in there:
            yield f"{name} is in {listing.name} and was not built"


RULES = [names, architecture, libraries, belongs, seeds, dictionaries, options, size, instrumentation, starts, takes_seeds]


def check(out, sanitizer, rules=None):
    return [f"{rule.__name__}: {problem}" for rule in rules or RULES for problem in rule(pathlib.Path(out), sanitizer)]


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in CALLS_MIN or not pathlib.Path(sys.argv[1]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    if unsharing() is None:
        print("check.py: no mount namespace can be had here, so that targets run in the ordinary file system")
    problems = check(sys.argv[1], sys.argv[2])
    print("\n".join(problems + [f"{len(targets(pathlib.Path(sys.argv[1])))} targets, {len(problems)} problems"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
