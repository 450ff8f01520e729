"""What fills the gap between the people and the requirement: outsourced hours and overtime, and in which order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from wfm.budgeting.money import prices_of
from wfm.budgeting.result import Ladder
from wfm.model.budget.budget import Budget, queues_of


@dataclass(frozen=True, eq=False)
class Fillers:
    """What can be had beside people, float64[groups, periods] each, and which groups answer one queue.

    Args:
        committed: FTE of outsourced hours that are paid anyway.
        outsourced_most: FTE that may be bought beyond them; inf without a limit, 0 where none can be bought.
        overtime_share: most overtime, as a share of the FTE at work.
        outsourcing_price, overtime_price: money per hour on the line; NaN for overtime that has no price.
        on_the_line: hours that one FTE leaves on the line, and outsourced hours that stand for one FTE.
        queues: the rows of the groups of each queue.
    """

    committed: np.ndarray
    outsourced_most: np.ndarray
    overtime_share: np.ndarray
    outsourcing_price: np.ndarray
    overtime_price: np.ndarray
    on_the_line: np.ndarray
    queues: tuple[list[int], ...]

    @cached_property
    def worth(self) -> np.ndarray:
        """float64[..., groups, periods]: hours on the line of an FTE, over the most that one of its queue leaves.

        FTE times it can be added up: they are FTE of the group of a queue whose FTE leaves most.
        """
        worth = np.ones_like(self.on_the_line)
        for rows in self.queues:
            mine = self.on_the_line[..., rows, :]
            worth[..., rows, :] = mine / mine.max(axis=-2, keepdims=True)
        return worth

    def together(self, fte: np.ndarray) -> np.ndarray:
        """float64[..., queues, periods]: FTE of the groups of each queue, float64[..., groups, periods], added up."""
        added = fte * self.worth
        return np.stack([added[..., rows, :].sum(axis=-2) for rows in self.queues], axis=-2)


def fillers_of(budget: Budget, ladder: Ladder) -> Fillers:
    """Limits and prices of outsourcing and overtime, brought to FTE by the ladder of the same budget."""
    spread, teams = budget.calendar.spread, list(budget.agent_groups.values())
    on_the_line = ladder.fte_hours * (1 - ladder.shrinkage) * ladder.schedule_fit
    committed, most = np.zeros((2, len(teams), budget.calendar.periods))
    for row, team in enumerate(teams):
        if team.outsourcing is not None:
            limit = team.outsourcing.most_hours
            committed[row] = spread(team.outsourcing.committed_hours)
            most[row] = spread(math.inf if limit is None else limit)
    overtime_price, outsourcing_price = prices_of(budget)
    names = list(budget.agent_groups)
    return Fillers(
        committed / on_the_line, (most - committed) / on_the_line, np.array([spread(one.overtime) for one in teams]),
        outsourcing_price, overtime_price * ladder.fte_hours / on_the_line, on_the_line,
        tuple([names.index(group) for group in groups] for groups in queues_of(budget.agent_groups).values()),
    )  # fmt: skip


def filled(fillers: Fillers, missing: np.ndarray, at_work: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """FTE of overtime and of outsourcing that are used, float64[..., groups, periods] each.

    Groups of one queue work for each other: what one has over helps where another misses people. Outsourced hours that
    are committed come first, as they are paid anyway. What the queue then misses is worked by whatever costs least per
    hour on the line, the overtime and the outsourcing of each of its groups, each up to its limit. What costs the same
    comes in the order of the groups, overtime first; so does, before all, overtime that has no price. An hour of
    overtime is worked at full speed.

    Args:
        missing: FTE required less those of the people; negative where they are too many.
        at_work: FTE of the people who are not in training; overtime is a share of them.
    """
    overtime, outsourced = np.zeros((2, *np.broadcast_shapes(missing.shape, at_work.shape)))
    most_overtime = fillers.overtime_share * at_work
    overtime_price = np.where(np.isnan(fillers.overtime_price), -np.inf, fillers.overtime_price)
    needed = np.maximum(fillers.together(missing - fillers.committed), 0)
    for at, rows in enumerate(fillers.queues):
        ways = [
            _Way(found[..., row, :], most[..., row, :], price[..., row, :], fillers.worth[..., row, :])
            for row in rows
            for found, most, price in (
                (overtime, most_overtime, overtime_price),
                (outsourced, fillers.outsourced_most, fillers.outsourcing_price),
            )
        ]
        for this, way in enumerate(ways):
            before = sum(other.goes_before(way, other_at < this) for other_at, other in enumerate(ways))
            way.found[...] = np.clip(needed[..., at, :] - before, 0, way.most * way.worth) / way.worth
    return overtime, outsourced + fillers.committed


class _Way(NamedTuple):
    """Overtime or outsourcing of one group, float64[..., periods] each.

    Args:
        found: FTE of it that are used, to be filled in. most: FTE of it that can be had.
        price: money per hour on the line. worth: what an FTE of it is worth to its queue.
    """

    found: np.ndarray
    most: np.ndarray
    price: np.ndarray
    worth: np.ndarray

    def goes_before(self, other: _Way, is_first: bool) -> np.ndarray:
        """What it does before another begins: all of it where it costs less, or the same and is first."""
        is_before = (self.price <= other.price) if is_first else (self.price < other.price)
        return np.where(is_before, self.most * self.worth, 0.0)


def missing_of(fillers: Fillers, gap: np.ndarray) -> np.ndarray:
    """FTE that are missing in each group, float64[..., groups, periods], where others of its queue have too many.

    What the queue misses is given to the groups that miss people, to each in proportion.

    Args:
        gap: FTE there less those required, of each group by itself.
    """
    short = np.maximum(-gap, 0)
    of_groups, of_queue = fillers.together(short), np.maximum(-fillers.together(gap), 0)
    share = np.divide(of_queue, of_groups, out=np.zeros_like(of_queue), where=of_groups > 0)
    missing = np.empty_like(short)
    for at, rows in enumerate(fillers.queues):
        missing[..., rows, :] = short[..., rows, :] * share[..., at : at + 1, :]
    return missing
