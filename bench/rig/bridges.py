"""The bridges under measurement, each as one process behind the same calls."""

import itertools
import os
from contextlib import ExitStack
from pathlib import Path

from rig.certificates import self_signed
from rig.java import java_home
from rig.mosquitto import Mosquitto
from rig.outflow import Outflow as OutflowProcess
from rig.outflow import task
from rig.process import Child
from rig.server import KEY, Server
from rig.small_disk import fill, small_disk
from rig.visitors import Visitors

from load import Tool, options
from processes import resident_bytes, resident_peak_bytes

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
FILTER = {"data": {"body": {"temperature": [{"numeric": [">", 50]}]}}}
TOPICS = "bench/#"
_numbers = itertools.count(1)


class Bridge:
    """One run of a bridge from `mqtt_port` to `topic`; starts at once, `stop` ends it."""

    name = ""
    stores = True  # False: nothing gets to RocketMQ

    def __init__(self, folder, mqtt_port, name_server, topic, **settings):
        """Settings: outflow and tool (programs), count (of Bare), wait (until it is ready; true)."""
        self.folder, self.mqtt_port, self.name_server, self.topic = folder, mqtt_port, name_server, topic
        self.settings = settings
        # A session of its own for every run: nothing of an earlier one is waiting for it.
        self.client_id = f"bench-{self.name}-{os.getpid()}-{next(_numbers)}"
        self.child = self._start()
        if self.settings.pop("wait", True):
            self.child.wait_log(self.ready, 60)

    ready = r"\bREADY\b"

    @classmethod
    def broker(cls, folder):
        """The MQTT broker that it reads of, and the port for it; publishers use its plain one."""
        mosquitto = Mosquitto(folder)
        return mosquitto, mosquitto.port

    @property
    def pid(self):
        return self.child.pid

    def resident(self):
        return resident_bytes(self.pid)

    def resident_peak(self):
        return resident_peak_bytes(self.pid)

    def _log(self):
        return self.folder / f"{self.client_id}.log"

    def stop(self):
        self.child.terminate(10)

    def kill(self):
        self.child.kill()


class Outflow(Bridge):
    name = "outflow"
    ready = r"\bRUNNING\b"
    program = None  # another than the one under measurement
    instances = {}  # more of the task file's instances

    def _start(self):
        self.process = OutflowProcess(self.folder, self.content(), self.program or self.settings["outflow"], self.client_id)
        return self.process.child

    def content(self):
        return task(self.mqtt_port, self.name_server, name="bench", topic=TOPICS, rocketmq_topic=self.topic,
                    source={"client_id": self.client_id}, filter=FILTER,
                    sink={"keys": "$.data.body.id", "tags": "$.data.body.alarm"}, **self.instances)

    def delivered(self):
        """By its own count, which must add up."""
        return self.process.value("outflow_delivered_total")


class OutflowTls(Outflow):
    """The same with TLS on both sides: with Mosquitto, and with RocketMQ as it is shipped, which makes its own certificate.
    Who the other side is costs nothing while messages move, so nothing is verified."""

    name = "outflow-tls"

    @classmethod
    def broker(cls, folder):
        mosquitto = Mosquitto(folder, tls={"tls": (self_signed(folder, "mosquitto"), {})})
        return mosquitto, mosquitto.tls_ports["tls"]

    def _start(self):
        tls = {"verify": "none"}
        self.instances = {"edge": {"endpoint": f"mqtts://127.0.0.1:{self.mqtt_port}", "tls": tls}, "rocketmq": {"tls": tls}}
        return super()._start()


class OutflowServer(Outflow):
    """`outflow server` with 1,000 tasks, of which one runs. Nobody asks it anything."""

    name = "outflow-server"
    ready = r"Listening on"
    tasks = 1000

    def _start(self):
        self.ends = ExitStack()
        data = self.ends.enter_context(small_disk(self.folder / "disk", 64))
        self.process = Server(self.folder, data=data / "data", binary=self.program or self.settings["outflow"])
        content = self.content()
        del content["tasks"][0]["source"]["mqtt"]["client_id"]
        others = [content["tasks"][0] | {"name": f"idle-{number:04}"} for number in range(self.tasks - 1)]
        self.process.apply(content | {"tasks": [content["tasks"][0] | {"enabled": True}, *others]})
        self.process.wait_state("bench", "RUNNING")
        self.visit(data, others[0])
        return self.process.child

    def visit(self, data, other):
        pass

    def delivered(self):
        return self.process.value("outflow_delivered_total", "bench")

    def kill(self):
        super().kill()
        self.ends.close()


class OutflowServerBusy(OutflowServer):
    """The same on a full disk, with 100 event streams, 10 slow scrapes, a list of all tasks again and again, and 10 changes a second
    that are refused."""

    name = "outflow-server-busy"

    def visit(self, data, other):
        fill(data)
        visitors = Visitors(self.folder, self.process, KEY, change=[f"/v1/tasks/{other['name']}", other])
        self.ends.callback(visitors.child.kill)


def against(program):
    """Another build of Outflow, measured in turns with the one under measurement."""
    return type("Against", (Outflow,), {"name": "against", "program": program})


class Go(Bridge):
    name = "go"

    def _start(self):
        return Child(self.name, [BUILD / "go-bridge", "-mqtt", f"127.0.0.1:{self.mqtt_port}", "-filter", TOPICS,
                                 "-nameserver", self.name_server, "-topic", self.topic, "-client", self.client_id],
                     self._log(), cwd=self.folder)


class Camel(Bridge):
    name = "camel"

    def _start(self):
        # 512 MB of heap, and the collector that wins on two cores; logs only what goes wrong.
        command = [f"{java_home()}/bin/java", "-Xms64m", "-Xmx512m", f"-Duser.home={self.folder}",
                   "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-Drocketmq.client.logLevel=ERROR",
                   "-cp", f"{BUILD}/camel/classes:{BUILD}/camel/lib/*", "Bridge",
                   f"127.0.0.1:{self.mqtt_port}", TOPICS, self.name_server, self.topic, self.client_id]
        return Child(self.name, command, self._log(), cwd=self.folder)


class Bare(Bridge):
    """Reads and acknowledges, nothing else: what no bridge can beat. Ends by itself after settings["count"]."""

    name = "bare"
    ready = r"\bsubscribed\b"
    stores = False
    pause_us = 0

    def _start(self):
        self.process = Tool(self.settings["tool"], self.folder, self.client_id, "subscribe", *options(
            mqtt=f"127.0.0.1:{self.mqtt_port}", topic=TOPICS, count=self.settings.get("count"), seconds=600,
            pause_us=self.pause_us))
        return self.process.child


class BareResting(Bare):
    """The same with a rest of a millisecond after each read, so that one wake-up serves many messages."""

    name = "bare-1ms"
    pause_us = 1000


BRIDGES = {kind.name: kind for kind in (Outflow, OutflowTls, OutflowServer, OutflowServerBusy, Go, Camel, Bare, BareResting)}
