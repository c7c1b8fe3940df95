import json
import os
import subprocess
from pathlib import Path

import pytest

from aims import aims
from rule_sets import BASELINES, figures, many, problems, read_report, rule_sets

PROGRAM = Path(__file__).resolve().parents[2] / "build" / "test" / "bench" / "citylots_bench"

RECORDS = [("1430022", "FULTON", "ST", "441", "Polygon"), ("2607117", "HYDE", None, "7", "Polygon"),
        ("0000001", "ELM", "AVE", "8", "MultiPolygon")]


def record(number, street, kind, house, shape):
    corner = {"x": -122.46, "y": 37.8005, "z": 0}
    return {"type": "Feature", "properties": {"MAPBLKLOT": number, "STREET": street, "ST_TYPE": kind, "FROM_ST": house,
                                              "ODD_EVEN": "O"},
            "geometry": {"type": shape, "firstCoordinates": corner, "coordinates": [[corner, corner]]}}


def test_a_rule_set_has_five_rules_or_one_with_many_alternatives():
    sizes = {rule_set["rule_set"]: len(rule_set["rules"]) for rule_set in rule_sets()}
    assert list(sizes.values()) == [5] * 9 + [1] * 5
    assert "EXACT, 10,000 in a field" in sizes


@pytest.mark.parametrize("count", [1, 10, 10_000])
def test_many_alternatives_differ(count):
    records = many(count)["properties"]["MAPBLKLOT"]
    assert len(set(records)) == len(records) == count and {len(record) for record in records} == {7}


def test_figures_are_of_the_best_pass():
    counts = {"EXACT": {"events": 100, "matched": 7, "rules": [7]}}
    assert figures(counts, {"EXACT": [0.5, 0.25, 1]}) == {"EXACT": 400, "EXACT: matched": 7}


RIGHT = {"events": 9, "matched": 3, "rules": [1, 2]}


@pytest.mark.parametrize("counts, reference, words", [
    ({"A": RIGHT}, {"A": dict(RIGHT)}, []),
    ({"A": RIGHT | {"matched": 2}}, {"A": RIGHT}, ["instead of event-ruler's"]),
    ({"A": RIGHT | {"rules": [2, 1]}}, {"A": RIGHT}, ["instead of event-ruler's"]),
    ({"A": RIGHT | {"rules": [0, 3]}}, {"A": RIGHT | {"rules": [0, 3]}}, ["matches nothing"]),
    ({"A": RIGHT}, {"A": RIGHT, "B": RIGHT}, ["B: not measured"]),
    ({"A": RIGHT}, None, ["counts are missing"]),
    ({}, {"A": RIGHT}, ["no rule set"]),
])
def test_counts_must_be_the_references(counts, reference, words):
    found = problems(counts, reference)
    assert len(found) == len(words) and all(word in problem for word, problem in zip(words, found))


def test_a_report_is_read_by_rule_set_and_pass():
    row = {"run_name": "EXACT/iterations:1", "cpu_time": 2, "time_unit": "ms", "events": 10.0, "matched": 3.0,
           "rule_0": 1.0, "rule_1": 2.0, "run_type": "iteration"}
    structure = {"run_name": "structure/iterations:1", "cpu_time": 1, "time_unit": "ms", "events": 10.0}
    rows = [structure, row, row | {"cpu_time": 4}, row | {"run_type": "aggregate"}]
    counts, seconds = read_report({"benchmarks": rows})
    assert counts == {"structure": {"events": 10}, "EXACT": {"events": 10, "matched": 3, "rules": [1, 2]}}
    assert seconds == {"structure": [0.001], "EXACT": [0.002, 0.004]}
    assert figures(counts, seconds) == {"structure": 10_000, "EXACT": 5_000, "EXACT: matched": 3}
    assert problems(counts, {"EXACT": counts["EXACT"]}) == []
    with pytest.raises(AssertionError, match="EXACT.*no JSON"):
        read_report({"benchmarks": [row | {"error_occurred": True, "error_message": "an event is no JSON"}]})


@pytest.mark.parametrize("rates, met", [((5e6, 4e6, 4.1e6), [True]), ((5e6, 3.9e6, 5e6), [False])])
def test_the_slowest_rule_set_judges_an_aim(rates, met):
    run = dict(zip(("EXACT", "PREFIX", "WILDCARD"), rates))
    assert [row.met for row in aims({"citylots": {"outflow": [run]}})] == met


def test_an_aim_is_judged_beside_what_the_machine_can_do_too():
    run = {"COMPLEX_ARRAYS": 600_000, "simdjson: coordinates": 1_000_000}
    assert [(row.measured, row.met) for row in aims({"citylots": {"outflow": [run]}})] == [(600_000, False), (0.6, True)]
    run = {"COMPLEX_ARRAYS": 500_000, "simdjson: coordinates": 1_000_000}
    assert [row.met for row in aims({"citylots": {"outflow": [run]}})] == [False, False]


def test_more_alternatives_may_cost_half():
    run = {"EXACT, 1 in a field": 4e6, "EXACT, 1,000 in a field": 1.9e6}
    assert [(row.measured, row.met) for row in aims({"citylots": {"outflow": [run]}})] == [(0.475, False)]


def test_the_program_counts_every_rule_set_on_records_by_hand(tmp_path):
    if not os.access(PROGRAM, os.X_OK):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"there is no {PROGRAM}")
    events, rules = tmp_path / "records.jsonl", tmp_path / "rules.jsonl"
    events.write_text("".join(json.dumps(record(*one)) + "\n" for one in RECORDS))
    rules.write_text("".join(json.dumps(rule_set) + "\n" for rule_set in rule_sets()[:10]))
    done = subprocess.run([PROGRAM, "--benchmark_format=json", events, rules], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    counts, _ = read_report(json.loads(done.stdout))
    for baseline in BASELINES:
        assert counts.pop(baseline) == {"events": 3}
    assert {rule_set: (count["matched"], count["rules"]) for rule_set, count in counts.items()} == {
        "EXACT": (2, [1, 1, 0, 0, 0]), "PREFIX": (1, [1, 0, 0, 0, 0]), "SUFFIX": (1, [1, 0, 0, 0, 0]),
        "EQUALS_IGNORE_CASE": (1, [1, 0, 0, 0, 0]), "WILDCARD": (2, [1, 1, 0, 0, 0]), "NUMERIC": (3, [0, 1, 3, 0, 0]),
        "ANYTHING_BUT": (3, [2, 2, 2, 1, 2]), "ANYTHING_BUT_RARE": (3, [1, 1, 0, 1, 0]),
        "COMPLEX_ARRAYS": (1, [0, 1, 0, 0, 0]), "EXACT, 1 in a field": (0, [0])}
