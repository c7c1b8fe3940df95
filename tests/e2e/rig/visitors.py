"""Many who ask the API at once, in a process of its own: event streams that are read or not, scrapes that read slowly, lists again
and again, changes."""

import json
import signal
import socket
import sys
import threading
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig.process import Child, wait_until

PYTHON = "/usr/bin/python3"


class Visitors:
    """They come at once and stay until stop(), which tells what they saw."""

    def __init__(self, folder, server, key, streams=100, scrapes=10, lists=1, change=None):
        """`change`: the path and the document of a PUT, made ten times a second."""
        self.told = folder / "visitors.json"
        options = {"port": int(server.url.rsplit(":", 1)[1]), "key": key, "streams": streams, "scrapes": scrapes, "lists": lists,
                   "change": change, "told": str(self.told)}
        self.child = Child("visitors", [PYTHON, __file__, json.dumps(options)], folder / "visitors.log")
        self.child.wait_log("all are here", 60)

    def stop(self):
        self.child.signal(signal.SIGTERM)
        wait_until(lambda: not self.child.is_alive(), 60, "the visitors are gone")
        assert self.child.popen.returncode == 0, self.child.log_tail()
        return json.loads(self.told.read_text())


class _Crowd:
    def __init__(self, options):
        self.options, self.stopping, self.lock = options, threading.Event(), threading.Lock()
        self.seen = {"events": 0, "unread_streams": 0, "scrapes": 0, "lists": 0, "changes": {}, "faults": []}

    def add(self, name, count=1):
        with self.lock:
            self.seen[name] += count

    def ask(self, method, path, body=None, timeout=60):
        """A connection on which the request went, its answer unread."""
        connection = socket.create_connection(("127.0.0.1", self.options["port"]), timeout)
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.options['key']}\r\nConnection: close\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        connection.sendall(head.encode() + b"\r\n" + data)
        return connection

    def read_all(self, connection):
        with connection:
            return b"".join(iter(lambda: connection.recv(1 << 16), b""))

    def repeat(self, function, pause=0.0):
        def run():
            while not self.stopping.wait(pause):
                try:
                    function()
                except OSError as error:
                    with self.lock:
                        self.seen["faults"].append(f"{function.__name__}: {error}")
                    self.stopping.wait(1)
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def list_tasks(self):
        assert b" 200 " in self.read_all(self.ask("GET", "/v1/tasks?limit=1000"))[:20]
        self.add("lists")

    def scrape(self):
        with self.ask("GET", "/metrics") as connection:
            while connection.recv(1 << 14) and not self.stopping.wait(0.01):
                pass
        self.add("scrapes")

    def change(self):
        path, document = self.options["change"]
        document["description"] = str(time.monotonic_ns())
        status = self.read_all(self.ask("PUT", path, document))[9:12].decode()
        with self.lock:
            self.seen["changes"][status] = self.seen["changes"].get(status, 0) + 1

    def stream(self, reads):
        connection = self.ask("GET", "/v1/events")
        if not reads:
            self.add("unread_streams")
            return connection

        def read():
            while data := connection.recv(1 << 16):
                self.add("events", data.count(b"event: "))
        threading.Thread(target=read, daemon=True).start()
        return connection

    def run(self):
        kept = [self.stream(number % 2 == 0) for number in range(self.options["streams"])]
        threads = [self.repeat(self.scrape) for _ in range(self.options["scrapes"])]
        threads += [self.repeat(self.list_tasks) for _ in range(self.options["lists"])]
        if self.options["change"]:
            threads.append(self.repeat(self.change, 0.1))
        print("all are here", flush=True)
        self.stopping.wait()
        for thread in threads:
            thread.join(60)
        Path(self.options["told"]).write_text(json.dumps(self.seen))
        del kept


if __name__ == "__main__":
    crowd = _Crowd(json.loads(sys.argv[1]))
    signal.signal(signal.SIGTERM, lambda number, frame: crowd.stopping.set())
    crowd.run()
