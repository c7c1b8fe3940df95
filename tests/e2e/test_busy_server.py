"""Who asks the server much, fills its disk or hangs does not stop the messages of others: Mosquitto -> outflow -> RocketMQ 5.3.3."""

import json
from contextlib import closing, contextmanager

import pytest

from conftest import or_skip
from rig.devbroker import DevBroker
from rig.load import Load
from rig.mqtt import Publisher, sequence
from rig.oracle import judge
from rig.outflow import task
from rig.server import KEY, Refused, Server
from rig.small_disk import fill, small_disk
from rig.visitors import Visitors

KEYS = [f"k{index}" for index in range(8)]
TASKS = 1000
RATE = 5000
SECONDS = 6
FIRST = 80


@contextmanager
def running(server):
    """Ends well, unless the test has failed."""
    try:
        yield server
    except BaseException:
        server.kill()
        raise
    assert server.stop() == 0, server.child.log_tail()


@pytest.fixture
def disk(folder):
    made = small_disk(folder / "disk", 64)
    yield or_skip(made.__enter__)
    made.__exit__(None, None, None)


def _idle_tasks(content, unique, count):
    """Tasks that are there to be listed."""
    one = content["tasks"][0]
    return [json.loads(json.dumps(one | {"name": f"{unique}-{number:04}"})) for number in range(count)]


def test_a_busy_control_plane_and_a_full_disk_lose_nothing(folder, disk, mosquitto, rocketmq5, unique):
    rocketmq5.create_topic(unique, 4)
    content = task(mosquitto.port, rocketmq5.address, name=unique, topic=f"{unique}/#", rocketmq_topic=unique)
    with running(Server(folder, data=disk / "data")) as server:
        server.apply(content | {"tasks": _idle_tasks(content, unique, TASKS - 1) + [content["tasks"][0] | {"enabled": True}]})
        server.wait_state(unique, "RUNNING")
        filler = fill(disk)
        changed = f"{unique}-0000"
        before = server.task(changed)
        visitors = Visitors(folder, server, KEY, change=[f"/v1/tasks/{changed}", _idle_tasks(content, unique, 1)[0]])
        load = Load(folder, mosquitto.port, unique, KEYS, rate=RATE, count=RATE * SECONDS, prefix=unique, size=256)
        load.wait(120)
        owed = load.owed()
        server.wait_delivered(unique, len(owed))
        seen = visitors.stop()
        print(f"\n{judge(unique, owed, rocketmq5.read_settled(unique, len(owed))).check(0)}; seen: {seen}")
        assert not seen["faults"] and set(seen["changes"]) == {"503"} and seen["unread_streams"] == 50
        assert seen["lists"] > 10 and seen["scrapes"] > 10 and seen["events"] > 50
        with pytest.raises(Refused, match="is full; free space on it"):
            server.do("PUT", f"/v1/tasks/{changed}", _idle_tasks(content, unique, 1)[0] | {"description": "x"})
        assert server.task(changed) == before, "nothing is half done"
        filler.unlink()
        server.do("PUT", f"/v1/tasks/{changed}", _idle_tasks(content, unique, 1)[0] | {"description": "there is room again"})
        assert server.value("outflow_source_connects_total", unique) == 1


def test_a_sink_that_hangs_slows_no_other_task(folder, mosquitto, rocketmq5, unique):
    """One loop for both tasks: nothing that hangs may hold the thread."""
    rocketmq5.create_topic(unique, 4)
    hanging = DevBroker(folder)
    content = task(mosquitto.port, rocketmq5.address, name=unique, topic=f"{unique}/#", rocketmq_topic=unique)
    other = task(mosquitto.port, hanging.address, name=f"{unique}-hangs", topic=f"{unique}/#", rocketmq_topic=unique)
    other["tasks"][0]["sink"]["rocketmq"]["instance"] = "hanging"
    instances = content["instances"] | {"hanging": other["instances"]["sink"]}
    with running(Server(folder, environment={"OUTFLOW_THREADS": "1", "OUTFLOW_GRACE_SECONDS": "1"})) as server:
        server.apply({"instances": instances, "tasks": [one | {"enabled": True} for one in content["tasks"] + other["tasks"]]})
        for name in (unique, f"{unique}-hangs"):
            server.wait_state(name, "RUNNING")
        with closing(Publisher(mosquitto.port, f"p-{unique}")) as publisher:
            publisher.publish(sequence(unique, unique, KEYS, FIRST))
        server.wait_delivered(f"{unique}-hangs", FIRST)
        hanging.child.freeze()
        load = Load(folder, mosquitto.port, unique, KEYS, rate=RATE, count=RATE * SECONDS, prefix=unique, size=256, start=FIRST // len(KEYS))
        load.wait(120)
        owed = load.owed() | {(key, number) for key in KEYS for number in range(FIRST // len(KEYS))}
        server.wait_delivered(unique, len(owed))
        held = server.task(f"{unique}-hangs")["status"]
        assert held["counts"]["delivered"] == FIRST and held["counts"]["in_flight"] > 0
        server.wait_task(f"{unique}-hangs", lambda now: "does not answer" in now["status"]["reason"], 60, "it says why it waits")
        hanging.child.thaw()
        server.wait_delivered(f"{unique}-hangs", len(owed), 120)
        print(f"\n{judge(unique, owed, rocketmq5.read_settled(unique, len(owed))).check(0)}")
    hanging.stop()
