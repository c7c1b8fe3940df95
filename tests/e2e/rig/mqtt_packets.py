"""MQTT 3.1.1 and 5 packets for the tests, written from the specification, apart from the product's codec."""

import struct

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, \
    DISCONNECT, AUTH = range(1, 16)

# MQTT 5, 2.2.2.2: identifier -> (name, kind); kinds: 1, 2, 4 byte integers, v varint, s string, b binary, p pair
PROPERTIES = {
    0x01: ("payload_format_indicator", 1), 0x02: ("message_expiry_interval", 4), 0x03: ("content_type", "s"),
    0x08: ("response_topic", "s"), 0x09: ("correlation_data", "b"), 0x0B: ("subscription_identifier", "v"),
    0x11: ("session_expiry_interval", 4), 0x12: ("assigned_client_identifier", "s"), 0x13: ("server_keep_alive", 2),
    0x15: ("authentication_method", "s"), 0x16: ("authentication_data", "b"), 0x17: ("request_problem_information", 1),
    0x19: ("request_response_information", 1), 0x1A: ("response_information", "s"), 0x1C: ("server_reference", "s"),
    0x1F: ("reason_string", "s"), 0x21: ("receive_maximum", 2), 0x22: ("topic_alias_maximum", 2), 0x23: ("topic_alias", 2),
    0x24: ("maximum_qos", 1), 0x25: ("retain_available", 1), 0x26: ("user_property", "p"),
    0x27: ("maximum_packet_size", 4), 0x28: ("wildcard_subscription_available", 1),
    0x29: ("subscription_identifier_available", 1), 0x2A: ("shared_subscription_available", 1),
}
_IDS = {name: (number, kind) for number, (name, kind) in PROPERTIES.items()}
_INTEGERS = {1: ">B", 2: ">H", 4: ">I"}


