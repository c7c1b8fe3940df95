"""What the tests publish: a payload that says who sent it, its place in its topic's sequence, and its own checksum.

    {"r":"<run>","k":"<topic key>","s":<sequence>,"t":<temperature>,"c":"<CRC-32 of the rest>","f":"<fill>"}

`t` is for filters: sequence modulo 100, plus a half. One publisher a topic key, sequences from 0.
"""

import base64
import json
import zlib


def _checksum(run, key, sequence, fill):
    return f"{zlib.crc32(f'{run}|{key}|{sequence}|{fill}'.encode()):08x}"


def payload(run, key, sequence, size=0):
    """JSON text as bytes, padded to at least `size`."""
    fill = "x" * max(0, size - 52 - len(run) - len(key))
    return (f'{{"r":"{run}","k":"{key}","s":{sequence},"t":{sequence % 100}.5,'
            f'"c":"{_checksum(run, key, sequence, fill)}","f":"{fill}"}}').encode()


def parse(body):
    """(run, key, sequence) of a record's body, also one that is the Base64 of a payload; None when it is not intact."""
    try:
        if not body.startswith(b"{"):
            body = base64.b64decode(body, validate=True)
        value = json.loads(body)
        run, key, sequence = value["r"], value["k"], value["s"]
        return (run, key, sequence) if value["c"] == _checksum(run, key, sequence, value["f"]) else None
    except (ValueError, KeyError, TypeError):
        return None
