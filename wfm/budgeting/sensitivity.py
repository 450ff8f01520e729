"""Sensitivity: what one change at a time does to a budget, with the people as planned; the effects of its tornado."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from wfm.budgeting.cases import ITSELF, possible, results_of
from wfm.budgeting.known import Known
from wfm.budgeting.summary import Summary
from wfm.errors import Fault, InputError
from wfm.measures.sample import Estimate
from wfm.model.budget.budget import Budget
from wfm.model.budget.varied import BUDGET
from wfm.model.budget.varied import left_out as left_out_of
from wfm.model.levels import How, under
from wfm.model.variation import Variation, once
from wfm.sweeps.effects import Effect, by_swing
from wfm.sweeps.words import some_of

MEASURES = ("required_fte", "gap", "cost", "cost_per_contact", "service_level")
# What is varied where a budget does not say: its most usual doubts, by their short forms.
USUAL: dict[str, tuple[How, tuple[float, float]]] = {
    "volume": ("factor", (0.9, 1.1)),
    "aht": ("factor", (0.95, 1.05)),
    "shrinkage": ("addition", (-0.05, 0.05)),
    "attrition": ("factor", (0.75, 1.25)),
    "pay": ("factor", (0.97, 1.03)),
}


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What one change at a time does to a budget.

    Args:
        base: the budget itself.
        variations: what was varied.
        effects: of each level, in the order of the variations; changes of MEASURES from the base, over all periods,
            where the budget has them. Their half-widths are NaN, as formulas have none.
        left_out: levels of the usual variations that this budget cannot have, and what has nothing that a level could
            change, each in a sentence.
    """

    base: Summary
    variations: tuple[Variation, ...]
    effects: list[Effect]
    left_out: tuple[str, ...] = ()

    def by_swing(self, measure: str) -> list[Effect]:
        """The effects, those of the variation that moves a measure most first, as a tornado has them."""
        places = range(len(self.variations))
        return by_swing([[one for one in self.effects if one.variation == place] for place in places], measure)


def sensitivity(budget: Budget, method: object = "erlang-a", known: Known | None = None) -> Sensitivity:
    """What one change at a time does to a budget: to its requirement, gap, money and service.

    People stay as they are planned: where more are required, they are missing, and overtime and outsourcing fill what
    they may.

    Args:
        budget: with what it varies; where it does not say, volume by 10 %, AHT by 5 %, shrinkage by 5 points, attrition
            by 25 % and pay by 3 %, up and down, of which it has.
        method: of the requirement, as in `wfm.budget`.
        known: requirements of before, which are used and added to.

    Raises:
        InputError: with every fault of every level.

    >>> import wfm
    >>> from datetime import date
    >>> from wfm.model.budget.demand import Demand
    >>> from wfm.model.budget.people import Team
    >>> from wfm.model.budget.periods import Calendar
    >>> mail = Demand(aht=360, volume=10_000, channel="email", opening={"Mon-Fri": "08:00-18:00"})
    >>> team = Team(skills=["mail"], contract_hours=40, max_occupancy=0.8, people=8)
    >>> found = sensitivity(wfm.Budget(Calendar(start=date(2027, 2, 1), periods=1), {"mail": mail}, {"agents": team}))
    >>> [(one.words, round(float(one.change("required_fte").mean), 2)) for one in found.effects]
    [('volume −10 %', -0.78), ('volume +10 %', 0.78), ('AHT −5 %', -0.39), ('AHT +5 %', 0.39)]
    """
    variations = budget.vary or tuple(_usual(budget))
    cases, kept, left_out, faults = {ITSELF: budget}, list[_Level](), list[str](), list[Fault]()
    for place, variation in enumerate(variations):
        for level in variation.levels:
            words = variation.in_words(level, BUDGET)
            case = f"vary.'{variation.path}' ({words})"
            try:
                cases[case] = possible(budget, [variation.change(level)])
                kept.append(_Level(case, words, variation.title, place, level))
                if unchanged := left_out_of(budget, [variation.change(level)]):
                    left_out.append(f"{words}: nothing to change at {some_of(unchanged)}.")
            except InputError as error:
                faults.extend(_refused(variation.path, case, error))
                left_out.append(f"{words}: {some_of([f'{one.where} {one.rule}' for one in error.faults])}.")
    if faults and budget.vary:
        raise InputError(once(faults), budget.title)
    results = results_of(cases, method, known)
    base = results[ITSELF].summary()
    effects = [
        Effect(number, one.words, one.label, one.variation, one.level, _changes(base, results[one.case].summary()))
        for number, one in enumerate(kept, 1)
    ]
    return Sensitivity(base, variations, effects, tuple(left_out))


def _refused(path: str, case: str, error: InputError) -> Iterator[Fault]:
    """The faults of a level; what is wrong with the path is wrong with all of them."""
    for one in under(case, error):
        of_all = one.where == f"{case}.{path}"
        yield Fault(f"vary.'{path}'" if of_all else one.where, one.rule, one.value, one.has_value)


class _Level(NamedTuple):
    """A level of a variation, and what its case is called."""

    case: str
    words: str
    label: str
    variation: int
    level: Any


def _usual(budget: Budget) -> Iterator[Variation]:
    """The usual variations of what a budget has."""
    groups = budget.agent_groups.values()
    has = {
        "shrinkage": any(one.shrinkage.total(budget.calendar.periods).any() for one in groups),
        "attrition": any(any(one.attrition.values()) for one in groups),
        "pay": any(one.pay_per_hour for one in groups),
    }
    for name, (how, levels) in USUAL.items():
        if has.get(name, True):
            path = BUDGET.short_forms[name]
            yield Variation(path, levels, how, BUDGET.label(path) or "")


def _changes(base: Summary, case: Summary) -> dict[str, Estimate]:
    changes = {name: getattr(case, name) - getattr(base, name) for name in MEASURES}
    return {name: Estimate(change, np.nan) for name, change in changes.items() if not np.isnan(change)}
