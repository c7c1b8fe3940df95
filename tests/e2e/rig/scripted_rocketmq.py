"""A RocketMQ that does what a test says: `outflow devbroker` with its control (docs/devbroker.md).

It records every request as it came; what the frames say is read here by frames.py, a codec of its own. For a send request
the next Reply of the script decides; when the script is used up it is stored and answered with success. `answer` does the
same for any other request code, `rule` for the requests that fit its conditions.
"""

import base64
import json
import urllib.request
from dataclasses import dataclass, field

from . import frames
from .outflow import program
from .process import Child, free_port, wait_until

SENDS = (frames.SEND, frames.SEND_V2, frames.SEND_BATCH)


@dataclass
class Reply:
    """What happens to one request. Stored means: its records count as what RocketMQ holds."""

    code: int = 0
    remark: str = ""
    delay: float = 0.0        # seconds before the response; other requests go on, so answers can be reordered
    silence: bool = False     # no response
    close: bool = False       # close the connection (after the response, if there is one)
    freeze: bool = False      # half-open: this connection is neither read nor answered any more
    stored: bool = None       # default: the code says so; True with silence or close is a lost response
    raw: bytes = None         # sent instead of a response
    chunk: int = 0            # bytes a write, 0: all at once
    opaque_offset: int = 0    # added to the opaque: a response to nothing

    def rule(self, which, **conditions):
        """As a rule of the control interface."""
        rule = {"for": which, "code": self.code, "remark": self.remark, "delay_ms": int(self.delay * 1000),
                "silence": self.silence, "close": self.close, "freeze": self.freeze, "chunk": self.chunk,
                "opaque_offset": self.opaque_offset} | conditions
        if self.stored is not None:
            rule["store"] = self.stored
        if self.raw is not None:
            rule["raw_base64"] = base64.b64encode(self.raw).decode()
        return rule


@dataclass
class Request:
    frame: frames.Frame
    connection: int
    when: float               # time.monotonic()
    stored: bool

    @property
    def topic(self):
        return self.frame.ext.get("b") or self.frame.ext.get("topic")

    @property
    def queue(self):
        return int(self.frame.ext.get("e") or self.frame.ext.get("queueId"))

    def records(self):
        return frames.records_of(self.frame)


class _Setting:
    """Assigning changes the running server."""

    def __init__(self, name, convert=lambda value: value):
        self.name, self.convert = name, convert

    def __set__(self, server, value):
        server.control("PATCH", "/settings", {self.name: self.convert(value)})


class ScriptedRocketMQ:
    no_brokers = _Setting("is_registered", lambda value: not value)  # as a name server that no broker has registered at
    route = _Setting("route")                                        # a whole route as an object, for every topic
    quoted_keys = _Setting("quoted_keys")

    def __init__(self, folder, topics=None, auto_create=True, kind=frames.BINARY, version=479):
        self.port, self._control_port = free_port(), free_port()
        options = [option for name, queues in (topics or {}).items() for option in ("--topic", f"{name}:{queues}")]
        if not auto_create:
            options.append("--no-auto-create")
        self.child = Child("devbroker", [
            program(), "devbroker", "--listen", self.address, "--control", f"127.0.0.1:{self._control_port}",
            "--data", folder / f"devbroker-{self.port}", "--record-requests",
            "--serialize", "binary" if kind == frames.BINARY else "json", *options], folder / f"devbroker-{self.port}.log")
        self.child.wait_log("has started", 10)
        self.control("PATCH", "/settings", {"version": version})
        self._requests, self._last = [], 0

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def control(self, method, path, content=None):
        """One request to the control port; what it answers."""
        data = None if method in ("GET", "DELETE") else json.dumps(content).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._control_port}{path}", data,
                                         {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def listen(self):
        self.control("POST", "/listen")

    def unlisten(self):
        """New connections are refused, and the open ones reset."""
        self.control("POST", "/unlisten")

    def stop(self):
        self.child.kill()

    def create_topic(self, name, queues):
        self.control("POST", "/topics", {"name": name, "queues": queues})

    # --- the script and what came of it

    def script(self, *replies):
        """The next send requests, one each."""
        self.control("POST", "/faults", [reply.rule("send", times=1) for reply in replies])

    def answer(self, code, reply):
        """Every request of that code."""
        return self.control("POST", "/faults", reply.rule(code))["numbers"][0]

    def rule(self, reply, **conditions):
        """Every send request that fits: topic, queue_id, body_contains, records_min. Gives a number for `remove_rule`."""
        return self.control("POST", "/faults", reply.rule("send", **conditions))["numbers"][0]

    def remove_rule(self, number):
        self.control("DELETE", f"/faults/{number}")

    @property
    def requests(self):
        while True:
            answer = self.control("GET", f"/requests?after={self._last}")
            for entry in answer["requests"]:
                self._last = entry["number"]
                frame = frames.decode(base64.b64decode(entry["frame"])[4:])
                self._requests.append(Request(frame, entry["connection"], entry["monotonic_us"] / 1e6, entry["stored"]))
            if self._last >= answer["last"]:
                return self._requests

    def sends(self):
        return [request for request in self.requests if request.frame.code in SENDS]

    def stored(self):
        """[(topic, queue, body, properties)] in the order of storing."""
        return [(send.topic, send.queue, body, properties) for send in self.sends() if send.stored
                for body, properties in send.records()]

    def bodies(self):
        return [body for _, _, body, _ in self.stored()]

    def of_code(self, code):
        return [request for request in self.requests if request.frame.code == code]

    def wait_sends(self, count, seconds=10):
        return wait_until(lambda: len(self.sends()) >= count and self.sends(), seconds, f"{count} send requests")

    def wait_stored(self, count, seconds=10):
        return wait_until(lambda: len(self.stored()) >= count and self.stored(), seconds, f"{count} records stored")
