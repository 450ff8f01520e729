"""Every measure as arithmetic on counts: a sum of counts over a sum of counts.

============================== ============================================================
`answered_of_offered`          answered within T / offered
`answered_of_answered`         answered within T / answered
`excluding_abandoned_within`   answered within T / (offered - abandoned within T)
`excluding_short_abandons`     answered within T / (offered - short abandons)
`abandoned_within_counted`     (answered within T + abandoned within T) / offered
============================== ============================================================

Offered includes blocked. Answered within T means: answer time <= arrival + T. The average speed of answer (ASA) is the
mean wait of answered contacts; the mean wait is of all contacts but the blocked.
"""

from __future__ import annotations

from typing import NamedTuple

from wfm.measures.counts import COUNTS


class Sum(NamedTuple):
    """Counts that are added, and counts that are taken off."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()


class Ratio(NamedTuple):
    """One sum over another; without a denominator the measure is NaN."""

    numerator: Sum
    denominator: Sum


DEFINITIONS: dict[str, Ratio] = {
    "answered_of_offered": Ratio(Sum(("answered_within",)), Sum(("offered",))),
    "answered_of_answered": Ratio(Sum(("answered_within",)), Sum(("answered",))),
    "excluding_abandoned_within": Ratio(Sum(("answered_within",)), Sum(("offered",), ("abandoned_within",))),
    "excluding_short_abandons": Ratio(Sum(("answered_within",)), Sum(("offered",), ("short_abandoned",))),
    "abandoned_within_counted": Ratio(Sum(("answered_within", "abandoned_within")), Sum(("offered",))),
}

# What counts as good, and of what, by each type's own target: columns that stand after the counts in every sample.
PROMISE = ("promise_kept", "promise_of")
COLUMNS = (*COUNTS, *PROMISE)

AMOUNTS = ("offered", "answered", "abandoned", "blocked", "dropped", "unfinished")
RATIOS: dict[str, Ratio] = {
    "service_level": Ratio(Sum(("promise_kept",)), Sum(("promise_of",))),
    "abandonment": Ratio(Sum(("abandoned",)), Sum(("offered",))),
    "average_speed_of_answer": Ratio(Sum(("wait_of_answered",)), Sum(("answered",))),
    "mean_wait": Ratio(Sum(("wait_of_answered", "wait_of_unanswered")), Sum(("offered",), ("blocked",))),
}
