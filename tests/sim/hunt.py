#!/usr/bin/python3
"""Runs seeds on all processors until one fails, and says which one and how long that took; when none does, the kept plans.
Ends with 1 when something failed.

Usage: tests/sim/hunt.py [--build FOLDER] [--seconds S]
For the faults of tests/sim/mutants, which tools/mutants.py puts in.
"""

import argparse
import sys
import threading
import time
from pathlib import Path

import run


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("Usage: ")[1].split("\n")[0])
    parser.add_argument("--build", default=str(run.ROOT / "build" / "asan"))
    parser.add_argument("--seconds", type=float, default=300)
    options = parser.parse_args()
    run.SHOWN_MAX, run.SILENCE_MAX, run.CHUNK = 1, 20, 25
    runner = run.Runner(str(Path(options.build) / "outflow_sim"), 1, options.seconds, None)
    began = time.monotonic()
    threads = [threading.Thread(target=runner.work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    if not runner.failures:
        failed = run.run_plans(runner.program)[1]
        print(f"no seed of {runner.done} failed in {took:.0f} s; {failed} of the kept plans did")
        return 1 if failed else 0
    seed, said = min(runner.failures)
    print(f"seed {seed}, {took:.0f} s: {' '.join(said.split())[:160]}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
