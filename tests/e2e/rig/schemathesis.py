"""Schemathesis in an environment of its own: build/schemathesis, made when it is not there or is another version."""

import subprocess
from pathlib import Path

from .outflow import ROOT

FILES = ROOT / "tests/e2e/schemathesis"


def install():
    """The program's path. AssertionError with pip's reason when it cannot be had."""
    folder, wanted = ROOT / "build/schemathesis", (FILES / "requirements.txt").read_text()
    stamp, program = folder / "requirements.txt", folder / "bin/schemathesis"
    if not stamp.exists() or stamp.read_text() != wanted:
        _run(["/usr/bin/python3", "-m", "venv", "--clear", folder], "make a Python environment (tools/install test)")
        _run([folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", FILES / "requirements.txt"],
             "install Schemathesis from PyPI")
        stamp.write_text(wanted)
    return program


def _run(command, what):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"cannot {what}: {done.stdout[-500:]}{done.stderr[-1500:]}"


def run(url, key, folder: Path, *options, seconds=60):
    """What a run against the server's own document says; asserts that it found nothing."""
    command = [install(), "--config-file", FILES / "schemathesis.toml", "--no-color", "run", f"{url}/v1/openapi.json",
               "-H", f"Authorization: Bearer {key}", *options]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=folder, timeout=seconds)
    assert done.returncode == 0, f"Schemathesis ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
