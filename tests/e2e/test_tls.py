"""TLS with Mosquitto: what must work, what must be refused with which sentence, and renewal while outflow runs.

One Mosquitto has a listener for every certificate; messages are published at its plain port. They go to the embedded
RocketMQ, in plain; TLS on that side: test_tls_rocketmq.py.
"""

import json
import re
import shlex
import socket
import ssl
import subprocess
from contextlib import closing

import pytest
import yaml

from rig.certificates import Authority, Certificate, sealed, self_signed
from rig.document import blocks, run_shown
from rig.load import Load
from rig.mosquitto import Mosquitto
from rig.mqtt import Obligations, Publisher, sequence
from rig.oracle import judge
from rig.outflow import task
from rig.process import Child, wait_until

PASSWORD = "a password of a key"
AT_MOST_1_2 = """openssl_conf = all
[all]
ssl_conf = modules
[modules]
system_default = limits
[limits]
MaxProtocol = TLSv1.2
"""


class Given:
    """Certificates by name, and a Mosquitto with a listener for each; a second one knows nothing newer than TLS 1.2."""

    def __init__(self, folder, authority):
        other = Authority(folder, "other CA")
        server, client = authority.sign("server"), authority.sign("client")
        stranger = other.sign("stranger")
        alone = self_signed(folder, "alone")
        between = Authority(folder, "CA between", authority)
        below, client_below = between.sign("below"), between.sign("client below")
        lapsed = authority.sign_between("lapsed", "20200101000000Z", "20200201000000Z")
        asks = {"require_certificate": "true", "cafile": authority.file}
        (folder / "password").write_text(PASSWORD + "\n")
        (folder / "both.pem").write_text(other.file.read_text() + authority.file.read_text())
        self.values = {
            "CA": authority.file, "OTHER CA": other.file, "BOTH CAS": folder / "both.pem", "ALONE": alone.cert,
            "PIN OF ALONE": alone.pin, "PIN OF CLIENT": client.pin, "CLIENT": client.cert,
            "CLIENT KEY": client.key, "STRANGER": stranger.cert, "STRANGER KEY": stranger.key,
            "LAPSED": lapsed.cert, "LAPSED KEY": lapsed.key,
            "SEALED KEY": sealed(client.key, PASSWORD), "PASSWORD FILE": folder / "password", "NO FILE": folder / "none",
            "CLIENT BELOW": client_below.followed_by(between).cert, "CLIENT BELOW KEY": client_below.key}
        self.mosquitto = Mosquitto(folder, tls={
            "good": (server, {}), "localhost": (authority.sign("by name", "DNS:localhost"), {}), "alone": (alone, {}),
            "chain": (below.followed_by(between), {}), "half a chain": (below, {}),
            "lapsed": (lapsed, {}), "later": (authority.sign_between("later", "20400101000000Z", "20400201000000Z"), {}),
            "elsewhere": (authority.sign("elsewhere", "DNS:broker.example,IP:192.0.2.1"), {}),
            "wildcard": (authority.sign("wildcard", "DNS:*.example.org"), {}),
            "1.3": (server, {"tls_version": "tlsv1.3"}), "asks": (server, asks)})
        (folder / "old").mkdir()
        (folder / "openssl.cnf").write_text(AT_MOST_1_2)
        self.old = Mosquitto(folder / "old", tls={"1.2": (server, {}), "asks, 1.2": (server, asks)},
                             environment={"OPENSSL_CONF": str(folder / "openssl.cnf")})

    def broker(self, listener):
        return self.old if listener in self.old.tls_ports else self.mosquitto

    def port(self, listener):
        return self.broker(listener).tls_ports.get(listener, self.mosquitto.port)

    def tls(self, fields):
        """Fields of `tls`, with names of the table above replaced."""
        if isinstance(fields, list):
            return [self.tls(field) for field in fields]
        if isinstance(fields, dict):
            return {name: self.tls(value) for name, value in fields.items()}
        return str(self.values.get(fields, fields))

    def edge(self, listener, fields, host="127.0.0.1"):
        return {"endpoint": f"mqtts://{host}:{self.port(listener)}"} | ({} if fields is None else {"tls": self.tls(fields)})


@pytest.fixture(scope="module")
def given(session_folder, authority):
    made = Given(session_folder.make("mosquitto-tls"), authority)
    yield made
    made.mosquitto.stop()
    made.old.stop()


