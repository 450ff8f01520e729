"""Sweeps: which cases there are, which levels meet in them, and what is refused before any is asked."""

from __future__ import annotations

import pickle
import re
from datetime import datetime
from typing import Any

import numpy as np
import pytest

import wfm
from wfm.errors import InputError
from wfm.files.variations import read_variation
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Experiment, Routing, Skill
from wfm.model.horizon import Horizon
from wfm.model.plan import StaffingPlan
from wfm.model.variation import Change, Scenario, Variation, varied
from wfm.sweeps.designs import cases_with, indices, number_of_cases
from wfm.sweeps.sweep import Sweep

DAY = Horizon(datetime(2026, 1, 5, 8), 1800.0, 4)
CENTER = ContactCenter(
    DAY,
    {"calls": ContactType(volume=[10, 20, 30, 40], handling=180, patience=120)},
    {"team": AgentGroup(skills=["calls"])},
    routing=Routing(lines=20),
    experiment=Experiment(seed=7),
)
PLAN = StaffingPlan(CENTER, np.array([2.0, 4.0, 5.0, 6.0]))
VOLUME = read_variation("volume", "±10%")
AHT = read_variation("aht", "+15s,+30s,+45s")
LINES = read_variation("routing.lines", "20:30:2")


def sweep(*variations: Variation, **given: Any) -> Sweep:
    return Sweep(CENTER, PLAN, variations, **given)


def faults(*variations: Variation, check: bool = True, **given: Any) -> list[str]:
    """What a sweep, or else its check, refuses."""
    try:
        asked = sweep(*variations, **given)
        if check:
            asked.check()
    except InputError as error:
        return [str(one) for one in error.faults]
    return []


def levels(asked: Sweep) -> list[tuple[Any, ...]]:
    return [asked.case(number).levels for number in range(1, len(asked))]


# ---- cases


def test_the_baseline_comes_first_and_is_the_base_itself() -> None:
    asked = sweep(VOLUME)
    assert asked.case(0).name == "baseline"
    assert asked.case(0).levels == (None,)
    assert asked.world(0) == (CENTER, PLAN)
    assert asked.world(0)[0] is CENTER


def test_one_at_a_time_has_each_level_alone() -> None:
    asked = sweep(VOLUME, AHT)
    assert levels(asked) == [(0.9, None), (1.1, None), (None, 15), (None, 30), (None, 45)]
    assert [asked.case(number).name for number in (1, 5)] == ["volume −10 %", "AHT +45 s"]


def test_a_grid_crosses_all_levels_the_last_variation_fastest() -> None:
    asked = sweep(VOLUME, AHT, design="grid")
    assert levels(asked) == [(volume, aht) for volume in (0.9, 1.1) for aht in (15, 30, 45)]
    assert asked.case(6).name == "volume +10 %, AHT +45 s"


def test_a_case_is_found_without_the_others() -> None:
    many = [Variation("routing.lines", tuple(range(1, 101))), Variation("agent_groups.*.agents", tuple(range(1, 1001)))]
    asked = sweep(*many, design="grid")
    assert len(asked) == 100_001
    assert asked.case(100_000).levels == (100, 1000)
    assert asked.case(31_416).levels == (32, 416)


@pytest.mark.parametrize("design", ["one_at_a_time", "grid"])
def test_the_cases_that_have_a_level_are_those_in_which_it_is(design: str) -> None:
    variations = [VOLUME, AHT, LINES]
    cases = range(number_of_cases(design, variations, None))
    for place, variation in enumerate(variations):
        for level in range(len(variation.levels)):
            expected = [case for case in cases if indices(design, variations, case)[place] == level]
            assert cases_with(design, variations, place, level).tolist() == expected


def test_scenarios_stand_after_the_cases_of_any_design() -> None:
    own = PLAN.renamed("own")
    bot = Scenario("Bot", (Change("contact_types.*.volume", "factor", 0.9),), own)
    asked = sweep(VOLUME, scenarios=[bot])
    assert (len(asked), asked.case(3).name, asked.case(3).plan, asked.case(3).levels) == (4, "Bot", own, (None,))
    center, plan = asked.world(3)
    assert center.contact_types["calls"].volume == (9, 18, 27, 36)
    assert plan.name == "own"
    assert len(sweep(scenarios=[bot], design="scenarios")) == 2


