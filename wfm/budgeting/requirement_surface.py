"""What a queue requires at any volume and AHT: exact on a grid, by a formula, and interpolated between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np

from wfm.budgeting.requirement import Required, RequiredQueue
from wfm.budgeting.result import DemandFigures
from wfm.budgeting.weeks import Queue, open_hours, weeks_of
from wfm.errors import WfmError
from wfm.formulas.stationary import FORMULAS
from wfm.model.budget.budget import Budget
from wfm.model.center import AgentGroup, ContactCenter, ContactType
from wfm.model.horizon import Horizon
from wfm.model.laws import as_law
from wfm.staffing.requirement import requirements

VOLUMES, AHTS = 193, 9  # grid points, each a fixed ratio above the one before
FIRST = datetime(2001, 1, 1)  # a grid has intervals, but no calendar
ROUNDING = 1e-6  # agents: a requirement so little above a whole number is that number


class Span(NamedTuple):
    """What a grid covers: a queue, and from the lowest to the highest contacts per interval and AHT in seconds."""

    contact_type: ContactType
    group: AgentGroup
    interval: float
    volumes: tuple[float, float]
    ahts: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Surface:
    """The least net agents that keep a queue's targets in an interval, by contacts per interval and AHT.

    Agents are nearly proportional to contacts and to AHT, so that straight lines between grid points a few percent
    apart are off by at most two agents in ten thousand, and three in a thousand where another limit begins to bind.

    Args:
        volumes, ahts: the grid, float64 each; contacts per interval and seconds.
        agents: float64[volumes, ahts], unrounded, as if there were no fewest.
        fewest: agents while there are contacts, however few.
    """

    volumes: np.ndarray
    ahts: np.ndarray
    agents: np.ndarray
    fewest: int = 0

    def unrounded(self, volume: np.ndarray, aht: np.ndarray) -> np.ndarray:
        """Fractional net agents at so many contacts and so long an AHT, each within the grid; 0 without contacts.

        >>> flat = Surface(np.array([1.0, 2.0, 4.0]), np.array([100.0, 200.0]), np.array([[1, 2], [2, 4], [4, 8.0]]))
        >>> flat.unrounded(np.array([3.0, 0.0]), np.array([150.0, 150.0]))
        array([4.5, 0. ])
        """
        there = volume > 0
        rows, across = _between(self.volumes, np.where(there, volume, self.volumes[0]))
        columns, along = _between(self.ahts, np.where(there, aht, self.ahts[0]))
        flat, width = self.agents.ravel(), len(self.ahts)
        corner = rows * width + columns
        low = flat[corner] * (1 - along) + flat[corner + 1] * along
        high = flat[corner + width] * (1 - along) + flat[corner + width + 1] * along
        return np.where(there, np.maximum(low * (1 - across) + high * across, self.fewest), 0.0)

    def whole(self, volume: np.ndarray, aht: np.ndarray) -> np.ndarray:
        """Whole net agents."""
        return rounded_up(self.unrounded(volume, aht))


def rounded_up(agents: np.ndarray) -> np.ndarray:
    """The whole agents of unrounded ones."""
    return np.ceil(agents - ROUNDING)


def surfaces(spans: Sequence[Span], formula: str) -> list[Surface]:
    """The surface of each queue, all of their grid points worked out in one call.

    Args:
        spans: the queues; intervals of one length.
        formula: erlang-a or erlang-c.

    Raises:
        InputError, NotModelled: as `wfm.requirement`.
    """
    grids = [(_grid(*one.volumes, VOLUMES), _grid(*one.ahts, AHTS)) for one in spans]
    answers = requirements([_center_of(one, *grid) for one, grid in zip(spans, grids, strict=True)], formula)
    found = []
    for one, grid, answer in zip(spans, grids, answers, strict=True):
        if isinstance(answer, WfmError):
            raise answer
        found.append(Surface(*grid, answer.fractional[0].reshape(VOLUMES, AHTS), one.group.min_agents))
    return found


def _grid(low: float, high: float, points: int) -> np.ndarray:
    """Points from low to high, each a fixed ratio above the one before; the ends a hair further out."""
    return np.geomspace(low * (1 - 1e-9), high * (1 + 1e-9), points)


def _between(grid: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The grid point below each value, and how far it is to the next, as a share of the step."""
    at = np.clip(np.searchsorted(grid, value, side="right") - 1, 0, len(grid) - 2)
    return at, (value - grid[at]) / (grid[at + 1] - grid[at])


