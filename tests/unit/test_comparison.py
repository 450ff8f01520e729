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
    with pytest.raises(wfm.InputError, match="other intervals"):
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