@pytest.fixture
def start(given, devbroker, run_outflow, unique):
    """start(edge, ...): outflow with that instance; the task's topics have the name `unique`."""
    def begin(edge, **options):
        devbroker.create_topic(unique, 1)
        content = task(0, devbroker.address, topic=f"{unique}/#", rocketmq_topic=unique,
                       edge=edge)
        return run_outflow(content, **options)
    return begin


def _publish(port, unique, count, begin=0, obligations=None):
    with closing(Publisher(port, f"p-{unique}")) as publisher:
        publisher.publish(sequence(unique, unique, ["a"], count, start=begin), obligations)


def _line(outflow, *words, seconds=10):
    """The first line of the log with all the words."""
    def found():
        return next((line for line in outflow.child.log_text().splitlines() if all(word in line for word in words)), None)
    return wait_until(found, seconds, f"a line of the log with {words}", 0.02, outflow.child)


@pytest.mark.parametrize("listener, host, fields, environment", [
    ("good", "127.0.0.1", {"ca_file": "CA"}, {}),
    ("good", "127.0.0.1", {"ca_file": "BOTH CAS"}, {}),
    ("localhost", "localhost", {"ca_file": "CA"}, {}),
    ("localhost", "127.0.0.1", {"ca_file": "CA", "server_name": "localhost"}, {}),
    ("wildcard", "127.0.0.1", {"ca_file": "CA", "server_name": "broker.example.org"}, {}),
    ("good", "127.0.0.1", {}, {"SSL_CERT_FILE": "CA"}),
    ("good", "127.0.0.1", None, {"SSL_CERT_FILE": "CA"}),
    ("good", "127.0.0.1", {"ca_file": ""}, {"SSL_CERT_FILE": "CA"}),
    ("chain", "127.0.0.1", {"ca_file": "CA"}, {}),
    ("alone", "127.0.0.1", {"pin_sha256": "PIN OF ALONE"}, {}),
    ("alone", "127.0.0.1", {"pin_sha256": ["PIN OF CLIENT", "PIN OF ALONE"]}, {}),
    ("alone", "127.0.0.1", {"ca_file": "ALONE"}, {}),
    ("alone", "127.0.0.1", {"verify": "none"}, {}),
    ("1.3", "127.0.0.1", {"ca_file": "CA"}, {}),
    ("1.2", "127.0.0.1", {"ca_file": "CA"}, {}),
    ("asks", "127.0.0.1", {"ca_file": "CA", "cert_file": "CLIENT", "key_file": "CLIENT KEY"}, {}),
    ("asks, 1.2", "127.0.0.1", {"ca_file": "CA", "cert_file": "CLIENT", "key_file": "CLIENT KEY"}, {}),
    ("asks", "127.0.0.1", {"ca_file": "CA", "cert_file": "CLIENT BELOW", "key_file": "CLIENT BELOW KEY"}, {}),
    ("asks", "127.0.0.1", {"ca_file": "CA", "cert_file": "CLIENT", "key_file": "SEALED KEY",
                           "key_password": {"env": "KEY_PASSWORD"}}, {"KEY_PASSWORD": PASSWORD}),
    ("asks", "127.0.0.1", {"ca_file": "CA", "cert_file": "CLIENT", "key_file": "SEALED KEY",
                           "key_password": {"file": "PASSWORD FILE"}}, {}),
])
def test_delivers(given, start, unique, listener, host, fields, environment):
    outflow = start(given.edge(listener, fields, host), environment=given.tls(environment))
    outflow.wait_running()
    _publish(given.broker(listener).port, unique, 100)
    outflow.wait_value("outflow_delivered_total", lambda value: value == 100, 10)
    assert outflow.value("outflow_source_connects_total") == 1
    outflow.stop()


@pytest.mark.parametrize("listener, only", [("1.2", ssl.TLSVersion.TLSv1_2), ("1.3", ssl.TLSVersion.TLSv1_3)])
def test_a_listener_of_one_version_is_what_it_says(given, authority, listener, only):
    context = ssl.create_default_context(cafile=authority.file)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
        context.minimum_version, context.maximum_version = version, version
        with socket.create_connection(("127.0.0.1", given.port(listener))) as plain:
            if version == only:
                context.wrap_socket(plain, server_hostname="127.0.0.1").close()
            else:
                with pytest.raises(ssl.SSLError):
                    context.wrap_socket(plain, server_hostname="127.0.0.1")


