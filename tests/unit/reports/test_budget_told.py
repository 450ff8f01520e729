"""What is said of a budget: who is missing and by when to hire, what is next to be decided, how money is written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import wfm
from wfm.budgeting.answer import answer_budget
from wfm.budgeting.words import money
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import HiringClass, Team
from wfm.model.budget.periods import Calendar
from wfm.model.budget.plans import HiringRules
from wfm.reports.budgets import told

OPEN = {"Mon-Fri": "08:00-18:00"}


def mail(people: float = 5.0, decided_from: date | None = None, **team: object) -> wfm.Budget:
    """Work that needs exactly 5 FTE in January and more from then on: 150 h a week of workload at 0.8, of 37.5 h."""
    calendar = Calendar(date(2027, 1, 1), 4)
    hours = tuple(150.0 * weeks * busier for weeks, busier in zip(calendar.weeks, (1, 1, 1.2, 1.4), strict=True))
    demand = Demand(aht=3600, volume=hours, channel="email", opening=OPEN)
    group = Team(["mail"], 37.5, people=people, max_occupancy=0.8, **team)  # type: ignore[arg-type]
    return wfm.Budget(calendar, {"mail": demand}, {"desk": group}, hiring=HiringRules(decided_from=decided_from))


def test_nobody_is_missing() -> None:
    sentences = told.in_short(answer_budget(mail(people=8)))
    assert "Nobody is missing: every group has what it requires in every month." in sentences
    assert not any("class" in one for one in sentences)


def test_who_is_missing_and_by_when_to_hire() -> None:
    team = {"lead_weeks": 2.0, "training_weeks": 1.0, "ramp": (0.5, 0.8)}
    found = answer_budget(mail(**team))
    (hiring,) = found.hirings
    assert (hiring.group, hiring.period, hiring.worst) == ("desk", 2, 3)
    assert hiring.fte == pytest.approx(2.0)  # 7 of which 5 are there
    assert hiring.decide_by == date(2027, 3, 1) - timedelta(weeks=5)
    assert not hiring.is_late
    assert "a class that is at full speed by then is decided by 2027-01-25" in " ".join(told.in_short(found))


def test_a_class_decided_on_that_day_is_at_full_speed_in_time() -> None:
    team = {"lead_weeks": 2.0, "training_weeks": 1.0, "ramp": (0.5, 0.8)}
    by = answer_budget(mail(**team)).hirings[0].decide_by
    start = by + timedelta(weeks=2)
    found = wfm.budget(mail(classes=(HiringClass(start, 2),), **team))
    assert found.headcount.effective_heads[0, 2] == pytest.approx(7.0, abs=1e-12)
    assert not found.shortages
    late = wfm.budget(mail(classes=(HiringClass(start + timedelta(days=1), 2),), **team))
    assert late.headcount.effective_heads[0, 2] < 7.0


def test_too_late_is_said() -> None:
    found = answer_budget(mail(people=4, lead_weeks=6.0))
    assert [(one.period, one.is_late) for one in found.hirings] == [(0, True), (2, False)]
    sentences = told.in_short(found)
    late = "desk misses up to 1.0 heads from 2027-01 on, too soon for a class, which had to be decided by 2026-11-20."
    assert late in sentences
    assert any(one.startswith("desk misses up to 3.0 heads from 2027-03 on; a class") for one in sentences)


def test_the_next_decision_is_the_first_that_is_still_to_come() -> None:
    classes = tuple(HiringClass(date(2027, month, 1), month) for month in (3, 1, 2))
    early = answer_budget(mail(classes=classes, lead_weeks=2.0, decided_from=date(2026, 12, 1)))
    assert [one.heads for one in early.decisions] == [1, 2, 3]
    later = answer_budget(mail(classes=classes, lead_weeks=2.0))  # from the first day of the budget
    assert [one.heads for one in later.decisions] == [2, 3]
    wanted = "The next decision: by 2027-01-18, 2 heads for desk, who start on 2027-02-01."
    assert wanted in told.in_short(later)


def test_people_without_pay_have_no_price() -> None:
    assert "What it costs is not known: desk has no pay_per_hour." in told.in_short(answer_budget(mail()))


def test_money_is_written_in_one_way() -> None:
    assert [money(1234.5, currency) for currency in ("£", "EUR", "")] == ["£1,234", "1,234 EUR", "1,234"]
    assert money(-0.3, "£") == "£0"
    assert money(float("nan"), "£") == "–"
