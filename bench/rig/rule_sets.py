"""The rule sets that `citylots` measures, and what the engines report on them. No I/O but reading the rules."""

import json
from pathlib import Path

PATTERNS = Path(__file__).resolve().parents[1] / "citylots" / "patterns.jsonl"
LINES = 100_000  # records
# Rows without a rule, which only Outflow's program has: how fast the machine reads a record at all.
BASELINES = ("structure", "simdjson: structure", "simdjson: one field", "simdjson: coordinates")
ALTERNATIVES = (1, 10, 100, 1_000, 10_000)


def many(count):
    """A rule with so many records in one field; the first of them is 655 times in the data, of the others a few are."""
    records = dict.fromkeys(["3745012"])
    number = 0
    while len(records) < count:
        records[f"{1 + number * 7_919 % 8_999:04}{1 + number * 31 % 119:03}"] = None
        number += 1
    return {"properties": {"MAPBLKLOT": list(records)}}


def rule_sets():
    """[{"rule_set": name, "rules": [...]}]: those of patterns.jsonl, and an exact match with more and more alternatives."""
    written = [json.loads(line) for line in PATTERNS.read_text().splitlines()]
    return written + [{"rule_set": f"EXACT, {count:,} in a field", "rules": [many(count)]} for count in ALTERNATIVES]


def figures(counts, seconds):
    """Events a second in the best pass of each rule set, and how many match; of {rule set: counts} and {rule set: [seconds]}."""
    found = {rule_set: counts[rule_set]["events"] / min(taken) for rule_set, taken in seconds.items()}
    return found | {f"{rule_set}: matched": count["matched"] for rule_set, count in counts.items() if "matched" in count}


def read_report(report):
    """({rule set: counts}, {rule set: [seconds a pass]}) of what citylots_bench says; what has no rules only counts events."""
    counts, seconds = {}, {}
    for row in report["benchmarks"]:
        if row.get("run_type") == "aggregate":
            continue
        if row.get("error_occurred"):
            raise AssertionError(f"{row['run_name']}: {row.get('error_message')}")
        rule_set = row["run_name"].rsplit("/iterations:", 1)[0]
        rules = [int(row[f"rule_{number}"]) for number in range(sum(name.startswith("rule_") for name in row))]
        taken = row["cpu_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[row["time_unit"]]
        seconds.setdefault(rule_set, []).append(taken)
        counts[rule_set] = {"events": int(row["events"])}
        if "matched" in row:
            counts[rule_set] |= {"matched": int(row["matched"]), "rules": rules}
    return counts, seconds


def problems(counts, reference):
    """What is wrong with {rule set: {"events", "matched", "rules": [matched by each]}}, which must be the reference's."""
    counts = {rule_set: count for rule_set, count in counts.items() if "rules" in count}
    if not counts:
        return ["no rule set was measured"]
    found = [f"{rule_set}: a rule matches nothing: {count['rules']}" for rule_set, count in counts.items()
             if 0 in count["rules"]]
    if reference is None:
        return [*found, "event-ruler's counts are missing, so nothing says that these are right"]
    found += [f"{rule_set}: not measured" for rule_set in reference if rule_set not in counts]
    return found + [f"{rule_set}: {count} instead of event-ruler's {reference.get(rule_set)}" for rule_set, count in counts.items()
                    if count != reference.get(rule_set)]