OF_CA = "issued by 'CN=rig CA',"
CLIENT_WANTED = ["other side", "certificate required", "see cert_file and key_file"]
NOT_TRUSTED = ["not signed by anybody who is trusted", "name its CA in ca_file", "pin_sha256: "]


@pytest.mark.parametrize("listener, fields, words", [
    ("lapsed", {"ca_file": "CA"}, [f"'CN=lapsed', {OF_CA} has expired on Feb  1 00:00:00 2020", "has to be renewed"]),
    ("later", {"ca_file": "CA"}, [f"'CN=later', {OF_CA} is not valid before Jan  1 00:00:00 2040", "clock"]),
    ("alone", {"ca_file": "CA"}, ["'CN=alone', issued by 'CN=alone',", "(self-signed certificate)", *NOT_TRUSTED]),
    ("half a chain", {"ca_file": "CA"}, ["'CN=below', issued by 'CN=CA between',", *NOT_TRUSTED]),
    ("alone", {"pin_sha256": "PIN OF CLIENT"}, ["'CN=alone'", "another key than those of pin_sha256"]),
    ("good", {"ca_file": "OTHER CA"},
     [f"'CN=server', {OF_CA}", "(unable to get local issuer certificate)", *NOT_TRUSTED]),
    ("good", {}, [f"'CN=server', {OF_CA}", *NOT_TRUSTED]),
    ("elsewhere", {"ca_file": "CA"},
     ["'CN=elsewhere'", "is for broker.example, 192.0.2.1, and not for 127.0.0.1", "set server_name"]),
    ("good", {"ca_file": "CA", "server_name": "broker.example"}, ["is for localhost, 127.0.0.1, and not for broker.example"]),
    ("wildcard", {"ca_file": "CA", "server_name": "a.broker.example.org"},
     ["is for *.example.org, and not for a.broker.example.org", "connect to a name that it has, or set server_name"]),
    ("wildcard", {"ca_file": "CA", "server_name": "example.org"}, ["is for *.example.org, and not for example.org"]),
    ("asks", {"ca_file": "CA"}, CLIENT_WANTED),
    ("asks, 1.2", {"ca_file": "CA"}, ["other side ends the handshake", "alert", "see cert_file and key_file"]),
    ("asks", {"ca_file": "CA", "cert_file": "STRANGER", "key_file": "STRANGER KEY"},
     ["does not accept our certificate", "unknown ca", "see cert_file"]),
    ("asks, 1.2", {"ca_file": "CA", "cert_file": "STRANGER", "key_file": "STRANGER KEY"},
     ["does not accept our certificate", "unknown ca", "see cert_file"]),
    ("asks", {"ca_file": "CA", "cert_file": "LAPSED", "key_file": "LAPSED KEY"},
     ["our certificate has expired", "renew cert_file"]),
    ("asks", {"ca_file": "CA", "cert_file": "CLIENT", "key_file": "STRANGER KEY"},
     ["key_file, which has to be the key of cert_file", "key values mismatch", "stranger.key"]),
    ("asks", {"ca_file": "CA", "cert_file": "CLIENT", "key_file": "SEALED KEY"}, ["is encrypted, and needs key_password", "client.sealed"]),
    ("asks", {"ca_file": "CA", "cert_file": "CLIENT", "key_file": "SEALED KEY", "key_password": "another"},
     ["key_file or key_password cannot be used", "bad decrypt", "client.sealed"]),
    ("good", {"ca_file": "NO FILE"}, ["No such file", "/none"]),
    ("plain", {"ca_file": "CA"}, ["TLS handshake", "is this the port for TLS"]),
])
def test_refuses_and_says_why(given, start, listener, fields, words):
    outflow = start(given.edge(listener, fields))
    line = _line(outflow, "Lost the MQTT broker.", "task=t")
    assert all(word in line for word in [f"127.0.0.1:{given.port(listener)}", *words]), f"{words} not in: {line}"
    assert "3.1.1" not in outflow.child.log_text(), f"another protocol version would not help: {line}"
    assert outflow.value("outflow_source_connects_total") == 0
    assert PASSWORD not in outflow.child.log_text()


@pytest.mark.parametrize("listener", ["alone", "good", "chain"])
def test_the_pin_that_a_refusal_offers_is_believed(given, start, listener):
    refused = start(given.edge(listener, {"ca_file": "OTHER CA"}), name="refused")
    pin = re.search(r'pin_sha256: ([^"]*)', _line(refused, "Lost the MQTT broker."))[1]
    refused.kill()
    start(given.edge(listener, {"pin_sha256": pin})).wait_running(5)


def test_mqtt_at_the_port_for_tls_says_so(given, start):
    outflow = start({"endpoint": f"mqtt://127.0.0.1:{given.mosquitto.tls_ports['good']}"})
    line = _line(outflow, "Lost the MQTT broker.", "task=t")
    assert "TLS" in line and "mqtts://" in line, line


def test_a_certificate_that_nobody_verifies_is_warned_of_at_every_start(given, start):
    outflow = start(given.edge("alone", {"verify": "none"}))
    outflow.wait_running()
    for _ in range(2):
        lines = [line for line in outflow.child.log_text().splitlines() if " WARN " in line and "verify: none" in line]
        assert len(lines) == 1 and "edge" in lines[0], f"{lines} in:\n{outflow.child.log_text()}"
        outflow.stop()
        outflow.start()
        outflow.wait_running()


# --- renewal while outflow runs

class Renewal:
    """Mosquitto and outflow on files that the test replaces; what was published must have arrived once each."""

    def __init__(self, folder, server, authority, client=None):
        self.folder, self.names = folder, ["server.pem", "server.key", "ca.pem", "client.pem", "client.key", "clients.pem"]
        self.owed = Obligations(folder / "obligations")
        self.count = 0
        server.install(self.file("server.pem"), self.file("server.key"))
        authority.own.install(self.file("ca.pem"))
        settings = {"certfile": self.file("server.pem"), "keyfile": self.file("server.key")}
        if client is not None:
            client.install(self.file("client.pem"), self.file("client.key"))
            authority.own.install(self.file("clients.pem"))
            settings |= {"require_certificate": "true", "cafile": self.file("clients.pem")}
        self.mosquitto = Mosquitto(folder, persistence=True, tls={"tls": (server, settings)})

    def file(self, name):
        return self.folder / name

    @property
    def edge(self):
        tls = {"ca_file": str(self.file("ca.pem"))}
        if self.file("client.pem").exists():
            tls |= {"cert_file": str(self.file("client.pem")), "key_file": str(self.file("client.key"))}
        return {"endpoint": f"mqtts://127.0.0.1:{self.mosquitto.tls_ports['tls']}", "tls": tls}

    def deliver(self, outflow, unique, connects):
        """Publishes 500; all that was published is delivered, after `connects` connections."""
        _publish(self.mosquitto.port, unique, 500, self.count, self.owed)
        self.count += 500
        outflow.wait_value("outflow_delivered_total", lambda value: value == self.count, 20)
        assert outflow.value("outflow_source_connects_total") == connects

    def restart_broker(self):
        """Messages that came meanwhile wait in the session."""
        self.mosquitto.stop()
        self.mosquitto.start()

    def check(self, outflow, unique, devbroker):
        assert outflow.child.is_alive() and "protocol=3" not in outflow.child.log_text()
        outflow.stop()
        devbroker.wait_count(unique, self.count, 10)
        assert judge(unique, Obligations.load(self.owed.path), devbroker.read(unique)).check(0).distinct == self.count


def test_the_broker_comes_back_with_another_authority(start, authority, devbroker, folder, unique):
    renewal = Renewal(folder, authority.sign("before"), authority)
    outflow = start(renewal.edge)
    outflow.wait_running()
    renewal.deliver(outflow, unique, 1)
    successor = Authority(folder, "next CA")
    successor.own.install(renewal.file("ca.pem"))
    renewal.deliver(outflow, unique, 1)  # the connection does not care
    successor.sign("after").install(renewal.file("server.pem"), renewal.file("server.key"))
    renewal.restart_broker()
    renewal.deliver(outflow, unique, 2)
    renewal.check(outflow, unique, devbroker)
    renewal.mosquitto.stop()


def test_our_certificate_is_renewed_and_half_a_renewal_changes_nothing(start, authority, devbroker, folder, unique):
    renewal = Renewal(folder, authority.sign("with clients"), authority, authority.sign("before, of ours"))
    outflow = start(renewal.edge)
    outflow.wait_running()
    renewal.deliver(outflow, unique, 1)
    successor = Authority(folder, "next CA of clients")
    ours = successor.sign("after, of ours")
    ours.install(renewal.file("client.pem"))  # with the old key
    renewal.restart_broker()
    renewal.deliver(outflow, unique, 2)
    ours.install(renewal.file("client.pem"), renewal.file("client.key"))
    successor.own.install(renewal.file("clients.pem"))
    renewal.restart_broker()
    renewal.deliver(outflow, unique, 3)
    renewal.check(outflow, unique, devbroker)
    renewal.mosquitto.stop()


