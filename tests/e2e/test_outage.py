"""RocketMQ away, killed, frozen, half gone, changed; outflow first."""

import os
import time

import pytest

from rig import frames
from rig.load import Load
from rig.oracle import judge
from rig.outflow import Scraper, task
from rig.process import all_live, stays, wait_until

QUEUES = 4
MAX_OFFSET = 30  # request code
BATCH = 1000  # records of one batch request, at most
KILLS = int(os.environ.get("OUTFLOW_BROKER_KILLS", "10"))
KEYS = [f"k{index}" for index in range(16)]


@pytest.fixture
def start(mosquitto, run_outflow, folder, unique):
    """start(cluster, rate): outflow and load run; returns both, and a scraper that checks the identity all along."""
    def begin(cluster, rate, queues=QUEUES):
        cluster.create_topic(unique, queues)
        outflow = run_outflow(task(mosquitto.port, cluster.address, topic=f"{unique}/#", rocketmq_topic=unique))
        outflow.wait_running()
        load = Load(folder, mosquitto.port, unique, KEYS, rate=rate, prefix=unique, size=256)
        outflow.wait_value("outflow_delivered_total", lambda value: value >= min(rate, 500), 20)
        return outflow, load, Scraper(outflow, 0.015)
    return begin


def _pass_time(seconds, *children):
    """The outage lasts so long; every child must live meanwhile."""
    stays(all_live(*children), seconds, "all go on", 0.05)


def _wait_more(outflow, load, count, seconds):
    """Until `count` messages are delivered that are not owed yet."""
    wanted = load.owed_count() + count
    outflow.wait_value("outflow_delivered_total", lambda value: value >= wanted, seconds)


def _finish(cluster, outflow, load, scraper, unique, duplicates_max, seconds=30, ordered=True, scrapes_min=1):
    """Ends the load and judges. The drain may take `seconds`."""
    load.stop()
    owed = load.owed()
    outflow.wait_value("outflow_delivered_total", lambda value: value >= len(owed), seconds)
    scrapes = scraper.stop()
    verdict = judge(unique, owed, cluster.read_settled(unique, len(owed)))
    print(f"\n{verdict}; {scrapes} scrapes added up")
    assert scrapes >= scrapes_min, f"only {scrapes} scrapes"
    return verdict.check(duplicates_max, ordered)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [30, 5000])
def test_rocketmq_away_for_18_seconds(own_cluster, start, unique, rate):
    cluster = own_cluster("5.3.3")
    outflow, load, scraper = start(cluster, rate)
    broker = cluster.brokers[0]
    broker.child.kill()
    _pass_time(18, outflow.child, load.child)
    assert "unreachable" in outflow.child.log_text(), "the outage is not told"
    broker.start()
    ready = time.monotonic()
    behind = load.owed_count()
    outflow.wait_value("outflow_delivered_total", lambda value: value >= behind, 10)
    print(f"\n{behind} messages there {time.monotonic() - ready:.1f} s after")
    _finish(cluster, outflow, load, scraper, unique, QUEUES * BATCH, scrapes_min=1000)


@pytest.mark.slow
def test_rocketmq_killed_and_restarted_again_and_again(own_cluster, start, unique):
    cluster = own_cluster("5.3.3")
    outflow, load, scraper = start(cluster, 2000)
    broker = cluster.brokers[0]
    for _ in range(KILLS):
        broker.child.kill()
        broker.start()
        behind = load.owed_count()
        outflow.wait_value("outflow_delivered_total", lambda value: value >= behind, 15)
    _finish(cluster, outflow, load, scraper, unique, KILLS * QUEUES * BATCH)


@pytest.mark.slow
def test_rocketmq_frozen_for_30_seconds(own_cluster, start, unique):
    cluster = own_cluster("5.3.3")
    outflow, load, scraper = start(cluster, 1000)
    child = cluster.brokers[0].child
    child.freeze()
    _pass_time(30, outflow.child, load.child)
    child.thaw()
    behind = load.owed_count()
    outflow.wait_value("outflow_delivered_total", lambda value: value >= behind, 15)
    # Frozen, it still holds the requests that it was sent, and stores them on waking.
    _finish(cluster, outflow, load, scraper, unique, QUEUES * BATCH)


@pytest.mark.slow
def test_one_of_two_masters_gone(own_cluster, start, unique):
    cluster = own_cluster("5.3.3", masters=2)
    outflow, load, scraper = start(cluster, 400)
    lost = cluster.brokers[1]
    lost.child.kill()
    # Half of 400 messages a second is the other master's, and must go on.
    before = outflow.value("outflow_delivered_total")
    outflow.wait_value("outflow_delivered_total", lambda value: value >= before + 1000, 10)
    lost.start()
    _finish(cluster, outflow, load, scraper, unique, 2 * QUEUES * BATCH)


@pytest.mark.slow
def test_queues_added_and_removed_under_load(own_cluster, start, unique):
    cluster = own_cluster("5.3.3")
    outflow, load, scraper = start(cluster, 2000)
    for queues in (8, 2, 6):
        cluster.create_topic(unique, queues, read_queues=8)
        if queues == 8:  # a new route is seen at the next lookup
            wait_until(lambda: _held(cluster.brokers[0], unique, 4), 45, "an added queue is used", 0.2, outflow.child)
        _wait_more(outflow, load, 4000, 20)  # a removed queue is seen at once, by the response to a send
    _finish(cluster, outflow, load, scraper, unique, 0)


def _held(broker, topic, first_queue):
    """How many messages the queues from `first_queue` to 7 have."""
    with frames.Connection(("127.0.0.1", broker.port)) as connection:
        answers = [connection.call(MAX_OFFSET, {"topic": topic, "queueId": str(queue)}) for queue in range(first_queue, 8)]
    return sum(int(answer.ext["offset"]) for answer in answers)


@pytest.mark.slow
def test_the_name_server_restarted(own_cluster, start, unique):
    cluster = own_cluster("5.3.3")
    outflow, load, scraper = start(cluster, 1000)
    cluster.name_server.child.kill()
    _wait_more(outflow, load, 4000, 10)  # by the last route
    cluster.name_server.start()
    # The broker comes back to the name server by itself within 30 seconds.
    cluster.brokers[0].wait_ready(60)
    _finish(cluster, outflow, load, scraper, unique, 0)


@pytest.mark.slow
def test_outflow_first_and_rocketmq_20_seconds_later(own_cluster, mosquitto, run_outflow, folder, unique):
    cluster = own_cluster("5.3.3")
    cluster.create_topic(unique, QUEUES)
    broker, names = cluster.brokers[0], cluster.name_server
    broker.child.terminate(30)
    names.child.terminate(10)
    outflow = run_outflow(task(mosquitto.port, cluster.address, topic=f"{unique}/#", rocketmq_topic=unique))
    outflow.child.wait_log(r"\bSTARTING\b", 10)
    _pass_time(20, outflow.child)
    assert "RUNNING" not in outflow.child.log_text().replace("RUNNING_FAILED", "")
    names.start()
    broker.start()
    outflow.wait_running(10)
    load = Load(folder, mosquitto.port, unique, KEYS, count=2000, prefix=unique)
    load.wait(30)
    wait_until(lambda: outflow.value("outflow_delivered_total") == 2000, 20, "all delivered")
    cluster.wait_count(unique, 2000, 20)
    judge(unique, load.owed(), cluster.read(unique)).check()
