"""Closed loop and fixed rates between real brokers."""

import time

from bridges import Outflow
from processes import MIB, Meter
from records import latencies, latency_figures, places

STORED_LIMIT_S = 300  # for the last record; a bridge that needs longer has failed


def closed(scene, kind):
    """Publishers in a closed loop; Mosquitto queues what the bridge does not take yet."""
    count, warm = (20_000, 4_000) if scene.quick else (200_000, 40_000)
    if not kind.stores:
        return _closed_bare(scene, kind, count)
    with scene.bridged(kind) as bridged:
        bridge = bridged.bridge
        time.sleep(1)
        figures = {"resident_idle_mib": bridge.resident() / MIB}
        bridged.publish("warm", count=warm, seconds=STORED_LIMIT_S).result()
        bridged.wait_stored(warm // 2, STORED_LIMIT_S)
        meter = Meter(bridge.pid)
        load = bridged.publish("run", count=count, seconds=STORED_LIMIT_S).result()
        bridged.wait_stored((warm + count) // 2, STORED_LIMIT_S)
        cpu = meter.lap()
        verdict, stored = bridged.await_all("run", count, STORED_LIMIT_S)
        last = max((one.stored for one in stored), default=0)
        seconds = last / 1000 - load["began_at_us"] / 1e6
        figures |= {"rate_per_s": count / seconds if stored else 0, "cpu_us": cpu * 1e6 / count,
                    "resident_peak_mib": bridge.resident_peak() / MIB, "publish_per_s": load["rate"]}
        figures["load"] = _load_faults(load)
        return figures | verdict.figures() | {"problems": _problems(verdict, bridge, (warm + count) // 2)}


def _closed_bare(scene, kind, count):
    with scene.bridged(kind, count=count) as bridged:
        load = bridged.publish("run", count=count, seconds=STORED_LIMIT_S).result()
        report = bridged.bridge.process.result()
        return {"rate_per_s": report["rate"], "cpu_us": report["processor_us_a_message"],
                "publish_per_s": load["rate"], "load": _load_faults(load), "problems": []}


def fixed_rate(rate):
    """A measurement at `rate` messages a second; its subject may also be the bare producer, Producer."""
    def measure(scene, kind):
        warm, measured = (3, 5) if scene.quick else (10, 20)
        if kind is Producer:
            return _produce(scene, rate // 2, warm, measured)
        with scene.bridged(kind) as bridged:
            bridge = bridged.bridge
            began = time.monotonic()
            load = bridged.publish("run", rate=rate, seconds=warm + measured + 1)
            _sleep_until(began + warm)
            meter, window = Meter(bridge.pid), time.monotonic()
            _sleep_until(began + warm + measured)
            cpu, window = meter.lap(), time.monotonic() - window
            figures = {"cpu_us": cpu * 1e6 / (rate * window), "resident_mib": bridge.resident() / MIB}
            load = load.result()
            figures["load"] = _load_faults(load)
            if not kind.stores:
                return figures | {"problems": []}
            verdict, stored = bridged.await_all("run", load["published"], STORED_LIMIT_S)
            figures["resident_peak_mib"] = bridge.resident_peak() / MIB
            figures |= _latency(stored, load["began_at_us"], warm, measured) | verdict.figures()
            return figures | {"problems": _problems(verdict, bridge, load["passing"])}
    return measure


class Producer:
    """Not a bridge: messages that go to RocketMQ straight away, at the rate at which a bridge would store them."""

    name = "producer"
    stores = True


def _produce(scene, rate, warm, measured):
    topic = scene.topic("producer")
    report = scene.produce(topic, "run", rate, warm + measured + 1).result()
    stored = places(scene.cluster.read(topic), "run")
    began = min((one.at for one in stored), default=0)
    figures = {"cpu_us": report["processor_us_a_message"]} | _latency(stored, began, warm, measured)
    lost = [] if len(stored) == rate * (warm + measured + 1) else [f"{len(stored)} stored"]
    return figures | {"stored": len(stored), "problems": lost}


def _latency(stored, began, warm, measured):
    return latency_figures(latencies(stored, began + warm * 1_000_000, began + (warm + measured) * 1_000_000))


def _sleep_until(moment):
    time.sleep(max(0.0, moment - time.monotonic()))


def _load_faults(load):
    """What makes a run doubtful without being the bridge's fault."""
    problems = []
    if load["acknowledged"] != load["published"]:
        problems.append(f"the MQTT broker acknowledged {load['acknowledged']} of {load['published']}")
    if load["connection_lost"]:
        problems.append("a publisher lost its connection")
    if load["intended_rate"] and load["lateness_us"]["p99"] > 5000:
        problems.append(f"the load was late: p99 {load['lateness_us']['p99']} us")
    return problems


def _problems(verdict, bridge, delivered):
    """What should not have happened; for outflow also what its own count says."""
    problems = []
    for name in ("missing", "unknown", "duplicates", "out_of_order"):
        if getattr(verdict, name):
            problems.append(f"{name} {getattr(verdict, name)}")
    if isinstance(bridge, Outflow) and bridge.delivered() != delivered:
        problems.append(f"outflow counted {bridge.delivered()} delivered of {delivered}")
    return problems
