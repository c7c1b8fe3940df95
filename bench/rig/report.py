"""bench/RESULTS.md from results.json: tables for people, with every run behind a figure."""

from aims import aims
from rule_sets import BASELINES, LINES
from records import merge

TABLES = {
    "fake": ("Outflow alone on one core, between a source and a sink that cost next to nothing", [
        ("messages/s", "rate_per_s", 0), ("processor time a message, us", "cpu_us", 2),
        ("peak memory, MiB", "resident_peak_mib", 1), ("the source's processor time, us", "source_cpu_us", 2),
        ("records a request", "records_a_request", 0)]),
    "topics": ("Events that name their topic: 3,000 of them once a minute each, the rest in one; nothing is stored", [
        ("processor time a message, us", "cpu_us", 1), ("memory, MiB", "resident_mib", 1)]),
    "closed": ("Real brokers, closed loop: 200,000 messages after 40,000 to warm up", [
        ("messages/s", "rate_per_s", 0), ("processor time a message, us", "cpu_us", 1),
        ("idle memory, MiB", "resident_idle_mib", 1), ("peak memory, MiB", "resident_peak_mib", 1),
        ("missing", "missing", 0), ("duplicates", "duplicates", 0), ("out of order", "out_of_order", 0)]),
    "rate2000": ("Real brokers, 2,000 messages/s for 20 s after 10 s to warm up", None),
    "rate5000": ("Real brokers, 5,000 messages/s for 20 s after 10 s to warm up", None),
    "control": ("`outflow server` with 1,000 tasks, 5,000 messages/s for one of them for 20 s after 10 s to warm up. Busy: the disk is "
                "full, 100 event streams, 10 slow scrapes of `/metrics`, all tasks listed again and again, 10 refused changes a second",
                None),
    "start": ("Starting, and doing nothing", [
        ("first message stored after, s", "first_message_s", 2), ("idle memory, MiB", "resident_idle_mib", 1),
        ("idle processor time, ms/s", "idle_cpu_ms_per_s", 2)]),
    "outage": ("RocketMQ killed with -9 for 18 s, while 200 messages/s keep coming", [
        ("published", "published", 0), ("owed", "owed", 0), ("missing", "missing", 0), ("duplicates", "duplicates", 0),
        ("out of order", "out_of_order", 0), ("all stored after its return, s", "recovered_s", 1),
        ("peak memory, MiB", "resident_peak_mib", 1)]),
}
RATE_COLUMNS = [
    ("processor time a message, us", "cpu_us", 1), ("memory, MiB", "resident_mib", 1),
    ("latency p50, ms", "latency_p50_ms", 1), ("p99, ms", "latency_p99_ms", 1), ("p99.9, ms", "latency_p999_ms", 1),
    ("max, ms", "latency_max_ms", 1), ("missing", "missing", 0), ("duplicates", "duplicates", 0)]
NAMES = {"outflow": "**Outflow**", "outflow-server": "nobody asks", "outflow-server-busy": "busy", "go": "Go, by hand", "camel": "Apache Camel", "bare": "bare subscriber",
         "bare-1ms": "bare subscriber, rests 1 ms", "producer": "bare producer"}
LEGEND = """Two runs are shown as `first / second`; where two differ by more than 15 % there are more, shown as
`median (minimum to maximum)`. Every publisher is one MQTT topic; messages are 256 bytes of JSON at QoS 1, and every
second one passes `temperature > 50`. Processor time is that of the bridge's process, all threads, a message *read*.
Latency is from the intended publish time to RocketMQ's store time, which RocketMQ notes in whole milliseconds (rounded
down; half of one is added). The bare subscriber only acknowledges; the bare producer sends to RocketMQ directly, at the
rate at which a bridge stores.
"""
CITYLOTS = f"""## Matching, beside AWS's event-ruler

`bench/run --only citylots`; {LINES:,} synthetic land records of a city, about 855 bytes each
(`bench/rig/city_records.py`). One thread and its own processor time only: the best of event-ruler's five passes, and of
Outflow's 25 in turns with the other rule sets, which still take less time. event-ruler's first passes, its compiler and its
collector do not count. A rule set has five rules
(`bench/citylots/patterns.jsonl`) and an event counts when one of them matches: Outflow says whether, event-ruler says
which. Every count is equal, for each rule set and for each rule, else the measurement has failed. With ANYTHING_BUT nearly
every event matches the first rule, with ANYTHING_BUT_RARE few match any. The last rule sets are one rule.
The first rows have none. They tell how fast the machine is: `structure` finds all tokens of an event, of which a filter
finds as many as it needs; simdjson alone finds all tokens, then takes one field, or all coordinates with both numbers as
doubles. Events lie in a receive buffer that has just been written, as a source leaves them; writing it is not timed.
"""


def write(folder, results):
    """`notes.md` of the folder, written by people about the results that it names, stands at the end."""
    notes = folder / "notes.md"
    (folder / "RESULTS.md").write_text(text(results) + ("\n" + notes.read_text() if notes.exists() else ""))


