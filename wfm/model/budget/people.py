"""The people of a budget: who is there, who comes and leaves, how fast they work and what they are paid."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from wfm.errors import Fault, fault
from wfm.model.budget.periods import (
    DAYS_A_WEEK,
    Markup,
    NumberPerPeriod,
    PeriodShrinkage,
    PositiveSharePerPeriod,
    ShareBelowOnePerPeriod,
)
from wfm.model.declared import Count, Declared, NonNegative, Positive, PositiveShare, Share, ShareBelowOne, Unit

WeeklyHours = Annotated[float, Ge(1), Le(168)]
Pace = Annotated[float, Unit("share"), Ge(0.05), Le(1)]
TENURE = re.compile(r"(\d+)\s*(?:-\s*(\d+)|\+)")  # months, such as "0-3" and "12+"
FOR_ALL = "0+"  # the tenure of everybody
LONG = 120.0  # months: of people whose tenure is not said
SAME = 1e-9  # of a day: less is rounding


@dataclass(frozen=True)
class Site(Declared):
    """A place of work.

    Args:
        seats: how many may be on the payroll of its groups, heads; absent: no limit.
        training_seats: how many may be in training at a time, heads; absent: no limit.
    """

    seats: Count | None = None
    training_seats: Count | None = None


@dataclass(frozen=True)
class Contract(Declared):
    """A kind of contract in a mix.

    Args:
        hours: paid hours a week.
        share: of the heads that have it.
    """

    hours: WeeklyHours
    share: Share


@dataclass(frozen=True)
class Cohort(Declared):
    """People who are there when the budget starts.

    Args:
        heads: how many.
        tenure: months since they joined; attrition and ramp go by it. Absent: long enough for both to be over.
    """

    heads: NonNegative
    tenure: NonNegative = LONG


@dataclass(frozen=True)
class HiringClass(Declared):
    """People who join on one day.

    Args:
        start: the day on which they are on the payroll and training starts.
        heads: how many.
    """

    start: date
    heads: NonNegative


@dataclass(frozen=True)
class Transfer(Declared):
    """People who go from one agent group to another; their tenure goes with them.

    Args:
        date: the day from which they are paid by the other group.
        source, to: agent groups.
        heads: how many.
        training_weeks: weeks before they work at all in the new group; then its ramp.
    """

    date: date
    source: str
    to: str
    heads: NonNegative
    training_weeks: NonNegative = 0.0


@dataclass(frozen=True)
class Outsourcing(Declared):
    """Work that another company's agents do for a group.

    Args:
        committed_hours: hours on the line per period, paid whether they are needed or not.
        most_hours: hours on the line per period that may be bought, those committed among them.
        price_per_hour: money per hour on the line, in prices of the first period.
    """

    price_per_hour: NonNegative
    committed_hours: NumberPerPeriod = 0.0
    most_hours: NumberPerPeriod | None = None

    def rules(self) -> Iterator[Fault]:
        if self.most_hours is not None:
            committed, most = np.broadcast_arrays(np.asarray(self.committed_hours), np.asarray(self.most_hours))
            if np.any(most < committed):
                yield fault("most_hours", "must be at least committed_hours", float(most[most < committed][0]))


@dataclass(frozen=True)
class Team(Declared):
    """An agent group over the year: exchangeable people of one site.

    Args:
        skills: share of each contact type's volume that the group takes; a list of names takes all of each.
        site: where it works; absent: of no site.
        pool: groups of one pool answer one queue together, wherever they sit, and share its requirement by their parts
            of the work; absent: a queue of its own.
        max_occupancy: largest share of on-duty time spent handling; needed for e-mail.
        min_agents: fewest net agents in an open interval.
        shrinkage: why people who are paid are not all at work, by category and period.
        schedule_fit: share of paid hours that fall where they are required, since shifts do not follow the requirement.
        contract_hours: paid hours a week of one full-time equivalent.
        contracts: the mix of part-time and full-time contracts; absent: every head is one FTE.
        people: who is there when the budget starts; a number is people of long tenure.
        attrition: share that leaves in a month, by months of tenure, such as {"0-3" = 0.08, "3-12" = 0.04, "12+" =
            0.02}; one number is for all. It is taken when a period begins, of those who were there before.
        lead_weeks: weeks from the decision to hire to the class's start.
        training_weeks: weeks from a class's start until it works at all.
        ramp: speed in each week after training, as a share of full speed; then full.
        classes: people who join.
        overtime: most overtime, as a share of the contract hours of those who work. Where people are missing, the
            cheaper of overtime and outsourcing fills the gap first.
        overtime_pay: money for an hour of overtime, as a multiple of `pay_per_hour`.
        outsourcing: work that is bought.
        pay_per_hour: money per paid hour, in the pay of the first period.
        on_cost: what comes on top of pay, as a share of it: insurance, pension, taxes.
        hiring_cost: money per head that joins.
        training_cost: money per head and week of training, beside pay.
        tools: money per head on the payroll and month: seat, licences, equipment.
    """

    skills: dict[str, PositiveShare]
    contract_hours: WeeklyHours
    site: str = ""
    pool: str = ""
    max_occupancy: PositiveShare | None = None
    min_agents: Count = 0
    shrinkage: PeriodShrinkage = field(default_factory=PeriodShrinkage)
    schedule_fit: PositiveSharePerPeriod = 1.0
    contracts: dict[str, Contract] = field(default_factory=dict)
    people: tuple[Cohort, ...] = ()
    attrition: dict[str, ShareBelowOne] = field(default_factory=dict)
    lead_weeks: NonNegative = 0.0
    training_weeks: NonNegative = 0.0
    ramp: tuple[Pace, ...] = ()
    classes: tuple[HiringClass, ...] = ()
    overtime: ShareBelowOnePerPeriod = 0.0
    overtime_pay: Positive | None = None
    outsourcing: Outsourcing | None = None
    pay_per_hour: NonNegative | None = None
    on_cost: Markup = 0.0
    hiring_cost: NonNegative = 0.0
    training_cost: NonNegative = 0.0
    tools: NonNegative = 0.0

    def prepare(self) -> None:
        if isinstance(self.skills, list | tuple | set | frozenset):
            object.__setattr__(self, "skills", dict.fromkeys(self.skills, 1.0))
        for name, kind in (("people", Cohort), ("attrition", dict)):
            value = getattr(self, name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                object.__setattr__(self, name, (Cohort(value),) if kind is Cohort else {FOR_ALL: float(value)})

    def rules(self) -> Iterator[Fault]:
        if not self.skills:
            yield fault("skills", "names no contact type")
        if self.contracts and abs(sum(one.share for one in self.contracts.values()) - 1) > 1e-9:
            total = sum(one.share for one in self.contracts.values())
            yield fault("contracts", "must have shares that add up to 1", round(total, 9))
        yield from _tenure_faults(self.attrition)
        if np.max(self.overtime) > 0 and self.overtime_pay is None:
            yield fault("overtime_pay", "is missing; overtime is allowed, and its pay is not guessed")

    @property
    def lead(self) -> timedelta:
        """Whole days from the decision on a class to its start; a part of a day counts as one."""
        return whole_days(self.lead_weeks)

    @property
    def fte_per_head(self) -> float:
        """FTE of an average head: the mix's hours over `contract_hours`."""
        if not self.contracts:
            return 1.0
        return sum(one.share * one.hours for one in self.contracts.values()) / self.contract_hours

    @cached_property
    def attrition_steps(self) -> tuple[tuple[float, float], ...]:
        """Months of tenure from which a monthly rate holds, and the rate; from 0 on."""
        lows = {text: _tenure(text) or (0.0, None) for text in self.attrition}
        steps = sorted((lows[text][0], rate) for text, rate in self.attrition.items())
        return tuple(steps) or ((0.0, 0.0),)

    def attrition_rate(self, tenure: np.ndarray) -> np.ndarray:
        """Monthly rate at so many months of tenure."""
        lows, rates = np.array(self.attrition_steps).T
        found: np.ndarray = rates[np.searchsorted(lows, np.asarray(tenure) + 1e-9, side="right") - 1]
        return found


