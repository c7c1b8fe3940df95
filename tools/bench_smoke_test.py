"""The smoke run of the benchmarks passes those that show their checksum, and no others."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parent / "bench_smoke.py"
GOOD = {"name": "area/case", "label": "checksum=0123456789abcdef"}
WRONG = {"name": "area/wrong", "error_occurred": True, "error_message": "checksum 0x1 instead of 0x2"}


@pytest.fixture
def smoke(tmp_path, monkeypatch):
    """smoke(benchmarks, status): the tool's status and output for one program with that report and status."""
    monkeypatch.setenv("OUTFLOW_TALLY", str(tmp_path / "tally"))

    def run(benchmarks, status=0, name="area_bench"):
        report = "no report" if benchmarks is None else json.dumps({"benchmarks": benchmarks})
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{report}\nEND\nexit {status}\n")
        program.chmod(0o755)
        done = subprocess.run([sys.executable, str(TOOL), str(tmp_path)], capture_output=True, text=True)
        return done.returncode, done.stdout, (tmp_path / "tally").read_text()
    return run


def test_benchmarks_with_their_checksums_pass(smoke):
    status, output, tally = smoke([GOOD, GOOD])
    assert (status, tally) == (0, "2 0\n")
    assert output.splitlines()[-1].endswith(": 2 passed, 0 failed")


@pytest.mark.parametrize("benchmarks, status, fault, tally", [
    ([GOOD, WRONG], 1, "area/wrong: checksum 0x1 instead of 0x2", "1 1\n"),
    ([{"name": "area/silent"}], 0, "area/silent: it shows no checksum", "0 1\n"),
    ([GOOD], 1, "it ended with 1", "1 1\n"),
    ([], 0, "it has no benchmarks", "0 1\n"),
    (None, 139, "it ended with 139, without a report", "0 1\n"),
])
def test_everything_else_fails(smoke, benchmarks, status, fault, tally):
    code, output, told = smoke(benchmarks, status)
    assert code == 1 and fault in output and told == tally, output


def test_a_folder_without_benchmarks_fails(smoke):
    code, output, tally = smoke([GOOD], name="area_test")
    assert code == 1 and "no benchmark ran" in output and tally == "0 1\n"
