"""The commands that look at live messages take nothing away, and a preview says what RocketMQ's own client then reads."""

import json
import select
import signal
import socket
import subprocess

import pytest
import yaml

from rig import mqtt_packets as packets
from rig.mqtt import Publisher
from rig.outflow import task
from rig.process import Child, wait_until


class Subscriber:
    """A persistent MQTT 5 session; takes and acknowledges QoS 1 messages while it is connected."""

    def __init__(self, port, client_id, topic_filter):
        self.port, self.client_id, self.filter = port, client_id, topic_filter
        self.payloads = []
        self.connect()
        self.sock.sendall(packets.subscribe(1, [(topic_filter, 1)]))
        wait_until(lambda: self.take() or self.subscribed, 10, f"a subscription to {topic_filter}")

    def connect(self):
        self.buffer, self.subscribed = bytearray(), False
        self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.sock.sendall(packets.connect(self.client_id, clean=False, properties={"session_expiry_interval": 3600}))

    def disconnect(self):
        self.sock.sendall(packets.disconnect())
        self.sock.close()

    def take(self):
        """Takes what has come by now."""
        while select.select([self.sock], [], [], 0)[0]:
            data = self.sock.recv(65536)
            assert data, f"{self.client_id}: the broker closed the connection"
            self.buffer += data
            found, used = packets.split(self.buffer)
            del self.buffer[:used]
            for first, body in found:
                packet = packets.decode(first, body)
                if packet["kind"] == packets.SUBACK:
                    self.subscribed = True
                elif packet["kind"] == packets.PUBLISH:
                    self.payloads.append(packet["payload"])
                    self.sock.sendall(packets.acknowledgement(packets.PUBACK, packet["packet_id"]))

    def wait_all(self, payloads):
        wait_until(lambda: self.take() or len(self.payloads) >= len(payloads), 10, f"all messages for {self.client_id}")
        assert sorted(self.payloads) == sorted(payloads), self.client_id


def _watch(binary, folder, name, *words):
    """A command that shows live messages, once it is subscribed."""
    child = Child(name, [binary, *words, "--json"], folder / f"{name}.log")
    child.wait_log("Reading .*; Ctrl-C ends", 10)
    return child


def _answers(child):
    return [json.loads(line) for line in child.log_text().splitlines() if line.startswith("{")]


