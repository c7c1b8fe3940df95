"""What a message costs when the event names its RocketMQ topic: there is one, or thousands, each busy once a minute."""

import json
from dataclasses import dataclass

from rig.mosquitto import Mosquitto
from rig.mqtt import Publisher
from rig.outflow import Outflow, task
from rig.process import wait_until

from load import Tool, options
from processes import MIB, Meter, resident_bytes

TOPICS = 3_000
KNOWN_RATE = 500  # at which topics are made known


@dataclass
class Topics:
    rate: int    # messages a second
    topics: int

    @property
    def name(self):
        return f"{self.rate:,} messages/s, {'one topic' if self.topics == 1 else f'{self.topics:,} topics'}"


def subjects():
    return [Topics(rate, topics) for rate in (200, 5_000) for topics in (1, TOPICS)]


def message(number):
    body = json.dumps({"topic": f"t{number}", "temperature": 21.5, "id": f"device-{number:06}", "note": "x" * 150})
    return "bench/1", body.encode(), number, {}


def load(rate, topics, seconds):
    """All of the topics once a minute, evenly, and the rest of the messages into topic 0."""
    taken = 0
    for sent in range(int(rate * seconds)):
        if taken < sent * TOPICS / (rate * 60):
            taken += 1
            yield message(taken % topics)
        else:
            yield message(0)


def topics(scene, subject):
    known, seconds = (50, 3) if scene.quick else (TOPICS, 60)
    folder = scene.make("topics")
    mosquitto = Mosquitto(folder)
    sink = Tool(scene.tool, folder, "null-rocketmq", "null-rocketmq", *options(seconds=600))
    bridge = publisher = None
    try:
        name_server = "127.0.0.1:" + sink.wait_line(r"listening 127\.0\.0\.1:(\d+)").group(1)
        bridge = Outflow(folder, task(mosquitto.port, name_server, topic="bench/#", rocketmq_topic="$.data.body.topic"),
                         scene.outflow)
        bridge.wait_running()
        publisher = Publisher(mosquitto.port, "load")
        published = publisher.publish([message(number % subject.topics) for number in range(known)], rate=KNOWN_RATE)
        meter = Meter(bridge.child.pid)
        measured = publisher.publish(load(subject.rate, subject.topics, seconds), rate=subject.rate)
        cpu, published = meter.lap(), published + measured
        wait_until(lambda: bridge.value("outflow_delivered_total") >= published, 30, "all is delivered", 0.1, bridge.child)
        delivered = bridge.value("outflow_delivered_total")
        return {"cpu_us": cpu * 1e6 / measured, "resident_mib": resident_bytes(bridge.child.pid) / MIB,
                "problems": [] if delivered == published else [f"{delivered} delivered of {published}"]}
    finally:
        for process in (publisher and publisher.close, bridge and bridge.kill, sink.child.kill, mosquitto.kill):
            if process:
                process()
