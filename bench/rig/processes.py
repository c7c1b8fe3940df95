"""What a process costs: processor time to the nanosecond, and memory, from outside."""

import time
from pathlib import Path

KIB = 1024
MIB = 1024 * 1024


def cpu_seconds(pid):
    """Of all threads of a process, those that have ended too (Linux: the clock identifier of another process)."""
    return time.clock_gettime((~pid << 3) | 2)


def _status(pid, field):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * KIB
    raise KeyError(field)


def resident_bytes(pid):
    return _status(pid, "VmRSS")


def resident_peak_bytes(pid):
    return _status(pid, "VmHWM")


class Meter:
    """Processor time of one process since `start` or since the last `lap`."""

    def __init__(self, pid):
        self.pid = pid
        self.start()

    def start(self):
        self._began = cpu_seconds(self.pid)

    def lap(self):
        now = cpu_seconds(self.pid)
        passed, self._began = now - self._began, now
        return passed
