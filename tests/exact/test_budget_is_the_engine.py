"""Are a budget's hours and service those of `wfm.requirement` and `wfm.predict` for weeks that are built by hand?"""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

import wfm
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Team
from wfm.model.budget.periods import Calendar

# April 2027 begins on a Thursday, its days are 4, 4, 4, 5, 5, 4, 4 Mondays to Sundays; no holidays are asked for.
APRIL, DAYS = Calendar(date(2027, 4, 1), periods=1), np.array([4, 4, 4, 5, 5, 4, 4])
MONDAY = datetime(2027, 4, 5)
PROFILE = np.concatenate([np.zeros(16), np.linspace(1.0, 3.0, 12), np.linspace(2.5, 0.5, 12), np.zeros(8)])
WEIGHTS = np.array([1.4, 1.1, 1.0, 1.0, 0.9, 0.0, 0.0])
HOURS = {"Mon-Fri": "08:00-20:00"}
CONTACTS = 14_000.0
TARGETS = {
    "80/20": wfm.Target(service_level=0.8),
    "of answered": wfm.Target(service_level=0.9, answer_within=60.0, definition="answered_of_answered"),
    "with limits": wfm.Target(service_level=0.5, max_average_speed_of_answer=8.0),
    "over the day": wfm.Target(service_level=0.8, per="day"),
}


def by_hand(target: wfm.Target, night: bool = False) -> wfm.ContactCenter:
    """A week of the month. Draws depend on names; those are what budgets call them."""
    if night:
        volume = np.full(336, CONTACTS / 30 / 48)
    else:
        a_day = CONTACTS * WEIGHTS / (WEIGHTS @ DAYS)
        volume = np.outer(a_day, PROFILE / PROFILE.sum()).ravel()
    calls = wfm.ContactType(volume=tuple(volume.tolist()), handling=240.0, patience=150.0, target=target)
    agents = wfm.AgentGroup(skills=["contacts"], max_occupancy=0.9)
    horizon = wfm.Horizon(MONDAY, 1800.0, 336, opening=None if night else HOURS)
    return wfm.ContactCenter(horizon, {"contacts": calls}, {"agents": agents})


def budgeted(target: wfm.Target, night: bool = False, people: float = 0.0) -> wfm.Budget:
    week = {} if night else {
        "opening": HOURS,
        "weekdays": {"Mon": 1.4, "Tue": 1.1, "Wed-Thu": 1.0, "Fri": 0.9},
        "profile": {"Mon-Fri": PROFILE},
    }  # fmt: skip
    calls = Demand(aht=240.0, volume=CONTACTS, patience=150.0, target=target, **week)
    agents = Team(skills=["calls"], contract_hours=40, max_occupancy=0.9, people=people)
    return wfm.Budget(APRIL, {"calls": calls}, {"agents": agents})


def over_the_month(by_day: np.ndarray) -> float:
    return float(DAYS @ np.nan_to_num(np.asarray(by_day)))


def hours(center: wfm.ContactCenter, net: np.ndarray) -> float:
    return over_the_month(net.reshape(7, -1).sum(axis=1)) * center.horizon.interval / 3600


CASES = [
    (target, method, night) for target in TARGETS for method in ("erlang-a", "erlang-c") for night in (False, True)
]


@pytest.mark.parametrize(("target", "method", "night"), [*CASES, ("with limits", "transient", False)])
def test_the_hours_are_those_of_the_requirement(target: str, method: str, night: bool) -> None:
    center = by_hand(TARGETS[target], night)
    needed = wfm.requirement(center, method)
    found = wfm.budget(budgeted(TARGETS[target], night), method, predict_by="erlang-a")
    assert found.ladder.net_hours[0, 0] == pytest.approx(hours(center, needed.whole[0]), rel=1e-12)
    unrounded = hours(center, needed.unrounded[0]) if np.isfinite(needed.unrounded).all() else np.nan
    assert found.ladder.unrounded_net_hours[0, 0] == pytest.approx(unrounded, rel=1e-9, nan_ok=True)
    assert found.ladder.peak_net[0, 0] == needed.whole.max()
    assert found.ladder.workload_hours[0, 0] == pytest.approx(CONTACTS * 240 / 3600)


