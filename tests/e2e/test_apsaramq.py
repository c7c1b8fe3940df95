"""Instances of ApsaraMQ: scripted peers check names, signatures and tokens, which are made here by themselves."""

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess

import pytest

from rig import frames
from rig import mqtt_packets as packets
from rig.outflow import task
from rig.process import wait_until

INSTANCE = "mqtt-cn-x"


def hmac_sha1(key, data):
    return base64.b64encode(hmac.new(key.encode(), data, hashlib.sha1).digest())


@pytest.fixture
def cloud(binary, scripted_mqtt, scripted_rocketmq, run_outflow):
    """start(auth, client_id=None, options=...): (outflow, rocketmq) of a task at an ApsaraMQ for MQTT."""
    def start(auth, client_id=None, version="5", name="t", options=(), environment=None, changes=None):
        rocketmq = scripted_rocketmq(topics={"t": 1})
        source = {"client_id": client_id} if client_id else {}
        content = task(scripted_mqtt.port, rocketmq.address, topic="factory/#", protocol=version, source=source, name=name)
        content["instances"]["edge"]["mqtt"]["auth"] = {"instance_id": INSTANCE, "access_key": "ak"} | auth
        (changes or (lambda _: None))(content)
        outflow = run_outflow(content, options=options, environment=environment)
        outflow.content = content
        return outflow, rocketmq
    return start


def upload(session, seconds=15):
    """The next token that the client shows, as (type, token); answered."""
    publish = session.expect(packets.PUBLISH, seconds, topic="$SYS/uploadToken", qos=1)
    session.send(packets.acknowledgement(packets.PUBACK, publish["packet_id"]))
    shown = json.loads(publish["payload"])
    assert set(shown) == {"token", "type"}
    return shown["type"], shown["token"]


def replace(path, text):
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


# --- who the client says it is

@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_signature_is_made_of_keys_and_client_id(cloud, scripted_mqtt, version):
    outflow, rocketmq = cloud({"mode": "signature", "secret_key": "sk-12345678", "group_id": "GID_x"}, version=version,
                              name="press-telemetry")
    session = scripted_mqtt.accept()
    connect, _ = session.start()
    client_id = connect["client_id"]
    assert re.fullmatch(r"GID_x@@@[0-9a-f]{16}-press-telemetry-0", client_id)
    assert connect["username"] == f"Signature|ak|{INSTANCE}"
    assert connect["password"] == hmac_sha1("sk-12345678", client_id.encode())
    session.publish("factory/1", b'{"s":1}', 1)
    session.expect(packets.PUBACK, packet_id=1)
    assert rocketmq.bodies() == [b'{"s":1}']
    outflow.kill()
    outflow.start()
    assert scripted_mqtt.accept().start()[0]["client_id"] == client_id, "the same at every start"
    assert "sk-12345678" not in outflow.child.log_text()


def test_a_device_credential_is_that_of_its_client_id(cloud, scripted_mqtt):
    cloud({"mode": "device_credential", "access_key": "DC.y", "secret_key": {"env": "DEVICE_KEY"}}, "GID_x@@@d1",
          environment={"DEVICE_KEY": "devicesecret"})
    connect, _ = scripted_mqtt.accept().start()
    assert connect["client_id"] == "GID_x@@@d1"
    assert connect["username"] == f"DeviceCredential|DC.y|{INSTANCE}"
    assert connect["password"] == hmac_sha1("devicesecret", b"GID_x@@@d1")


def test_refused_keys_fail_the_task_with_what_to_look_at(cloud, scripted_mqtt):
    outflow, _ = cloud({"mode": "signature", "secret_key": "sk-12345678", "group_id": "GID_x"}, version="3.1.1")
    session = scripted_mqtt.accept()
    session.expect(packets.CONNECT)
    session.send(packets.connack(session.version, False, 5))
    outflow.child.wait_log(r"not authorized \(0x05\)\. Look at access_key, secret_key and instance_id \(mqtt-cn-x\), and "
                           r"whether the group GID_x exists there", 10)
    assert "sk-12345678" not in outflow.child.log_text()


