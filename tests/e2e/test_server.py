"""`outflow server`: the life of a task over its API and command line, Mosquitto -> outflow -> RocketMQ 5.3.3, and what is left of
it after kill -9."""

import json
import os
import sqlite3
import threading
import time
from contextlib import closing
from http.client import HTTPException

import pytest

from rig.chance import chance
from rig.load import Load
from rig.mosquitto import Mosquitto
from rig.mqtt import Publisher, sequence
from rig.oracle import judge
from rig.outflow import task
from rig.process import wait_until
from rig.server import Refused, Server
from test_watch import _is_session

KILLS = int(os.environ.get("OUTFLOW_SERVER_KILLS", "6"))
EDITS = int(os.environ.get("OUTFLOW_EDITS", "50"))
KEYS = [f"k{index}" for index in range(8)]
RATE = 5000


@pytest.fixture
def server(folder):
    made = Server(folder)
    yield made
    assert made.stop() == 0, made.child.log_tail()


def _publish(port, unique, count, start=0):
    with closing(Publisher(port, f"p-{unique}-{start}")) as publisher:
        publisher.publish(sequence(unique, unique, KEYS, count, start=start))


def _version(content, number):
    """The task of the file as version `number` of it, whose records say so."""
    one = json.loads(json.dumps(content["tasks"][0]))
    one["sink"]["rocketmq"]["tags"] = f"v{number}"
    one["filter"] = {"data": {"topic": [{"wildcard": "*"}, {"prefix": f"v{number}/"}]}}
    return one


def test_the_life_of_a_task(server, mosquitto, rocketmq5, unique):
    rocketmq5.create_topic(unique, 4)
    content = task(mosquitto.port, rocketmq5.address, name=unique, topic=f"{unique}/#", rocketmq_topic=unique)
    for name, instance in content["instances"].items():
        server.do("POST", "/v1/instances", {"name": name} | instance)
        assert server.do("POST", f"/v1/instances/{name}:test")["ok"]
    made = server.do("POST", "/v1/tasks", content["tasks"][0])
    assert made["status"]["state"] == "READY" and made["enabled"] is False
    with pytest.raises(Refused, match="used by 1 task"):
        server.do("DELETE", "/v1/instances/edge")

    server.do("POST", f"/v1/tasks/{unique}:enable")
    server.wait_state(unique, "RUNNING")
    _publish(mosquitto.port, unique, 100)
    server.wait_delivered(unique, 100)
    status, changed, fields = server.call("PUT", f"/v1/tasks/{unique}", _version(content, 1), {"If-Match": f'"{made["status"]["revision"]}"'})
    assert status == 200 and changed["enabled"] is True
    assert server.status("PUT", f"/v1/tasks/{unique}", _version(content, 2), {"If-Match": f'"{made["status"]["revision"]}"'}) == 412
    assert fields["ETag"] == f'"{changed["status"]["revision"]}"'

    server.do("POST", f"/v1/tasks/{unique}:pause")
    server.wait_state(unique, "PAUSED")
    _publish(mosquitto.port, unique, 100, start=100)
    assert server.command("task", "enable", unique, "--wait") is not None
    messages = rocketmq5.read_settled(unique, 200)
    assert {message["tags"] for message in messages} == {None, "v1"}

    client_id = server.task(unique)["status"]["client_id"]
    assert _is_session(mosquitto.port, client_id)
    server.wait_task(unique, lambda now: now["status"]["counts"]["in_flight"] == 0, 20)
    server.do("DELETE", f"/v1/tasks/{unique}?held=drain")
    assert server.status("GET", f"/v1/tasks/{unique}") == 404
    assert not _is_session(mosquitto.port, client_id)
    actions = [entry["action"] for entry in server.do("GET", f"/v1/audit?name={unique}")["items"]]
    assert actions == ["delete", "enable", "pause", "change", "enable", "create"]
    for name in content["instances"]:
        server.do("DELETE", f"/v1/instances/{name}")


def test_a_first_message_comes_soon_after_enabling(server, mosquitto, rocketmq5, unique):
    rocketmq5.create_topic(unique, 4)
    content = task(mosquitto.port, rocketmq5.address, name=unique, topic=f"{unique}/#", rocketmq_topic=unique)
    server.apply(content)
    times = []
    for number in range(5):
        if number == 0:
            server.do("POST", f"/v1/tasks/{unique}:enable")
            server.wait_state(unique, "RUNNING")
            server.do("POST", f"/v1/tasks/{unique}:pause")
            server.wait_state(unique, "PAUSED")
        _publish(mosquitto.port, unique, 1, start=number)  # waits in the session
        delivered = server.task(unique)["status"]["counts"]["delivered"]
        begin = time.monotonic()
        server.do("POST", f"/v1/tasks/{unique}:enable")
        server.wait_delivered(unique, delivered + 1)
        times.append(time.monotonic() - begin)
        server.do("POST", f"/v1/tasks/{unique}:pause")
        server.wait_state(unique, "PAUSED")
    print(f"\nfrom enabling to the first message delivered, with the look at it every 20 ms: "
          f"{', '.join(f'{each * 1000:.0f} ms' for each in times)}")


