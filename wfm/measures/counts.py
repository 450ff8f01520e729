"""The few counts from which every measure is worked out, the same for formulas and simulation.

Per contact type and interval of arrival: offered = answered + abandoned + blocked + dropped + unfinished, always. Waits
are kept as whole microseconds by the engines, so that the order of adding cannot matter, and as seconds afterwards.
`queue_time` alone belongs to the interval in which the waiting passes: contact-seconds, mean queue x its length.
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
    "answered_by_best",
    "queue_time",
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
    ANSWERED_BY_BEST,
    QUEUE_TIME,
) = range(len(COUNTS))

# Counts of time: microseconds in the engines, seconds afterwards.
IN_TIME = (WAIT_OF_ANSWERED, WAIT_OF_UNANSWERED, QUEUE_TIME)

# Per agent group and interval in which the time passes: seconds that agents are busy; busy or ready; and of these, the
# seconds of agents beyond the number on duty (who finish late, or stay after closing).
TIMES = ("busy", "staffed", "overtime")
BUSY, STAFFED, OVERTIME = range(len(TIMES))

# Waits of answered contacts fall into fixed bins about 1 % wide: 64 to each doubling, from 1 microsecond to 2^40 (12
# days); the first bin holds those who did not wait.
BINS_PER_DOUBLING, DOUBLINGS = 64, 40
BINS = 1 + BINS_PER_DOUBLING * DOUBLINGS


def column(name: str) -> int:
    """Index of a count by its name."""
    return COUNTS.index(name)