def _run(binary, *words):
    return subprocess.run([str(word) for word in (binary, *words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=30)


HOT = {"data": {"body": {"t": [{"numeric": [">=", 30]}]}}}


def test_live_commands_take_no_message_from_anybody(mosquitto, binary, folder, unique):
    connected = Subscriber(mosquitto.port, f"{unique}-connected", f"{unique}/#")
    away = Subscriber(mosquitto.port, f"{unique}-away", f"{unique}/#")
    group = Subscriber(mosquitto.port, f"{unique}-group", f"$share/g/{unique}/#")
    away.disconnect()
    file = folder / "tasks.yaml"
    file.write_text(yaml.safe_dump(task(mosquitto.port, "127.0.0.1:1", topic=f"{unique}/#", rocketmq_topic="t", filter=HOT)))
    pattern = ["pattern", "try", "-p", json.dumps(HOT), "--mqtt", f"127.0.0.1:{mosquitto.port}", "--topic", f"{unique}/#"]
    tries = [_watch(binary, folder, f"try-{number}", *pattern, "--count", "100") for number in range(2)]
    endless = _watch(binary, folder, "endless", *pattern)
    preview = _watch(binary, folder, "preview", "task", "preview", file, "--live", "--count", "100")
    payloads = [json.dumps({"t": number}).encode() for number in range(100)]
    Publisher(mosquitto.port, unique).publish([(f"{unique}/a", payload, None, None) for payload in payloads])
    for subscriber in (connected, group):
        subscriber.wait_all(payloads)
    away.connect()
    away.wait_all(payloads)
    for child in (*tries, preview):
        assert child.popen.wait(10) == 0, child.log_tail()
    for child in tries:
        answers = _answers(child)
        assert [answer["outcome"] for answer in answers] == ["nomatch"] * 30 + ["match"] * 70
        assert [answer["event"]["data"]["body"]["t"] for answer in answers] == list(range(100))
        assert answers[7]["decisions"][0]["value"] == 7 and not answers[7]["decisions"][0]["holds"]
        assert "100 messages: 70 match, 30 do not, 0 do not fit" in child.log_text()
    assert [answer["verdict"] for answer in _answers(preview)] == ["filtered"] * 30 + ["record"] * 70
    assert "100 messages: 70 become records, 30 are filtered, 0 are undeliverable" in preview.log_text()
    wait_until(lambda: len(_answers(endless)) == 100, 10, "all messages shown", alive=endless)
    endless.signal(signal.SIGINT)
    assert endless.popen.wait(10) == 0, endless.log_tail()
    assert "100 messages: 70 match" in endless.log_text()
    for subscriber in (connected, away, group):
        subscriber.disconnect()


@pytest.mark.parametrize("shared", ["$share/g/a/#", "$queue/a"])
def test_live_commands_refuse_shared_subscriptions(mosquitto, binary, folder, shared):
    tried = _run(binary, "pattern", "try", "-p", "{}", "--mqtt", f"127.0.0.1:{mosquitto.port}", "--topic", shared)
    assert tried.returncode == 2 and "takes nothing away" in tried.stderr, tried.stderr
    if shared.startswith("$share"):
        file = folder / "tasks.yaml"
        file.write_text(yaml.safe_dump(task(mosquitto.port, "127.0.0.1:1", topic=shared, sink={"ordering": "none"})))
        previewed = _run(binary, "task", "preview", file, "--live")
        assert previewed.returncode == 2 and "takes nothing away" in previewed.stderr, previewed.stderr
        assert "--topic 'a/#'" in previewed.stderr


def test_a_bad_login_is_told(binary, folder, scripted_mqtt):
    child = Child("login", [binary, "pattern", "try", "-p", "{}", "--mqtt", f"127.0.0.1:{scripted_mqtt.port}", "--topic", "#",
                            "--username", "u", "--password-file", "/dev/null"], folder / "login.log")
    connection = scripted_mqtt.accept()
    connect = connection.expect(packets.CONNECT)
    assert connect["clean"] and connect["username"] == "u" and connect["properties"].get("session_expiry_interval", 0) == 0
    connection.send(packets.connack(reason=0x86))
    assert child.popen.wait(10) == 1
    assert "refused the connection: bad user name or password" in child.log_text(), child.log_text()


# Ten conditions: two on the envelope, six on the payload, two of them in one element of an array, and two branches.
PATTERN = {
    "source": ["acs:mqtt"],
    "data": {
        "props": {"qos": [1]},
        "userProperties": {"plant": [{"wildcard": "hz-*"}]},
        "body": {
            "machine": [{"prefix": "press-"}],
            "celsius": [{"numeric": [">", 80, "<=", 1e2]}],
            "status": [{"equals-ignore-case": "running"}],
            "address": [{"cidr": "10.0.0.0/16"}],
            "tags": [{"anything-but": ["maintenance"]}],
            "readings": {"kind": ["oil"], "value": [{"numeric": [">=", 5.5]}]},
            "$or": [{"line": [{"suffix": "1"}]}, {"serial": [12345678901234567890]}, {"retired": [{"exists": True}]}],
        },
    },
}
BODY = ('{"machine":${machine},"celsius":${celsius},"serial":${serial},"oil":${oil},"text":"${note} at ${topic}",'
        '"operator":"${operator:-nobody}"}')


def _sink(prefix):
    def paths(*names):
        return {name: f"$.data.body.{name}" for name in names}
    return {
        "topic": {"form": "TEMPLATE", "template": prefix + "-${line}", "value": paths("line")},
        "body": {"form": "TEMPLATE", "template": BODY, "value": paths("machine", "celsius", "serial", "note", "operator") | {
            "oil": "$.data.body.readings[?@.kind == 'oil'].value", "topic": "$.data.topic"}},
        "properties": "$.data.userProperties",
        "keys": "$.data.body.keys[*]",
        "tags": {"form": "TEMPLATE", "template": "${status}", "value": paths("status")},
        "sharding_key": {"form": "TEMPLATE", "template": "${line}/${machine}", "value": paths("line", "machine")},
        "ordering": "key",
    }


def _telemetry(number):
    """A message of which every condition fails in turn; about half of them match."""
    body = {"machine": f"press-{number % 3}", "celsius": 80.5 + number % 8, "status": ["RUNNING", "running", "Running"][number % 3],
            "address": f"10.0.{number}.7", "tags": ["hot", "maintenance"][:number % 2 + 1], "line": f"L{number % 2 + 1}",
            "serial": 12345678901234567890, "note": f'"{number}" \u00e4\n', "keys": [f"k{number}", number],
            "readings": [{"kind": "air", "value": 9}, {"kind": "oil", "value": 5.5 + number}]}
    if number % 5 == 0:
        body["operator"] = "Ann \"A\" Lee"
    properties = [("plant", "hz-1"), ("WAIT", "x"), ("empty", ""), ("n", str(number)), ("n", f"{number}-last")]
    spoil = {1: ("machine", "pump-1"), 3: ("celsius", 100.5), 5: ("status", "stopped"), 7: ("address", "10.1.0.1"),
             9: ("tags", ["maintenance"]), 11: ("readings", [{"kind": "oil", "value": 5}, {"kind": "air", "value": 9}]),
             13: ("serial", 12345678901234567891), 15: ("line", None)}.get(number % 20)
    if number % 20 == 17:
        properties[0] = ("plant", "sh-1")
    if spoil == ("line", None):
        del body["line"]  # it matches by its serial number, and has no topic then
    elif spoil is not None:
        body[spoil[0]] = spoil[1]
    if number % 20 == 13:
        body["line"] = "L2"  # neither branch of the $or
    return json.dumps(body, ensure_ascii=number % 2 == 0).encode(), {"user_property": properties}


def _reserved(name):
    return name.isupper() or name.startswith(("__", "1ST"))


def test_the_official_client_reads_what_the_preview_said(mosquitto, rocketmq5, run_outflow, binary, folder, unique):
    for line in ("L1", "L2"):
        rocketmq5.create_topic(f"{unique}-{line}", 4)
    letters = folder / "dead.jsonl"
    content = task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", filter=PATTERN, sink=_sink(unique),
                   property={"dead_letter": {"file": str(letters)}})
    outflow = run_outflow(content)
    outflow.wait_running()
    count = 200
    preview = _watch(binary, folder, "preview", "task", "preview", outflow.file, "--live", "--count", str(count))
    messages = [_telemetry(number) for number in range(count)]
    Publisher(mosquitto.port, unique).publish(
        [(f"{unique}/press", body, None, properties) for body, properties in messages])
    assert preview.popen.wait(20) == 0, preview.log_tail()
    said = _answers(preview)
    by_verdict = {name: [answer for answer in said if answer["verdict"] == name]
                  for name in ("record", "filtered", "undeliverable")}
    assert {name: len(answers) for name, answers in by_verdict.items()} == {"record": 110, "filtered": 80, "undeliverable": 10}
    outflow.wait_value("outflow_in_flight", lambda value: value == 0, 20)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 110, 20)
    assert outflow.value("outflow_filtered_total") == 80 and outflow.value("outflow_dead_lettered_total") == 10
    _compare(rocketmq5, unique, [answer["records"][0] for answer in by_verdict["record"]])
    reasons = [json.loads(line)["reason"] for line in letters.read_text().splitlines()]
    assert reasons == [answer["reason"] for answer in by_verdict["undeliverable"]] and "line" in reasons[0]
    _preview_again(binary, folder, outflow.file, unique, messages, said)


