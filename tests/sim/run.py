#!/usr/bin/python3
"""Runs the simulation: many seeds on all processors, or one; makes the plan of a seed that fails short enough to be read.

Usage: tests/sim/run.py [--build FOLDER] [--seconds S | --seeds N] [--from SEED]
       tests/sim/run.py [--build FOLDER] --seed N [--trace]      one seed
       tests/sim/run.py [--build FOLDER] --plan FILE [--trace]   one plan, as a seed that failed printed it
       tests/sim/run.py [--build FOLDER] --shrink FILE           makes a plan that fails as short as it can

Before the seeds all plans of tests/sim/plans are run: each is a fault that there was. Appends "passed failed" to the file
named by OUTFLOW_TALLY: the plans count one by one, all seeds together as one.
"""

import argparse
import collections
import os
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import shrink

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import tally

CHUNK = 100           # seeds that one process runs
SILENCE_MAX = 120     # seconds that a seed may take
SHOWN_MAX = 3         # failures that are told at length
CENSUS_SEEDS = 1000   # in so many everything has to happen
ENVIRONMENT = os.environ | {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:handle_abort=1",
                            "UBSAN_OPTIONS": "print_stacktrace=1"}
# What a simulated world must not get from the machine. Names of the functions as a program asks for them.
MACHINE = ["clock_gettime", "gettimeofday", "nanosleep", "clock_nanosleep", "getrandom", "socket", "connect", "accept", "bind",
           "listen", "epoll_create1", "getaddrinfo", "pthread_create", "pwrite64", "pread64", "fdatasync", "fsync"]


def check_independence(program):
    """The machine's functions that the program refers to, because some code goes around the seams."""
    listed = subprocess.run(["nm", "--undefined-only", program], capture_output=True, text=True, check=True).stdout
    wanted = {line.split()[-1].split("@")[0] for line in listed.splitlines() if line.strip()}
    return sorted(wanted & set(MACHINE))


