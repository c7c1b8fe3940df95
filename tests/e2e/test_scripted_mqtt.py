"""A scripted MQTT broker does what real ones will not do on demand."""

import threading

import pytest

from rig import frames
from rig import mqtt_packets as packets
from rig.process import wait_until
from rig.scripted_rocketmq import Reply

# --- which arrival is a redelivery (docs/delivery.md, section 3)

def test_a_dup_of_an_unacknowledged_message_is_delivered_once(scripted_mqtt, bridge):
    outflow, rocketmq = bridge()
    rocketmq.script(Reply(delay=1.5))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 7)
    rocketmq.wait_sends(1)
    session.publish("a/1", b"1", 7, dup=True)
    session.expect(packets.PUBACK, packet_id=7)
    outflow.wait_value("outflow_redeliveries_total", lambda value: value == 1, 5)
    assert rocketmq.bodies() == [b"1"] and outflow.value("outflow_received_total") == 1


def test_the_same_id_without_dup_is_a_new_message(scripted_mqtt, bridge):
    _, rocketmq = bridge()
    rocketmq.script(Reply(delay=1.0))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 7)
    rocketmq.wait_sends(1)
    session.publish("a/1", b"1", 7)
    session.expect_acks([7, 7])
    assert rocketmq.bodies() == [b"1", b"1"]


def test_an_id_used_again_after_its_acknowledgement_is_a_new_message_even_if_identical(scripted_mqtt, bridge):
    _, rocketmq = bridge()
    session = scripted_mqtt.accept()
    session.start()
    for _ in range(3):
        session.publish("a/1", b"same", 1)
        session.expect(packets.PUBACK, packet_id=1)
    assert rocketmq.bodies() == [b"same"] * 3


def test_another_content_under_a_held_id_is_a_new_message(scripted_mqtt, bridge):
    _, rocketmq = bridge()
    rocketmq.script(Reply(delay=1.0))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 7)
    rocketmq.wait_sends(1)
    session.publish("a/1", b"2", 7, dup=True)
    session.expect_acks([7, 7])
    assert rocketmq.bodies() == [b"1", b"2"]


@pytest.mark.parametrize("dup", [False, True])
def test_after_a_reconnect_a_held_message_comes_again_and_is_stored_once(scripted_mqtt, bridge, dup):
    outflow, rocketmq = bridge()
    rocketmq.script(Reply(delay=3))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 7)
    rocketmq.wait_sends(1)
    session.close(reset=True)
    again = scripted_mqtt.accept()
    again.start(session_present=True)
    again.publish("a/1", b"1", 7, dup=dup)
    again.publish("a/1", b"2", 8)
    again.expect_acks([7, 8])
    assert rocketmq.bodies() == [b"1", b"2"]


def test_a_stale_acknowledgement_is_never_sent(scripted_mqtt, bridge):
    """The old connection's id 7 must not be acknowledged on the new one, where id 7 is another message."""
    outflow, rocketmq = bridge()
    rocketmq.script(Reply(delay=2), Reply(delay=2))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 7)
    rocketmq.wait_sends(1)
    session.close(reset=True)
    again = scripted_mqtt.accept()
    again.start(session_present=True)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 1, 10)
    again.expect_nothing(0.5)  # its acknowledgement belongs to no connection
    again.publish("a/1", b"other", 7)
    rocketmq.wait_sends(2)
    again.expect_nothing(1)
    again.expect(packets.PUBACK, packet_id=7)
    assert rocketmq.bodies() == [b"1", b"other"]


# --- the session

def test_an_overrun_of_receive_maximum_is_taken_and_acknowledged_in_order(scripted_mqtt, bridge):
    _, rocketmq = bridge(source={"receive_maximum": 10})
    rocketmq.script(Reply(delay=1))
    session = scripted_mqtt.accept()
    connect, _ = session.start()
    assert connect["properties"]["receive_maximum"] == 10
    session.publish_many("a/1", range(200))
    session.expect_acks(range(1, 201), seconds=20)
    assert rocketmq.bodies() == [b'{"s":%d}' % n for n in range(200)]


def test_acknowledgements_leave_in_the_order_of_receipt(scripted_mqtt, bridge):
    """Of many queues one answers late: what came after its message waits for it."""
    outflow, rocketmq = bridge(queues=8)
    rocketmq.script(Reply(delay=2))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/slow", b"0", 1)
    rocketmq.wait_sends(1)
    for number in range(2, 40):
        session.publish(f"a/{number}", b"%d" % number, number)
    rocketmq.wait_stored(10, 5)  # others' delivery goes on
    session.expect_nothing(0.5)
    session.expect_acks(range(1, 40))


