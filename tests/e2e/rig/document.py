"""What a document shows, for tests that run it."""

import os
import re
import subprocess

from .outflow import ROOT


def blocks(document, heading, kind):
    """The fenced blocks of a kind in the section with a heading."""
    text = (ROOT / document).read_text()
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"{document} has no heading {heading}"
    found = re.findall(rf"^```{kind}\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)
    assert found, f"{document} shows no {kind} under {heading}"
    return found


def run_shown(commands, folder, binary, expected=0):
    """Runs a block in a folder, with the program under test as `outflow`; returns what it prints."""
    tools = folder / "bin"
    if not tools.exists():
        tools.mkdir()
        (tools / "outflow").symlink_to(binary)
    done = subprocess.run(["bash", "-eu", "-c", commands], cwd=folder, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                          env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"})
    assert done.returncode == expected, f"{commands}\n{done.stdout}"
    return done.stdout
