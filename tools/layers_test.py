"""The layer check finds what it is there for, and passes a tree without faults."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import layers


@pytest.fixture
def tree(tmp_path):
    """write(path, text): a file of a small source tree that has no faults."""
    def write(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    write("src/base/result.h", "#pragma once\n#include <string>\n")
    write("src/mqtt/packet.h", '#pragma once\n#include "base/result.h"\n')
    write("src/mqtt/packet_test.cpp", '#include "mqtt/packet.h"\n#include <fstream>\n')
    write("src/mqtt/packet_rig.h", 'inline auto folder = std::getenv("X");\n#include <fstream>\n')
    write("src/platform/log.h", "#pragma once\n#include <mutex>\n")
    write("src/net/connection.h", '#pragma once\n#include "platform/log.h"\n#include "base/result.h"\n')
    write("src/pattern/pattern.h", "#pragma once\n")
    write("src/pattern/pattern_test.cpp", '#include "pattern/explain/text.h"\n')
    write("src/pattern/explain/text.h", '#pragma once\n#include "pattern/pattern.h"\n')
    write("src/pattern/explain/explain.h", '#pragma once\n#include "pattern/explain/text.h"\n')
    for folder in ("base", "mqtt", "platform", "net", "pipeline", "pattern", "pattern/explain"):
        write(f"src/{folder}/README.md", "# It\n")
    write.root = tmp_path
    return write


def test_a_good_tree_passes(tree):
    assert layers.faults(tree.root) == []


@pytest.mark.parametrize("path, text, fault", [
    ("src/mqtt/session.cpp", '#include "net/connection.h"\n', "src/mqtt/session.cpp:1: mqtt may not include net"),
    ("src/base/log.cpp", '\n#include "platform/log.h"\n', "src/base/log.cpp:2: base may not include platform"),
    ("src/mqtt/clock_test.cpp", '#include "net/connection.h"\n', "mqtt may not include net"),
    ("src/mqtt/session.cpp", "#include <sys/socket.h>\n", "is I/O, and mqtt is in ring 1"),
    ("src/mqtt/session.cpp", "#include <boost/asio/post.hpp>\n", "<boost/asio/post.hpp> belongs to"),
    ("src/net/text.cpp", "#include <simdjson.h>\n", "belongs to json alone"),
    ("src/net/text.cpp", '#include "connection.h"\n', "not given as folder/file.h"),
    ("src/net/text.cpp", '#include "base/none.h"\n', "does not exist"),
    ("src/net/text.cpp", 'auto x = std::getenv("X");\n', "read the environment"),
    ("src/mqtt/session.cpp", "auto now = std::chrono::steady_clock::now();\n", "steady_clock::now goes around the headers"),
    ("src/mqtt/session.cpp", "int file = ::open(path, 0);\n", "::open( goes around the headers"),
    ("src/mqtt/session.cpp", "std::random_device seed;\n", "random_device goes around the headers"),
    ("src/pipeline/worker.cpp", "// waits for a PUBACK of MQTT\n", "pipeline names a protocol"),
    ("src/pattern/match.cpp", '#include "pattern/explain/text.h"\n', "match.cpp:1: pattern may not include pattern/explain"),
    ("src/pattern/alibaba/x.cpp", "\n", "src/pattern/alibaba: has no README.md"),
    ("src/pattern/other/x.cpp", "\n", "src/pattern/other: not in the table"),
    ("src/other/x.cpp", "\n", "src/other: not in the ring table"),
    ("src/task/x.cpp", "\n", "src/task: has no README.md"),
    ("src/net/long.cpp", "\n" * 501, "501 lines, over 500"),
    ("src/net/long.cpp", "struct X {\n    int f(\n        int a) const {\n" + "x;\n" * 69 + "}\n};\n", "long.cpp:2: f has 72 lines, over 70"),
    ("src/net/long.cpp", "template <class T>\nvoid X<T>::go() {\n" + "if (a) {\n}\n" * 35 + "}\n", "long.cpp:1: go has 73 lines"),
    ("tests/x.py", "# TO" "DO: later\n", "a note of work left"),
])
def test_a_fault_is_found(tree, path, text, fault):
    tree(path, text)
    found = layers.faults(tree.root)
    assert len(found) == 1 and fault in found[0], found


def test_tables_classes_and_tests_may_be_long(tree):
    long = "    {1, \"}\"},\n" * 80
    tree("src/net/rows.cpp", "constexpr Row rows[] = {\n" + long + "};\nclass X : Y {\n" + "int a();\n" * 80 + "};\nint f() {\n}\n")
    tree("src/net/rows_test.cpp", "TEST(a, b) {\n" + long + "}\n")
    assert layers.faults(tree.root) == []


def test_folders_inside_of_one_do_not_include_each_other(tree):
    tree("src/pattern/alibaba/README.md", "# It\n")
    tree("src/pattern/alibaba/x.cpp", '#include "pattern/pattern.h"\n#include "pattern/explain/text.h"\n')
    found = layers.faults(tree.root)
    assert len(found) == 1 and "x.cpp:2: pattern/alibaba may not include pattern/explain" in found[0], found


def test_a_table_that_points_outwards_is_found(monkeypatch):
    monkeypatch.setitem(layers.RINGS, "mqtt", (1, ["net"]))
    assert "mqtt (ring 1) may not include net (ring 2)" in "".join(layers.table_faults())
