"""Is the plan by transient the least one: no target missed, no agent to spare, none fewer by trying every plan?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import product

import numpy as np
import pytest

import wfm
from wfm.errors import InputError

VOLUMES = {"rise": (6.0, 18.0, 30.0, 24.0), "fall": (30.0, 22.0, 8.0, 3.0), "peak": (4.0, 26.0, 6.0, 12.0)}
TARGETS = {
    "80/20": wfm.Target(service_level=0.8, answer_within=20.0),
    "90/60 of answered": wfm.Target(service_level=0.9, answer_within=60.0, definition="answered_of_answered"),
    "3 % abandoned": wfm.Target(max_abandonment=0.03),
    "ASA of 10 s": wfm.Target(max_average_speed_of_answer=10.0),
    "80/20 over the day": wfm.Target(service_level=0.8, answer_within=20.0, per="day"),
}


def centre(volume: tuple[float, ...], target: wfm.Target, **group) -> wfm.ContactCenter:
    kind = wfm.ContactType(volume=volume, handling=420.0, patience=240.0, target=target)
    return wfm.ContactCenter(
        horizon=wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, len(volume)),
        contact_types={"calls": kind},
        agent_groups={"team": wfm.AgentGroup(skills=["calls"], **group)},
    )


def is_kept(center: wfm.ContactCenter, agents: np.ndarray) -> bool:
    seen = wfm.predict(center, wfm.StaffingPlan(center, agents), method="transient")
    target = center.contact_types["calls"].target
    cells = seen.total if target.per == "day" else seen.total.by_interval
    kept = True
    if target.service_level is not None:
        kept = kept and bool(np.all(np.asarray(cells.service_level.mean) >= target.service_level - 1e-11))
    if target.max_abandonment is not None:
        kept = kept and bool(np.all(np.asarray(cells.abandonment.mean) <= target.max_abandonment + 1e-11))
    if target.max_average_speed_of_answer is not None:
        limit = target.max_average_speed_of_answer
        kept = kept and bool(np.all(np.asarray(cells.average_speed_of_answer.mean) <= limit + 1e-9))
    limit = center.agent_groups["team"].max_occupancy
    if limit is not None:
        kept = kept and bool(np.all(seen.agent_groups["team"].by_interval.occupancy.mean <= limit + 1e-11))
    return kept


@pytest.mark.parametrize("volume", VOLUMES)
@pytest.mark.parametrize("target", TARGETS)
def test_no_plan_of_fewer_agents_keeps_the_target(volume: str, target: str) -> None:
    center = centre(VOLUMES[volume], TARGETS[target])
    least = wfm.staff(center, method="transient").net[0]
    assert is_kept(center, least)
    # Whoever would find a smaller plan would find it near this one.
    near = [range(max(0, int(n) - 2), int(n) + 2) for n in least]
    for agents in product(*near):
        if sum(agents) < least.sum():
            assert not is_kept(center, np.array(agents, dtype=np.float64)), (agents, least)


@pytest.mark.parametrize(
    "changes",
    [{"max_occupancy": 0.75}, {"min_agents": 3}],
    ids=["occupancy", "fewest agents"],
)
def test_every_agent_is_needed_on_a_longer_day(changes: dict[str, float]) -> None:
    volume = (5.0, 9.0, 16.0, 24.0, 30.0, 28.0, 22.0, 24.0, 26.0, 18.0, 12.0, 7.0)
    center = centre(volume, TARGETS["80/20"], **changes)
    found = wfm.requirement(center, method="transient")
    least = found.plan.net[0]
    assert is_kept(center, least)
    for i, agents in enumerate(least):
        fewer = least.copy()
        fewer[i] -= 1
        assert agents == changes.get("min_agents", 0) or not is_kept(center, fewer), i
        if agents == changes.get("min_agents"):
            assert found.binding[0, i] in ("min_agents", "service_level")
    assert (least >= changes.get("min_agents", 0)).all()


def test_a_busy_start_costs_agents_that_erlang_a_does_not_see() -> None:
    # Erlang A takes each half hour as if it had always been so; really the first ones start empty, and a queue is
    # carried into the fall.
    center = centre(VOLUMES["peak"], TARGETS["80/20"])
    by_interval = wfm.staff(center, method="erlang-a").net[0]
    over_time = wfm.staff(center, method="transient").net[0]
    assert not is_kept(center, by_interval)
    assert (over_time != by_interval).any()


def test_a_target_that_the_lines_do_not_allow_is_told() -> None:
    center = replace(centre(VOLUMES["rise"], TARGETS["80/20"]), routing=wfm.Routing(lines=4))
    with pytest.raises(InputError, match="lines"):
        wfm.staff(center, method="transient")


def test_days_and_closed_hours_are_staffed_each_for_itself() -> None:
    volume = np.tile(np.array([0.0] * 16 + [10, 20, 30, 20, 10, 4] + [0.0] * 26), 2)
    center = replace(
        centre(tuple(volume), replace(TARGETS["80/20"], per="day")),
        horizon=wfm.Horizon(datetime(2026, 1, 5), 1800.0, 96, opening={"Mon-Fri": "08:00-11:00"}),
    )
    net = wfm.staff(center, method="transient").net[0]
    assert net[:48].tolist() == net[48:].tolist()
    assert not net[:16].any()
    assert not net[22:48].any()
    by_day = wfm.predict(center, wfm.StaffingPlan(center, net), method="transient").total.by_day
    assert (by_day.service_level.mean >= 0.8).all()
