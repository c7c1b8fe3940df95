#!/usr/bin/python3
"""Measures what a build from nothing costs without the compiler cache: processor time, by module, and the slowest files.

Usage: tools/build_time.py [--preset release] [--against COMMIT] [--slowest 10]
With --against the same build of another commit is measured in the same run, and the share is printed. Each takes minutes
of both cores; run nothing else. Builds in a temporary folder; changes nothing here.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOG = "OUTFLOW_BUILD_TIMES"  # the file that compilations write to: this program is their launcher, too


def launch(command):
    """Runs one compilation and notes its processor time and its output file."""
    status = subprocess.run(command).returncode
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = command[command.index("-o") + 1] if "-o" in command else command[-1]
    with open(os.environ[LOG], "a") as log:
        log.write(f"{usage.ru_utime + usage.ru_stime:.3f} {output}\n")
    return status


def module_of(output):
    parts = Path(output).parts
    if "Unity" in parts:  # several files at once
        return "src/" + parts[1].removeprefix("outflow_").removesuffix(".dir")
    return "/".join(parts[parts.index("src"):][:2]) if "src" in parts[:-2] else parts[1] if len(parts) > 1 else output


def measure(tree, preset, folder):
    """Processor seconds of the whole build, and [(seconds, output)] of its compilations."""
    log = folder / "times"
    log.unlink(missing_ok=True)
    launcher = ["-DOUTFLOW_CCACHE=OFF",
                f"-DCMAKE_CXX_COMPILER_LAUNCHER={sys.executable};{Path(__file__).resolve()};--launch"]
    quiet = {"cwd": tree, "env": os.environ | {LOG: str(log)}, "stdin": subprocess.DEVNULL,
             "stdout": subprocess.DEVNULL}
    subprocess.run(["cmake", "--preset", preset, "-B", str(folder / "build"), *launcher], check=True, **quiet)
    targets = ["--target", "outflow"] if preset == "release" else []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["cmake", "--build", str(folder / "build"), *targets], check=True, **quiet)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rows = [line.split(" ", 1) for line in log.read_text().splitlines()]
    return total, sorted(((float(seconds), output) for seconds, output in rows), reverse=True)


def measure_commit(commit, preset):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder / "tree")], check=True)
        subprocess.run(["git", "-C", str(folder / "tree"), "checkout", "-q", commit], check=True)
        return measure(folder / "tree", preset, folder)


def main():
    if sys.argv[1:2] == ["--launch"]:
        return launch(sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="release")
    parser.add_argument("--against", metavar="COMMIT")
    parser.add_argument("--slowest", type=int, default=10)
    options = parser.parse_args()
    base = measure_commit(options.against, options.preset)[0] if options.against else None
    total, rows = measure_commit("HEAD", options.preset)
    modules = Counter()
    for seconds, output in rows:
        modules[module_of(output)] += seconds
    print(f"{total:.0f} s of processor time, preset {options.preset}, {len(rows)} compilations")
    for module, seconds in modules.most_common():
        print(f"{seconds:7.1f} s  {module}")
    print("slowest:")
    for seconds, output in rows[:options.slowest]:
        print(f"{seconds:7.1f} s  {output}")
    if base is not None:
        print(f"{options.against}: {base:.0f} s; now {total:.0f} s, {100 * total / base:.0f} % of it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
