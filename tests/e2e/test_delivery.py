"""Mosquitto -> outflow -> RocketMQ 4.9.7 and 5.3.3, read back with the official client."""

import base64
import json
import os
import signal
import time

import pytest

from rig.load import Load
from rig.message import parse, payload
from rig.mosquitto import Mosquitto
from rig.mqtt import Obligations, Publisher, sequence
from rig.oracle import judge
from rig.outflow import Scraper, task
from rig.process import stays, wait_until
from rig.rocketmq import PUBLISH_KEY, PUBLISH_SECRET

MAPPED = {"properties": "$.data.userProperties", "keys": "$.data.systemProperties.KEYS",
          "tags": "$.data.systemProperties.TAGS"}


def _user_properties(key, number):
    return {"user_property": [("plant", f"h\u00e4-{key}"), ("KEYS", f"key-{key}-{number}"), ("TAGS", f"tag-{key}")],
            "content_type": "application/json"}


# Pairwise over RocketMQ, MQTT, QoS and data format.
@pytest.mark.parametrize("rocketmq, mqtt, qos, data_format", [
    ("5.3.3", 5, 1, "JSON"), ("5.3.3", 5, 2, "Text"), ("5.3.3", 4, 0, "Binary"), ("5.3.3", 4, 1, "Text"),
    ("4.9.7", 5, 0, "Text"), ("4.9.7", 5, 1, "Binary"), ("4.9.7", 4, 2, "JSON"), ("4.9.7", 5, 0, "JSON"),
    ("5.3.3", 5, 2, "Binary"),
])
def test_delivers(mosquitto, rocketmq5, rocketmq4, run_outflow, folder, unique, rocketmq, mqtt, qos, data_format):
    cluster = rocketmq5 if rocketmq == "5.3.3" else rocketmq4
    cluster.create_topic(unique, 4)
    outflow = run_outflow(task(mosquitto.port, cluster.address, topic=f"{unique}/#", rocketmq_topic=unique, qos=qos,
                               data_format=data_format, protocol={4: "3.1.1", 5: "5"}[mqtt], sink=MAPPED))
    outflow.wait_running()
    publisher = Publisher(mosquitto.port, unique, mqtt)
    obligations = Obligations(folder / "obligations")
    keys = [f"k{index}" for index in range(8)]
    count = 4000
    messages = sequence(unique, unique, keys, count, 256, _user_properties if mqtt == 5 else None)
    publisher.publish(messages, obligations, rate=4000 if qos == 0 else None, qos=qos)
    outflow.wait_value("outflow_received_total", lambda value: value == count, 20)
    outflow.wait_value("outflow_in_flight", lambda value: value == 0, 20)
    assert outflow.value("outflow_delivered_total") == count
    cluster.wait_count(unique, count, 20)
    read = cluster.read(unique)
    verdict = judge(unique, Obligations.load(obligations.path), read).check()
    assert verdict.distinct == count
    for message in read if mqtt == 5 else []:
        _, key, number = parse(message["body"])
        assert (message["keys"], message["tags"], message["properties"].get("plant")) == (
            f"key-{key}-{number}", f"tag-{key}", f"h\u00e4-{key}")
    outflow.stop()


def test_100000_messages_over_64_topics_and_8_queues_of_two_masters(mosquitto, own_cluster, run_outflow, folder, unique):
    cluster = own_cluster("5.3.3", masters=2)
    cluster.create_topic(unique, 4)
    outflow = run_outflow(task(mosquitto.port, cluster.address, topic=f"{unique}/#", rocketmq_topic=unique))
    outflow.wait_running()
    scraper = Scraper(outflow)
    began = time.monotonic()
    load = Load(folder, mosquitto.port, unique, [f"k{index}" for index in range(64)], count=100_000, prefix=unique,
                window=2000)
    load.wait(120)
    cluster.wait_count(unique, 100_000, 60)
    print(f"\n100,000 messages in {time.monotonic() - began:.1f} s, {outflow.child.cpu_seconds():.2f} s of processor time, "
          f"{outflow.child.resident_bytes() / 2**20:.0f} MiB")
    outflow.wait_value("outflow_in_flight", lambda value: value == 0, 10)
    scrapes = scraper.stop()
    verdict = judge(unique, load.owed(), cluster.read(unique)).check()
    used = set().union(*verdict.queues_of.values())
    print(f"{verdict}; {len(used)} queues used; {scrapes} scrapes added up")
    assert verdict.distinct == 100_000 and len(used) >= 6
    assert len({broker for broker, _ in used}) == 2
    assert all(len(queues) == 1 for queues in verdict.queues_of.values())


