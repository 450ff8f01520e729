"""Asking: each case has the figures that its world has by itself, and its changes are those of a comparison."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import wfm
from wfm.comparison.compare import difference
from wfm.simulation.lowering import Kept, lower
from wfm.sweeps.asking import Asker
from wfm.sweeps.figures import MEASURES, PREDICTED, REQUIRED, target_probability
from wfm.sweeps.question import power_of_one, question

VARIATIONS = {"volume": "*0.9,1.1", "aht": "+15s", "shrinkage": "+5pt", "agents": "+1"}
SCENARIOS = (
    "after_contact_work", "balking", "closing_carry", "closing_drop", "contact_rank", "day_factor", "laws",
    "least_occupied", "lines", "longest_waiting", "multi_skill_days", "overflow_delay", "priority", "random_absence",
    "reserve", "specialist_first", "two_languages", "two_queues", "w2_day", "weighted_wait",
)  # fmt: skip


def asked(name="two_queues", variations=None, replications=10, **told):
    center = wfm.load(wfm.example(name))
    center = replace(center, experiment=replace(center.experiment, replications=replications))
    told = {"design": "one_at_a_time", "ask": ("predict",), **told}
    return question(center, variations or VARIATIONS, **told)


def row(table, number, contact_type=None):
    ours = table.filter((table["case"] == number) & table["contact_type"].eq_missing(contact_type))
    return ours.row(0, named=True)


def parts(value, name=""):
    """Every array of nested tuples, by name."""
    if not hasattr(value, "_fields"):
        yield name, value
        return
    for field in value._fields:
        yield from parts(getattr(value, field), f"{name}.{field}")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_case_that_shares_parts_with_the_base_is_lowered_as_if_it_were_alone(name):
    sweep, kept = asked(name), Kept()
    for number in [*range(len(sweep)), 0]:
        center, plan = sweep.world(number)
        shared = dict(parts(lower(center, plan, center.experiment, 1, kept)))
        for field, alone in parts(lower(center, plan, center.experiment)):
            assert np.array_equal(alone, shared[field]), (number, field)
            assert np.asarray(alone).dtype == np.asarray(shared[field]).dtype


def test_what_a_case_does_not_change_is_lowered_once():
    sweep, kept = asked("w2_day"), Kept()
    base, more, longer = (
        lower(center, plan, center.experiment, 1, kept) for center, plan in map(sweep.world, (0, 1, 3))
    )
    assert more.tables is base.tables
    assert more.talk.scale is base.talk.scale
    assert longer.tables.coefficients is base.tables.coefficients
    assert longer.talk.scale is not base.talk.scale
    assert longer.routes is base.routes


METHODS = {
    "plain": ("two_queues", wfm.Simulation()),
    "controlled": ("two_queues", wfm.Simulation(control_variate=True)),
    "stratified": ("day_factor", wfm.Simulation(replications=64, stratified=True)),
    "until": ("two_queues", wfm.Simulation(until="service_level +- 2pt")),
    "batches": ("w1_stationary", wfm.Simulation(warm_up=3600.0, batches=10)),
    "reference": ("textbook", wfm.Simulation(replications=3, engine="reference")),
    "skills": ("two_languages", wfm.Simulation()),
    "transient": ("textbook", wfm.Transient(discipline="preemptive")),
    "erlang-a": ("two_queues", "erlang-a"),
    "erlang-c": ("two_queues", "erlang-c"),
}


@pytest.mark.parametrize("kind", METHODS)
def test_the_figures_of_a_case_are_those_of_its_prediction(kind):
    name, method = METHODS[kind]
    sweep = asked(name, {"volume": "*1.1"}, method=method)
    table, base = Asker(sweep).rows(0, 2), wfm.predict(*sweep.world(0), method)
    seen = wfm.predict(*sweep.world(1), method)
    changes = difference(base, seen)
    assert list(table.columns) == ["case", "contact_type", *PREDICTED, *REQUIRED, "fault"]
    for contact_type, measured in [(None, seen.total), *seen.contact_types.items()]:
        found = row(table, 1, contact_type)
        for measure in (*MEASURES, "days_met"):
            same(found[measure], getattr(measured, measure).mean)
            same(found[f"{measure}_half_width"], getattr(measured, measure).half_width)
        for count in ("offered", "answered", "abandoned", "blocked"):
            same(found[count], getattr(measured, count).mean)
        for measure, change in (
            changes.measures if contact_type is None else changes.contact_types[contact_type]
        ).items():
            same(found[f"{measure}_change"], change.mean)
            same(found[f"{measure}_change_half_width"], change.half_width)
    found, groups = row(table, 1), list(seen.agent_groups.values())
    busy, staffed = (sum(getattr(group, name).mean for group in groups) for name in ("busy_hours", "staffed_hours"))
    same(found["occupancy"], busy / staffed)
    if len(groups) == 1:
        same(found["occupancy_half_width"], groups[0].occupancy.half_width)
    same(found["paid_hours"], seen.plan.paid_hours.sum())
    assert (found["replications"], found["overloaded"]) == (seen.replications, bool(seen.overloaded.any()))
    assert table["fault"].null_count() == len(table)


def same(found, expected):
    if found is None:
        assert np.isnan(expected)
    else:
        assert found == pytest.approx(float(expected), rel=1e-9, abs=1e-12)


def test_the_baseline_differs_from_itself_by_nothing():
    for method in ("simulation", "erlang-a"):
        table = Asker(asked("two_queues", {"volume": "*1"}, method=method)).rows(0, 2)
        changes = table.select([name for name in table.columns if name.endswith("_change") and name != "cost_change"])
        assert set(changes.drop_nulls(changes.columns[0]).fill_null(0.0).to_numpy().ravel()) == {0.0}


def priced(replications=50, **group):
    """Half hours of one queue whose agents cost 20 an hour, three tenths of them absent at random."""
    center = wfm.load(wfm.example("random_absence"))
    groups = {name: replace(one, cost_per_hour=20.0, contract_hours=40.0) for name, one in center.agent_groups.items()}
    return replace(center, agent_groups=groups, experiment=replace(center.experiment, replications=replications))


def test_costs_hours_and_their_changes():
    center = priced()
    sweep = question(center, {"agents": "+1"}, ask=("predict", "staff"))
    table, (base, seen) = Asker(sweep).rows(0, 2), (wfm.predict(*sweep.world(n)) for n in (0, 1))
    found, needed = row(table, 1), wfm.requirement(center)
    same(found["cost"], seen.cost.mean)
    same(found["cost_half_width"], seen.cost.half_width)
    same(found["cost_change"], seen.cost.mean - base.cost.mean)
    # Overtime is the same people on the same days: the difference is surer than either side.
    assert 0 <= found["cost_change_half_width"] < np.hypot(base.cost.half_width, seen.cost.half_width)
    same(found["cost_per_contact"], seen.cost.mean / seen.total.answered.mean)
    same(found["fte"], seen.plan.fte)
    same(found["net_hours"], seen.plan.net.sum() * center.horizon.interval / 3600)
    same(found["required_hours"], needed.plan.paid_hours.sum())
    same(found["required_hours_unrounded"], needed.unrounded_hours)
    same(found["required_cost"], needed.plan.cost)
    same(found["required_fte"], needed.plan.fte)
    assert found["required_peak"] == needed.plan.whole_gross.sum(axis=0).max()
    assert found["required_hours_change"] == found["required_peak_change"] == 0


def test_cost_predicts_the_plan_that_each_case_requires():
    sweep = question(priced(), {"volume": "*1.2"}, ask=("cost",), method="erlang-a")
    center, _ = sweep.world(1)
    plan = wfm.staff(center, "erlang-a")
    found = row(Asker(sweep).rows(0, 2), 1)
    same(found["paid_hours"], plan.paid_hours.sum())
    same(found["cost"], plan.cost)
    same(found["service_level"], wfm.predict(center, plan, "erlang-a").total.service_level.mean)
    assert found["required_hours_change"] > 0
    assert found["cost_change"] > 0


def test_a_promise_at_the_end_of_an_interval_is_kept_with_97_percent():
    wanted = np.array([0.8, 0.8, 0.8, np.nan])
    level, half_width = np.array([0.81, 0.80, 0.79, 0.5, 0.8]), np.full(5, 0.01)
    sure = target_probability(level, half_width, wanted, 0.95, 99)
    assert sure[:3] == pytest.approx([0.975, 0.5, 0.025])
    assert np.isnan(sure[3])
    assert sure[4] == pytest.approx(0.025)
    certain = target_probability(level, np.zeros(5), wanted, 0.95, 99)
    assert certain[[0, 1, 2, 4]].tolist() == [1, 1, 0, 0]
    unsure = target_probability(level, np.full(5, np.nan), wanted, 0.95, None)
    assert unsure[[0, 1, 2, 4]].tolist() == [1, 1, 0, 0]


def test_one_replication_says_nothing_of_promises():
    found = row(Asker(asked("two_queues", {"volume": "*1.1"}, replications=1)).rows(0, 2), 1)
    assert found["service_level"] is not None
    assert found["service_level_half_width"] is found["target_probability"] is None


def test_a_case_that_has_no_answer_says_why_and_the_others_go_on():
    shares = wfm.Scenario("shared", (wfm.Change("agent_groups.sales.skills.service", "value", wfm.Skill()),))
    center = wfm.load(wfm.example("two_queues"))
    types, groups = list(center.contact_types), list(center.agent_groups)
    change = wfm.Change(f"agent_groups.{groups[0]}.skills.{types[1]}", "value", wfm.Skill())
    sweep = question(
        center, {"volume": "*1.1"}, scenarios=[replace(shares, changes=(change,))], method="erlang-a",
        ask=("predict", "staff"), design="one_at_a_time",
    )  # fmt: skip
    table = Asker(sweep).rows(0, 3)
    assert row(table, 1)["fault"] is None
    assert "agents of their own" in row(table, 2)["fault"]
    assert row(table, 2)["service_level"] is row(table, 2)["required_hours"] is None
    assert row(table, 2, types[0])["fault"] is None


def test_a_case_that_cannot_be_staffed_is_still_predicted():
    sweep = asked("textbook", {"routing.lines": "4"}, ask=("predict", "staff"), method="erlang-a")
    found = row(Asker(sweep).rows(0, 2), 1)
    assert "cannot be met with 4 lines" in found["fault"]
    assert found["service_level"] is not None
    assert found["required_hours"] is None


def test_a_baseline_without_an_answer_raises():
    with pytest.raises(wfm.NotModelled, match="agents of their own"):
        Asker(asked("two_languages", method="erlang-a"))


def test_the_power_of_one_is_of_the_inputs_that_a_centre_has():
    center = wfm.load(wfm.example("textbook"))
    labels = [one.label for one in power_of_one(center, ["simulation"])]
    assert labels == ["volume", "AHT", "patience", "shrinkage", "agents"]
    assert "patience" not in [one.label for one in power_of_one(center, ["erlang-c"])]
    patient = {name: replace(one, patience=None) for name, one in center.contact_types.items()}
    assert "patience" not in [one.label for one in power_of_one(replace(center, contact_types=patient), ["simulation"])]


def test_what_is_left_to_us():
    assert asked("textbook", {"volume": "*0.9,1.1"}, design=None).design == "one_at_a_time"
    assert asked("textbook", {"volume": "*0.9:1.1:3"}, design=None).design == "grid"
    center = wfm.load(wfm.example("textbook"))
    named = question(center, scenarios={"Bot": {"volume": "-10%"}})
    assert (named.design, [named.case(n).name for n in (0, 1)]) == ("scenarios", ["baseline", "Bot"])
    assert question(center, method="erlang-c").staffing == "erlang-c"
    assert question(center, ask="staff").ask == ("staff",)
    assert question(wfm.load(wfm.example("two_languages")), {"volume": "+1%"}).ask == ("predict",)
    with pytest.raises(wfm.InputError) as told:
        question(center, {"volume": "plenty", "aht": "sometimes"})
    assert len(told.value.faults) == 2


def test_a_name_that_was_a_types_and_is_a_groups_shares_nothing():
    base = wfm.load(wfm.example("two_queues"))
    (first, one), (second, _) = base.contact_types.items()
    a, b = (replace(group, skills={first: wfm.Skill()}) for group in base.agent_groups.values())
    # The same three names in the same order: two types and a group, then a type and two groups.
    both = replace(base, agent_groups={"team": replace(a, skills={first: wfm.Skill(), second: wfm.Skill()})})
    fewer = replace(base, contact_types={first: one}, agent_groups={second: a, "team": b})
    kept = Kept()
    lower(both, both.plan, both.experiment, kept=kept)
    shared, own = (lower(fewer, fewer.plan, fewer.experiment, kept=told) for told in (kept, None))
    assert len(shared.group_key) == 2
    for name in ("type_key", "day_key", "group_key"):
        assert np.array_equal(getattr(shared, name), getattr(own, name)), name
