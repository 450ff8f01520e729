"""The typical weeks of a queue: for each period a real centre from Monday to Sunday, and how often each day comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wfm.budgeting.calendar import days_of, is_open_on
from wfm.budgeting.demand import contacts_of_a_day
from wfm.budgeting.result import DemandFigures
from wfm.files.clock import clock_name
from wfm.model.budget.budget import Budget, queues_of
from wfm.model.budget.week import DAYS, open_intervals, spread_within_days, typical_week
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Target
from wfm.model.horizon import WEEKDAYS

TYPE, GROUP = "contacts", "agents"  # of a typical week


@dataclass(frozen=True, eq=False)
class Queue:
    """Contact types that wait together, and the groups that answer them.

    Args:
        name: the group's, or "pool NAME". groups, types: names.
        rows: int64[types], where its types stand in the budget.
        shares: float64[groups, types], of each type's volume.
        min_agents: float64[groups].
        max_occupancy, target, patience: of all of it. is_live: whether customers wait; not so of e-mail.
    """

    name: str
    groups: tuple[str, ...]
    types: tuple[str, ...]
    rows: np.ndarray
    shares: np.ndarray
    min_agents: np.ndarray
    max_occupancy: float | None
    target: Target
    patience: float | None
    is_live: bool

    def taken(self, by_type: np.ndarray) -> np.ndarray:
        """float64[..., types of the queue, periods]: what of each type's contacts or work comes to this queue."""
        return np.asarray(self.shares.sum(axis=0)[:, None] * by_type[..., self.rows, :])

    def hours_by_work(self, workload_hours: np.ndarray) -> np.ndarray:
        """float64[..., periods]: hours of e-mail, its part of the work of all types over the occupancy allowed."""
        assert self.max_occupancy is not None
        return np.asarray(self.taken(workload_hours).sum(axis=-2) / self.max_occupancy)


def queues_in(budget: Budget) -> list[Queue]:
    """The queues of a budget."""
    found = []
    for name, groups in queues_of(budget.agent_groups).items():
        teams = [budget.agent_groups[group] for group in groups]
        types = tuple(one for one in budget.contact_types if any(one in team.skills for team in teams))
        first = budget.contact_types[types[0]]
        found.append(
            Queue(
                name, tuple(groups), types,
                np.array([list(budget.contact_types).index(one) for one in types]),
                np.array([[team.skills.get(one, 0.0) for one in types] for team in teams]),
                np.array([team.min_agents for team in teams], np.float64),
                teams[0].max_occupancy, first.target, first.patience, first.is_live,
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True, eq=False)
class Week:
    """A typical week of a queue in a period.

    Args:
        interval: seconds.
        days: int64[7], how many Mondays to Sundays of the period are like this week's.
        is_open: bool[7, intervals of a day]. volume, work: float64[7, intervals of a day], contacts that reach agents,
            and the seconds that agents work for them.
        aht: seconds of work of a contact where none is expected.
        patience, target, max_occupancy, min_agents: of the queue.
    """

    interval: float
    days: np.ndarray
    is_open: np.ndarray
    volume: np.ndarray
    work: np.ndarray
    aht: float
    patience: float | None
    target: Target
    max_occupancy: float | None
    min_agents: int

    @cached_property
    def handling_time(self) -> np.ndarray:
        """float64[intervals]: mean work per contact, seconds."""
        volume, work = self.volume.ravel(), self.work.ravel()
        return np.divide(work, volume, out=np.full(len(work), self.aht), where=volume > 0)

    @cached_property
    def key(self) -> Hashable:
        """What weeks that are alike share, in whatever queue and however often their days come."""
        arrays = self.is_open, self.volume, self.handling_time
        rest = self.interval, self.patience, self.target, self.max_occupancy, self.min_agents
        return (*(one.tobytes() for one in arrays), *rest)

    @cached_property
    def center(self) -> ContactCenter:
        """The week as a centre. Names are the same in all weeks, since a simulation's draws depend on them."""
        handling = self.handling_time
        described = ContactType(
            volume=tuple(self.volume.ravel().tolist()),
            handling=float(handling[0]) if np.ptp(handling) == 0 else tuple(handling.tolist()),  # type: ignore[arg-type]
            patience=self.patience,  # type: ignore[arg-type]
            opening=_hours(self.is_open, self.interval),
            target=self.target,
        )
        group = AgentGroup(skills=[TYPE], max_occupancy=self.max_occupancy, min_agents=self.min_agents)  # type: ignore[arg-type]
        return ContactCenter(typical_week(self.interval), {TYPE: described}, {GROUP: group}, title="A typical week")

    def over_days(self, by_interval: np.ndarray) -> float:
        """What is known of each interval, added up over all days of the period that are like these."""
        return float(self.days @ by_interval.reshape(DAYS, -1).sum(axis=1))


Weeks = tuple[tuple[Week, ...], ...]  # of each period


def open_hours(weeks: Weeks) -> np.ndarray:
    """float64[periods]: hours in which a queue is open."""
    hours = [sum(week.over_days(week.is_open) * week.interval / 3600 for week in of_period) for of_period in weeks]
    return np.array(hours, np.float64)


def _hours(is_open: np.ndarray, interval: float) -> dict[str, str]:
    """Opening hours by weekday, from open intervals."""
    hours = {}
    for day, row in zip(WEEKDAYS, is_open, strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row, [0]])))
        windows = [f"{clock_name(low * interval)}-{clock_name(high * interval)}" for low, high in edges.reshape(-1, 2)]
        if windows:
            hours[day] = ", ".join(windows)
    return hours


