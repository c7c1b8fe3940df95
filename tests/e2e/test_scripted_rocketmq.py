"""A scripted RocketMQ gives every response at every moment."""

import pytest

from rig import frames
from rig import mqtt_packets as packets
from rig.outflow import task
from rig.process import wait_until
from rig.scripted_rocketmq import Reply

ILLEGAL_QUEUE = "request queueId[0] is illegal, TopicConfig [topicName=t] Producer: 127.0.0.1:1"


# --- responses of RocketMQ (docs/delivery.md, sections 4 and 5)

@pytest.mark.parametrize("kind", [frames.JSON, frames.BINARY])
@pytest.mark.parametrize("code", [0, 10, 11, 12])
def test_stored_with_any_status_is_acknowledged_and_never_sent_again(scripted_mqtt, bridge, code, kind):
    _, rocketmq = bridge(server={"kind": kind})
    rocketmq.script(Reply(code))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    session.expect(packets.PUBACK, packet_id=1)
    session.publish("a/1", b"2", 2)  # a resend would stand in front of it, in the one queue
    session.expect(packets.PUBACK, packet_id=2)
    assert [body for send in rocketmq.sends() for body, _ in send.records()] == [b"1", b"2"]


@pytest.mark.parametrize("code, remark", [
    (2, "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while"), (2, "[REJECTREQUEST]system busy"),
    (14, "service not available now"), (215, "flow control"), (1500, "go away"), (1, "create mapped file failed"),
    (29, ILLEGAL_QUEUE), (1, ILLEGAL_QUEUE),
])
def test_a_refusal_that_passes_is_tried_again_until_stored(scripted_mqtt, bridge, code, remark):
    _, rocketmq = bridge()
    rocketmq.script(Reply(code, remark), Reply(code, remark))
    session = scripted_mqtt.accept()
    session.start()
    session.publish_many("a/1", range(5))
    session.expect_acks(range(1, 6), seconds=40)
    assert rocketmq.bodies() == [b'{"s":%d}' % n for n in range(5)]
    unique_keys = [properties["UNIQ_KEY"] for request in rocketmq.sends() for body, properties in request.records()
                   if body == b'{"s":0}']
    assert len(unique_keys) == 3 and len(set(unique_keys)) == 1  # a resend is the same record


@pytest.mark.parametrize("code, remark", [(29, ILLEGAL_QUEUE), (1, ILLEGAL_QUEUE)])
def test_an_illegal_queue_brings_a_new_route(scripted_mqtt, bridge, code, remark):
    _, rocketmq = bridge()
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    session.expect(packets.PUBACK, packet_id=1)
    before = len(rocketmq.of_code(frames.GET_ROUTE))
    rocketmq.script(Reply(code, remark))
    session.publish("a/1", b"2", 2)
    session.expect(packets.PUBACK, packet_id=2, seconds=15)
    assert len(rocketmq.of_code(frames.GET_ROUTE)) > before


@pytest.mark.parametrize("code, remark", [(13, "the message is illegal"), (1, "message body size exceeded")])
def test_a_refused_batch_is_split_and_one_bad_record_hurts_no_neighbour(scripted_mqtt, bridge, folder, code, remark):
    """A RocketMQ that refuses every request with the bad record in it."""
    letters = folder / "dead.jsonl"
    outflow, rocketmq = bridge(property={"dead_letter": {"file": str(letters)}})
    bad = '{"s":13}'
    rocketmq.rule(Reply(code, remark), body_contains=bad, records_min=2)
    rocketmq.rule(Reply(13, "the message is illegal"), body_contains=bad)
    session = scripted_mqtt.accept()
    session.start()
    session.publish_many("a/1", range(50))
    session.expect_acks(range(1, 51), seconds=20)
    assert rocketmq.bodies() == [b'{"s":%d}' % n for n in range(50) if n != 13]
    outflow.wait_value("outflow_dead_lettered_total", lambda value: value == 1, 5)
    assert len(letters.read_text().splitlines()) == 1


@pytest.mark.parametrize("code, remark", [
    (16, "the broker sending message is forbidden"),
    (1, "org.apache.rocketmq.acl.common.AclException: No accessKey is configured"),
])
def test_misconfigured_fails_the_task_and_acknowledges_nothing(scripted_mqtt, bridge, code, remark):
    outflow, rocketmq = bridge()
    rocketmq.script(*[Reply(code, remark) for _ in range(20)])
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    wait_until(lambda: not outflow.child.is_alive(), 20, "outflow ends")
    assert outflow.child.popen.returncode != 0
    assert not [packet for packet in session.all if packet["kind"] == packets.PUBACK]


