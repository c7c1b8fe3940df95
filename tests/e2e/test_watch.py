"""Task files that change while outflow runs: Mosquitto -> outflow -> RocketMQ 5.3.3, read back with the official client."""

import json
import os
import re
import socket
from contextlib import closing

from rig import mqtt_packets as packets
from rig.load import Load
from rig.mqtt import Publisher, sequence
from rig.oracle import judge
from rig.outflow import Scraper, task
from rig.process import wait_until

EDITS = int(os.environ.get("OUTFLOW_EDITS", "50"))
ROUNDS = int(os.environ.get("OUTFLOW_ADD_REMOVE", "5"))
RATE = 5000
KEYS = [f"k{index}" for index in range(8)]


def _version(mosquitto, cluster, unique, number):
    """A task whose records say which version of it made them; every second one waits for batches, too."""
    options = {"batch": {"messages": 50, "interval_seconds": 0.05}} if number % 2 else {}
    return task(mosquitto.port, cluster.address, topic=f"{unique}/#", rocketmq_topic=unique, sink={"tags": f"v{number}"},
                filter={"data": {"topic": [{"prefix": f"{unique}/"}, {"prefix": f"v{number}/"}]}}, **options)


def test_fifty_edits_under_load_lose_nothing(mosquitto, rocketmq5, run_outflow, folder, unique):
    rocketmq5.create_topic(unique, 4)
    outflow = run_outflow(_version(mosquitto, rocketmq5, unique, 0))
    outflow.wait_running()
    load = Load(folder, mosquitto.port, unique, KEYS, rate=RATE, prefix=unique, size=256)
    outflow.wait_value("outflow_delivered_total", lambda value: value >= 500, 20)
    scraper = Scraper(outflow, 0.02)
    for number in range(1, EDITS + 1):
        said = outflow.edit(_version(mosquitto, rocketmq5, unique, number))
        assert "changed=1" in said, said
        before = outflow.value("outflow_delivered_total")
        outflow.wait_value("outflow_delivered_total", lambda value, before=before: value > before + RATE / 10, 20)
    assert "unchanged=1" in outflow.edit(_version(mosquitto, rocketmq5, unique, EDITS))
    load.stop()
    owed = load.owed()
    outflow.wait_value("outflow_delivered_total", lambda value: value >= len(owed), 30)
    scraper.stop()
    messages = rocketmq5.read_settled(unique, len(owed))
    print(f"\n{judge(unique, owed, messages).check(0)}")
    versions = {message["tags"] for message in messages}
    assert versions <= {f"v{number}" for number in range(EDITS + 1)} and len(versions) > EDITS / 2, versions
    assert outflow.value("outflow_source_connects_total") == 1, "an edit in place cost a connection"
    outflow.stop()


def test_a_faulty_file_changes_nothing(mosquitto, rocketmq5, run_outflow, folder, unique):
    rocketmq5.create_topic(unique, 4)
    good = task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique)
    outflow = run_outflow(good, options=["--watch"])
    outflow.wait_running()
    said = outflow.edit("tasks: [ { name: t, source: {} ]")
    assert "nothing was changed" in said, said
    said = outflow.edit(good)
    assert "unchanged=1" in said, said
    with closing(Publisher(mosquitto.port, f"p-{unique}")) as publisher:
        publisher.publish(sequence(unique, unique, KEYS, 100))
    outflow.wait_value("outflow_delivered_total", lambda value: value == 100, 20)
    assert outflow.value("outflow_source_connects_total") == 1
    outflow.stop()