def weeks_of(budget: Budget, demand: DemandFigures, queue: Queue) -> Weeks:
    """The typical weeks of a queue in each period.

    One is enough where all its types are open on the same days. Where on some Mondays only some of them are, those
    Mondays stand in a second week, and so on; days on which nothing is open stand in none.
    """
    calendar, declared = budget.calendar, [budget.contact_types[name] for name in queue.types]
    open_on = np.array([is_open_on(calendar, one) for one in declared])
    hours = np.array([open_intervals(one, calendar.interval) for one in declared])
    spread = np.array([spread_within_days(one, calendar.interval) for one in declared])
    contacts = np.array([contacts_of_a_day(budget, demand, name) for name in queue.types])
    contacts = contacts * queue.shares.sum(axis=0)[:, None, None]
    seconds = np.array([calendar.spread(one.aht) / one.pace for one in declared])
    found = []
    for period, kinds in enumerate(_kinds(budget, open_on)):
        of_period = []
        for which, days in kinds:
            volumes = np.where(which, contacts[:, period], 0.0)[:, :, None] * spread
            of_period.append(
                Week(
                    calendar.interval, days, (hours & which[:, :, None]).any(axis=0),
                    volumes.sum(axis=0), np.einsum("kdi,k->di", volumes, seconds[:, period]),
                    float(seconds[0, period]), queue.patience, queue.target, queue.max_occupancy,
                    int(queue.min_agents.sum()),
                )
            )  # fmt: skip
        found.append(tuple(of_period))
    return tuple(found)


def _kinds(budget: Budget, open_on: np.ndarray) -> list[list[tuple[np.ndarray, np.ndarray]]]:
    """Of each period, its kinds of weeks: bool[types, 7], which types are open, and int64[7], how many such days.

    open_on: bool[types, days].
    """
    days = days_of(budget.calendar)
    counted: list[list[Counter[bytes]]] = [[Counter() for _ in range(DAYS)] for _ in range(budget.calendar.periods)]
    for at in np.flatnonzero(open_on.any(axis=0)):
        counted[days.period[at]][days.weekday[at]][open_on[:, at].tobytes()] += 1
    found = []
    for by_weekday in counted:
        # The commonest kind of each weekday first, so that the first week is the typical one.
        ranked = [sorted(kinds.items(), key=lambda one: (-one[1], one[0])) for kinds in by_weekday]
        weeks = []
        for place in range(max(map(len, ranked))):
            which, number = np.zeros((len(open_on), DAYS), np.bool_), np.zeros(DAYS, np.int64)
            for day, kinds in enumerate(ranked):
                if place < len(kinds):
                    which[:, day], number[day] = np.frombuffer(kinds[place][0], np.bool_), kinds[place][1]
            weeks.append((which, number))
        found.append(weeks)
    return found