# --- tokens

def token_task(folder, **more):
    (folder / "r").write_text("token-1\n")
    return {"mode": "token", "group_id": "GID_x", "tokens": {"R": {"file": str(folder / "r")}}} | more


def test_tokens_are_shown_by_type(cloud, scripted_mqtt, folder):
    auth = token_task(folder)
    auth["tokens"] |= {"W": "abcd", "RW": {"env": "BOTH"}}
    outflow, _ = cloud(auth, environment={"BOTH": "both=="})
    connect, _ = scripted_mqtt.accept().start()
    assert connect["username"] == f"Token|ak|{INSTANCE}"
    assert connect["password"] == b"R|token-1|W|abcd|RW|both=="
    assert not re.search("token-1|abcd|both==", outflow.child.log_text())


@pytest.mark.parametrize("version,options", [("5", ()), ("3.1.1", ()), ("5", ("--watch",))])
def test_a_renewed_token_is_shown_while_the_connection_lasts(cloud, scripted_mqtt, folder, version, options):
    outflow, rocketmq = cloud(token_task(folder), version=version, options=options)
    session = scripted_mqtt.accept()
    session.start()
    session.publish("factory/1", b'{"s":1}', 1)
    session.expect(packets.PUBACK, packet_id=1)
    replace(folder / "r", "token-2\n")
    assert upload(session) == ("R", "token-2")
    session.publish("factory/1", b'{"s":2}', 2)
    session.expect(packets.PUBACK, packet_id=2)
    outflow.child.wait_log("The MQTT broker has taken a new token", 5)
    assert outflow.child.log_text().count("Connected to MQTT broker.") == 1
    session.close()
    assert scripted_mqtt.accept().expect(packets.CONNECT)["password"] == b"R|token-2"
    assert rocketmq.bodies() == [b'{"s":1}', b'{"s":2}']


def test_several_renewed_tokens_are_shown_one_after_the_other(cloud, scripted_mqtt, folder):
    auth = token_task(folder)
    (folder / "w").write_text("w-1")
    auth["tokens"]["W"] = {"file": str(folder / "w")}
    cloud(auth)
    session = scripted_mqtt.accept()
    session.start()
    replace(folder / "r", "r-2")
    replace(folder / "w", "w-2")
    assert sorted([upload(session), upload(session)]) == [("R", "r-2"), ("W", "w-2")]


def test_a_notice_has_the_tokens_read_again_and_is_no_message(cloud, scripted_mqtt, folder):
    outflow, rocketmq = cloud(token_task(folder))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("factory/1", b'{"s":1}', 1)
    replace(folder / "r", "token-2")
    session.publish("$SYS/tokenExpireNotice", b'{"expireTime":1764547200000,"type":"R"}', 2)
    session.publish("$SYS/tokenInvalidNotice", b'{"code":4,"type":"R"}', qos=0)
    session.publish("factory/1", b'{"s":3}', 3)
    shown, acknowledged = [], []
    while len(shown) < 1 or len(acknowledged) < 3:
        packet = session.next()
        if packet["kind"] == packets.PUBLISH:
            session.send(packets.acknowledgement(packets.PUBACK, packet["packet_id"]))
            shown.append(json.loads(packet["payload"]))
        else:
            acknowledged.append(packet["packet_id"])
    assert acknowledged == [1, 2, 3] and shown == [{"token": "token-2", "type": "R"}]
    assert rocketmq.bodies() == [b'{"s":1}', b'{"s":3}']
    outflow.wait_value("outflow_filtered_total", lambda value: value == 2, 5)
    assert outflow.value("outflow_received_total") == 4 and outflow.value("outflow_delivered_total") == 2
    log = outflow.child.log_text()
    assert "The token R expires at 2025-12-01T00:00:00" in log and f"Write a new token R to {folder / 'r'}" in log


