"""The measurements by name, and how often each is repeated."""

import time
from dataclasses import dataclass, field

from bridges import BRIDGES, Bare, BareResting, Camel, Go, Outflow, OutflowServer, OutflowServerBusy, OutflowTls, against
from citylots import citylots, subjects
from fake import fake
from micro import micro
from outage import outage, start
from prepare import micro_programs, say
from records import differ
from throughput import Producer, closed, fixed_rate
from topics import subjects as topic_subjects
from topics import topics

RUNS_MAX = 5
SHARE = 0.15  # runs that differ by more are repeated


@dataclass
class Measurement:
    name: str
    measure: object                              # (scene, subject) -> figures, with "problems": [text]
    subjects: list                               # bridges, the programs of `micro`, the engines of `citylots`
    compare: dict = field(default_factory=dict)  # figures whose spread asks for more runs: the spread that never does

    def compares(self, runs):
        names = self.compare or {name: 0 for run in runs for name in run if name not in ("problems", "load")}
        return any(differ([run.get(name) for run in runs], SHARE, at_least) for name, at_least in names.items())


def measurements():
    cost = {"rate_per_s": 0, "cpu_us": 0.1}
    timed = {"cpu_us": 0.1, "latency_p99_ms": 1}  # RocketMQ's clock has milliseconds
    every = [Outflow, Go, Camel]
    bare = [Bare, BareResting]
    return [
        Measurement("micro", micro, micro_programs()),
        Measurement("citylots", citylots, subjects()),
        Measurement("fake", fake, [Outflow], cost),
        Measurement("topics", topics, topic_subjects(), {"cpu_us": 0.1}),
        Measurement("closed", closed, every + bare, cost),
        Measurement("tls", closed, [Outflow, OutflowTls], cost),
        Measurement("rate2000", fixed_rate(2000), every + bare + [Producer], timed),
        Measurement("rate5000", fixed_rate(5000), every + bare + [Producer], timed),
        Measurement("control", fixed_rate(5000), [OutflowServer, OutflowServerBusy], timed),
        Measurement("start", start, every, {"first_message_s": 0.2, "resident_idle_mib": 0.5}),
        Measurement("outage", outage, every, {"recovered_s": 2}),
    ]


def choose(all_measurements, only, bridges):
    """Those named, with the subjects named; `bridges` does not choose among what is no bridge."""
    names = [one.name for one in all_measurements]
    for name in only or []:
        if name not in names:
            raise ValueError(f"no measurement {name!r}; there are {', '.join(names)}")
    for name in bridges or []:
        if name not in [*BRIDGES, Producer.name]:
            raise ValueError(f"no bridge {name!r}; there are {', '.join([*BRIDGES, Producer.name])}")
    chosen = [one for one in all_measurements if not only or one.name in only]
    for one in chosen:
        if bridges and one.name not in ("micro", "citylots", "topics"):
            one.subjects = [subject for subject in one.subjects if subject.name in bridges]
    return [one for one in chosen if one.subjects]


def set_against(chosen, program):
    """Where Outflow is measured, that program follows it."""
    other = against(program)
    for one in chosen:
        one.subjects = [each for subject in one.subjects for each in ([subject, other] if subject is Outflow else [subject])]


def run_one(scene, measurement, subject, number):
    """Figures of one run; a run that fails has only problems, and the others go on."""
    began = time.monotonic()
    try:
        figures = measurement.measure(scene, subject)
    except Exception as error:  # whatever it is: the other measurements do not depend on it
        figures = {"problems": [f"did not end: {type(error).__name__}: {error}"[:1000]]}
    said = ", ".join(f"{name} {value:.4g}" for name, value in figures.items() if isinstance(value, (int, float)))
    say(f"{measurement.name} {subject.name}, run {number}: {said} ({time.monotonic() - began:.0f} s)")
    for problem in figures["problems"] + figures.get("load", []):
        say(f"{measurement.name} {subject.name}: {problem}")
    return figures


def run_all(scene, measurement, runs):
    """{subject: [figures of each run]}. Runs alternate between subjects; those that differ get more, one at a time."""
    found = {subject.name: [] for subject in measurement.subjects}
    for number in range(1, runs + 1):
        for subject in measurement.subjects:
            found[subject.name].append(run_one(scene, measurement, subject, number))
    for subject in measurement.subjects:
        mine = found[subject.name]
        while 1 < runs and len(mine) < RUNS_MAX and measurement.compares(mine):
            mine.append(run_one(scene, measurement, subject, len(mine) + 1))
    return found
