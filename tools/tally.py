"""What every runner of tools/ does at its end: a sum for people, and one for ./test and .ci/run."""

import os


def close(what, passed, failed, more=""):
    """Prints the sum, adds it to the file OUTFLOW_TALLY if there is one, and gives the exit status."""
    print(f"{what}: {passed} passed, {failed} failed{more}")
    if tally := os.environ.get("OUTFLOW_TALLY"):
        with open(tally, "a") as file:
            file.write(f"{passed} {failed}\n")
    return 1 if failed else 0
