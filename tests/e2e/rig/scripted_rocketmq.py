"""A RocketMQ that does what a test says: name server and one broker on one port, threads and raw frames.

Every request is kept. For a send request the next Reply of the script decides; when the script is used up it is stored
and answered with success. `answers[code]` does the same for any other request code.
"""

import json
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from . import frames
from .process import free_port, wait_until

SENDS = (frames.SEND, frames.SEND_V2, frames.SEND_BATCH)
STORED = (0, 10, 11, 12)


@dataclass
class Reply:
    """What happens to one request. Stored means: its records count as what RocketMQ holds."""

    code: int = 0
    remark: str = ""
    delay: float = 0.0        # seconds before the answer; other requests go on, so answers can be reordered
    silence: bool = False     # no answer
    close: bool = False       # close the connection (after the answer, if there is one)
    freeze: bool = False      # half-open: this connection is neither read nor answered any more
    stored: bool = None       # default: the code says so; True with silence or close is a lost answer
    kind: int = None          # frames.JSON or frames.BINARY; default: as the server
    raw: bytes = None         # sent instead of an answer
    chunk: int = 0            # bytes a write, 0: all at once
    ext: dict = field(default_factory=dict)
    opaque_offset: int = 0    # added to the opaque: an answer to nothing

    def is_stored(self):
        return self.stored if self.stored is not None else self.code in STORED and not (self.silence or self.freeze)


@dataclass
class Request:
    frame: frames.Frame
    connection: int
    when: float               # time.monotonic()
    reply: Reply = None

    @property
    def topic(self):
        return self.frame.ext.get("b") or self.frame.ext.get("topic")

    @property
    def queue(self):
        return int(self.frame.ext.get("e") or self.frame.ext.get("queueId"))

    def records(self):
        return frames.records_of(self.frame)


class ScriptedRocketMQ:
    def __init__(self, topics=None, auto_create=True, kind=frames.BINARY, version=479, broker="broker-a", port=None):
        self.topics = dict(topics or {})     # name -> write queues
        self.auto_create = auto_create       # TBW102 has a route
        self.no_brokers = False              # as a name server that no broker has registered at
        self.route = None                    # a whole route as an object, instead of one made of `topics`
        self.quoted_keys = True
        self.kind, self.version, self.broker = kind, version, broker
        self.port = port or free_port()
        self.requests, self.answers = [], {}
        self.decide = None                   # decide(request): a Reply for a send request, or None to go by the script
        self.accepted = 0
        self._script, self._lock = deque(), threading.Lock()
        self._connections, self._offsets, self._held = {}, {}, []
        self._listener = None
        self.listen()

    def listen(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept_loop, args=(self._listener,), daemon=True).start()

    def unlisten(self):
        """New connections are refused, and the open ones reset."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.drop_connections()

    def drop_connections(self):
        with self._lock:
            for sock in self._connections.values():
                _reset(sock)

    stop = unlisten

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    # --- the script and what came of it

    def script(self, *replies):
        with self._lock:
            self._script.extend(replies)

    def sends(self):
        with self._lock:
            return [request for request in self.requests if request.frame.code in SENDS]

    def stored(self):
        """[(topic, queue, body, properties)] in the order of storing."""
        return [(send.topic, send.queue, body, properties) for send in self.sends()
                if send.reply is not None and send.reply.is_stored() for body, properties in send.records()]

    def bodies(self):
        return [body for _, _, body, _ in self.stored()]

    def of_code(self, code):
        with self._lock:
            return [request for request in self.requests if request.frame.code == code]

    def wait_sends(self, count, seconds=10):
        return wait_until(lambda: len(self.sends()) >= count and self.sends(), seconds, f"{count} send requests")

    def wait_stored(self, count, seconds=10):
        return wait_until(lambda: len(self.stored()) >= count and self.stored(), seconds, f"{count} records stored")

    # --- serving

    def _accept_loop(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.accepted += 1
                number = self.accepted
                self._connections[number] = sock
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock, number):
        try:
            while (frame := frames.read_frame(sock)) is not None:
                if frame.is_response:
                    continue
                reply = self._decide(frame, number)
                if reply.freeze:
                    return
                if reply.delay:
                    threading.Timer(reply.delay, self._answer, (sock, frame, reply)).start()
                elif not self._answer(sock, frame, reply):
                    break
        except (OSError, ValueError):
            pass
        with self._lock:
            self._connections.pop(number, None)
        sock.close()

    def _decide(self, frame, number):
        request = Request(frame, number, time.monotonic())
        reply = self.decide(request) if self.decide is not None and frame.code in SENDS else None
        with self._lock:
            if reply is None and frame.code in SENDS:
                reply = self._script.popleft() if self._script else Reply()
            elif reply is None:
                reply = self.answers.get(frame.code) or Reply()
            request.reply = reply
            self.requests.append(request)
        return reply

    def _answer(self, sock, frame, reply):
        """False when the connection ends with it."""
        data = b""
        if reply.raw is not None:
            data = reply.raw
        elif not reply.silence and not frame.flag & frames.ONE_WAY:
            data = frames.encode(self._answer_frame(frame, reply))
        try:
            step = reply.chunk or len(data) or 1
            for at in range(0, len(data), step):
                sock.sendall(data[at:at + step])
                if reply.chunk:
                    time.sleep(0.0005)  # lets every piece arrive alone
        except OSError:
            return False
        if reply.close:
            _reset(sock)
        return not reply.close

    def _answer_frame(self, frame, reply):
        kind = reply.kind if reply.kind is not None else self.kind
        answer = frames.Frame(reply.code, frame.opaque + reply.opaque_offset, frames.RESPONSE, self.version, 0, reply.remark,
                              dict(reply.ext), b"", kind)
        if frame.code == frames.GET_ROUTE and reply.code == 0:
            self._fill_route(frame.ext["topic"], answer)
        elif frame.code == frames.CLUSTER_INFO and reply.code == 0:
            table = "" if self.no_brokers else (f'"{self.broker}":{{"brokerAddrs":{{0:"{self.address}"}},'
                                                f'"brokerName":"{self.broker}","cluster":"DefaultCluster"}}')
            clusters = "" if self.no_brokers else f'"DefaultCluster":["{self.broker}"]'
            answer.body = f'{{"brokerAddrTable":{{{table}}},"clusterAddrTable":{{{clusters}}}}}'.encode()
        elif frame.code in SENDS and reply.code in STORED:
            queue = int(frame.ext.get("e") or frame.ext.get("queueId"))
            offset = self._offsets[queue] = self._offsets.get(queue, -1) + 1
            answer.ext |= {"queueId": str(queue), "queueOffset": str(offset), "msgId": f"7F000001{self.port:08X}{offset:016X}"}
        return answer

    def _fill_route(self, topic, answer):
        queues = self.topics.get(topic)
        if topic == "TBW102" and self.auto_create:
            queues = 8
        if self.no_brokers or queues is None:
            answer.code, answer.remark = 17, f"No topic route info in name server for the topic: {topic}"
            return
        route = self.route or {
            "brokerDatas": [{"brokerAddrs": {"0": self.address}, "brokerName": self.broker, "cluster": "DefaultCluster"}],
            "filterServerTable": {},
            "queueDatas": [{"brokerName": self.broker, "perm": 6, "readQueueNums": queues, "topicSysFlag": 0,
                            "writeQueueNums": queues}]}
        text = json.dumps(route)
        answer.body = (text if self.quoted_keys else text.replace('{"0":', "{0:")).encode()


def _reset(sock):
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()
