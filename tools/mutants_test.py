"""The lists of mutants fit the tree, and the tool tells mutants that the tests find from those that they do not."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import mutants

ROOT = Path(__file__).resolve().parents[1]
LISTS = sorted([*(ROOT / "tests" / "mutants").glob("*.toml"), *(ROOT / "tests" / "sim" / "mutants").glob("*.toml")])
LIST = """
prepare = "mkdir -p build"
build = "bash -n {path} && cp {path} build/{target}"
test = "bash build/{target} | grep -qx '{filter}'"
seconds = 1
[[file]]
path = "add.sh"
target = "add"
filter = "5"
mutants = [
    ["adds nothing", '+ 3', '+ 0'],
    ["adds in another order", '2 + 3', '3 + 2'],
    ["never ends", 'echo', 'sleep 60; echo'],
]
"""


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_every_mutant_of_a_list_fits_the_tree(path):
    _, listed = mutants.read_list(path)
    assert listed and mutants.faults(listed, ROOT) == []


def test_the_lists_are_found():
    assert "pattern.toml" in [path.name for path in LISTS]


@pytest.fixture
def judge(tmp_path, monkeypatch, capsys):
    """judge(list, *words): the tool's status, output and errors for a small tree and that list."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "add.sh").write_text("echo $((2 + 3))\n")
    subprocess.run(["git", "init", "-q", str(tree)], check=True)
    monkeypatch.setattr(mutants, "ROOT", tree)
    monkeypatch.setattr(mutants, "COPY", tmp_path / "copy")

    def run(text, *words):
        (tmp_path / "list.toml").write_text(text)
        monkeypatch.setattr(sys, "argv", ["mutants.py", str(tmp_path / "list.toml"), *words])
        status = mutants.main()
        assert (tree / "add.sh").read_text() == "echo $((2 + 3))\n"
        return status, *capsys.readouterr()
    return run


def test_a_mutant_that_no_test_finds_survives(judge):
    status, output, _ = judge(LIST)
    assert status == 1
    assert [line.split()[0] for line in output.splitlines()] == ["killed", "SURVIVED", "killed", "3"]
    assert output.endswith("3 mutants: 2 killed, 1 survived\n")


def test_words_choose_mutants_by_name(judge):
    status, output, _ = judge(LIST, "nothing", "ends")
    assert (status, output.splitlines()[-1]) == (0, "2 mutants: 2 killed, 0 survived")
    assert judge(LIST, "no such word")[0] == 1


@pytest.mark.parametrize("old, new, fault", [
    ("'+ 3'", "'- 3'", "adds nothing: its text is 0 times in add.sh, not once"),
    ("'+ 3'", "'('", "adds nothing: its text is 2 times in add.sh, not once"),
    ("'+ 0'", "'+ 3'", "adds nothing: changes nothing"),
    ('"adds nothing"', '"never ends"', "never ends: is there twice"),
    ('"add.sh"', '"none.sh"', "0 times in none.sh"),
    ("'+ 3', '+ 0'", "'+ 3'", "a mutant is a name, a text and another text"),
    ("seconds = 1", "", "there is no 'seconds'"),
    ('target = "add"', "", "there is no 'target'"),
    ("'3 + 2'", "'3 + ) 2'", "adds in another order: `bash -n add.sh && cp add.sh build/add` ends with 2"),
    ('filter = "5"', 'filter = "6"', "without a mutant: `bash build/add | grep -qx '6'` ends with 1"),
])
def test_a_list_that_is_wrong_is_refused(judge, old, new, fault):
    assert LIST.count(old) == 1
    status, _, errors = judge(LIST.replace(old, new))
    assert status == 2 and fault in errors
