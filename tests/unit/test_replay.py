"""Steps over time, and a replay: does it tell what the books of the engines tell, and nothing else?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import wfm
from wfm.measures.counts import BUSY, OVERTIME, STAFFED, column
from wfm.simulation.replay import Replay, Steps
from wfm.simulation.rules import Group

MONDAY = datetime(2026, 1, 5, 8)
EDGES = np.array([0.0, 3.0, 4.0, 10.0])


def centre(**described: object) -> wfm.ContactCenter:
    """Two types, a group of their own each and one that takes both; staffing that falls; more customers than agents."""
    calls = {"handling": 180, "patience": 90, "target": wfm.Target(0.8, 20)} | described
    return wfm.ContactCenter(
        horizon=wfm.Horizon(start=MONDAY, interval=1800.0, intervals=6),
        contact_types={
            "sales": wfm.ContactType(40.0, **calls),
            "service": wfm.ContactType(30.0, talk=200, after_contact_work=40, patience=60, target=wfm.Target(0.8, 30)),
        },
        agent_groups={
            "sellers": wfm.AgentGroup(["sales"], agents=[3, 4, 4, 2, 1, 3]),
            "helpers": wfm.AgentGroup(["service"], agents=3),
            "both": wfm.AgentGroup(
                {"sales": wfm.Skill(rank=2), "service": wfm.Skill(rank=2)}, agents=[0, 2, 2, 2, 2, 2]
            ),
        },
    )


@pytest.fixture(scope="module")
def replayed() -> Replay:
    return wfm.replay(centre(), method=wfm.Simulation(seed=5), replication=3)


# ---- steps


def test_steps_hold_from_their_start_up_to_their_end() -> None:
    steps = Steps.of(starts=np.array([1.0, 1.0, 4.0]), ends=np.array([2.0, 4.0, 6.0]))
    assert steps.times.tolist() == [1, 2, 6]
    assert steps.values.tolist() == [2, 1, 0]
    assert steps.at(np.array([0.0, 1.0, 1.9, 2.0, 4.0, 6.0, 7.0])).tolist() == [0, 2, 2, 1, 1, 0, 0]


def test_the_most_and_the_mean_between_edges_are_those_of_the_steps() -> None:
    steps = Steps.of(starts=np.array([1.0, 2.0]), ends=np.array([3.5, 3.0]))
    assert steps.most(EDGES).tolist() == [2, 1, 0]
    assert steps.mean(EDGES).tolist() == pytest.approx([3 / 3, 0.5 / 1, 0])


def test_a_value_from_before_an_edge_counts_at_it() -> None:
    steps = Steps.of(starts=np.array([0.5]), ends=np.array([9.0]))
    assert steps.most(EDGES).tolist() == [1, 1, 1]


def test_nothing_at_all_is_nothing_everywhere() -> None:
    nothing = np.zeros(0)
    assert Steps.of(nothing, nothing).most(EDGES).tolist() == [0, 0, 0]
    assert Steps.of(nothing, nothing).mean(EDGES).tolist() == [0, 0, 0]


@given(arrays(np.int64, st.integers(0, 12), elements=st.integers(0, 9)), st.data())
def test_steps_equal_a_count_of_the_spans_at_each_time(starts: np.ndarray, data: st.DataObject) -> None:
    lengths = data.draw(arrays(np.int64, len(starts), elements=st.integers(0, 6)))
    steps = Steps.of(starts.astype(float), (starts + lengths).astype(float))
    times = np.arange(0, 16, 0.5)
    counted = [int(np.sum((starts <= time) & (time < starts + lengths))) for time in times]
    assert steps.at(times).tolist() == counted
    assert np.all(np.diff(steps.times) > 0)
    # On a grid of halves, spans of whole lengths take their mean and their most at the grid's points.
    edges = np.array([0.0, 4.0, 9.0, 15.5])
    cells = [(times >= low) & (times < high) for low, high in pairwise(edges)]
    assert steps.most(edges).tolist() == [max(np.array(counted)[cell]) for cell in cells]
    assert steps.mean(edges) == pytest.approx([np.mean(np.array(counted)[cell]) for cell in cells])


# ---- a replay


def test_the_queue_over_time_holds_the_waiting_that_was_booked(replayed: Replay) -> None:
    horizon = replayed.center.horizon
    booked = replayed.counted("queue_time") / 1e6
    for k, steps in enumerate(replayed.waiting.values()):
        assert steps.mean(horizon.edges) * horizon.interval == pytest.approx(booked[k], abs=1e-3)
    assert booked.sum() > 1000
    together = replayed.all_waiting.mean(horizon.edges) * horizon.interval
    assert together == pytest.approx(booked.sum(axis=0), abs=1e-3)


def test_busy_agents_over_time_are_those_that_were_booked(replayed: Replay) -> None:
    horizon = replayed.center.horizon
    for g, steps in enumerate(replayed.busy.values()):
        assert steps.mean(horizon.edges) == pytest.approx(replayed.mean_busy[g], abs=1e-6)
        booked = replayed.books.times[0, g, :-1, BUSY] / 1e6
        assert steps.mean(horizon.edges) * horizon.interval == pytest.approx(booked, abs=1e-3)


def test_agents_on_duty_are_the_staffed_ones_less_those_who_finish_late(replayed: Replay) -> None:
    times = replayed.books.times[0, :, :-1]
    interval = replayed.center.horizon.interval
    assert (times[..., STAFFED] - times[..., OVERTIME]) / 1e6 / interval == pytest.approx(replayed.on_duty)
    assert times[..., OVERTIME].sum() > 0


def test_late_answers_longest_waits_and_queues_agree_with_the_counts(replayed: Replay) -> None:
    answered, within = (replayed.counted(name).sum() for name in ("answered", "answered_within"))
    assert replayed.answered_late().sum() == answered - within > 0
    worst = replayed.worst(10)
    assert len(worst) == 10
    assert np.all(np.diff(replayed.wait[worst]) <= 0)
    assert replayed.wait[worst[0]] == np.nanmax(replayed.longest_wait) == replayed.wait.max()
    assert replayed.longest_queue.max() == replayed.all_waiting.values.max()
    rows = np.bincount(replayed.interval, minlength=6)
    assert rows.tolist() == replayed.counted("offered").sum(axis=0).tolist()


def test_a_replication_replayed_alone_is_the_one_of_the_run(replayed: Replay) -> None:
    method = wfm.Simulation(replications=5, seed=5)
    log = wfm.contact_log(centre(), method=method)
    assert replayed.contacts.equals(log.filter(log["replication"] == 3))
    assert not replayed.contacts.equals(wfm.replay(centre(), method=method, replication=4).contacts)


def test_both_engines_replay_the_same(replayed: Replay) -> None:
    other = wfm.replay(centre(), method=wfm.Simulation(seed=5, engine="reference"), replication=3)
    assert other.contacts.equals(replayed.contacts)
    assert np.array_equal(other.on_duty, replayed.on_duty)
    for part, one in zip(other.books, replayed.books, strict=True):
        assert np.array_equal(part, one)


def test_a_replay_of_strata_is_the_stratified_one() -> None:
    busy_days = centre(day_factor=wfm.Gamma(cv=0.4))
    stratified = wfm.Simulation(replications=32, seed=5, stratified=True)
    log = wfm.contact_log(busy_days, method=stratified)
    day = wfm.replay(busy_days, method=stratified, replication=17)
    assert day.contacts.equals(log.filter(log["replication"] == 17))
    plain = wfm.replay(busy_days, method=wfm.Simulation(seed=5), replication=17)
    assert not plain.contacts.equals(day.contacts)


def test_nobody_waits_where_there_are_agents_enough() -> None:
    plan = wfm.StaffingPlan(centre(), np.full((3, 6), 60.0))
    day = wfm.replay(centre(), plan)
    assert len(day.worst()) == 0
    assert not day.longest_queue.any()
    assert day.counted("answered").sum() == len(day.log.arrival)


@pytest.mark.parametrize("replication", [-1, 1.5, True, 2**40, "17"])
def test_there_is_no_such_replication(replication: object) -> None:
    with pytest.raises(wfm.InputError, match="replication"):
        wfm.replay(centre(), replication=replication)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["erlang-a", wfm.Transient()])
def test_a_formula_has_no_contacts(method: object) -> None:
    with pytest.raises(wfm.InputError, match="a formula has no contacts"):
        wfm.replay(centre(), method=method)
    with pytest.raises(wfm.InputError, match="a formula has no contacts"):
        wfm.contact_log(centre(), method=method)


def test_the_best_rank_is_told_from_the_log(replayed: Replay) -> None:
    best = replayed.books.counts[0, :, :, column("answered_by_best")].sum(axis=1)
    own = [np.sum((replayed.log.contact_type == k) & (replayed.log.agent_group == k)) for k in (0, 1)]
    assert best.tolist() == own


class WorstGroupFirst(wfm.RoutingRule):
    """Contacts go to the last group that can take them."""

    def choose_group(self, contact: object, groups: Sequence[Group]) -> Group:
        return groups[-1]


def test_a_rule_of_ones_own_is_replayed_and_logged() -> None:
    own = wfm.Simulation(replications=2, seed=5, engine="reference", rule=WorstGroupFirst)
    log = wfm.contact_log(centre(), method=own)
    day = wfm.replay(centre(), method=own, replication=1)
    assert day.contacts.equals(log.filter(log["replication"] == 1))
    by_all = [np.sum(day.log.agent_group == 2), np.sum(wfm.replay(centre(), replication=1).log.agent_group == 2)]
    assert by_all[0] > by_all[1]
