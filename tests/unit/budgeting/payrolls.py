"""Small budgets of people, and ladders in which a given number of FTE is required."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from wfm.budgeting.result import Ladder
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Team
from wfm.model.budget.periods import Calendar

YEAR = date(2027, 1, 1)


def budget_of(groups: dict[str, Team], periods: int = 3, period: str = "month", **others: Any) -> Budget:
    """A budget of these groups; the first takes all contacts of the one type, in shares with the others."""
    start = YEAR if period == "month" else date(2027, 1, 4)
    types = {skill: Demand(aht=240, volume=1000) for team in groups.values() for skill in team.skills}
    return Budget(Calendar(start, periods, period), types, groups, **others)


def team_of(skill: str = "calls", **given: Any) -> Team:
    """A group with 40 hours a week that takes all of a contact type."""
    return Team([skill], **{"contract_hours": 40, **given})


def ladder_needing(asked: Budget, fte: Any, shrinkage: float = 0.0, schedule_fit: float = 1.0) -> Ladder:
    """A ladder in which so many FTE are required: one number, one per period, or float64[groups, periods]."""
    shape = (len(asked.agent_groups), asked.calendar.periods)
    needed = np.broadcast_to(np.asarray(fte, dtype=np.float64), shape)
    per_head = np.array([[team.fte_per_head] for team in asked.agent_groups.values()]) * np.ones(shape)
    hours = np.array([team.contract_hours * asked.calendar.weeks for team in asked.agent_groups.values()])
    paid = needed * hours
    gross = paid * schedule_fit
    net = gross * (1 - shrinkage)
    ones = np.ones(shape)
    heads = needed / per_head
    return Ladder(
        net, net, net, shrinkage * ones, gross, schedule_fit * ones, paid, hours, needed, per_head, heads, ones, heads,
        np.ceil(needed),
    )  # fmt: skip