def varint(value):
    out = bytearray()
    while True:
        value, low = divmod(value, 128)
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def string(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack(">H", len(data)) + data


def encode_properties(properties):
    """From {name: value}; `user_property` takes a list of pairs, `subscription_identifier` a number or a list."""
    out = b""
    for name, value in (properties or {}).items():
        number, kind = _IDS[name]
        for one in value if isinstance(value, list) else [value]:
            out += bytes([number])
            if kind in _INTEGERS:
                out += struct.pack(_INTEGERS[kind], one)
            elif kind == "v":
                out += varint(one)
            elif kind == "p":
                out += string(one[0]) + string(one[1])
            else:
                out += string(one)
    return varint(len(out)) + out


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        if self.at + size > len(self.data):
            raise ValueError("packet too short")
        self.at += size
        return self.data[self.at - size:self.at]

    def integer(self, size):
        return int.from_bytes(self.take(size), "big")

    def varint(self):
        value = shift = 0
        while True:
            byte = self.integer(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def binary(self):
        return bytes(self.take(self.integer(2)))

    def string(self):
        return self.binary().decode()

    def properties(self):
        end = self.varint()
        end += self.at
        found = {}
        while self.at < end:
            name, kind = PROPERTIES[self.varint()]
            if kind in _INTEGERS:
                value = self.integer(kind)
            elif kind == "p":
                value = (self.string(), self.string())
            else:
                value = self.varint() if kind == "v" else self.binary() if kind == "b" else self.string()
            if name in ("user_property", "subscription_identifier"):
                found.setdefault(name, []).append(value)
            else:
                found[name] = value
        return found

    def rest(self):
        return bytes(self.take(len(self.data) - self.at))


def packet(kind, flags, body):
    return bytes([kind << 4 | flags]) + varint(len(body)) + body


def connect(client_id, version=5, clean=True, keep_alive=60, properties=None, username=None, password=None):
    flags = (2 if clean else 0) | (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    body = string("MQTT") + bytes([version, flags]) + struct.pack(">H", keep_alive)
    if version == 5:
        body += encode_properties(properties)
    body += string(client_id)
    body += b"".join(string(text) for text in (username, password) if text is not None)
    return packet(CONNECT, 0, body)


def connack(version=5, session_present=False, reason=0, properties=None):
    body = bytes([int(session_present), reason])
    return packet(CONNACK, 0, body + (encode_properties(properties) if version == 5 else b""))


def publish(topic, payload, qos=0, packet_id=None, dup=False, retain=False, version=5, properties=None):
    body = string(topic) + (struct.pack(">H", packet_id) if qos else b"")
    body += (encode_properties(properties) if version == 5 else b"") + payload
    return packet(PUBLISH, dup << 3 | qos << 1 | int(retain), body)


def acknowledgement(kind, packet_id, reason=0):
    """PUBACK, PUBREC, PUBREL or PUBCOMP; a reason is only for MQTT 5."""
    body = struct.pack(">H", packet_id) + (bytes([reason]) if reason else b"")
    return packet(kind, 2 if kind == PUBREL else 0, body)


def subscribe(packet_id, filters, version=5, properties=None):
    """From [(filter, options byte)]."""
    body = struct.pack(">H", packet_id) + (encode_properties(properties) if version == 5 else b"")
    return packet(SUBSCRIBE, 2, body + b"".join(string(name) + bytes([options]) for name, options in filters))


def suback(packet_id, reasons, version=5):
    return packet(SUBACK, 0, struct.pack(">H", packet_id) + (b"\0" if version == 5 else b"") + bytes(reasons))


def unsuback(packet_id, count, version=5):
    return packet(UNSUBACK, 0, struct.pack(">H", packet_id) + (b"\0" + bytes(count) if version == 5 else b""))


def disconnect(version=5, reason=0, properties=None):
    return packet(DISCONNECT, 0, bytes([reason]) + encode_properties(properties) if version == 5 and reason else b"")


def split(buffer):
    """[(first byte, body)] of the whole packets at the start of `buffer`, and how many bytes they took."""
    packets, at, size = [], 0, len(buffer)
    while at + 2 <= size:
        length = shift = 0
        cursor = at + 1
        while True:
            if cursor >= size:
                return packets, at
            byte = buffer[cursor]
            cursor += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
            if shift > 21:
                raise ValueError("remaining length of over four bytes")
        if cursor + length > size:
            break
        packets.append((buffer[at], bytes(buffer[cursor:cursor + length])))
        at = cursor + length
    return packets, at


def decode(first, body, version=5):
    """A packet as a dictionary with `kind` and the names of the specification."""
    kind, flags = first >> 4, first & 15
    cursor = Cursor(body)
    found = {"kind": kind, "flags": flags}
    if kind == CONNECT:
        found["protocol"], found["version"] = cursor.string(), cursor.integer(1)
        bits, found["keep_alive"] = cursor.integer(1), cursor.integer(2)
        found["clean"] = bool(bits & 2)
        found["properties"] = cursor.properties() if found["version"] == 5 else {}
        found["client_id"] = cursor.string()
        found["username"] = cursor.string() if bits & 0x80 else None
        found["password"] = cursor.binary() if bits & 0x40 else None
        return found
    if kind == PUBLISH:
        found |= {"dup": bool(flags & 8), "qos": flags >> 1 & 3, "retain": bool(flags & 1), "topic": cursor.string()}
        found["packet_id"] = cursor.integer(2) if found["qos"] else None
        found["properties"] = cursor.properties() if version == 5 else {}
        found["payload"] = cursor.rest()
        return found
    if kind == CONNACK:
        found["session_present"], found["reason"] = bool(cursor.integer(1) & 1), cursor.integer(1)
        found["properties"] = cursor.properties() if version == 5 else {}
        return found
    if kind == DISCONNECT:
        found["reason"] = cursor.integer(1) if body else 0
        return found
    if kind in (PINGREQ, PINGRESP, AUTH):
        return found
    found["packet_id"] = cursor.integer(2)
    if kind in (PUBACK, PUBREC, PUBREL, PUBCOMP):
        found["reason"] = cursor.integer(1) if len(body) > 2 else 0
    elif kind == SUBSCRIBE:
        found["properties"] = cursor.properties() if version == 5 else {}
        found["filters"] = []
        while cursor.at < len(body):
            found["filters"].append((cursor.string(), cursor.integer(1)))
    elif kind == UNSUBSCRIBE:
        found["properties"] = cursor.properties() if version == 5 else {}
        found["filters"] = []
        while cursor.at < len(body):
            found["filters"].append(cursor.string())
    elif kind in (SUBACK, UNSUBACK):
        found["properties"] = cursor.properties() if version == 5 else {}
        found["reasons"] = list(cursor.rest())
    return found