def text(results):
    parts = ["# Results\n", _head(results), LEGEND]
    if results["quick"]:
        parts.append("**A quick trial of the rig: these figures mean nothing.**\n")
    parts.append(_aims(results))
    for name, (title, columns) in TABLES.items():
        if runs := results["measurements"].get(name):
            parts.append(f"## {title}\n\n`bench/run --only {name}`\n\n{_table(runs, columns or RATE_COLUMNS)}")
    if runs := results["measurements"].get("citylots"):
        parts.append(_citylots(runs))
    if runs := results["measurements"].get("micro"):
        parts.append(_micro(runs))
    return "\n".join(parts)


def _head(results):
    machine, versions = results["machine"], results["versions"]
    rows = [("date", results["date"]), ("command", f"`{results['command']}`"),
            ("machine", f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
                        f"{machine['system']}, Linux {machine['kernel']}, load before {machine['load_before']:.2f}")]
    rows += list(versions.items())
    rows += [(f"{name}, measured apart", f"{part['date']}, `{part['command']}`, {part['processor']}, commit {part['commit']}, "
                                         f"load before {part['load_before']:.2f}") for name, part in results.get("apart", {}).items()]
    return "| what | which |\n| --- | --- |\n" + "".join(f"| {name} | {value} |\n" for name, value in rows)


def _table(runs, columns):
    shown = [column for column in columns if any(column[1] in run for mine in runs.values() for run in mine)]
    lines = ["| | " + " | ".join(title for title, _, _ in shown) + " |", "| --- |" + " ---: |" * len(shown)]
    for subject, mine in runs.items():
        merged = merge(mine)
        lines.append(f"| {NAMES.get(subject, subject)} | "
                     + " | ".join(cell(merged.get(name), digits) for _, name, digits in shown) + " |")
    return "\n".join(lines) + "\n" + _noted(runs)


def _noted(runs):
    noted = [f"- {NAMES.get(subject, subject)}, run {number}: {problem}" for subject, mine in runs.items()
             for number, run in enumerate(mine, 1) for problem in run["problems"] + run.get("load", [])]
    return "\nWhat went wrong:\n\n" + "\n".join(noted) + "\n" if noted else ""


def cell(merged, digits):
    if merged is None:
        return ""
    runs = [number(value, digits) for value in merged["runs"]]
    if len(runs) <= 2:
        return runs[0] if len(set(runs)) == 1 else " / ".join(runs)
    low, middle, high = (number(merged[name], digits) for name in ("min", "median", "max"))
    return middle if low == high else f"{middle} ({low} to {high})"


def number(value, digits):
    return f"{value:,.{digits}f}"


def _micro(runs):
    lines = ["## Workloads without I/O", "",
             "`bench/run --only micro`; nanoseconds an item, and items a second. An item of `publish_to_record` is a",
             "message: the bytes of a PUBLISH in, the bytes of a RocketMQ record out.", "",
             "| program | workload | ns | a second |", "| --- | --- | ---: | ---: |"]
    for program, mine in runs.items():
        lines += [f"| {program} | {name} | {cell(figure, 1)} | {number(1e9 / figure['median'], 0)} |"
                  for name, figure in merge(mine).items() if isinstance(figure, dict)]
    return "\n".join(lines) + "\n"


def _citylots(runs):
    """A row a rule set; the engines beside each other."""
    merged = {name: merge(mine) for name, mine in runs.items()}
    ours, theirs = merged.get("outflow", {}), merged.get("event-ruler", {})
    lines = [CITYLOTS, "| rule set | **Outflow**, events/s | event-ruler, events/s | times as fast | matched |",
             "| --- | ---: | ---: | ---: | ---: |"]
    for rule_set in ours | theirs:
        if rule_set in BASELINES or f"{rule_set}: matched" in ours | theirs:
            both = rule_set in ours and rule_set in theirs
            times = number(ours[rule_set]["median"] / theirs[rule_set]["median"], 1) if both else ""
            matched = cell((ours if rule_set in ours else theirs).get(f"{rule_set}: matched"), 0)
            lines.append(f"| {rule_set} | {cell(ours.get(rule_set), 0)} | {cell(theirs.get(rule_set), 0)} | {times} | {matched} |")
    return "\n".join(lines) + "\n" + _noted(runs)


def _aims(results):
    rows = aims(results["measurements"])
    if not rows:
        return ""
    lines = ["## Aims", "", "| aim | measured (median) | met |", "| --- | ---: | --- |"]
    lines += [f"| {row.text} | {number(row.measured, row.digits)} | {'yes' if row.met else '**no**'} |" for row in rows]
    return "\n".join(lines) + "\n"


def product_problems(results):
    """Outflow's own failures: what makes bench/run fail. A missed aim is none, a lost message is one."""
    return [problem for runs in results["measurements"].values() for run in runs.get("outflow", [])
            for problem in run["problems"]]
