"""TLS with RocketMQ 5.3.3 and 4.9.7 that refuse everything else, with and without certificates of clients.

What is published reaches Mosquitto in plain; outflow takes it over TLS, sends it over TLS, and RocketMQ's own client reads it
back over TLS.
"""

import json
import re
import subprocess

import pytest

from conftest import or_skip
from rig.certificates import Authority, Certificate
from rig.document import blocks, run_shown
from rig.load import Load
from rig.mosquitto import Mosquitto
from rig.oracle import judge
from rig.outflow import task
from rig.process import all_live, stays
from rig.rocketmq import Cluster, NameServer, Tls

KEYS = [f"k{index}" for index in range(8)]
PARTS = [("5.3.3", True), ("4.9.7", False), ("4.9.7", True)]  # whether clients need a certificate
KILLS = 3
DUPLICATES_MAX = 4000  # of one kill: what may be in flight


class Part:
    """One cluster, and what outflow needs to reach it. It trusts `successor`, too."""

    def __init__(self, folder, authority, version, asks):
        self.folder, self.authority, self.asks = folder, authority, asks
        self.successor = Authority(folder, "next CA")
        self.client, self.server = authority.sign(f"client of {version}"), authority.sign(f"server of {version}")
        used = Certificate(folder / "used.pem", folder / "used.key")
        self.server.install(used.cert, used.key)
        trusted = folder / "trusted.pem"
        trusted.write_text(authority.file.read_text() + self.successor.file.read_text())
        tls = Tls.enforced(folder, used, trusted, self.client if asks else None)
        self.cluster = or_skip(lambda: Cluster(folder, version, tls=tls))
        self.identity = {"cert_file": str(self.client.cert), "key_file": str(self.client.key)}
        self.tls = {"ca_file": str(authority.file)} | (self.identity if asks else {})

    def options(self, **fields):
        """The same as `tls`, with `fields` instead of some, as options of a command."""
        words = ["--name-servers", self.cluster.address, "--tls"]
        for name, value in (self.tls | fields).items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        return words


@pytest.fixture(scope="module", params=PARTS, ids=["5.3.3-asks", "4.9.7", "4.9.7-asks"])
def part(request, session_folder, authority):
    version, asks = request.param
    made = Part(session_folder.make(f"tls-{version}-{asks}"), authority, version, asks)
    yield made
    made.cluster.stop()


@pytest.fixture(scope="module")
def mqtt(session_folder, authority):
    """A Mosquitto whose TLS listener wants a certificate."""
    broker = Mosquitto(session_folder.make("mosquitto-tls-rocketmq"), tls={
        "tls": (authority.sign("mosquitto"), {"require_certificate": "true", "cafile": authority.file})})
    yield broker
    broker.stop()


@pytest.fixture
def start(mqtt, authority, run_outflow, unique):
    """start(name server, tls): outflow between Mosquitto, over TLS, and there."""
    ours = authority.sign("outflow")

    def begin(address, tls, **options):
        edge = {"endpoint": f"mqtts://127.0.0.1:{mqtt.tls_ports['tls']}",
                "tls": {"ca_file": str(authority.file), "cert_file": str(ours.cert), "key_file": str(ours.key)}}
        return run_outflow(task(0, address, topic=f"{unique}/#", rocketmq_topic=unique, edge=edge,
                                rocketmq={} if tls is None else {"tls": tls}), **options)
    return begin