def test_a_world_is_what_its_changes_make_of_the_base() -> None:
    asked = sweep(VOLUME, AHT, design="grid", hold="net")
    center, plan = asked.world(5)
    expected, held = varied(CENTER, PLAN, asked.case(5).changes, "net")
    assert center == expected
    np.testing.assert_array_equal(plan.net, held.net)


@pytest.mark.parametrize("number", [-1, 4])
def test_a_case_that_is_not_there_is_said_so(number: int) -> None:
    with pytest.raises(IndexError, match="cases 0 to 2"):
        sweep(VOLUME).case(number)


# ---- sampled designs


@pytest.mark.parametrize("design", ["latin_hypercube", "sobol"])
def test_samples_lie_between_the_ends_and_once_in_each_part(design: Any) -> None:
    asked = sweep(VOLUME, AHT, design=design, samples=64)
    drawn = np.array(levels(asked))
    assert drawn.shape == (64, 2)
    for column, low, high in zip(drawn.T, (0.9, 15), (1.1, 45), strict=True):
        assert sorted(((column - low) / (high - low) * 64).astype(int)) == list(range(64))


def test_samples_are_those_of_the_experiment_s_seed() -> None:
    first, same = (sweep(VOLUME, AHT, design="sobol", samples=8).drawn for _ in range(2))
    np.testing.assert_array_equal(first, same)
    other = ContactCenter(DAY, CENTER.contact_types, CENTER.agent_groups, experiment=Experiment(seed=8))
    assert not np.array_equal(Sweep(other, None, (VOLUME, AHT), design="sobol", samples=8).drawn, first)


def test_samples_of_whole_numbers_are_whole() -> None:
    asked = sweep(VOLUME, LINES, design="latin_hypercube", samples=50)
    lines = {level for _, level in levels(asked)}
    assert lines == set(range(20, 31))
    asked.check()


# ---- what is refused


