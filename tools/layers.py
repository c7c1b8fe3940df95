#!/usr/bin/python3
"""Checks what a reviewer should not have to: who includes whom, length of files and functions, a README a folder, no notes left
behind.

Usage: tools/layers.py [ROOT]     prints every fault with its place; ends with 1 when there is one.
"""

import re
import sys
from pathlib import Path

# folder: (ring, what it may include directly). It may also include what these may, but nothing of an outer ring.
# The rings are drawn in ARCHITECTURE.md; `app` and `cli` may include all.
RINGS = {
    "base": (0, []),
    "json": (0, ["base"]),
    "event": (1, ["json"]),
    "pattern": (1, ["event"]),
    "transform": (1, ["event", "pattern"]),
    "mqtt": (1, ["base"]),
    "rocketmq": (1, ["json"]),
    "platform": (2, ["base"]),
    "net": (2, ["platform"]),
    "pipeline": (2, ["event", "pattern", "transform", "platform"]),
    "connectors": (3, ["pipeline", "mqtt", "rocketmq", "net"]),
    "task": (3, ["pipeline", "mqtt", "rocketmq"]),  # the protocols: whose rules a file must keep
    "store": (3, ["task", "json"]),
    "http": (3, ["net"]),
    "api": (4, ["http", "task", "store"]),
    "devbroker": (4, ["rocketmq", "net"]),
    "app": (4, ["*"]),
    "cli": (4, ["*"]),
}
# Folders inside of one: they may include the files beside them, tests aside these include none of theirs, and they do not
# include one another.
INNER = {
    "pattern": ["alibaba", "explain"],
}
# header prefix: the only folders whose code (tests aside) may include it; the longest prefix counts
LIBRARIES = {
    "simdjson": ["json"],
    "re2/": ["json", "pattern", "transform"],
    "yaml-cpp/": ["task"],
    "CLI/": ["cli"],
    "boost/version.hpp": ["cli"],  # `outflow version`
    "openssl/crypto.h": ["cli", "base", "net"],
    "boost/": ["net", "connectors", "http", "devbroker", "app"],
    "openssl/": ["base", "net", "connectors", "api"],
    "sqlite3": ["store"],
    "sodium": ["store", "api"],
}
# Rings 0 and 1 are bytes in, values out: no socket, clock, file, thread or logger.
IMPURE = re.compile(r"^(thread|mutex|shared_mutex|condition_variable|future|fstream|iostream|filesystem|unistd\.h|fcntl\.h|"
                    r"sys/.*|netinet/.*|arpa/.*|poll\.h|pthread\.h)$")
# Time, chance, files and sockets come through the headers of platform and net, which tests/sim replaces: nobody else asks
# the machine. What only a whole process does (threads, signals, lock folders, its own size) is no part of a simulated task.
SEAMS = ["platform", "net"]
OF_A_PROCESS = ["api/passwords", "app/prepare", "app/process_usage", "app/runner", "app/server", "app/signals", "app/worker_threads", "cli/libraries"]
MACHINE = re.compile(
    r"\b(?:steady_clock|system_clock|high_resolution_clock)::now\b|\brandom_device\b|\bthis_thread\b|\bstd::(?:thread|jthread|async)\b"
    r"|\bstd::filesystem\b|\b[io]?fstream\b|\bfopen\b|\b(?:std)?::(?:time|clock|rand)\("
    r"|(?<!\w)::(?:open|creat|read|write|pread|pwrite|fsync|fdatasync|ftruncate|truncate|stat|lstat|fstat|unlink|rename|mkdir|rmdir|flock"
    r"|socket|connect|accept|bind|listen|send|recv|poll|select|getaddrinfo|gettimeofday|clock_gettime|nanosleep|usleep|getrandom|getpid"
    r"|gethostname)\(")
ENVIRONMENT = ["app", "platform"]  # may ask for environment variables: settings, and secrets of the form { env: NAME }
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
README_LINES_MAX = 30
CODE = (".cpp", ".h", ".py", ".sh", ".java", "")
BESIDE = re.compile(r"_(test|fuzz|bench)\.cpp$|(^|_)rig\.h$|^test_")  # no part of the module: tests and what they share may use more
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
NOTE = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
PROTOCOL = re.compile(r"mqtt|rocketmq", re.IGNORECASE)


def reachable(folder):
    """Folders that `folder` may include."""
    if RINGS[folder][1] == ["*"]:
        return set(RINGS)
    found, todo = {folder}, list(RINGS[folder][1])
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += RINGS[name][1]
    return found


def table_faults():
    """The table itself must point inwards."""
    for folder, (ring, direct) in RINGS.items():
        for name in direct:
            if name != "*" and RINGS[name][0] > ring:
                yield f"tools/layers.py: {folder} (ring {ring}) may not include {name} (ring {RINGS[name][0]})"


def inner_of(name):
    """The folder inside of a module's that a path below src lies in, or None."""
    parts = name.split("/")
    return parts[1] if len(parts) > 2 else None


