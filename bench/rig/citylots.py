"""Matching beside AWS's event-ruler: the same rule sets on the same 100,000 land records of a city, one thread each."""

import hashlib
import json
import subprocess
from pathlib import Path

from rig.java import java_home

import city_records
from rule_sets import BASELINES, LINES, figures, problems, read_report, rule_sets
from bridges import BUILD, ROOT
from fake import on_core

FOLDER = BUILD / "citylots"
RULER = BUILD / "ruler"
SECONDS_MAX = 900  # of one program


class EventRuler:
    """Its counts are what Outflow's must be."""

    name = "event-ruler"
    passes = 5

    def __init__(self):
        self.counts = None

    def measure(self, events, rules, passes):
        # A heap that all events fit into, and the collector that costs the matching thread least.
        lines = run([f"{java_home()}/bin/java", "-Xms3g", "-Xmx3g", "-XX:+UseParallelGC", "-XX:-UsePerfData", "-cp",
                     f"{RULER}/classes:{RULER}/lib/*", "Ruler", events, rules, passes]).splitlines()
        rows = [json.loads(line) for line in lines]
        self.counts = {row["rule_set"]: {key: row[key] for key in ("events", "matched", "rules")} for row in rows}
        return figures(self.counts, {row["rule_set"]: row["seconds"] for row in rows}) | {
            "problems": problems(self.counts, self.counts)}


class Outflow:
    name = "outflow"
    passes = 25  # which still take less time

    def __init__(self, reference):
        self.reference = reference

    def measure(self, events, rules, passes):
        with on_core(1):
            report = run([ROOT / "build" / "test" / "bench" / "citylots_bench", "--benchmark_format=json",
                          "--benchmark_enable_random_interleaving=true", f"--benchmark_repetitions={passes}", events, rules])
        counts, seconds = read_report(json.loads(report))
        seconds = {rule_set: seconds[rule_set] for rule_set in [*BASELINES, *self.reference.counts] if rule_set in seconds}
        return figures(counts, seconds) | {"problems": problems(counts, self.reference.counts)}


def subjects():
    reference = EventRuler()
    return [reference, Outflow(reference)]  # in this order: the counts are compared with those just found


def citylots(scene, engine):
    """Events a second of processor time of the matching thread, for each rule set."""
    events, rules = make_records(), FOLDER / "rules.jsonl"
    rules.write_text("".join(json.dumps(rule_set) + "\n" for rule_set in rule_sets()))
    return engine.measure(events, rules, 1 if scene.quick else engine.passes)


def make_records():
    """The data, made once for each version of its generator."""
    digest = hashlib.sha256(Path(city_records.__file__).read_bytes()).hexdigest()[:16]
    events = FOLDER / f"city-records-{LINES}-{digest}.jsonl"
    if not events.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        partial = events.with_suffix(".partial")
        with open(partial, "w") as file:
            file.writelines(city_records.lines(LINES))
        partial.rename(events)
    return events


def run(command):
    """What it prints."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=SECONDS_MAX, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout
