"""Brokers shared by all tests (starting them is slow on two cores; each test has its own topics), and the rule on skips."""

import itertools
import os
import time

import pytest

from rig.certificates import Authority
from rig.devbroker import DevBroker
from rig.java import Missing
from rig.mosquitto import Mosquitto
from rig.outflow import Outflow, program, task
from rig.process import Folder, end_all
from rig.proxy import Proxy
from rig.rabbitmq import RabbitMQ
from rig.rocketmq import Cluster
from rig.scripted_mqtt import ScriptedMqtt
from rig.scripted_rocketmq import ScriptedRocketMQ

_numbers = itertools.count(1)


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: over 30 seconds")


def or_skip(make):
    """What `make` gives; skips, with the reason, when the machine lacks something."""
    try:
        return make()
    except (Missing, FileNotFoundError) as error:
        pytest.skip(str(error))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"Skipped, which is a failure under CI=true: {reason}"


@pytest.fixture(scope="session")
def session_folder():
    folder = Folder()
    yield folder
    end_all()
    folder.remove()


@pytest.fixture
def folder(session_folder, request):
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:60]
    return session_folder.make(f"{next(_numbers)}-{name}")


@pytest.fixture
def unique():
    """A name that no other test uses: for topics and runs."""
    return f"t{int(time.time()) % 100000}-{next(_numbers)}"


@pytest.fixture(scope="session")
def authority(session_folder):
    """A CA; others are made with Authority."""
    return or_skip(lambda: Authority(session_folder.make("authority"), "rig CA"))


@pytest.fixture(scope="session")
def mosquitto(session_folder):
    broker = or_skip(lambda: Mosquitto(session_folder.make("mosquitto")))
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def rabbitmq(session_folder):
    broker = or_skip(lambda: RabbitMQ(session_folder.make(f"rabbitmq-{next(_numbers)}")))
    yield broker
    broker.stop()


def _cluster(session_folder, version, masters=1, **options):
    return or_skip(lambda: Cluster(session_folder.make(f"rocketmq-{version}-{next(_numbers)}"), version, masters, **options))


@pytest.fixture(scope="session")
def rocketmq5(session_folder):
    """5.3.3 with one master. Tests that stop or freeze it take `own_cluster` instead."""
    cluster = _cluster(session_folder, "5.3.3")
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def rocketmq4(session_folder):
    cluster = _cluster(session_folder, "4.9.7")
    yield cluster
    cluster.stop()


@pytest.fixture
def own_cluster(session_folder):
    """make(version, masters=1, ...): clusters that end with the test."""
    made = []

    def make(version, masters=1, **options):
        made.append(_cluster(session_folder, version, masters, **options))
        return made[-1]
    yield make
    for cluster in made:
        cluster.stop()


@pytest.fixture(scope="session")
def binary():
    return or_skip(program)


@pytest.fixture(scope="session")
def devbroker(session_folder, binary):
    """The embedded RocketMQ. Tests that kill or attack it take `own_devbroker` instead."""
    broker = DevBroker(session_folder.make("devbroker"), binary=binary)
    yield broker
    broker.stop()


@pytest.fixture
def own_devbroker(session_folder, binary):
    """make(options...): embedded brokers that end with the test."""
    made = []

    def make(*options):
        made.append(DevBroker(session_folder.make(f"devbroker-{next(_numbers)}"), *options, binary=binary))
        return made[-1]
    yield make
    for broker in made:
        broker.stop()


@pytest.fixture
def run_outflow(binary, folder):
    """start(content, ...): runs a task file; killed at the end of the test if it still runs."""
    started = []

    def start(content, name="outflow", **options):
        started.append(Outflow(folder, content, options.pop("binary", binary), name, **options))
        return started[-1]
    yield start
    for outflow in started:
        outflow.kill()


@pytest.fixture
def proxy():
    """make(port, recording=False): a proxy in front of an MQTT broker."""
    made = []

    def make(port, recording=False):
        made.append(Proxy(port, recording))
        return made[-1]
    yield make
    for one in made:
        one.stop()


@pytest.fixture
def scripted_rocketmq(binary, folder):
    made = []

    def make(**options):
        made.append(ScriptedRocketMQ(folder, **options))
        return made[-1]
    yield make
    for server in made:
        server.stop()


@pytest.fixture
def bridge(binary, scripted_mqtt, scripted_rocketmq, run_outflow):
    """start(queues=1, source={}, sink={}, ...): (outflow, rocketmq) of topics a/# and t; the test accepts the MQTT side."""
    def start(queues=1, source=None, sink=None, server=None, **rest):
        rocketmq = scripted_rocketmq(topics={"t": queues}, **(server or {}))
        outflow = run_outflow(task(scripted_mqtt.port, rocketmq.address, topic="a/#", source=source, sink=sink, **rest))
        return outflow, rocketmq
    return start


@pytest.fixture
def scripted_mqtt():
    server = ScriptedMqtt()
    yield server
    server.stop()


def pytest_terminal_summary(terminalreporter):
    """Adds "passed failed" to the sum that ./test and .ci/run print."""
    if tally := os.environ.get("OUTFLOW_TALLY"):
        count = {name: len(terminalreporter.stats.get(name, [])) for name in ("passed", "failed", "error")}
        with open(tally, "a") as file:
            file.write(f"{count['passed']} {count['failed'] + count['error']}\n")