def test_a_certificate_of_ours_that_had_lapsed_is_renewed(start, authority, devbroker, folder, unique):
    lapsed = authority.sign_between("lapsed, of ours", "20200101000000Z", "20200201000000Z")
    renewal = Renewal(folder, authority.sign("with clients, too"), authority, lapsed)
    outflow = start(renewal.edge)
    _line(outflow, "Lost the MQTT broker.")
    authority.sign("new, of ours").install(renewal.file("client.pem"), renewal.file("client.key"))
    outflow.wait_running()
    renewal.deliver(outflow, unique, 1)
    renewal.check(outflow, unique, devbroker)
    renewal.mosquitto.stop()


def test_a_task_goes_over_to_tls_at_the_same_broker(given, devbroker, run_outflow, folder, unique):
    """Its session stays, though the address is another one: nobody is without a subscription meanwhile."""
    devbroker.create_topic(unique, 1)

    def at(edge):
        return task(0, devbroker.address, topic=f"{unique}/#", rocketmq_topic=unique, edge=edge)
    outflow = run_outflow(at({"endpoint": f"mqtt://127.0.0.1:{given.mosquitto.port}"}))
    outflow.wait_running()
    load = Load(folder, given.mosquitto.port, unique, ["a", "b"], rate=500, prefix=unique)
    plain = {"endpoint": f"mqtt://127.0.0.1:{given.mosquitto.port}"}
    for moves, edge in enumerate((given.edge("good", {"ca_file": "CA"}), plain), 1):
        outflow.edit(at(edge))

        def has_moved():
            log = outflow.child.log_text().split("it goes on there.")
            return len(log) == moves + 1 and "Connected to MQTT broker." in log[-1]
        wait_until(has_moved, 30, "outflow is connected at the new address, with its session", alive=outflow.child)
    load.stop()
    owed = load.owed()
    devbroker.wait_count(unique, len(owed), 20)
    judge(unique, owed, devbroker.read(unique)).check(2_000)
    outflow.stop()


# --- the other commands, and those of the document

