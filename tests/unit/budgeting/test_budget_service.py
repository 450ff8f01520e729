"""Is the service that of the people who are there: coverage, pools, e-mail, overload, several queues, limits?"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

import wfm
from wfm.budgeting.result import BudgetResult
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Outsourcing, Team
from wfm.model.budget.periods import Calendar, PeriodShrinkage

SPRING = Calendar(date(2027, 3, 1), periods=2, holidays="GB-ENG")
HOURS = {"Mon-Fri": "08:00-18:00"}


def calls(volume=9000, **given) -> Demand:
    told = {"aht": 300, "volume": volume, "patience": 120, "opening": HOURS, "target": wfm.Target(service_level=0.8)}
    return Demand(**{**told, **given})


def team(*skills: str, **given) -> Team:
    return Team(**{"skills": list(skills), "contract_hours": 40, **given})


def asked(people: float, demand: Demand | None = None, **given) -> BudgetResult:
    return wfm.budget(wfm.Budget(SPRING, {"calls": demand or calls()}, {"all": team("calls", people=people, **given)}))


def test_exactly_the_required_people_give_the_required_service() -> None:
    first = asked(0, calls([9000, 0]))
    exact = asked(float(first.ladder.heads[0, 0]), calls([9000, 0]))
    assert exact.service.coverage[0, 0] == pytest.approx(1)
    for name in ("service_level", "occupancy", "abandonment"):
        wanted = getattr(exact.service, f"required_{name}")[0, 0]
        assert getattr(exact.service, name)[0, 0] == pytest.approx(wanted, abs=1e-9)
    assert exact.service.required_service_level[0, 0] >= 0.8


def test_more_people_serve_better() -> None:
    found = [asked(people).service for people in (0, 4, 8, 12, 20, 40)]
    levels = np.array([one.service_level[0] for one in found])
    lost = np.array([one.abandonment[0] for one in found])
    assert (np.diff(levels, axis=0) > 0).all()
    assert (np.diff(lost, axis=0) < 0).all()
    assert levels[0].tolist() == [0, 0]
    assert lost[0].tolist() == [1, 1]
    for one in found:
        assert one.answered[0] == pytest.approx(9000 * (1 - one.abandonment[0]))


def test_coverage_is_hours_on_the_line_over_those_required() -> None:
    shrinkage = PeriodShrinkage(planned={"holiday": 0.25})
    found = asked(6, shrinkage=shrinkage, schedule_fit=0.9, overtime=0.1, overtime_pay=1.5, pay_per_hour=10.0)
    there = (6 * 40 * SPRING.weeks + found.headcount.overtime_hours[0]) * 0.75 * 0.9
    assert found.headcount.overtime_hours.min() > 0
    assert found.service.coverage[0] == pytest.approx(there / found.ladder.net_hours[0])


def test_outsourced_hours_are_on_the_line() -> None:
    without = asked(8)
    bought = asked(8, outsourcing=Outsourcing(price_per_hour=20.0, committed_hours=100.0, most_hours=100.0))
    more = (bought.service.coverage - without.service.coverage) * without.ladder.net_hours
    assert more == pytest.approx(np.full((1, 2), 100.0))


def test_a_pool_is_covered_by_all_its_groups() -> None:
    def half(people: float) -> Team:
        return team(skills={"calls": 0.5}, pool="voice", people=people)

    alone = asked(12)
    pooled = wfm.budget(wfm.Budget(SPRING, {"calls": calls()}, {"north": half(2), "south": half(10)}))
    for name in ("coverage", "service_level", "occupancy", "answered"):
        assert getattr(pooled.service, name) == pytest.approx(getattr(alone.service, name))


def test_types_of_one_queue_get_one_service() -> None:
    types = {"short": calls(6000, aht=200), "long": calls(3000, aht=500)}
    found = wfm.budget(wfm.Budget(SPRING, types, {"all": team("short", "long", people=10)})).service
    one = asked(10).service
    for name in ("coverage", "service_level", "occupancy", "average_speed_of_answer", "abandonment"):
        assert getattr(found, name) == pytest.approx(np.repeat(getattr(one, name), 2, axis=0))
    assert found.answered[0] == pytest.approx(2 * found.answered[1])
    assert found.promise_of[0] == pytest.approx([6000, 6000])


def test_a_type_of_several_queues_gets_theirs_by_its_parts() -> None:
    groups = {"good": team(skills={"calls": 0.4}, people=12), "bad": team(skills={"calls": 0.6}, people=5)}
    both = wfm.budget(wfm.Budget(SPRING, {"calls": calls()}, groups)).service
    good, bad = (
        wfm.budget(wfm.Budget(SPRING, {"calls": calls(part * 9000)}, {"all": team("calls", people=people)})).service
        for part, people in ((0.4, 12), (0.6, 5))
    )
    assert both.service_level == pytest.approx(0.4 * good.service_level + 0.6 * bad.service_level)
    assert both.answered == pytest.approx(good.answered + bad.answered)
    assert (bad.coverage < both.coverage).all()
    assert (both.coverage < good.coverage).all()


@pytest.mark.parametrize("people", [1.0, 2.0, 3.0, 6.0])
def test_email_is_worked_as_far_as_hours_go(people: float) -> None:
    mail = Demand(aht=480, volume=3000, channel="email", opening=HOURS, first_contact_resolution=0.9)
    found = wfm.budget(wfm.Budget(SPRING, {"mail": mail}, {"all": team("mail", max_occupancy=0.8, people=people)}))
    service, needed = found.service, 3000 * 480 / 3600 / 0.8
    coverage = people * 40 * SPRING.weeks / needed
    assert service.coverage[0] == pytest.approx(coverage)
    assert service.answered[0] == pytest.approx(3000 * np.minimum(1, coverage))
    assert service.resolved[0] == pytest.approx(0.9 * service.answered[0])
    assert service.occupancy[0] == pytest.approx(0.8 / np.maximum(1, coverage))
    assert service.required_occupancy[0] == pytest.approx([0.8, 0.8])
    for name in ("service_level", "abandonment", "average_speed_of_answer", "target", "required_service_level"):
        assert np.isnan(getattr(service, name)).all()
    assert service.binding.tolist() == [["max_occupancy", "max_occupancy"]]
    assert (service.promise_of == 0).all()


def test_patient_customers_are_answered_as_far_as_hours_go() -> None:
    demand = calls(patience=None)
    found = asked(3, demand).service
    assert np.isinf(found.average_speed_of_answer).all()
    assert found.service_level.tolist() == [[0, 0]]
    assert found.occupancy == pytest.approx(np.ones((1, 2)))
    assert found.answered[0] == pytest.approx(3 * 40 * SPRING.weeks * 3600 / 300)
    assert asked(0, demand).service.answered.tolist() == [[0, 0]]


def test_patient_customers_of_one_queue_are_answered_alike() -> None:
    types = {"short": calls(6000, aht=200, patience=None), "long": calls(3000, aht=500, patience=None)}
    found = wfm.budget(wfm.Budget(SPRING, types, {"all": team("short", "long", people=3)})).service
    assert found.answered[0] == pytest.approx(2 * found.answered[1])
    assert np.array([200, 500]) @ found.answered == pytest.approx(3 * 40 * SPRING.weeks * 3600)


def test_what_binds_is_told() -> None:
    assert asked(9).service.binding.tolist() == [["service_level"] * 2]
    assert asked(9, max_occupancy=0.3).service.binding.tolist() == [["max_occupancy"] * 2]
    assert asked(9, min_agents=60).service.binding.tolist() == [["min_agents"] * 2]
    assert asked(9, calls([9000, 0])).service.binding.tolist() == [["service_level", "none"]]


def test_without_contacts_there_is_no_service_level() -> None:
    found = asked(9, calls([9000, 0])).service
    for name in ("service_level", "abandonment", "average_speed_of_answer", "occupancy", "required_service_level"):
        assert np.isfinite(getattr(found, name)[0, 0])
        assert np.isnan(getattr(found, name)[0, 1])
    assert found.coverage[0, 1] == 1
    assert found.answered[0, 1] == 0


def test_the_target_is_what_is_promised() -> None:
    found = asked(9, calls(target=wfm.Target(service_level=0.9, max_abandonment=0.02))).service
    assert found.target.tolist() == [[0.9, 0.9]]
    without = asked(9, calls(target=wfm.Target(max_abandonment=0.02))).service
    assert np.isnan(without.target).all()
    assert (without.service_level > 0).all()
