"""Batch means: is one long run cut as asked, its batches the sample, and a centre that changes refused by name?"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from wfm.errors import InputError
from wfm.measures.counts import COUNTS, TIMES
from wfm.measures.definitions import COLUMNS
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Experiment, Skill
from wfm.model.horizon import Horizon
from wfm.model.laws import Exponential, Gamma
from wfm.model.shrinkage import Shrinkage
from wfm.simulation import compiled
from wfm.simulation.lowering import lower
from wfm.simulation.run import Simulation, simulate

HOUR = 3600.0


def steady(intervals: int = 104) -> ContactCenter:
    """Two types that share a group, the same hour for ever; 104 hours are more than four days."""
    horizon = Horizon(datetime(2026, 1, 5), HOUR, intervals)
    types = {"a": ContactType(40, handling=180.0, patience=120.0), "b": ContactType(20, handling=240.0)}
    groups = {
        "both": AgentGroup({"a": Skill(), "b": Skill()}, agents=2, cost_per_hour=10.0),
        "only a": AgentGroup({"a": Skill(rank=2)}, agents=2, cost_per_hour=10.0),
    }
    return ContactCenter(horizon, types, groups, experiment=Experiment(seed=3))


@pytest.mark.parametrize("known", [False, True])
def test_the_horizon_is_what_remains_and_its_batches_the_sample(known):
    """By hand from the run's own counts: 4 hours of warm-up, 20 batches of 5 hours."""
    center = steady()
    seen = simulate(center, center.plan, Simulation(seed=3, warm_up=4 * HOUR, control_variate=known))
    counts, times, _ = compiled.run(lower(center, center.plan, center.experiment), 3, 0, 1, False)
    batches = counts[0].sum(axis=0)[4:].reshape(20, 5, len(COUNTS)).sum(axis=1)
    within, offered = (batches[:, COUNTS.index(name)].astype(float) for name in ("answered_within", "offered"))
    value = within.sum() / offered.sum()
    error = np.std(within - value * offered, ddof=1) / math.sqrt(20) / offered.mean()
    assert (seen.replications, seen.batches, seen.contacts.n) == (1, 20, 20)
    assert seen.totals.shape == (20, 3, len(COLUMNS))
    assert seen.totals[:, -1, 0].tolist() == offered.tolist()
    busy = times[0, 0, 4:104, TIMES.index("busy")].sum() / 1e6 / 3600
    assert seen.agent_groups["both"].busy_hours.mean == pytest.approx(busy)
    if known:
        assert seen.total.offered.mean == pytest.approx(6000)
        assert seen.total.offered.half_width == 0
        assert seen.variance_reduction.without == pytest.approx(2.093024054 * error, rel=1e-6)
    else:
        assert seen.total.offered.mean == offered.sum()
        assert seen.total.offered.half_width == pytest.approx(2.093024054 * np.std(offered, ddof=1) * math.sqrt(20))
        assert seen.total.service_level.mean == pytest.approx(value)
        assert seen.total.service_level.half_width == pytest.approx(2.093024054 * error, rel=1e-6)
        assert seen.variance_reduction is None


def test_the_warm_up_is_left_out_and_an_interval_has_no_half_width():
    center = steady()
    seen = simulate(center, center.plan, Simulation(warm_up=4 * HOUR, batches=20))
    by_interval = seen.total.by_interval
    assert by_interval.offered.mean[:4].tolist() == [0] * 4
    assert np.all(np.isnan(by_interval.service_level.mean[:4]))
    assert np.all(by_interval.offered.mean[4:] > 0)
    for measured in (by_interval, seen.total.by_day):
        for name in ("offered", "service_level", "mean_queue", "days_met"):
            assert np.all(np.isnan(getattr(measured, name).half_width))
    assert seen.total.by_day.offered.mean.sum() == pytest.approx(seen.total.offered.mean)
    assert seen.total.wait_percentiles is None
    assert seen.cost.mean == pytest.approx(4 * 100 * 10)
    # What is finished after the end belongs to no run without end.
    assert seen.agent_groups["both"].staffed_hours.mean == pytest.approx(200)


def test_without_a_warm_up_all_intervals_count():
    center = steady(100)
    seen = simulate(center, center.plan, Simulation(batches=10))
    plain = simulate(center, center.plan, Simulation(1))
    assert seen.total.offered.mean == plain.total.offered.mean
    assert seen.total.service_level.mean == plain.total.service_level.mean
    assert math.isnan(plain.total.service_level.half_width)
    assert seen.total.service_level.half_width > 0


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ({"warm_up": 5000.0}, r"warm_up: must be a multiple of the interval, 3600 seconds \(found 5000"),
        ({"warm_up": 100 * HOUR}, "warm_up: must leave at least 20 of the 104 intervals"),
        ({"batches": 105}, "warm_up: must leave at least 105 of the 104 intervals"),
    ],
)
def test_a_cut_that_does_not_come_out_even_is_refused(method, message):
    center = steady()
    with pytest.raises(InputError, match=message):
        simulate(center, center.plan, Simulation(**method))


def test_everything_that_does_not_go_with_batches_is_named_at_once():
    with pytest.raises(InputError) as caught:
        Simulation(5, batches=9, stratified=True, warm_up=-1.0)
    assert [one.where for one in caught.value.faults] == ["warm_up", "batches", "replications", "stratified"]


def _with_type(center: ContactCenter, **changes: object) -> ContactCenter:
    return replace(center, contact_types={**center.contact_types, "a": replace(center.contact_types["a"], **changes)})


def _with_group(center: ContactCenter, **changes: object) -> ContactCenter:
    return replace(
        center, agent_groups={**center.agent_groups, "both": replace(center.agent_groups["both"], **changes)}
    )


CHANGING = [1.0] * 103 + [2.0]
NOT_STATIONARY = {
    "horizon.opening": lambda c: replace(c, horizon=replace(c.horizon, opening={"Mon": "08:00-12:00"})),
    "horizon.day_factor": lambda c: replace(c, horizon=replace(c.horizon, day_factor=Gamma(cv=0.1))),
    "contact_types.a.volume": lambda c: _with_type(c, volume=CHANGING),
    "contact_types.a.handling": lambda c: _with_type(c, handling=Exponential(CHANGING)),
    "contact_types.a.patience": lambda c: _with_type(c, patience=Exponential(9.0, at_zero=[0.1] * 103 + [0.0])),
    "contact_types.a.day_factor": lambda c: _with_type(c, day_factor=Gamma(cv=0.1)),
    "contact_types.a.opening": lambda c: _with_type(c, opening={"Mon-Sun": "08:00-12:00"}),
    "agent_groups.both.agents": lambda c: _with_group(c, agents=2.5),
    "agent_groups.both.shrinkage.random": lambda c: _with_group(
        c, shrinkage=Shrinkage(unplanned={"sickness": 0.1}, random=("sickness",))
    ),
}


@pytest.mark.parametrize("where", NOT_STATIONARY)
def test_a_centre_that_changes_is_refused_by_the_key_that_changes_it(where):
    center = NOT_STATIONARY[where](steady())
    with pytest.raises(InputError) as caught:
        simulate(center, center.plan, Simulation(warm_up=4 * HOUR))
    assert where in [one.where for one in caught.value.faults]


def test_agents_that_change_are_refused():
    center = _with_group(steady(), agents=[2.0] * 52 + [3.0] * 52)
    with pytest.raises(InputError, match=r"agent_groups\.both\.agents: change by interval"):
        simulate(center, center.plan, Simulation(warm_up=4 * HOUR))
