"""What a budget session asks beside its figures: hiring rules, doubt, and changes that must pay for themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from annotated_types import Ge, Le

from wfm.errors import Fault, fault
from wfm.model.budget.periods import Rise
from wfm.model.declared import Count, Declared, NonNegative, PositiveCount, Seed, Unit
from wfm.model.variation import Change

Deviation = Annotated[float, Unit("share"), Ge(0), Le(1)]
Draws = Annotated[int, Ge(100), Le(100_000)]
Effect = Annotated[float, Unit("share"), Ge(0), Le(10)]
MonthOfYear = Annotated[int, Ge(1), Le(12)]


@dataclass(frozen=True)
class Money(Declared):
    """What holds for all money of a budget. Rates stand in the agent groups, in the money of the first period.

    Args:
        currency: what tables print beside amounts.
        pay_growth: of pay a year, a share, from each `growth_month` on.
        price_growth: of all other prices a year, a share, from each `growth_month` on.
        growth_month: 1 (default) to 12; the first period's own month changes nothing.
        discount_rate: a year, a share; what money of later is worth less.
    """

    currency: str = ""
    pay_growth: Rise = 0.0
    price_growth: Rise = 0.0
    growth_month: MonthOfYear = 1
    discount_rate: Rise = 0.0


@dataclass(frozen=True)
class HiringRules(Declared):
    """What the cheapest plan of classes must keep to.

    Args:
        smallest_class, largest_class: heads of a class, where there is one.
        whole_heads: yes (default) or no: whether classes are whole heads.
        most_classes: of all groups, starting in one period; absent: no limit.
        no_classes: periods in which no class starts, by their names, such as "2027-12".
        decided_from: the day on which the first decision can be taken; absent: the first day of the budget. With
            `lead_weeks` it gives the first class.
        most_heads: on the payroll of all groups in any period; absent: no limit.
        most_money: over all periods; absent: no limit.
        given_classes: kept (default), or replaced: those of the budget that need not have been decided before
            `decided_from` give way to the plan's own.
        short_cost: money per FTE and period that is missing; absent: nothing may be missing.
    """

    smallest_class: PositiveCount = 1
    largest_class: PositiveCount | None = None
    whole_heads: Literal["yes", "no"] = "yes"
    most_classes: Count | None = None
    no_classes: tuple[str, ...] = ()
    decided_from: date | None = None
    most_heads: Count | None = None
    most_money: NonNegative | None = None
    given_classes: Literal["kept", "replaced"] = "kept"
    short_cost: NonNegative | None = None

    def rules(self) -> Iterator[Fault]:
        if self.largest_class is not None and self.largest_class < self.smallest_class:
            yield fault("largest_class", "must be at least smallest_class", self.largest_class)


@dataclass(frozen=True)
class Doubt(Declared):
    """How far off what is budgeted may be: standard deviations, as shares of what they are of, unless said otherwise.

    Args:
        volume: error of the forecast of all periods alike, of each contact type.
        volume_by_period: error of each period's own.
        volume_together: correlation of the types' errors, 0 (default) to 1.
        aht: of each contact type, all periods alike.
        absence: of each group's shrinkage in a period, in points: 0.02 is 2 points.
        attrition: of each group's rates, all periods alike. Beside it, who leaves is a draw per head.
        draws: years that are drawn, at least 100.
        seed: same seed, same years.
    """

    volume: Deviation = 0.0
    volume_by_period: Deviation = 0.0
    volume_together: Deviation = 0.0
    aht: Deviation = 0.0
    absence: Deviation = 0.0
    attrition: Deviation = 0.0
    draws: Draws = 1000
    seed: Seed = 1


@dataclass(frozen=True)
class Initiative(Declared):
    """A change that costs money and is to bring some back: a bot, training, cross-skilling, a tool, outsourcing.

    Args:
        changes: what it does to the budget, from `start` on.
        start: the first day of its effect; absent: the first day of the budget.
        one_off: money once, at its start.
        per_month: money per month from its start on.
        effect: how much of the changes comes about: low, expected and high; 1 is all of them.
    """

    changes: tuple[Change, ...]
    start: date | None = None
    one_off: NonNegative = 0.0
    per_month: NonNegative = 0.0
    effect: tuple[Effect, ...] = (1.0, 1.0, 1.0)

    def rules(self) -> Iterator[Fault]:
        if not self.changes:
            yield fault("changes", "changes nothing; name what it does, such as 'contact_types.*.aht' = '-20s'")
        if len(self.effect) != 3 or list(self.effect) != sorted(self.effect):
            yield fault("effect", "must be three shares: low, expected and high, such as [0.5, 1, 1.2]",
                        list(self.effect))  # fmt: skip
