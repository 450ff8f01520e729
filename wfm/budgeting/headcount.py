"""Who is on the payroll day by day, and what they work: people, classes, attrition and transfers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from wfm.budgeting.filling import filled, fillers_of, missing_of
from wfm.budgeting.result import HeadcountFigures, Ladder, Part
from wfm.errors import Fault, InputError, fault
from wfm.model.budget.budget import Budget
from wfm.model.budget.people import HiringClass, Team, Transfer
from wfm.model.budget.periods import DAYS_A_WEEK, DAYS_A_YEAR, MONTHS_A_YEAR, Calendar

DAYS_A_MONTH = DAYS_A_YEAR / MONTHS_A_YEAR
# A class with the index of its group, or a transfer with its own.
Event = tuple[int, HiringClass | Transfer]
# How many of a crew leave when a period begins: of a group's index, a period, heads and the rate of that period.
Leavers = Callable[[int, int, np.ndarray, float], np.ndarray]
SAME = 1e-9  # share of a head by which a transfer may miss the people who are there


@dataclass(frozen=True, eq=False)
class Staff:
    """The people of a budget, float64[groups, periods] each, as in `HeadcountFigures`; of draws, these come first.

    Args:
        joined, left, moved: heads in the period. closing_heads: on the payroll when it ends.
        heads, in_training, effective_heads: means over the days of the period.
        trained_weeks: heads x weeks.
        heads_by_day, training_by_day: float64[groups, days], on each calendar day of the budget.
        parts: of `heads` and `effective_heads`, by origin.
    """

    joined: np.ndarray
    left: np.ndarray
    moved: np.ndarray
    closing_heads: np.ndarray
    heads: np.ndarray
    in_training: np.ndarray
    trained_weeks: np.ndarray
    effective_heads: np.ndarray
    heads_by_day: np.ndarray
    training_by_day: np.ndarray
    parts: tuple[Part, ...]


@dataclass(eq=False)
class _Crew:
    """People of one origin and one tenure, who learn side by side.

    Args:
        group: index of the agent group. origin: index of the part that they are counted in.
        tenure: months since they joined when the first period begins, in whole periods; negative: they join later.
        began: day, counted from the first of the budget, on which their training began; may be negative.
        training: days of it.
        heads: on the payroll now, a number or one per draw. by_day: float64[..., days], on the payroll on each day.
    """

    group: int
    origin: int
    tenure: float
    began: float
    training: float
    heads: np.ndarray
    by_day: np.ndarray


@dataclass(frozen=True)
class _Origin:
    """What a part is called, and since when it is there."""

    group: str
    name: str
    start: date | None = None
    decide_by: date | None = None


def staff_of(budget: Budget, leavers: Leavers | None = None, draws: tuple[int, ...] = ()) -> Staff:
    """The people of a budget: who joins, leaves and moves, who is there and who works, by period.

    Attrition is taken on the first day of a period, of those who were there before, by the tenure that they have on
    that day, in whole periods; then come the day's transfers, then its classes. A transfer takes its heads pro rata of
    all who are in the group that day. Whoever is in training works nothing; the ramp gives the speed of each week
    after it. Means are exact by day: a class that starts in mid-period counts for its share of the days.

    Args:
        budget: the budget.
        leavers: how many leave, where it is not the rate; for years that are drawn and for a rate that came.
        draws: the axes that come before those of the budget, where many years are drawn at once. In a draw, a transfer
            takes no more people than there are.

    Raises:
        InputError: a transfer takes more people than there are.

    >>> from datetime import date
    >>> from wfm.model.budget.budget import Budget
    >>> from wfm.model.budget.demand import Demand
    >>> from wfm.model.budget.people import HiringClass, Team
    >>> from wfm.model.budget.periods import Calendar
    >>> joining = HiringClass(date(2027, 2, 1), 5)
    >>> team = Team(["calls"], contract_hours=40, people=100, attrition=0.03, classes=[joining])
    >>> asked = Budget(Calendar(date(2027, 1, 1), 3), {"calls": Demand(aht=240, volume=9000)}, {"agents": team})
    >>> staff_of(asked).heads.round(4)
    array([[97.    , 99.09  , 96.1173]])
    """
    payroll = _Payroll(budget, leavers, draws)
    for period in range(budget.calendar.periods):
        payroll.leave(period)
        for event in payroll.events[period]:
            payroll.take(event, period)
    if payroll.faults:
        raise InputError(payroll.faults)
    return payroll.staff()


class _Payroll:
    """The crews of a budget, from the first day of it to the last."""

    def __init__(self, budget: Budget, leavers: Leavers | None, draws: tuple[int, ...]) -> None:
        self.calendar = budget.calendar
        self.draws = draws
        self.leavers: Leavers = leavers or (lambda _group, _period, heads, rate: heads * rate)
        self.names = list(budget.agent_groups)
        self.teams = list(budget.agent_groups.values())
        self.joined, self.left, self.moved = np.zeros((3, *draws, len(self.teams), self.calendar.periods))
        self.origins: list[_Origin] = []
        self.crews: list[_Crew] = []
        self.faults: list[Fault] = []
        self.month = float(self.calendar.months[0])  # of a period
        self.events = _events_of(budget)
        for group, team in enumerate(self.teams):
            self._there_at_the_start(group, team)

    def _there_at_the_start(self, group: int, team: Team) -> None:
        """People of before: the cohorts, and classes that have started."""
        training = DAYS_A_WEEK * team.training_weeks
        origin = self._origin(_Origin(self.names[group], "at the start"))
        for one in team.people:
            began = -one.tenure * DAYS_A_MONTH
            self._enter(_Crew(group, origin, one.tenure, began, training, self._heads(one.heads), self._days()))
        for early in team.classes:
            if early.start < self.calendar.edges[0]:
                self._join(group, early)

    def _join(self, group: int, joining: HiringClass) -> None:
        """A class comes on the payroll; one of before the budget has lost people once a period since."""
        team = self.teams[group]
        decide_by = joining.start - team.lead
        origin = self._origin(_Origin(self.names[group], f"class of {joining.start}", joining.start, decide_by))
        edge, is_first_day = _next_edge(self.calendar, joining.start)
        tenure, heads = -edge * self.month, joining.heads
        for period in range(edge + is_first_day, 0):
            heads *= 1 - self._rate(team, tenure, period)
        began = (joining.start - self.calendar.edges[0]).days
        training = DAYS_A_WEEK * team.training_weeks
        self._enter(_Crew(group, origin, tenure, began, training, self._heads(heads), self._days()))

    def leave(self, period: int) -> None:
        """Attrition on the first day of a period."""
        for crew in self.crews:
            rate = self._rate(self.teams[crew.group], crew.tenure, period)
            gone = self.leavers(crew.group, period, crew.heads, rate)
            self.left[..., crew.group, period] += gone
            self._set(crew, crew.heads - gone, self._first_day(period))

    def take(self, event: Event, period: int) -> None:
        """A class or a transfer of a period."""
        index, change = event
        if isinstance(change, Transfer):
            self._transfer(index, change, period)
        else:
            self.joined[..., index, period] += change.heads
            self._join(index, change)

    def _transfer(self, index: int, change: Transfer, period: int) -> None:
        source, to = self.names.index(change.source), self.names.index(change.to)
        leaving = [one for one in self.crews if one.group == source]
        there = sum((one.heads for one in leaving), self._heads(0.0))
        if not self.draws and change.heads > there * (1 + SAME):
            rule = f"takes more people than {change.source} has on {change.date}, {there:.1f}"
            self.faults.append(fault(f"transfers[{index}].heads", rule, change.heads))
        share = np.where(there > 0, change.heads / np.where(there > 0, there, 1.0), 0.0)
        share = np.where(share > 1 - SAME, 1.0, share)  # whoever takes all leaves no dust of a head
        self.moved[..., source, period] -= share * there
        self.moved[..., to, period] += share * there
        day = (change.date - self.calendar.edges[0]).days
        origin = self._origin(_Origin(change.to, f"from {change.source}", change.date))
        for one in leaving:
            taken = share * one.heads
            self._set(one, one.heads - taken, day)
            training = DAYS_A_WEEK * change.training_weeks
            self._enter(_Crew(to, origin, one.tenure, day, training, taken, self._days()))

    def staff(self) -> Staff:
        """All of it, summed by group and origin, as means of the periods."""
        days = int(self.calendar.days.sum())
        heads, training, effective = np.zeros((3, *self.draws, len(self.teams), days))
        part_heads, part_effective = np.zeros((2, *self.draws, len(self.origins), days))
        for crew in self.crews:
            learning, speed = _course(crew, self.teams[crew.group], days)
            heads[..., crew.group, :] += crew.by_day
            training[..., crew.group, :] += crew.by_day * learning
            effective[..., crew.group, :] += crew.by_day * speed
            part_heads[..., crew.origin, :] += crew.by_day
            part_effective[..., crew.origin, :] += crew.by_day * speed
        in_training, last_days = self._means(training), np.cumsum(self.calendar.days) - 1
        of_parts = (np.moveaxis(self._means(one), -2, 0) for one in (part_heads, part_effective))
        found = zip(self.origins, *of_parts, strict=True)
        return Staff(
            self.joined, self.left, self.moved, heads[..., last_days], self._means(heads), in_training,
            in_training * self.calendar.weeks, self._means(effective), heads, training,
            tuple(Part(one.group, one.name, one.start, one.decide_by, *rows) for one, *rows in found if rows[0].any()),
        )  # fmt: skip

    def _rate(self, team: Team, tenure: float, period: int) -> float:
        """Share of a crew that leaves on the first day of a period."""
        monthly = float(team.attrition_rate(np.array(tenure + period * self.month)))
        return monthly if self.month == 1 else 1 - (1 - monthly) ** self.month

    def _origin(self, one: _Origin) -> int:
        """The index of an origin; classes of a group that start on one day are one."""
        if one not in self.origins:
            self.origins.append(one)
        return self.origins.index(one)

    def _enter(self, crew: _Crew) -> None:
        self._set(crew, crew.heads, max(0, math.floor(crew.began)))
        self.crews.append(crew)

    def _set(self, crew: _Crew, heads: np.ndarray, day: int) -> None:
        """So many heads from a day on."""
        crew.heads = heads
        crew.by_day[..., day:] = heads[..., None]

    def _first_day(self, period: int) -> int:
        return (self.calendar.edges[period] - self.calendar.edges[0]).days

    def _days(self) -> np.ndarray:
        return np.zeros((*self.draws, int(self.calendar.days.sum())))

    def _heads(self, heads: float) -> np.ndarray:
        """A number of heads, the same in all draws."""
        return np.full(self.draws, heads)

    def _means(self, by_day: np.ndarray) -> np.ndarray:
        """float64[..., rows, periods]: means over the days of each period."""
        firsts = np.cumsum(self.calendar.days) - self.calendar.days
        return np.asarray(np.add.reduceat(by_day, firsts, axis=-1) / self.calendar.days)


def _events_of(budget: Budget) -> list[list[Event]]:
    """Transfers (with their index) and classes (with their group's) of each period, in the order of their days."""
    dated = list(_dated(budget))
    found: list[list[Event]] = [[] for _ in budget.calendar.names]
    for day, _, event in sorted(dated, key=lambda one: one[:2]):
        period = budget.calendar.of(day)
        if period is not None:
            found[period].append(event)
    return found


def _dated(budget: Budget) -> Iterator[tuple[date, int, Event]]:
    for index, move in enumerate(budget.transfers):
        yield move.date, 0, (index, move)
    for group, team in enumerate(budget.agent_groups.values()):
        for one in team.classes:
            yield one.start, 1, (group, one)


def _next_edge(calendar: Calendar, day: date) -> tuple[int, bool]:
    """The period that begins on a day or next after it, counted from the first of the budget, and whether on it."""
    first = calendar.edges[0]
    if calendar.period == "week":
        weeks, rest = divmod((day - first).days, DAYS_A_WEEK)
        return weeks + (rest > 0), rest == 0
    months = MONTHS_A_YEAR * (day.year - first.year) + day.month - first.month
    return months + (day.day > 1), day.day == 1


def _course(crew: _Crew, team: Team, days: int) -> tuple[np.ndarray, np.ndarray]:
    """float64[days] each: the share of the day that a crew is in training, and its speed; a day may hold two weeks."""
    clock = np.maximum(np.arange(days + 1) - crew.began, 0)
    learning = np.diff(np.minimum(clock, crew.training))
    ends = crew.training + DAYS_A_WEEK * np.arange(len(team.ramp) + 1.0)
    done = np.concatenate([[0], np.cumsum(team.ramp)]) * DAYS_A_WEEK
    worked = np.interp(clock, ends, done) + np.maximum(clock - ends[-1], 0)
    return learning, np.diff(worked)


def fte_of(budget: Budget, staff: Staff) -> tuple[np.ndarray, np.ndarray]:
    """float64[..., groups, periods] each: FTE of the people at full speed, and of those who are not in training."""
    fte_per_head = np.array([[one.fte_per_head] for one in budget.agent_groups.values()])
    return staff.effective_heads * fte_per_head, (staff.heads - staff.in_training) * fte_per_head


def headcount_of(budget: Budget, staff: Staff, ladder: Ladder) -> HeadcountFigures:
    """The people against the requirement, and what fills the gap between them, as `filled` says.

    Args:
        staff: of the same budget. ladder: with the required FTE.
    """
    effective_fte, at_work = fte_of(budget, staff)
    fillers = fillers_of(budget, ladder)
    overtime_fte, outsourced_fte = filled(fillers, ladder.fte - effective_fte, at_work)
    fte = effective_fte + overtime_fte + outsourced_fte
    gap = fte - ladder.fte
    return HeadcountFigures(
        staff.joined, staff.left, staff.moved, staff.closing_heads, staff.heads, staff.in_training, staff.trained_weeks,
        staff.effective_heads, effective_fte, overtime_fte * ladder.fte_hours, overtime_fte,
        outsourced_fte * fillers.on_the_line, outsourced_fte, fte, gap, missing_of(fillers, gap), staff.parts,
    )  # fmt: skip
