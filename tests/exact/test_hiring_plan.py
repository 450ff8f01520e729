"""Does the cheapest plan of classes cost what exact programmes cost, in whole heads and in parts of heads?"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wfm.budgeting.cheapest import plan_of
from wfm.budgeting.result import Ladder
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Team
from wfm.model.budget.periods import Calendar
from wfm.model.budget.plans import HiringRules

TABLE = json.loads((Path(__file__).parent / "tables" / "hiring_plan.json").read_text(encoding="utf-8"))


def asked_of(case: Any, whole_heads: str) -> Budget:
    """One group whose people are paid by the month, whatever the hours; classes start `lead_months` later."""
    calendar = Calendar(date(2027, 1, 1), periods=len(case["required"]))
    team = Team(
        ["calls"],
        contract_hours=40,
        people=case["people"],
        attrition=case["attrition"],
        lead_weeks=float(calendar.days[: case["lead_months"]].sum()) / 7,
        pay_per_hour=0,
        tools=case["pay_per_month"],
        hiring_cost=case["hiring_cost"],
    )
    rules = HiringRules(largest_class=case["largest_class"], short_cost=case["short_cost"], whole_heads=whole_heads)
    return Budget(calendar, {"calls": Demand(aht=240, volume=1000)}, {"agents": team}, hiring=rules)


def ladder_needing(asked: Budget, fte: Any) -> Ladder:
    """A ladder without shrinkage, in which so many FTE are required."""
    needed = np.atleast_2d(np.asarray(fte, dtype=np.float64))
    one, hours = np.ones_like(needed), 40 * asked.calendar.weeks * np.ones_like(needed)
    return Ladder(
        workload_hours=needed * hours,
        net_hours=needed * hours,
        unrounded_net_hours=needed * hours,
        shrinkage=0 * one,
        gross_hours=needed * hours,
        schedule_fit=one,
        paid_hours=needed * hours,
        fte_hours=hours,
        fte=needed,
        fte_per_head=one,
        heads=needed,
        ramp=one,
        payroll_heads=needed,
        peak_net=needed,
    )


@pytest.mark.parametrize("whole_heads", ["yes", "no"])
@pytest.mark.parametrize("case", TABLE["cases"])
def test_optimum(case, whole_heads):
    asked = asked_of(case, whole_heads)
    found = plan_of(asked, ladder_needing(asked, case["required"]), other_money=0.0, gap=1e-9, seconds=60)
    expected = case["expected"]["whole_heads" if whole_heads == "yes" else "parts_of_heads"]
    assert found.cost == pytest.approx(expected, rel=TABLE["relative_tolerance"])
    assert found.bound <= found.cost * (1 + 1e-9)
    assert found.gap < TABLE["relative_tolerance"]
    sizes = np.array([one.heads for one in found.decisions])
    assert sizes.max() <= case["largest_class"]
    assert whole_heads == "no" or np.array_equal(sizes, np.round(sizes))
