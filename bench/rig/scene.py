"""What every measurement with real brokers stands on: the brokers, a topic, a bridge, and the way back."""

import itertools
import time
from contextlib import contextmanager

from rig.frames import Connection
from rig.mosquitto import Mosquitto
from rig.process import NotReady, wait_until
from rig.rocketmq import Cluster

from load import Tool, options
from records import judge, passing, places

ROCKETMQ = "5.3.3"
PUBLISHERS = 4
QUEUES = 4
GET_MAX_OFFSET = 30
_numbers = itertools.count(1)


class Scene:
    """The settings of one bench run and the RocketMQ that its measurements share."""

    def __init__(self, folder, tool, outflow, quick):
        self.folder, self.tool, self.outflow, self.quick = folder, tool, outflow, quick
        self._cluster = None

    @property
    def cluster(self):
        """Started when first needed or when it has died, and warmed up, so that the first bridge does not pay for
        RocketMQ's compiler."""
        if self._cluster is not None and not self._cluster.brokers[0].child.is_alive():
            self.close()
        if self._cluster is None:
            self._cluster = self.own_cluster()
            topic = self.topic("warm-up")
            self.produce(topic, "warm", 2000, 2 if self.quick else 15).result()
        return self._cluster

    def own_cluster(self):
        return Cluster(self.make("rocketmq"), ROCKETMQ)

    def make(self, name):
        path = self.folder / f"{next(_numbers)}-{name}"
        path.mkdir(parents=True)
        return path

    def topic(self, name, cluster=None):
        topic = f"{name}-{next(_numbers)}"
        (cluster or self.cluster).create_topic(topic, QUEUES)
        return topic

    @contextmanager
    def bridged(self, kind, cluster=None, mosquitto=None, **settings):
        """A topic of its own and a bridge to it, ready; from a Mosquitto of its own unless one is given."""
        cluster = cluster or self.cluster
        topic = self.topic(kind.name, cluster)
        folder = self.make(kind.name)
        broker, port = (mosquitto, mosquitto.port) if mosquitto else kind.broker(folder)
        bridge = None
        try:
            bridge = kind(folder, port, cluster.address, topic, outflow=self.outflow, tool=self.tool, **settings)
            yield Bridged(self, cluster, broker, bridge)
        finally:
            if bridge is not None:
                bridge.kill()
            if mosquitto is None:
                broker.kill()

    @contextmanager
    def loaded(self, run, **how):
        """(Mosquitto, its load), with nobody there yet who reads."""
        mosquitto = Mosquitto(self.make("mosquitto"))
        try:
            yield mosquitto, self.publish(mosquitto, run, **how)
        finally:
            mosquitto.kill()

    def publish(self, mosquitto, run, **how):
        """Starts the load: `count` or `seconds` of messages of all publishers, at `rate` or in a closed loop."""
        return Tool(self.tool, mosquitto.folder, f"publish-{run}", "publish", *options(
            mqtt=f"127.0.0.1:{mosquitto.port}", publishers=PUBLISHERS, bytes=256, run=run, **how))

    def produce(self, topic, run, rate, seconds):
        """The bare producer: what RocketMQ takes without any bridge."""
        return Tool(self.tool, self.make("produce"), "produce", "produce", *options(
            name_server=self.cluster.address, topic=topic, run=run, rate=rate, seconds=seconds))

    def close(self):
        if self._cluster is not None:
            self._cluster.stop()
            self._cluster = None


class Bridged:
    def __init__(self, scene, cluster, mosquitto, bridge):
        self.scene, self.cluster, self.mosquitto, self.bridge = scene, cluster, mosquitto, bridge

    def publish(self, run, **how):
        return self.scene.publish(self.mosquitto, run, **how)

    def stored_count(self):
        """How many records the topic holds. Cheap: one small request a queue."""
        return stored_count(self.cluster, self.bridge.topic)

    def wait_stored(self, count, seconds):
        """True when `count` are there within `seconds`."""
        try:
            wait_until(lambda: self.stored_count() >= count, seconds, f"{count} records", 0.1, self.bridge.child)
        except NotReady:
            return False
        return True

    def await_all(self, run, published, seconds):
        """(Verdict, Places) as soon as everything owed of `published` messages is there, or after `seconds`.

        `published` is of all publishers, who share it evenly, and all of it acknowledged by the MQTT broker.
        """
        owed = passing(published // PUBLISHERS, PUBLISHERS)
        end = time.monotonic() + seconds
        while True:
            self.wait_stored(len(owed), max(0.0, end - time.monotonic()))
            stored = places(self.cluster.read(self.bridge.topic), run)
            verdict = judge(owed, stored)
            if not verdict.missing or time.monotonic() > end or not self.bridge.child.is_alive():
                return verdict, stored
            time.sleep(1)  # copies made up the number


def stored_count(cluster, topic):
    total = 0
    for broker in cluster.brokers:
        with Connection(("127.0.0.1", broker.port), timeout=5) as connection:
            for queue in range(QUEUES):
                answer = connection.call(GET_MAX_OFFSET, {"topic": topic, "queueId": str(queue)})
                assert answer.code == 0, (answer.code, answer.remark)
                total += int(answer.ext["offset"])
    return total


def settle(count_now, seconds, quiet=2.0):
    """Waits until `count_now()` has not changed for `quiet` seconds, at most `seconds`."""
    end = time.monotonic() + seconds
    last, since = count_now(), time.monotonic()
    while time.monotonic() < end and time.monotonic() - since < quiet:
        time.sleep(0.2)
        if (now := count_now()) != last:
            last, since = now, time.monotonic()
