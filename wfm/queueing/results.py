"""What a queue answers: its measures, and the agents that it requires."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wfm.errors import InputError, fault, nearest
from wfm.measures.definitions import DEFINITIONS, Sum

Figure = float | NDArray[np.float64]

TARGETS = ("service_level", "max_occupancy", "max_abandonment", "max_average_speed_of_answer", "stability")

UNREACHABLE = int(np.iinfo(np.int64).max)
"""The whole requirement where no number of agents meets a target, because too few lines are open."""


@dataclass(frozen=True, eq=False)
class Measures:
    """What contacts and agents experience in one queue; floats, or arrays of the shape that the inputs broadcast to.

    Fractions are of offered contacts, blocked ones included; waits are in seconds.
    """

    wait_probability: Figure
    """Fraction that finds every agent busy and joins the queue."""
    answered_within: Figure
    """Fraction that is answered within the threshold (wait <= answer_within)."""
    abandoned_within: Figure
    """Fraction that abandons within the threshold, contacts that balk included."""
    short_abandoned: Figure
    """Fraction that abandons before the short-abandon limit; 0 where that limit is 0."""
    abandonment: Figure
    """Fraction that abandons, contacts that balk included."""
    blocking: Figure
    """Fraction that finds no free line."""
    answered: Figure
    """Fraction that is answered."""
    mean_wait: Figure
    """Mean wait of all contacts but the blocked [s]; NaN where all are blocked."""
    average_speed_of_answer: Figure
    """Mean wait of answered contacts [s]; infinite where nobody is ever answered."""
    mean_queue: Figure
    """Mean number of contacts in queue."""
    occupancy: Figure
    """Fraction of agents' time spent handling; 1 where there are contacts and no agents, 0 where nothing is offered."""

    def service_level(self, definition: str = "answered_of_offered") -> Figure:
        """The service level by the named definition; NaN where the definition's denominator is zero.

        ==============================  ==================================================================
        `answered_of_offered`           answered within / offered
        `answered_of_answered`          answered within / answered
        `excluding_abandoned_within`    answered within / (offered - abandoned within)
        `excluding_short_abandons`      answered within / (offered - short abandons)
        `abandoned_within_counted`      (answered within + abandoned within) / offered
        ==============================  ==================================================================

        Raises InputError for any other name.

        >>> from wfm.queueing import ErlangA
        >>> measures = ErlangA(volume=200, handling_time=180, patience=120).measures(12, answer_within=20)
        >>> round(measures.service_level(), 4), round(measures.service_level("answered_of_answered"), 4)
        (0.8256, 0.8798)
        """
        check_definition(definition)
        above, below = (self._sum(terms) for terms in DEFINITIONS[definition])
        level = ratio(above, below)
        return unwrapped(np.minimum(level, 1.0))

    def _sum(self, terms: Sum) -> NDArray[np.float64]:
        """Counts per offered contact, added and taken off as a definition says."""
        of = {"offered": np.ones_like(np.asarray(self.answered_within))}
        for name in ("answered", "answered_within", "abandoned_within", "short_abandoned"):
            of[name] = np.asarray(getattr(self, name))
        total = sum((of[name] for name in terms.plus), np.zeros_like(of["offered"]))
        return np.asarray(total - sum((of[name] for name in terms.minus), np.zeros_like(of["offered"])))


@dataclass(frozen=True, eq=False)
class Requirement:
    """The least agents that meet every target; scalars, or arrays of the shape that the inputs broadcast to."""

    whole: int | NDArray[np.int64]
    """Least whole number of agents; 0 where nothing is offered, UNREACHABLE where no number is enough."""
    fractional: Figure
    """Least real number of agents, never above `whole`; infinite where no number is enough."""
    binding: str | NDArray[np.str_]
    """The target with the greatest fractional requirement of its own; "none" where nothing is offered."""


def check_definition(definition: str) -> None:
    """Raise InputError unless `definition` names a service level."""
    if not isinstance(definition, str) or definition not in DEFINITIONS:
        hint = nearest(str(definition), DEFINITIONS)
        raise InputError([fault("definition", f"must name a service level, {hint}", definition)])


def ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64], otherwise: float = np.nan) -> Figure:
    """numerator / denominator, and `otherwise` where there is no denominator."""
    some = denominator > 0.0
    return unwrapped(np.where(some, numerator / np.where(some, denominator, 1.0), otherwise))


def unwrapped(values: NDArray[np.float64]) -> Figure:
    """A Python float for a single value, the array otherwise."""
    return float(values) if np.ndim(values) == 0 else values
