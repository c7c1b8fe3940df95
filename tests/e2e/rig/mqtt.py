"""A small pipelined MQTT publisher that remembers which messages the broker took responsibility for."""

import os
import select
import socket
import time

from . import mqtt_packets as packets
from .message import payload

_CHUNK = 64  # packets handed to the socket at once


class Obligations:
    """A file of lines "key sequence": one for each message that the MQTT broker acknowledged. Written with one system
    call a batch, so that whatever is killed, it holds all that was acknowledged before."""

    def __init__(self, path):
        self.path = path
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def add(self, entries):
        data = "".join(f"{key} {sequence}\n" for key, sequence in entries).encode()
        while data:
            data = data[os.write(self.file, data):]

    def close(self):
        os.close(self.file)

    @staticmethod
    def load(path):
        with open(path) as lines:
            return {(key, int(sequence)) for key, sequence in (line.split() for line in lines)}


class Publisher:
    """One connection. `window` is the largest number of unacknowledged messages (QoS 1 and 2)."""

    def __init__(self, port, client_id, version=5, window=1000):
        self.version, self.window = version, window
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.sendall(packets.connect(client_id, version))
        self.buffer = bytearray()
        self.waiting = {}  # packet id -> entry
        self.next_id = 1
        self.refused = 0   # acknowledged with an error
        first, body = self._read_packet()
        answer = packets.decode(first, body, version)
        if answer["kind"] != packets.CONNACK or answer["reason"] != 0:
            raise ConnectionError(f"not connected: {answer}")

    def _read_packet(self):
        while True:
            found, used = packets.split(self.buffer)
            if found:
                assert len(found) == 1, "only a CONNACK is expected here"
                del self.buffer[:used]
                return found[0]
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError("the MQTT broker closed the connection")
            self.buffer += data

    def encode(self, topic, body, qos, properties=None, retain=False):
        """(packet, packet id or None)."""
        packet_id = None
        if qos:
            packet_id = self.next_id
            self.next_id = packet_id % 65535 + 1
        return packets.publish(topic, body, qos, packet_id, False, retain, self.version, properties), packet_id

    def _collect(self, timeout):
        """Reads acknowledgements; returns the entries that are now the broker's."""
        readable, _, _ = select.select([self.sock], [], [], timeout)
        if not readable:
            return []
        data = self.sock.recv(262144)
        if not data:
            raise ConnectionError("the MQTT broker closed the connection")
        self.buffer += data
        found, used = packets.split(self.buffer)
        del self.buffer[:used]
        done, release = [], []
        for first, body in found:
            kind = first >> 4
            packet_id = body[0] << 8 | body[1] if len(body) > 1 else None
            reason = body[2] if len(body) > 2 else 0
            if kind == packets.PUBREC and reason < 0x80:
                release.append(packets.acknowledgement(packets.PUBREL, packet_id))
            elif kind in (packets.PUBACK, packets.PUBREC, packets.PUBCOMP):
                entry = self.waiting.pop(packet_id)
                if reason < 0x80:
                    done.append(entry)
                else:
                    self.refused += 1
        if release:
            self._send(b"".join(release), done)
        return done

    def _send(self, data, done):
        """Never blocks for good on a broker that itself waits for us to read."""
        view = memoryview(data)
        while view:
            readable, writable, _ = select.select([self.sock], [self.sock], [], 20)
            if writable:
                view = view[self.sock.send(view[:65536]):]
            elif readable:
                done += self._collect(0)
            else:
                raise TimeoutError("the MQTT broker takes nothing for 20 s")

    def publish(self, messages, obligations=None, rate=None, qos=1, seconds=60, stop=None):
        """Publishes every (topic, body, entry, properties) of an iterable and waits for the acknowledgements.

        `rate` is in messages a second. `stop()` true ends early, `seconds` bounds waiting for acknowledgements.
        Returns how many were sent.
        """
        sent, began, chunk, source = 0, time.monotonic(), [], iter(messages)
        obligations = obligations or _Nowhere()
        exhausted = False
        while not exhausted:
            size = _CHUNK if rate is None else max(1, min(_CHUNK, int(rate / 100)))
            chunk.clear()
            while len(chunk) < size and len(self.waiting) < self.window:
                message = next(source, None)
                if message is None:
                    exhausted = True
                    break
                topic, body, entry, properties = message
                data, packet_id = self.encode(topic, body, qos, properties)
                if packet_id is not None:
                    assert packet_id not in self.waiting, "window over 65,535"
                    self.waiting[packet_id] = entry
                chunk.append(data)
            done = []
            if chunk:
                self._send(b"".join(chunk), done)
                sent += len(chunk)
            full = len(self.waiting) >= self.window
            ahead = 0 if rate is None else max(0.0, began + sent / rate - time.monotonic())
            if qos:
                done += self._collect(20 if full else 0)
                end = time.monotonic() + ahead
                while (left := end - time.monotonic()) > 0 and self.waiting:
                    done += self._collect(left)
            if (left := began + sent / rate - time.monotonic() if rate else 0) > 0:
                time.sleep(min(left, 1))
            obligations.add(done)
            if stop is not None and stop():
                break
        self.drain(obligations, seconds)
        return sent

    def drain(self, obligations, seconds):
        end = time.monotonic() + seconds
        while self.waiting:
            obligations.add(self._collect(1))
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.waiting)} messages were not acknowledged within {seconds} s")

    def close(self):
        try:
            self.sock.sendall(packets.disconnect(self.version))
        except OSError:
            pass
        self.sock.close()


class _Nowhere:
    def add(self, entries):
        pass


def topic_of(prefix, key):
    return f"{prefix}/{key}/data"


def sequence(run, prefix, keys, count, size=0, properties=None, start=0):
    """`count` messages, round robin over `keys`, as `Publisher.publish` takes them, made on demand.

    `properties(key, sequence)` gives MQTT 5 properties.
    """
    topics = [topic_of(prefix, key) for key in keys]
    for number in range(count):
        place, index = divmod(number, len(keys))
        key, place = keys[index], start + place
        yield topics[index], payload(run, key, place, size), (key, place), properties(key, place) if properties else None
