"""Does staffing find the least plan that keeps every target, name what binds, and explain it?"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

import wfm
from wfm.queueing import ErlangA, ErlangC


def center(volumes=(20.0, 60.0, 40.0), target=None, handling=180.0, patience=120.0, **group) -> wfm.ContactCenter:
    return wfm.ContactCenter(
        wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, len(volumes)),
        {
            "calls": wfm.ContactType(
                tuple(volumes), handling=handling, patience=patience, target=target or wfm.Target(0.8, 20)
            )
        },
        {"team": wfm.AgentGroup(["calls"], **group)},
    )


def level_over_day(world: wfm.ContactCenter, net, method: str) -> float:
    plan = wfm.StaffingPlan(world, np.array(net, dtype=float))
    return wfm.predict(world, plan, method).total.service_level.mean


@pytest.mark.parametrize("method", ["erlang-c", "erlang-a"])
def test_a_requirement_is_the_formulas_own_in_every_interval(method):
    world = center(shrinkage=wfm.Shrinkage(planned={"breaks": 0.3}))
    needed = wfm.requirement(world, method)
    volume = np.array([20.0, 60.0, 40.0])
    queue = ErlangC(volume, 180, 1800) if method == "erlang-c" else ErlangA(volume, 180, 120, 1800)
    alone = queue.requirement(service_level=0.8, answer_within=20)
    assert needed.whole[0].tolist() == alone.whole.tolist()
    assert needed.fractional[0] == pytest.approx(alone.fractional)
    assert set(needed.binding[0]) == {"service_level"}
    kept = wfm.predict(world, needed.plan, method).total.by_interval.service_level.mean
    missed = wfm.predict(world, wfm.StaffingPlan(world, needed.whole - 1), method).total.by_interval.service_level.mean
    assert np.all(kept >= 0.8)
    assert np.all(missed < 0.8)


def test_hours_and_money_add_the_fractional_gross_never_the_whole_one():
    world = center((100.0,), shrinkage=wfm.Shrinkage(planned={"all": 0.3}), cost_per_hour=10.0, contract_hours=40.0)
    needed = wfm.requirement(world, "erlang-c")
    assert (needed.whole[0, 0], needed.plan.whole_gross[0, 0]) == (14, 20)
    assert needed.fractional[0, 0] == pytest.approx(13.04, abs=0.005)
    assert needed.unrounded_gross[0, 0] == pytest.approx(18.62, abs=0.005)
    assert needed.plan.paid_hours[0] == pytest.approx(14 / 0.7 / 2)
    assert needed.plan.cost == pytest.approx(14 / 0.7 / 2 * 10)
    assert needed.plan.fte == pytest.approx(14 / 0.7 / 2 / 40)


@pytest.mark.parametrize(("net", "share", "people"), [(9, 0.55, 20), (21, 0.30, 30), (14, 0.30, 20), (50, 0.35, 77)])
def test_whole_gross_is_exact_where_floating_point_is_not(net, share, people):
    assert wfm.Shrinkage(planned={"all": share}).whole_gross(np.array([net])).tolist() == [people]


def test_shrinkage_is_added_or_compounded():
    parts = {"a": 0.10, "b": 0.10, "c": 0.15}
    assert float(wfm.Shrinkage(planned=parts).total) == pytest.approx(0.35)
    assert float(wfm.Shrinkage(planned=parts, combine="compound").total) == pytest.approx(0.3115)
    for combine in ("sum", "compound"):
        shrinkage = wfm.Shrinkage(planned=parts, combine=combine)
        assert sum(part for _, part in shrinkage.waterfall()) == pytest.approx(float(shrinkage.total))


def test_the_occupancy_limit_binds_where_it_needs_more():
    world = wfm.ContactCenter(
        wfm.Horizon(datetime(2026, 1, 5, 8), 3600.0, 1),
        {"calls": wfm.ContactType(1000.0, handling=120.0, target=wfm.Target(0.8, 20))},
        {"team": wfm.AgentGroup(["calls"], max_occupancy=0.85)},
    )
    needed = wfm.requirement(world, "erlang-c")
    assert (needed.whole[0, 0], str(needed.binding[0, 0])) == (40, "max_occupancy")


def test_the_fewest_agents_of_a_group_hold_also_without_contacts():
    needed = wfm.requirement(center((0.0, 60.0), min_agents=2), "erlang-a")
    assert needed.whole[0, 0] == 2
    assert str(needed.binding[0, 0]) == "min_agents"


def test_an_abandonment_limit_alone_is_not_for_erlang_c():
    world = center(target=wfm.Target(max_abandonment=0.03))
    assert np.all(
        wfm.predict(world, wfm.staff(world, "erlang-a"), "erlang-a").total.by_interval.abandonment.mean <= 0.03
    )
    with pytest.raises(wfm.NotModelled, match="erlang-a"):
        wfm.staff(world, "erlang-c")


def test_without_a_target_nothing_is_required():
    with pytest.raises(wfm.InputError, match=r"contact_types\.calls\.target.*is missing"):
        wfm.staff(center(target=wfm.Target()), "erlang-a")


def test_a_method_with_a_typing_mistake_is_told_the_nearest():
    with pytest.raises(wfm.InputError, match="erlang-a"):
        wfm.staff(center(), "erlang_a")


def test_lines_that_can_never_keep_the_target_are_named():
    world = replace(center((60.0,)), routing=wfm.Routing(lines=3))
    with pytest.raises(wfm.InputError, match="3 lines"):
        wfm.staff(world, "erlang-a")


@pytest.mark.parametrize("method", ["erlang-c", "erlang-a"])
@pytest.mark.parametrize("volumes", [(4.0, 14.0, 8.0), (10.0, 10.0, 10.0), (1.0, 20.0, 3.0)])
def test_a_target_over_the_day_is_kept_with_as_few_agents_as_a_full_search_finds(method, volumes):
    world = center(volumes, wfm.Target(0.8, 20, per="day"), handling=300.0)
    found = wfm.requirement(world, method)
    assert level_over_day(world, found.whole, method) >= 0.8 - 1e-12
    load = np.array(volumes) * 300 / 1800
    lowest = [int(one) + 1 if method == "erlang-c" else 1 for one in load]
    fewest = min(
        sum(net)
        for net in itertools.product(*(range(low, low + 8) for low in lowest))
        if (sum(net) < found.whole.sum() and level_over_day(world, net, method) >= 0.8) or sum(net) == found.whole.sum()
    )
    # The greedy order is the cheapest one but for less than one piece of a curve at the end.
    assert found.whole.sum() <= fewest + 1


def test_a_day_target_needs_no_more_agents_than_one_for_every_interval():
    volumes = np.linspace(20, 150, 12)
    for method in ("erlang-c", "erlang-a"):
        each = wfm.requirement(center(volumes, wfm.Target(0.8, 20)), method).whole.sum()
        whole_day = wfm.requirement(center(volumes, wfm.Target(0.8, 20, per="day")), method).whole.sum()
        assert whole_day <= each


def test_an_explanation_shows_what_one_agent_less_would_miss():
    found = wfm.explain(center((100.0,)), "calls", 0, "erlang-c")
    assert (found.whole, found.offered_load) == (14, pytest.approx(10.0))
    by_agents = {one.agents: one for one in found.candidates}
    assert not by_agents[13].kept
    assert by_agents[14].kept
    assert by_agents[14].service_level == pytest.approx(0.888, abs=0.0005)
    assert by_agents[14].average_speed_of_answer == pytest.approx(7.8, abs=0.05)
    assert by_agents[14].occupancy == pytest.approx(0.714, abs=0.0005)