@pytest.mark.parametrize("version", [5, 4])
def test_a_lost_session_is_said_and_subscribed_anew(scripted_mqtt, bridge, version):
    outflow, rocketmq = bridge(protocol={5: "5", 4: "3.1.1"}[version])
    session = scripted_mqtt.accept()
    connect, _ = session.start()
    assert connect["version"] == version and not connect["clean"]
    session.close(reset=True)
    again = scripted_mqtt.accept()
    connect, subscribe = again.start(session_present=False)
    assert not connect["clean"] and subscribe["filters"][0][0] == "a/#"
    again.publish("a/1", b"1", 1)
    again.expect(packets.PUBACK, packet_id=1)
    assert "session" in outflow.child.log_text().lower()


def test_what_waited_with_retain_set_is_delivered_in_3_1_1(scripted_mqtt, bridge):
    """aedes gives what it kept for us with RETAIN set and DUP not set, in a session that was there."""
    _, rocketmq = bridge(protocol="3.1.1")
    session = scripted_mqtt.accept()
    session.start(session_present=True)
    for number in range(1, 41):
        session.publish("a/1", b"%d" % number, number, retain=True)
    session.expect_acks(range(1, 41))
    assert rocketmq.bodies() == [b"%d" % number for number in range(1, 41)]


def test_3_1_1_does_not_ask_for_retained_messages_again(scripted_mqtt, bridge):
    bridge(protocol="3.1.1")
    session = scripted_mqtt.accept()
    session.start(session_present=True)  # an earlier process may have ended before its SUBSCRIBE
    session.close(reset=True)
    again = scripted_mqtt.accept()
    again.expect(packets.CONNECT)
    again.send(packets.connack(4, True))
    again.publish("a/1", b"1", 1)
    again.expect(packets.PUBACK, packet_id=1)


@pytest.mark.slow
def test_a_session_that_delivers_nothing_is_tried_once_with_a_larger_receive_maximum(scripted_mqtt, bridge):
    """Artemis: what was in flight at the disconnect still counts; it reaches Receive Maximum, so nothing comes."""
    _, rocketmq = bridge(source={"receive_maximum": 10})
    rocketmq.script(Reply(silence=True))
    session = scripted_mqtt.accept()
    session.start()
    session.publish_many("a/1", range(10))
    rocketmq.wait_sends(1)
    session.close(reset=True)
    stuck = scripted_mqtt.accept()
    stuck.start(session_present=True)
    larger = scripted_mqtt.accept(90)
    connect, _ = larger.start(session_present=True)
    assert connect["properties"]["receive_maximum"] > 10


@pytest.mark.slow
@pytest.mark.parametrize("usual, larger_one", [(10, 60_000), (60_000, 65_535)])
def test_a_silent_session_after_a_start_is_tried_once_with_a_larger_receive_maximum(scripted_mqtt, bridge, usual, larger_one):
    """Artemis after a restart of the client, which knows of nothing that is in flight. No fault: the topic may be quiet."""
    outflow, rocketmq = bridge(source={"receive_maximum": usual})
    quiet = scripted_mqtt.accept()
    quiet.start(session_present=True)
    larger = scripted_mqtt.accept(30)
    connect, _ = larger.start(session_present=True)
    assert connect["properties"].get("receive_maximum", 65_535) == larger_one
    larger.publish("a/1", b"1", 1)
    larger.expect(packets.PUBACK, packet_id=1)
    assert rocketmq.bodies() == [b"1"]
    assert "RUNNING:" not in outflow.child.log_text() and " WARN " not in outflow.child.log_text()


def test_mqtt_5_is_tried_first_and_3_1_1_after_a_close_without_an_answer(scripted_mqtt, bridge):
    bridge()
    first = scripted_mqtt.accept()
    first.expect(packets.CONNECT, version=5)
    first.close()
    second = scripted_mqtt.accept()
    assert second.start()[0]["version"] == 4
    second.publish("a/1", b"1", 1)
    second.expect(packets.PUBACK, packet_id=1)


@pytest.mark.parametrize("reason, ends", [(0x87, True), (0x86, True), (0x85, True), (0x88, False), (0x89, False)])
def test_a_refused_connect_fails_the_task_or_is_tried_again(scripted_mqtt, bridge, reason, ends):
    outflow, _ = bridge()
    session = scripted_mqtt.accept()
    session.expect(packets.CONNECT)
    session.send(packets.connack(5, False, reason))
    if ends:
        wait_until(lambda: not outflow.child.is_alive(), 15, "outflow ends")
        assert outflow.child.popen.returncode != 0
    else:
        scripted_mqtt.accept(30).start()


@pytest.mark.parametrize("grant", [[0x87], [0x80], [0]])
def test_a_subscription_refused_or_granted_below_what_was_asked_fails_the_task(scripted_mqtt, bridge, grant):
    outflow, _ = bridge()
    scripted_mqtt.accept().start(grant=grant)
    wait_until(lambda: not outflow.child.is_alive(), 15, "outflow ends")
    assert outflow.child.popen.returncode != 0