def _center_of(span: Span, volumes: np.ndarray, ahts: np.ndarray) -> ContactCenter:
    """A centre whose intervals are the points of a grid: what a formula says of one does not depend on the others."""
    volume, aht = (one.ravel() for one in np.meshgrid(volumes, ahts, indexing="ij"))
    queue = replace(
        span.contact_type, volume=tuple(volume.tolist()), handling=as_law(tuple(aht.tolist())),
        target=replace(span.contact_type.target, per="interval"), opening=None,
    )  # fmt: skip
    group = replace(span.group, skills=["queue"], min_agents=0)  # type: ignore[arg-type]
    return ContactCenter(Horizon(FIRST, span.interval, len(volume)), {"queue": queue}, {"group": group})


class Cells(NamedTuple):
    """The intervals of a period in which a queue has contacts; those that are alike stand for one another.

    contacts: float64[types of the queue, cells], per interval, as budgeted. hours: float64[cells], of the period.
    """

    contacts: np.ndarray
    hours: np.ndarray


@dataclass(frozen=True, eq=False)
class QueueHours:
    """The net hours of a queue, if volume and AHT of its contact types are others than budgeted.

    They are those of the budget, and what the surface says of the other figures less what it says of the budgeted ones:
    so nothing is changed where nothing differs. Agents are whole in every interval, as in the budget. The time-varying
    queue and a target over the day have no requirement of an interval by itself: their hours move as those by Erlang A,
    over the day unrounded ones. In single periods of small groups this was up to 5 % off, and 1 to 2 % in most.

    Args:
        required: as budgeted.
        cells: of each period. seconds: float64[types of the queue, periods], AHT at the pace of its agents.
        surface: of the queue; None where it has no contacts. is_whole: whether whole agents are taken.
    """

    required: RequiredQueue
    cells: tuple[Cells, ...]
    seconds: np.ndarray
    surface: Surface | None
    is_whole: bool

    def hours(self, volume: np.ndarray, aht: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Net hours, and those if agents could be cut in two, float64[draws, periods] each; NaN where there are none.

        Args:
            volume: float64[draws, types, periods], factors on the contacts of all types; within the surface.
            aht: float64[draws, types, 1], factors.
        """
        rows = self.required.queue.rows
        volume, aht = volume[:, rows], aht[:, rows]
        budgeted = np.array([self.required.net_hours, self.required.unrounded_net_hours])[:, None]
        moved = np.zeros((2, len(volume), len(self.cells)))
        if self.surface is not None:
            ones = np.ones((1, *volume.shape[1:]))
            moved = self._by_surface(self.surface, volume, aht) - self._by_surface(self.surface, ones, ones[:, :, :1])
        net, unrounded = np.maximum(budgeted + moved, 0.0)
        return net, unrounded

    def _by_surface(self, surface: Surface, volume: np.ndarray, aht: np.ndarray) -> np.ndarray:
        """float64[2, draws, periods]: as the surface says it."""
        found = np.zeros((2, len(volume), len(self.cells)))
        for period, (contacts, hours) in enumerate(self.cells):
            come = volume[:, :, period] @ contacts
            work = (volume[:, :, period] * aht[:, :, 0] * self.seconds[:, period]) @ contacts
            unrounded = surface.unrounded(come, work / come)
            found[0, :, period] = (rounded_up(unrounded) if self.is_whole else unrounded) @ hours
            found[1, :, period] = unrounded @ hours
        return found


@dataclass(frozen=True, eq=False)
class WorkHours:
    """The net hours of e-mail, if volume and AHT are others than budgeted.

    Args:
        queue: of e-mail.
        workload_hours: float64[types, periods], as budgeted. fewest: float64[periods], hours of the fewest agents.
    """

    queue: Queue
    workload_hours: np.ndarray
    fewest: np.ndarray

    def hours(self, volume: np.ndarray, aht: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As of `QueueHours`; agents are not rounded here."""
        hours = np.maximum(self.queue.hours_by_work(self.workload_hours * volume * aht), self.fewest)
        return hours, hours


@dataclass(frozen=True, eq=False)
class Extremes:
    """The lowest and highest factors that a surface must cover, float64[types] each, 1 among them."""

    volume: tuple[np.ndarray, np.ndarray]
    aht: tuple[np.ndarray, np.ndarray]


def queue_hours(
    budget: Budget, demand: DemandFigures, required: Required, extremes: Extremes
) -> list[QueueHours | WorkHours]:
    """The hours of every queue, for all volumes and AHTs between the extremes."""
    found: list[QueueHours | WorkHours] = []
    spans, waiting = [], dict[int, QueueHours]()
    for place, one in enumerate(required.queues):
        if not one.queue.is_live:
            fewest = one.queue.min_agents.sum() * open_hours(weeks_of(budget, demand, one.queue))
            found.append(WorkHours(one.queue, demand.workload_hours, fewest))
            continue
        rows, cells = one.queue.rows, _cells_of(budget, demand, one)
        paces = np.array([[budget.contact_types[name].pace] for name in one.queue.types])
        ours = QueueHours(one, cells, demand.aht[rows] / paces, None, one.queue.target.per == "interval")
        if any(part.hours.size for part in cells):
            spans.append(_span(ours, budget, extremes))
            waiting[place] = ours
        found.append(ours)
    formula = str(required.method) if required.method in FORMULAS else "erlang-a"
    for (place, ours), surface in zip(waiting.items(), surfaces(spans, formula) if spans else [], strict=True):
        found[place] = replace(ours, surface=surface)
    return found


def _cells_of(budget: Budget, demand: DemandFigures, one: RequiredQueue) -> tuple[Cells, ...]:
    """The cells of each period, by contact type: from the weeks that the queue would have with one type at a time."""
    types = np.arange(len(demand.offered))[:, None]
    alone = [
        weeks_of(budget, replace(demand, offered=np.where(types == row, demand.offered, 0.0)), one.queue)
        for row in one.queue.rows
    ]
    hours = budget.calendar.interval / 3600
    found = []
    for of_types in zip(*alone, strict=True):
        contacts, counted = [np.zeros((len(alone), 0))], [np.zeros(0)]
        for weeks in zip(*of_types, strict=True):
            volumes = np.array([week.volume for week in weeks])
            days = np.broadcast_to(weeks[0].days[:, None], volumes.shape[1:])
            there = (days > 0) & (volumes.sum(axis=0) > 0)
            contacts.append(volumes[:, there])
            counted.append(days[there] * hours)
        kinds, which = np.unique(np.hstack(contacts), axis=1, return_inverse=True)
        found.append(Cells(kinds, np.bincount(which.ravel(), np.concatenate(counted), kinds.shape[1])))
    return tuple(found)


def _span(ours: QueueHours, budget: Budget, extremes: Extremes) -> Span:
    """What the surface of a queue must cover."""
    rows = ours.required.queue.rows
    low, high = (
        [factors[rows] @ cells.contacts for cells in ours.cells if cells.hours.size] for factors in extremes.volume
    )
    shortest, longest = (factors[rows, None] * ours.seconds for factors in extremes.aht)
    center = next(week.center for weeks in ours.required.weeks for week in weeks)
    described, group = next(iter(center.contact_types.values())), next(iter(center.agent_groups.values()))
    return Span(
        described, group, budget.calendar.interval,
        (min(float(one.min()) for one in low), max(float(one.max()) for one in high)),
        (float(shortest.min()), float(longest.max())),
    )  # fmt: skip
