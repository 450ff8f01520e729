"""Do the steps from work to heads have their units and order, and does each do what it says?"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wfm
from wfm.budgeting.ladder import ladder_of
from wfm.budgeting.requirement import Required
from wfm.budgeting.result import DemandFigures, Ladder
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Contract, Team
from wfm.model.budget.periods import Calendar, PeriodShrinkage

YEAR = Calendar(date(2027, 1, 1))
HOURS = st.lists(st.floats(0, 1e5), min_size=12, max_size=12)
SHRINKAGE = st.floats(0, 0.7)
FIT = st.floats(0.3, 1)
WEEK = st.floats(1, 80)


class People:
    """As many on the payroll and at full speed as are said, in all periods."""

    def __init__(self, heads: float = 0.0, effective: float = 0.0) -> None:
        self.heads, self.effective_heads = np.full((1, 12), heads), np.full((1, 12), effective)


def climbed(net: list[float], staff: People | None = None, calendar: Calendar = YEAR, **given) -> Ladder:
    team = Team(**{"skills": ["calls"], "contract_hours": 40.0, **given})
    asked = wfm.Budget(calendar, {"calls": Demand(aht=300, volume=100)}, {"all": team})
    hours = np.array([net])
    nothing = np.zeros((1, 12))
    demand = DemandFigures(*[nothing] * 8)
    return ladder_of(asked, demand, Required(nothing, hours, hours, nothing, (), "erlang-a"), staff or People())  # type: ignore[arg-type]


@given(net=HOURS, planned=SHRINKAGE, unplanned=st.floats(0, 0.25), fit=FIT, week=WEEK, part=st.floats(0.01, 0.99))
def test_the_steps_multiply_to_the_heads(
    net: list[float], planned: float, unplanned: float, fit: float, week: float, part: float
) -> None:
    shrinkage = PeriodShrinkage(planned={"holiday": planned}, unplanned={"sickness": unplanned})
    contracts = {"full": Contract(week, 1 - part), "half": Contract(max(1.0, week / 2), part)}
    found = climbed(net, People(10, 8), shrinkage=shrinkage, schedule_fit=fit, contract_hours=week, contracts=contracts)
    step = 1e-9 * found.paid_hours
    assert (found.net_hours <= found.gross_hours + step).all()
    assert (found.gross_hours <= found.paid_hours + step).all()
    assert (found.heads <= found.payroll_heads + step).all()
    product = (
        np.array(net) / (1 - found.shrinkage) / found.schedule_fit / found.fte_hours / found.fte_per_head / found.ramp
    )
    assert found.payroll_heads == pytest.approx(product, rel=1e-12)
    assert found.shrinkage == pytest.approx(np.full((1, 12), planned + unplanned), abs=1e-12)
    # An FTE is paid its contract hours for every week of the month.
    assert found.fte_hours[0] == pytest.approx(week * YEAR.days / 7)
    mix = (1 - part) * week + part * max(1.0, week / 2)
    assert found.heads * mix * (YEAR.days / 7) == pytest.approx(found.paid_hours, rel=1e-9)


@given(net=HOURS, factor=st.floats(0.1, 10), shrinkage=SHRINKAGE, fit=FIT)
def test_twice_the_hours_are_twice_the_heads(net: list[float], factor: float, shrinkage: float, fit: float) -> None:
    given = {"shrinkage": PeriodShrinkage(planned={"all": shrinkage}), "schedule_fit": fit}
    one, more = climbed(net, **given), climbed([factor * hours for hours in net], **given)
    for name in ("gross_hours", "paid_hours", "fte", "heads", "payroll_heads"):
        assert getattr(more, name) == pytest.approx(factor * getattr(one, name), rel=1e-9)


@given(net=HOURS, shrinkage=st.tuples(SHRINKAGE, SHRINKAGE), fit=st.tuples(FIT, FIT), week=st.tuples(WEEK, WEEK))
def test_no_step_goes_the_wrong_way(
    net: list[float], shrinkage: tuple[float, float], fit: tuple[float, float], week: tuple[float, float]
) -> None:
    def fte(less: float, kept: float, hours: float) -> np.ndarray:
        lost = PeriodShrinkage(planned={"all": less})
        return climbed(net, shrinkage=lost, schedule_fit=kept, contract_hours=hours).fte

    tolerance = 1 + 1e-12
    assert (fte(min(shrinkage), 0.9, 40) <= fte(max(shrinkage), 0.9, 40) * tolerance).all()
    assert (fte(0.2, max(fit), 40) <= fte(0.2, min(fit), 40) * tolerance).all()
    assert (fte(0.2, 0.9, max(week)) <= fte(0.2, 0.9, min(week)) * tolerance).all()


def test_numbers_of_each_month_are_used_in_that_month() -> None:
    shrinkage = PeriodShrinkage(planned={"holiday": tuple(0.05 * (i % 3) for i in range(12))})
    fit = [0.8] * 6 + [1.0] * 6
    found = climbed([100.0] * 12, shrinkage=shrinkage, schedule_fit=fit)
    assert found.gross_hours[0, :3] == pytest.approx([100, 100 / 0.95, 100 / 0.9])
    assert found.paid_hours[0, 6:] == pytest.approx(found.gross_hours[0, 6:])
    assert found.paid_hours[0, :6] == pytest.approx(found.gross_hours[0, :6] / 0.8)


def test_compound_shrinkage_multiplies_what_is_left() -> None:
    lost = {"planned": {"holiday": 0.1}, "unplanned": {"sickness": 0.2}}
    found = climbed([72.0] * 12, shrinkage=PeriodShrinkage(combine="compound", **lost))
    assert found.gross_hours[0] == pytest.approx([100.0] * 12)


def test_a_week_is_a_week() -> None:
    found = climbed([80.0] * 12, calendar=Calendar(date(2027, 3, 1), periods=12, period="week"))
    assert found.fte[0] == pytest.approx([2.0] * 12)


def test_where_all_are_in_training_no_number_of_heads_does_the_work() -> None:
    found = climbed([100.0] * 6 + [0.0] * 6, People(5, 0))
    assert np.isnan(found.payroll_heads[0, :6]).all()
    assert (found.payroll_heads[0, 6:] == 0).all()
    assert (climbed([100.0] * 12, People(0, 0)).ramp == 1).all()
