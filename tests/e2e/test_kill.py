"""kill -9 of outflow under load. Rounds a campaign: OUTFLOW_KILL_ROUNDS, 20 by default.

What is owed stands in a file written by the publisher's process; a proxy between the MQTT broker and outflow sees what
was in flight: redelivered messages have DUP set on the next connect. It records what the broker sent, and messages must
be stored in that order; RabbitMQ's is not always the publisher's (docs/delivery.md, outside of the promise). At every
second kill RocketMQ stands still, so that there is something to lose. The control is a binary whose ledger acknowledges
early: the same campaign must find that it loses messages.
"""

import contextlib
import os
import random
import time

import pytest

from conftest import or_skip
from rig.chance import chance
from rig.load import Load
from rig.oracle import judge
from rig.outflow import Outflow, program, task
from rig.process import all_live, stays, wait_until

ROUNDS = int(os.environ.get("OUTFLOW_KILL_ROUNDS", "20"))
RECEIVE_MAXIMUM = 500
PREFETCH = 1000  # RabbitMQ's window


@pytest.fixture(scope="module")
def control():
    return or_skip(lambda: program("OUTFLOW_CONTROL", "build/test/outflow_early_ack"))


def _campaign(binary, folder, broker, between, cluster, unique, rounds, rate, mqtt, dice):
    """Kills `rounds` times under load; returns (load, kill times in Unix milliseconds)."""
    print(f"\n{rounds} kills, {rate} messages a second")
    cluster.create_topic(unique, 4)
    content = task(between.port, cluster.address, topic=f"{unique}/#", rocketmq_topic=unique,
                   source={"receive_maximum": RECEIVE_MAXIMUM})
    outflow = Outflow(folder, content, binary)
    kills = []
    try:
        outflow.wait_running(proxy=between)
        load = Load(folder, broker.port, unique, [f"k{index}" for index in range(16)], rate=rate, prefix=unique,
                    version=mqtt, size=256)
        for index in range(rounds):
            opened = outflow.child.started - time.monotonic() + time.time()
            wait_until(lambda: any(c.publishes > 50 for c in list(between.connections) if c.opened >= opened), 30,
                       "messages flow again", 0.005, outflow.child)
            stays(all_live(outflow.child), dice.uniform(0.2, 1.2), "outflow runs until it is killed", 0.01)
            with _pile_up(outflow, cluster) if index % 2 else contextlib.nullcontext():
                outflow.kill()
            kills.append(int(time.time() * 1000))
            outflow.start()
        outflow.wait_running(proxy=between)
        load.stop()
        outflow.wait_value("outflow_received_total", lambda value: value > 0, 30)
        _wait_quiet(outflow, 60)
    finally:
        outflow.kill()
    return load, kills


@contextlib.contextmanager
def _pile_up(outflow, cluster):
    """RocketMQ stands still until a hundred messages are in flight, and goes on afterwards."""
    for broker in cluster.brokers:
        broker.child.freeze()
    try:
        outflow.wait_value("outflow_in_flight", lambda value: value >= 100, 10)
        yield
    finally:
        for broker in cluster.brokers:
            broker.child.thaw()


def _wait_quiet(outflow, seconds):
    """Until nothing is in flight and nothing has come for a second."""
    last = [None, time.monotonic()]

    def quiet():
        received = outflow.value("outflow_received_total")
        if received is None or received != last[0] or outflow.value("outflow_in_flight") != 0:
            last[:] = [received, time.monotonic()]
        return time.monotonic() - last[1] > 1
    wait_until(quiet, seconds, "outflow is quiet", 0.1, outflow.child)


def _redelivered(between, kills):
    """[(messages with DUP set on the connections after each kill, most outstanding before it)]."""
    bounds = kills + [int(time.time() * 1000)]
    found = []
    for index, kill in enumerate(kills):
        before = [c for c in between.connections if (kills[index - 1] if index else 0) <= c.opened * 1000 < kill]
        after = [c for c in between.connections if kill <= c.opened * 1000 < bounds[index + 1]]
        found.append((sum(c.dup_publishes for c in after), max((c.peak for c in before), default=0)))
    return found


def _report(verdict, redelivered):
    print(verdict)
    for index, (dups, peak) in enumerate(redelivered):
        print(f"  kill {index + 1}: at most {peak} outstanding before it, {dups} redelivered with DUP, "
              f"{verdict.duplicates_after[index + 1]} stored twice")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mosquitto", "rabbitmq"])
def test_no_kill_loses_a_message(binary, folder, request, proxy, rocketmq5, unique, kind):
    broker = request.getfixturevalue(kind)
    between = proxy(broker.port, recording=True)
    mqtt, rate, window = (5, 5000, RECEIVE_MAXIMUM) if kind == "mosquitto" else (4, 2500, PREFETCH)
    load, kills = _campaign(binary, folder, broker, between, rocketmq5, unique, ROUNDS, rate, mqtt, chance())
    owed = load.owed()
    verdict = judge(unique, owed, rocketmq5.read_settled(unique, len(owed)), kills, between.arrivals())
    redelivered = _redelivered(between, kills)
    _report(verdict, redelivered)
    # Mosquitto 2.0 overruns Receive Maximum once acknowledgements flow: then the window is what it had out.
    bounds = [max(window, peak) for _, peak in redelivered]
    for index, bound in enumerate(bounds):
        assert verdict.duplicates_after[index + 1] <= bound, f"kill {index + 1}: over {bound} duplicates"
    assert verdict.duplicates <= sum(dups for dups, _ in redelivered) or kind == "rabbitmq"
    verdict.check(duplicates_max=sum(bounds))
    # RabbitMQ may send newer messages before it sends the unacknowledged ones again.
    assert verdict.reordered == 0 or kind == "rabbitmq"
    in_flight = sum(1 for dups, _ in redelivered if dups)
    print(f"{in_flight} of {ROUNDS} kills had messages in flight")
    assert in_flight * 2 >= ROUNDS, "the kills did not hit"


@pytest.mark.slow
def test_the_control_that_acknowledges_early_is_found_losing(control, folder, mosquitto, proxy, rocketmq5, unique):
    between = proxy(mosquitto.port)
    missing = []
    for attempt in range(3):  # each kill loses with a chance only
        topic = f"{unique}-{attempt}"
        place = folder / str(attempt)
        place.mkdir()
        load, kills = _campaign(control, place, mosquitto, between, rocketmq5, topic, 10, 5000, 5,
                                random.Random(attempt))
        owed = load.owed()
        verdict = judge(topic, owed, rocketmq5.read_settled(topic, int(len(owed) * 0.9)), kills)
        print(f"control: {verdict}")
        missing += verdict.missing
        if missing:
            break
    assert missing, "a ledger that acknowledges early lost nothing: the campaign proves nothing"
