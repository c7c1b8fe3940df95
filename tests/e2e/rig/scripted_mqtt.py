"""An MQTT broker that does what a test says, 3.1.1 and 5: the test holds the conversation, packet by packet."""

import queue
import socket
import struct
import threading
import time

from . import mqtt_packets as packets
from .process import free_port

_NAMES = {getattr(packets, name): name for name in (
    "CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK PINGREQ PINGRESP "
    "DISCONNECT AUTH").split()}


class Session:
    """One connection of the client. A thread reads; PINGREQ is answered there while `answer_pings`."""

    def __init__(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock, self.version = sock, 5
        self.answer_pings, self.pings = True, 0
        self.closed = threading.Event()
        self.received = queue.Queue()
        self.all = []               # every packet so far, as dictionaries
        self.failure = None         # a packet of the client that could not be decoded
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        buffer = bytearray()
        try:
            while data := self.sock.recv(65536):
                buffer += data
                found, used = packets.split(buffer)
                del buffer[:used]
                for first, body in found:
                    self._take(first, body)
        except OSError:
            pass
        except Exception as error:  # kept for the test to see: the client sent something that is no MQTT
            self.failure = error
        self.closed.set()
        self.received.put(None)

    def _take(self, first, body):
        packet = packets.decode(first, body, self.version)
        if packet["kind"] == packets.CONNECT:
            self.version = packet["version"]
        if packet["kind"] == packets.PINGREQ:
            self.pings += 1
            if self.answer_pings:
                self.send(packets.packet(packets.PINGRESP, 0, b""))
            return
        packet["when"] = time.monotonic()
        self.all.append(packet)
        self.received.put(packet)

    def send(self, data, split=0):
        """`split`: bytes a write; 0 is all at once."""
        step = split or len(data)
        for at in range(0, len(data), step):
            self.sock.sendall(data[at:at + step])
            if split:
                time.sleep(0.0005)  # so that the pieces arrive one by one

    def next(self, seconds=10):
        """The next packet; None when the client closed, AssertionError when nothing comes."""
        try:
            packet = self.received.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"the client sent nothing for {seconds} s") from None
        if self.failure:
            raise AssertionError(f"the client sent no MQTT: {self.failure!r}")
        return packet

    def expect(self, kind, seconds=10, **values):
        """The next packet, which must be of this kind and have these values."""
        packet = self.next(seconds)
        assert packet is not None, f"the client closed instead of sending {_NAMES[kind]}"
        assert packet["kind"] == kind, f"wanted {_NAMES[kind]}, got {_NAMES[packet['kind']]}: {packet}"
        for name, value in values.items():
            assert packet[name] == value, f"wanted {name} {value!r}: {packet}"
        return packet

    def expect_nothing(self, seconds):
        """For silence that is itself what is tested. What happens meanwhile is waited for before, by its condition."""
        try:
            packet = self.received.get(timeout=seconds)
        except queue.Empty:
            return
        raise AssertionError(f"wanted nothing, got {packet}")

    def expect_acks(self, packet_ids, kind=packets.PUBACK, seconds=10):
        """These acknowledgements, in this order, and nothing between them."""
        for packet_id in packet_ids:
            self.expect(kind, seconds, packet_id=packet_id)

    def expect_closed(self, seconds=10):
        """The client ends the connection, whatever it sends before. Returns what it sent."""
        assert self.closed.wait(seconds), "the client did not close"
        sent = []
        while (packet := self.received.get()) is not None:
            sent.append(packet)
        return sent

    def start(self, session_present=False, properties=None, grant=None, seconds=10):
        """Answers CONNECT and SUBSCRIBE. Returns both packets."""
        connect = self.expect(packets.CONNECT, seconds)
        self.send(packets.connack(self.version, session_present, 0, properties))
        subscribe = self.expect(packets.SUBSCRIBE, seconds)
        granted = [options & 3 for _, options in subscribe["filters"]] if grant is None else grant
        self.send(packets.suback(subscribe["packet_id"], granted, self.version))
        return connect, subscribe

    def publish(self, topic, payload, packet_id=None, qos=1, dup=False, retain=False, properties=None, split=0):
        self.send(packets.publish(topic, payload, qos, packet_id, dup, retain, self.version, properties), split)

    def publish_many(self, topic, numbers, first_id=1):
        """QoS 1, {"s":N} each, in one write."""
        self.send(b"".join(packets.publish(topic, b'{"s":%d}' % number, 1, first_id + index, version=self.version)
                           for index, number in enumerate(numbers)))

    def play(self, steps):
        """A script as a list: ("expect", KIND, {values}), ("send", bytes), ("nothing", seconds), ("closed",)."""
        for step in steps:
            word, *rest = step
            if word == "expect":
                self.expect(rest[0], **(rest[1] if len(rest) > 1 else {}))
            elif word == "send":
                self.send(rest[0])
            elif word == "nothing":
                self.expect_nothing(rest[0])
            elif word == "closed":
                self.expect_closed()
            else:
                raise ValueError(f"unknown step {step}")

    def close(self, reset=False):
        try:
            if reset:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # A socket closed while a thread reads from it stays open until that read ends.
                self.sock.shutdown(socket.SHUT_RD)
                self._reader.join(5)
            else:
                self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        self.closed.set()


class ScriptedMqtt:
    """Listens; `accept` gives the client's connections in order."""

    def __init__(self):
        self.port = free_port()
        self._sessions = queue.Queue()
        self.open = []
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._loop, daemon=True).start()

    def _loop(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            session = Session(sock)
            self.open.append(session)
            self._sessions.put(session)

    def accept(self, seconds=15):
        try:
            return self._sessions.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"the client did not connect within {seconds} s") from None

    def expect_no_connection(self, seconds):
        try:
            self._sessions.get(timeout=seconds)
        except queue.Empty:
            return
        raise AssertionError("the client connected")

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for session in self.open:
            session.close()