def _compare(cluster, unique, records):
    """Everything that RocketMQ's client sees of the stored messages, against the records."""
    stored = {}
    for line in ("L1", "L2"):
        topic = f"{unique}-{line}"
        cluster.wait_count(topic, sum(record["topic"] == topic for record in records), 20)
        for message in cluster.read(topic):
            stored.setdefault(message["keys"], []).append(message | {"topic": topic})
    assert sum(map(len, stored.values())) == len(records)
    for record in records:
        (message,) = stored[record["keys"]]
        assert message["topic"] == record["topic"]
        assert message["body"].decode() == record["body"]
        assert message["tags"] == record["tags"]
        assert message["properties"]["__SHARDINGKEY"] == record["sharding_key"]
        users = {name: value for name, value in message["properties"].items() if not _reserved(name)}
        assert users == {name: value for name, value in record["properties"].items() if not _reserved(name)}
        assert users["mqtt.WAIT"] == "x" and "empty" not in users and users["n"].endswith("-last")
        json.loads(record["body"])


def _preview_again(binary, folder, file, unique, messages, said):
    """The same from a file, and from the event that the live preview has shown."""
    for number in (0, 2, 1, 15):
        body, properties = messages[number]
        payload, event = folder / "payload", folder / "event"
        payload.write_bytes(body)
        event.write_text(json.dumps(said[number]["event"], ensure_ascii=number % 2 == 0))  # texts keep their spelling
        code = {"record": 0, "filtered": 1, "undeliverable": 2}[said[number]["verdict"]]
        words = [word for name, value in properties["user_property"] for word in ("--property", f"{name}={value}")]
        by_payload = _run(binary, "task", "preview", file, "--payload", payload, "--topic", f"{unique}/press", *words, "--json")
        by_event = _run(binary, "task", "preview", file, "-e", f"@{event}", "--json")
        for done in (by_payload, by_event):
            assert done.returncode == code, done.stderr
            again = json.loads(done.stdout)
            assert (again["verdict"], again.get("records"), again.get("reason")) == (
                said[number]["verdict"], said[number].get("records"), said[number].get("reason"))
