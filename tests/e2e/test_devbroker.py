"""The embedded RocketMQ: RocketMQ's own clients and tools see of it what they see of the real one, kill -9
loses nothing that it answered for, and what hostile clients send does not disturb others."""

import json
import os
import re
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections import defaultdict
from contextlib import closing
from urllib.request import urlopen

import pytest

from rig import frames
from rig.chance import chance
from rig.devbroker import DevBroker
from rig.java import CONFORMANCE, Reader, client, java
from rig.mqtt import Obligations, Publisher, sequence
from rig.oracle import judge
from rig.outflow import program, task
from rig.process import Child, free_port, wait_until
from rig.rocketmq import Tls

ROUNDS = int(os.environ.get("OUTFLOW_DEVBROKER_KILLS", "5"))
GET_OFFSET, PULL, MAX_OFFSET = 14, 11, 30

# Where the embedded broker, which answers as 5.3.3, and a real one of the client's version differ:
# (versions, cases, what the real one's outcome says, what the embedded one's says instead, reason).
# Everything else is the same, letter by letter.
BOTH, RETRIED = "4.9.7 5.3.3", "push_dead_letter push_reconsume_in_a_second push_reconsume_later"
DIFFERENCES = [
    (BOTH, f"push_concurrently {RETRIED} send_batch send_delayed send_keys_tags_properties",
     r" (CLUSTER|MSG_REGION|TRACE_ON)\b", "", "a real broker adds properties about itself"),
    (BOTH, f"{RETRIED} send_delayed", r" DELAY\b", "", "what is over is taken away"),
    ("4.9.7", "push_concurrently push_reconsume_in_a_second push_reconsume_later send_keys_tags_properties",
     r"UNIQ_KEY(?! WAIT)", "UNIQ_KEY WAIT", "4.9 takes WAIT out of single messages, 5.x does not"),
    ("4.9.7", "pull_offsets", "in an hour 6", "in an hour 7",
     "later than all: the last message in 4.9, the end in 5.x"),
    ("4.9.7", "pull_statuses send_to_an_illegal_queue", r"MQBrokerException 1\b", "MQBrokerException 29",
     "an illegal queue has a code of its own since 5.3.2"),
    ("5.3.3", "send_batch_too_large", "MQClientException 1,", "MQBrokerException 13,",
     "5.x answers 1, as for any fault; 13 says what it is, and is what 4.9 answers"),
]


def _as_embedded(version, name, outcome):
    """What the embedded broker's outcome must be, by the real one's and the table."""
    for versions, cases, real, embedded, _ in DIFFERENCES:
        if version in versions.split() and name in cases.split():
            outcome, count = re.subn(real, embedded, outcome)
            assert count > 0, f"{name}: {real!r} is not in the real outcome any more: {outcome}"
    return outcome


# --- the same program, the same outcomes ---

def _outcomes(version, folder, address, prefix, *cases):
    """({case: outcome} of the conformance program, cases that only worked the second time)."""
    folder.mkdir()
    child = Child(f"conformance {version}", client(version, CONFORMANCE, folder, "Conformance", address, prefix, *cases),
                  folder / "conformance.log", out=folder / "outcomes")
    wait_until(lambda: not child.is_alive(), 85, f"the conformance program of {version} ends")
    found = dict(re.findall(r"^CASE (\w+): (.*?) *$", (folder / "outcomes").read_text(), re.M))
    assert child.popen.returncode == 0 and len(found) >= (len(cases) or 40), child.log_tail()
    failed = {name: outcome for name, outcome in found.items() if outcome.startswith("failed")}
    assert not failed, f"{failed}\n{child.log_tail(10_000)}"
    return found, re.findall(r"^AGAIN .*", child.log_text(), re.M)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["5.3.3", "4.9.7"])
