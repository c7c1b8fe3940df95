"""RocketMQ is away for 18 seconds while messages keep coming: what each bridge makes of it. And starting."""

import time

from rig.process import can_connect, wait_until

from processes import MIB, Meter
from records import places
from scene import settle

CATCH_UP_LIMIT_S = 180


def outage(scene, kind):
    """kill -9 of the only broker, started again on the same store."""
    before, away, after = (3, 5, 4) if scene.quick else (10, 18, 12)
    rate = 200
    cluster = scene.own_cluster()
    try:
        with scene.bridged(kind, cluster) as bridged:
            load = bridged.publish("run", rate=rate, seconds=before + away + after)
            time.sleep(before)
            broker = cluster.brokers[0]
            broker.child.kill()
            time.sleep(away)
            broker.start(wait=False)
            wait_until(lambda: can_connect(broker.port), 90, "RocketMQ listens again", alive=broker.child)
            back = time.time()
            broker.wait_ready()
            published = load.result()["published"]
            bridged.await_all("run", published, back + CATCH_UP_LIMIT_S - time.time())
            settle(bridged.stored_count, 30, 5)  # copies still on their way
            verdict, stored = bridged.await_all("run", published, 0)
            return ({"published": published, "recovered_s": _recovered(verdict, stored, back),
                     "resident_peak_mib": bridged.bridge.resident_peak() / MIB} | verdict.figures()
                    | {"problems": [] if kind.name != "outflow" else _broken(verdict)})
    finally:
        cluster.stop()


def _recovered(verdict, stored, back):
    """Seconds from when RocketMQ listens again until all that was due before is stored; None if any is missing."""
    if verdict.missing:
        return None
    first = {}
    for one in stored:
        if one.at < back * 1e6:
            first[one.name] = min(one.stored, first.get(one.name, one.stored))
    return max(0.0, max(first.values()) / 1000 - back) if first else 0.0


def _broken(verdict):
    """What Outflow promises even here: nothing missing, nothing in the wrong order."""
    counts = {name: getattr(verdict, name) for name in ("missing", "unknown", "out_of_order")}
    return [f"{name} {count}" for name, count in counts.items() if count]


def start(scene, kind):
    """Idle for five seconds; then, in another run, from the start of the process to the first message in RocketMQ."""
    with scene.bridged(kind) as bridged:
        time.sleep(1)
        meter = Meter(bridged.bridge.pid)
        time.sleep(2 if scene.quick else 5)
        figures = {"idle_cpu_ms_per_s": meter.lap() * 1000 / (2 if scene.quick else 5),
                   "resident_idle_mib": bridged.bridge.resident() / MIB}
    with scene.loaded("run", rate=400, seconds=60) as (mosquitto, load):
        began = time.time()
        with scene.bridged(kind, mosquitto=mosquitto) as bridged:
            bridged.wait_stored(1, 50)
            load.stop()
            stored = places(bridged.cluster.read(bridged.bridge.topic), "run")
            first = min((one.stored for one in stored), default=None)
    return figures | {"first_message_s": first / 1000 - began if first else None, "problems": []}
