"""Matching costs no more than the event is long, counted in instructions, which a busy machine does not change.

Run: python3 -m pytest -q tests/linear_test.py     needs valgrind; OUTFLOW_LINEAR_PROBE names the program, default:
build/test/linear_probe. The cases stand in bench/engine/linear_cases.cpp; each is measured at n, 10 n and 100 n.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROBE = Path(os.environ.get("OUTFLOW_LINEAR_PROBE") or ROOT / "build" / "test" / "linear_probe")
CASES = ROOT / "bench" / "engine" / "linear_cases.cpp"
SECONDS_MAX = 120
# From 10 n to 100 n the instructions of a unit may grow by this factor; where the cost should hardly grow, all of them.
GROWTH_MAX = {"linear": 1.3, "hardly": 1.3, "compiling": 1.5}


def missing():
    if shutil.which("valgrind") is None:
        return "there is no valgrind (tools/install test)"
    if not os.access(PROBE, os.X_OK):
        return f"there is no {PROBE}; build it (cmake --build --preset test --target linear_probe)"
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


@pytest.fixture(scope="session")
def costs(tmp_path_factory):
    """{case: (how it may grow, [(size, instructions)] ascending)}"""
    if reason := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("callgrind")
    command = ["valgrind", "--tool=callgrind", "--toggle-collect=measured_work", "--dump-after=measured_work",
               f"--callgrind-out-file={folder}/calls", PROBE]
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=SECONDS_MAX, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    calls = [line.split("\t") for line in done.stdout.splitlines()]
    counted = totals(folder)
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
