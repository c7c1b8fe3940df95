"""The rig itself: it starts real brokers, and its oracle finds what it is there to find."""

import json
import re
import socket
import time
from pathlib import Path

import pytest

from rig import frames
from rig import mqtt_packets as packets
from rig.load import Load
from rig.message import parse, payload
from rig.mqtt import Obligations, Publisher, sequence
from rig.oracle import judge
from rig.outflow import check_identity, parse_metrics
from rig.process import wait_until
from rig.proxy import Arrival
from rig.scripted_rocketmq import Reply
from rig.java import Missing
from conftest import or_skip


def test_mosquitto_takes_100000_messages_a_publisher_counts(mosquitto, folder, unique):
    publisher = Publisher(mosquitto.port, unique, window=2000)
    obligations = Obligations(folder / "obligations")
    keys = [f"k{index}" for index in range(64)]
    messages = list(sequence(unique, unique, keys, 100_000, 200))
    began = time.monotonic()
    assert publisher.publish(messages, obligations) == 100_000
    rate = 100_000 / (time.monotonic() - began)
    publisher.close()
    assert len(Obligations.load(obligations.path)) == 100_000
    print(f"\n{rate:.0f} messages a second at QoS 1")


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_publisher_speaks_every_version_and_qos(mosquitto, folder, unique, version, qos):
    publisher = Publisher(mosquitto.port, unique, version)
    obligations = Obligations(folder / "obligations")
    assert publisher.publish(sequence(unique, unique, ["a"], 500), obligations, qos=qos) == 500
    assert len(Obligations.load(obligations.path)) == (500 if qos else 0)


@pytest.mark.parametrize("version", ["5.3.3", "4.9.7"])
def test_what_a_raw_producer_sent_is_read_by_the_official_client(rocketmq5, rocketmq4, unique, version):
    cluster = rocketmq5 if version == "5.3.3" else rocketmq4
    cluster.create_topic(unique, 4)
    properties = {"UNIQ_KEY": "u1", "KEYS": "k1 k2", "TAGS": "ta", "plant": 'h"z\u00e9'}
    with frames.Connection(("127.0.0.1", cluster.brokers[0].port)) as connection:
        single = connection.call(frames.SEND_V2, frames.send_header(unique, 1, properties, False), b"hello", frames.BINARY)
        assert single.code == 0, single
        records = [(payload(unique, "k", number), {"UNIQ_KEY": f"b{number}"}) for number in range(1000)]
        batch = connection.call(frames.SEND_BATCH, frames.send_header(unique, 2, {}, True), frames.encode_batch(records))
        assert batch.code == 0, batch
    cluster.wait_count(unique, 1001, 10)
    messages = cluster.read(unique)
    hello = [message for message in messages if message["queue"] == 1]
    assert [(m["body"], m["keys"], m["tags"], m["properties"]["plant"]) for m in hello] == [
        (b"hello", "k1 k2", "ta", 'h"z\u00e9')]
    verdict = judge(unique, {("k", number) for number in range(1000)}, [m for m in messages if m["queue"] == 2])
    verdict.check()


def test_rabbitmq_keeps_what_it_acknowledged_over_a_kill(rabbitmq, folder, unique):
    with_session = _subscriber(rabbitmq.port, unique, f"{unique}/#")
    with_session.close()
    load = Load(folder, rabbitmq.port, unique, ["a", "b"], count=500, version=4, prefix=unique)
    load.wait(30)
    rabbitmq.kill()
    rabbitmq.start()
    sock = _subscriber(rabbitmq.port, unique, None)
    got, buffer = set(), bytearray()
    sock.settimeout(10)
    while len(got) < 500:
        data = sock.recv(65536)
        assert data, "closed"
        buffer += data
        found, used = packets.split(buffer)
        del buffer[:used]
        for first, body in found:
            message = packets.decode(first, body, 4)
            if message["kind"] == packets.PUBLISH:
                got.add(parse(message["payload"])[1:])
                sock.sendall(packets.acknowledgement(packets.PUBACK, message["packet_id"]))
    sock.close()
    assert got == load.owed()


