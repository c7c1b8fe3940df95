import pytest

from aims import aims
from report import cell, product_problems, text, write
from records import merge, put_into


def results(**measurements):
    return {"date": "d", "command": "bench/run", "quick": False, "versions": {"Go": "1"}, "measurements": measurements,
            "machine": {"processor": "p", "cores": 2, "memory_gib": 4, "system": "s", "kernel": "k",
                        "load_before": 0.0}}


@pytest.mark.parametrize("values, expected", [
    ([1.04], "1.0"), ([1.04, 1.0], "1.0"), ([1, 2], "1.0 / 2.0"), ([1, 2, 6], "2.0 (1.0 to 6.0)"), ([3, 3, 3], "3.0"),
])
def test_a_cell_shows_two_runs_or_a_median_with_its_spread(values, expected):
    assert cell(merge([{"a": value} for value in values])["a"], 1) == expected


def test_a_table_shows_subjects_and_what_went_wrong():
    page = text(results(closed={"outflow": [{"rate_per_s": 90000.4, "cpu_us": 2.5, "problems": []}],
                                "bare": [{"rate_per_s": 1.0, "problems": ["a publisher lost its connection"]}]}))
    assert "| **Outflow** | 90,000 | 2.5 |" in page
    assert "| bare subscriber | 1 |  |" in page
    assert "- bare subscriber, run 1: a publisher lost its connection" in page
    assert "| closed loop: at most 3 us of processor time a message | 2.50 | yes |" in page


def test_engines_stand_beside_each_other_by_bank():
    page = text(results(citylots={
        "event-ruler": [{"EXACT": 250_000.0, "EXACT: matched": 793, "problems": []}],
        "outflow": [{"structure": 9_000_000.0, "EXACT": 5_000_000.0, "EXACT: matched": 793,
                     "problems": ["EXACT: 792 instead of 793"]}]}))
    assert "| structure | 9,000,000 |  |  |  |\n| EXACT | 5,000,000 | 250,000 | 20.0 | 793 |" in page
    assert "- **Outflow**, run 1: EXACT: 792 instead of 793" in page
    assert "a rule matches" not in page
    half = text(results(citylots={"event-ruler": [{"EXACT": 250_000.0, "EXACT: matched": 793, "problems": []}],
                                  "outflow": [{"problems": ["did not end: x"]}]}))
    assert "| EXACT |  | 250,000 |  | 793 |" in half and "did not end: x" in half


def test_a_workload_shows_items_a_second():
    page = text(results(micro={"record_bench": [{"publish_to_record/256B_all_pass": 400.0, "problems": []}]}))
    assert "| record_bench | publish_to_record/256B_all_pass | 400.0 | 2,500,000 |" in page
    assert "256 bytes, without an allocation | 2,500,000 | yes |" in page


def test_a_part_measured_later_says_when():
    later = results(micro={"record_bench": [{"x": 1.0, "problems": []}]}) | {"date": "e", "command": "bench/run --only micro"}
    page = text(put_into(results(closed={"go": [{"rate_per_s": 1.0, "problems": []}]}), later))
    assert "| micro, measured apart | e, `bench/run --only micro`, p, commit unknown, load before 0.00 |" in page
    assert "| Go, by hand | 1 |" in page and "record_bench" in page
    with pytest.raises(ValueError):
        put_into(results(), later | {"quick": True})


def test_a_run_without_figures_still_gives_a_page():
    assert "did not end" in text(results(outage={"go": [{"problems": ["did not end: x"]}]}))


def test_notes_stand_at_the_end(tmp_path):
    (tmp_path / "notes.md").write_text("## Notes\n\nx\n")
    write(tmp_path, results(closed={"go": [{"rate_per_s": 1.0, "problems": []}]}))
    assert (tmp_path / "RESULTS.md").read_text().endswith("|\n\n## Notes\n\nx\n")


@pytest.mark.parametrize("cpu, met", [([2, 3, 4], True), ([3.2, 3.1], False)])
def test_an_aim_is_judged_by_the_median(cpu, met):
    rows = aims({"closed": {"outflow": [{"cpu_us": value} for value in cpu]}})
    assert [row.met for row in rows] == [met]


def test_only_the_products_problems_fail_a_run():
    assert product_problems(results(closed={"go": [{"problems": ["x"]}], "outflow": [{"problems": []}]})) == []
    assert product_problems(results(closed={"outflow": [{"problems": ["x"]}]})) == ["x"]