@pytest.mark.parametrize(
    ("variations", "given", "fault"),
    [
        ([VOLUME], {"design": "grd"}, "design: is not known; did you mean 'grid'? (found 'grd')"),
        ([VOLUME], {"hold": "nett"}, "hold: must be gross or net; did you mean 'net'? (found 'nett')"),
        ([VOLUME], {"ask": ["stff"]}, "ask: must be predict, staff or cost; did you mean 'staff'? (found 'stff')"),
        ([VOLUME], {"ask": ()}, "ask: must be predict, staff or cost"),
        ([VOLUME], {"ask": "cost"}, "agent_groups.team.cost_per_hour: is missing; without it there is no cost"),
        ([VOLUME], {"samples": 5},
         "samples: belong to latin_hypercube and sobol; the design is one_at_a_time (found 5)"),
        ([VOLUME], {"design": "sobol", "samples": 100},
         "samples: must be a power of two for sobol, such as 64 or 128 (found 100)"),
        ([VOLUME], {"design": "latin_hypercube"},
         "samples: must be a whole number of cases, from 1 to 10,000,000 (found None)"),
        ([read_variation("routing.agent_selection", "rank,least_occupied")], {"design": "sobol", "samples": 4},
         "vary.'routing.agent_selection': must have a lowest and a highest number to be drawn between; cross such "
         "levels in a grid (found ('rank', 'least_occupied'))"),
        ([read_variation("routing.lines", "*1,1.5")], {"design": "sobol", "samples": 4},
         "vary.'routing.lines': holds whole numbers, which a factor drawn at random does not give; draw values or "
         "additions"),
        ([VOLUME, VOLUME], {}, "vary.'contact_types.*.volume': is varied twice; give all its levels at once"),
        ([VOLUME], {"design": "scenarios"}, "design: is of scenarios alone; another one varies levels (found "
         "'scenarios')"),
        ([], {"scenarios": [Scenario("A", ()), Scenario("A", ())]}, "scenarios.'A': is there twice"),
        ([], {"scenarios": [Scenario("baseline", ())]}, "scenarios.'baseline': is the name of the base itself"),
        (["volume"], {}, "variations: must be a wfm.Variation each (found 'volume')"),
        ([VOLUME], {"staffing": "simulation"}, "staffing: must be a formula; there are: erlang-c, erlang-a, transient "
         "(found 'simulation')"),
        ([VOLUME], {"staffing": 3}, "staffing: must be a formula; there are: erlang-c, erlang-a, transient (found 3)"),
        ([VOLUME, read_variation("patience", "±10%")], {"method": "erlang-c", "ask": "predict"},
         "vary.'contact_types.*.patience': would change nothing: erlang-c knows nobody who hangs up, as erlang-a and "
         "simulation do"),
        ([], {"method": "erlang-a", "ask": "predict", "scenarios": [
            Scenario("Steady", (Change("contact_types.calls.day_factor.cv", "factor", 2),)),
            Scenario("Busy", (Change("contact_types.calls.day_factor.cv", "factor", 2), VOLUME.change(1.1))),
        ]}, "scenarios.'Steady': would change nothing: erlang-a takes the mean of busy and quiet days, which transient "
         "and simulation tell apart"),
    ],
    ids=lambda one: one.partition(":")[0] if isinstance(one, str) else "",
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused(variations: Any, given: Any, fault: str) -> None:
    assert faults(*variations, check=False, **given) == [fault]


def test_what_one_method_reads_is_asked_and_noted_for_the_other() -> None:
    asked = sweep(read_variation("patience", "±10%"), method="erlang-a", staffing="erlang-c")
    (note,) = asked.notes
    assert note.startswith("contact_types.*.patience: erlang-c knows nobody who hangs up")
    assert note.endswith("by erlang-c nothing changes")
    assert sweep(read_variation("patience", "±10%"), ask="predict", staffing="erlang-c").notes == ()


@pytest.mark.parametrize("how", ["variations", "scenarios"])
def test_a_number_with_a_minus_is_a_value_and_the_fault_says_how_less_is_written(how: str) -> None:
    given: Any = {"variations": {"agents": -1}} if how == "variations" else {"scenarios": {"Less": {"agents": -1}}}
    with pytest.raises(InputError, match="write '-1' as a text for 1 less"):
        wfm.sweep(CENTER, plan=PLAN, method="erlang-a", **given)


def test_in_python_all_faults_come_at_once_too() -> None:
    with pytest.raises(InputError) as caught:
        wfm.sweep(CENTER, {"volume": "much", "aht": "+5s"}, scenarios={"Bot": {"agents": "all"}, "None": {}})
    assert [one.where for one in caught.value.faults] == ["agents", "scenarios.'None'", "volume"]
    with pytest.raises(InputError, match="progress: must be a function"):
        wfm.sweep(CENTER, {"volume": "+5%"}, progress=3)  # type: ignore[arg-type]
    assert wfm.sweep(
        CENTER, {"volume": "-10%:+10%"}, plan=PLAN, design="sobol", samples=2, method="erlang-a"
    ).sweep.designed


def test_a_plan_of_another_centre_is_refused() -> None:
    other = wfm.load(wfm.example("textbook"))
    with pytest.raises(InputError, match="for another centre"):
        Sweep(CENTER, wfm.staff(other))


def test_a_level_outside_the_valid_domain_names_its_cases_and_the_reason() -> None:
    volume = Variation("contact_types.*.volume", (-0.1, 1, 1.1), "factor")
    assert faults(volume, AHT, design="grid") == [
        "vary.'contact_types.*.volume': level *-0.1 (cases 1 to 3 of 9): contact_types.calls.volume: must be at least "
        "0 (found -1.0)"
    ]
    assert faults(AHT, volume, design="grid")[0].startswith(
        "vary.'contact_types.*.volume': level *-0.1 (cases 1, 4, 7 of 9): "
    )
    assert "(case 4 of 6)" in faults(AHT, volume)[0]


def test_levels_with_one_fault_are_told_together() -> None:
    (one,) = faults(read_variation("aht", "-900,-800,-700,-600,-500,+1"), VOLUME, design="grid")
    assert "levels −900 s, −800 s, −700 s and 2 more (cases 1 to 10 of 12): contact_types.calls.handling.mean" in one


def test_every_variation_at_fault_is_told() -> None:
    found = faults(read_variation("contact_types.*.volum", "±10%"), read_variation("shrinkage", "120%"),
                   read_variation("routing.lines", "20.5"), AHT, design="grid")  # fmt: skip
    assert [one.partition(": ")[0] for one in found] == [
        "vary.'contact_types.*.volum'", "vary.'agent_groups.*.shrinkage'", "vary.'routing.lines'",
    ]  # fmt: skip
    assert "matches nothing; did you mean 'contact_types.*.volume'" in found[0]
    assert "(cases 1 to 6 of 6)" in found[1]


def test_levels_that_clash_only_together_are_found_beforehand() -> None:
    low = Variation("contact_types.calls.handling.low", (10.0, 60.0))
    high = Variation("contact_types.calls.handling.high", (50.0, 90.0))
    law = ContactType(volume=10, handling=wfm.Uniform(5, 100))
    center = ContactCenter(DAY, {"calls": law}, CENTER.agent_groups)
    with pytest.raises(InputError) as caught:
        Sweep(center, PLAN, (low, high), design="grid").check()
    assert [one.where for one in caught.value.faults] == ["case 3 of 4"]
    assert "must be below high" in str(caught.value)


def test_samples_outside_the_valid_domain_are_told_with_their_cases() -> None:
    volume = Variation("contact_types.*.volume", (-0.5, 0.5), "factor")
    (one,) = faults(volume, AHT, design="latin_hypercube", samples=10)
    assert one.startswith("vary.'contact_types.*.volume': levels *-0.4")
    asked = sweep(volume, AHT, design="latin_hypercube", samples=10)
    below = [number for number in range(1, 11) if asked.case(number).levels[0] < 0]
    assert len(below) == 5
    assert f"(cases {below[0]}" in one


def test_scenarios_and_reserves_are_looked_at() -> None:
    bad = Scenario("Bad", (Change("contact_types.cals.volume", "factor", 2), Change("routing.lines", "value", 0)))
    keeps = Change("agent_groups.team.skills.calls", "value", Skill(reserve=50))
    found = faults(scenarios=[bad, Scenario("Reserve", (keeps,))])
    assert [one.partition(": ")[0] for one in found] == ["scenarios.'Bad'", "scenarios.'Bad'", "scenarios.'Reserve'"]
    assert "must be below the group's net agents" in found[2]


# ---- what the figures depend on


def test_the_digest_is_of_all_that_figures_depend_on() -> None:
    base = sweep(VOLUME, AHT)
    assert base.digest == sweep(VOLUME, AHT).digest
    relabelled = Variation(VOLUME.path, VOLUME.levels, VOLUME.how, "calls")
    assert base.digest == sweep(relabelled, AHT).digest
    fast = wfm.Simulation(replications=10, threads=1)
    assert sweep(method=fast).digest == sweep(method=wfm.Simulation(replications=10, threads=2)).digest
    others = [
        sweep(AHT, VOLUME),
        sweep(VOLUME),
        sweep(VOLUME, AHT, design="grid"),
        sweep(VOLUME, AHT, hold="net"),
        sweep(VOLUME, AHT, ask="staff"),
        sweep(VOLUME, AHT, method="erlang-a"),
        sweep(VOLUME, AHT, method=fast),
        sweep(VOLUME, AHT, staffing="erlang-c"),
        sweep(VOLUME, AHT, scenarios=[Scenario("A", ())]),
        sweep(VOLUME, AHT, scenarios=[Scenario("A", (), PLAN)]),
        Sweep(CENTER, StaffingPlan(CENTER, PLAN.net + 1), (VOLUME, AHT)),
        Sweep(varied(CENTER, PLAN, [Change("routing.lines", "value", 21)])[0], PLAN, (VOLUME, AHT)),
    ]
    assert len({one.digest for one in (base, *others)}) == 1 + len(others)


def test_the_parts_of_the_digest_tell_what_differs() -> None:
    one, other = sweep(VOLUME).parts, sweep(VOLUME, hold="net").parts
    assert [name for name in one if one[name] != other[name]] == ["question"]


def test_a_sweep_goes_to_another_process_and_asks_the_same() -> None:
    asked = sweep(
        VOLUME, LINES, design="sobol", samples=8, scenarios=[Scenario("A", (Change("volume.x", "value", 1),))]
    )
    sent = pickle.loads(pickle.dumps(asked))
    assert sent.digest == asked.digest
    assert levels(sent) == levels(asked)


def test_without_a_plan_the_scenario_s_agents_are_held_or_else_the_requirement() -> None:
    target = read_variation("contact_types.*.target", "80/20").levels[0]
    center = varied(CENTER, PLAN, [Change("contact_types.*.target", "value", target),
                                   Change("routing.lines", "value", None)])[0]  # fmt: skip
    np.testing.assert_array_equal(Sweep(center).held_plan.net, wfm.staff(center).net)
    given = ContactCenter(DAY, CENTER.contact_types, {"team": AgentGroup(skills=["calls"], agents=5)})
    assert Sweep(given).held_plan.net.tolist() == [[5, 5, 5, 5]]


def test_notes_say_what_wildcards_leave_out() -> None:
    types = {**CENTER.contact_types, "mail": ContactType(volume=3, handling=100)}
    center = ContactCenter(DAY, types, {"team": AgentGroup(skills=list(types), agents=5)})
    asked = Sweep(center, None, (read_variation("patience", "+10%"), VOLUME))
    assert asked.notes == ("contact_types.*.patience: contact_types.mail.patience is absent and stays so",)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"variations": "volume +10%"}, "variations: must be such as {'volume': '±10%'}"),
        ({"variations": ["volume"]}, "variations: must be such as"),
        ({"variations": {3: "+10%"}}, "path: must be text"),
        ({"scenarios": {}}, "scenarios: there are none"),
        ({"scenarios": ["bot"]}, "scenarios: must be such as"),
        ({"variations": {"volume": "±10%"}, "ask": 3}, "ask: must be predict, staff or cost"),
        ({"variations": {"balking": "+10%"}}, "did you mean 'contact_types.*.balking' or"),
    ],
)
def test_what_is_given_to_a_sweep_in_python_is_told_in_words(given, word):
    with pytest.raises(wfm.InputError, match=re.escape(word)):
        wfm.sweep(wfm.load(wfm.example("textbook")), method="erlang-a", **given)