def _subscriber(port, client_id, topic):
    """A socket with a persistent session of 3.1.1, subscribed to `topic` unless that is None."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.sendall(packets.connect(client_id, 4, clean=False))
    assert sock.recv(4)[0] >> 4 == packets.CONNACK
    if topic:
        sock.sendall(packets.subscribe(1, [(topic, 1)], 4))
        assert sock.recv(5)[0] >> 4 == packets.SUBACK
    return sock


def _stored(*places, queue=0, run="r"):
    return [{"broker": "b", "queue": queue, "offset": offset, "storeTimestamp": 1000 + offset,
             "body": payload(run, key, number)} for offset, (key, number) in enumerate(places)]


OWED = {("a", 0), ("a", 1), ("b", 0)}


@pytest.mark.parametrize("name, messages, fault", [
    ("all there", _stored(("a", 0), ("b", 0), ("a", 1)), None),
    ("more than is owed", _stored(("a", 0), ("b", 0), ("a", 1), ("a", 2)), None),
    ("a loss", _stored(("a", 0), ("b", 0)), "missing"),
    ("a duplicate", _stored(("a", 0), ("a", 1), ("a", 1), ("b", 0)), "duplicates"),
    ("a duplicate run", _stored(("a", 0), ("a", 1), ("a", 0), ("a", 1), ("b", 0)), "duplicates"),
    ("an inversion", _stored(("a", 1), ("a", 0), ("b", 0)), "out of order"),
    ("another run's", _stored(("a", 0), ("a", 1), ("b", 0)) + _stored(("a", 0), run="x"), "unknown"),
    ("damage", _stored(("a", 0), ("a", 1), ("b", 0)) + [
        {"broker": "b", "queue": 0, "offset": 9, "storeTimestamp": 9, "body": payload("r", "a", 3)[:-3]}], "damaged"),
])
def test_oracle_finds(name, messages, fault):
    verdict = judge("r", OWED, messages)
    if fault is None:
        verdict.check()
    else:
        with pytest.raises(AssertionError, match=fault):
            verdict.check()


def test_oracle_counts_duplicates_after_each_kill():
    messages = _stored(("a", 0), ("a", 0), ("a", 1), ("a", 1), ("a", 1), ("b", 0))
    verdict = judge("r", OWED, messages, faults_ms=[1002, 1004])
    assert (verdict.duplicates, verdict.duplicates_after) == (3, [1, 1, 1])


KILL = 100  # the time of the one kill below


@pytest.mark.parametrize("name, sent, stored, inversions, reordered", [
    ("as sent", [(1, 0), (2, 1)], [(5, 0), (6, 1)], [], 0),
    ("swapped on the way", [(1, 0), (2, 1), (3, 2)], [(5, 0), (6, 2), (7, 1)], [(2, 0)], 0),
    ("sent out of order", [(101, 2), (102, 0), (103, 1)], [(105, 2), (106, 0), (107, 1)], [], 2),
    ("sent out of order and swapped on the way", [(101, 2), (102, 0), (103, 1)], [(105, 2), (106, 1), (107, 0)],
     [(1, 2)], 0),
    ("sent out of order and sorted on the way", [(101, 2), (102, 0), (103, 1)], [(105, 0), (106, 1), (107, 2)],
     [(0, -1), (1, 0)], 0),
    ("sent again behind newer ones", [(1, 0), (2, 1), (3, 2), (101, 3), (102, 1), (103, 2)],
     [(10, 0), (105, 3), (106, 1), (107, 2)], [], 2),
    ("all sent again, and the last ones first", [(1, 0), (2, 1), (3, 2), (4, 3), (101, 3), (102, 1), (103, 2)],
     [(10, 0), (105, 3), (106, 1), (107, 2)], [], 2),
    ("stored before the kill, and again", [(1, 0), (2, 1), (3, 2), (101, 2), (102, 0), (103, 1)],
     [(10, 0), (11, 1), (105, 2), (106, 0), (107, 1)], [], 0),
    ("passed over before a kill, and sent again", [(1, 0), (2, 1), (3, 2), (101, 0), (102, 1), (103, 2)],
     [(10, 1), (105, 0), (106, 1), (107, 2)], [(1, -1)], 0),
    ("never sent", [(1, 0)], [(5, 0), (6, 1)], [(1, 0)], 0),
])
def test_oracle_tells_the_mqtt_brokers_order_from_ours(name, sent, stored, inversions, reordered):
    arrivals = [Arrival(KILL if when > KILL else 0, when, False, payload("r", "a", number)) for when, number in sent]
    messages = [{"broker": "b", "queue": 0, "offset": offset, "storeTimestamp": when, "body": payload("r", "a", number)}
                for offset, (when, number) in enumerate(stored)]
    verdict = judge("r", set(), messages, [KILL], arrivals)
    assert verdict.inversions == [("a", *one) for one in inversions]
    assert verdict.reordered == reordered


def test_a_recording_proxy_keeps_what_the_broker_sent(scripted_mqtt, proxy):
    between = proxy(scripted_mqtt.port, recording=True)
    for version in (4, 5):
        with socket.create_connection(("127.0.0.1", between.port)) as client:
            client.sendall(packets.connect("c", version))
            session = scripted_mqtt.accept()
            session.send(packets.connack(version))
            session.send(packets.publish("t", b"%d" % version, 1, 7, dup=version == 5, version=version), split=1)
            wait_until(lambda: between.last is not None and between.last.publishes == 1, 10, "it passed")
    arrivals = between.arrivals()
    assert [(a.payload, a.dup) for a in arrivals] == [(b"4", False), (b"5", True)]
    assert arrivals[0].connected <= arrivals[0].when <= arrivals[1].connected <= arrivals[1].when


def test_identity_check_finds_what_does_not_add_up():
    text = ('# TYPE outflow_received_total counter\noutflow_received_total{task="t"} 5\noutflow_delivered_total{task="t"} 2\n'
            'outflow_filtered_total{task="t"} 1\noutflow_in_flight{task="t"} %d\n')
    assert check_identity(parse_metrics(text % 2)) == 1
    with pytest.raises(AssertionError, match="does not add up"):
        check_identity(parse_metrics(text % 3))


@pytest.mark.parametrize("kind", [frames.JSON, frames.BINARY])
def test_scripted_rocketmq_follows_its_script(scripted_rocketmq, kind):
    server = scripted_rocketmq(topics={"t": 2}, kind=kind)
    code, route = frames.get_route(server.port, "t")
    assert code == 0 and route["queueDatas"][0]["writeQueueNums"] == 2
    assert frames.get_route(server.port, "other")[0] == 17
    server.script(Reply(2, "[TIMEOUT_CLEAN_QUEUE]"), Reply(10), Reply(chunk=1), Reply(silence=True, close=True, stored=True))
    with frames.Connection(("127.0.0.1", server.port)) as connection:
        header = frames.send_header("t", 1, {"KEYS": "k"}, False)
        assert [connection.call(frames.SEND_V2, header, body).code for body in (b"1", b"2", b"3")] == [2, 10, 0]
        with pytest.raises(ConnectionError):
            connection.call(frames.SEND_BATCH, frames.send_header("t", 0, {}, True), frames.encode_batch([(b"4", {})]))
    assert server.stored() == [("t", 1, b"2", {"KEYS": "k"}), ("t", 1, b"3", {"KEYS": "k"}), ("t", 0, b"4", {})]


def test_scripted_mqtt_holds_a_conversation(scripted_mqtt, unique):
    import threading
    results = []

    def publish():
        publisher = Publisher(scripted_mqtt.port, unique)
        results.append(publisher.publish([("a", b"x", ("a", 0), {"content_type": "text/plain"})]))
    thread = threading.Thread(target=publish)
    thread.start()
    session = scripted_mqtt.accept()
    session.play([("expect", packets.CONNECT, {"client_id": unique}), ("send", packets.connack())])
    message = session.expect(packets.PUBLISH, topic="a", payload=b"x")
    assert message["properties"] == {"content_type": "text/plain"}
    session.send(packets.acknowledgement(packets.PUBACK, message["packet_id"]), split=1)
    thread.join(10)
    assert results == [1]


def test_tests_neither_sleep_nor_draw_numbers_without_a_seed():
    found = [f"{file.name}:{number}" for file in sorted(Path(__file__).parent.glob("test_*.py"))
             for number, line in enumerate(file.read_text().splitlines(), 1)
             if re.search(r"\bsleep\(|\brandom\.(?!Random\(\w)|\bSystemRandom\b", line)]
    assert not found, "wait for the condition (rig/process.py), take rig/chance.py"


def test_a_missing_thing_skips_with_its_reason():
    def missing():
        raise Missing("no such thing (tools/install test)")
    with pytest.raises(pytest.skip.Exception, match="no such thing"):
        or_skip(missing)


def test_task_files_are_plain_yaml(folder):
    from rig.outflow import task
    content = task(1883, "127.0.0.1:9876", batch={"messages": 7}, filter={"data": {"body": {"t": [{"numeric": [">", 1]}]}}})
    assert json.loads(json.dumps(content)) == content
    assert content["tasks"][0]["source"]["batch"] == {"messages": 7} and "batch" not in content["tasks"][0]
