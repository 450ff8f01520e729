"""The ladder from work to heads: net, gross and paid hours, FTE, heads, heads on the payroll."""

from __future__ import annotations

import numpy as np

from wfm.budgeting.headcount import Staff
from wfm.budgeting.requirement import Required
from wfm.budgeting.result import DemandFigures, Ladder
from wfm.model.budget.budget import Budget


def ladder_of(
    budget: Budget, demand: DemandFigures, required: Required, staff: Staff, shrinkage: np.ndarray | None = None
) -> Ladder:
    """From the net hours of each group to the heads that it needs, step by step.

    Args:
        budget, demand, required, staff: of one budget; of drawn years, with an axis of draws before the others.
        shrinkage: float64[..., groups, periods]; absent: as budgeted.
    """
    calendar, teams = budget.calendar, budget.agent_groups.values()
    if shrinkage is None:
        shrinkage = np.array([team.shrinkage.total(calendar.periods) for team in teams])
    schedule_fit = np.array([calendar.spread(team.schedule_fit) for team in teams])
    fte_hours = np.array([team.contract_hours * calendar.weeks for team in teams])
    fte_per_head = np.array([calendar.spread(team.fte_per_head) for team in teams])
    gross_hours = required.net_hours / (1 - shrinkage)
    paid_hours = gross_hours / schedule_fit
    fte = paid_hours / fte_hours
    heads = fte / fte_per_head
    ramp = np.divide(staff.effective_heads, staff.heads, out=np.ones_like(heads), where=staff.heads > 0)
    return Ladder(
        workload_hours=required.workload_hours,
        net_hours=required.net_hours,
        unrounded_net_hours=required.unrounded_net_hours,
        shrinkage=shrinkage,
        gross_hours=gross_hours,
        schedule_fit=schedule_fit,
        paid_hours=paid_hours,
        fte_hours=fte_hours,
        fte=fte,
        fte_per_head=fte_per_head,
        heads=heads,
        ramp=ramp,
        # Where everybody is in training, no number of heads does the work.
        payroll_heads=np.divide(heads, ramp, out=np.where(heads > 0, np.nan, 0.0), where=ramp > 0),
        peak_net=required.peak_net,
    )