class Runner:
    """Processes that run seeds, one a processor."""

    def __init__(self, program, first, seconds, seeds):
        self.program, self.next, self.seeds = program, first, seeds
        self.deadline = time.monotonic() + seconds if seconds else None
        self.lock = threading.Lock()
        self.done = 0
        self.happened = collections.Counter()  # in the chunks that were run to their end
        self.failures = []  # (seed, what was said)

    def take(self):
        """(first seed, how many) of the next process, or nothing."""
        with self.lock:
            is_late = self.deadline and time.monotonic() >= self.deadline
            left = CHUNK if self.seeds is None else min(CHUNK, self.seeds)
            if is_late or left <= 0 or len(self.failures) >= SHOWN_MAX:
                return None
            if self.seeds is not None:
                self.seeds -= left
            self.next += left
            return self.next - left, left

    def work(self):
        while chunk := self.take():
            first, count = chunk
            while count > 0:
                ran = self.run_chunk(first, count)
                first, count = first + ran, count - ran

    def run_chunk(self, first, count):
        """How many of the seeds are done: when the process dies of one, those up to it."""
        process = subprocess.Popen([self.program, "--seeds", str(first), str(count)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, errors="replace", env=ENVIRONMENT)
        errors = queue.Queue()
        threading.Thread(target=lambda: errors.put(process.stderr.read()), daemon=True).start()
        watchdog = None
        seed, ran = first, 0
        for line in process.stdout:
            if watchdog:
                watchdog.cancel()
            watchdog = threading.Timer(SILENCE_MAX, process.kill)
            watchdog.start()
            if line.startswith("seed "):
                seed = int(line.split()[1])
                ran = seed - first + 1
            elif line.startswith("happened "):
                _, what, times = line.split()
                with self.lock:
                    self.happened[what] += int(times)
            elif line.startswith("FAILED"):
                self.fail(int(line.split("seed=")[1].split()[0]), line.strip())
            if self.deadline and time.monotonic() >= self.deadline:
                process.kill()
                break
        if watchdog:
            watchdog.cancel()
        code = process.wait()
        is_late = self.deadline and time.monotonic() >= self.deadline
        if code not in (0, 1) and not is_late:
            self.fail(seed, f"seed {seed}: the process ended with {code}\n{errors.get()[-3000:]}")
        with self.lock:
            self.done += ran
        return count if is_late or code in (0, 1) else max(ran, 1)

    def fail(self, seed, said):
        with self.lock:
            self.failures.append((seed, said))


def run_seeds(program, first, seconds, seeds):
    """Whether all passed."""
    runner = Runner(program, first, seconds, seeds)
    began = time.monotonic()
    threads = [threading.Thread(target=runner.work) for _ in range(os.cpu_count() or 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    for seed, said in sorted(runner.failures)[:SHOWN_MAX]:
        print(f"\n{said}")
        show_shrunk(program, subprocess.run([program, "--print", str(seed)], capture_output=True, text=True, check=True).stdout)
    print(f"simulation: {runner.done} seeds from {first} in {took:.0f} s, {runner.done / max(took, 0.1) * 60:.0f} a minute, "
          f"{len(runner.failures)} failed")
    print("what happened: " + ", ".join(f"{what} {times}" for what, times in sorted(runner.happened.items())))
    never = [what for what, times in runner.happened.items() if times == 0]
    if never and runner.done >= CENSUS_SEEDS:
        print(f"never happened: {', '.join(never)}")
        return False
    return not runner.failures and runner.done > 0


def show_shrunk(program, plan):
    small = shrink.shrink(plan, lambda text: run_plan(program, text)[0])
    with tempfile.NamedTemporaryFile("w", prefix="outflow-sim-", suffix=".plan", delete=False) as file:
        file.write(small)
    print(f"What is left of its plan (tests/sim/run.py --plan {file.name} --trace):\n{small}")


def run_plan(program, text):
    """(what failed: the name of an oracle, "crash", or nothing; all that was said)"""
    with tempfile.NamedTemporaryFile("w", suffix=".plan") as file:
        file.write(text)
        file.flush()
        try:
            done = subprocess.run([program, "--plan", file.name], capture_output=True, text=True, errors="replace", env=ENVIRONMENT,
                                  timeout=SILENCE_MAX)
        except subprocess.TimeoutExpired:
            return "hang", f"took longer than {SILENCE_MAX} s"
    if done.returncode == 0:
        return None, done.stdout
    if done.returncode == 1 and "oracle=" in done.stdout:
        return done.stdout.split("oracle=")[1].split()[0], done.stdout
    return "crash" if done.returncode != 2 else "plan", done.stdout + done.stderr[-3000:]


def run_plans(program):
    """(passed, failed) of the plans that are kept."""
    results = []
    for path in sorted((HERE / "plans").glob("*.plan")):
        what, said = run_plan(program, path.read_text())
        results.append(what is None)
        if what is not None:
            print(f"{path.relative_to(ROOT)}: {what}\n{said}")
    print(f"plans: {sum(results)} passed, {len(results) - sum(results)} failed")
    return sum(results), len(results) - sum(results)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("Usage: ")[1].split("\n\n")[0])
    parser.add_argument("--build", default=str(ROOT / "build" / "asan"))
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--from", dest="first", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--plan")
    parser.add_argument("--shrink")
    parser.add_argument("--trace", action="store_true")
    options = parser.parse_args()
    program = str(Path(options.build) / "outflow_sim")
    trace = ["--trace"] if options.trace else []
    if options.seed is not None:
        return subprocess.run([program, "--seed", str(options.seed), *trace], env=ENVIRONMENT).returncode
    if options.plan:
        return subprocess.run([program, "--plan", options.plan, *trace], env=ENVIRONMENT).returncode
    if options.shrink:
        show_shrunk(program, Path(options.shrink).read_text())
        return 0
    if asked := check_independence(program):
        print(f"the program asks the machine for: {', '.join(asked)}; some code goes around the headers that are replaced")
        return tally.close("simulation", 0, 1)
    seconds = options.seconds or (None if options.seeds else 30)
    first = options.first if options.first is not None else random.SystemRandom().randrange(10**9)
    passed, failed = run_plans(program)
    good = run_seeds(program, first, seconds, options.seeds)
    return tally.close("simulation", passed + good, failed + (not good))


if __name__ == "__main__":
    sys.exit(main())
