"""A loopback TCP proxy in front of an MQTT broker. It knows packet boundaries, counts what passes on each connection, and
cuts, freezes or delays connections."""

import selectors
import socket
import struct
import threading
import time
from typing import NamedTuple

from . import mqtt_packets as packets
from .process import free_port


class Arrival(NamedTuple):
    """A PUBLISH that came to the client. Times are Unix milliseconds."""

    connected: int  # when its connection was opened
    when: int
    dup: bool
    payload: bytes


class Connection:
    """Counts of one proxied connection. With `recording`, `sent` is what the broker sent."""

    def __init__(self, client, server, recording=False):
        self.client, self.server = client, server
        self.opened = time.time()
        self.version = None       # of MQTT, as the client's CONNECT says
        self.sent = [] if recording else None  # (Unix milliseconds, first byte, body) of each PUBLISH
        self.publishes = 0        # PUBLISH from the broker
        self.dup_publishes = 0    # of these with DUP set
        self.acknowledged = 0     # PUBACK and PUBREC from the client
        self.peak = 0             # most outstanding at a time
        self.session_present = None
        self.subscribed = False   # a SUBACK passed
        self.closed = False
        self._buffers = {client: bytearray(), server: bytearray()}

    @property
    def outstanding(self):
        return self.publishes - self.acknowledged

    def seen(self, source, data):
        buffer = self._buffers[source]
        buffer += data
        found, used = packets.split(buffer)
        del buffer[:used]
        now = int(time.time() * 1000)
        for first, body in found:
            kind = first >> 4
            if source is self.server:
                if kind == packets.PUBLISH:
                    if self.sent is not None:
                        self.sent.append((now, first, body))
                    self.publishes += 1
                    self.dup_publishes += first >> 3 & 1
                    self.peak = max(self.peak, self.outstanding)
                elif kind == packets.CONNACK:
                    self.session_present = bool(body[0] & 1)
                elif kind == packets.SUBACK:
                    self.subscribed = True
            elif kind in (packets.PUBACK, packets.PUBREC):
                self.acknowledged += 1
            elif kind == packets.CONNECT:
                self.version = packets.decode(first, body)["version"]


class Proxy:
    """Listens on `port`, passes on to `target` (a port). Runs in a thread of its own until `stop`."""

    def __init__(self, target, recording=False):
        self.target, self.port, self.recording = target, free_port(), recording
        self.connections = []     # every one since the start, in order
        self._lock = threading.Lock()
        self._frozen = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._running = True
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    @property
    def last(self):
        return self.connections[-1] if self.connections else None

    def arrivals(self):
        """[Arrival] of every PUBLISH that the broker sent, in that order, however often; needs `recording`."""
        return [Arrival(int(connection.opened * 1000), when, bool(first & 8),
                        packets.decode(first, body, connection.version)["payload"])
                for connection in list(self.connections) for when, first, body in connection.sent]

    def freeze(self):
        """Half-open: sockets stay, nothing passes."""
        self._frozen.set()

    def thaw(self):
        self._frozen.clear()

    def cut(self):
        """Resets every open connection on both sides."""
        with self._lock:
            for connection in self.connections:
                self._close(connection, reset=True)

    def stop(self):
        self._running = False
        self._thread.join(5)
        self.cut()
        self._listener.close()

    def _close(self, connection, reset=False):
        if connection.closed:
            return
        connection.closed = True
        for sock in (connection.client, connection.server):
            try:
                self._selector.unregister(sock)
            except (KeyError, ValueError):
                pass
            if reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()

    def _accept(self):
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:
            client.close()
            return
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(client, server, self.recording)
        self.connections.append(connection)
        self._selector.register(client, selectors.EVENT_READ, (connection, server))
        self._selector.register(server, selectors.EVENT_READ, (connection, client))

    def _pass_on(self, connection, source, sink):
        try:
            data = source.recv(262144)
            if data:
                connection.seen(source, data)
                sink.sendall(data)
                return
        except (OSError, ValueError):
            pass
        self._close(connection)

    def _loop(self):
        while self._running:
            if self._frozen.is_set():
                time.sleep(0.01)
                continue
            ready = self._selector.select(0.05)
            with self._lock:
                for key, _ in ready:
                    if key.data is None:
                        self._accept()
                    elif not key.data[0].closed and not self._frozen.is_set():
                        self._pass_on(key.data[0], key.fileobj, key.data[1])
