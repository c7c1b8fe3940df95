#!/usr/bin/python3
"""Runs the unit tests of a build folder, two programs at a time, and adds up their tests.

Usage: tools/units.py BUILD_FOLDER [MODULE...]      all of the folder's *_test programs without MODULEs
Appends "passed failed" to the file named by OUTFLOW_TALLY. A skipped test is told with its reason; under CI=true it has failed.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tally

SECONDS_MAX = 600  # of one program

# Sanitizers: a finding ends the program; the address space layout of new kernels needs a fixed one for TSan.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1", "UBSAN_OPTIONS": "print_stacktrace=1",
               "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1"}


def read_report(path):
    """(passed, failed, ["test: reason" of each that was skipped]) of a report of GoogleTest"""
    cases = xml.etree.ElementTree.parse(path).findall(".//testcase")
    failed = sum(case.find("failure") is not None for case in cases)
    # The message's first line is the place in the code.
    skipped = [f"{case.get('classname')}.{case.get('name')}: {reason.get('message').partition(chr(10))[2]}" for case in cases
               if (reason := case.find("skipped")) is not None and case.find("failure") is None]
    return len(cases) - failed - len(skipped), failed, skipped


def run(program, folder):
    """(program, output, passed, failed, skipped with their reasons, seconds)"""
    report = folder / f"{program.name}.xml"
    began = time.monotonic()
    command = ["setarch", os.uname().machine, "-R", str(program), "--gtest_brief=1", f"--gtest_output=xml:{report}"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=SECONDS_MAX, env=os.environ | ENVIRONMENT)
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, code = (late.stdout or b"").decode("utf-8", "replace") + f"\nended after {SECONDS_MAX} s", 1
    passed, failed, skipped = read_report(report) if report.exists() else (0, 0, [])
    if code != 0 and not failed:
        failed = 1  # it crashed, or could not start
        output += f"\n{program.name} ended with {code}"
    return program, output, passed, failed, skipped, time.monotonic() - began


def main():
    build, modules = Path(sys.argv[1]), sys.argv[2:]
    programs = sorted(path for path in build.glob("*_test") if os.access(path, os.X_OK) and path.is_file())
    if modules:
        programs = [path for path in programs if path.name.removesuffix("_test") in modules]
    in_ci = os.environ.get("CI") == "true"
    totals = [0, 0, 0]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        for program, output, passed, failed, skipped, seconds in pool.map(lambda path: run(path, Path(folder)), programs):
            print(f"{program.name}: {passed} passed, {failed} failed, {len(skipped)} skipped in {seconds:.1f} s", flush=True)
            print("".join(f"  skipped{', which fails in CI' if in_ci else ''}: {each}\n" for each in skipped), end="")
            if failed:
                print(output)
            found = (passed, failed + len(skipped), 0) if in_ci else (passed, failed, len(skipped))
            totals = [total + more for total, more in zip(totals, found)]
    if not totals[0] + totals[1]:
        print(f"no test ran in {build}")
        totals[1] = 1
    return tally.close(f"units of {build}", totals[0], totals[1], f", {totals[2]} skipped")


if __name__ == "__main__":
    sys.exit(main())