def test_a_broker_that_answers_no_ping_is_left(scripted_mqtt, bridge):
    bridge(source={"keep_alive_seconds": 2})
    session = scripted_mqtt.accept()
    session.answer_pings = False
    session.start()
    scripted_mqtt.accept(15).start(session_present=True)


def test_a_stop_waits_until_the_broker_has_closed(scripted_mqtt, bridge):
    """Closing first could reset the connection under acknowledgements that the broker has not read."""
    outflow, rocketmq = bridge()
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    session.expect(packets.PUBACK, packet_id=1)
    stopping = threading.Thread(target=outflow.stop)
    stopping.start()
    session.expect(packets.DISCONNECT)
    session.publish_many("a/1", range(100), 2)
    assert not session.closed.wait(0.5)
    session.close()
    stopping.join(10)
    assert not stopping.is_alive() and rocketmq.bodies() == [b"1"]


def test_a_stop_waits_not_long_for_a_broker_that_does_not_close(scripted_mqtt, bridge):
    outflow, _ = bridge()
    session = scripted_mqtt.accept()
    session.start()
    outflow.wait_running()
    stopping = threading.Thread(target=outflow.stop)
    stopping.start()
    session.expect(packets.DISCONNECT)
    session.expect_closed(10)
    stopping.join(10)
    assert not stopping.is_alive()


@pytest.mark.parametrize("garbage", [b"\x00\x00", b"\x32\xff\xff\xff\xff\x01", b"\x36\x05\x00\x01a\x00\x01",
                                     packets.packet(packets.PUBLISH, 2, b"\x00\x03a/1\x00\x00\x00x")])
def test_a_malformed_packet_ends_the_connection_and_harms_nothing_else(scripted_mqtt, bridge, garbage):
    _, rocketmq = bridge()
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"before", 1)
    session.expect(packets.PUBACK, packet_id=1)
    session.send(garbage)
    session.expect_closed()
    again = scripted_mqtt.accept()
    again.start(session_present=True)
    again.publish("a/1", b"after", 1)
    again.expect(packets.PUBACK, packet_id=1)
    assert rocketmq.bodies() == [b"before", b"after"]


def test_splits_at_every_byte_on_both_sides(scripted_mqtt, bridge):
    _, rocketmq = bridge()
    rocketmq.answer(frames.GET_ROUTE, Reply(chunk=1))
    rocketmq.script(*[Reply(chunk=1) for _ in range(20)])
    session = scripted_mqtt.accept()
    session.expect(packets.CONNECT)
    session.send(packets.connack(5, False, 0, {"receive_maximum": 50, "reason_string": "split"}), split=1)
    subscribe = session.expect(packets.SUBSCRIBE)
    session.send(packets.suback(subscribe["packet_id"], [1]), split=1)
    properties = {"user_property": [("a", "b"), ("c", "d")], "content_type": "text/plain", "correlation_data": b"\x00\x01"}
    for number in range(1, 6):
        session.publish("a/1", b"x" * (50 * number), number, properties=properties, split=1)
    session.expect_acks(range(1, 6))
    assert rocketmq.bodies() == [b"x" * (50 * number) for number in range(1, 6)]


# --- QoS 2

def test_qos_2_is_acknowledged_when_stored_and_a_copy_is_answered_only(scripted_mqtt, bridge):
    _, rocketmq = bridge(qos=2)
    rocketmq.script(Reply(delay=1))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 5, qos=2)
    session.expect_nothing(0.5)
    session.expect(packets.PUBREC, packet_id=5, reason=0)
    session.publish("a/1", b"1", 5, qos=2, dup=True)
    session.expect(packets.PUBREC, packet_id=5)
    session.send(packets.acknowledgement(packets.PUBREL, 5))
    session.expect(packets.PUBCOMP, packet_id=5, reason=0)
    session.send(packets.acknowledgement(packets.PUBREL, 5))
    session.expect(packets.PUBCOMP, packet_id=5, reason=0x92)
    session.publish("a/1", b"1", 5, qos=2)
    session.expect(packets.PUBREC, packet_id=5)
    assert rocketmq.bodies() == [b"1", b"1"]


def test_qos_2_ids_answered_with_pubrec_survive_a_reconnect(scripted_mqtt, bridge):
    _, rocketmq = bridge(qos=2)
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 5, qos=2)
    session.expect(packets.PUBREC, packet_id=5)
    session.close(reset=True)
    again = scripted_mqtt.accept()
    again.start(session_present=True)
    again.publish("a/1", b"1", 5, qos=2, dup=True)
    again.expect(packets.PUBREC, packet_id=5)
    again.send(packets.acknowledgement(packets.PUBREL, 5))
    again.expect(packets.PUBCOMP, packet_id=5, reason=0)
    assert rocketmq.bodies() == [b"1"]
