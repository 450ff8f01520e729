"""BudgetResult: what a budget comes to, period by period; every figure that reports show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from wfm.budgeting import summary
from wfm.budgeting.summary import Missed, Shortage, Summary
from wfm.model.budget.budget import Budget

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, eq=False)
class DemandFigures:
    """What reaches agents; float64[types, periods] each, contact types in the budget's order.

    Args:
        open_days: days on which the type is open.
        volume: contacts (or matters) as budgeted, before any is deflected.
        deflected: of these, tried by self-service or a bot; contained: settled there.
        repeats: contacts that come, or no longer come, on top, for matters that were not settled.
        offered: contacts that reach agents: volume - contained + repeats.
        aht: seconds of an agent's work per contact, as budgeted; the pace of chats is not in it.
        workload_hours: offered x aht / pace, hours.
    """

    open_days: np.ndarray
    volume: np.ndarray
    deflected: np.ndarray
    contained: np.ndarray
    repeats: np.ndarray
    offered: np.ndarray
    aht: np.ndarray
    workload_hours: np.ndarray


@dataclass(frozen=True, eq=False)
class Ladder:
    """From work to heads, step by step; float64[groups, periods] each, agent groups in the budget's order.

    Args:
        workload_hours: the group's part of the offered work.
        net_hours: hours that agents must be handling or ready, whole agents in every interval.
        unrounded_net_hours: the same if agents could be cut in two; NaN where the method has no fractions.
        shrinkage: of the period, in [0, 1). gross_hours: net_hours / (1 - shrinkage).
        schedule_fit: share. paid_hours: gross_hours / schedule_fit.
        fte_hours: paid hours of one FTE in the period, contract hours x days / 7.
        fte: required FTE, paid_hours / fte_hours.
        fte_per_head: of the mix of contracts. heads: fte / fte_per_head, at full speed.
        ramp: heads at full speed for one on the payroll, as the group is in that period; 1 where nobody is.
        payroll_heads: heads / ramp: who must be on the payroll, with as many in training and ramp as there are.
        peak_net: most whole net agents in an interval of the period.
    """

    workload_hours: np.ndarray
    net_hours: np.ndarray
    unrounded_net_hours: np.ndarray
    shrinkage: np.ndarray
    gross_hours: np.ndarray
    schedule_fit: np.ndarray
    paid_hours: np.ndarray
    fte_hours: np.ndarray
    fte: np.ndarray
    fte_per_head: np.ndarray
    heads: np.ndarray
    ramp: np.ndarray
    payroll_heads: np.ndarray
    peak_net: np.ndarray


@dataclass(frozen=True, eq=False)
class Part:
    """People of one origin: those who are there at the start, a class, or a transfer.

    Args:
        group: agent group. name: "at the start", "class of 2027-03-01" or "from GROUP".
        start: its first day; None for those who are there at the start.
        decide_by: last day on which it can be decided, for a class.
        heads: float64[periods], on the payroll, mean of the period. effective_heads: float64[periods], at full speed.
    """

    group: str
    name: str
    start: date | None
    decide_by: date | None
    heads: np.ndarray
    effective_heads: np.ndarray


@dataclass(frozen=True, eq=False)
class HeadcountFigures:
    """Who is there; float64[groups, periods] each, means of the period unless said otherwise.

    Args:
        joined: heads that join in classes in the period. left: heads that leave. moved: heads that come from other
            groups less those that go there.
        closing_heads: on the payroll when the period ends: those when it began + joined - left + moved.
        heads: on the payroll. in_training: of these, not working yet. trained_weeks: weeks of training, heads x weeks.
        effective_heads: at full speed: those in training count nothing, those in ramp their speed.
        effective_fte: effective_heads x FTE of a head.
        overtime_hours: paid hours of overtime that are used. overtime_fte: the same in FTE.
        outsourced_hours: hours on the line that are bought. outsourced_fte: in FTE, as if the group worked them.
        fte: effective_fte + overtime_fte + outsourced_fte.
        gap: fte less the required; negative where the group has fewer.
        missing: FTE that are missing, 0 or above: what its queue misses, given to those of its groups that have fewer,
            in proportion. What one group has over helps the others of its queue.
        parts: those of `heads`, by origin.
    """

    joined: np.ndarray
    left: np.ndarray
    moved: np.ndarray
    closing_heads: np.ndarray
    heads: np.ndarray
    in_training: np.ndarray
    trained_weeks: np.ndarray
    effective_heads: np.ndarray
    effective_fte: np.ndarray
    overtime_hours: np.ndarray
    overtime_fte: np.ndarray
    outsourced_hours: np.ndarray
    outsourced_fte: np.ndarray
    fte: np.ndarray
    gap: np.ndarray
    missing: np.ndarray
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, eq=False)
class ServiceFigures:
    """What customers get; float64[types, periods] each.

    Args:
        coverage: people on the line over those required, in the queue of the type.
        service_level, abandonment, average_speed_of_answer, occupancy: with the effective people: the required agents
            of every interval x coverage; NaN for e-mail, but its occupancy. Infinite waits are inf.
        busy_hours: of agents who handle the type; staffed_hours: its part, by the work offered, of those who are on
            duty for its queue. occupancy is one over the other.
        answered: contacts answered, or worked where the type is e-mail; where a queue grows for ever, those whom there
            is time for. resolved: of these, settled.
        promise_of: contacts that the service level is a share of, by the target's definition; 0 for e-mail.
        required_service_level, required_occupancy, required_abandonment: with exactly the required agents.
        target: the service level that is promised; NaN where there is none.
        binding: str[types, periods], the limit that forces most agents in most intervals, as in `wfm.requirement`.
    """

    coverage: np.ndarray
    service_level: np.ndarray
    abandonment: np.ndarray
    average_speed_of_answer: np.ndarray
    occupancy: np.ndarray
    busy_hours: np.ndarray
    staffed_hours: np.ndarray
    answered: np.ndarray
    resolved: np.ndarray
    promise_of: np.ndarray
    required_service_level: np.ndarray
    required_occupancy: np.ndarray
    required_abandonment: np.ndarray
    target: np.ndarray
    binding: np.ndarray


# Lines of money, in the order in which they are told.
GROUP_LINES = ("pay", "on_cost", "overtime", "outsourcing", "hiring", "training", "tools")
TYPE_LINES = ("self_service", "credits")
LINES = (*GROUP_LINES, *TYPE_LINES)


@dataclass(frozen=True, eq=False)
class MoneyFigures:
    """What it costs, in the money of each period.

    Args:
        by_group: float64[groups, periods] of each of GROUP_LINES.
        by_type: float64[types, periods] of each of TYPE_LINES.
        pay_index, price_index: float64[periods], pay and prices over those of the first period.
    """

    by_group: Mapping[str, np.ndarray]
    by_type: Mapping[str, np.ndarray]
    pay_index: np.ndarray
    price_index: np.ndarray

    def line(self, name: str) -> np.ndarray:
        """float64[periods] of one of LINES, over all groups or types."""
        rows = self.by_group[name] if name in self.by_group else self.by_type[name]
        return np.asarray(rows.sum(axis=0))

    @property
    def of_groups(self) -> np.ndarray:
        """float64[groups, periods]: all lines of a group."""
        return np.asarray(sum(self.by_group[name] for name in GROUP_LINES))

    @property
    def total(self) -> np.ndarray:
        """float64[periods]: all of it."""
        return np.asarray(sum(self.line(name) for name in LINES))


@dataclass(frozen=True, eq=False, repr=False)
class BudgetResult:
    """What a budget comes to.

    Args:
        budget: what was asked.
        method: of the requirement. predicted_by: of the service.
        demand, ladder, headcount, service, money: figures by period.
        run: how it was made; nothing else depends on it.
    """

    budget: Budget
    method: str
    predicted_by: str
    demand: DemandFigures
    ladder: Ladder
    headcount: HeadcountFigures
    service: ServiceFigures
    money: MoneyFigures
    run: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        calendar = self.budget.calendar
        return f"BudgetResult({self.budget.title!r}, {calendar.names[0]} to {calendar.names[-1]})"

    @property
    def total_cost(self) -> float:
        """Money over all periods."""
        return float(self.money.total.sum())

    def summary(self, period: int | None = None, group: str | None = None) -> Summary:
        """All of it, one period (by its index) or one group in a few figures."""
        return summary.summary(self, period, group)

    @property
    def shortages(self) -> list[Shortage]:
        """The periods in which a group and its queue miss more than 0.5 % of what they require, worst first."""
        return summary.shortages(self)

    @property
    def missed(self) -> list[Missed]:
        """The periods in which a promised service level is predicted to be missed."""
        return summary.missed(self)

    def to_polars(self) -> polars.DataFrame:
        """A tidy table, a row per agent group and period: the ladder's steps, the people, the lines of money."""
        return summary.by_group(self)

    def types_to_polars(self) -> polars.DataFrame:
        """A tidy table, a row per contact type and period: demand, service, the lines of money."""
        return summary.by_type(self)