def test_an_invalid_token_is_told_with_its_code(cloud, scripted_mqtt, folder):
    outflow, _ = cloud(token_task(folder))
    session = scripted_mqtt.accept()
    session.start()
    session.publish("$SYS/tokenInvalidNotice", b'{"code":3,"type":"R"}', 2)
    session.expect(packets.PUBACK, packet_id=2)
    session.close()
    outflow.child.wait_log(r"Lost the MQTT broker.*refuses the token R: it was revoked \(code 3\)\. Write a new token R to", 10)


def test_a_refused_token_fails_the_task_and_a_new_one_starts_it_again(cloud, scripted_mqtt, folder):
    outflow, _ = cloud(token_task(folder), options=("--watch",))
    session = scripted_mqtt.accept()
    session.expect(packets.CONNECT)
    session.send(packets.connack(session.version, False, 0x87))
    outflow.child.wait_log(r"not authorized \(0x87\)\. Write a new token R to \S+\. All of them must be valid", 10)
    outflow.child.wait_log("STARTING_FAILED", 10)
    replace(folder / "r", "token-2")
    connect, _ = scripted_mqtt.accept().start()
    assert connect["password"] == b"R|token-2"


def test_a_token_that_does_not_permit_the_topic_fails_the_task_with_the_code(cloud, scripted_mqtt, folder):
    outflow, _ = cloud(token_task(folder))
    session = scripted_mqtt.accept()
    session.expect(packets.CONNECT)
    session.send(packets.connack(session.version))
    subscribe = session.expect(packets.SUBSCRIBE)
    session.publish("$SYS/tokenInvalidNotice", b'{"code":4,"type":"R"}', qos=0)
    session.send(packets.suback(subscribe["packet_id"], [0x87], session.version))
    outflow.child.wait_log(r"STARTING_FAILED.*refused the subscription to factory/#: not authorized \(0x87\)\. Write a new "
                           r"token.*refuses the token R: it is not for this topic \(code 4\)", 10)


def test_a_token_that_was_renewed_meanwhile_is_tried_at_once(cloud, scripted_mqtt, folder):
    cloud(token_task(folder))
    session = scripted_mqtt.accept()
    session.expect(packets.CONNECT)
    replace(folder / "r", "token-2")
    session.send(packets.connack(session.version, False, 0x87))
    connect, _ = scripted_mqtt.accept().start()
    assert connect["password"] == b"R|token-2"


def test_a_token_that_cannot_be_read_leaves_the_old_one(cloud, scripted_mqtt, folder):
    outflow, _ = cloud(token_task(folder))
    session = scripted_mqtt.accept()
    session.start()
    replace(folder / "r", "")
    outflow.child.wait_log("A token cannot be read; the last one stays in force.*empty", 15)
    session.close()
    assert scripted_mqtt.accept().start(session_present=True)[0]["password"] == b"R|token-1"


# --- edits of a running task

def test_another_identity_takes_over_the_session(cloud, scripted_mqtt, folder):
    outflow, rocketmq = cloud(token_task(folder), "GID_x@@@d1")
    session = scripted_mqtt.accept()
    session.start()
    content = outflow.content
    content["instances"]["edge"]["mqtt"]["auth"] = {"mode": "signature", "instance_id": INSTANCE, "access_key": "ak",
                                                    "secret_key": "sk-12345678"}
    outflow.edit(content)
    session.expect_closed()
    connect, _ = scripted_mqtt.accept().start(session_present=True)
    assert connect["username"] == f"Signature|ak|{INSTANCE}" and connect["client_id"] == "GID_x@@@d1"


def test_another_group_is_another_session_which_is_made_with_its_own_signature(cloud, scripted_mqtt):
    outflow, _ = cloud({"mode": "signature", "secret_key": "sk-12345678", "group_id": "GID_x"})
    scripted_mqtt.accept().start()
    outflow.content["instances"]["edge"]["mqtt"]["auth"]["group_id"] = "GID_y"
    outflow.edit(outflow.content)
    connect, _ = scripted_mqtt.accept().start()
    assert connect["client_id"].startswith("GID_y@@@")
    assert connect["password"] == hmac_sha1("sk-12345678", connect["client_id"].encode())


