"""What is known of typical weeks: requirements and predictions that were worked out once serve every budget."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from wfm.budgeting.weeks import GROUP, TYPE, Week
from wfm.errors import WfmError
from wfm.formulas.many import Staffed, expected
from wfm.formulas.stationary import FORMULAS, Formula, Queue, queue_of
from wfm.formulas.transient import Transient, roundings
from wfm.measures.counts import BUSY, STAFFED, TIMES
from wfm.measures.definitions import COLUMNS
from wfm.model.budget.week import DAYS
from wfm.model.plan import StaffingPlan
from wfm.prediction import predict
from wfm.staffing.requirement import Requirement, requirements


@dataclass(frozen=True, eq=False)
class Served:
    """What is expected of a typical week: contacts: float64[7, COLUMNS]; times: float64[7, TIMES], seconds."""

    contacts: np.ndarray
    times: np.ndarray


@dataclass(eq=False)
class Known:
    """Requirements and predictions of weeks, by what they depend on.

    Budgets that differ in pay or people alone share them all; hand one Known to each of several calls.
    """

    required: dict[Hashable, Requirement | WfmError] = field(default_factory=dict)
    served: dict[Hashable, Served] = field(default_factory=dict)

    def require(self, weeks: Sequence[Week], method: object) -> None:
        """Work out the requirements of those weeks that are not known, in one call."""
        new = {(week.key, method): week for week in weeks if (week.key, method) not in self.required}
        found = requirements([week.center for week in new.values()], method)
        self.required |= dict(zip(new, found, strict=True))

    def requirement(self, week: Week, method: object) -> Requirement | WfmError:
        """The requirement of a week, or why it has none."""
        if (week.key, method) not in self.required:
            self.require([week], method)
        return self.required[week.key, method]

    def predict(self, asked: Sequence[tuple[Week, np.ndarray]], method: object) -> None:
        """Predict those weeks with those agents, float64[intervals], that are not known, in one call."""
        new = {_key(*one, method): one for one in asked}
        new = {key: one for key, one in new.items() if key not in self.served}
        if new and method in FORMULAS:
            found = _by_formula(list(new.values()), method)
        else:
            found = [_by_prediction(week, agents, method) for week, agents in new.values()]
        self.served |= dict(zip(new, found, strict=True))

    def prediction(self, week: Week, agents: np.ndarray, method: object) -> Served:
        """What is expected of a week with those agents."""
        if _key(week, agents, method) not in self.served:
            self.predict([(week, agents)], method)
        return self.served[_key(week, agents, method)]


def _key(week: Week, agents: np.ndarray, method: object) -> Hashable:
    return week.key, agents.tobytes(), method


def _by_formula(asked: Sequence[tuple[Week, np.ndarray]], formula: Formula) -> list[Served]:
    """By a formula, all days of all weeks in one call: an interval does not depend on the others."""
    staffed, places = [], []
    for i, (week, agents) in enumerate(asked):
        queue = queue_of(week.center, TYPE)
        for day in np.flatnonzero(week.days > 0):
            at = slice(day * len(agents) // DAYS, (day + 1) * len(agents) // DAYS)
            of_day = Queue(
                queue.volume[at], queue.handling_time[at], queue.patience[at], queue.balking[at],
                queue.lines, queue.interval,
            )  # fmt: skip
            staffed.append(Staffed(of_day, week.target, agents[at]))
            places.append((i, day))
    found = expected(staffed, formula)
    served = [Served(np.zeros((DAYS, len(COLUMNS))), np.zeros((DAYS, len(TIMES)))) for _ in asked]
    for (i, day), contacts, times in zip(places, found.contacts, found.times, strict=True):
        served[i].contacts[day], served[i].times[day] = contacts, times
    return served


def _by_prediction(week: Week, agents: np.ndarray, method: object) -> Served:
    """By a method that looks at the whole week. The one draw that rounds fractions of agents holds for all of it."""
    if method != "transient" and not isinstance(method, Transient):
        return _days_of(week, agents, method)
    parts = [(weight, _days_of(week, whole, method)) for whole, weight in roundings(agents, "random")]
    return Served(
        np.asarray(sum(weight * one.contacts for weight, one in parts)),
        np.asarray(sum(weight * one.times for weight, one in parts)),
    )


def _days_of(week: Week, agents: np.ndarray, method: object) -> Served:
    seen = predict(week.center, StaffingPlan(week.center, agents), method)
    intervals = week.center.horizon.intervals
    days = seen.contacts[0, intervals : intervals + DAYS]
    contacts = np.column_stack([np.asarray(days.sums[:, i]) for i in range(len(COLUMNS))]) / (days.n * days.per_unit)
    hours = seen.agent_groups[GROUP].by_day
    times = np.zeros((DAYS, len(TIMES)))
    times[:, BUSY], times[:, STAFFED] = (3600 * np.asarray(one.mean) for one in (hours.busy_hours, hours.staffed_hours))
    return Served(contacts, times)
