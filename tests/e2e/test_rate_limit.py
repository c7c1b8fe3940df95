"""A task with a rate_limit: Mosquitto -> outflow -> RocketMQ 5.3.3, read back with the official client."""

import re
import time
from collections import Counter
from contextlib import closing

from rig.mqtt import Obligations, Publisher, sequence
from rig.oracle import judge
from rig.outflow import Scraper, task

RATE = 1000
COUNT = 5 * RATE
KEYS = [f"k{index}" for index in range(8)]


def test_what_comes_at_once_goes_on_at_the_rate_in_order_and_complete(mosquitto, rocketmq5, run_outflow, folder, unique):
    rocketmq5.create_topic(unique, 4)
    outflow = run_outflow(task(mosquitto.port, rocketmq5.address, topic=f"{unique}/#", rocketmq_topic=unique,
                               property={"rate_limit": RATE, "fault_tolerance": "NONE"}))
    outflow.wait_running()
    scraper = Scraper(outflow, 0.05)
    obligations = Obligations(folder / "obligations")
    with closing(Publisher(mosquitto.port, f"p-{unique}")) as publisher:
        publisher.publish(sequence(unique, unique, KEYS[:1], 1, 256), obligations)  # the first of a topic takes its time
        outflow.wait_value("outflow_delivered_total", lambda value: value == 1, 20)
        began = time.monotonic()
        publisher.publish(sequence(unique, unique, KEYS, COUNT, 256, start=1), obligations)
    outflow.child.wait_log(re.escape(f"RUNNING: held back by rate_limit ({RATE:,} messages a second)"), 20)
    outflow.wait_value("outflow_delivered_total", lambda value: value == COUNT + 1, 30)
    took = time.monotonic() - began
    scraper.stop()
    assert outflow.value("outflow_held_back") == 0

    messages = rocketmq5.read_settled(unique, COUNT + 1)
    print(f"\n{judge(unique, Obligations.load(obligations.path), messages).check(0)}")
    times = sorted(message["storeTimestamp"] for message in messages)[1:]
    seconds = Counter((moment - times[0]) // 1000 for moment in times)
    print(f"{took:.1f} s; stored by second: {[seconds[second] for second in sorted(seconds)]}")
    # A store that stands still for a moment catches up afterwards: what counts is how many there are since the first.
    early = [number for number, moment in enumerate(times) if number > (moment - times[0] + 1) * RATE / 1000 + RATE / 10]
    assert not early, f"message {early[0]} was stored {times[early[0]] - times[0]} ms after the first"
    assert took > 4.5
    outflow.stop()
