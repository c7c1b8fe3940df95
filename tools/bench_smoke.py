#!/usr/bin/python3
"""Runs the benchmarks of a build folder just long enough to see that each does its work, and adds them up.

Usage: tools/bench_smoke.py BUILD_FOLDER [MODULE...]      all of the folder's *_bench programs without MODULEs
A benchmark has passed when it showed the checksum of its work (src/base/bench.h); its speed is not looked at.
Appends "passed failed" to the file named by OUTFLOW_TALLY.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from units import ENVIRONMENT

import tally

SECONDS_MAX = 120  # of one program
LABEL = re.compile(r"checksum=[0-9a-f]{16}")


def judge(output, code):
    """(passed, faults) of a program's JSON report and exit status; a fault is a sentence."""
    try:
        benchmarks = json.loads(output)["benchmarks"]
    except (ValueError, KeyError):
        return 0, [f"it ended with {code}, without a report"]
    faults = []
    for benchmark in benchmarks:
        if benchmark.get("error_occurred"):
            faults.append(f"{benchmark['name']}: {benchmark.get('error_message', 'it failed')}")
        elif not LABEL.fullmatch(benchmark.get("label", "")):
            faults.append(f"{benchmark['name']}: it shows no checksum")
    passed = len(benchmarks) - len(faults)
    if not benchmarks:
        faults.append("it has no benchmarks")
    elif code != 0 and not faults:
        faults.append(f"it ended with {code}")
    return passed, faults


def run(program):
    """(passed, faults, what it said besides)"""
    command = ["setarch", os.uname().machine, "-R", str(program), "--benchmark_min_time=0.001", "--benchmark_format=json"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              timeout=SECONDS_MAX, env=os.environ | ENVIRONMENT)
    except subprocess.TimeoutExpired:
        return 0, [f"ended after {SECONDS_MAX} s"], ""
    return *judge(done.stdout, done.returncode), done.stderr


def main():
    build, modules = Path(sys.argv[1]), sys.argv[2:]
    programs = sorted(path for path in build.glob("*_bench") if os.access(path, os.X_OK) and path.is_file())
    if modules:
        programs = [path for path in programs if path.name.removesuffix("_bench") in modules]
    passed = failed = 0
    for program in programs:
        began = time.monotonic()
        well, faults, said = run(program)
        print(f"{program.name}: {well} passed, {len(faults)} failed in {time.monotonic() - began:.1f} s", flush=True)
        if faults:
            print(*faults, said, sep="\n")
        passed, failed = passed + well, failed + len(faults)
    if not passed + failed:
        print(f"no benchmark ran in {build}")
        failed = 1
    return tally.close(f"benchmarks of {build}", passed, failed)


if __name__ == "__main__":
    sys.exit(main())