def _run(binary, *words):
    return subprocess.run([str(word) for word in (binary, *words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60)


def test_delivers_and_the_commands_read_it(part, mqtt, start, binary, folder, unique):
    made = _run(binary, "rocketmq", "create-topic", unique, *part.options())
    assert made.returncode == 0, made
    outflow = start(part.cluster.address, part.tls)
    outflow.wait_running()
    many = Load(folder, mqtt.port, unique, KEYS, count=4000, prefix=unique)
    large = Load(folder, mqtt.port, unique, ["large"], count=8, prefix=unique, size=1_000_000, name="large")
    many.wait(30)
    large.wait(30)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 4008, 20)
    outflow.stop()
    part.cluster.wait_count(unique, 4008, 20)
    assert judge(unique, many.owed() | large.owed(), part.cluster.read(unique)).check().distinct == 4008
    read = _run(binary, "rocketmq", "consume", unique, "--from-beginning", "--count", 4008, "--json", *part.options())
    assert read.returncode == 0 and len([json.loads(line) for line in read.stdout.splitlines()]) == 4008, read.stderr
    listed = _run(binary, "rocketmq", "topics", *part.options())
    assert listed.returncode == 0 and unique in listed.stdout.split(), listed


NOT_TRUSTED = ["issued by 'CN=rig CA',", "not signed by anybody who is trusted", "name its CA in ca_file", "pin_sha256: "]


# What changes in part.tls, None: no TLS at all; words of the sentence.
@pytest.mark.parametrize("change, words", [
    (None, ["closed by the peer before it answered", "TLS alone"]),
    (lambda part: {"ca_file": part.successor.file}, NOT_TRUSTED),
    (lambda part: {"server_name": "rocketmq.example"},
     ["is for localhost, 127.0.0.1, and not for rocketmq.example", "set server_name"]),
], ids=["plain", "other CA", "other name"])
def test_refuses_and_says_why(part, start, binary, change, words):
    changed = {} if change is None else change(part)
    tls = None if change is None else {name: str(value) for name, value in (part.tls | changed).items()}
    outflow = start(part.cluster.address, tls)
    _check_told(part.cluster.address, outflow, words)
    options = ["--name-servers", part.cluster.address] if tls is None else part.options(**changed)
    done = _run(binary, "rocketmq", "topics", *options)
    assert done.returncode == 1 and all(word in done.stderr for word in [part.cluster.address, *words]), done.stderr


def _check_told(address, outflow, words):
    """The task's condition names the name server and says why it cannot be used."""
    line = outflow.child.wait_log(r'.*condition="STARTING: sink unreachable.*', 10)[0]
    assert all(word in line for word in [address, *words]), f"{words} not in: {line}"


def test_a_certificate_of_ours_is_shown_where_it_is_asked_for(part, start):
    if not part.asks:
        start(part.cluster.address, part.tls | part.identity).wait_running()
        return
    trusting = {"ca_file": part.tls["ca_file"]}
    outflow = start(part.cluster.address, trusting, name="without")
    stranger = Authority(part.folder, "unknown CA").sign("stranger")
    refused = start(part.cluster.address, trusting | {"cert_file": str(stranger.cert), "key_file": str(stranger.key)})
    _check_told(part.cluster.address, refused, ["does not accept our certificate", "see cert_file"])
    _check_told(part.cluster.address, outflow, ["client certificate", "see cert_file and key_file"])


@pytest.mark.parametrize("trust", [
    lambda part: {"pin_sha256": part.server.pin}, lambda part: {"verify": "none"}, lambda part: {},
], ids=["a pin", "verify none", "the system's authorities"])
def test_believes(part, mqtt, start, folder, unique, trust):
    part.cluster.create_topic(unique, 1)
    tls = trust(part) | (part.identity if part.asks else {})
    outflow = start(part.cluster.address, tls, environment={"SSL_CERT_FILE": str(part.authority.file)})
    outflow.wait_running()
    Load(folder, mqtt.port, unique, KEYS, count=100, prefix=unique).wait(20)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 100, 10)


def test_tls_where_there_is_none(start, folder, binary):
    server = or_skip(lambda: NameServer(folder, "5.3.3", Tls.disabled()))
    address = f"127.0.0.1:{server.port}"
    outflow = start(address, {})
    _check_told(address, outflow, ["TLS handshake", "is this the port for TLS"])
    done = _run(binary, "rocketmq", "topics", "--name-servers", address, "--tls")
    assert done.returncode == 1 and "is this the port for TLS" in done.stderr, done.stderr
    server.child.kill()


@pytest.mark.parametrize("version", ["5.3.3", "4.9.7"])
def test_a_name_server_as_shipped_shows_a_certificate_of_its_own(folder, binary, version):
    server = or_skip(lambda: NameServer(folder, version))
    topics = ["rocketmq", "topics", "--name-servers", f"127.0.0.1:{server.port}", "--tls"]
    assert _run(binary, *topics, "--insecure").returncode == 0
    refused = _run(binary, *topics)
    assert refused.returncode == 1 and "not signed by anybody who is trusted" in refused.stderr, refused
    server.child.kill()


