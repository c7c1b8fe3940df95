"""What the project aims at, against the medians of a results file."""

from dataclasses import dataclass

from records import median


@dataclass
class Aim:
    text: str
    measured: float
    met: bool
    digits: int

# Records a second, and what simdjson alone reached on the machine that the aim comes from: docs/adr/0012.
CITYLOTS = {"EXACT, PREFIX, WILDCARD": (4_000_000, "simdjson: structure", 10_400_000),
            "ANYTHING_BUT, ANYTHING_BUT_RARE, NUMERIC": (3_000_000, "simdjson: structure", 10_400_000),
            "COMPLEX_ARRAYS": (1_000_000, "simdjson: coordinates", 1_900_000)}


def _median(measured, measurement, subject, figure):
    values = [run[figure] for run in measured.get(measurement, {}).get(subject, []) if run.get(figure) is not None]
    return median(values) if values else None


def aims(measured):
    """The aims for which there are figures."""
    found = []

    def aim(text, value, limit, at_least=False, digits=1):
        if value is not None and limit is not None:
            found.append(Aim(text, value, value >= limit if at_least else value <= limit, digits))

    def outflow(measurement, figure):
        return _median(measured, measurement, "outflow", figure)

    stage = _median(measured, "micro", "connectors_bench", "source_stage/256B")
    aim("source stage: at most 0.3 us a message of 256 bytes", stage and stage / 1000, 0.3, digits=2)
    aim("fake to fake: at least 600,000 messages/s on one core", outflow("fake", "rate_per_s"), 600_000, True, 0)
    aim("closed loop: at most 3 us of processor time a message", outflow("closed", "cpu_us"), 3, digits=2)
    for rule_sets, (limit, baseline, baseline_there) in CITYLOTS.items():
        slowest = min((rate for rule_set in rule_sets.split(", ") if (rate := outflow("citylots", rule_set)) is not None), default=None)
        aim(f"matching, {rule_sets}: at least {limit:,} events/s", slowest, limit, True, 0)
        here = outflow("citylots", baseline)
        share = round(limit / baseline_there, 2)
        aim(f"matching, {rule_sets}: at least {share} of `{baseline}` in the same run", slowest and here and slowest / here, share,
            True, 2)
    one, thousand = (outflow("citylots", f"EXACT, {count} in a field") for count in ("1", "1,000"))
    aim("1,000 alternatives in a field: at least half of the rate with one", one and thousand and thousand / one, 0.5,
        True, 2)
    record = _median(measured, "micro", "record_bench", "publish_to_record/256B_all_pass")
    aim("PUBLISH bytes in, record bytes out: at least 2,000,000 messages/s of 256 bytes, without an allocation",
        record and 1e9 / record, 2_000_000, True, 0)
    go = _median(measured, "closed", "go", "rate_per_s")
    if go is not None:
        aim(f"closed loop: at least the Go bridge's {go:,.0f} messages/s", outflow("closed", "rate_per_s"), go, True, 0)
    aim("2,000 messages/s: at most 30 us of processor time a message", outflow("rate2000", "cpu_us"), 30)
    bare = _median(measured, "rate5000", "producer", "latency_p99_ms")
    if bare is not None:
        aim(f"5,000 messages/s: p99 at most 3 ms above a bare producer's {bare:.1f} ms",
            outflow("rate5000", "latency_p99_ms"), bare + 3)
    idle = [value for value in (outflow("start", "resident_idle_mib"), outflow("closed", "resident_idle_mib"))
            if value is not None]
    aim("idle: below 40 MiB resident", max(idle, default=None), 40)
    load = [value for name in ("closed", "rate2000", "rate5000", "fake")
            if (value := outflow(name, "resident_peak_mib")) is not None]
    aim("under load: below 64 MiB resident", max(load, default=None), 64)
    return found
