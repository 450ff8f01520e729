"""Variations: what changes make of a centre and its plan, what they leave as it is, and what they refuse."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wfm
from wfm.errors import InputError
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Routing, Skill, Target
from wfm.model.declared import changed
from wfm.model.horizon import Horizon
from wfm.model.laws import (
    LAWS,
    Deterministic,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Law,
    Lognormal,
    Never,
    Uniform,
    Weibull,
    length_of,
)
from wfm.model.paths import SHORT_FORMS, all_paths
from wfm.model.plan import StaffingPlan
from wfm.model.shrinkage import Shrinkage, exact
from wfm.model.variation import Base, Change, Hold, Scenario, Variation, varied

DAY = Horizon(datetime(2026, 1, 5, 8), 1800.0, 4, opening={"Mon": "08:00-09:30"})
CENTER = ContactCenter(
    DAY,
    {
        "sales": ContactType(volume=[10, 20, 30, 40], handling=Lognormal(200, 1.3), patience=Weibull(120, 0.8)),
        "service": ContactType(volume=50, talk=Exponential(150), after_contact_work=Exponential(50)),
    },
    {
        "core": AgentGroup(skills=["sales"], shrinkage=Shrinkage(planned={"breaks": 0.1}, unplanned={"sick": 0.1})),
        "night": AgentGroup(skills=["service"], cost_per_hour=20.0),
    },
    routing=Routing(lines=60),
)
PLAN = StaffingPlan(CENTER, np.array([[4.0, 0.0, 6.0, 9.0], [5.0, 5.0, 5.0, 5.0]]), "held")
ALL_LAWS: list[Law] = [
    Exponential(120, at_zero=0.1),
    Exponential((60.0, 120.0)),
    Lognormal(100, 1.3, at_zero=(0.0, 0.5)),
    Gamma(90, (0.5, 1.0)),
    Erlang(80, 3),
    Weibull(70, 0.8),
    Uniform(10, 50, at_zero=0.2),
    Deterministic(30),
    Hyperexponential((0.4, 0.6), (60, 300)),
    Empirical((10.0, 20.0, 60.0)),
    Empirical((10.0, 20.0), weights=(0.25, 0.75)),
]


def after(*changes: Change, hold: Hold = "gross", plan: StaffingPlan = PLAN) -> tuple[ContactCenter, StaffingPlan]:
    return varied(CENTER, plan, changes, hold)


def refusals(*changes: Change) -> list[str]:
    with pytest.raises(InputError) as caught:
        after(*changes)
    return [str(one) for one in caught.value.faults]


def factor(path: str, level: Any) -> Change:
    return Change(path, "factor", level)


def addition(path: str, level: Any) -> Change:
    return Change(path, "addition", level)


def value(path: str, level: Any) -> Change:
    return Change(path, "value", level)


# ---- laws: scaled, moved, of another mean


@pytest.mark.parametrize("law", ALL_LAWS, ids=repr)
@pytest.mark.parametrize("size", [0.7, 1.5])
def test_a_scaled_law_has_another_mean_and_the_same_shape(law: Law, size: float) -> None:
    scaled, n = law.scaled(size), max(2, length_of(law))
    np.testing.assert_allclose(scaled.mean_by_interval(n), size * law.mean_by_interval(n), rtol=1e-14)
    np.testing.assert_allclose(scaled.scv_by_interval(n), law.scv_by_interval(n), rtol=1e-12)
    assert type(scaled) is type(law)


@pytest.mark.parametrize("law", ALL_LAWS, ids=repr)
def test_a_moved_law_has_a_mean_so_much_longer(law: Law) -> None:
    if law.law in ("hyperexponential", "empirical") and length_of(law) > 1:
        return
    moved, n = law.moved(15.0), max(2, length_of(law))
    np.testing.assert_allclose(moved.mean_by_interval(n), law.mean_by_interval(n) + 15, rtol=1e-13)
    np.testing.assert_allclose(moved.scv_by_interval(n), law.scv_by_interval(n), rtol=1e-12)


def test_a_mean_that_is_set_is_that_very_number() -> None:
    assert Lognormal(300, 1.3).with_mean(301.7) == Lognormal(301.7, 1.3)
    assert Exponential(0.1).moved(0.2) == Exponential(0.3)


def test_every_law_says_which_numbers_grow_with_its_mean() -> None:
    for law in LAWS.values():
        assert all(name in law.__annotations__ for name in law.sizes)


@pytest.mark.parametrize("law", [Never(), Empirical((10.0, 20.0), weights=(0.2, 0.3)), Empirical((0.0,))])
def test_a_law_without_a_finite_mean_cannot_get_another(law: Law) -> None:
    with pytest.raises(InputError, match="no finite mean"):
        law.with_mean(10.0)


def test_a_mean_below_nothing_is_refused_by_its_mean() -> None:
    with pytest.raises(InputError, match=r"mean: must be above 0 \(found -20\.0\)"):
        Uniform(0, 20).moved(-30.0)


# ---- shrinkage: scaled to a total

SHARES = st.lists(st.decimals(0, "0.15", places=3).map(float), min_size=1, max_size=5)
TOTALS = st.decimals("0.001", "0.95", places=4).map(float)


@given(SHARES, TOTALS, st.sampled_from(["sum", "compound"]))
def test_shrinkage_comes_to_the_wanted_total(shares: list[float], total: float, combine: Any) -> None:
    given_shares = {f"category {at}": share for at, share in enumerate(shares)}
    scaled = Shrinkage(combine=combine, planned=given_shares).scaled_to(total)
    short = exact(total) - scaled.total
    assert 0 <= short < Fraction(1, 10**15)
    if combine == "sum":
        assert short == 0
    # What people count is exact: as if one share were the whole total.
    net = np.arange(200.0)
    np.testing.assert_array_equal(scaled.whole_gross(net), Shrinkage(planned={"all": total}).whole_gross(net))


def test_categories_keep_their_proportions_and_their_kinds() -> None:
    before = Shrinkage(planned={"a": 0.1, "b": 0.05}, unplanned={"sick": 0.05}, random=("sick",))
    scaled = before.scaled_to(0.3)
    assert scaled.planned == {"a": 0.15, "b": 0.075}
    assert scaled.unplanned == {"sick": 0.075}
    assert scaled.random == ("sick",)
    assert Shrinkage().scaled_to(0.3) == Shrinkage(planned={"what-if": 0.3})


# ---- what a change makes


def test_numbers_vectors_and_parts_in_parts_are_changed() -> None:
    center, _ = after(factor("contact_types.*.volume", 1.1), addition("routing.lines", 5))
    assert center.contact_types["sales"].volume == pytest.approx((11, 22, 33, 44), rel=1e-15)
    assert center.contact_types["service"].volume == 55.0
    assert center.routing.lines == 65
    center, _ = after(value("contact_types.sales.target.service_level", 0.9), value("agent_groups.night.min_agents", 2))
    assert center.contact_types["sales"].target == Target(service_level=0.9)
    assert center.agent_groups["night"].min_agents == 2


def test_decimals_are_counted_as_they_are_written() -> None:
    target = value("contact_types.sales.target.service_level", 0.8)
    center, _ = after(target, addition("contact_types.sales.target.service_level", 0.05))
    assert center.contact_types["sales"].target.service_level == 0.85
    assert after(factor("routing.lines", 1.1))[0].routing.lines == 66


def test_a_vector_may_be_changed_by_a_level_for_each_interval() -> None:
    center, _ = after(factor("contact_types.*.volume", [1, 2, 1, 1]))
    assert center.contact_types["sales"].volume == (10, 40, 30, 40)
    assert center.contact_types["service"].volume == (50, 100, 50, 50)


def test_the_aht_is_one_thing_in_both_forms() -> None:
    for change, mean in ((factor("contact_types.*.aht", 1.2), 240), (addition("contact_types.*.aht", 30), 230),
                         (value("contact_types.*.aht", 210), 210)):  # fmt: skip
        center, _ = after(change)
        for one in center.contact_types.values():
            assert one.handling_time(1)[0] == pytest.approx(mean, rel=1e-14)
    assert after(addition("contact_types.*.aht", 30))[0].contact_types["service"].after_contact_work == Exponential(50)
    assert after(factor("contact_types.*.aht", 1.2))[0].contact_types["service"].after_contact_work == Exponential(60)
    assert after(addition("contact_types.*.aht", 30))[0].contact_types["sales"].handling == Lognormal(230, 1.3)


def test_a_law_changes_in_its_mean_and_a_number_where_none_is_gives_an_exponential_one() -> None:
    path = "contact_types.sales.patience"
    for change, law in (
        (factor(path, 2), Weibull(240, 0.8)),
        (addition(path, 30), Weibull(150, 0.8)),
        (value(path, 60), Weibull(60, 0.8)),
        (value(path, Never()), Never()),
    ):
        assert after(change)[0].contact_types["sales"].patience == law
    assert after(value("contact_types.service.patience", 60))[0].contact_types["service"].patience == Exponential(60)


def test_changes_of_one_part_are_looked_at_together() -> None:
    center, _ = after(
        value("contact_types.sales.handling", Uniform(10, 40)),
        value("contact_types.sales.handling.low", 50),
        value("contact_types.sales.handling.high", 60),
        factor("contact_types.sales.handling.high", 2),
    )
    assert center.contact_types["sales"].handling == Uniform(50, 120)


def test_a_skill_a_group_and_a_category_may_be_added() -> None:
    trained, plan = after(value("agent_groups.core.skills.service", Skill(rank=2)))
    assert trained.agent_groups["core"].skills == {"sales": Skill(), "service": Skill(rank=2)}
    assert plan.center is trained
    bot = AgentGroup(skills=["service"], agents=3)
    center, plan = after(value("agent_groups.bot", bot), addition("agent_groups.*.agents", 1))
    assert list(center.agent_groups) == ["core", "night", "bot"]
    assert plan.net.tolist() == [[5, 0, 7, 0], [6, 6, 6, 0], [4, 4, 4, 0]]
    center, _ = after(value("agent_groups.core.shrinkage.planned.training", 0.05))
    assert float(center.agent_groups["core"].shrinkage.total) == 0.25


def test_an_opening_an_hour_longer_opens_intervals_for_the_plan() -> None:
    center, plan = after(value("horizon.opening.Mon", "08:00-10:00"), value("agent_groups.night.agents", 7))
    assert center.is_open("sales").tolist() == [True] * 4
    # The plan had nobody in the interval that was closed.
    assert plan.net.tolist() == [[4, 0, 6, 0], [7, 7, 7, 7]]


# ---- the plan


def test_agents_change_where_there_are_any() -> None:
    assert after(addition("agent_groups.*.agents", 1))[1].net.tolist() == [[5, 0, 7, 0], [6, 6, 6, 0]]
    assert after(factor("agent_groups.core.agents", 1.5))[1].net.tolist() == [[6, 0, 9, 0], [5, 5, 5, 0]]
    assert after(value("agent_groups.core.agents", 3))[1].net.tolist() == [[3, 3, 3, 0], [5, 5, 5, 0]]
    nobody = StaffingPlan(CENTER, np.zeros((2, 4)))
    assert after(addition("agent_groups.core.agents", 2), plan=nobody)[1].net.tolist() == [[2, 2, 2, 0], [0, 0, 0, 0]]


def test_scheduled_people_are_gross() -> None:
    net = after(addition("agent_groups.core.scheduled", 10))[1].net[0]
    np.testing.assert_allclose(net, [12, 0, 14, 0], rtol=1e-14)  # 10 people at 20 % shrinkage are 8 net


def test_people_stay_when_shrinkage_grows_or_else_net_agents_do() -> None:
    more = value("agent_groups.core.shrinkage", 0.4)
    center, plan = after(more)
    np.testing.assert_allclose(plan.net[0], PLAN.net[0] * 0.6 / 0.8, rtol=1e-15)
    np.testing.assert_allclose(plan.paid_hours, PLAN.paid_hours, rtol=1e-14)
    assert plan.net[1].tolist() == PLAN.net[1].tolist()
    assert float(center.agent_groups["core"].shrinkage.total) == 0.4
    _, kept = after(more, hold="net")
    np.testing.assert_array_equal(kept.net, PLAN.net)
    assert kept.paid_hours[0] == pytest.approx(PLAN.paid_hours[0] * 0.8 / 0.6)


def test_shrinkage_as_it_was_leaves_the_plan_to_the_last_bit() -> None:
    np.testing.assert_array_equal(after(addition("agent_groups.*.shrinkage", 0))[1].net, PLAN.net)


def test_a_plan_of_its_own_takes_the_place_of_the_held_one() -> None:
    own = StaffingPlan(CENTER, np.full((2, 4), 8.0), "own")
    _, plan = Base(CENTER, PLAN).varied([addition("agent_groups.core.agents", 1)], own)
    assert (plan.name, plan.net.tolist()) == ("own", [[9, 9, 9, 0], [8, 8, 8, 0]])


# ---- what stays


def test_what_is_not_changed_is_the_same_object() -> None:
    center, plan = after(factor("contact_types.sales.volume", 1.1))
    assert center.horizon is CENTER.horizon
    assert center.routing is CENTER.routing
    assert center.agent_groups is CENTER.agent_groups
    assert center.contact_types["service"] is CENTER.contact_types["service"]
    assert center.contact_types["sales"].handling is CENTER.contact_types["sales"].handling
    assert plan.net is PLAN.net
    assert plan.center is center


def test_the_base_never_changes() -> None:
    before, net = repr(CENTER), PLAN.net.copy()
    after(factor("contact_types.*.aht", 2), addition("agent_groups.*.agents", 3), value("routing.lines", 9))
    assert repr(CENTER) == before
    np.testing.assert_array_equal(PLAN.net, net)


@pytest.mark.parametrize(
    "changes",
    [
        [factor("contact_types.*.volume", 1.3), addition("contact_types.*.aht", 7)],
        [value("agent_groups.*.shrinkage", 0.35), value("contact_types.sales.balking", 0.1)],
        [value("routing.agent_selection", "least_occupied"), value("horizon.day_factor", Gamma(cv=0.1))],
        [value("agent_groups.bot", AgentGroup(skills=["sales"], scheduled=4))],
    ],
    ids=lambda changes: changes[0].path,
)
def test_a_varied_centre_is_one_that_could_have_been_built_so(changes: list[Change]) -> None:
    center, plan = after(*changes)
    built = ContactCenter(
        center.horizon, center.contact_types, center.agent_groups, center.title, center.description, center.routing
    )
    assert built == center
    assert built.digest == center.digest
    for one in (*center.contact_types.values(), *center.agent_groups.values()):
        assert replace(one) == one
    np.testing.assert_array_equal(StaffingPlan(center, plan.net).net, plan.net)


def test_a_changed_value_is_held_to_its_declaration_and_forgets_what_was_worked_out() -> None:
    assert changed(DAY, intervals=2).starts == DAY.starts[:2]
    with pytest.raises(InputError, match="above 0"):
        changed(Exponential(3), mean=0)
    with pytest.raises(InputError, match="must be below high"):
        changed(Uniform(1, 2), low=3)


# ---- what is refused


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (factor("contact_types.sales.volume", -0.1), "contact_types.sales.volume: must be at least 0 (found -1.0)"),
        (addition("contact_types.sales.aht", -200), "contact_types.sales.handling.mean: must be above 0 (found 0.0)"),
        (value("routing.lines", 60.4), "routing.lines: must be a whole number; the nearest is 60 (found 60.4)"),
        (factor("routing.lines", 1.11), "routing.lines: must be a whole number; the nearest is 67 (found 66.6)"),
        (value("agent_groups.core.shrinkage", 1.2), "agent_groups.core.shrinkage: must be at least 0 and below 1; is "
         "it 1.2 %? write '1.2%' or 0.012 (found 1.2)"),
        (addition("agent_groups.night.agents", -6), "agent_groups.night.agents: must be at least 0; −6 leaves fewer at "
         "2026-01-05 08:00 (found -1.0)"),
        (value("routing.agent_selection", "rnk"), "routing.agent_selection: must be rank | specialist_first | "
         "least_occupied; did you mean 'rank'? (found 'rnk')"),
        (factor("routing.agent_selection", 2), "routing.agent_selection: is no number; a factor needs a number to "
         "change"),
        (addition("contact_types.sales.target", 2), "contact_types.sales.target: is a table; vary one of its keys; an "
         "addition needs a number to change"),
        (factor("contact_types.service.patience", 2), "contact_types.service.patience: is absent "
         "(contact_types.service.patience); a table in its place gives one, such as 'contact_types.service.patience="
         '{ law = "exponential", mean = 60 }\''),
        (value("contact_types.sales.volume", (1.0, 2.0)), "contact_types.sales.volume: must hold 4 values, one per "
         "interval; it holds 2"),
        (factor("contact_types.sales.volume", (1.0, 2.0)), "contact_types.sales.volume: must hold 4 values, one per "
         "interval; it holds 2"),
        (value("agent_groups.core.agents", (1.0, 2.0)), "agent_groups.core.agents: must hold 4 values, one per "
         "interval; it holds 2"),
        (value("contact_types.new", 5), "contact_types.new: must be a ContactType (found 5)"),
        (value("agent_groups.core.skills.slaes", Skill()), "agent_groups.core.skills: names no contact type; did you "
         "mean 'sales'? (found 'slaes')"),
        (value("agent_groups.bot", AgentGroup(skills=["sales"])), "agent_groups.bot.agents: is missing; the plan has "
         "no agents of a new group"),
        (value("contact_types.sales.talk", 100), "contact_types.sales.handling: is the whole handling time; give it "
         "or talk and after_contact_work, not both"),
        (value("contact_types.sales.volume", True), "contact_types.sales.volume: must be a number (found True)"),
        (value("contact_types.sales.volume", 1e9), "contact_types.sales.volume: adds up to more contacts than can be "
         "simulated, at most 100,000,000 (found 4000000000.0)"),
        (value("contact_types.sales.day_factor", Gamma(mean=2)), "contact_types.sales.day_factor: must have mean 1 "
         "(found 2.0)"),
    ],
    ids=lambda one: one.path if isinstance(one, Change) else "",
)  # fmt: skip
def test_a_level_outside_the_valid_domain_is_refused_by_the_model_s_own_rule(change: Change, fault: str) -> None:
    assert refusals(change) == [fault]


def test_all_faults_are_told_at_once() -> None:
    found = refusals(
        value("contact_types.*.volume", -1),
        addition("contact_types.sales.aht", -500),
        factor("contact_types.sals.volume", 2),
        value("routing.lines", 0.5),
    )
    assert [one.partition(":")[0] for one in found] == [
        "contact_types.sales.handling.mean",
        "contact_types.sals.volume",
        "routing.lines",
        "contact_types.sales.volume",
        "contact_types.service.volume",
    ]


def test_where_only_some_lack_it_the_others_are_changed_and_it_is_said() -> None:
    change = factor("contact_types.*.patience", 2)
    center, _ = after(change)
    assert center.contact_types["sales"].patience == Weibull(240, 0.8)
    assert center.contact_types["service"].patience is None
    assert Base(CENTER, PLAN).left_out(change) == ["contact_types.service.patience"]
    assert Base(CENTER, PLAN).left_out(factor("contact_types.*.volume", 2)) == []


@pytest.mark.parametrize("name", ["after_contact_work", "laws", "overflow_delay", "random_absence", "two_languages"])
def test_any_level_of_any_path_makes_a_valid_centre_or_is_refused(name: str) -> None:
    center = wfm.load(wfm.example(name))
    plan = StaffingPlan(center, np.full((len(center.agent_groups), center.horizon.intervals), 9.0))
    base, made = Base(center, plan), 0
    for path in [one for one in all_paths(center) if one not in SHORT_FORMS][:150]:
        for how, level in product(("value", "factor", "addition"), (0, 0.5, 2, -0.05, (1.0, 2.0))):
            try:
                varied_center, varied_plan = base.varied([Change(path, how, level)])
            except InputError:
                continue
            made += 1
            for one in (*varied_center.contact_types.values(), *varied_center.agent_groups.values()):
                assert replace(one) == one
            assert not list(varied_center.rules())
            np.testing.assert_array_equal(StaffingPlan(varied_center, varied_plan.net).net, varied_plan.net)
    assert made > 100


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: Change("a..b", "factor", 1), "keys joined by dots"),
        (lambda: Change("routing.lines", "fcator", 1), "did you mean 'factor'"),  # type: ignore[arg-type]
        (lambda: Change("routing.lines", "factor", "x"), "must be a number"),
        (lambda: Change("routing.lines", "value", math.nan), "finite"),
        (lambda: Variation("routing.lines", ()), "at least one"),
        (lambda: Variation("routing.lines", (1, 2, 1)), "there twice"),
        (lambda: Variation("routing.lines", (None,)), "as in the base"),
        (lambda: Variation(3, (1,)), "must be a text"),  # type: ignore[arg-type]
        (lambda: Scenario("", ()), "must be a text"),
        (lambda: Scenario("x", ("volume",)), "must be a Change"),  # type: ignore[arg-type]
    ],
)
def test_nonsense_is_refused_when_it_is_made(make: Any, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        make()


# ---- words


@pytest.mark.parametrize(
    ("variation", "words"),
    [
        (Variation("contact_types.*.volume", (0.9, 1, 1.1), "factor"), ["volume −10 %", "volume ±0 %", "volume +10 %"]),
        (Variation("contact_types.*.aht", (-15, 30.5), "addition"), ["AHT −15 s", "AHT +30.5 s"]),
        (Variation("agent_groups.*.shrinkage", (0.05,), "addition"), ["shrinkage +5 pt"]),
        (Variation("agent_groups.*.shrinkage", (0.3,)), ["shrinkage = 30 %"]),
        (Variation("agent_groups.*.agents", (1,), "addition"), ["agents +1"]),
        (Variation("routing.agent_selection", ("rank",)), ["routing.agent_selection = rank"]),
        (Variation("routing.lines", (60,), label="lines"), ["lines = 60"]),
        (Variation("agent_groups.core.skills.service", (Skill(rank=2),)),
         ["agent_groups.core.skills.service = { rank = 2 }"]),
        (Variation("contact_types.*.patience", (Never(), Weibull(60, 0.8))),
         ["patience = { law = never }", "patience = { mean = 60, shape = 0.8, law = weibull }"]),
        (Variation("contact_types.sales.volume", ((1.0, 2.0, 3.0, 4.0),)),
         ["contact_types.sales.volume = 4 values, mean 2.5"]),
    ],
)  # fmt: skip
def test_levels_have_words(variation: Variation, words: list[str]) -> None:
    assert [variation.in_words(level) for level in variation.levels] == words


def test_a_range_is_of_numbers_that_differ() -> None:
    assert Variation("routing.lines", (1, 3)).is_range
    assert not Variation("routing.lines", (1,)).is_range
    assert not Variation("routing.agent_selection", ("rank", "least_occupied")).is_range
    assert not Variation("contact_types.sales.volume", ((1.0, 2.0), (2.0, 3.0))).is_range


def test_levels_may_come_as_arrays() -> None:
    assert Variation("routing.lines", np.array([1, 2])).levels == (1, 2)  # type: ignore[arg-type]
    assert type(Change("routing.lines", "value", np.float64(3)).level) is float


def test_the_case_is_the_same_whatever_was_asked_before() -> None:
    base, change = Base(CENTER, PLAN), factor("contact_types.*.volume", 1.1)
    first = base.varied([change])[0]
    base.varied([value("contact_types.new", ContactType(volume=1, handling=5)),
                 value("agent_groups.core.skills.new", Skill()), change])  # fmt: skip
    assert base.varied([change])[0] == first == wfm.model.variation.varied(CENTER, PLAN, [change])[0]
