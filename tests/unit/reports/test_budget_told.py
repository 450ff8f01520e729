"""What is said of a budget: who is missing and by when to hire, what is next to be decided, how money is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

import wfm
from wfm.budgeting.answer import answer_budget
from wfm.budgeting.words import money
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import HiringClass, Outsourcing, Site, Team
from wfm.model.budget.periods import Calendar
from wfm.model.budget.plans import Doubt, HiringRules
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
    assert "Nobody is missing: every queue has what it requires in every month." in sentences
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


@pytest.mark.parametrize("training_weeks", [1.0, 1.5, 0.1])
def test_a_class_decided_on_that_day_is_at_full_speed_in_time(training_weeks: float) -> None:
    team = {"lead_weeks": 2.0, "training_weeks": training_weeks, "ramp": (0.5, 0.8)}
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


def test_who_is_there_beside_the_heads_is_said() -> None:
    team = {"overtime": 0.1, "overtime_pay": 1.5, "pay_per_hour": 10.0, "outsourcing": Outsourcing(20.0, most_hours=90)}
    (peak, *_) = told.in_short(answer_budget(mail(**team)))  # April: 7 FTE; 5 heads, 0.5 of overtime, 90 hours of 161
    assert peak.endswith("6.1 FTE are there, from 5.0 heads with 0.5 FTE of overtime and 0.6 FTE outsourced.")
    (peak, *_) = told.in_short(answer_budget(mail()))
    assert peak.endswith("5.0 FTE are there, from 5.0 heads.")


def test_the_cheapest_plan_is_set_against_the_budget() -> None:
    asked = mail(pay_per_hour=10.0)
    found = answer_budget(replace(asked, hiring=HiringRules(short_cost=9000, whole_heads="no")), cheapest=True)
    first, against, *_ = told.cheapest(found)
    assert first.endswith("no plan costs less.")
    # A head costs 375 a week; missing are 1 FTE in March and 2 in April, or nobody.
    before, more = 5 * 375 * 120 / 7, 375 * (31 + 2 * 30) / 7
    assert against == (
        f"It spends {before + more:,.0f}, credits included, in place of {before:,.0f} of the budget as it is; 0.0 "
        "FTE-months are missing in place of 3.0; a promise is missed in 0 months in place of 0."
    )
    (first, *others) = told.cheapest(answer_budget(mail(people=8, pay_per_hour=10.0), cheapest=True))
    assert first.startswith("No further class pays: ")
    assert not any(one.startswith("It spends") for one in others)


def test_what_a_plan_and_drawn_years_rest_on_is_said() -> None:
    rules = HiringRules(smallest_class=2, most_classes=1, no_classes=["2027-02"], short_cost=900, whole_heads="no")
    asked = replace(
        mail(people=8, pay_per_hour=10.0), hiring=rules, doubt=Doubt(volume=0.05, absence=0.015, draws=100, seed=7),
        sites={"hall": Site(seats=20), "annex": Site()},
    )  # fmt: skip
    said = dict(told.assumptions(answer_budget(asked, cheapest=True, risk=True)))
    assert said["Hiring rules"] == [
        "Classes of 2 or more heads, at most 1 class in a month, none in 2027-02 and decided from 2027-01-01 on.",
        "hall has room for 20 heads on the payroll.",
        "An FTE that is missing for a month counts 900; that is not spent.",
    ]
    assert said["Doubt"][0].startswith(
        "Standard deviations: volume 5 % in all months alike and 0 % in each by itself, "
    )
    assert "shrinkage 1.5 points" in said["Doubt"][0]
    assert said["Doubt"][1] == "100 years are drawn; seed 7."
    assert not {"Hiring rules", "Doubt"} & set(dict(told.assumptions(answer_budget(asked))))


def test_what_takes_long_is_told_before_it_begins() -> None:
    begun = list[str]()
    answer_budget(mail(people=8, pay_per_hour=10.0), cheapest=True, began=begun.append)
    assert begun == ["the budget", "what each change does", "the cheapest plan"]


def test_people_without_pay_have_no_price() -> None:
    assert "What it costs is not known: desk has no pay_per_hour." in told.in_short(answer_budget(mail()))


def test_money_is_written_in_one_way() -> None:
    assert [money(1234.5, currency) for currency in ("£", "EUR", "")] == ["£1,234", "1,234 EUR", "1,234"]
    assert money(-0.3, "£") == "£0"
    assert money(float("nan"), "£") == "–"