def test_commands_and_settings_of_the_document(folder, binary):
    run_shown(blocks("docs/tls.md", "Certificates to try it with", "sh")[0], folder, binary)
    settings, = blocks("docs/tls.md", "RocketMQ", "properties")
    (folder / "tls.properties").write_text(settings.replace("/etc/rocketmq", str(folder)))
    export, topics = blocks("docs/tls.md", "RocketMQ", "sh")
    options = re.search('JAVA_OPT="(.*)"', export)[1].replace("/etc/rocketmq", str(folder)).split()
    server = or_skip(lambda: NameServer(folder, "4.9.7", Tls(options, None)))
    topics = topics.replace("localhost:9876", f"localhost:{server.port}")
    assert run_shown(topics, folder, binary) == ""  # no topic, and no complaint
    assert "certificate" in run_shown(topics.split(" --cert-file")[0], folder, binary, expected=1)
    server.child.kill()


# --- faults

only_5 = pytest.mark.parametrize("part", PARTS[:1], ids=["5.3.3-asks"], indirect=True)


@pytest.fixture
def loaded(part, mqtt, start, folder, unique):
    """outflow, the file of the authorities that it trusts, and a load that goes on."""
    part.cluster.create_topic(unique, 4)
    ca_file = folder / "ca.pem"
    part.authority.own.install(ca_file)
    outflow = start(part.cluster.address, part.tls | {"ca_file": str(ca_file)})
    outflow.wait_running()
    load = Load(folder, mqtt.port, unique, KEYS, rate=1000, prefix=unique)
    outflow.wait_value("outflow_delivered_total", lambda value: value >= 500, 20)
    return outflow, ca_file, load


def _finish(part, outflow, load, unique, duplicates_max, more=frozenset()):
    """`more`: what is owed besides the load."""
    load.stop()
    owed = load.owed() | more
    messages = part.cluster.read_settled(unique, len(owed))
    print(f"\n{judge(unique, owed, messages).check(duplicates_max)}")
    outflow.stop()


@only_5
def test_outflow_killed_again_and_again(part, loaded, unique):
    outflow, _, load = loaded
    for _ in range(KILLS):
        outflow.kill()
        outflow.start()
        outflow.wait_value("outflow_delivered_total", lambda value: value >= 1000, 20)
    _finish(part, outflow, load, unique, KILLS * DUPLICATES_MAX)


@only_5
def test_rocketmq_frozen_with_more_under_way_than_a_socket_holds(part, loaded, mqtt, folder, unique):
    outflow, _, load = loaded
    child = part.cluster.brokers[0].child
    child.freeze()
    try:
        large = Load(folder, mqtt.port, unique, ["large"], count=200, size=100_000, prefix=unique, name="large")
        large.wait(30)
        outflow.child.wait_log("reading stopped", 20)
    finally:
        child.thaw()
    _catch_up(outflow, load, 30)
    _finish(part, outflow, load, unique, DUPLICATES_MAX, large.owed())


@only_5
def test_rocketmq_killed_and_back(part, loaded, unique):
    outflow, _, load = loaded
    broker = part.cluster.brokers[0]
    broker.child.kill()
    stays(all_live(outflow.child, load.child), 3, "all go on", 0.05)
    broker.start()
    _catch_up(outflow, load, 20)
    _finish(part, outflow, load, unique, DUPLICATES_MAX)


def _catch_up(outflow, load, seconds):
    behind = load.owed_count()
    outflow.wait_value("outflow_delivered_total", lambda value: value >= behind, seconds)
    assert outflow.value("outflow_source_connects_total") == 1


# The last test of its cluster, which shows another certificate from here on.
@only_5
def test_rocketmq_back_with_a_certificate_of_another_authority(part, loaded, unique):
    outflow, ca_file, load = loaded
    part.successor.own.install(ca_file)
    part.successor.sign("renewed").install(part.folder / "used.pem", part.folder / "used.key")
    broker, names = part.cluster.brokers[0], part.cluster.name_server
    broker.child.kill()
    names.child.kill()
    names.start()
    broker.start()
    _catch_up(outflow, load, 30)
    _finish(part, outflow, load, unique, DUPLICATES_MAX)
