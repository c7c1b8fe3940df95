"""What things cost as something grows, counted in instructions, which a busy machine does not change: matching by the
length of the event, a record by the number of topics that are known.

Run: python3 -m pytest -q tests/linear_test.py     needs valgrind; OUTFLOW_BUILD names the folder, default: build/test.
The cases of matching stand in bench/engine/linear_cases.cpp; each is measured at n, 10 n and 100 n.
"""

import os
import re
import shutil
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(os.environ.get("OUTFLOW_BUILD") or ROOT / "build" / "test")
CASES = ROOT / "bench" / "engine" / "linear_cases.cpp"
SECONDS_MAX = 120
# From 10 n to 100 n the instructions of a unit may grow by this factor; where the cost should hardly grow, all of them.
GROWTH_MAX = {"linear": 1.3, "hardly": 1.3, "compiling": 1.5}


def missing(program):
    if shutil.which("valgrind") is None:
        return "there is no valgrind (tools/install test)"
    if not os.access(program, os.X_OK):
        return f"there is no {program}; build it (cmake --build --preset test --target {program.name})"
    return None


def names():
    return re.findall(r'^    \{"([^"]+)", Grows::', CASES.read_text(), re.MULTILINE)


def totals(folder):
    """The instructions of every call, in order: callgrind writes one file at the end of each."""
    counted = {}
    for path in folder.glob("calls.*"):
        text = path.read_text(errors="replace")
        if "Trigger: --dump-after=" in text:
            counted[int(path.suffix[1:])] = int(re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)[1])
    return [counted[number] for number in sorted(counted)]


def count(command, function, folder):
    """What the command printed, and the instructions of each call of the function."""
    if reason := missing(command[0]):
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    callgrind = ["valgrind", "--tool=callgrind", f"--toggle-collect={function}", f"--dump-after={function}",
                 f"--callgrind-out-file={folder}/calls"]
    done = subprocess.run([str(word) for word in [*callgrind, *command]], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=SECONDS_MAX, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout, totals(folder)


@pytest.fixture(scope="session")
def costs(tmp_path_factory):
    """{case: (how it may grow, [(size, instructions)] ascending)}"""
    printed, counted = count([BUILD / "linear_probe"], "measured_work", tmp_path_factory.mktemp("callgrind"))
    calls = [line.split("\t") for line in printed.splitlines()]
    assert len(counted) == len(calls), f"{len(calls)} calls, {len(counted)} counts"
    found = {}
    for (grows, size, name), instructions in zip(calls, counted):
        found.setdefault(name, (grows, []))[1].append((int(size), instructions))
    return found


def growth(grows, measured):
    """The factor by which the cost of a unit has grown from the second size to the third; or of it all."""
    (_, _), (middle, middle_cost), (large, large_cost) = measured
    return large_cost / middle_cost if grows == "hardly" else large_cost / large / (middle_cost / middle)


@pytest.mark.parametrize("grows, measured, expected", [
    ("linear", [(1, 9), (10, 1_000), (100, 10_000)], 1.0),
    ("linear", [(1, 9), (10, 1_000), (100, 100_000)], 10.0),
    ("hardly", [(1, 9), (10, 1_000), (100, 1_100)], 1.1),
])
def test_growth_is_judged_by_the_unit(grows, measured, expected):
    assert growth(grows, measured) == pytest.approx(expected)


@pytest.mark.parametrize("name", names())
def test_the_cost_is_linear(costs, name):
    grows, measured = costs[name]
    print(", ".join(f"{size:,}: {instructions:,}" for size, instructions in measured))
    assert growth(grows, measured) < GROWTH_MAX[grows], measured


def test_every_case_is_judged(costs):
    assert sorted(costs) == sorted(names())


def test_a_record_costs_the_same_however_many_topics_are_known(tmp_path):
    _, counted = count([BUILD / "rocketmq_sink_test",
                        "--gtest_filter=RocketmqSinkTest.records_among_a_thousand_known_topics_are_stored"],
                       "record_among_known_topics", tmp_path)
    half = len(counted) // 2
    assert half >= 10
    alone, among_many = (statistics.median(part) for part in (counted[:half], counted[half:]))
    print(f"alone: {alone:,}, among 1,000 known topics: {among_many:,}")
    assert among_many < GROWTH_MAX["hardly"] * alone, counted
