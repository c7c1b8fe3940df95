#!/usr/bin/python3
"""Runs every fuzzer of a build folder for some seconds, two at a time, from the committed corpora.

Usage: tools/fuzz.py BUILD_FOLDER SECONDS [NAME...]
The corpus of <folder>/<name>_fuzz.cpp, anywhere below src, is <folder>/corpus/<name>. New inputs are not kept; one that crashes is, in
BUILD_FOLDER/crashes. Appends "passed failed" to the file named by OUTFLOW_TALLY.
"""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tally

ROOT = Path(__file__).resolve().parents[1]


def run(fuzzer, seconds, crashes):
    """(fuzzer, passed, a line or the whole output)"""
    name = fuzzer.name.removesuffix("_fuzz")
    corpora = [path for path in sorted(ROOT.glob("src/**/corpus/*")) if path.name in (name, fuzzer.name) and path.is_dir()]
    with tempfile.TemporaryDirectory() as new:
        command = [fuzzer, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
                   f"-artifact_prefix={crashes}/{name}-", new, *corpora]
        try:
            done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds * 3 + 120)
            output, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as late:
            output, code = (late.stdout or b"").decode("utf-8", "replace") + "\nit did not end", 1
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", output)
    passed = code == 0 and runs is not None and int(runs.group(1)) > 0
    seeds = sum(1 for corpus in corpora for _ in corpus.iterdir())
    return fuzzer, passed, f"{runs.group(1)} inputs from {seeds} seeds" if passed else output[-8000:]


def main():
    build, seconds, names = Path(sys.argv[1]).resolve(), int(sys.argv[2]), sys.argv[3:]
    fuzzers = sorted(path for path in build.glob("*_fuzz") if path.is_file() and os.access(path, os.X_OK))
    if names:
        fuzzers = [path for path in fuzzers if path.name.removesuffix("_fuzz") in names]
    crashes = build / "crashes"
    crashes.mkdir(parents=True, exist_ok=True)
    good = bad = 0
    with ThreadPoolExecutor(2) as pool:
        for fuzzer, passed, text in pool.map(lambda path: run(path, seconds, crashes), fuzzers):
            print(f"{fuzzer.name}: {'passed' if passed else 'FAILED'}: {text}", flush=True)
            good, bad = good + passed, bad + (not passed)
    if not fuzzers:
        print(f"no fuzzer in {build}")
        bad = 1
    return tally.close("fuzzers", good, bad)


if __name__ == "__main__":
    sys.exit(main())
