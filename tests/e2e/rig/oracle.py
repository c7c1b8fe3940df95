"""Compares what is owed with what RocketMQ holds, as the official client reads it."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from .message import parse


@dataclass
class Verdict:
    owed: int = 0
    read: int = 0
    distinct: int = 0
    missing: list = field(default_factory=list)      # (key, sequence), owed and not read
    unknown: list = field(default_factory=list)      # records that no publisher of this run sent
    damaged: list = field(default_factory=list)      # records whose checksum is wrong
    duplicates: int = 0                              # records beyond the first of each (key, sequence)
    duplicates_after: list = field(default_factory=list)  # per fault: those stored after it and before the next
    inversions: list = field(default_factory=list)   # (key, sequence after which an earlier one came first)
    queues_of: dict = field(default_factory=dict)    # key -> set of (broker, queue)

    def __str__(self):
        return (f"owed {self.owed}, read {self.read}, distinct {self.distinct}, missing {len(self.missing)}, "
                f"duplicates {self.duplicates}, unknown {len(self.unknown)}, damaged {len(self.damaged)}, "
                f"inversions {len(self.inversions)}")

    def check(self, duplicates_max=0, ordered=True):
        """Fails with the figures and examples when a promise is broken."""
        faults = []
        if self.missing:
            faults.append(f"missing, e.g. {sorted(self.missing)[:5]}")
        if self.unknown:
            faults.append(f"unknown, e.g. {self.unknown[:3]}")
        if self.damaged:
            faults.append(f"damaged, e.g. {self.damaged[:3]}")
        if self.duplicates > duplicates_max:
            faults.append(f"over {duplicates_max} duplicates")
        if ordered and self.inversions:
            faults.append(f"out of order, e.g. {self.inversions[:5]}")
        assert not faults, f"{self}: {'; '.join(faults)}"
        return self


def judge(run, owed, messages, faults_ms=()):
    """`owed`: {(key, sequence)}; `messages`: as Reader.read gives them; `faults_ms`: Unix times of kills, ascending.

    Order is judged by queue offset; when a key's messages lie in several queues, by the time of storing between them.
    """
    verdict = Verdict(owed=len(owed), read=len(messages), duplicates_after=[0] * (len(faults_ms) + 1))
    places = defaultdict(list)
    for message in messages:
        who = parse(message["body"])
        if who is None:
            verdict.damaged.append((message["broker"], message["queue"], message["offset"], message["body"][:120]))
        elif who[0] != run:
            verdict.unknown.append(who)
        else:
            queue = (message["broker"], message["queue"])
            places[who[1]].append((message["storeTimestamp"], queue, message["offset"], who[2]))
    seen = set()
    for key, stored in places.items():
        queues = {queue for _, queue, _, _ in stored}
        verdict.queues_of[key] = queues
        stored.sort(key=(lambda entry: entry[2]) if len(queues) == 1 else (lambda entry: entry[0]))
        _judge_key(key, stored, len(queues) > 1, faults_ms, seen, verdict)
    verdict.distinct = len(seen)
    verdict.missing = list(owed - seen)
    return verdict


def _judge_key(key, stored, many_queues, faults_ms, seen, verdict):
    highest, highest_time, highest_queue = -1, 0, None
    for time, queue, _, sequence in stored:
        if (key, sequence) in seen:
            verdict.duplicates += 1
            verdict.duplicates_after[bisect_right(faults_ms, time)] += 1
            continue
        seen.add((key, sequence))
        if sequence > highest:
            highest, highest_time, highest_queue = sequence, time, queue
        elif not (many_queues and time == highest_time and queue != highest_queue):
            verdict.inversions.append((key, sequence, highest))  # the same millisecond elsewhere proves nothing
