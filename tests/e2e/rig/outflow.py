"""The product under test: task files, the process, its metrics and the accounting identity."""

import os
import re
import signal
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from .java import Missing
from .process import Child, free_port, wait_until

ROOT = Path(__file__).resolve().parents[3]
LEFT = ("outflow_received_total", "outflow_recovered_total", "outflow_replayed_total")
RIGHT = ("outflow_delivered_total", "outflow_filtered_total", "outflow_dead_lettered_total", "outflow_discarded_total",
         "outflow_returned_total", "outflow_spooled", "outflow_in_flight")
READ = r".*(?:The task files were read\.|The task files have errors:|Nothing was changed\.).*"
_SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+\d+)?$")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def program(variable="OUTFLOW", default="build/test/outflow"):
    path = Path(os.environ.get(variable) or ROOT / default)
    if not os.access(path, os.X_OK):
        raise Missing(f"no program at {path} (cmake --build --preset test)")
    return path.resolve()


def task(mqtt_port, name_servers, name="t", topic="load/#", rocketmq_topic="t", qos=1, data_format="JSON", protocol=None,
         source=None, sink=None, edge=None, rocketmq=None, **rest):
    """A task file's content. `source` and `sink` add fields to source.mqtt and sink.rocketmq, `edge` and `rocketmq` to their
    instances, the rest to the task."""
    mqtt = {"instance": "edge", "topic": topic, "qos": qos, "data_format": data_format} | (source or {})
    if protocol:
        mqtt["protocol"] = protocol
    one = {"name": name, "source": {"mqtt": mqtt},
           "sink": {"rocketmq": {"instance": "sink", "topic": rocketmq_topic, "body": "$.data.body"} | (sink or {})}}
    if "batch" in rest:
        one["source"]["batch"] = rest.pop("batch")
    return {"instances": {"edge": {"mqtt": {"endpoint": f"mqtt://127.0.0.1:{mqtt_port}"} | (edge or {})},
                          "sink": {"rocketmq": {"version": 4, "name_servers": [name_servers]} | (rocketmq or {})}},
            "tasks": [one | rest]}


def parse_metrics(text):
    """{(name, ((label, value), ...)): number} of a Prometheus text."""
    found = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = _SAMPLE.match(line)
        assert match, f"not a sample: {line!r}"
        name, labels, value = match.groups()
        key = (name, tuple(sorted(_LABEL.findall(labels or ""))))
        assert key not in found, f"twice: {line!r}"
        found[key] = float(value)
    return found


def by_task(metrics, name):
    """{task: value} of one metric, summed over its other labels."""
    found = {}
    for (metric, labels), value in metrics.items():
        if metric == name:
            owner = dict(labels).get("task")
            found[owner] = found.get(owner, 0) + value
    return found


def check_identity(metrics):
    """received + recovered + replayed = delivered + filtered + dead_lettered + discarded + returned + spooled +
    in_flight, by task."""
    received = by_task(metrics, "outflow_received_total")
    for name in received:
        left = {metric: by_task(metrics, metric).get(name, 0) for metric in LEFT}
        right = {metric: by_task(metrics, metric).get(name, 0) for metric in RIGHT}
        for needed in ("outflow_delivered_total", "outflow_in_flight"):
            assert name in by_task(metrics, needed), f"{needed} has no sample for task {name}"
        assert sum(left.values()) == sum(right.values()), f"task {name} does not add up: {left} against {right}"
    return len(received)


class Outflow:
    """`outflow run` of one task file, with more options. Start it again after `kill` with `start`."""

    def __init__(self, folder, content, binary=None, name="outflow", environment=None, options=()):
        self.binary = binary or program()
        self.folder, self.name = folder, name
        self.environment = os.environ | (environment or {})
        self.file = folder / f"{name}.yaml"
        self.options = list(options)
        self.write(content)
        self.metrics_port = free_port()
        self.scrapes = 0
        self.child = None
        self.start()

    def start(self):
        self.child = Child(self.name, [self.binary, "run", self.file, "--metrics", f"127.0.0.1:{self.metrics_port}", *self.options],
                           self.folder / f"{self.name}.log", env=self.environment, cwd=self.folder)

    def write(self, content):
        """Replaces the task file, as an editor does."""
        new = self.file.with_suffix(".new")
        new.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
        new.rename(self.file)

    def edit(self, content, seconds=20):
        """The same, and waits until the file was read; returns the line of the log that says what came of it."""
        before = len(re.findall(READ, self.child.log_text()))
        self.write(content)
        if "--watch" not in self.options:
            self.child.signal(signal.SIGHUP)
        wait_until(lambda: len(re.findall(READ, self.child.log_text())) > before, seconds, "the file is read", alive=self.child)
        return re.findall(READ, self.child.log_text())[-1]

    def scrape(self):
        """The metrics now; every scrape must add up. None while nothing listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except (OSError, urllib.error.URLError):
            return None
        metrics = parse_metrics(text)
        check_identity(metrics)
        self.scrapes += 1
        return metrics

    def value(self, name):
        """One metric, summed over tasks and labels; None while nothing listens, or without such a metric."""
        metrics = self.scrape()
        values = by_task(metrics, name) if metrics is not None else {}
        return sum(values.values()) if values else None

    def wait_value(self, name, condition, seconds):
        def reached():
            value = self.value(name)
            return (value,) if value is not None and condition(value) else None
        return wait_until(reached, seconds, f"{name} as expected in {self.name}", 0.05, self.child)[0]

    def wait_running(self, seconds=20, proxy=None):
        """Until every task says RUNNING (a log line with the word); with a proxy until the subscription passed it."""
        if proxy is not None:
            opened = self.child.started - time.monotonic() + time.time()
            wait_until(lambda: any(c.subscribed and c.opened >= opened for c in list(proxy.connections)), seconds,
                       "a SUBACK for outflow", alive=self.child)
        else:
            self.child.wait_log(r"\bRUNNING\b", seconds)

    def kill(self):
        self.child.kill()

    def stop(self, seconds=20):
        """SIGTERM; the exit code must be 0."""
        code = self.child.terminate(seconds)
        assert code == 0, f"outflow ended with {code}:\n{self.child.log_tail()}"


class Scraper:
    """Scrapes in the background; `stop` raises what a scrape found wrong, and returns how many there were."""

    def __init__(self, outflow, interval=0.02):
        self.outflow, self.interval = outflow, interval
        self.error, self.count, self._running = None, 0, True
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def _loop(self):
        while self._running:
            try:
                self.count += self.outflow.scrape() is not None
            except AssertionError as error:
                self.error = self.error or error
            time.sleep(self.interval)

    def stop(self):
        self._running = False
        self._thread.join(10)
        if self.error:
            raise self.error
        return self.count
