"""A publisher in a process of its own, so that load goes on evenly whatever the test does, and what is owed is written
outside of everything that a test kills."""

import json
import os
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig.mqtt import Obligations, Publisher, sequence
from rig.process import Child, wait_until

PYTHON = "/usr/bin/python3"


class Load:
    """Publishes round robin over `keys` from the start until `count` or `stop()`. One is enough for a topic key."""

    def __init__(self, folder, port, run, keys, rate=None, count=10**9, qos=1, version=5, prefix="load", size=256,
                 window=500, start=0, name="load"):
        self.name, self.keys = name, keys
        self.obligations_path = folder / f"{name}.obligations"
        self.summary_path = folder / f"{name}.summary"
        options = {"port": port, "run": run, "keys": keys, "rate": rate, "count": count, "qos": qos, "version": version,
                   "prefix": prefix, "size": size, "window": window, "start": start,
                   "obligations": str(self.obligations_path), "summary": str(self.summary_path)}
        self.child = Child(name, [PYTHON, __file__, json.dumps(options)], folder / f"{name}.log")
        wait_until(self.obligations_path.exists, 30, f"{name} is connected", alive=self.child)

    def owed(self):
        """{(key, sequence)} acknowledged so far."""
        return Obligations.load(self.obligations_path)

    def owed_count(self):
        """How many, quickly: the lines of the file."""
        with open(self.obligations_path, "rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))

    def wait(self, seconds):
        """Waits for its own end; returns how many messages were sent."""
        wait_until(lambda: not self.child.is_alive(), seconds, f"{self.name} ends by itself")
        if self.child.popen.returncode != 0:
            raise AssertionError(f"{self.name} failed:\n{self.child.log_tail()}")
        return json.loads(self.summary_path.read_text())["sent"]

    def stop(self, seconds=60):
        self.child.signal(signal.SIGTERM)
        return self.wait(seconds)


def _main(options):
    stopping = []
    signal.signal(signal.SIGTERM, lambda number, frame: stopping.append(number))
    publisher = Publisher(options["port"], f"rig-load-{os.getpid()}", options["version"], options["window"])
    obligations = Obligations(options["obligations"])
    messages = sequence(options["run"], options["prefix"], options["keys"], options["count"], options["size"],
                        start=options["start"])
    sent = publisher.publish(messages, obligations, options["rate"], options["qos"], stop=lambda: bool(stopping))
    publisher.close()
    Path(options["summary"]).write_text(json.dumps({"sent": sent}))


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
