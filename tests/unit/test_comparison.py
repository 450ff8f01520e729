"""Do comparisons say what is known: paired, exact, or noise; and do the reasons add up?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

import wfm
from wfm.answering import worst_spells


def center(**experiment) -> wfm.ContactCenter:
    return wfm.ContactCenter(
        wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, 8, day_factor=wfm.Gamma(cv=0.15)),
        {
            "calls": wfm.ContactType(
                60.0, handling=wfm.Lognormal(200.0, 1.2), patience=150.0, target=wfm.Target(0.8, 20)
            )
        },
        {
            "team": wfm.AgentGroup(
                ["calls"],
                cost_per_hour=20.0,
                shrinkage=wfm.Shrinkage(planned={"breaks": 0.1}, unplanned={"sick": 0.05}, random=("sick",)),
            )
        },
        experiment=wfm.Experiment(replications=100, **experiment),
    )


def seen(world: wfm.ContactCenter, agents: float, seed: int = 1, name: str = "") -> wfm.Prediction:
    plan = wfm.StaffingPlan(world, np.full((1, 8), agents), name or f"{agents:g} agents")
    return wfm.predict(world, plan, wfm.Simulation(seed=seed))


def test_one_agent_more_is_better_and_the_days_luck_cancels():
    world = center()
    few, many = seen(world, 8), seen(world, 9)
    paired = wfm.compare([few, many]).differences[1]
    independent = wfm.compare([few, seen(world, 9, seed=2)]).differences[1]
    change, wide = paired.measures["service_level"], independent.measures["service_level"]
    assert paired.paired
    assert not independent.paired
    assert change.mean > change.half_width > 0
    assert change.half_width < wide.half_width / 2
    assert paired.paid_hours == pytest.approx(4 / 0.85)
    assert paired.cost == pytest.approx(20 * 4 / 0.85)
    assert "9 agents is better than 8 agents" in wfm.compare([few, many]).verdicts[0]


def test_a_plan_under_another_name_is_the_same_plan():
    world = center()
    sentence = wfm.compare([seen(world, 8), seen(world, 8, name="another")]).verdicts[0]
    assert sentence == "another and 8 agents are the same plan."


def test_noise_is_not_called_a_difference():
    world = center()
    sentence = wfm.compare([seen(world, 8), seen(world, 8, seed=2, name="other days")]).verdicts[0]
    assert "cannot be told apart with 100 replications" in sentence
    assert "not on the same days" in sentence


def test_what_is_not_comparable_is_refused():
    world = center()
    longer = replace(world, horizon=replace(world.horizon, intervals=9))
    other = wfm.predict(longer, wfm.StaffingPlan(longer, np.full((1, 9), 8.0)), "erlang-a")
    with pytest.raises(wfm.InputError, match=r"9 intervals of 30 min .* cannot be compared with the first, of 8"):
        wfm.compare([seen(world, 8), other])
    with pytest.raises(wfm.InputError, match="must be a list"):
        wfm.compare(seen(world, 8))
    with pytest.raises(wfm.InputError, match="must be a Prediction"):
        wfm.compare([seen(world, 8), world.plan])


def test_the_paired_half_width_is_that_of_the_differences_replication_by_replication():
    world = center()
    few, many = seen(world, 8), seen(world, 9)
    change = wfm.compare([few, many]).differences[1].measures["service_level"]
    kept, offered = (few.totals[:, -1, -2], few.totals[:, -1, -1]), (many.totals[:, -1, -2], many.totals[:, -1, -1])
    # By the jackknife, an independent way to the error of a difference of ratios.
    n = len(few.totals)
    leave_one_out = [
        (offered[0].sum() - offered[0][j]) / (offered[1].sum() - offered[1][j])
        - (kept[0].sum() - kept[0][j]) / (kept[1].sum() - kept[1][j])
        for j in range(n)
    ]
    error = np.sqrt((n - 1) / n * np.sum((leave_one_out - np.mean(leave_one_out)) ** 2))
    assert change.half_width == pytest.approx(1.984 * error, rel=0.02)  # Student's 97.5 % point at 99 degrees


def two_languages(skills: dict[str, list[str]], title: str, **types) -> wfm.ContactCenter:
    """A centre with a busyness of each day, four agents in each group."""
    kinds = {name: wfm.ContactType(24.0, handling=240.0, patience=150.0, target=wfm.Target(0.8, 20)) for name in "ab"}
    groups = {name: wfm.AgentGroup(taken, agents=4, cost_per_hour=20) for name, taken in skills.items()}
    horizon = wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, 8, day_factor=wfm.Gamma(cv=0.2))
    return wfm.ContactCenter(horizon, {**kinds, **types}, groups, title, experiment=wfm.Experiment(replications=200))


SINGLE = {"a_team": ["a"], "b_team": ["b"]}


def test_cross_training_is_a_paired_difference_of_centres_on_the_same_days():
    before = two_languages(SINGLE, "single")
    after = two_languages({"a_team": ["a"], "both": ["b", "a"]}, "cross-trained")
    old, new, luck = (wfm.predict(one, method=wfm.Simulation(seed=seed)) for one, seed in
                      ((before, 1), (after, 1), (after, 2)))  # fmt: skip
    found = wfm.compare([old, new, luck])
    paired, independent = found.differences[1], found.differences[2]
    assert paired.paired
    assert not independent.paired
    change, wide = paired.measures["service_level"], independent.measures["service_level"]
    assert change.mean > change.half_width > 0
    assert change.half_width < wide.half_width / 2
    # Plans that are equal number by number are no longer the same plan, as their people have learned something.
    assert old.plan.digest == new.plan.digest
    assert "cross-trained is better than single: service level +" in found.verdicts[0]
    assert "+0.0 paid hours, +0 in cost" in found.verdicts[0]
    assert "not on the same days: other seeds" in found.verdicts[1]


def test_days_in_strata_are_other_days():
    before = two_languages(SINGLE, "single")
    after = two_languages({"a_team": ["a"], "both": ["b", "a"]}, "cross-trained")
    plain, *strata = (
        wfm.predict(one, method=wfm.Simulation(replications=160, stratified=stratified))
        for one, stratified in ((before, False), (before, True), (after, True))
    )
    mixed, alike = wfm.compare([plain, strata[1]]), wfm.compare(strata)
    assert not mixed.differences[1].paired
    assert "other strata" in mixed.verdicts[0]
    assert alike.differences[1].paired
    change = alike.differences[1].measures["service_level"]
    assert change.mean > change.half_width > 0


def test_each_contact_type_has_its_own_difference():
    before = two_languages(SINGLE, "single")
    after = two_languages({"a_team": ["a"], "both": ["b", "a"]}, "cross-trained")
    old, new = wfm.predict(before), wfm.predict(after)
    found = wfm.compare([old, new]).differences[1].contact_types
    assert list(found) == ["a", "b"]
    for name, measures in found.items():
        levels = [one.contact_types[name].service_level.mean for one in (new, old)]
        assert measures["service_level"].mean == pytest.approx(levels[0] - levels[1], abs=1e-12)
    gain, loss = (found[name]["service_level"] for name in "ab")
    assert gain.mean > gain.half_width > 0  # type a gets help
    assert loss.mean < -loss.half_width < 0  # from the agents of type b


def test_the_order_of_types_in_the_file_is_no_other_day():
    before = two_languages(SINGLE, "single")
    turned = replace(before, title="turned", contact_types=dict(reversed(before.contact_types.items())))
    found = wfm.compare([wfm.predict(before), wfm.predict(turned)]).differences[1]
    assert found.paired
    assert abs(found.measures["service_level"].mean) < 1e-12
    assert found.measures["service_level"].half_width < 1e-12


def test_other_contact_types_are_other_days():
    before = two_languages(SINGLE, "single")
    more = two_languages(
        {"a_team": ["a"], "b_team": ["b"], "c_team": ["c"]}, "with mail", c=wfm.ContactType(10.0, handling=120.0)
    )
    found = wfm.compare([wfm.predict(before), wfm.predict(more)])
    assert not found.differences[1].paired
    assert list(found.differences[1].contact_types) == ["a", "b"]
    assert "not on the same days: other contact types" in found.verdicts[0]


def test_a_centre_and_a_method_that_differ_at_once_are_both_named():
    before = two_languages(SINGLE, "single")
    after = two_languages({"a_team": ["a"], "both": ["b", "a"]}, "cross-trained")
    sentence = wfm.compare([wfm.predict(before, method="erlang-a"), wfm.predict(after)]).verdicts[0]
    assert "cross-trained by simulation" in sentence
    assert "single by Erlang A" in sentence


def test_the_first_step_of_a_centre_that_no_formula_knows_has_no_cause():
    after = two_languages({"a_team": ["a"], "both": ["b", "a"]}, "cross-trained")
    steps = wfm.reconcile(wfm.predict(after)).steps
    assert [(step.cause, step.prediction.method) for step in steps] == [
        ("", "simulation"),
        ("some days are busier than others", "simulation"),
    ]
    assert steps[0].change is None


def test_formulas_are_compared_without_an_interval():
    world = center()
    plans = [wfm.staff(world, method) for method in ("erlang-a", "erlang-c")]
    found = wfm.compare([wfm.predict(world, plan, "erlang-a") for plan in plans])
    assert np.isnan(found.differences[1].measures["service_level"].half_width)
    assert "by Erlang A" in found.verdicts[0]


def test_methods_are_not_better_than_one_another():
    world = center()
    plan = wfm.staff(world)
    found = wfm.compare([wfm.predict(world, plan, method) for method in ("erlang-c", "erlang-a")])
    assert "sees a higher service level than Erlang C" in found.verdicts[0]


def test_the_reasons_why_methods_part_add_up_to_the_whole_distance():
    found = wfm.reconcile(seen(center(), 8))
    levels = [step.prediction.total.service_level.mean for step in found.steps]
    changes = [step.change.mean for step in found.steps[1:]]
    assert sum(changes) == pytest.approx(levels[-1] - levels[0], abs=1e-12)
    assert [step.cause for step in found.steps[1:]] == [
        "customers hang up",
        "contacts are carried over from one interval to the next",
        "handling times as a whole are not exponential",
        "absence is drawn person by person",
        "some days are busier than others",
    ]


def test_a_plain_centre_has_no_other_reason_than_its_intervals():
    world = center()
    plain = replace(
        world,
        horizon=replace(world.horizon, day_factor=None),
        contact_types={"calls": wfm.ContactType(60.0, handling=200.0, target=wfm.Target(0.8, 20))},
        agent_groups={"team": wfm.AgentGroup(["calls"])},
    )
    causes = [step.cause for step in wfm.reconcile(seen(plain, 9)).steps]
    assert causes == ["", "contacts are carried over from one interval to the next"]


def test_worst_spells_join_successive_intervals_and_leave_out_what_may_be_noise():
    world = center()
    spells = worst_spells(seen(world, 6))
    assert len(spells) == 1
    assert (spells[0].first, spells[0].last) == (0, 7)
    assert spells[0].end == datetime(2026, 1, 5, 12)
    assert not worst_spells(seen(world, 12))


def test_an_answer_holds_every_method_and_what_it_rests_on():
    world = center()
    found = wfm.answer(world)
    assert set(found.predictions) == {"erlang-c", "erlang-a", "simulation"}
    assert found.given is None
    assert found.comparison is None
    again = wfm.answer(world)
    assert found.provenance == again.provenance
    assert np.array_equal(found.simulated.contacts.products, again.simulated.contacts.products)
