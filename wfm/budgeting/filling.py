"""What fills the gap between the people and the requirement: outsourced hours and overtime, and in which order."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from wfm.budgeting.money import prices_of
from wfm.budgeting.result import Ladder
from wfm.model.budget.budget import Budget


@dataclass(frozen=True, eq=False)
class Fillers:
    """What can be had beside people, float64[groups, periods] each.

    Args:
        committed: FTE of outsourced hours that are paid anyway.
        outsourced_most: FTE that may be bought beyond them; inf without a limit, 0 where none can be bought.
        overtime_share: most overtime, as a share of the FTE at work.
        outsourcing_price, overtime_price: money per FTE and period; NaN for overtime that has no price.
        on_the_line: outsourced hours that stand for one FTE: what its paid hours leave on the line.
    """

    committed: np.ndarray
    outsourced_most: np.ndarray
    overtime_share: np.ndarray
    outsourcing_price: np.ndarray
    overtime_price: np.ndarray
    on_the_line: np.ndarray


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
    return Fillers(
        committed / on_the_line, (most - committed) / on_the_line, np.array([spread(one.overtime) for one in teams]),
        outsourcing_price * on_the_line, overtime_price * ladder.fte_hours, on_the_line,
    )  # fmt: skip


def filled(fillers: Fillers, missing: np.ndarray, at_work: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """FTE of overtime and of outsourcing that are used, float64[groups, periods] each.

    Outsourced hours that are committed come first, as they are paid anyway. What then is missing is worked by the
    cheaper of the two up to its limit, then by the other; by overtime first where they cost the same or overtime has
    no price. An hour of overtime is worked at full speed.

    Args:
        missing: FTE required less those of the people; negative where they are too many.
        at_work: FTE of the people who are not in training; overtime is a share of them.
    """
    still = np.maximum(missing - fillers.committed, 0)
    is_dear = fillers.overtime_price > fillers.outsourcing_price
    for_overtime = np.where(is_dear, np.maximum(still - fillers.outsourced_most, 0), still)
    overtime = np.minimum(for_overtime, fillers.overtime_share * at_work)
    return overtime, np.minimum(still - overtime, fillers.outsourced_most) + fillers.committed
