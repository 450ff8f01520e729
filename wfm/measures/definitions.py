"""Every measure as arithmetic on counts: a sum of counts over a sum of counts.

============================== ============================================================
`answered_of_offered`          answered within T / offered
`answered_of_answered`         answered within T / answered
`excluding_abandoned_within`   answered within T / (offered - abandoned within T)
`excluding_short_abandons`     answered within T / (offered - short abandons)
`abandoned_within_counted`     (answered within T + abandoned within T) / offered
============================== ============================================================

Offered includes blocked. Answered within T means: answer time <= arrival + T. The average speed of answer (ASA) is the
mean wait of answered contacts; the mean wait is of all contacts but the blocked. The mean queue is the time in queue
over the time that is open: a count over a known length, and so an amount, not a ratio.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations_with_replacement
from typing import NamedTuple

from wfm.measures.counts import COUNTS, IN_TIME, TIMES


class Sum(NamedTuple):
    """Counts that are added, and counts that are taken off."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()


class Ratio(NamedTuple):
    """One sum over another; without a denominator the measure is NaN."""

    numerator: Sum
    denominator: Sum

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that has a part in it."""
        return tuple(name for terms in self for side in terms for name in side)

    @property
    def is_share(self) -> bool:
        """Whether it is a fraction of contacts, between 0 and 1, and no time."""
        return not any(COUNTS[column] in self.columns for column in IN_TIME)


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
    "best_rank_share": Ratio(Sum(("answered_by_best",)), Sum(("answered",))),
}
OCCUPANCY = Ratio(Sum(("busy",)), Sum(("staffed",)))

Pairs = tuple[tuple[int, int], ...]


def pairs_of(columns: tuple[str, ...], ratios: Iterable[Ratio], control: str | None = None) -> Pairs:
    """Which columns' products the intervals need: of each with itself, within each ratio, and with the control."""
    needed = {(name, name) for name in columns}
    for ratio in ratios:
        needed.update(combinations_with_replacement(ratio.columns, 2))
    if control is not None:
        needed.update((name, control) for name in columns)
    places = ((columns.index(one), columns.index(other)) for one, other in needed)
    return tuple(sorted({(min(pair), max(pair)) for pair in places}))


# Offered contacts have a known mean, the forecast: they are what a control variate sets right.
CONTROL = "offered"
CONTACT_PAIRS = pairs_of(COLUMNS, [*DEFINITIONS.values(), *RATIOS.values()], CONTROL)
TIME_PAIRS = pairs_of(TIMES, [OCCUPANCY])
