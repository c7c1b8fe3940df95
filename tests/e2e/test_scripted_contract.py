"""What is left of the delivery contract (docs/delivery.md, points 4 to 7, 12 and 13), between two scripted brokers."""

import signal
import threading

import pytest

from rig import mqtt_packets as packets
from rig.outflow import task
from rig.process import wait_until
from rig.scripted_rocketmq import Reply

NO_TOPIC = "topic[t] not exist, apply first please!"


def stop(outflow):
    """SIGTERM, without waiting for the end."""
    outflow.child.signal(signal.SIGTERM)
    outflow.child.wait_log("Stopping", 5)


def expect_end(outflow, session, seconds=5):
    session.expect(packets.DISCONNECT, seconds)
    wait_until(lambda: not outflow.child.is_alive(), 5, "outflow ends")
    assert outflow.child.popen.returncode == 0


# --- answers of RocketMQ (points 4 and 5)

def test_an_answer_later_than_the_send_timeout_counts_as_lost(scripted_mqtt, bridge):
    """The batch goes again on a new connection, and the late answer, on the old one, decides nothing."""
    outflow, rocketmq = bridge(sink={"send_timeout_seconds": 1})
    rocketmq.script(Reply(delay=6, stored=True))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    session.expect(packets.PUBACK, packet_id=1, seconds=4)
    first, second = rocketmq.sends()
    assert first.connection != second.connection and first.records() == second.records()
    outflow.wait_value("outflow_delivered_total", lambda value: value == 1, 5)
    assert outflow.value("outflow_lost_answers_total") == 1


@pytest.mark.parametrize("code, remark", [(2, "[REJECTREQUEST]system busy"), (14, ""), (215, ""), (1500, ""),
                                          (1, "create mapped file failed")])
def test_an_outage_answer_uses_up_nothing(scripted_mqtt, bridge, code, remark):
    """One record, refused again and again: neither split nor dead-lettered, nor does the task end."""
    outflow, rocketmq = bridge()
    rocketmq.script(*[Reply(code, remark) for _ in range(4)])
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    session.expect(packets.PUBACK, packet_id=1, seconds=20)
    assert rocketmq.bodies() == [b"1"] and len(rocketmq.sends()) == 5
    outflow.wait_value("outflow_delivered_total", lambda value: value == 1, 5)


def test_another_queue_is_not_tried_while_one_holds(scripted_mqtt, bridge):
    """Order goes before speed: what is bound to a queue waits for it."""
    _, rocketmq = bridge(queues=4)
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"0", 1)
    session.expect(packets.PUBACK, packet_id=1)
    home = rocketmq.sends()[0].queue
    rule = rocketmq.rule(Reply(14), queue_id=home)
    for number in range(2, 12):
        session.publish("a/1", b"%d" % (number - 1), number)
    session.expect_nothing(1.5)
    rocketmq.remove_rule(rule)
    session.expect_acks(range(2, 12))
    assert {queue for _, queue, _, _ in rocketmq.stored()} == {home}
    assert rocketmq.bodies() == [b"%d" % number for number in range(11)]


# --- outages (point 6)

def test_an_outage_is_held_and_said_and_drains_by_itself(scripted_mqtt, bridge):
    outflow, rocketmq = bridge()
    session = scripted_mqtt.accept()
    session.start()
    rocketmq.script(Reply(silence=True))
    session.publish("a/1", b'{"s":0}', 1)
    rocketmq.wait_sends(1)
    rocketmq.unlisten()
    session.publish_many("a/1", range(1, 2000), first_id=2)
    outflow.child.wait_log(r"RUNNING: sink holds .* is unreachable", 10)
    session.expect_nothing(1)
    assert outflow.value("outflow_in_flight") == 2000
    rocketmq.listen()
    session.expect_acks(range(1, 2001), seconds=15)
    assert rocketmq.bodies() == [b'{"s":%d}' % number for number in range(2000)]


def test_in_an_outage_reading_stops_at_the_byte_budget_and_nothing_is_dropped(scripted_mqtt, bridge):
    outflow, rocketmq = bridge()
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"first", 1)
    session.expect(packets.PUBACK, packet_id=1)
    rocketmq.unlisten()
    bodies = [b"%06d" % number + bytes(64 * 1024) for number in range(600)]  # more than budget and socket buffers

    def publish_all():
        for number, body in enumerate(bodies):
            session.publish("a/1", body, 2 + number)
    publisher = threading.Thread(target=publish_all, daemon=True)
    publisher.start()
    outflow.wait_value("outflow_held_bytes", lambda value: value >= 16 << 20, 20)
    session.expect_nothing(1)
    assert outflow.value("outflow_held_bytes") < 20 << 20 and publisher.is_alive()
    rocketmq.listen()
    session.expect_acks(range(2, 602), seconds=30)
    assert rocketmq.bodies()[1:] == bodies


