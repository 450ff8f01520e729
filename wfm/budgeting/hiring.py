"""Classes that could be hired, and the rules that they must keep, as an integer programme."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from wfm.budgeting.filling import Fillers, fillers_of
from wfm.budgeting.headcount import fte_of, staff_of
from wfm.budgeting.money import people_money
from wfm.budgeting.programme import Programme, Row
from wfm.budgeting.result import Ladder
from wfm.model.budget.budget import Budget, queues_of
from wfm.model.budget.people import HiringClass, whole_days
from wfm.model.declared import changed

# What is required goes before the rules: where both cannot be had, it is said which rule must give, and by how much.
FIRST = 10
NOTHING = 1e-9  # FTE of a head that is still in training; a digit's noise
DIGIT_NOISE = 1e-2  # of the last digit of a breach: the solver's


@dataclass(frozen=True, eq=False)
class Choices:
    """The classes that may be hired: what one head of each brings and costs. One of each group and period.

    Args:
        groups, periods: int64[classes]. starts: first day of each.
        effective, at_work: float64[classes, periods], FTE at full speed, and FTE that are not in training.
        heads, training: float64[classes, days], on the payroll, and of these in training, on each day.
        money: float64[classes], over all periods.
    """

    groups: np.ndarray
    periods: np.ndarray
    starts: tuple[date, ...]
    effective: np.ndarray
    at_work: np.ndarray
    heads: np.ndarray
    training: np.ndarray
    money: np.ndarray

    def joining(self, asked: Budget, sizes: np.ndarray) -> Budget:
        """The budget with so many heads in each class, float64[classes], beside the classes that it has."""
        teams = dict(asked.agent_groups)
        for row, (name, team) in enumerate(asked.agent_groups.items()):
            chosen = np.flatnonzero((self.groups == row) & (sizes > 0))
            more = (HiringClass(self.starts[one], float(sizes[one])) for one in chosen)
            teams[name] = changed(team, classes=tuple(sorted((*team.classes, *more), key=lambda one: one.start)))
        return changed(asked, agent_groups=teams)


@dataclass(frozen=True, eq=False)
class Basis:
    """What there is without the classes that may be hired.

    Args:
        effective, at_work: float64[groups, periods], FTE. heads, training: float64[groups, days].
        money: of the people and the committed hours, over all periods.
    """

    effective: np.ndarray
    at_work: np.ndarray
    heads: np.ndarray
    training: np.ndarray
    money: float

    def less(self, choices: Choices, sizes: np.ndarray) -> Basis:
        """What is left of it when classes of these sizes, float64[classes], are taken off."""

        def rest(there: np.ndarray, one: np.ndarray) -> np.ndarray:
            left = there.copy()
            np.subtract.at(left, choices.groups, one * sizes[:, None])
            return left

        return Basis(
            rest(self.effective, choices.effective), rest(self.at_work, choices.at_work),
            rest(self.heads, choices.heads), rest(self.training, choices.training),
            self.money - float(choices.money @ sizes),
        )  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """What a row holds to, for the planner.

    Args:
        where: the field of the budget that sets it. period: its name; "" for all of them.
        text: what is said of a breach; {} stands for its amount. digits: of the amount.
    """

    where: str
    period: str
    text: str
    digits: int = 1

    def told(self, breach: float) -> str:
        """What is said of a breach. It is rounded up, so that with so much more the rule is kept.

        >>> Rule("sites.hall.seats", "", "{} too many").told(0.02)
        '0.1 too many'
        """
        unit = 10.0**-self.digits
        return self.text.format(f"{math.ceil(breach / unit - DIGIT_NOISE) * unit:,.{self.digits}f}")


def first_start(asked: Budget, group: str) -> date:
    """The first day on which a class of a group can start that has not been decided yet."""
    return asked.decided_from + asked.agent_groups[group].lead


def choices_of(asked: Budget, ladder: Ladder) -> Choices:
    """All classes that the calendar, the lead time and `no_classes` allow: on the first day of a period that can be."""
    edges, groups = asked.calendar.edges, list(asked.agent_groups)
    nothing = np.zeros_like(ladder.fte)
    found: list[tuple[int, int, date, np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]] = []
    for period, (edge, end) in enumerate(pairwise(edges)):
        starts = [max(edge, first_start(asked, name)) for name in groups]
        able = [row for row, start in enumerate(starts) if start < end]
        if asked.calendar.names[period] in asked.hiring.no_classes or not able:
            continue
        alone = _one_head_each(asked, [start if start < end else None for start in starts])
        staff = staff_of(alone)
        effective, at_work = fte_of(asked, staff)
        money = sum(people_money(alone, ladder.fte_hours, staff, nothing, nothing).values(), nothing).sum(axis=1)
        for row in able:
            of_days = staff.heads_by_day[row], staff.training_by_day[row]
            found.append((row, period, starts[row], effective[row], at_work[row], *of_days, float(money[row])))
    if not found:
        none, days = np.zeros(0, np.int64), int(asked.calendar.days.sum())
        by_period, by_day = np.zeros((0, asked.calendar.periods)), np.zeros((0, days))
        return Choices(none, none, (), by_period, by_period, by_day, by_day, np.zeros(0))
    rows, periods, dates, *figures = zip(*found, strict=True)
    return Choices(np.array(rows), np.array(periods), dates, *(np.array(one) for one in figures))


def _one_head_each(asked: Budget, starts: list[date | None]) -> Budget:
    """The budget with one head in a class of each group, and nobody else."""
    teams = {}
    for (name, team), start in zip(asked.agent_groups.items(), starts, strict=True):
        joining = () if start is None else (HiringClass(start, 1.0),)
        teams[name] = changed(team, people=(), classes=joining)
    return changed(asked, agent_groups=teams, transfers=())


def basis_of(asked: Budget, ladder: Ladder) -> Basis:
    """What the people and the committed hours of a budget bring and cost."""
    staff, fillers = staff_of(asked), fillers_of(asked, ladder)
    bought = fillers.committed * fillers.on_the_line
    money = people_money(asked, ladder.fte_hours, staff, np.zeros_like(bought), bought)
    spent = float(sum(one.sum() for one in money.values()))
    return Basis(*fte_of(asked, staff), staff.heads_by_day, staff.training_by_day, spent)


class Plan:
    """The programme of a budget: sizes of classes, FTE of overtime and outsourcing, FTE that each queue misses.

    FTE of a queue are those of its group whose FTE leaves most hours on the line.

    Args:
        asked: the budget. ladder: with the required FTE. choices: classes that may be hired.
        basis: what is there without them. other_money: what nothing of this changes, part of `most_money`.
    """

    def __init__(self, asked: Budget, ladder: Ladder, choices: Choices, basis: Basis, other_money: float) -> None:
        self.asked, self.ladder, self.choices, self.basis, self.other_money = asked, ladder, choices, basis, other_money
        self.fillers: Fillers = fillers_of(asked, ladder)
        self.missing = np.maximum(self.fillers.together(ladder.fte - basis.effective - self.fillers.committed), 0)
        self.queue = np.zeros(len(ladder.fte), np.int64)  # of each group
        for at, of_queue in enumerate(self.fillers.queues):
            self.queue[of_queue] = at
        self.brings = choices.effective * self.fillers.worth[choices.groups]
        hiring, classes = asked.hiring, len(choices.starts)
        self.has_opening = hiring.smallest_class > 1 or hiring.most_classes is not None
        # Under a ceiling it would be cheap to let people be missing whom overtime is there for.
        self.may_spare = hiring.most_money is not None and hiring.short_cost is not None
        of_groups, of_queues = ladder.fte.size, self.missing.size
        spent = of_queues if self.may_spare else 0
        ends = np.cumsum([classes, classes if self.has_opening else 0, of_groups, of_groups, of_queues, spent])
        self.sizes, self.opened, *of_cells = np.split(np.arange(ends[-1]), ends[:-1])
        self.overtime, self.outsourced, self.short, self.spent = (
            one.reshape(-1, asked.calendar.periods) for one in of_cells
        )
        self.largest = self._largest()
        self.rules: list[Rule | None] = []
        rows = []
        for rule, row in self._rows():
            self.rules.append(rule)
            rows.append(row)
        self.programme = Programme(self._cost(), self._upper(), self._whole(), tuple(rows), tuple(self._cuts()))

    def _cost(self) -> np.ndarray:
        short = np.full(self.short.size, self.asked.hiring.short_cost or 0.0)
        return np.concatenate([self._money(), short, np.zeros(self.spent.size)])

    def _money(self) -> np.ndarray:
        """float64[variables up to those of outsourcing]: what one of each costs."""
        no_cost = np.zeros(len(self.opened))
        of_an_hour = np.nan_to_num(self.fillers.overtime_price), self.fillers.outsourcing_price
        overtime, outsourcing = (price * self.fillers.on_the_line for price in of_an_hour)
        return np.concatenate([self.choices.money, no_cost, overtime.ravel(), outsourcing.ravel()])

    def _upper(self) -> np.ndarray:
        is_missing = self.missing > 0
        overtime = np.where(is_missing[self.queue] & (self.fillers.overtime_share > 0), np.inf, 0.0)
        outsourced = np.where(is_missing[self.queue], self.fillers.outsourced_most, 0.0)
        short = np.where(is_missing & (self.asked.hiring.short_cost is not None), np.inf, 0.0)
        opened, spent = np.ones(len(self.opened)), np.ones(self.spent.size)
        return np.concatenate([self.largest, opened, overtime.ravel(), outsourced.ravel(), short.ravel(), spent])

    def _whole(self) -> np.ndarray:
        whole = np.ones(self.short.max() + 1 + self.spent.size, bool)
        whole[self.sizes] = self.asked.hiring.whole_heads == "yes"
        for parts in (self.overtime, self.outsourced, self.short):
            whole[parts] = False
        return whole

    def _largest(self) -> np.ndarray:
        """float64[classes]: heads beyond which a class is of no use, since alone it does all that is missing."""
        brings, missing = self.brings, self.missing[self.queue[self.choices.groups]]
        of_use = np.divide(missing, brings, out=np.zeros_like(brings), where=brings > NOTHING).max(axis=1, initial=0.0)
        enough = np.where(of_use > 0, np.maximum(np.ceil(of_use), self.asked.hiring.smallest_class), 0.0)
        return np.minimum(enough, self.asked.hiring.largest_class or np.inf)

    def _rows(self) -> Iterator[tuple[Rule | None, Row]]:
        yield from self._covered()
        yield from self._overtime_of_those_at_work()
        yield from self._spent_before_missing()
        yield from self._places()
        yield from self._openings()
        yield from self._ceiling()

    def _covered(self) -> Iterator[tuple[Rule | None, Row]]:
        """Nothing that a queue requires is missing, or it is counted as missing."""
        names, required = self.asked.calendar.names, self.fillers.together(self.ladder.fte)
        for at, (name, groups) in enumerate(queues_of(self.asked.agent_groups).items()):
            scale = max(float(required[at].max()), 1.0) / FIRST
            where = f"agent_groups.{name}.classes" if name in groups else name
            for period in np.flatnonzero(self.missing[at] > 0):
                mine, fillers, times = self._at_work(at, int(period))
                row = Row(
                    np.concatenate([self.sizes[mine], fillers]), -np.concatenate([self.brings[mine, period], times]),
                    -float(self.missing[at, period]), scale,
                )  # fmt: skip
                text = f"{{}} FTE would be missing in {names[period]}{self._no_help(groups, int(period), mine)}"
                yield Rule(where, names[period], text, digits=2), row

    def _cuts(self) -> Iterator[Row]:
        """Without any class at work, all that is missing is filled or missing: parts of a class are not one."""
        if not self.has_opening:
            return
        for at, period in np.argwhere(self.missing > 0):
            missing, (mine, fillers, times) = float(self.missing[at, period]), self._at_work(int(at), int(period))
            all_of_it = np.full(len(mine), missing)
            yield Row(np.concatenate([self.opened[mine], fillers]), -np.concatenate([all_of_it, times]), -missing)

    def _at_work(self, at: int, period: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The classes of a queue that work in a period; what else fills its gap: the variables, what one is worth."""
        rows = self.fillers.queues[at]
        mine = np.flatnonzero((self.queue[self.choices.groups] == at) & (self.brings[:, period] > NOTHING))
        fillers = np.concatenate([self.overtime[rows, period], self.outsourced[rows, period], [self.short[at, period]]])
        return mine, fillers, np.append(np.tile(self.fillers.worth[rows, period], 2), 1.0)

    def _no_help(self, groups: list[str], period: int, mine: np.ndarray) -> str:
        """Why new classes do not help: the first of them is trained too late, or the classes before may not start."""
        first = [max(first_start(self.asked, name), self.asked.calendar.start) for name in groups]
        weeks = [self.asked.agent_groups[name].training_weeks for name in groups]
        trained, start = min((day + whole_days(long), day) for day, long in zip(first, weeks, strict=True))
        if trained > self.asked.calendar.edges[period]:
            return f"; a new class can start on {start} at the earliest and is trained by {trained}"
        return "" if len(mine) else "; hiring.no_classes lets none start that would work by then"

    def _overtime_of_those_at_work(self) -> Iterator[tuple[None, Row]]:
        share = self.fillers.overtime_share
        for row, period in np.argwhere((self.missing[self.queue] > 0) & (share > 0)):
            at_work = self.choices.at_work[:, period]
            mine = np.flatnonzero((self.choices.groups == row) & (at_work > NOTHING))
            at = np.array([self.overtime[row, period], *self.sizes[mine]])
            times = np.array([1.0, *(-share[row, period] * at_work[mine])])
            yield None, Row(at, times, float(share[row, period] * self.basis.at_work[row, period]))

    def _spent_before_missing(self) -> Iterator[tuple[None, Row]]:
        """People are missing only where overtime and outsourcing are spent, as gaps are filled whatever it costs."""
        if not self.may_spare:
            return
        for at, period in np.argwhere(self.missing > 0):
            rows, short = self.fillers.queues[at], int(self.short[at, period])
            if np.isinf(self.fillers.outsourced_most[rows, period]).any():
                yield None, Row(np.array([short]), np.ones(1), 0.0)  # there is always more to be bought
                continue
            spent = int(self.spent[at, period])
            yield None, Row(np.array([short, spent]), np.array([1.0, -self.missing[at, period]]), 0.0)
            for row in rows:
                yield None, self._spent(row, int(period), spent)
                most, outsourced = self.fillers.outsourced_most[row, period], int(self.outsourced[row, period])
                yield None, Row(np.array([spent, outsourced]), np.array([most, -1.0]), 0.0)

    def _spent(self, row: int, period: int, spent: int) -> Row:
        """All overtime of a group is worked where its queue has spent what it can."""
        share = float(self.fillers.overtime_share[row, period])
        mine = np.flatnonzero(self.choices.groups == row)
        of_classes = share * self.choices.at_work[mine, period]
        at_most = float(of_classes @ self.largest[mine])
        at = np.array([int(self.overtime[row, period]), spent, *self.sizes[mine]])
        given = share * float(self.basis.at_work[row, period])
        return Row(at, np.array([-1.0, given + at_most, *of_classes]), at_most)

    def _places(self) -> Iterator[tuple[Rule, Row]]:
        """Seats and training seats of each site, and the most heads of all."""
        groups = self.asked.agent_groups
        for name, site in self.asked.sites.items():
            here = np.array([team.site == name for team in groups.values()])
            where, basis, choices = f"sites.{name}", self.basis, self.choices
            if site.seats is not None:
                yield from self._on_each_day(f"{where}.seats", "heads", site.seats, here, basis.heads, choices.heads)
            if site.training_seats is not None:
                yield from self._on_each_day(f"{where}.training_seats", "heads in training", site.training_seats, here,
                                             basis.training, choices.training)  # fmt: skip
        if self.asked.hiring.most_heads is not None:
            yield from self._on_each_day("hiring.most_heads", "heads", self.asked.hiring.most_heads,
                                         np.full(len(groups), True), self.basis.heads, self.choices.heads)  # fmt: skip

    def _on_each_day(
        self, where: str, what: str, most: int, here: np.ndarray, basis: np.ndarray, one: np.ndarray
    ) -> Iterator[tuple[Rule, Row]]:
        """At most so many on each day, of the groups that are here; days that are alike make one row."""
        mine = np.flatnonzero(here[self.choices.groups])
        there = np.vstack([basis[here].sum(axis=0), one[mine]])
        last = np.cumsum(self.asked.calendar.days)
        for period, (end, days) in enumerate(zip(last, self.asked.calendar.days, strict=True)):
            name = self.asked.calendar.names[period]
            rule = Rule(where, name, f"allows {most} {what}; there would be {{}} too many in {name}")
            for day in np.unique(there[:, end - days : end], axis=1).T:
                used = np.flatnonzero(day[1:])
                yield rule, Row(self.sizes[mine[used]], day[1:][used], most - float(day[0]), max(most, 1.0))

    def _openings(self) -> Iterator[tuple[Rule | None, Row]]:
        """A class has at least its smallest size where there is one, and a period has only so many."""
        hiring, names = self.asked.hiring, self.asked.calendar.names
        smallest = hiring.smallest_class if hiring.smallest_class > 1 else 0  # one head is no limit to parts of heads
        for size, opened, most in zip(self.sizes, self.opened, self.largest, strict=False):
            pair = np.array([size, opened])
            yield None, Row(pair, np.array([1.0, -most]), 0.0)
            yield None, Row(pair, np.array([-1.0, min(smallest, most)]), 0.0)
        if hiring.most_classes is None:
            return
        of = self.asked.calendar.of
        given = [of(one.start) for team in self.asked.agent_groups.values() for one in team.classes]
        for period, name in enumerate(names):
            free = max(hiring.most_classes - given.count(period), 0)
            beside = f" beside the {given.count(period)} of the budget" if given.count(period) else ""
            text = f"allows {free} classes{beside}; there would be {{}} too many in {name}"
            mine = self.opened[self.choices.periods == period]
            rule = Rule("hiring.most_classes", name, text, digits=0)
            yield rule, Row(mine, np.ones(len(mine)), float(free), max(hiring.most_classes, 1.0))

    def _ceiling(self) -> Iterator[tuple[Rule, Row]]:
        most = self.asked.hiring.most_money
        if most is not None:
            money = self._money()
            text = f"allows {most:,.0f}; it would cost {{}} more"
            left = most - self.basis.money - self.other_money
            yield Rule("hiring.most_money", "", text, digits=0), Row(np.arange(len(money)), money, left, max(most, 1.0))