def test_one_question_may_be_a_word():
    found = wfm.sweep(wfm.load(wfm.example("textbook")), {"volume": "+10%"}, method="erlang-a", ask="predict")
    assert found.sweep.ask == ("predict",)


def test_a_plan_made_for_another_centre_counts_by_its_net_agents():
    """Else a case without any change would not be the baseline."""
    made_for, base = center_with(shrinkage=0.0), center_with(shrinkage=0.36)
    plan = StaffingPlan(made_for, np.full((1, base.horizon.intervals), 20.0))
    asked = Sweep(base, plan, (Variation("contact_types.*.volume", (1.0, 1.1), "factor"),), ask=("predict",))
    assert [asked.world(case)[1].net.max() for case in range(3)] == [20.0, 20.0, 20.0]
    more = Change("agent_groups.*.shrinkage", "value", 0.5)
    kept, own = Scenario("held", (more,)), Scenario("its own", (more,), plan)
    told = Sweep(base, plan, scenarios=(kept, own), design="scenarios", ask=("predict",))
    assert told.world(1)[1].net.max() == pytest.approx(20 * 0.5 / 0.64)
    assert told.world(2)[1].net.max() == 20.0


def center_with(shrinkage: float) -> ContactCenter:
    return ContactCenter(
        Horizon(datetime(2026, 1, 5, 8), 1800, 4),
        {"calls": ContactType(volume=100, handling=180)},
        {"team": AgentGroup(skills=["calls"], shrinkage=wfm.Shrinkage(planned={"all": shrinkage}))},
    )
