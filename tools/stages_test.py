"""Tests of tools/stages.sh: one table for scripts within scripts, failures that count, a warning over the budget."""

import os
import subprocess
from pathlib import Path

STAGES = Path(__file__).resolve().parent / "stages.sh"
INNER = f"""
. {STAGES}
stage "install" true
count_stage "units" false || true
finish
"""


def run(script, tmp_path, inner=INNER):
    (tmp_path / "inner.sh").write_text(inner)
    text = f". {STAGES}\n" + script.replace("INNER", f"bash {tmp_path / 'inner.sh'}") + "\nfinish\n"
    alone = {name: value for name, value in os.environ.items() if name not in ("OUTFLOW_STAGES", "OUTFLOW_TALLY")}
    done = subprocess.run(["bash", "-c", text], env=alone, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60)
    return done.returncode, done.stdout.splitlines()


def test_one_table_has_the_stages_of_all_scripts(tmp_path):
    code, lines = run('run_script INNER || true\ncount_stage "build (g++)" true', tmp_path)
    assert code == 1
    table = lines[lines.index("=== times") + 1:]
    assert [line.split("s  ", 1)[1] for line in table[:4]] == [
        "install", "units (FAILED)", "build (g++)", "in all; 0 s of it is building (0 %)"]
    assert lines.count("=== times") == 1
    assert table[4:] == ["failed stage: units", "1 passed, 1 failed"]


def test_all_went_well(tmp_path):
    code, lines = run('count_stage "build (g++)" true', tmp_path)
    assert (code, lines[-1]) == (0, "1 passed, 0 failed")


def test_no_test_is_a_failure(tmp_path):
    code, lines = run('stage "install" true', tmp_path)
    assert (code, lines[-1]) == (1, "0 passed, 1 failed")


def test_a_warning_stands_last_over_the_budget(tmp_path):
    code, lines = run('count_stage "units" sleep 1\nstages_seconds_max=0', tmp_path)
    assert code == 0
    assert lines[-2] == "1 passed, 0 failed"
    assert lines[-1].startswith("WARNING: this took 0 minutes")
