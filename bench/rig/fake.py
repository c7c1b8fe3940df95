"""Outflow's own limit on one core: between a source and a sink that cost next to nothing."""

import os
from contextlib import contextmanager

from rig.process import free_port

from load import Tool, options
from processes import MIB, cpu_seconds
from records import median
from scene import settle


@contextmanager
def on_core(core):
    """Processes started inside stay on this core; on a machine with one core, on that."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def fake(scene, kind):
    """Between a source and a sink that cost next to nothing: the bridge alone on core 1, they on core 0."""
    count, rounds = (100_000, 3) if scene.quick else (1_000_000, 5)
    folder, port = scene.make("fake"), free_port()
    with on_core(0):
        sink = Tool(scene.tool, folder, "null-rocketmq", "null-rocketmq", "--count-records", *options(seconds=300))
    name_server = "127.0.0.1:" + sink.wait_line(r"listening 127\.0\.0\.1:(\d+)").group(1)
    with on_core(1):
        bridge = kind(folder, port, name_server, "fake", outflow=scene.outflow, wait=False)  # it tries again until
    with on_core(0):                                                                         # the source is there
        source = Tool(scene.tool, folder, "fake-mqtt", "fake-mqtt", *options(
            port=port, count=count, rounds=rounds, watch=bridge.pid, seconds=300))
    try:
        report = source.result()
        settle(lambda: cpu_seconds(bridge.pid), 3, 0.5)
        peak = bridge.resident_peak() / MIB
        delivered = bridge.delivered()
        sink.stop()
        taken = sink.report()
    finally:
        bridge.child.kill()
        sink.child.kill()
        source.child.kill()
    warm = report["rounds"][1:] or report["rounds"]
    problems = []
    if len(report["rounds"]) != rounds or report["acknowledged_out_of_order"] or report["unknown_acknowledgements"]:
        problems.append(f"acknowledged {report['acknowledged']} of {count * rounds}, out of order "
                        f"{report['acknowledged_out_of_order']}, unknown {report['unknown_acknowledgements']}")
    if not delivered == taken["records"] == report["passing"]:
        problems.append(f"{report['passing']} had to pass, {delivered} counted delivered, {taken['records']} arrived")
    return {"rate_per_s": median([one["rate"] for one in warm]),
            "cpu_us": median([one["watched_processor_us_a_message"] for one in warm]), "resident_peak_mib": peak,
            "source_cpu_us": median([one["processor_us_a_message"] for one in warm]),
            "sink_cpu_us_a_request": taken["processor_us_a_request"],
            "records_a_request": taken["records"] / max(1, taken["requests"]), "problems": problems}
