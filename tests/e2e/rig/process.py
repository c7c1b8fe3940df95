"""Child processes of a test: own folders, free loopback ports, logs in files, and a sure end.

Start children from the main thread only: the kernel kills a child (PR_SET_PDEATHSIG, set by setpriv) when the *thread*
that started it ends, so that nothing outlives a killed test run.
"""

import atexit
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_children = []


class NotReady(AssertionError):
    """A condition did not come true before its deadline."""


def wait_until(condition, seconds, what, interval=0.02, alive=None):
    """Returns the first true value of `condition()`; NotReady, saying `what`, after `seconds`.

    With `alive`, a Child, fails at once with the end of its log when that process has ended.
    """
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if alive is not None and not alive.is_alive():
            raise NotReady(f"{what}: {alive.name} ended with {alive.popen.returncode}; its log ends:\n{alive.log_tail()}")
        if time.monotonic() > end:
            tail = f"; the log of {alive.name} ends:\n{alive.log_tail()}" if alive is not None else ""
            raise NotReady(f"not within {seconds} s: {what}{tail}")
        time.sleep(interval)


def stays(condition, seconds, what, interval=0.02):
    """For what must not happen, and for an outage that has its length: `condition()` is true for `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), f"no longer: {what}"
        time.sleep(interval)


def all_live(*children):
    """A condition for `stays`: fails with the log of the one that has ended."""
    def live():
        for child in children:
            assert child.is_alive(), f"{child.name} ended by itself with {child.popen.returncode}:\n{child.log_tail()}"
        return True
    return live


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # also what a server on every interface needs
            return True
        except OSError:
            return False


_given = set()


def free_port(before=0, after=0):
    """A port p in 10000..29999 (below the ephemeral range) for which p-before..p+after are free; never given twice.
    Always by chance, so that test runs beside one another do not meet."""
    for _ in range(2000):
        port = random.randrange(10000 + before, 30000 - after)
        block = range(port - before, port + after + 1)
        if not any(p in _given for p in block) and all(_is_free(p) for p in block):
            _given.update(block)
            return port
    raise RuntimeError("no free loopback port found")


def can_connect(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Child:
    """A process in its own session; what it prints goes to `log`, or its standard output to `out`, a file of its own:
    where every line counts, as libraries that warn on standard error while it prints would break one now and then."""

    def __init__(self, name, command, log, env=None, cwd=None, stdin=None, out=None):
        self.name = name
        self.log = Path(log)
        self.command = [str(part) for part in command]
        self.started = time.monotonic()
        with open(self.log, "ab") as log_file, open(out or self.log, "ab") as out_file:
            self.log_start = log_file.tell()
            self.popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.command], stdin=stdin or subprocess.DEVNULL,
                stdout=out_file, stderr=log_file, env=env, cwd=cwd, start_new_session=True)
        _children.append(self)

    @property
    def pid(self):
        return self.popen.pid

    def is_alive(self):
        return self.popen.poll() is None

    def signal(self, number):
        """Sends a signal to the whole process group."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            pass

    def kill(self):
        self.signal(signal.SIGKILL)
        self.popen.wait(20)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def terminate(self, seconds=15):
        """SIGTERM, then SIGKILL after `seconds`. Returns the exit code."""
        if self.is_alive():
            self.signal(signal.SIGTERM)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        self.kill()
        return self.popen.returncode

    def log_text(self, all_runs=False):
        """What this process (`all_runs`: every process with this log) has printed so far."""
        with open(self.log, "rb") as stream:
            stream.seek(0 if all_runs else self.log_start)
            return stream.read().decode("utf-8", "replace")

    def log_tail(self, characters=3000):
        return self.log_text()[-characters:]

    def wait_log(self, pattern, seconds):
        """The match of a regular expression in the log."""
        return wait_until(lambda: re.search(pattern, self.log_text()), seconds, f"/{pattern}/ in the log", 0.05, self)

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def end_all():
    """Kills every child that is left. Runs at exit, also after a failure."""
    for child in _children:
        if child.is_alive():
            child.kill()
    _children.clear()


atexit.register(end_all)
for _number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(_number, lambda number, frame: sys.exit(128 + number))


class Folder:
    """A temporary folder, removed at the end unless OUTFLOW_KEEP is set."""

    def __init__(self, prefix="outflow-e2e-"):
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        atexit.register(self.remove)

    def make(self, name):
        path = self.path / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def remove(self):
        if os.environ.get("OUTFLOW_KEEP"):
            print(f"kept: {self.path}", file=sys.stderr)
        else:
            end_all()
            shutil.rmtree(self.path, ignore_errors=True)


def find_program(name, *folders):
    """The path of a program, looked for in `folders` (or /usr/sbin, /usr/bin) first; None when missing."""
    for folder in folders or ("/usr/sbin", "/usr/bin"):
        if os.access(f"{folder}/{name}", os.X_OK):
            return f"{folder}/{name}"
    return shutil.which(name)