def whole_days(weeks: float) -> timedelta:
    """So many weeks in days; a part of a day counts as one.

    >>> whole_days(2.5)
    datetime.timedelta(days=18)
    """
    return timedelta(days=math.ceil(DAYS_A_WEEK * weeks - SAME))


def _tenure(text: str) -> tuple[float, float | None] | None:
    """The months that a tenure is from and to, None where it has no end; or None where it cannot be read."""
    found = TENURE.fullmatch(str(text).strip())
    if not found:
        return None
    low, high = found.groups()
    return float(low), None if high is None else float(high)


def _tenure_faults(attrition: Mapping[str, float]) -> Iterator[Fault]:
    """Tenures that cannot be read, or that do not follow from 0 to the last without a gap."""
    if not attrition:
        return
    known = {text: _tenure(text) for text in attrition}
    for text, one in known.items():
        if one is None:
            yield fault(f"attrition.{text}", "must be months of tenure, such as '0-3' or '12+'", text)
    spans = sorted(one for one in known.values() if one is not None)
    if len(spans) < len(known):
        return
    ends: list[float | None] = [0.0, *(high for _, high in spans)]
    if ends[-1] is not None or [low for low, _ in spans] != ends[:-1]:
        yield fault("attrition", "must follow from '0-' to the last without a gap, such as '0-3', '3-12', '12+'",
                    ", ".join(attrition))  # fmt: skip
