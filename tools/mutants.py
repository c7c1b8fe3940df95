#!/usr/bin/python3
"""Puts one fault after another into a copy of the tree, and says which of them the tests do not find.

Usage: tools/mutants.py LIST.toml [WORD...]      all mutants, or those whose name has one of the WORDs; run by hand: it takes long

A list says how its mutants are judged, in shell commands that run in the copy, and has the mutants of each file. A word in braces
stands for a key of the file's table:

    prepare = "cmake --preset dev"                             # once
    build = "cmake --build --preset dev --target {target}"     # has to succeed with a mutant too
    test = "build/dev/{target} --gtest_filter='{filter}'"      # fails or takes longer than `seconds`: the mutant is killed
    seconds = 60

    [[file]]
    path = "src/pattern/text_set.h"
    target = "pattern_test"
    filter = "*"
    mutants = [
        ["prefix: at any place", 'text that is once in the file', 'what stands there instead'],
    ]

Where the text has white space the file may have any: how it is laid out does not matter.

The copy is build/mutants; it stays, so that the next run builds little. Without a mutant everything has to pass there. Ends with 1
when a mutant survives, with 2 when the list is wrong.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD_SECONDS_MAX = 1800
COPY = ROOT / "build" / "mutants"


class Wrong(Exception):
    """The list, or the tree that it is for."""


@dataclass
class Mutant:
    name: str
    old: str
    new: str
    path: str
    build: str
    test: str

    def pattern(self):
        return re.compile(r"\s+".join(re.escape(piece) for piece in self.old.split()))


def read_list(path):
    """(what the file has, its mutants). Wrong: something is missing."""
    listed = tomllib.loads(Path(path).read_text())
    try:
        mutants = [Mutant(*each, file["path"], *(listed[kind].format_map(file) for kind in ("build", "test")))
                   for file in listed["file"] for each in file["mutants"]]
        return {key: listed[key] for key in ("prepare", "seconds")}, mutants
    except KeyError as missing:
        raise Wrong(f"{path}: there is no {missing}") from None
    except TypeError:
        raise Wrong(f"{path}: a mutant is a name, a text and another text") from None


def faults(mutants, root):
    """Why the mutants do not fit the tree."""
    names = [mutant.name for mutant in mutants]
    found = [f"{name}: is there twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    for mutant in mutants:
        file = root / mutant.path
        count = len(mutant.pattern().findall(file.read_text())) if file.is_file() else 0
        if count != 1:
            found.append(f"{mutant.name}: its text is {count} times in {mutant.path}, not once")
        if mutant.old == mutant.new:
            found.append(f"{mutant.name}: changes nothing")
    return found


def copy_tree(root, copy):
    """What git knows or would add. A file that is the same keeps its time, so that nothing is built for it."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, check=True,
                            capture_output=True, text=True).stdout
    wanted = {name for name in listed.split("\0") if (root / name).is_file()}
    for old in [path.relative_to(copy) for path in copy.rglob("*") if path.is_file()]:
        if old.parts[0] != "build" and str(old) not in wanted:
            (copy / old).unlink()
    for name in wanted:
        source, target = root / name, copy / name
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def run(line, copy, seconds):
    """(exit status, or None when it took too long; output)"""
    process = subprocess.Popen(["bash", "-c", line], cwd=copy, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return None, process.communicate()[0]


def must(line, copy, seconds, when):
    status, output = run(line, copy, seconds)
    if status != 0:
        raise Wrong(f"{when}: `{line}` ends with {status}\n{output[-3000:]}")


def check_without_mutants(mutants, copy, seconds):
    for build in dict.fromkeys(mutant.build for mutant in mutants):
        must(build, copy, BUILD_SECONDS_MAX, "without a mutant")
    for test in dict.fromkeys(mutant.test for mutant in mutants):
        must(test, copy, seconds, "without a mutant")


def judge(mutant, copy, seconds):
    """(whether the tests find it, the last line that they say)"""
    file = copy / mutant.path
    text = file.read_text()
    file.write_text(mutant.pattern().sub(lambda _: mutant.new, text))
    try:
        must(mutant.build, copy, BUILD_SECONDS_MAX, mutant.name)
        status, output = run(mutant.test, copy, seconds)
        return status != 0, output.strip().rpartition("\n")[2][:160]
    finally:
        file.write_text(text)


def survivors(mutants, copy, seconds):
    """Says a line for each."""
    found = []
    for mutant in mutants:
        began = time.monotonic()
        killed, said = judge(mutant, copy, seconds)
        found += [] if killed else [mutant]
        print(f"{'killed' if killed else 'SURVIVED':8} {time.monotonic() - began:5.1f} s  {mutant.name}" + (f": {said}" if said else ""), flush=True)
    return found


def main():
    if len(sys.argv) < 2:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    path, words = sys.argv[1], sys.argv[2:]
    try:
        how, mutants = read_list(path)
        if found := faults(mutants, ROOT):
            raise Wrong("\n".join(found))
        mutants = [mutant for mutant in mutants if not words or any(word in mutant.name for word in words)]
        copy_tree(ROOT, COPY)
        must(how["prepare"], COPY, BUILD_SECONDS_MAX, "prepare")
        check_without_mutants(mutants, COPY, how["seconds"])
        survived = len(survivors(mutants, COPY, how["seconds"]))
    except (Wrong, OSError, tomllib.TOMLDecodeError) as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 2
    print(f"{len(mutants)} mutants: {len(mutants) - survived} killed, {survived} survived")
    return 1 if survived or not mutants else 0


if __name__ == "__main__":
    sys.exit(main())
