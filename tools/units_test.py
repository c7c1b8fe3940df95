"""The runner of unit tests adds up what the programs report, and tells why a test was skipped."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parent / "units.py"
CASE = '<testcase name="{}" classname="rows">{}</testcase>'
GOOD, WRONG = CASE.format("good", ""), CASE.format("wrong", '<failure message="a_test.cpp:1&#x0A;no"/>')
SKIPPED = CASE.format("public", '<skipped message="a_test.cpp:2&#x0A;There is no rows.jsonl; how to get it."/>')


@pytest.fixture
def units(tmp_path, monkeypatch):
    """units(cases, status, ci): the runner's status, output and tally for one program with that report and status."""
    def run(cases, status=0, ci="false"):
        monkeypatch.setenv("CI", ci)
        monkeypatch.setenv("OUTFLOW_TALLY", str(tmp_path / "tally"))
        report = tmp_path / "report"
        report.write_text(f"<testsuites>{''.join(cases or [])}</testsuites>")
        copy = "" if cases is None else f'cp {report} "${{each#--gtest_output=xml:}}"'
        program = tmp_path / "area_test"
        program.write_text(f"#!/bin/sh\necho said by the program\nfor each; do\n"
                           f"case $each in --gtest_output=xml:*) {copy} ;; esac\ndone\nexit {status}\n")
        program.chmod(0o755)
        done = subprocess.run([sys.executable, str(TOOL), str(tmp_path)], capture_output=True, text=True)
        return done.returncode, done.stdout, (tmp_path / "tally").read_text()
    return run


def test_a_skipped_test_is_told_in_one_line_with_its_reason(units):
    status, output, tally = units([GOOD, SKIPPED])
    assert (status, tally) == (0, "1 0\n")
    assert "  skipped: rows.public: There is no rows.jsonl; how to get it.\n" in output
    assert "said by the program" not in output
    assert output.endswith("1 passed, 0 failed, 1 skipped\n")


def test_in_ci_a_skipped_test_has_failed(units):
    status, output, tally = units([GOOD, SKIPPED], ci="true")
    assert (status, tally) == (1, "1 1\n")
    assert "  skipped, which fails in CI: rows.public: There is no rows.jsonl; how to get it.\n" in output


@pytest.mark.parametrize("cases, status, tally", [([GOOD, WRONG], 1, "1 1\n"), ([GOOD], 139, "1 1\n"), (None, 1, "0 1\n")])
def test_what_fails_crashes_or_does_not_start_is_counted_and_shown(units, cases, status, tally):
    code, output, told = units(cases, status)
    assert (code, told) == (1, tally) and "said by the program" in output