# Another filter takes over the session and leaves the old one; another client id leaves the session.
def test_another_topic_filter_and_another_session(mosquitto, rocketmq5, run_outflow, folder, unique):
    rocketmq5.create_topic(unique, 4)

    def wanted(rest, client_id):
        return task(mosquitto.port, rocketmq5.address, topic=f"{unique}/{rest}", rocketmq_topic=unique,
                    source={"client_id": client_id})
    outflow = run_outflow(wanted("#", f"a-{unique}"))
    outflow.wait_running()
    load = Load(folder, mosquitto.port, unique, KEYS, rate=500, prefix=unique, size=64)
    outflow.wait_value("outflow_delivered_total", lambda value: value >= 500, 20)
    outflow.edit(wanted("+/data", f"a-{unique}"))
    outflow.child.wait_log(rf"Unsubscribed.*filter={unique}/#", 30)
    received = outflow.value("outflow_received_total")
    with closing(Publisher(mosquitto.port, f"p-{unique}")) as publisher:
        publisher.publish([(f"{unique}/other", b"{}", None, None)])  # only the old filter takes it
    outflow.edit(wanted("+/data", f"b-{unique}"))
    outflow.child.wait_log(rf"Connected to MQTT broker.*client_id=b-{unique}", 60)
    assert outflow.value("outflow_received_total") >= received
    load.stop()
    owed = load.owed()
    outflow.wait_value("outflow_delivered_total", lambda value: value >= len(owed), 30)
    messages = rocketmq5.read_settled(unique, len(owed))
    verdict = judge(unique, owed, messages)
    print(f"\n{verdict}")
    verdict.check(300, ordered=False)  # what two filters took, and what two sessions had for a moment, is there twice
    assert not _is_session(mosquitto.port, f"a-{unique}"), "the session that was left is still there"
    assert _is_session(mosquitto.port, f"b-{unique}")  # which takes it over for a moment
    outflow.stop()


def _is_session(port, client_id):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(packets.connect(client_id, clean=False))
        connack = connection.recv(64)
        connection.sendall(packets.disconnect())
    assert connack[0] == 0x20, connack
    return bool(connack[2] & 1)


def test_tasks_come_and_go(mosquitto, rocketmq5, run_outflow, folder, unique):
    rocketmq5.create_topic(unique, 4)
    first = task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique)
    both = json.loads(json.dumps(first))
    both["tasks"].append(json.loads(json.dumps(first["tasks"][0])) | {"name": "second"})
    outflow = run_outflow(first)
    outflow.wait_running()

    def names():
        return {dict(labels)["task"] for (name, labels) in outflow.scrape() if name == "outflow_received_total"}

    def used():
        process = f"/proc/{outflow.child.pid}"
        return len(os.listdir(f"{process}/fd")), len(os.listdir(f"{process}/task"))
    first_round = None
    for _ in range(ROUNDS):
        outflow.edit(both)
        wait_until(lambda: _state(outflow, "second") == "RUNNING", 20, "the second task runs", alive=outflow.child)
        outflow.edit(first)
        wait_until(lambda: names() == {"t"}, 30, "the second task is gone", alive=outflow.child)
        first_round = first_round or (used(), outflow.child.resident_bytes())
    print(f"\nfirst {first_round}, last {used(), outflow.child.resident_bytes()}")
    # Connections to a name server and of a scrape come and go: what has leaked stays.
    wait_until(lambda: all(now <= then for now, then in zip(used(), first_round[0])), 20,
               f"no more descriptors and threads than {first_round[0]}", alive=outflow.child)
    ended = re.findall("Task was removed, and its MQTT session ended", outflow.child.log_text())
    assert len(ended) == ROUNDS
    off = json.loads(json.dumps(first))
    off["tasks"][0]["enabled"] = False
    outflow.edit(off)
    wait_until(lambda: _state(outflow, "t") == "PAUSED", 20, "the task is paused", alive=outflow.child)
    with closing(Publisher(mosquitto.port, f"p-{unique}")) as publisher:
        publisher.publish(sequence(unique, unique, KEYS, 50))
    outflow.edit(first)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 50, 20)
    outflow.stop()


def _state(outflow, name):
    for (metric, labels), value in outflow.scrape().items():
        if metric == "outflow_task_state" and value == 1 and dict(labels)["task"] == name:
            return dict(labels)["state"]
    return None