@pytest.mark.parametrize("target", ["80/20", "of answered", "over the day"])
@pytest.mark.parametrize("method", ["erlang-a", "erlang-c"])
def test_the_service_of_the_required_agents_is_their_prediction(target: str, method: str) -> None:
    center = by_hand(TARGETS[target])
    plan = wfm.staff(center, method)
    seen = wfm.predict(center, plan, method)
    found = wfm.budget(budgeted(TARGETS[target]), method).service
    measured, group = seen.contact_types["contacts"].by_day, seen.agent_groups["agents"].by_day
    offered, answered = (np.asarray(getattr(measured, name).mean) for name in ("offered", "answered"))
    judged = answered if target == "of answered" else offered
    level = over_the_month(measured.service_level.mean * judged) / over_the_month(judged)
    assert found.required_service_level[0, 0] == pytest.approx(level, rel=1e-9)
    assert level >= TARGETS[target].service_level
    lost = 1 - over_the_month(answered) / over_the_month(offered)
    assert found.required_abandonment[0, 0] == pytest.approx(lost, abs=1e-9)
    busy = over_the_month(group.busy_hours.mean) / over_the_month(group.staffed_hours.mean)
    assert found.required_occupancy[0, 0] == pytest.approx(busy, rel=1e-9)


@pytest.mark.parametrize("method", ["erlang-a", "transient", wfm.Simulation(replications=20, seed=4)])
def test_the_service_of_the_people_there_is_the_prediction_of_so_many_agents(method: object) -> None:
    target = TARGETS["80/20"]
    center = by_hand(target)
    plan = wfm.staff(center)
    found = wfm.budget(budgeted(target, people=8.0), predict_by=method)
    coverage = 8 * 40 * 30 / 7 / found.ladder.net_hours[0, 0]
    assert found.service.coverage[0, 0] == pytest.approx(coverage)
    seen = wfm.predict(center, wfm.StaffingPlan(center, plan.net * coverage), method)
    measured = seen.contact_types["contacts"].by_day
    offered, answered = (np.asarray(getattr(measured, name).mean) for name in ("offered", "answered"))
    level = over_the_month(measured.service_level.mean * offered) / over_the_month(offered)
    assert found.service.service_level[0, 0] == pytest.approx(level, rel=1e-9)
    lost = 1 - over_the_month(answered) / over_the_month(offered)
    assert found.service.abandonment[0, 0] == pytest.approx(lost, rel=1e-6)
    waited = over_the_month(np.nan_to_num(measured.average_speed_of_answer.mean) * answered) / over_the_month(answered)
    assert found.service.average_speed_of_answer[0, 0] == pytest.approx(waited, rel=1e-6)
    group = seen.agent_groups["agents"].by_day
    busy = over_the_month(group.busy_hours.mean) / over_the_month(group.staffed_hours.mean)
    assert found.service.occupancy[0, 0] == pytest.approx(busy, rel=1e-6)


def test_transient_takes_fractions_of_agents_through_the_night() -> None:
    target = TARGETS["80/20"]
    found = wfm.budget(budgeted(target, night=True, people=9.0), predict_by="transient").service
    center = by_hand(target, night=True)
    whole = wfm.staff(center).net
    agents = whole * found.coverage[0, 0]
    low, high = np.floor(agents), np.ceil(agents)
    parts = {float(part) for part in (agents - low).ravel()}
    assert len(parts) == 1  # every interval has the same contacts
    share = parts.pop()
    levels = [
        wfm.predict(center, wfm.StaffingPlan(center, net), "transient")
        .contact_types["contacts"]
        .by_day.service_level.mean
        for net in (low, high)
    ]
    mixed = (1 - share) * np.asarray(levels[0]) + share * np.asarray(levels[1])
    assert found.service_level[0, 0] == pytest.approx(over_the_month(mixed) / 30, rel=1e-9)
