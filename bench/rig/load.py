"""Runs bench_tool's subcommands: one process each, with one JSON object on stdout at its end."""

import json
import subprocess

from rig.process import Child, wait_until


class Tool:
    """One run of a subcommand. `result()` waits for its end and gives what it reported."""

    def __init__(self, binary, folder, name, *arguments, core=None, seconds=600):
        self.name, self.seconds = name, seconds
        pin = ["taskset", "-c", str(core)] if core is not None else []
        self.child = Child(name, [*pin, binary, *arguments], folder / f"{name}.log")

    def wait_line(self, pattern, seconds=20):
        return self.child.wait_log(pattern, seconds)

    def result(self):
        wait_until(lambda: not self.child.is_alive(), self.seconds, f"{self.name} ends", 0.05)
        return self.report()

    def report(self):
        """The last line of its output that is a JSON object; AssertionError without one."""
        for line in reversed(self.child.log_text().splitlines()):
            if line.startswith("{"):
                return json.loads(line)
        raise AssertionError(f"{self.name} ended with {self.child.popen.returncode}:\n{self.child.log_tail()}")

    def stop(self):
        self.child.terminate(10)


def options(**values):
    """publishers=4 -> ["--publishers", "4"]; None is left out."""
    words = []
    for name, value in values.items():
        if value is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return words


def version_line(command):
    """The first line that a program says about its version; "?" when it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return "?"
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0].strip() if lines else "?"