@pytest.mark.parametrize("mqtt", [4, 5])
def test_within_the_default_limits_of_mosquitto_nothing_is_lost(rocketmq5, run_outflow, folder, unique, mqtt):
    """20 in flight and 1,000 queued: bursts of 900, each delivered before the next."""
    mosquitto = Mosquitto(folder, limits=False)
    rocketmq5.create_topic(unique, 4)
    outflow = run_outflow(task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique,
                               protocol={4: "3.1.1", 5: "5"}[mqtt]))
    outflow.wait_running()
    publisher, owed = Publisher(mosquitto.port, unique, mqtt, window=100), Obligations(folder / "obligations")
    for burst in range(5):
        publisher.publish(sequence(unique, unique, ["a", "b", "c"], 900, start=burst * 300), owed)
        outflow.wait_value("outflow_delivered_total", lambda value: value == (burst + 1) * 900, 20)
    rocketmq5.wait_count(unique, 4500, 10)
    assert judge(unique, Obligations.load(owed.path), rocketmq5.read(unique)).check().distinct == 4500
    mosquitto.stop()


def _publish(port, unique, count, start=0):
    publisher = Publisher(port, f"{unique}-{start}")
    publisher.publish(sequence(unique, unique, ["a"], count, start=start))
    publisher.close()


def test_batch_push_by_count(mosquitto, rocketmq5, run_outflow, unique):
    rocketmq5.create_topic(unique, 1)
    outflow = run_outflow(task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique,
                               batch={"messages": 100, "interval_seconds": 15}))
    outflow.wait_running()
    _publish(mosquitto.port, unique, 250)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 200, 5)
    stays(lambda: outflow.value("outflow_delivered_total") == 200, 1, "the rest waits for its batch", 0.1)
    assert outflow.value("outflow_in_flight") == 50
    _publish(mosquitto.port, unique, 50, 250)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 300, 5)
    rocketmq5.wait_count(unique, 300, 5)
    assert [parse(message["body"])[2] for message in rocketmq5.read(unique)] == list(range(300))


def test_batch_push_by_interval(mosquitto, rocketmq5, run_outflow, unique):
    rocketmq5.create_topic(unique, 1)
    outflow = run_outflow(task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique,
                               batch={"messages": 10000, "interval_seconds": 3}))
    outflow.wait_running()
    _publish(mosquitto.port, unique, 30)
    began = time.monotonic()
    outflow.wait_value("outflow_in_flight", lambda value: value == 30, 2)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 30, 6)
    assert 1.5 < time.monotonic() - began < 5


def test_filtered_events_are_acknowledged_and_counted(mosquitto, rocketmq5, run_outflow, folder, unique):
    rocketmq5.create_topic(unique, 4)
    outflow = run_outflow(task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique,
                               filter={"data": {"body": {"t": [{"numeric": [">", 80]}]}}}))
    outflow.wait_running()
    load = Load(folder, mosquitto.port, unique, ["a", "b"], count=4000, prefix=unique)
    load.wait(30)
    wanted = {(key, number) for key, number in load.owed() if number % 100 + 0.5 > 80}
    outflow.wait_value("outflow_delivered_total", lambda value: value == len(wanted), 10)
    outflow.wait_value("outflow_filtered_total", lambda value: value == 4000 - len(wanted), 10)
    rocketmq5.wait_count(unique, len(wanted), 10)
    verdict = judge(unique, wanted, rocketmq5.read(unique)).check()
    assert verdict.distinct == len(wanted)


def test_with_acl_on_4_9_7(mosquitto, own_cluster, run_outflow, folder, unique):
    cluster = own_cluster("4.9.7", acl=True)
    cluster.create_topic(unique, 4)
    access = {"access_key": PUBLISH_KEY, "secret_key": PUBLISH_SECRET}
    outflow = run_outflow(task(mosquitto.port, cluster.address, topic=f"{unique}/#", rocketmq_topic=unique,
                               rocketmq=access))
    outflow.wait_running()
    load = Load(folder, mosquitto.port, unique, ["a", "b"], count=2000, prefix=unique)
    load.wait(30)
    cluster.wait_count(unique, 2000, 20)
    judge(unique, load.owed(), cluster.read(unique)).check()
    wrong = run_outflow(task(mosquitto.port, cluster.address, name="wrong", topic=f"{unique}-w/#", rocketmq_topic=unique,
                             rocketmq=access | {"secret_key": "not-the-secret"}), name="wrong")
    publisher = Publisher(mosquitto.port, f"{unique}-w")
    publisher.publish(sequence(unique, f"{unique}-w", ["w"], 10))
    wait_until(lambda: not wrong.child.is_alive(), 30, "a task with a wrong secret fails")
    assert wrong.child.popen.returncode != 0
    assert "ACL" in wrong.child.log_text().upper() or "signature" in wrong.child.log_text().lower()


