"""What the server does is what its OpenAPI document says: Schemathesis asks what follows from the document, right and wrong."""

import re

import pytest

from rig import schemathesis
from rig.outflow import task
from rig.server import KEY, Server

SEED, EXAMPLES = 20261130, 8  # for each operation; about 20 s
# Nobody listens on ports 1 and 2 of loopback: whatever is enabled connects to nothing.
CONTENT = task(1, "127.0.0.1:2", name="press", topic="press/#")


@pytest.fixture
def server(folder):
    made = Server(folder)
    yield made
    assert made.stop() == 0, made.child.log_tail()


def test_the_server_keeps_to_its_document(server, folder):
    server.apply(CONTENT)
    server.do("POST", "/v1/users", {"name": "vera", "role": "viewer"})
    text = schemathesis.run(server.url, KEY, folder, "--seed", SEED, "--max-examples", EXAMPLES)
    tested = re.search(r"Tested: (\d+)", text)
    assert tested and int(tested.group(1)) >= 30, text
    assert server.status("GET", "/v1/me") == 200, "its key is still there"
    print(text[-1500:])
