"""The banks of rules that `citylots` measures, and what the engines report on them. No I/O but reading the rules."""

import json
from pathlib import Path

PATTERNS = Path(__file__).resolve().parents[1] / "citylots" / "patterns.jsonl"
LINES = 100_000  # lots
# Rows without a rule, which only Outflow's program has: how fast the machine reads a lot at all.
FLOORS = ("structure", "simdjson: structure", "simdjson: one field", "simdjson: coordinates")
ALTERNATIVES = (1, 10, 100, 1_000, 10_000)


def many(count):
    """A rule with so many lots in one field; the first of them is 655 times in the data, of the others a few are."""
    lots = dict.fromkeys(["3745012"])
    number = 0
    while len(lots) < count:
        lots[f"{1 + number * 7_919 % 8_999:04}{1 + number * 31 % 119:03}"] = None
        number += 1
    return {"properties": {"MAPBLKLOT": list(lots)}}


def banks():
    """[{"bank": name, "rules": [...]}]: those of patterns.jsonl, and an exact match with more and more alternatives."""
    written = [json.loads(line) for line in PATTERNS.read_text().splitlines()]
    return written + [{"bank": f"EXACT, {count:,} in a field", "rules": [many(count)]} for count in ALTERNATIVES]


def figures(counts, seconds):
    """Events a second in the best pass of each bank, and how many match; of {bank: counts} and {bank: [seconds]}."""
    found = {bank: counts[bank]["events"] / min(taken) for bank, taken in seconds.items()}
    return found | {f"{bank}: matched": count["matched"] for bank, count in counts.items() if "matched" in count}


def read_report(report):
    """({bank: counts}, {bank: [seconds a pass]}) of what citylots_bench says; what has no rules only counts events."""
    counts, seconds = {}, {}
    for row in report["benchmarks"]:
        if row.get("run_type") == "aggregate":
            continue
        if row.get("error_occurred"):
            raise AssertionError(f"{row['run_name']}: {row.get('error_message')}")
        bank = row["run_name"].rsplit("/iterations:", 1)[0]
        rules = [int(row[f"rule_{number}"]) for number in range(sum(name.startswith("rule_") for name in row))]
        taken = row["cpu_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[row["time_unit"]]
        seconds.setdefault(bank, []).append(taken)
        counts[bank] = {"events": int(row["events"])}
        if "matched" in row:
            counts[bank] |= {"matched": int(row["matched"]), "rules": rules}
    return counts, seconds


def problems(counts, reference):
    """What is wrong with {bank: {"events", "matched", "rules": [matched by each]}}, which must be the reference's."""
    counts = {bank: count for bank, count in counts.items() if "rules" in count}
    if not counts:
        return ["no bank was measured"]
    found = [f"{bank}: a rule matches nothing: {count['rules']}" for bank, count in counts.items()
             if 0 in count["rules"]]
    if reference is None:
        return [*found, "event-ruler's counts are missing, so nothing says that these are right"]
    found += [f"{bank}: not measured" for bank in reference if bank not in counts]
    return found + [f"{bank}: {count} instead of event-ruler's {reference.get(bank)}" for bank, count in counts.items()
                    if count != reference.get(bank)]
