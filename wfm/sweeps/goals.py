"""What is wanted of the best case: the best service, or the lowest cost that keeps every promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from wfm.errors import Fault, InputError, fault, nearest
from wfm.model.center import ContactCenter
from wfm.model.levels import is_number
from wfm.simulation.run import Simulation
from wfm.sweeps.figures import MEASURES, Side
from wfm.sweeps.sweep import Sweep

OBJECTIVES = (*MEASURES, "cost")
LARGEST = ("service_level",)  # of the other objectives the smallest is best
INDIFFERENCE = {"service_level": 0.005, "abandonment": 0.002, "average_speed_of_answer": 1.0, "mean_wait": 1.0}
OF_COST = 0.001  # of the baseline's cost
FEWEST = 8  # replications from which a spread can be told
LIMITS = {
    "service_level": "service_level",
    "abandonment": "max_abandonment",
    "average_speed_of_answer": "max_average_speed_of_answer",
}  # which key of a target limits which measure


@dataclass(frozen=True)
class Limit:
    """A promise of one contact type; row: its place among the types."""

    row: int
    contact_type: str
    measure: str
    limit: float

    def over(self, value: float) -> float:
        """By how much a value keeps it, in units of what does not matter."""
        return sign_of(self.measure) * (value - self.limit) / INDIFFERENCE[self.measure]

    def residuals(self, side: Side) -> np.ndarray:
        """float64[replications], what each adds to that, about its mean."""
        return np.asarray(side.residuals[:, MEASURES.index(self.measure), self.row] / INDIFFERENCE[self.measure])


@dataclass(frozen=True)
class Goal:
    """What is best: the largest service level, the smallest of another measure, or the lowest cost that keeps promises.

    Args:
        measure: one of OBJECTIVES. contact_type: whose; None: all together.
        indifference: a difference that does not matter: fraction, seconds or money.
    """

    measure: str
    contact_type: str | None
    indifference: float

    @classmethod
    def of(cls, sweep: Sweep, objective: str | None = None, indifference: float | None = None) -> Goal:
        """Read an objective: "service_level", "sales.mean_wait", "cost"; absent: cost where it can be told.

        Raises:
            InputError: it is no objective, or this sweep cannot be judged by it.
        """
        center = sweep.center
        if objective is None:
            objective = "service_level" if any(_faults_of_cost(center)) else "cost"
        contact_type, _, measure = str(objective).strip().rpartition(".")
        faults: list[Fault] = []
        if measure not in OBJECTIVES:
            faults.append(fault("best", f"is no objective; {nearest(measure, OBJECTIVES)}", objective))
        elif measure == "cost":
            faults += _faults_of_cost(center)
            if contact_type:
                faults.append(fault("best", "cost is of all contact types together; leave the type out", objective))
        elif contact_type and contact_type not in center.contact_types:
            rule = f"is of no contact type; {nearest(contact_type, center.contact_types)}"
            faults.append(fault("best", rule, objective))
        if indifference is not None and not is_above_zero(indifference):
            faults.append(fault("indifference", "must be a number above 0", indifference))
        faults += _faults_of_question(sweep)
        if faults:
            raise InputError(faults)
        if indifference is None:
            # Where the base costs nothing, nothing is known of the size of costs; a unit of money will do.
            indifference = INDIFFERENCE.get(measure) or OF_COST * (sweep.held_plan.cost or 1 / OF_COST)
        return cls(measure, contact_type or None, float(indifference))

    @property
    def name(self) -> str:
        return f"{self.contact_type}.{self.measure}" if self.contact_type else self.measure

    @property
    def sign(self) -> int:
        return sign_of(self.measure)

    def row(self, center: ContactCenter) -> int:
        """The contact type's place, -1 for all together."""
        return -1 if self.contact_type is None else list(center.contact_types).index(self.contact_type)

    def value(self, side: Side) -> float:
        """What is wanted, in its own unit."""
        if self.measure == "cost":
            return float(side.seen.cost.mean)
        return float(side.values[MEASURES.index(self.measure), self.row(side.seen.center)])

    def residuals(self, side: Side) -> np.ndarray:
        """float64[replications], what each adds to the value, larger is better, about its mean."""
        if self.measure == "cost":
            return np.asarray(-side.money)
        return self.sign * np.asarray(side.residuals[:, MEASURES.index(self.measure), self.row(side.seen.center)])

    def limits(self, center: ContactCenter) -> list[Limit]:
        """The promises that the best must keep; none where service itself is what is wanted."""
        if self.measure != "cost":
            return []
        return [
            Limit(row, name, measure, float(limit))
            for row, (name, contact_type) in enumerate(center.contact_types.items())
            for measure, key in LIMITS.items()
            if (limit := getattr(contact_type.target, key)) is not None
        ]


def sign_of(measure: str) -> int:
    """By which values are multiplied for the largest to be best."""
    return 1 if measure in LARGEST else -1


def is_above_zero(value: Any) -> bool:
    """Whether it is a finite number above 0."""
    return is_number(value) and value > 0


def _faults_of_cost(center: ContactCenter) -> Iterator[Fault]:
    unpriced = [name for name, group in center.agent_groups.items() if group.cost_per_hour is None]
    if unpriced:
        yield fault(f"agent_groups.{unpriced[0]}.cost_per_hour", "is missing; the cheapest case cannot be told without")
    targets = [contact_type.target for contact_type in center.contact_types.values()]
    if not any(getattr(target, key) is not None for target in targets for key in LIMITS.values()):
        yield fault("contact_types", "have no target; without a promise the cheapest case would be the emptiest")


def _faults_of_question(sweep: Sweep) -> Iterator[Fault]:
    if "predict" not in sweep.ask and "cost" not in sweep.ask:
        yield fault("ask", "must have predict or cost where the best is wanted: staff alone is no service", sweep.ask)
    method = sweep.method
    if not isinstance(method, Simulation):
        return
    for name in ("control_variate", "stratified"):
        if getattr(method, name):
            rule = "must be absent where the best is selected: it takes single, independent replications"
            yield fault(f"method.{name}", rule, True)
    if method.until is not None:
        yield fault("method.until", "must be absent where the best is selected: the selection says when to stop")
    if method.in_batches:
        yield fault("method.batches", "must be absent where the best is selected: one run has no replications")
    if method.replications is not None and method.replications < FEWEST:
        rule = f"must be at least {FEWEST} where the best is selected"
        yield fault("method.replications", rule, method.replications)
