"""RocketMQ remoting frames, written for the tests from the protocol's description: 4.x and 5.x, JSON and binary headers.

A frame is u32 length (of what follows), u32 (header kind << 24 | header length), header, body; big-endian.
"""

import json
import socket
import struct
import zlib
from dataclasses import dataclass, field

JSON, BINARY = 0, 1
RESPONSE = 1
SEND, SEND_V2, SEND_BATCH = 10, 310, 320
HEART_BEAT, GET_ROUTE, CREATE_TOPIC = 34, 105, 17
MAX_FRAME = 16 * 1024 * 1024


@dataclass
class Frame:
    code: int
    opaque: int = 0
    flag: int = 0
    version: int = 409
    language: int = 1
    remark: str = ""
    ext: dict = field(default_factory=dict)
    body: bytes = b""
    kind: int = BINARY

    @property
    def is_response(self):
        return bool(self.flag & RESPONSE)


_LANGUAGES = ["JAVA", "CPP", "DOTNET", "PYTHON", "DELPHI", "ERLANG", "RUBY", "OTHER", "HTTP", "GO", "PHP", "OMS", "RUST",
              "NODE_JS"]


def encode(frame):
    if frame.kind == JSON:
        header = {"code": frame.code, "language": _LANGUAGES[frame.language], "version": frame.version,
                  "opaque": frame.opaque, "flag": frame.flag, "serializeTypeCurrentRPC": "JSON"}
        if frame.remark:
            header["remark"] = frame.remark
        if frame.ext:
            header["extFields"] = frame.ext
        head = json.dumps(header).encode()
    else:
        ext = b"".join(struct.pack(">h", len(k := key.encode())) + k + struct.pack(">i", len(v := str(value).encode())) + v
                       for key, value in frame.ext.items())
        remark = frame.remark.encode()
        head = struct.pack(">hBhiii", frame.code, frame.language, frame.version, frame.opaque, frame.flag, len(remark))
        head += remark + struct.pack(">i", len(ext)) + ext
    return struct.pack(">II", 4 + len(head) + len(frame.body), frame.kind << 24 | len(head)) + head + frame.body


def decode(data):
    """A frame from what follows its length word."""
    word, = struct.unpack_from(">I", data)
    kind, size = word >> 24, word & 0xFFFFFF
    head, body = data[4:4 + size], bytes(data[4 + size:])
    if kind == JSON:
        value = json.loads(head)
        language = value.get("language", "JAVA")
        return Frame(value["code"], value["opaque"], value["flag"], value.get("version", 0),
                     _LANGUAGES.index(language) if language in _LANGUAGES else 7, value.get("remark") or "",
                     value.get("extFields") or {}, body, JSON)
    code, language, version, opaque, flag, remark_size = struct.unpack_from(">hBhiii", head)
    at = 17
    remark = head[at:at + remark_size].decode()
    at += remark_size + 4
    ext = {}
    while at < len(head):
        key_size, = struct.unpack_from(">h", head, at)
        key = head[at + 2:at + 2 + key_size].decode()
        at += 2 + key_size
        value_size, = struct.unpack_from(">i", head, at)
        ext[key] = head[at + 4:at + 4 + value_size].decode()
        at += 4 + value_size
    return Frame(code, opaque, flag, version, language, remark, ext, body, BINARY)


def _read_exactly(sock, size):
    parts, missing = [], size
    while missing:
        part = sock.recv(min(missing, 1 << 20))
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def read_frame(sock):
    """The next frame of a blocking socket; None when the peer closed."""
    head = _read_exactly(sock, 4)
    if head is None:
        return None
    size, = struct.unpack(">I", head)
    if not 4 <= size <= MAX_FRAME:
        raise ValueError(f"frame of {size} bytes")
    data = _read_exactly(sock, size)
    return None if data is None else decode(data)


class Connection:
    """A client connection: one request at a time. `tls`, an ssl.SSLContext, makes it one over TLS."""

    def __init__(self, address, timeout=10, tls=None):
        self.sock = socket.create_connection(address, timeout=timeout)
        if tls is not None:
            self.sock = tls.wrap_socket(self.sock, server_hostname=address[0])
        self.opaque = 0

    def call(self, code, ext, body=b"", kind=JSON):
        self.opaque += 1
        self.sock.sendall(encode(Frame(code, self.opaque, ext=ext, body=body, kind=kind)))
        while True:
            frame = read_frame(self.sock)
            if frame is None:
                raise ConnectionError("closed before the response")
            if frame.is_response and frame.opaque == self.opaque:
                return frame

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.sock.close()


def get_route(port, topic, tls=None):
    """(code, route) from a name server on loopback."""
    with Connection(("127.0.0.1", port), timeout=5, tls=tls) as connection:
        answer = connection.call(GET_ROUTE, {"topic": topic, "acceptStandardJsonOnly": "true"})
        return answer.code, json.loads(answer.body) if answer.code == 0 and answer.body else None


def join_properties(properties):
    return "".join(f"{name}\x01{value}\x02" for name, value in properties.items())


def split_properties(text):
    pairs = (entry.split("\x01", 1) for entry in text.split("\x02") if entry)
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def send_header(topic, queue, properties, batch, group="rig"):
    return {"a": group, "b": topic, "c": "TBW102", "d": "4", "e": str(queue), "f": "0", "g": "1700000000000", "h": "0",
            "i": join_properties(properties), "j": "0", "k": "false", "m": "true" if batch else "false"}


def encode_batch(records):
    """The body of SEND_BATCH from (body, properties)."""
    out = []
    for body, properties in records:
        text = join_properties(properties).encode()
        out.append(struct.pack(">iiiii", 22 + len(body) + len(text), 0, 0, 0, len(body)) + body +
                   struct.pack(">h", len(text)) + text)
    return b"".join(out)


def decode_batch(data):
    """[(body, properties)]; ValueError when the bytes are no batch."""
    records, at = [], 0
    while at < len(data):
        total, magic, _, _, size = struct.unpack_from(">iiiii", data, at)
        body = data[at + 20:at + 20 + size]
        length, = struct.unpack_from(">h", data, at + 20 + size)
        text = data[at + 22 + size:at + 22 + size + length]
        if total != 22 + size + length or magic != 0 or len(text) != length:
            raise ValueError(f"batch entry at {at}: total {total}, magic {magic}, body {size}, properties {length}")
        records.append((body, split_properties(text.decode())))
        at += total
    return records


def records_of(request):
    """[(body, properties)] of a send request of any kind; bodies are inflated when the request says so."""
    ext = request.ext
    if request.code == SEND:
        flags, properties, batch = ext["sysFlag"], ext.get("properties", ""), ext.get("batch")
    else:
        flags, properties, batch = ext["f"], ext.get("i", ""), ext.get("m")
    pairs = decode_batch(request.body) if batch == "true" else [(request.body, split_properties(properties))]
    if int(flags) & 1:
        pairs = [(zlib.decompress(body), values) for body, values in pairs]
    return pairs
