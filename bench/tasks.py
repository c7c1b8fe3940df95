#!/usr/bin/python3
"""A thousand tasks on one server, with real brokers: what it takes to make, list, change and start them.

Usage: OUTFLOW=build/release/outflow bench/tasks.py [RUNNING]    how many of them are enabled (100)
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "e2e"))
from rig.mosquitto import Mosquitto
from rig.outflow import task
from rig.process import wait_until
from rig.rocketmq import Cluster
from rig.server import Server

TASKS = 1000
IDLE_SECONDS = 10


def timed(what, function):
    began = time.monotonic()
    given = function()
    print(f"{what:45} {(time.monotonic() - began) * 1000:9.1f} ms", flush=True)
    return given


def wait_running(server, running):
    def are_there():
        items = server.do("GET", f"/v1/tasks?limit={TASKS}")["items"]
        return sum(item["status"]["state"] == "RUNNING" for item in items) == running
    wait_until(are_there, 120, f"{running} tasks run", 0.05, server.child)


def measure(folder, running):
    mosquitto, cluster = Mosquitto(folder), Cluster(folder, "5.3.3")
    cluster.create_topic("t", 4)
    server = timed("a server starts on an empty store", lambda: Server(folder))
    content = task(mosquitto.port, cluster.address, rocketmq_topic="t",
                   filter={"data": {"body": {"temperature": [{"numeric": [">", 80]}]}}})
    tasks = [content["tasks"][0] | {"name": f"t{number:04}", "enabled": number < running} for number in range(TASKS)]
    before = server.child.resident_bytes()
    timed(f"{TASKS} tasks are made by one document", lambda: server.apply(content | {"tasks": tasks}))
    timed(f"... and {running} of them run", lambda: wait_running(server, running))
    print(f"{'memory of each':45} {(server.child.resident_bytes() - before) / TASKS / 1000:9.1f} KB")
    for _ in range(3):
        timed("all are listed", lambda: server.do("GET", f"/v1/tasks?limit={TASKS}"))
    for number in range(3):
        timed("one is changed", lambda: server.do("PUT", "/v1/tasks/t0500", tasks[500] | {"description": str(number)}))
    used = server.child.cpu_seconds()
    time.sleep(IDLE_SECONDS)
    print(f"{'processor time while nothing comes':45} {(server.child.cpu_seconds() - used) / IDLE_SECONDS * 100:9.1f} % of a core")
    timed("the server stops", server.stop)
    timed("it starts", server.start)
    timed(f"... and {running} run again", lambda: wait_running(server, running))
    server.stop()
    cluster.stop()
    mosquitto.kill()


if __name__ == "__main__":
    place = Path(tempfile.mkdtemp(prefix="outflow-tasks-"))
    try:
        measure(place, int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    finally:
        shutil.rmtree(place, ignore_errors=True)
