#!/usr/bin/python3
"""Runs every tool of the rig once with few messages; the counts must be exact, no time is judged.

Usage: bench/smoke.py [BUILD_FOLDER]     default build/test, which has bench_tool and outflow. Ends with 1 when a count
is wrong; with 0 and a word about it when there is no Mosquitto for the part that needs one.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT_SECONDS = 60
MESSAGES = 20_000
TASK = """
instances:
  edge: {{ mqtt: {{ endpoint: "mqtt://127.0.0.1:{mqtt}" }} }}
  null: {{ rocketmq: {{ version: 5, name_servers: ["127.0.0.1:{rocketmq}"] }} }}
tasks:
  - name: smoke
    source: {{ mqtt: {{ instance: edge, topic: "bench/#", qos: 1, data_format: JSON }} }}
    filter: {{ data: {{ body: {{ temperature: [ {{ numeric: [">", 50] }} ] }} }} }}
    sink:
      rocketmq: {{ instance: "null", topic: telemetry, keys: $.data.body.id, tags: $.data.body.alarm }}
""".replace("  null:", "  \"null\":")


class Program:
    """A started program; leaving the block ends it."""

    def __init__(self, folder, *command, waits_for=None):
        self.errors = Path(folder) / f"{len(list(Path(folder).iterdir()))}.err"
        with open(self.errors, "wb") as errors:
            self.child = subprocess.Popen([str(one) for one in command], stdin=subprocess.DEVNULL,
                                          stdout=subprocess.PIPE, stderr=errors, text=True)
        self.name = Path(command[0]).name if len(command) < 2 else f"{Path(command[0]).name} {command[1]}"
        self.line = self.await_line(waits_for) if waits_for else ""

    def await_line(self, beginning):
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline and self.child.poll() is None:
            for line in self.errors.read_text().splitlines(keepends=True):
                if line.startswith(beginning) and line.endswith("\n"):
                    return line.strip()
            time.sleep(0.02)
        raise AssertionError(f"{self.name} did not say '{beginning}':\n{self.errors.read_text()}")

    @property
    def port(self):
        return int(self.line.rpartition(":")[2])

    def report(self):
        """The report of a tool that ends by itself."""
        out, _ = self.child.communicate(timeout=LIMIT_SECONDS)
        assert self.child.returncode == 0, f"{self.name}: exit {self.child.returncode}: {out}{self.errors.read_text()}"
        return json.loads(out)

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        return self.report()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.child.stdout.close()


def expect(what, report, **expected):
    found = {name: report.get(name) for name in expected}
    assert found == expected, f"{what}: expected {expected}, found {found} in {report}"
    print(f"{what}: {expected}")


def bridge(tool, outflow, folder):
    """fake-mqtt -> outflow -> null-rocketmq."""
    with Program(folder, tool, "null-rocketmq", "--count-records", waits_for="listening") as sink, \
            Program(folder, tool, "fake-mqtt", "--count", MESSAGES // 2, "--rounds", 2,
                    waits_for="listening") as source:
        task = Path(folder) / "task.yaml"
        task.write_text(TASK.format(mqtt=source.port, rocketmq=sink.port))
        with Program(folder, outflow, "run", task):
            report = source.report()
            expect("fake-mqtt", report, sent=MESSAGES, acknowledged=MESSAGES, passing=MESSAGES // 2)
        expect("null-rocketmq", sink.stop(), records=MESSAGES // 2, malformed=0)


def bare_ends(tool, folder):
    """fake-mqtt -> subscribe and produce -> null-rocketmq."""
    with Program(folder, tool, "fake-mqtt", "--count", MESSAGES, waits_for="listening") as source, \
            Program(folder, tool, "subscribe", "--mqtt", f"127.0.0.1:{source.port}", "--count", MESSAGES) as subscriber:
        expect("subscribe", subscriber.report(), messages=MESSAGES)
        expect("fake-mqtt", source.report(), acknowledged=MESSAGES)
    for answer in ("json", "binary", "mirror"):
        with Program(folder, tool, "null-rocketmq", "--count-records", "--answer", answer,
                     waits_for="listening") as sink:
            with Program(folder, tool, "produce", "--name-server", f"127.0.0.1:{sink.port}", "--topic", "t",
                         "--rate", 5_000, "--seconds", 0.2) as producer:
                expect("produce", producer.report(), sent=1_000, stored=1_000, failed=0, passing=500)
            expect(f"null-rocketmq ({answer})", sink.stop(), records=1_000, malformed=0)


def publishers(tool, mosquitto, folder):
    """publish -> Mosquitto -> subscribe."""
    with Program(folder, tool, "null-rocketmq", waits_for="listening") as taken:
        port = taken.port  # free a moment later
    config = Path(folder) / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 20000\n"
                      "max_queued_messages 0\nlog_dest stderr\nlog_timestamp false\n")
    server = f"127.0.0.1:{port}"
    with Program(folder, mosquitto, "-c", config, waits_for="mosquitto version"):
        time.sleep(0.2)
        for way in (("--window", 500), ("--rate", 4_000), ("--protocol", "3.1.1")):
            with Program(folder, tool, "subscribe", "--mqtt", server, "--count", 2_000, "--pause-us", 500,
                         waits_for="subscribed") as subscriber, \
                    Program(folder, tool, "publish", "--mqtt", server, "--count", 2_000, *way) as publisher:
                expect("publish", publisher.report(), published=2_000, acknowledged=2_000, passing=1_000)
                expect("subscribe", subscriber.report(), messages=2_000)


def main():
    build = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "test"
    tool, outflow = build / "bench_tool", build / "outflow"
    for program in (tool, outflow):
        assert program.exists(), f"no program at {program} (cmake --build --preset test)"
    mosquitto = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    with tempfile.TemporaryDirectory(prefix="bench-smoke-") as folder:
        bridge(tool, outflow, folder)
        bare_ends(tool, folder)
        if mosquitto:
            publishers(tool, mosquitto, folder)
        else:
            print("no mosquitto on this machine: publish was not run")
        refused = subprocess.run([tool, "publish", "--mqtt", "192.0.2.1:1883", "--count", "1"], capture_output=True,
                                 timeout=10)
        assert refused.returncode == 1 and b"no loopback address" in refused.stderr, refused
    print("smoke: all counts are exact")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"smoke: {error}")
