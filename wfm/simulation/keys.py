"""Random numbers by key: every contact, day and agent has a key, and a key has one number for each purpose.

Nothing is consumed, so no decision, engine, thread or scenario moves another's variate: two plans see the same days,
and replication k can be replayed alone. A key's children are the splitmix64 stream that starts at the key (Steele, Lea
and Flood, "Fast splittable pseudorandom number generators", 2014): each level is hashed before the next is added, since
one flat sum would make (seed, replication + 1) equal to (seed + 1, replication).
"""

from __future__ import annotations

import hashlib

import numpy as np

from wfm.jit import kernel

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST_FACTOR = np.uint64(0xBF58476D1CE4E5B9)
SECOND_FACTOR = np.uint64(0x94D049BB133111EB)
ONE, S12, S27, S30, S31 = (np.uint64(bits) for bits in (1, 12, 27, 30, 31))

# What a number is for. Numbered for ever, from far above any count of contacts, days or agents.
_FIRST_PURPOSE = 1 << 63
(GAP, TALK, AFTER_CONTACT_WORK, PATIENCE, BALKING, DAY_FACTOR, ABSENCE, ROUNDING, ROUTE, STRATUM) = (
    np.uint64(_FIRST_PURPOSE + purpose) for purpose in range(10)
)


@kernel
def child(parent, index):  # type: ignore[no-untyped-def]
    """uint64 key of the `index`-th child (uint64) of a key (uint64)."""
    z = parent + (index + ONE) * GOLDEN
    z = (z ^ (z >> S30)) * FIRST_FACTOR
    z = (z ^ (z >> S27)) * SECOND_FACTOR
    return z ^ (z >> S31)


@kernel
def uniform(key, purpose):  # type: ignore[no-untyped-def]
    """float64 in (0, 1), never 0 or 1: an odd multiple of 2^-53, so that 1 - u is exact too."""
    return (np.float64(child(key, purpose) >> S12) + 0.5) * 2.0**-52


def stable_hash(name: str) -> np.uint64:
    """uint64 that stands for a name in every process and version."""
    return np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))