def test_clients_see_the_same_as_of_the_real_rocketmq(devbroker, rocketmq5, rocketmq4, folder, unique, version):
    real, _ = _outcomes(version, folder / "real", (rocketmq5 if version == "5.3.3" else rocketmq4).address, unique)
    embedded, again = _outcomes(version, folder / "embedded", devbroker.address, unique)
    assert real.keys() == embedded.keys() and not again, again
    wrong = [f"{name}:\n  real:     {outcome}\n  embedded: {embedded[name]}" for name, outcome in real.items()
             if embedded[name] != _as_embedded(version, name, outcome)]
    assert not wrong, "\n".join(wrong)
    print(f"\n{len(real)} cases")


@pytest.mark.parametrize("fault, is_run_again", [
    ("15 code=0 store=false times=1", False),            # a commit is lost, as real brokers do: it is made again
    ("14 queue_id=1 code=2 skip=1 times=2", True),       # the second consumer is told no offset: the client's fault
])
def test_what_a_real_broker_may_do_to_offsets_changes_no_outcome(own_devbroker, folder, unique, fault, is_run_again):
    case = "lite_subscribe_and_commit"
    broker = own_devbroker("--fault", fault)
    found, again = _outcomes("4.9.7", folder / "run", broker.address, unique, case)
    assert found[case] == "m0 m1 m2 m3 m4 m5 m6 m7 m8 m9; the next consumer: n0 n1 n2 n3"
    assert bool(again) == is_run_again, again


# --- tools ---

