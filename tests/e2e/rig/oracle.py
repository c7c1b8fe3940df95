"""Compares what is owed with what RocketMQ holds, as the official client reads it."""

from bisect import bisect_left, bisect_right
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
    inversions: list = field(default_factory=list)   # (key, sequence in a wrong place, highest one before it)
    reordered: int = 0                               # out of sequence, but so the MQTT broker had sent them
    queues_of: dict = field(default_factory=dict)    # key -> set of (broker, queue)

    def __str__(self):
        return (f"owed {self.owed}, read {self.read}, distinct {self.distinct}, missing {len(self.missing)}, "
                f"duplicates {self.duplicates}, unknown {len(self.unknown)}, damaged {len(self.damaged)}, "
                f"inversions {len(self.inversions)}, reordered by the MQTT broker {self.reordered}")

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


def judge(run, owed, messages, faults_ms=(), arrivals=None):
    """`owed`: {(key, sequence)}; `messages`: as Reader.read gives them; `faults_ms`: Unix times of kills, ascending.

    Order is judged by queue offset; when a key's messages lie in several queues, by the time of storing between them.
    What must be in order is the sequence; with `arrivals` (as Proxy.arrivals gives them) what the MQTT broker sent,
    which may be out of sequence.
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
    sent = None if arrivals is None else _sent_by_key(run, arrivals, faults_ms)
    seen = set()
    for key, stored in places.items():
        queues = {queue for _, queue, _, _ in stored}
        verdict.queues_of[key] = queues
        stored.sort(key=(lambda entry: entry[2]) if len(queues) == 1 else (lambda entry: entry[0]))
        firsts = _count_copies(key, stored, faults_ms, seen, verdict)
        late = _late(firsts, len(queues) > 1)
        if sent is not None:
            wrong = sent[key].not_as_sent(firsts)
            verdict.reordered += 0 if wrong else len(late)
            late = wrong
        verdict.inversions += [(key, *one) for one in late]
    verdict.distinct = len(seen)
    verdict.missing = list(owed - seen)
    return verdict


def _count_copies(key, stored, faults_ms, seen, verdict):
    """Counts what is there already; the rest of `stored`, in its order."""
    firsts = []
    for entry in stored:
        time, _, _, sequence = entry
        if (key, sequence) in seen:
            verdict.duplicates += 1
            verdict.duplicates_after[bisect_right(faults_ms, time)] += 1
        else:
            seen.add((key, sequence))
            firsts.append(entry)
    return firsts


def _late(firsts, many_queues):
    """[(sequence, highest before it)] of those that come behind a higher one."""
    late, highest, highest_time, highest_queue = [], -1, 0, None
    for time, queue, _, sequence in firsts:
        if sequence > highest:
            highest, highest_time, highest_queue = sequence, time, queue
        elif not (many_queues and time == highest_time and queue != highest_queue):
            late.append((sequence, highest))  # the same millisecond elsewhere proves nothing
    return late


class _Sent:
    """What the MQTT broker sent of one key, in that order, over all lives of the program between them."""

    def __init__(self):
        self.arrivals = []               # (life, Unix milliseconds, sequence)
        self.places = defaultdict(list)  # sequence -> indices of arrivals

    def add(self, life, when, sequence):
        self.places[sequence].append(len(self.arrivals))
        self.arrivals.append((life, when, sequence))

    def not_as_sent(self, firsts):
        """[(sequence, highest before it)] of those that no order of sending explains.

        Each must have a place among the arrivals that is behind the places of those stored before it and not later
        than it was stored, and nothing that came earlier in the same life may be unstored then. Of several places the
        first one is right: it leaves most to the others.
        """
        wrong, at, highest, seen, first_open = [], 0, -1, set(), {}
        for stored_at, _, _, sequence in firsts:
            place = self._place(sequence, at, stored_at, seen, first_open)
            if place is None:
                wrong.append((sequence, highest))
            else:
                at = place + 1
            seen.add(sequence)
            highest = max(highest, sequence)
        return wrong

    def _place(self, sequence, at, stored_at, seen, first_open):
        places = self.places[sequence]
        for place in places[bisect_left(places, at):]:
            life, when, _ = self.arrivals[place]
            if when > stored_at:
                return None
            if self._first_open(life, seen, first_open) >= place:
                return place
        return None

    def _first_open(self, life, seen, first_open):
        """The first arrival of a life that is not stored yet; `first_open` remembers, for it only grows."""
        begin = bisect_left(self.arrivals, (life,))
        index = first_open.get(life, begin)
        while index < len(self.arrivals) and self.arrivals[index][0] == life and self.arrivals[index][2] in seen:
            index += 1
        first_open[life] = index
        return index


def _sent_by_key(run, arrivals, faults_ms):
    """{key: _Sent}. A life of the program ends with a fault."""
    sent = defaultdict(_Sent)
    for arrival in sorted(arrivals, key=lambda arrival: arrival.connected):  # stable
        who = parse(arrival.payload)
        if who is not None and who[0] == run:
            sent[who[1]].add(bisect_right(faults_ms, arrival.connected), arrival.when, who[2])
    return sent
