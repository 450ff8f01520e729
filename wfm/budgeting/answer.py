"""The whole answer to a budget: what it comes to, and whatever else was asked of it; what its reports show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from wfm.budgeting.budget import budget
from wfm.budgeting.cheapest import Cheapest, Decision, decisions_of
from wfm.budgeting.cheapest import cheapest as cheapest_of
from wfm.budgeting.known import Known
from wfm.budgeting.result import BudgetResult
from wfm.budgeting.returns import Return
from wfm.budgeting.returns import returns as returns_of
from wfm.budgeting.risk import Risk
from wfm.budgeting.risk import risk as risk_of
from wfm.budgeting.scenarios import SideBySide, side_by_side
from wfm.budgeting.sensitivity import Sensitivity, sensitivity
from wfm.budgeting.summary import Summary
from wfm.budgeting.variance import Variance, variance
from wfm.formulas.stationary import FORMULAS
from wfm.model.budget.actual import Actual
from wfm.model.budget.budget import Budget
from wfm.model.budget.people import whole_days


@dataclass(frozen=True)
class Hiring:
    """When a group must hire for the people whom it misses; what a class can no longer mend is told by itself.

    What other groups of its queue have over is not missing; what the queue misses, another of them can hire as well.

    Args:
        group: agent group.
        period: index of the first one in which it misses people.
        fte: most that are missing in any of these periods; worst: the index of that one.
        heads: as many in heads at full speed.
        decide_by: last day on which a class can be decided that is at full speed when `period` begins.
        is_late: whether that day lies before the first decision can be taken, for all of these periods.
    """

    group: str
    period: int
    fte: float
    worst: int
    heads: float
    decide_by: date
    is_late: bool


@dataclass(frozen=True, eq=False)
class BudgetAnswer:
    """What a budget comes to, and what else was asked of it; None or nothing where it was not.

    Args:
        result: the budget.
        sensitivity: what one change at a time does to it.
        scenarios: named changes side by side.
        variance: the budget against what came, by cause.
        cheapest: the classes, overtime and outsourcing that cost least.
        risk: how far off it may be.
        returns: changes that must pay for themselves.
    """

    result: BudgetResult
    sensitivity: Sensitivity | None = None
    scenarios: SideBySide | None = None
    variance: Variance | None = None
    cheapest: Cheapest | None = None
    risk: Risk | None = None
    returns: tuple[Return, ...] = ()

    @cached_property
    def whole(self) -> Summary:
        """All periods in a few figures."""
        return self.result.summary()

    @cached_property
    def by_period(self) -> list[Summary]:
        """Each period in a few figures."""
        return [self.result.summary(period) for period in range(self.result.budget.calendar.periods)]

    @property
    def decisions(self) -> list[Decision]:
        """The budget's classes that are not decided yet, by their last day."""
        return decisions_of(self.result.budget)

    @property
    def hirings(self) -> list[Hiring]:
        """When to hire for the people that each group misses, the most urgent first."""
        asked, ladder = self.result.budget, self.result.ladder
        found = []
        for row, (name, team) in enumerate(asked.agent_groups.items()):
            ahead = team.lead + whole_days(team.training_weeks + len(team.ramp))
            missing = {one.period: one.fte for one in self.result.shortages if one.group == name}
            by = {period: asked.calendar.edges[period] - ahead for period in missing}
            for is_late in (True, False):
                those = [period for period in missing if (by[period] < asked.decided_from) == is_late]
                if those:
                    first, worst = min(those), max(those, key=missing.__getitem__)
                    heads = float(missing[worst] / ladder.fte_per_head[row, worst])
                    found.append(Hiring(name, first, missing[worst], worst, heads, by[first], is_late))
        return sorted(found, key=lambda one: one.decide_by)


def answer_budget(
    asked: Budget, method: str = "erlang-a", predict_by: str | None = None, scenarios: Sequence[str] | None = None,
    actual: Actual | None = None, *, cheapest: bool = False, risk: bool = False, returns: bool = False,
    vary: bool = False, began: Callable[[str], None] = lambda what: None,
) -> BudgetAnswer:  # fmt: skip
    """The answer to a budget; what takes long only where it is asked for.

    Args:
        asked: the budget.
        method: of the requirement, erlang-a, erlang-c or transient.
        predict_by: of the service; absent: the method. "simulation" is one more.
        scenarios: which of the budget's, "base" is itself; absent: all that there are, where the method is a formula.
        actual: what came in one period, to be set against the budget.
        cheapest, risk, returns: whether they are asked for.
        vary: whether one change at a time is asked for where the method is no formula; by a formula it always is.
        began: is told what is worked out next, in words; what takes long is told before it begins.

    Raises:
        InputError: as `wfm.budget`, a scenario that is not there, or a plan that cannot be met.

    >>> import wfm
    >>> found = answer_budget(wfm.load_budget(wfm.example("budget_year")))
    >>> found.result.total_cost > 0, found.cheapest
    (True, None)
    """
    known = Known()  # requirements that one question has asked for are there for the next

    def is_next(what: str, is_asked: bool) -> bool:
        if is_asked:
            began(what)
        return is_asked

    began("the budget")
    result = budget(asked, method, predict_by, known)
    is_quick = method in FORMULAS  # else each change and each scenario takes as long as the budget
    is_varied = is_next("what each change does", is_quick or vary)
    effects = sensitivity(asked, method, known) if is_varied else None
    is_beside = is_next("the scenarios", bool(scenarios or (asked.scenarios and is_quick)))
    return BudgetAnswer(
        result,
        effects,
        scenarios=side_by_side(asked, scenarios, method, known) if is_beside else None,
        variance=None if actual is None else variance(asked, actual, method, known),
        cheapest=cheapest_of(asked, method, known) if is_next("the cheapest plan", cheapest) else None,
        risk=risk_of(asked, method, known) if is_next("the risk", risk) else None,
        returns=returns_of(asked, method, known) if is_next("the returns", returns) else (),
    )