def _mqadmin(version, folder, address, command, *arguments):
    """What mqadmin prints."""
    (folder / "conf").mkdir(parents=True, exist_ok=True)
    logging = folder / "conf" / "logback_tools.xml"
    logging.write_text('<configuration><root level="OFF"/></configuration>\n')
    options = ["-Xmx256m", "-XX:TieredStopAtLevel=1", f"-Drocketmq.home.dir={folder}", f"-Duser.home={folder}",
               f"-Drocketmq.client.logRoot={folder}", f"-Drmq.logback.configurationFile={logging}"]
    done = subprocess.run(java(version, options, "org.apache.rocketmq.tools.command.MQAdminStartup", command, "-n",
                               address, *arguments), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "Exception" not in done.stderr, done.stdout + done.stderr
    return done.stdout


def _send(broker, topic, queue, body, properties=None):
    answer = broker.call(frames.SEND_V2, frames.send_header(topic, queue, properties or {"UNIQ_KEY": body}, False),
                         body.encode())
    assert answer.code == 0, (answer.code, answer.remark)
    return int(answer.ext["queueOffset"])


@pytest.mark.slow
@pytest.mark.parametrize("version", ["5.3.3", "4.9.7"])
def test_mqadmin_creates_a_topic_and_shows_its_route_and_status(devbroker, folder, unique, version):
    made = _mqadmin(version, folder / "admin", devbroker.address, "updateTopic", "-c", "DefaultCluster", "-t", unique,
                    "-r", "3", "-w", "3")
    assert re.search(rf"topicName={unique}, readQueueNums=3, writeQueueNums=3, perm=RW-", made), made

    text = _mqadmin(version, folder / "admin", devbroker.address, "topicRoute", "-t", unique)
    route = json.loads(re.sub(r"\b(\d+):\"", r'"\1":"', text[text.index("{"):]))  # fastjson leaves number keys bare
    assert [(b["brokerName"], b["cluster"], b["brokerAddrs"]) for b in route["brokerDatas"]] == [
        ("broker-a", "DefaultCluster", {"0": devbroker.address})]
    assert [(q["brokerName"], q["perm"], q["readQueueNums"], q["writeQueueNums"]) for q in route["queueDatas"]] == [
        ("broker-a", 6, 3, 3)]

    for number in range(5):
        _send(devbroker, unique, number % 2, f"m{number}")
    status = _mqadmin(version, folder / "admin", devbroker.address, "topicStatus", "-t", unique)
    rows = re.findall(r"^broker-a +(\d+) +(\d+) +(\d+) *(\S*)", status, re.M)
    assert [(int(queue), int(low), int(high), bool(when)) for queue, low, high, when in rows] == [
        (0, 0, 3, True), (1, 0, 2, True), (2, 0, 0, False)], status


def _outflow(binary, broker, *arguments):
    done = subprocess.run([binary, "rocketmq", *arguments, "--name-servers", broker.address], capture_output=True,
                          text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_outflow_creates_lists_and_reads_topics(devbroker, binary, unique):
    _outflow(binary, devbroker, "create-topic", unique, "--queues", "2")
    listed = _outflow(binary, devbroker, "topics", "--queues")
    assert re.search(rf"^{unique}\b.*\b2\b", listed, re.M), listed
    for number in range(6):
        _send(devbroker, unique, number % 2, f"m{number}", {"KEYS": f"k{number}", "TAGS": f"t{number % 3}"})
    lines = _outflow(binary, devbroker, "consume", unique, "--from-beginning", "--count", "6", "--json").splitlines()
    assert sorted(json.loads(line)["body"] for line in lines) == [f"m{number}" for number in range(6)], lines
    tagged = _outflow(binary, devbroker, "consume", unique, "--from-beginning", "--tag", "t1", "--count", "2", "--json")
    assert sorted(json.loads(line)["body"] for line in tagged.splitlines()) == ["m1", "m4"], tagged


# --- kill -9 ---

class Storm:
    """The Java program that sends and commits while the broker is killed, and what it was told."""

    THREADS = 4

    def __init__(self, folder, broker, topic, version="5.3.3"):
        self.group = f"{topic}-group"
        read, self.end = os.pipe()
        self.child = Child("storm", client(version, CONFORMANCE, folder, "Storm", broker.address, topic, self.THREADS,
                                           self.group), folder / "storm.log", stdin=read, out=folder / "told")
        self.lines = folder / "told"
        os.close(read)

    def told(self):
        """({(thread, number): offset}, {(thread, number)} that failed, last committed offset)"""
        text = self.lines.read_text()
        text = text[:text.rfind("\n") + 1]
        sent = {(int(t), int(n)): int(o) for t, n, o in re.findall(r"^sent (\d+) (\d+) (\d+)$", text, re.M)}
        failed = {(int(t), int(n)) for t, n in re.findall(r"^failed (\d+) (\d+)$", text, re.M)}
        committed = [int(o) for o in re.findall(r"^committed (\d+)$", text, re.M)]
        return sent, failed, committed[-1] if committed else 0

    def wait_more(self, count, seconds=30):
        """Until that many more sends, and a commit, were answered."""
        sent, _, committed = self.told()

        def enough():
            now, _, last = self.told()
            return len(now) >= len(sent) + count and last > committed
        wait_until(enough, seconds, f"{count} more messages are sent", 0.1, self.child)

    def stop(self):
        os.close(self.end)
        wait_until(lambda: not self.child.is_alive(), 30, "the storm ends")
        return self.told()


def _committed(broker, group, topic):
    answer = broker.call(GET_OFFSET, {"consumerGroup": group, "topic": topic, "queueId": "0"})
    assert answer.code == 0, (answer.code, answer.remark)
    return int(answer.ext["offset"])


@pytest.mark.slow
def test_kill_9_loses_nothing_that_was_answered(own_devbroker, folder, unique):
    dice = chance(f"{ROUNDS} kills, ")
    broker = own_devbroker()
    broker.create_topic(unique, Storm.THREADS)
    storm = Storm(folder, broker, unique)
    for _ in range(ROUNDS):
        storm.wait_more(dice.randrange(300, 1500))
        broker.kill()
        _, _, committed = storm.told()  # all that the dead process can have answered has been read or is lost
        broker.start()
        held = _committed(broker, storm.group, unique)
        assert held >= committed, f"the offset {committed} was answered, {held} is there"
    storm.wait_more(100)
    sent, failed, _ = storm.stop()
    messages = broker.read(unique)

    places, numbers = {}, defaultdict(list)
    for message in messages:
        thread, number = map(int, message["body"].split())
        assert message["queue"] == thread
        places.setdefault((thread, number), []).append(message["offset"])
        numbers[thread].append(number)
    missing = sent.keys() - places.keys()
    assert not missing, f"{len(missing)} of {len(sent)} answered messages are gone, e.g. {sorted(missing)[:5]}"
    moved = {key: offset for key, offset in sent.items() if offset not in places[key]}
    assert not moved, f"not at the offset that was answered, e.g. {list(moved.items())[:5]}"
    twice = {key for key, offsets in places.items() if len(offsets) > 1}
    assert twice <= failed, f"twice without a second try: {sorted(twice - failed)[:5]}"
    for thread, stored in numbers.items():
        assert stored == sorted(stored), f"queue {thread} is out of order"
    assert len(failed) >= ROUNDS, f"no kill met a send in flight: {failed}"
    print(f"{len(sent)} messages answered, {len(failed)} sends failed by the kills, {len(twice)} stored twice")


def test_a_clean_restart_keeps_topics_messages_and_offsets(own_devbroker, unique):
    broker = own_devbroker()
    broker.create_topic(unique, 3)
    assert [_send(broker, unique, 1, f"m{number}") for number in range(4)] == [0, 1, 2, 3]
    answer = broker.call(15, {"consumerGroup": "g", "topic": unique, "queueId": "0", "commitOffset": "7"})
    assert answer.code == 0, (answer.code, answer.remark)
    broker.stop()
    broker.start()
    _, route = frames.get_route(broker.port, unique)
    assert route["queueDatas"][0]["writeQueueNums"] == 3
    assert [(m["queue"], m["offset"], m["body"]) for m in broker.read(unique)] == [
        (1, number, f"m{number}".encode()) for number in range(4)]
    assert _committed(broker, "g", unique) == 7
    assert _send(broker, unique, 1, "next") == 4


# --- hostile clients ---

def _frame(code, ext, body=b"", **rest):
    return frames.encode(frames.Frame(code, 1, ext=ext, body=body, kind=frames.JSON, **rest))


def _pull(topic, **changes):
    return {"consumerGroup": "g", "topic": topic, "queueId": "0", "queueOffset": "0", "maxMsgNums": "32",
            "sysFlag": "4", "commitOffset": "0", "suspendTimeoutMillis": "0", "subscription": "*", "subVersion": "0",
            "expressionType": "TAG"} | changes


def _hostile_bytes(dice, topic):
    """Name -> what a client sends and then leaves."""
    send = frames.send_header(topic, 0, {}, False)
    header = json.dumps({"code": 105, "opaque": 1, "flag": 0, "language": "CPP", "version": 409}).encode()
    whole = _frame(frames.SEND_V2, send, b"x" * 100)
    deep = b"[" * 100_000
    batch = bytearray(frames.encode_batch([(b"a", {}), (b"b", {})]))
    batch[16:20] = struct.pack(">i", 0x7fffffff)  # the first body's length
    numbers = ["-1", "2147483647", "-2147483648", "9223372036854775807", "99999999999999999999", "", "x", "1e9"]
    yield "random bytes", dice.randbytes(100_000)
    yield "random behind a good length", struct.pack(">II", 1000, 500) + dice.randbytes(996)
    yield "half a frame", whole[:len(whole) // 2]
    yield "length 0", struct.pack(">II", 0, 0)
    yield "length of 2 GiB", struct.pack(">II", 0x7fffffff, len(header)) + header
    yield "length of 4 GiB", struct.pack(">II", 0xffffffff, len(header)) + header
    yield "length just over the limit", struct.pack(">II", 16 * 1024 * 1024 + 1, len(header)) + header
    yield "header longer than the frame", struct.pack(">II", 4 + len(header), 0xffffff) + header
    yield "unknown header kind", struct.pack(">II", 4 + len(header), 9 << 24 | len(header)) + header
    yield "binary header that is cut", struct.pack(">II", 14, 1 << 24 | 10) + b"\x00" * 10
    yield "deep JSON", struct.pack(">II", 4 + len(deep), len(deep)) + deep
    yield "HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    yield "unknown codes", b"".join(_frame(code, {}) for code in (0, 99999, -1, 32767))
    codes = (10, 310, 320, 11, 14, 15, 17, 29, 30, 31, 33, 34, 35, 36, 38, 41, 42, 105, 106, 202, 206)
    yield "no fields at all", b"".join(_frame(code, {}) for code in codes)
    yield "a response", _frame(0, {}, flag=frames.RESPONSE)
    yield "a batch that lies", _frame(frames.SEND_BATCH, send | {"m": "true"}, bytes(batch))
    yield "numbers", b"".join(
        _frame(frames.SEND_V2, send | {name: value}, b"x")
        + _frame(PULL, _pull(topic, queueId=value, queueOffset=value, maxMsgNums=value, suspendTimeoutMillis=value))
        + _frame(15, {"consumerGroup": "g", "topic": topic, "queueId": value, "commitOffset": value})
        + _frame(17, {"topic": f"{topic}-n", "readQueueNums": value, "writeQueueNums": value, "perm": value,
                      "topicFilterType": "SINGLE_TAG", "order": "false", "defaultTopic": "TBW102"})
        for value in numbers for name in "defgj")
    yield "names", b"".join(_frame(code, {"topic": name, "consumerGroup": name, "b": name, "a": name, "queueId": "0"})
                            for code in (11, 14, 15, 17, 38, 105, 202, 310)
                            for name in ("", "../../x", "x" * 100_000, "a\u0000b", "%RETRY%" + "g" * 300))
    yield "heartbeats", b"".join(_frame(34, {}, body) for body in (b"", b"{", b"null", b"[]", deep, b'{"clientID":7}',
                                                                   b'{"clientID":"c","consumerDataSet":[{},7,null]}'))


def _attack(port, data):
    """Sends, reads what comes for a moment, and closes without a word."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(5)
            while connection.recv(1 << 16):
                pass
        except OSError:
            pass  # it closed or reset: its right


class Peak:
    """The most memory that a process has had, seen every 50 ms."""

    def __init__(self, child):
        self.bytes, self._child, self._ended = 0, child, threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def _loop(self):
        while self._child.is_alive():
            try:
                self.bytes = max(self.bytes, self._child.resident_bytes())
            except (OSError, IndexError):
                return
            if self._ended.wait(0.05):
                return

    def stop(self):
        self._ended.set()
        self._thread.join()
        return self.bytes / 1024 / 1024


@pytest.fixture
def under_attack(own_devbroker, folder, unique):
    """(broker, topic, storm): a Java producer works while the test attacks, and must not have one failure."""
    broker = own_devbroker()
    broker.create_topic(unique, Storm.THREADS)
    storm = Storm(folder, broker, unique)
    storm.wait_more(100)
    peak = Peak(broker.child)
    yield broker, unique, storm
    assert broker.child.is_alive(), broker.child.log_tail()
    storm.wait_more(100)
    sent, failed, _ = storm.stop()
    most = peak.stop()
    print(f"\nat most {most:.0f} MiB; {len(sent)} messages sent meanwhile")
    assert not failed, sorted(failed)[:5]
    assert most < 512


def test_garbage_harms_nobody(under_attack):
    broker, topic, _ = under_attack
    dice = chance()
    for name, data in _hostile_bytes(dice, topic):
        _attack(broker.port, data)
        assert broker.child.is_alive(), f"{name}: {broker.child.log_tail()}"
    good = _frame(frames.SEND_V2, frames.send_header(f"{topic}-mutated", 0, {"UNIQ_KEY": "u"}, False), b"x" * 200)
    for _ in range(300):  # one good frame with a few bytes changed
        data = bytearray(good)
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        _attack(broker.port, bytes(data))
    assert broker.child.is_alive(), broker.child.log_tail()


def test_thousands_of_connections_harm_nobody(under_attack):
    broker, topic, storm = under_attack
    held = []
    try:
        for number in range(3000):
            connection = socket.socket()
            connection.settimeout(0.5)
            try:
                connection.connect(("127.0.0.1", broker.port))
                # Every other one begins a frame of 16 MiB: what is only announced must not be reserved.
                connection.send(struct.pack(">II", 16 * 1024 * 1024, 100) if number % 2 else b"\x00")
            except OSError:
                connection.close()  # it takes no more: its right
                continue
            held.append(connection)
        print(f"\n{len(held)} connections held")
        storm.wait_more(200)
    finally:
        for connection in held:
            connection.close()
    with frames.Connection(("127.0.0.1", broker.port), timeout=20) as connection:
        assert connection.call(frames.GET_ROUTE, {"topic": topic}).code == 0


def test_readers_that_do_not_read_are_not_waited_for(under_attack):
    broker, topic, storm = under_attack
    name = f"{topic}-large"
    broker.create_topic(name, 1)
    for number in range(30):
        _send(broker, name, 0, f"{number}" * 200_000, {"UNIQ_KEY": str(number)})
    held = []
    request = b"".join(_frame(PULL, _pull(name)) for _ in range(20))
    for _ in range(50):
        connection = socket.create_connection(("127.0.0.1", broker.port), timeout=1)
        held.append(connection)
        try:
            for _ in range(50):  # a thousand pulls of megabytes, no response is read
                connection.sendall(request)
        except OSError:
            pass  # it does not read on, or closed: its right
    storm.wait_more(200)
    for connection in held:
        connection.close()


# --- end to end ---

def test_outflow_delivers_to_it(mosquitto, devbroker, run_outflow, folder, unique):
    devbroker.create_topic(unique, 4)
    outflow = run_outflow(task(mosquitto.port, devbroker.address, topic=f"{unique}/#", rocketmq_topic=unique))
    outflow.wait_running()
    obligations = Obligations(folder / "obligations")
    publisher = Publisher(mosquitto.port, unique)
    publisher.publish(sequence(unique, unique, [f"k{index}" for index in range(8)], 10_000, 256), obligations)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 10_000, 30)
    devbroker.wait_count(unique, 10_000, 20)
    verdict = judge(unique, Obligations.load(obligations.path), devbroker.read(unique)).check()
    assert verdict.distinct == 10_000
    outflow.stop()


# --- TLS ---

def test_it_speaks_tls_with_clients_and_at_its_control(mosquitto, authority, run_outflow, folder, unique):
    own = authority.sign("devbroker")
    control = f"127.0.0.1:{free_port()}"
    broker = DevBroker(folder, "--cert-file", own.cert, "--key-file", own.key, "--control", control)
    outflow = run_outflow(task(mosquitto.port, broker.address, topic=f"{unique}/#", rocketmq_topic=unique,
                               rocketmq={"tls": {"ca_file": str(authority.file)}}))
    outflow.wait_running()
    with closing(Publisher(mosquitto.port, f"p-{unique}")) as publisher:
        publisher.publish(sequence(unique, unique, ["a"], 500))
    outflow.wait_value("outflow_delivered_total", lambda value: value == 500, 20)
    reader = Reader("5.3.3", folder, Tls.enforced(folder / "java", own, authority.file).options)
    assert reader.wait_count(broker.address, unique, 500, 20) == 500
    with urlopen(f"https://{control}/state", context=ssl.create_default_context(cafile=authority.file), timeout=20) as state:
        assert json.load(state)["topics"]
    with pytest.raises(OSError):
        urlopen(f"http://{control}/state", timeout=20).close()
    outflow.stop()
    broker.stop()


def test_it_does_not_start_without_the_key_of_its_certificate(authority, folder):
    own, other = authority.sign("one"), authority.sign("another")
    done = subprocess.run([program(), "devbroker", "--listen", "127.0.0.1:0", "--data", folder / "data",
                           "--cert-file", own.cert, "--key-file", other.key], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "has to be the key of cert_file" in done.stderr, done
