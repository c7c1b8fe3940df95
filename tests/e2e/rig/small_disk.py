"""A folder on a disk of its own that is soon full."""

import errno
import os
import subprocess
from contextlib import contextmanager

from .java import Missing


@contextmanager
def small_disk(folder, mebibytes):
    """Mounts a tmpfs there until the end. Missing: only root may."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"no small disk: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    """Takes all that is free there; the file that took it."""
    path = folder / "filler"
    size = 1 << 20
    with open(path, "wb", buffering=0) as file:
        while size > 0:
            try:
                written = file.write(b"x" * size)
                size = size if written == size else size // 2
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2
    os.sync()
    return path
