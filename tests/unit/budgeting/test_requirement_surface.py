"""Does the surface say what the engine says, at its grid points and between them?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import wfm
from wfm.budgeting.demand import demand_of
from wfm.budgeting.requirement import required_of, requirements_of
from wfm.budgeting.requirement_surface import Extremes, Span, queue_hours, surfaces
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Team
from wfm.model.budget.periods import Calendar
from wfm.model.budget.varied import budget_varied
from wfm.model.center import AgentGroup, ContactType, Target
from wfm.model.variation import Change
from wfm.queueing import ErlangA, ErlangC

LIMITS = [
    ("erlang-a", {"service_level": 0.8}, None),
    ("erlang-a", {"service_level": 0.9, "max_abandonment": 0.02}, 0.85),
    ("erlang-a", {"max_average_speed_of_answer": 30.0}, None),
    ("erlang-c", {"service_level": 0.8}, 0.88),
]


@pytest.mark.parametrize(("formula", "limits", "occupancy"), LIMITS)
def test_it_is_exact_at_its_grid_points_and_hardly_off_between_them(formula, limits, occupancy) -> None:
    described = ContactType(volume=1.0, handling=100.0, patience=150.0, target=Target(**limits))
    span = Span(described, AgentGroup(["queue"], max_occupancy=occupancy), 1800.0, (2.0, 400.0), (200.0, 400.0))
    [surface] = surfaces([span], formula)
    asked = {"answer_within": 20.0, **limits} | ({} if occupancy is None else {"max_occupancy": occupancy})

    def exact(volume: np.ndarray, aht: np.ndarray):
        if formula == "erlang-c":
            return ErlangC(volume=volume, handling_time=aht, interval=1800).requirement(**asked)
        return ErlangA(volume=volume, handling_time=aht, patience=150, interval=1800).requirement(**asked)

    rng = np.random.default_rng(1)
    rows, columns = rng.integers(len(surface.volumes), size=300), rng.integers(len(surface.ahts), size=300)
    at = surface.volumes[rows], surface.ahts[columns]
    assert surface.unrounded(*at) == pytest.approx(exact(*at).fractional, rel=1e-9)
    assert surface.whole(*at).tolist() == exact(*at).whole.tolist()
    between = np.exp(rng.uniform(np.log(2), np.log(400), 3000)), rng.uniform(200, 400, 3000)
    off = surface.unrounded(*between) / exact(*between).fractional - 1
    assert np.sqrt(np.mean(off**2)) < 5e-4
    assert np.mean(surface.whole(*between) != exact(*between).whole) < 0.005


def budget_of(target: dict | None = None, profile: dict | None = None) -> wfm.Budget:
    """Two contact types of one queue, with AHTs and days that differ, and one of another."""
    promised = Target(service_level=0.8, **(target or {}))
    calls = Demand(aht=300, volume=[30_000, 36_000], patience=150, target=promised, opening={"Mon-Sat": "08:00-18:00"},
                   profile=profile or {})  # fmt: skip
    sales = Demand(aht=500, volume=9000, patience=150, target=promised, opening={"Mon-Fri": "09:00-17:00"})
    chat = Demand(aht=600, volume=8000, channel="chat", pace=1.5, patience=240, target=promised)
    teams = {
        "north": Team({"calls": 0.6, "sales": 1.0}, 37.5, pool="voice"),
        "south": Team({"calls": 0.4}, 37.5, pool="voice"),
        "chat": Team(["chat"], 37.5, min_agents=2),
    }
    return wfm.Budget(Calendar(date(2027, 1, 1), 2), {"calls": calls, "sales": sales, "chat": chat}, teams)


def moved(budget: wfm.Budget, method: str = "erlang-a", draws: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """float64[draws, queues, periods], net hours by the surface and by the engine, over those of the budget."""
    rng, types = np.random.default_rng(7), len(budget.contact_types)
    volume, aht = rng.uniform(0.7, 1.4, (draws, types, 2)), rng.uniform(0.85, 1.2, (draws, types, 1))
    demand = demand_of(budget)
    required = required_of(budget, demand, method)
    low, high = np.full(types, 0.7), np.full(types, 1.4)
    hours = queue_hours(budget, demand, required, Extremes((low, high), (low, high)))
    worlds = [
        budget_varied(
            budget,
            [Change(f"contact_types.{name}.volume", "factor", volume[i, k].tolist())
             for k, name in enumerate(budget.contact_types)]
            + [Change(f"contact_types.{name}.aht", "factor", float(aht[i, k, 0]))
               for k, name in enumerate(budget.contact_types)],
        )
        for i in range(draws)
    ]  # fmt: skip
    exact = requirements_of(worlds, [demand_of(one) for one in worlds], method)
    budgeted = np.array([one.net_hours for one in required.queues])
    found = [one.hours(volume, aht)[0] for one in hours]
    return np.stack(found, axis=1) / budgeted, np.array([[q.net_hours for q in one.queues] for one in exact]) / budgeted


PROFILE = {"Mon-Sat": [0] * 16 + [1, 2, 4, 6, 7, 7, 6, 5, 4, 5, 6, 6, 5, 4, 3, 2, 2, 1, 1, 1] + [0] * 12}


@pytest.mark.parametrize("method", ["erlang-a", "erlang-c"])
def test_hours_of_other_volumes_and_ahts_are_the_engines_each_type_with_its_own(method: str) -> None:
    found, exact = moved(budget_of(profile=PROFILE), method)
    assert exact.std() > 0.1
    assert found == pytest.approx(exact, rel=0.002)


def test_where_all_intervals_are_alike_whole_agents_are_kept() -> None:
    # One agent more in all intervals at once: what a smooth surface would miss by several percent.
    found, exact = moved(budget_of())
    assert found == pytest.approx(exact, rel=0.002)


def test_targets_over_the_day_move_as_those_per_interval() -> None:
    found, exact = moved(budget_of({"per": "day"}, PROFILE), draws=6)
    off = found / exact - 1
    assert np.sqrt(np.mean(off**2)) < 0.02
    assert abs(off.mean()) < 0.01


def test_what_does_not_differ_changes_nothing() -> None:
    budget = budget_of()
    demand = demand_of(budget)
    required = required_of(budget, demand, "erlang-a")
    ones = np.ones(3)
    for one in queue_hours(budget, demand, required, Extremes((ones, ones), (ones, ones))):
        same, _ = one.hours(np.ones((2, 3, 2)), np.ones((2, 3, 1)))
        assert np.array_equal(same, np.broadcast_to(one.required.net_hours, (2, 2)))


def test_a_queue_without_contacts_keeps_its_hours() -> None:
    budget = budget_of()
    none = {name: replace(one, volume=0.0) for name, one in budget.contact_types.items()}
    budget = replace(budget, contact_types=none)
    demand = demand_of(budget)
    required = required_of(budget, demand, "erlang-a")
    ones = np.ones(3)
    voice, chat = queue_hours(budget, demand, required, Extremes((ones, ones), (ones, ones)))
    assert voice.hours(np.ones((2, 3, 2)), np.ones((2, 3, 1)))[0].tolist() == [[0, 0], [0, 0]]
    # Two agents are kept there around the clock.
    assert chat.hours(np.ones((1, 3, 2)), np.ones((1, 3, 1)))[0].tolist() == [[2 * 24 * 31, 2 * 24 * 28]]


def test_a_period_without_an_open_day_requires_nothing() -> None:
    calls = Demand(aht=300, volume=[9000, 0, 8000], patience=150, target=Target(service_level=0.8),
                   opening={"Mon-Fri": "08:00-18:00"})  # fmt: skip
    february = [date(2027, 2, day) for day in range(1, 29)]
    calendar = Calendar(date(2027, 1, 1), 3, closed=february)
    budget = wfm.Budget(calendar, {"calls": calls}, {"team": Team(["calls"], 37.5)})
    demand = demand_of(budget)
    required = required_of(budget, demand, "erlang-a")
    [hours] = queue_hours(budget, demand, required, Extremes((np.array([1.0]),) * 2, (np.array([1.0]),) * 2))
    net, unrounded = hours.hours(np.ones((1, 1, 3)), np.ones((1, 1, 1)))
    assert net[0] == pytest.approx(required.net_hours[0])
    assert unrounded[0] == pytest.approx(required.unrounded_net_hours[0])
    assert net[0, 1] == 0