def include_faults(root, path, folder, text):
    place = path.relative_to(root)
    inner = inner_of(path.relative_to(root / "src").as_posix())
    beside = BESIDE.search(path.name)
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        ours, header = match.groups()
        if ours:
            owner = ours.split("/")[0]
            if owner not in RINGS or "/" not in ours:
                yield f"{place}:{number}: \"{ours}\" is not given as folder/file.h below src"
            elif owner not in reachable(folder):
                yield f"{place}:{number}: {folder} may not include {owner} (allowed: {', '.join(sorted(reachable(folder)))})"
            elif not (root / "src" / ours).exists():
                yield f"{place}:{number}: \"{ours}\" does not exist"
            elif owner == folder and inner_of(ours) not in (None, inner) and not beside:
                yield f"{place}:{number}: {folder}{'/' + inner if inner else ''} may not include {folder}/{inner_of(ours)}"
            continue
        if beside:
            continue
        prefix = max((name for name in LIBRARIES if header.startswith(name)), key=len, default=None)
        if prefix and folder not in LIBRARIES[prefix]:
            yield f"{place}:{number}: <{header}> belongs to {', '.join(LIBRARIES[prefix])} alone"
        if RINGS[folder][0] <= 1 and IMPURE.match(header):
            yield f"{place}:{number}: <{header}> is I/O, and {folder} is in ring {RINGS[folder][0]}"


def code_faults(root, path, folder, text):
    place = path.relative_to(root)
    named = f"{folder}/{path.stem}"
    beside = BESIDE.search(path.name)
    for number, line in enumerate(text.splitlines(), 1):
        if folder == "pipeline" and not beside and PROTOCOL.search(line):
            yield f"{place}:{number}: pipeline names a protocol: {line.strip()}"
        seam = MACHINE.search(line) if folder not in SEAMS and not beside and named not in OF_A_PROCESS else None
        if seam:
            yield f"{place}:{number}: {seam.group()} goes around the headers of platform and net, which the simulation replaces"
        if folder not in ENVIRONMENT and not beside and re.search(r"\bgetenv\b", line):
            yield f"{place}:{number}: only {' and '.join(ENVIRONMENT)} read the environment"


QUOTED = re.compile(r'//[^\n]*|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'|^\s*#[^\n]*', re.S | re.M)
NO_FUNCTION = re.compile(r"^(?:(?:inline|export)\s+)?(?:namespace|class|struct|enum|union|extern)\b")


def functions(text):
    """(first line, lines, head) of each C++ function, from its head to its closing brace; what stands in one is part of it."""
    text = QUOTED.sub(lambda match: "\n" * match.group().count("\n"), text)
    found, blocks, head, line, start = [], [], "", 1, 1
    for c in text:
        if c == "{":
            head = head.strip()
            inside = any(is_function for is_function, _, _ in blocks)
            bare = re.sub(r"^template\s*<[^{]*?>\s*(?=\w|\[)", "", head)
            is_function = not inside and "(" in head and not NO_FUNCTION.match(bare) and "=" not in bare.split("(")[0]
            blocks.append((is_function, start, head))
            head = ""
        elif c == "}":
            if blocks:
                is_function, first, what = blocks.pop()
                if is_function:
                    found.append((first, line - first + 1, what))
            head = ""
        elif c == ";":
            head = ""
        else:
            if not head.strip() and not c.isspace():
                head, start = "", line
            head += c
        if c == "\n":
            line += 1
    return found


def function_faults(root, path, text):
    for first, lines, head in functions(text):
        if lines > FUNCTION_LINES_MAX:
            name = re.search(r"(~?\w+)\s*\(", head)
            yield f"{path.relative_to(root)}:{first}: {name.group(1) if name else head} has {lines} lines, over {FUNCTION_LINES_MAX}"


def source_faults(root):
    source = root / "src"
    for folder in sorted(path for path in source.iterdir() if path.is_dir()):
        files = sorted(path for path in folder.rglob("*") if path.suffix in (".cpp", ".h"))
        if folder.name not in RINGS:
            yield f"src/{folder.name}: not in the ring table of tools/layers.py"
            continue
        if files and not (folder / "README.md").exists():
            yield f"src/{folder.name}: has no README.md"
        elif files and len((folder / "README.md").read_text().splitlines()) > README_LINES_MAX:
            yield f"src/{folder.name}/README.md: over {README_LINES_MAX} lines"
        for inner in sorted({path.parent for path in files} - {folder}):
            if inner.name not in INNER.get(folder.name, []):
                yield f"src/{folder.name}/{inner.name}: not in the table of folders inside of others in tools/layers.py"
            elif not (inner / "README.md").exists():
                yield f"src/{folder.name}/{inner.name}: has no README.md"
        for path in files:
            text = path.read_text()
            yield from include_faults(root, path, folder.name, text)
            yield from code_faults(root, path, folder.name, text)
            if not BESIDE.search(path.name):
                yield from function_faults(root, path, text)


def text_faults(root):
    for top in ("src", "tests", "tools", "bench", "packaging", ".ci"):
        for path in sorted((root / top).rglob("*")):
            if not path.is_file() or path.suffix not in CODE or "corpus" in path.parts or "__pycache__" in path.parts:
                continue
            try:
                lines = path.read_text().splitlines()
            except UnicodeDecodeError:
                continue
            if len(lines) > FILE_LINES_MAX:
                yield f"{path.relative_to(root)}: {len(lines)} lines, over {FILE_LINES_MAX}"
            for number, line in enumerate(lines, 1):
                if NOTE.search(line):
                    yield f"{path.relative_to(root)}:{number}: a note of work left: {line.strip()[:80]}"


def faults(root):
    return [*table_faults(), *source_faults(root), *text_faults(root)]


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    found = faults(root)
    for fault in found:
        print(fault)
    count = sum(1 for path in (root / "src").rglob("*") if path.suffix in (".cpp", ".h"))
    print(f"layers: {count} source files, {len(found)} faults")
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main())