# --- no route (point 7)

def test_no_such_topic_at_the_broker_is_an_outage_for_a_constant_topic(scripted_mqtt, bridge):
    outflow, rocketmq = bridge()
    rocketmq.script(Reply(17, NO_TOPIC), Reply(17, NO_TOPIC))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    session.expect(packets.PUBACK, packet_id=1, seconds=20)
    assert rocketmq.bodies() == [b"1"] and outflow.child.is_alive()


@pytest.mark.parametrize("where", ["name server", "broker"])
def test_no_such_topic_concerns_one_record_when_the_topic_is_computed(scripted_mqtt, bridge, folder, where):
    outflow, rocketmq = bridge(rocketmq_topic="$.data.body.to", server={"auto_create": False},
                               property={"dead_letter": {"file": str(folder / "dead.jsonl")}})
    if where == "broker":
        rocketmq.create_topic("gone", 1)
        rocketmq.rule(Reply(17, NO_TOPIC), topic="gone")
    session = scripted_mqtt.accept()
    session.start()
    for number, to in enumerate([b"t", b"gone", b"t"], 1):
        session.publish("a/1", b'{"to":"%s"}' % to, number)
    session.expect_acks([1, 2, 3])
    assert [topic for topic, _, _, _ in rocketmq.stored()] == ["t", "t"]
    outflow.wait_value("outflow_dead_lettered_total", lambda value: value == 1, 5)


def test_a_route_without_a_writable_queue_is_an_outage(scripted_mqtt, scripted_rocketmq, run_outflow):
    rocketmq = scripted_rocketmq(topics={"t": 1})
    rocketmq.route = {
        "brokerDatas": [{"brokerAddrs": {"0": rocketmq.address}, "brokerName": "broker-a", "cluster": "DefaultCluster"}],
        "queueDatas": [{"brokerName": "broker-a", "perm": 4, "readQueueNums": 1, "topicSysFlag": 0, "writeQueueNums": 1}]}
    outflow = run_outflow(task(scripted_mqtt.port, rocketmq.address, topic="a/#"))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    outflow.child.wait_log("no queue that can be written to", 10)
    session.expect_nothing(0.5)
    rocketmq.route = None
    session.expect(packets.PUBACK, packet_id=1)


# --- QoS 0 (point 12)

def test_qos_0_waits_in_memory_while_rocketmq_refuses(scripted_mqtt, bridge):
    outflow, rocketmq = bridge(qos=0)
    rocketmq.script(*[Reply(14) for _ in range(3)])
    session = scripted_mqtt.accept()
    session.start()
    for number in range(20):
        session.publish("a/1", b"%d" % number, qos=0)
    rocketmq.wait_stored(20)
    assert rocketmq.bodies() == [b"%d" % number for number in range(20)]
    session.expect_nothing(0.2)


def test_a_stop_settles_qos_0_messages_that_wait(scripted_mqtt, bridge):
    outflow, rocketmq = bridge(qos=0)
    rocketmq.script(Reply(delay=1.5))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"0", qos=0)
    rocketmq.wait_sends(1)
    for number in range(1, 10):
        session.publish("a/1", b"%d" % number, qos=0)
    outflow.wait_value("outflow_received_total", lambda value: value == 10, 5)
    stop(outflow)
    expect_end(outflow, session)
    assert rocketmq.bodies() == [b"%d" % number for number in range(10)]


# --- stop (point 13)

def test_a_stop_settles_what_is_in_flight_and_takes_nothing_new(scripted_mqtt, bridge):
    outflow, rocketmq = bridge()
    rocketmq.script(Reply(delay=1.5))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    rocketmq.wait_sends(1)
    session.publish("a/1", b"2", 2)
    outflow.wait_value("outflow_received_total", lambda value: value == 2, 5)
    stop(outflow)
    session.publish("a/1", b"3", 3)
    session.expect_acks([1, 2])
    expect_end(outflow, session)
    assert rocketmq.bodies() == [b"1", b"2"]


def test_what_a_stop_cannot_settle_stays_unacknowledged(scripted_mqtt, bridge):
    outflow, rocketmq = bridge()
    rocketmq.rule(Reply(14))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    rocketmq.wait_sends(1)
    stop(outflow)
    expect_end(outflow, session, seconds=15)  # the first packet: no acknowledgement came before it