def test_a_topic_that_does_not_exist_comes_into_being(mosquitto, rocketmq5, run_outflow, folder, unique):
    outflow = run_outflow(task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique))
    outflow.wait_running()
    load = Load(folder, mosquitto.port, unique, ["a", "b"], count=1000, prefix=unique)
    load.wait(30)
    rocketmq5.wait_count(unique, 1000, 20)
    judge(unique, load.owed(), rocketmq5.read(unique)).check()
    assert unique in outflow.child.log_text()  # it is said


def test_a_clean_stop_leaves_the_rest_to_the_session(mosquitto, rocketmq5, run_outflow, folder, unique):
    rocketmq5.create_topic(unique, 4)
    outflow = run_outflow(task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique))
    outflow.wait_running()
    load = Load(folder, mosquitto.port, unique, ["a", "b"], rate=3000, prefix=unique)
    for _ in range(3):
        held = load.owed_count()
        wait_until(lambda: load.owed_count() > held + 1500, 20, "load goes on")
        outflow.stop()
        outflow.start()
        outflow.wait_running()
    load.stop()
    owed = load.owed()
    judge(unique, owed, rocketmq5.read_settled(unique, len(owed))).check(duplicates_max=0)


def test_a_poison_event_goes_to_the_dead_letter_file_and_its_neighbours_arrive(mosquitto, rocketmq5, run_outflow, folder,
                                                                              unique):
    rocketmq5.create_topic(unique, 1)
    letters = folder / "dead.jsonl"
    outflow = run_outflow(task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique,
                               filter={"data": {"body": {"s": [{"exists": True}]}}},
                               property={"dead_letter": {"file": str(letters)}}))
    outflow.wait_running()
    publisher = Publisher(mosquitto.port, unique)
    bad = b'{"s": \xff no JSON'
    messages = [(f"{unique}/a", bad if number == 50 else payload(unique, "a", number), ("a", number), None)
                for number in range(100)]
    publisher.publish(messages)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 99, 10)
    outflow.wait_value("outflow_dead_lettered_total", lambda value: value == 1, 10)
    rocketmq5.wait_count(unique, 99, 10)
    assert [parse(m["body"])[2] for m in rocketmq5.read(unique)] == [n for n in range(100) if n != 50]
    lines = letters.read_text().splitlines()
    assert len(lines) == 1 and json.loads(lines[0])["reason"]
    assert base64.b64encode(bad).decode() in lines[0] and f"{unique}/a" in lines[0]


def test_dead_letters_go_on_when_their_file_is_rotated(mosquitto, rocketmq5, run_outflow, folder, unique):
    rocketmq5.create_topic(unique, 1)
    letters = folder / "dead.jsonl"
    outflow = run_outflow(task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique,
                               filter={"data": {"body": {"s": [{"exists": True}]}}},
                               property={"dead_letter": {"file": str(letters)}}))
    outflow.wait_running()
    publisher = Publisher(mosquitto.port, unique)
    publisher.publish([(f"{unique}/a", b"bad", ("a", 0), None)])
    outflow.wait_value("outflow_dead_lettered_total", lambda value: value == 1, 10)
    letters.rename(folder / "dead.jsonl.1")
    (folder / "dead.jsonl.1").unlink()
    publisher.publish([(f"{unique}/a", b"bad", ("a", 1), None)])
    outflow.wait_value("outflow_dead_lettered_total", lambda value: value == 2, 10)
    assert len(letters.read_text().splitlines()) == 1
    letters.rename(folder / "dead.jsonl.2")
    os.kill(outflow.child.popen.pid, signal.SIGHUP)
    wait_until(letters.exists, 10, "a new dead-letter file after SIGHUP", alive=outflow.child)
    log = outflow.child.log_text()
    assert log.count("A message goes to the dead letters.") == 1, log  # of one kind of reason one line in 10 s
    outflow.stop()


def test_without_dead_letters_a_poison_event_stops_its_task_unacknowledged(mosquitto, rocketmq5, run_outflow, proxy, unique):
    rocketmq5.create_topic(unique, 1)
    between = proxy(mosquitto.port)
    outflow = run_outflow(task(between.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique,
                               filter={"data": {"body": {"s": [{"exists": True}]}}}))
    outflow.wait_running(proxy=between)
    publisher = Publisher(mosquitto.port, unique)
    publisher.publish([(f"{unique}/a", b"no JSON", ("a", 0), None), (f"{unique}/a", payload(unique, "a", 1), ("a", 1), None)])
    wait_until(lambda: not outflow.child.is_alive(), 20, "the task stops and with it the program")
    assert outflow.child.popen.returncode != 0
    assert sum(connection.acknowledged for connection in between.connections) == 0
