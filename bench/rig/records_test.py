import json

import pytest

from records import differ, judge, latencies, merge, out_of_order, passing, percentile, place, places, Place


def record(publisher, seq, stored=1000, queue=0, offset=0, at=999_000, run="r"):
    body = json.dumps({"id": f"p{publisher}-{seq:09}", "run": run, "at": at, "seq": seq}, separators=(",", ":"))
    return {"broker": "a", "queue": queue, "offset": offset, "storeTimestamp": stored, "body": body.encode()}


def stored(*rows):
    return [place(record(*row)) for row in rows]


def test_a_record_tells_its_place():
    assert place(record(3, 7, 5, 2, 9, 4000)) == Place(3, 7, 4000, 5, ("a", 2), 9)


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b'{"id":5,"seq":1,"at":2}', b'{"id":"q","seq":1,"at":2}'])
def test_a_foreign_body_has_no_place(body):
    assert place(record(0, 0) | {"body": body}) is None


def test_only_the_records_of_the_run_count():
    assert [one.seq for one in places([record(0, 1), record(0, 3, run="other")], "r")] == [1]


def test_odd_sequence_numbers_pass():
    assert passing(5, 2) == {(0, 1), (0, 3), (1, 1), (1, 3)}


@pytest.mark.parametrize("rows, missing, unknown, duplicates", [
    ([(0, 1), (0, 3)], 0, 0, 0),
    ([(0, 1)], 1, 0, 0),
    ([(0, 1), (0, 3), (0, 3), (0, 3)], 0, 0, 2),
    ([(0, 1), (0, 2), (0, 3)], 0, 1, 0),
    ([], 2, 0, 0),
])
def test_what_is_missing_unknown_or_twice_is_counted(rows, missing, unknown, duplicates):
    verdict = judge({(0, 1), (0, 3)}, stored(*rows))
    assert (verdict.missing, verdict.unknown, verdict.duplicates) == (missing, unknown, duplicates)


@pytest.mark.parametrize("rows, count", [
    ([(0, 1, 10, 0, 0), (0, 3, 10, 0, 1), (0, 5, 11, 1, 0)], 0),
    ([(0, 3, 10, 0, 0), (0, 1, 10, 0, 1)], 1),                    # by offset within a queue
    ([(0, 3, 10, 0, 0), (0, 1, 10, 1, 0)], 0),                    # the same millisecond in two queues
    ([(0, 3, 10, 0, 0), (0, 1, 11, 1, 0)], 1),                    # a later millisecond in another queue
    ([(0, 5, 10, 0, 0), (0, 1, 11, 0, 1), (0, 3, 12, 0, 2)], 2),
    ([(0, 3, 10, 0, 0), (1, 1, 11, 0, 1)], 0),                    # publishers are independent
])
def test_order_is_judged_by_queue_and_by_time(rows, count):
    assert out_of_order(stored(*rows)) == count


def test_only_first_copies_are_judged_for_order():
    rows = [(0, 1, 10, 0, 0), (0, 3, 11, 0, 1), (0, 1, 12, 0, 2), (0, 5, 13, 0, 3)]
    verdict = judge({(0, 1), (0, 3), (0, 5)}, stored(*rows))
    assert (verdict.duplicates, verdict.out_of_order) == (1, 0)


def test_latency_is_that_of_the_first_copy_in_the_window():
    rows = [(0, 1, 1005, 0, 0, 1_000_000), (0, 1, 1009, 0, 1, 1_000_000), (0, 3, 1007, 0, 2, 999_999),
            (0, 5, 1003, 0, 3, 1_001_500), (0, 7, 1003, 0, 4, 1_002_000)]
    assert latencies(stored(*rows), 1_000_000, 1_002_000) == [2.0, 5.5]


@pytest.mark.parametrize("values, share, expected", [
    ([], 0.5, None), ([4], 0.5, 4), ([4], 0.999, 4), ([1, 2, 3, 4], 0.5, 2), (list(range(1, 101)), 0.99, 99),
    (list(range(1, 1001)), 0.999, 999), ([1, 2], 1.0, 2),
])
def test_percentiles_are_of_the_nearest_rank(values, share, expected):
    assert percentile(values, share) == expected


@pytest.mark.parametrize("values, at_least, expected", [
    ([100, 115], 0, False), ([100, 116], 0, True), ([2, 3], 1, False), ([2, 3.5], 1, True), ([5], 0, False),
    ([None, 5], 0, False), ([], 0, False),
])
def test_runs_differ_by_more_than_a_share(values, at_least, expected):
    assert differ(values, 0.15, at_least) is expected


def test_runs_merge_to_median_and_spread():
    merged = merge([{"a": 1, "s": "x"}, {"a": 5, "b": None, "s": "y"}, {"a": 3}])
    assert merged == {"a": {"median": 3, "min": 1, "max": 5, "runs": [1, 5, 3]}, "s": "y"}
    assert merge([{"a": 1}, {"a": 2}])["a"]["median"] == 1.5