# --- looking at live messages

def test_a_live_preview_has_a_client_id_of_its_own(binary, cloud, scripted_mqtt, folder):
    outflow, _ = cloud({"mode": "signature", "secret_key": "sk-12345678", "group_id": "GID_x"})
    scripted_mqtt.accept().start()
    preview = subprocess.Popen([binary, "task", "preview", outflow.file, "--live", "--count", "1"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    session = scripted_mqtt.accept()
    connect, _ = session.start()
    assert re.fullmatch(r"GID_x@@@tap-[0-9a-f]{8}", connect["client_id"])
    assert connect["password"] == hmac_sha1("sk-12345678", connect["client_id"].encode())
    session.publish("$SYS/tokenExpireNotice", b"{}", qos=0)
    session.publish("factory/1", b'{"s":1}', 1)
    out, _ = preview.communicate(timeout=20)
    assert b"tokenExpireNotice" not in out and b"factory/1" in out


# --- RocketMQ

def check_signature(request, key, user, instance=None):
    """As the ACL of RocketMQ checks it: the values of all other fields, sorted by name, and the body."""
    fields = dict(request.frame.ext)
    signature = fields.pop("Signature")
    assert fields["AccessKey"] == user
    assert (fields.get("ns"), fields.get("nsd")) == ((instance, "true") if instance else (None, None))
    data = "".join(fields[name] for name in sorted(fields)).encode() + request.frame.body
    assert signature.encode() == hmac_sha1(key, data)


@pytest.mark.parametrize("version,login,namespace", [
    (4, {"access_key": "LTAI", "secret_key": "sk-12345678"}, "MQ_INST_17_Bx"),
    (5, {"username": "LTAI", "password": "sk-12345678"}, None),
    (5, {"username": "LTAI", "password": "sk-12345678"}, "rmq-cn-x"),
])
def test_requests_to_rocketmq_are_signed_and_say_their_instance(scripted_mqtt, scripted_rocketmq, run_outflow, version,
                                                                login, namespace):
    is_prefix = namespace is not None and namespace.startswith("MQ_INST")
    topic = f"{namespace}%t" if is_prefix else "t"
    rocketmq = scripted_rocketmq(topics={topic: 1})
    fields = login | {"version": version} | ({"namespace": namespace} if namespace else {})
    outflow = run_outflow(task(scripted_mqtt.port, f"http://{rocketmq.address}", topic="a/#", rocketmq=fields))
    session = scripted_mqtt.accept()
    session.start()
    session.publish_many("a/1", range(3))
    session.expect_acks([1, 2, 3])
    assert {send.topic for send in rocketmq.sends()} == {topic}
    asked = [request for request in rocketmq.requests if request.frame.code in (34, 105) or request in rocketmq.sends()]
    assert {request.frame.code for request in asked} >= {34, 105}, "a heartbeat, a route and what was sent"
    for request in asked:
        check_signature(request, "sk-12345678", "LTAI", None if is_prefix else namespace)
    instances = {properties.get("INSTANCE_ID") for _, _, _, properties in rocketmq.stored()}
    assert instances == {namespace if is_prefix else None}
    assert "sk-12345678" not in outflow.child.log_text()


def test_commands_sign_and_say_their_instance_too(binary, scripted_rocketmq):
    rocketmq = scripted_rocketmq(topics={"t": 1})
    options = ["--name-servers", f"http://{rocketmq.address}", "--access-key", "LTAI", "--secret-key-env", "KEY"]
    for namespace in ([], ["--namespace", "rmq-cn-x"]):
        seen = len(rocketmq.requests)
        ran = subprocess.run([binary, "rocketmq", "topics", *options, *namespace], env=os.environ | {"KEY": "sk-12345678"},
                             stdout=subprocess.PIPE, check=True)
        assert ran.stdout == b"t\n"
        assert len(rocketmq.requests) > seen
        for request in rocketmq.requests[seen:]:
            check_signature(request, "sk-12345678", "LTAI", namespace[1] if namespace else None)