def _run(binary, *words):
    return subprocess.run([str(word) for word in (binary, *words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=30)


def _live(binary, folder, port, unique, *words):
    """What a command prints about one message, which is published until it comes; it ends by itself."""
    child = Child("live", [binary, *words, "--count", "1", "--json"], folder / "live.log", out=folder / "live.out")
    with closing(Publisher(port, f"p-{unique}")) as publisher:
        def ended():
            publisher.publish(sequence(unique, unique, ["a"], 1))
            return not child.is_alive()
        wait_until(ended, 20, "the command ends by itself", 0.05)
    assert child.popen.returncode == 0, child.log_tail()
    return [json.loads(line) for line in (folder / "live.out").read_text().splitlines()]


def test_task_preview_live(binary, given, folder, unique):
    file = folder / "tasks.yaml"
    file.write_text(yaml.safe_dump(task(0, "127.0.0.1:1", topic=f"{unique}/#", edge=given.edge("asks", {
        "ca_file": "CA", "cert_file": "CLIENT", "key_file": "SEALED KEY", "key_password": {"file": "PASSWORD FILE"}}))))
    shown = _live(binary, folder, given.mosquitto.port, unique, "task", "preview", file, "--live")
    assert unique in json.dumps(shown[0]), shown


def test_pattern_try(binary, given, folder, unique):
    port = given.mosquitto.tls_ports["asks"]
    words = ["pattern", "try", "--mqtt", f"mqtts://127.0.0.1:{port}", "--topic", f"{unique}/#", "-p",
             '{"data": {"body": {"s": [0]}}}']
    shown = _live(binary, folder, given.mosquitto.port, unique, *words, "--ca-file", given.values["CA"], "--cert-file",
                  given.values["CLIENT"], "--key-file", given.values["CLIENT KEY"])
    assert unique in json.dumps(shown[0]), shown
    for trust in (["--pin-sha256", given.values["PIN OF ALONE"]], ["--insecure"]):
        words[3] = f"mqtts://127.0.0.1:{given.mosquitto.tls_ports['alone']}"
        _live(binary, folder, given.mosquitto.port, unique, *words, *trust)
    refused = _run(binary, *words, "--ca-file", given.values["CA"], "--count", 1)
    assert refused.returncode == 1 and "'CN=alone'" in refused.stderr and "name its CA in ca_file" in refused.stderr, refused


def test_pattern_try_says_that_a_certificate_is_asked_for(binary, given):
    refused = _run(binary, "pattern", "try", "-p", "{}", "--topic", "#", "--ca-file", given.values["CA"], "--mqtt",
                   f"mqtts://127.0.0.1:{given.port('asks')}")
    assert refused.returncode == 1 and all(word in refused.stderr for word in CLIENT_WANTED), refused.stderr


@pytest.mark.parametrize("words", [
    ["rocketmq", "topics", "--tls", "--cert-file", "a.pem"],
    ["rocketmq", "topics", "--tls", "--pin-sha256", "abc"],
    ["rocketmq", "topics", "--tls", "--insecure", "--ca-file", "a.pem"],
    ["pattern", "try", "-p", "{}", "--topic", "#", "--mqtt", "mqtt://127.0.0.1:1", "--ca-file", "a.pem"],
], ids=["no key", "no pin", "nothing verified", "no mqtts"])
def test_wrong_usage(binary, words):
    done = _run(binary, *words, *(["--name-servers", "127.0.0.1:1"] if words[0] == "rocketmq" else []))
    assert done.returncode == 2, done


@pytest.mark.parametrize("code, endpoint, tls, words", [
    (2, "mqtt://127.0.0.1:1883", {}, ["instances.edge.mqtt.tls", "mqtt://, which is MQTT over plain TCP", "mqtts://HOST:8883"]),
    (2, "ssl://127.0.0.1:8883", None, ["write mqtts:// in place of ssl://"]),
    (0, "mqtt://127.0.0.1:8883", None, ["port 8883 is usually TLS", "1883"]),
    (0, "mqtts://127.0.0.1:1883", {}, ["port 1883 is usually MQTT over plain TCP", "8883"]),
    (2, "mqtts://127.0.0.1", {"cert_file": "a.pem"}, ["cert_file and key_file come together"]),
    (2, "mqtts://127.0.0.1", {"verify": "none", "ca_file": "a.pem"}, ["verify: none makes ca_file and pin_sha256 useless"]),
    (0, "mqtts://127.0.0.1", {"verify": "none"}, ["instances.edge.mqtt.tls.verify", "whoever answers is believed"]),
    (0, "mqtts://127.0.0.1", {"ca_file": ""}, ["no problems"]),
    (0, "mqtts://127.0.0.1", None, ["no problems"]),
])
def test_lint(binary, folder, code, endpoint, tls, words):
    edge = {"endpoint": endpoint} | ({} if tls is None else {"tls": tls})
    file = folder / "tasks.yaml"
    file.write_text(yaml.safe_dump(task(0, "127.0.0.1:9876", edge=edge, property={"dead_letter": {"file": "dead.jsonl"}})))
    done = _run(binary, "lint", file)
    said = re.sub(r"\s+", " ", done.stdout + done.stderr)
    assert done.returncode == code and all(word in said for word in words), said


def test_commands_and_settings_of_the_document(binary, folder, unique):
    make, show = blocks("docs/tls.md", "Certificates to try it with", "sh")
    run_shown(make, folder, binary)
    settings, = blocks("docs/tls.md", "Mosquitto", "ini")
    lines = [line.split(" ", 1) for line in settings.replace("/etc/mosquitto", str(folder)).splitlines() if " " in line]
    kept = {name: value for name, value in lines if name not in ("#", "listener", "allow_anonymous")}
    assert {"certfile", "keyfile", "cafile", "require_certificate"} == set(kept)
    broker = Mosquitto(folder, tls={"tls": (None, kept)})
    port = str(broker.tls_ports["tls"])
    assert "Verification: OK" in run_shown(show.replace("8883", port), folder, binary)
    pin, = blocks("docs/tls.md", "A pin", "sh")
    printed = run_shown(pin.replace("broker.example:8883", f"localhost:{port}"), folder, binary)
    assert printed.strip() == Certificate(folder / "server.pem", folder / "server.key").pin
    line, = blocks("docs/tls.md", "Mosquitto", "sh")
    words = shlex.split(line.replace("mqtts://localhost", f"mqtts://localhost:{port}"))
    words = [str(folder / word) if word.endswith((".pem", ".key")) else word for word in words]
    assert unique in json.dumps(_live(binary, folder, broker.port, unique, *words[1:]))
    broker.stop()
