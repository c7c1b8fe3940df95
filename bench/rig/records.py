"""What the records that RocketMQ holds say: latencies, and what is missing, twice or out of order. No I/O.

A record here is what the rig's Java reader gives: broker, queue, offset, storeTimestamp (ms), body (bytes). The payload
names its publisher (in the id), its sequence number there and the intended time of publishing (`at`, microseconds).
"""

import json
import math
from dataclasses import asdict, dataclass


@dataclass
class Place:
    """Where and when one message was stored."""

    publisher: int
    seq: int
    at: int             # intended publish time, microseconds
    stored: int         # milliseconds
    queue: tuple
    offset: int

    @property
    def name(self):
        return self.publisher, self.seq


def place(record):
    """The Place of a record; None when its body is not one of the load's."""
    try:
        value = json.loads(record["body"])
        publisher = int(value["id"].split("-")[0][1:])
        return Place(publisher, value["seq"], value["at"], record["storeTimestamp"],
                     (record["broker"], record["queue"]), record["offset"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def places(records, run):
    """Of the records whose payload has this run's name."""
    mark = f'"run":"{run}"'.encode()
    return [found for record in records if mark in record["body"] and (found := place(record)) is not None]


def passing(count, publishers):
    """{(publisher, seq)} of what must arrive when each publisher sent `count`: the odd sequence numbers."""
    return {(publisher, seq) for publisher in range(publishers) for seq in range(1, count, 2)}


@dataclass
class Verdict:
    owed: int
    stored: int
    missing: int
    unknown: int        # stored, but never owed: the filter let too much through, or a wrong payload
    duplicates: int
    out_of_order: int   # first copies stored after a later one of the same publisher (which is an MQTT topic)

    def figures(self):
        return asdict(self)


def judge(owed, stored):
    """Compares {(publisher, seq)} with the Places of all that is stored."""
    first = {}
    for one in stored:
        known = first.get(one.name)
        if known is None or (one.stored, one.offset) < (known.stored, known.offset):
            first[one.name] = one
    return Verdict(len(owed), len(stored), len(owed - first.keys()), len(first.keys() - owed), len(stored) - len(first),
                   out_of_order(first.values()))


def out_of_order(firsts):
    """How many were stored after a later one of their publisher: by offset within a queue, by time between queues.

    The same millisecond in two queues proves nothing and does not count.
    """
    count = 0
    by_publisher = {}
    for one in firsts:
        by_publisher.setdefault(one.publisher, []).append(one)
    for mine in by_publisher.values():
        mine.sort(key=lambda one: (one.stored, one.queue, one.offset))
        highest_before, highest_of_queue, at_this_time, time = -1, {}, -1, None
        for one in mine:
            if one.stored != time:
                highest_before, time = max(highest_before, at_this_time), one.stored
            if one.seq < max(highest_before, highest_of_queue.get(one.queue, -1)):
                count += 1
            at_this_time = max(at_this_time, one.seq)
            highest_of_queue[one.queue] = max(one.seq, highest_of_queue.get(one.queue, -1))
    return count


def latencies(stored, begin, end):
    """Milliseconds from the intended publish time to the store time, ascending, of what was to be published in
    [begin, end) microseconds. RocketMQ notes whole milliseconds, rounded down, so half of one is added. Of copies the
    first counts."""
    first = {}
    for one in stored:
        if begin <= one.at < end:
            late = one.stored + 0.5 - one.at / 1000
            first[one.name] = min(late, first.get(one.name, math.inf))
    return sorted(first.values())


def percentile(ascending, share):
    """The nearest-rank percentile: the smallest value that `share` of all do not exceed."""
    if not ascending:
        return None
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]


def latency_figures(ascending):
    rounded = [round(value, 1) for value in ascending]
    return {"latency_count": len(rounded), "latency_p50_ms": percentile(rounded, 0.5),
            "latency_p99_ms": percentile(rounded, 0.99), "latency_p999_ms": percentile(rounded, 0.999),
            "latency_max_ms": rounded[-1] if rounded else None}


def median(values):
    ascending = sorted(values)
    middle = len(ascending) // 2
    return ascending[middle] if len(ascending) % 2 else (ascending[middle - 1] + ascending[middle]) / 2


def differ(values, share=0.15, at_least=0.0):
    """Whether the largest exceeds the smallest by more than `share` of it, and by more than `at_least`."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return False
    return max(known) - min(known) > max(share * abs(min(known)), at_least)


def merge(runs):
    """[{figure: number}] -> {figure: {"median", "min", "max", "runs": [...]}}; of what is no number the last."""
    merged = {}
    for name in dict.fromkeys(name for run in runs for name in run):
        values = [run[name] for run in runs if run.get(name) is not None]
        numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
        if numbers and len(numbers) == len(values):
            merged[name] = {"median": median(numbers), "min": min(numbers), "max": max(numbers), "runs": numbers}
        elif values:
            merged[name] = values[-1]
    return merged


def put_into(results, part):
    """Results with the measurements of a later, partial run, which are then said to be of that day and program."""
    if part["quick"]:
        raise ValueError("a quick trial does not go into results")
    for name, runs in part["measurements"].items():
        results["measurements"][name] = runs
        results.setdefault("apart", {})[name] = {"date": part["date"], "command": part["command"],
                                                 "processor": part["machine"]["processor"],
                                                 "load_before": part["machine"]["load_before"],
                                                 "commit": part["versions"].get("commit", "unknown")}
    return results
