"""The random numbers of a test. Their seed is printed, so that a failure shows it; OUTFLOW_SEED sets it."""

import os
import random


def chance(what=""):
    """A random.Random of its own for the caller."""
    seed = int(os.environ.get("OUTFLOW_SEED") or random.randrange(1 << 32))
    print(f"\n{what}OUTFLOW_SEED={seed} runs it again")
    return random.Random(seed)
