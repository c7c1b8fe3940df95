#!/usr/bin/python3
"""Writes docs/cli.md: what `outflow COMMAND --help` says, of every command.

Usage: tools/cli_reference.py OUTFLOW > docs/cli.md      OUTFLOW is the program; tests/docs_test.py compares
"""

import re
import subprocess
import sys

HEAD = """# Commands

Written by `tools/cli_reference.py` from the program's own `--help`; do not edit. What belongs together is told in [server.md](server.md)
(the service), [operations.md](operations.md) (`outflow run`), [testing.md](testing.md), [pattern.md](pattern.md),
[jsonpath.md](jsonpath.md) and [devbroker.md](devbroker.md).
"""


def help_of(program, words):
    done = subprocess.run([program, *words, "--help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=30, check=True)
    return done.stdout


def commands(program, words=()):
    """(words, help) of a command and of all below it, in the program's order."""
    text = help_of(program, words)
    yield words, text
    below = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.MULTILINE)
    for name in re.findall(r"^  (\S+)", below[1], re.MULTILINE) if below else []:
        yield from commands(program, (*words, name))


def reference(program):
    parts = [HEAD]
    for words, text in commands(program):
        body = "\n".join(line.rstrip() for line in text.strip().splitlines())
        parts.append(f"## {' '.join(('outflow', *words))}\n\n```\n{body}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.stdout.write(reference(sys.argv[1]))
