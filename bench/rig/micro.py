"""The Google Benchmark programs beside the code."""

import json
import subprocess

from fake import on_core


def micro(scene, program):
    """{workload: nanoseconds an item, or a pass where it counts no items} of one program, on core 1."""
    command = [program, "--benchmark_format=json", f"--benchmark_min_time={0.01 if scene.quick else 0.5}"]
    with on_core(1):
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{program.name} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    rows = [row for row in json.loads(done.stdout)["benchmarks"] if row.get("run_type") != "aggregate"]
    problems = [f"{row['name']}: {row.get('error_message')}" for row in rows if row.get("error_occurred")]
    return {row["name"]: nanoseconds(row) for row in rows if not row.get("error_occurred")} | {"problems": problems}


def nanoseconds(row):
    if row.get("items_per_second"):
        return 1e9 / row["items_per_second"]
    return row["cpu_time"] * {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[row.get("time_unit", "ns")]