def test_fifty_edits_over_the_api_under_load_lose_nothing(server, mosquitto, rocketmq5, folder, unique):
    rocketmq5.create_topic(unique, 4)
    content = task(mosquitto.port, rocketmq5.address, name=unique, topic=f"{unique}/#", rocketmq_topic=unique)
    server.apply(content)
    server.do("PUT", f"/v1/tasks/{unique}", _version(content, 0) | {"enabled": True})
    server.wait_state(unique, "RUNNING")
    load = Load(folder, mosquitto.port, unique, KEYS, rate=RATE, prefix=unique, size=256)
    server.wait_delivered(unique, 500)
    for number in range(1, EDITS + 1):
        server.do("PUT", f"/v1/tasks/{unique}", _version(content, number))
        server.wait_delivered(unique, server.task(unique)["status"]["counts"]["delivered"] + RATE // 10)
    load.stop()
    owed = load.owed()
    server.wait_delivered(unique, len(owed))
    messages = rocketmq5.read_settled(unique, len(owed))
    print(f"\n{judge(unique, owed, messages).check(0)}")
    versions = {message["tags"] for message in messages}
    assert versions <= {f"v{number}" for number in range(EDITS + 1)} and len(versions) > EDITS / 2, versions
    assert server.value("outflow_source_connects_total", unique) == 1, "an edit in place cost a connection"
    changes = server.do("GET", f"/v1/audit?name={unique}&limit=1000")["items"]
    said = {each["after"] for entry in changes for each in entry["difference"] if each["pointer"].endswith("/tags") and "after" in each}
    assert versions <= said, "each version is in the audit log"


class Life:
    """Changes of tasks and instances one after the other, and what there must be when each was answered."""

    def __init__(self, server, content, unique, chance):
        self.server, self.content, self.unique = server, content, unique
        self.chance = chance
        self.tasks = {}  # name: (enabled, tags)
        self.under_way = None
        self.done = 0
        self.failure = None

    def step(self):
        name = f"{self.unique}-{self.chance.randrange(4)}"
        there = self.tasks.get(name)
        kinds = ["create"] if there is None else ["enable", "pause", "edit", "edit", "delete"]
        kind = self.chance.choice(kinds)
        tags = f"v{self.chance.randrange(1000)}"
        body = _version(self.content, 0) | {"name": name}
        body["source"]["mqtt"]["topic"] = f"{name}/#"
        body["sink"]["rocketmq"]["tags"] = tags
        calls = {"create": ("POST", "/v1/tasks", body | {"enabled": True}, (True, tags)),
                 "enable": ("POST", f"/v1/tasks/{name}:enable", None, (True, there and there[1])),
                 "pause": ("POST", f"/v1/tasks/{name}:pause", None, (False, there and there[1])),
                 "edit": ("PUT", f"/v1/tasks/{name}", body, (there and there[0], tags)),
                 "delete": ("DELETE", f"/v1/tasks/{name}?held=discard", None, None)}
        method, path, document, after = calls[kind]
        self.under_way = (name, after)
        self.server.do(method, path, document)
        self._set(name, after)
        self.under_way = None
        self.done += 1

    def _set(self, name, after):
        if after is None:
            self.tasks.pop(name, None)
        else:
            self.tasks[name] = after

    def run_until_killed(self):
        """Its end is `is_over`; what went wrong besides the kill is in `failure`."""
        self.is_over = False
        try:
            while True:
                self.step()
        except (OSError, ValueError, HTTPException):
            pass  # the answer did not come, or not whole
        except BaseException as error:
            self.failure = f"{self.under_way}: {error}"
        self.is_over = True

    def check(self):
        """All is as it was answered; what was under way is so, or is not."""
        now = {each["name"]: (each["enabled"], each["sink"]["rocketmq"]["tags"])
               for each in self.server.do("GET", "/v1/tasks?limit=1000")["items"] if each["name"] != self.unique}
        if self.under_way is not None:
            name, after = self.under_way
            if now.get(name) == after:
                self._set(name, after)
            self.under_way = None
        assert now == self.tasks
        for each in self.server.do("GET", "/v1/tasks?limit=1000")["items"]:
            state = each["status"]["state"]
            allowed = ("STARTING", "RUNNING") if each["enabled"] else ("READY", "PAUSED")
            wait_until(lambda name=each["name"], allowed=allowed: self.server.task(name)["status"]["state"] in allowed, 20,
                       f"{each['name']}, enabled: {each['enabled']}, is {state}", alive=self.server.child)


def test_kill_at_any_moment_of_the_life_of_tasks(server, mosquitto, rocketmq5, folder, unique):
    rocketmq5.create_topic(unique, 4)
    content = task(mosquitto.port, rocketmq5.address, name=unique, topic=f"{unique}/#", rocketmq_topic=unique)
    server.apply(content)
    server.do("POST", f"/v1/tasks/{unique}:enable")
    server.wait_state(unique, "RUNNING")
    load = Load(folder, mosquitto.port, unique, KEYS, rate=500, prefix=unique, size=64)
    life = Life(server, content, unique, chance("changes: "))
    moments = chance("kills: ")
    for _ in range(KILLS):
        thread = threading.Thread(target=life.run_until_killed)
        thread.start()
        steps = life.done + moments.randrange(3, 25)
        wait_until(lambda steps=steps: life.done >= steps or life.failure, 60, "changes are answered", interval=0.0005,
                   alive=server.child)
        server.kill()
        thread.join()
        assert life.failure is None, life.failure
        server.start()
        life.check()
    load.stop()
    owed = load.owed()
    messages = rocketmq5.read_settled(unique, len(owed))
    verdict = judge(unique, owed, messages)
    print(f"{life.done} changes, {KILLS} kills; {verdict}")
    verdict.check(20_000)
    for name in [*life.tasks, unique]:
        server.do("DELETE", f"/v1/tasks/{name}?held=discard")


def test_what_is_not_wanted_does_not_run_after_a_restart(server, mosquitto, rocketmq5, unique):
    rocketmq5.create_topic(unique, 4)
    content = task(mosquitto.port, rocketmq5.address, name=unique, topic=f"{unique}/#", rocketmq_topic=unique)
    content["tasks"].append(json.loads(json.dumps(content["tasks"][0])) | {"name": "other", "enabled": True})
    content["tasks"][0]["enabled"] = True
    server.apply(content)
    server.wait_state(unique, "RUNNING")
    server.wait_state("other", "RUNNING")
    server.do("POST", f"/v1/tasks/{unique}:pause")
    server.wait_state(unique, "PAUSED")
    server.stop()
    server.start()
    server.wait_state("other", "RUNNING")
    paused = server.task(unique)
    assert paused["status"]["state"] == "PAUSED" and paused["enabled"] is False, paused
    _publish(mosquitto.port, unique, 50)
    server.do("POST", f"/v1/tasks/{unique}:enable")
    assert len(rocketmq5.read_settled(unique, 50)) >= 50


def test_a_session_is_ended_when_its_broker_is_back(server, rocketmq5, folder, unique):
    rocketmq5.create_topic(unique, 4)
    (folder / "broker").mkdir()
    broker = Mosquitto(folder / "broker", persistence=True)
    content = task(broker.port, rocketmq5.address, name=unique, topic=f"{unique}/#", rocketmq_topic=unique)
    server.apply(content)
    server.do("POST", f"/v1/tasks/{unique}:enable")
    server.wait_state(unique, "RUNNING")
    client_id = server.task(unique)["status"]["client_id"]
    broker.stop()
    begin = time.monotonic()
    server.do("DELETE", f"/v1/tasks/{unique}?held=discard")
    assert time.monotonic() - begin < 30
    assert server.status("GET", f"/v1/tasks/{unique}") == 404
    server.kill()
    broker.start()
    try:
        assert _is_session(broker.port, client_id)
        server.start()
        server.child.wait_log("The MQTT session of a deleted task has ended", 90)
        assert not _is_session(broker.port, client_id)
    finally:
        broker.stop()


def test_a_backup_is_restored_with_sessions_of_its_own(server, mosquitto, rocketmq5, folder, unique):
    rocketmq5.create_topic(unique, 4)
    content = task(mosquitto.port, rocketmq5.address, name=unique, topic=f"{unique}/#", rocketmq_topic=unique,
                   edge={"username": "u", "password": "not in the file"})
    server.apply(content)
    server.do("POST", f"/v1/tasks/{unique}:enable")
    server.command("backup", folder / "copy.db")
    assert b"not in the file" not in (folder / "copy.db").read_bytes()
    client_id = server.task(unique)["status"]["client_id"]
    server.stop()
    data = folder / "restored"
    data.mkdir()
    (folder / "copy.db").rename(data / "outflow.db")
    (data / "outflow.key").write_bytes((server.data / "outflow.key").read_bytes())
    (data / "outflow.key").chmod(0o600)
    restored = Server(folder, "restored", data=data)
    try:
        now = restored.task(unique)
        assert now["status"]["client_id"] != client_id
        assert restored.do("GET", "/v1/instances/edge")["mqtt"]["password"] == {"set": True}
    finally:
        restored.stop()
    with closing(sqlite3.connect(data / "outflow.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
