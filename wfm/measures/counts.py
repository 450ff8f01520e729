"""The few counts from which every measure is worked out, the same for formulas and simulation.

Per contact type and interval of arrival: offered = answered + abandoned + blocked + dropped + unfinished, always. Waits
are kept as whole microseconds by the engines, so that the order of adding cannot matter, and as seconds afterwards.
"""

from __future__ import annotations

COUNTS = (
    "offered",
    "answered",
    "answered_within",
    "abandoned",
    "abandoned_within",
    "short_abandoned",
    "blocked",
    "dropped",
    "unfinished",
    "wait_of_answered",
    "wait_of_unanswered",
)
(
    OFFERED,
    ANSWERED,
    ANSWERED_WITHIN,
    ABANDONED,
    ABANDONED_WITHIN,
    SHORT_ABANDONED,
    BLOCKED,
    DROPPED,
    UNFINISHED,
    WAIT_OF_ANSWERED,
    WAIT_OF_UNANSWERED,
) = range(len(COUNTS))

# Per agent group and interval in which the time passes: seconds that agents are busy, and busy or ready.
TIMES = ("busy", "staffed")
BUSY, STAFFED = range(len(TIMES))


def column(name: str) -> int:
    """Index of a count by its name."""
    return COUNTS.index(name)