@pytest.mark.parametrize("reply", [
    Reply(silence=True, stored=True), Reply(delay=4, stored=True), Reply(freeze=True), Reply(silence=True, close=True),
    Reply(raw=b"\x00\x00\x00\x05\x01\x00\x00\xff\x00", close=False, stored=False),
    Reply(raw=b"GET / HTTP/1.1\r\n\r\n", stored=False), Reply(opaque_offset=1000, stored=False),
], ids=["no response", "late", "half-open", "closed instead", "malformed header", "no frame", "wrong opaque"])
def test_a_lost_answer_sends_the_batch_again_after_a_heartbeat(scripted_mqtt, bridge, reply):
    outflow, rocketmq = bridge(sink={"send_timeout_seconds": 1})
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"0", 1)
    session.expect(packets.PUBACK, packet_id=1)
    rocketmq.script(reply)
    session.publish("a/1", b"1", 2)
    session.expect(packets.PUBACK, packet_id=2, seconds=20)
    first, second = check_sent_again(rocketmq, b"1")
    assert any(beat.connection == second.connection and beat.when <= second.when
               for beat in rocketmq.of_code(frames.HEART_BEAT)), "no heartbeat before the resend"
    assert rocketmq.bodies() == [b"0"] + [b"1"] * (2 if first.stored else 1)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 2, 5)


def check_sent_again(rocketmq, body):
    """The two send requests with this record: the same, on two connections."""
    sends = [request for request in rocketmq.sends() if body in [found for found, _ in request.records()]]
    assert len(sends) == 2, f"sent {len(sends)} times"
    first, second = sends
    assert second.connection != first.connection, "sent again on the connection that had lost the response"
    assert first.records() == second.records() and second.stored
    return first, second


def test_an_answer_counts_though_the_connection_ends_behind_it(scripted_mqtt, bridge):
    _, rocketmq = bridge(sink={"send_timeout_seconds": 1})
    rocketmq.script(Reply(close=True))
    session = scripted_mqtt.accept()
    session.start()
    for number in range(1, 3):
        session.publish("a/1", b"%d" % number, number)
        session.expect(packets.PUBACK, packet_id=number, seconds=20)
    first, second = rocketmq.sends()
    assert second.connection != first.connection
    assert rocketmq.bodies() == [b"1", b"2"]


def test_at_most_one_request_of_a_queue_is_under_way_and_batches_form(scripted_mqtt, bridge):
    _, rocketmq = bridge()
    rocketmq.script(Reply(delay=0.5))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b'{"s":0}', 1)
    rocketmq.wait_sends(1)
    session.publish_many("a/1", range(1, 500), first_id=2)
    session.expect_nothing(0.2)
    assert len(rocketmq.sends()) == 1
    session.expect_acks(range(1, 501))
    assert rocketmq.bodies() == [b'{"s":%d}' % n for n in range(500)]
    assert len(rocketmq.sends()) < 10


def test_no_route_after_there_was_one_keeps_the_last(scripted_mqtt, bridge):
    _, rocketmq = bridge()
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    session.expect(packets.PUBACK, packet_id=1)
    rocketmq.answer(frames.GET_ROUTE, Reply(17, "No topic route info in name server for the topic: t"))
    rocketmq.script(Reply(29, ILLEGAL_QUEUE))  # makes it look, and find nothing
    session.publish("a/1", b"2", 2)
    session.expect(packets.PUBACK, packet_id=2, seconds=20)


def test_unquoted_keys_in_a_route_are_read(scripted_mqtt, scripted_rocketmq, run_outflow):
    rocketmq = scripted_rocketmq(topics={"t": 4}, version=393)
    rocketmq.quoted_keys = False
    run_outflow(task(scripted_mqtt.port, rocketmq.address, topic="a/#"))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    session.expect(packets.PUBACK, packet_id=1)


def test_a_name_server_that_knows_no_broker_is_an_outage_at_the_start(scripted_mqtt, scripted_rocketmq, run_outflow):
    rocketmq = scripted_rocketmq(topics={"t": 4})
    rocketmq.no_brokers = True
    outflow = run_outflow(task(scripted_mqtt.port, rocketmq.address, topic="a/#"))
    wait_until(lambda: len(rocketmq.of_code(frames.GET_ROUTE)) >= 2, 20, "it goes on trying")
    assert outflow.child.is_alive()
    rocketmq.no_brokers = False
    scripted_mqtt.accept().start()
    outflow.wait_running()


def test_no_topic_and_no_automatic_creation_fails_the_start(scripted_mqtt, scripted_rocketmq, run_outflow):
    rocketmq = scripted_rocketmq(topics={}, auto_create=False)
    outflow = run_outflow(task(scripted_mqtt.port, rocketmq.address, topic="a/#"))
    wait_until(lambda: not outflow.child.is_alive(), 20, "outflow ends")
    assert outflow.child.popen.returncode != 0 and "STARTING_FAILED" in outflow.child.log_text()


def test_requests_of_the_broker_on_our_connection_harm_nothing(scripted_mqtt, bridge):
    """The response is lost besides, so that the batch comes again on a new connection."""
    _, rocketmq = bridge(sink={"send_timeout_seconds": 1})
    asked = frames.encode(frames.Frame(39, 12345, 0, ext={"x": "y"}, kind=frames.JSON))
    rocketmq.script(Reply(raw=asked, stored=False))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("a/1", b"1", 1)
    session.expect(packets.PUBACK, packet_id=1, seconds=30)
    check_sent_again(rocketmq, b"1")
