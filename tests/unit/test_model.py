"""The model: every value is held to its declaration, and never changes."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import wfm
from wfm.errors import InputError
from wfm.files.manual import documented_arguments
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Experiment, Routing, Skill, Target
from wfm.model.declared import bounds_in_words, declared_hints, faults_of, unit_of
from wfm.model.horizon import Horizon, parse_opening
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
    as_law,
)
from wfm.model.plan import StaffingPlan
from wfm.model.shrinkage import Shrinkage

START = datetime(2026, 1, 5, 8)  # a Monday
DAY = Horizon(START, 1800.0, 4)


def centre(**group: Any) -> ContactCenter:
    calls = ContactType(volume=[10, 20, 30, 40], handling=180, patience=120)
    return ContactCenter(DAY, {"calls": calls}, {"team": AgentGroup(skills={"calls": Skill()}, **group)})


def faults(make: Any, *values: Any, **named: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        make(*values, **named)
    return [str(one) for one in caught.value.faults]


# ---- declarations


@pytest.mark.parametrize("cls", [ContactType, AgentGroup, Target, Routing, Experiment, Skill, Shrinkage, Horizon])
def test_every_field_is_documented(cls: type) -> None:
    assert set(documented_arguments(cls)) == set(declared_hints(cls))


@pytest.mark.parametrize("cls", LAWS.values(), ids=LAWS)
def test_every_number_of_a_law_is_documented(cls: type) -> None:
    assert set(documented_arguments(cls)) == set(declared_hints(cls)) - {"law"}


def test_a_value_never_changes() -> None:
    target = Target(0.8)
    with pytest.raises(FrozenInstanceError):
        target.service_level = 0.9  # type: ignore[misc]


def test_faults_come_all_at_once_with_the_value_that_was_found() -> None:
    found = faults(Target, 1.8, -1, "answered")
    assert len(found) == 3
    assert "service_level" in found[0]
    assert "1.8" in found[0]
    assert "answer_within" in found[1]
    assert "answered_of_offered" in found[2]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, "100", True, None, {}])
def test_what_is_no_finite_number_is_none(value: Any) -> None:
    assert faults(Exponential, value)
    assert faults(Experiment, replications=value)


def test_a_whole_number_may_have_a_point_but_no_fraction() -> None:
    assert Experiment(replications=20.0).replications == 20  # type: ignore[arg-type]
    assert isinstance(Experiment(replications=20.0).replications, int)  # type: ignore[arg-type]
    assert isinstance(Horizon(START, 1800.0, np.int64(4)).intervals, int)  # type: ignore[arg-type]
    assert "whole number" in faults(Experiment, replications=2.5)[0]


def test_a_percentage_without_its_sign_is_explained() -> None:
    assert "'30%'" in faults(Shrinkage, planned={"breaks": 30})[0]
    assert "'85%' or 0.85" in faults(AgentGroup, skills={"calls"}, max_occupancy=85)[0]
    assert "%" not in faults(AgentGroup, skills={"calls"}, max_occupancy=-0.1)[0]


def test_vectors_of_any_kind_are_the_same_value() -> None:
    lists = [ContactType(volume=one, handling=180) for one in ([1, 2], (1.0, 2.0), np.array([1, 2]))]
    assert lists[0] == lists[1] == lists[2]
    assert lists[0].volume == (1.0, 2.0)
    assert len({hash(one.volume) for one in lists}) == 1


def test_bounds_and_units_are_told_in_words() -> None:
    hints = declared_hints(AgentGroup)
    assert unit_of(hints["max_occupancy"]) == "share"
    assert bounds_in_words(declared_hints(Target)["service_level"]) in ("above 0 and below 1", "")
    assert [str(one) for one in faults_of("x", 0, hints["max_occupancy"])] == [
        "x: must be above 0 and at most 1 (found 0)"
    ]


# ---- horizon


def test_a_day_is_a_calendar_day() -> None:
    horizon = Horizon(datetime(2026, 1, 5, 22), 3600.0, 28)
    assert horizon.number_of_days == 3
    assert horizon.days.tolist() == [0, 0] + [1] * 24 + [2, 2]
    assert horizon.edges[-1] == 28 * 3600


def test_opening_hours_wrap_over_the_week_and_may_have_breaks() -> None:
    week = Horizon(datetime(2026, 1, 5), 3600.0, 168)
    opening = {"Sat-Mon": "08:00-10:00", "Wednesday": "08:00-09:00, 10:00-24:00"}
    counts = week.open_intervals(opening).reshape(7, 24).sum(axis=1)
    assert counts.tolist() == [2, 0, 15, 0, 0, 2, 2]
    assert parse_opening({"tue,thu": "00:00-24:00"})[3] == [(0.0, 1440.0)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"start": datetime(2026, 1, 5, tzinfo=UTC)}, "without a zone"),
        ({"start": datetime(9999, 12, 31)}, "before the year 9999"),
        ({"interval": 1e308}, "at most 31 days"),
        ({"interval": 1e-6}, "at least 1 second"),
        ({"interval": 0}, "above 0"),
        ({"intervals": 10**9}, "at most 527,040"),
        ({"intervals": 1e308}, "at most 527,040"),
        ({"intervals": 0}, "at least 1"),
        ({"opening": {"Mon": "8-10"}}, "hours such as"),
        ({"opening": {"Mon": "08:00-25:00"}}, "24:00 at the latest"),
        ({"opening": {"Mon-Tue-Wed": "08:00-10:00"}}, "range of weekdays"),
        ({"opening": {}}, "no interval"),
        ({"opening": {"Mon": "08:10-10:00"}}, "interval's edge"),
        ({"after_close": "stop"}, "serve | drop | carry"),
        ({"day_factor": 1.0}, "must be a law"),
    ],
)
def test_a_horizon_refuses(values: dict[str, Any], words: str) -> None:
    found = faults(Horizon, **{"start": START, "interval": 1800.0, "intervals": 4, **values})
    assert len(found) == 1
    assert words in found[0]


# ---- laws

positive = st.floats(0.01, 1e4)
LAW: dict[str, st.SearchStrategy[Law]] = {
    "exponential": st.builds(Exponential, positive),
    "lognormal": st.builds(Lognormal, positive, st.floats(0, 5)),
    "gamma": st.builds(Gamma, positive, st.floats(0, 5)),
    "erlang": st.builds(Erlang, positive, st.integers(1, 50)),
    "weibull": st.builds(Weibull, positive, st.floats(0.3, 10)),
    "uniform": st.builds(lambda low, width: Uniform(low, low + width), st.floats(0, 1e4), positive),
    "deterministic": st.builds(Deterministic, positive),
    "hyperexponential": st.builds(
        lambda p, a, b: Hyperexponential((p, 1 - p), (a, b)), st.floats(0.01, 0.99), positive, positive
    ),
    "empirical": st.builds(lambda sample: Empirical(tuple(sample)), st.lists(positive, min_size=1, max_size=20)),
}


@given(st.one_of(*LAW.values()), st.sampled_from([0.0, 0.25]))
def test_an_atom_at_zero_takes_its_share_of_the_moments(law: Law, share: float) -> None:
    with_atom = replace(law, at_zero=share)  # type: ignore[type-var]
    mean, scv = law.mean_by_interval(3), law.scv_by_interval(3)
    assert mean.shape == scv.shape == (3,)
    np.testing.assert_allclose(with_atom.mean_by_interval(3), mean * (1 - share))
    second = (1 + with_atom.scv_by_interval(3)) * with_atom.mean_by_interval(3) ** 2
    np.testing.assert_allclose(second, (1 - share) * (1 + scv) * mean**2, rtol=1e-9)


def test_moments_are_those_of_the_textbook() -> None:
    found = {
        "uniform": (Uniform(0.0, 12.0), 6.0, 1 / 3),
        "hyperexponential": (Hyperexponential((0.5, 0.5), (10.0, 30.0)), 20.0, 1.5),
        "erlang": (Erlang(20.0, 4), 20.0, 0.25),
        "deterministic": (Deterministic(20.0), 20.0, 0.0),
        "weibull": (Weibull(20.0, 1.0), 20.0, 1.0),
        "empirical": (Empirical((10.0, 30.0)), 20.0, 0.25),
    }
    for name, (law, mean, scv) in found.items():
        assert law.mean_by_interval(1)[0] == pytest.approx(mean), name
        assert law.scv_by_interval(1)[0] == pytest.approx(scv), name


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Exponential(0.0), "above 0"),
        (lambda: Exponential([180.0, -1.0]), "mean[1]"),  # type: ignore[arg-type]
        (lambda: Lognormal(180.0, -1.0), "at least 0"),
        (lambda: Erlang(20.0, 0), "at least 1"),
        (lambda: Uniform(5.0, 5.0), "below high"),
        (lambda: Hyperexponential((0.5, 0.4), (1.0, 2.0)), "1"),
        (lambda: Hyperexponential((1.0,), (1.0, 2.0)), "means"),
        (lambda: Empirical(()), "at least one"),
        (lambda: Weibull(180.0, 1e-9), "at least 0.05"),
        (lambda: Lognormal(180.0, 1e200), "at most 100"),
        (lambda: Gamma(180.0, (1.0, 1e3)), "at most 100"),
        (lambda: ContactType(volume=1, handling=Deterministic(0.0)), "take some time"),
        (lambda: Target(max_abandonment=0.0), "above 0"),
        (lambda: AgentGroup(skills={}), "names no contact type"),
        (lambda: Exponential(1.0, at_zero=1.0), "below 1"),
    ],
)
def test_a_law_refuses(make: Any, words: str) -> None:
    assert any(words in one for one in faults(make))


def test_a_number_is_the_mean_of_an_exponential_law() -> None:
    assert as_law(180.0) == Exponential(180.0)
    assert ContactType(volume=1, handling=[180, 200]).handling == Exponential((180.0, 200.0))  # type: ignore[arg-type]


def test_balking_and_patience_zero_are_one_share() -> None:
    calls = ContactType(volume=1, handling=180, patience=Exponential(100.0, at_zero=0.5), balking=0.2)
    assert calls.balking_share(1)[0] == pytest.approx(1 - 0.8 * 0.5)
    assert calls.mean_patience(2).tolist() == [100.0, 100.0]
    assert np.isinf(ContactType(volume=1, handling=180).mean_patience(1)[0])
    assert np.isinf(ContactType(volume=1, handling=180, patience=Never()).mean_patience(1)[0])


# ---- shrinkage


@given(st.integers(0, 2000), st.integers(0, 99))
def test_whole_gross_is_exact(net: int, percent: int) -> None:
    whole = Shrinkage(planned={"all": percent / 100}).whole_gross(np.array([float(net)]))[0]
    assert whole == -(-net * 100 // (100 - percent))


@pytest.mark.parametrize(("net", "shrinkage", "gross"), [(9, 0.55, 20), (21, 0.30, 30), (14, 0.30, 20), (70, 0.3, 100)])
def test_whole_gross_of_the_traps(net: int, shrinkage: float, gross: int) -> None:
    assert Shrinkage(planned={"all": shrinkage}).whole_gross(np.array([net]))[0] == gross


def test_shrinkage_is_summed_or_compounded() -> None:
    parts = {"a": 0.10, "b": 0.10, "c": 0.15}
    summed, compound = Shrinkage(planned=parts), Shrinkage(planned=parts, combine="compound")
    assert summed.total == Fraction(35, 100)
    assert float(compound.total) == pytest.approx(0.3115)
    assert summed.gross(np.array([50.0]))[0] == pytest.approx(76.92, abs=0.01)
    assert compound.gross(np.array([50.0]))[0] == pytest.approx(72.62, abs=0.01)
    for one in (summed, compound):
        assert sum(part for _, part in one.waterfall()) == pytest.approx(float(one.total))
        np.testing.assert_allclose(one.net(one.gross(np.array([7.5]))), 7.5)


@given(st.lists(st.sampled_from([0.0, 0.05, 0.1, 0.2]), min_size=1, max_size=4), st.sampled_from(["sum", "compound"]))
def test_random_absence_and_the_rest_make_the_whole(shares: list[float], combine: Any) -> None:
    names = [f"c{index}" for index in range(len(shares))]
    one = Shrinkage(unplanned=dict(zip(names, shares, strict=True)), combine=combine, random=(names[0],))
    assume(one.total < 1)
    rest = Shrinkage(unplanned=dict(zip(names[1:], shares[1:], strict=True)), combine=combine)
    assert (1 - one.absence) * float(1 - rest.total) == pytest.approx(float(1 - one.total))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"planned": {"a": 0.6}, "unplanned": {"b": 0.4}}, "below 1"),
        ({"planned": {"a": 0.1}, "unplanned": {"a": 0.1}}, "unplanned has too"),
        ({"planned": {"sickness": 0.1}, "random": ("sicknes",)}, "did you mean 'sickness'?"),
        ({"base": "payed"}, "did you mean 'paid'?"),
        ({"planned": 0.3}, "must be a table"),
    ],
)
def test_shrinkage_refuses(values: dict[str, Any], words: str) -> None:
    assert words in faults(Shrinkage, **values)[0]


# ---- centre and plan


def test_closed_intervals_have_no_volume_and_no_agents() -> None:
    center = replace(centre(agents=5), horizon=Horizon(START, 1800.0, 4, {"Mon": "08:30-09:30"}))
    assert center.volume("calls").tolist() == [0, 20, 30, 0]
    assert center.plan is not None
    assert center.plan.net.tolist() == [[0, 5, 5, 0]]


def test_scheduled_people_are_gross() -> None:
    plan = centre(scheduled=10, shrinkage=Shrinkage(planned={"breaks": 0.3}), cost_per_hour=20, contract_hours=40).plan
    assert plan is not None
    np.testing.assert_allclose(plan.net, 7.0)
    np.testing.assert_allclose(plan.gross, 10.0)
    assert plan.paid_hours.tolist() == [20.0]
    assert plan.cost == pytest.approx(400.0)
    assert plan.fte == pytest.approx(0.5)


def test_hours_and_money_add_the_fractional_gross() -> None:
    center = centre(shrinkage=Shrinkage(planned={"breaks": 0.3}), cost_per_hour=10)
    plan = StaffingPlan(center, np.array([7, 14, 9, 9]))
    assert plan.whole_gross.tolist() == [[10, 20, 13, 13]]
    assert plan.paid_hours[0] == pytest.approx((7 + 14 + 9 + 9) / 0.7 / 2)


def test_agents_that_are_to_be_solved_are_no_plan() -> None:
    assert centre().plan is None


@pytest.mark.parametrize("net", [[1, 2, 3], [[1, 2, 3, 4]] * 2, [1, 2, 3, -4], [1, 2, 3, math.nan]])
def test_a_plan_refuses(net: Any) -> None:
    with pytest.raises(InputError, match="net"):
        StaffingPlan(centre(), np.array(net, float))


def test_a_plan_cannot_be_written_into() -> None:
    plan = StaffingPlan(centre(), np.ones(4))
    with pytest.raises(ValueError, match="read-only"):
        plan.net[0, 0] = 5


def test_the_digest_is_of_the_world_and_not_of_its_plan() -> None:
    base = centre(agents=5)
    assert base.digest == centre(agents=6).digest == centre(scheduled=6).digest
    assert base.digest == replace(base, experiment=Experiment(seed=2)).digest
    assert base.digest != centre(agents=5, max_occupancy=0.9).digest
    assert base.digest != replace(base, routing=Routing(lines=60)).digest


def calls(**values: Any) -> dict[str, Any]:
    """A change of a centre's only contact type."""
    return {"contact_types": {"calls": ContactType(**{"volume": 1, "handling": 180, **values})}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"agent_groups": {"team": AgentGroup(skills={"cals": Skill()})}}, "did you mean 'calls'?"),
        ({"agent_groups": {"team": AgentGroup(skills={"calls": Skill(after=7200)})}}, "below the horizon's 7200 s"),
        ({"agent_groups": {"team": AgentGroup(skills={"calls": Skill(reserve=2)}, agents=2)}}, "at most 2"),
        ({"agent_groups": {}}, "no agent group"),
        ({"contact_types": {}}, "there are none"),
        (calls(volume=[1, 2]), "4 values"),
        (calls(handling=Exponential((1.0, 2.0))), "4 values"),
        (calls(day_factor=Gamma(2.0, 0.1)), "mean 1"),
        (calls(day_factor=Never()), "mean 1"),
        (calls(day_factor=Gamma(1.0, (1, 2, 3, 4))), "once a day"),
        (calls(opening={"Sun": "08:00-10:00"}), "no interval"),
    ],
)
def test_a_centre_refuses(change: dict[str, Any], words: str) -> None:
    assert any(words in one for one in faults(replace, centre(), **change))


def test_what_no_machine_could_simulate_is_refused() -> None:
    huge = ContactType(volume=1e30, handling=180)
    assert "100,000,000" in faults(replace, centre(), contact_types={"calls": huge})[0]
    assert "at most 1,000,000" in faults(centre, agents=1e12)[0]
    assert "at most 1,000,000" in faults(StaffingPlan, centre(), np.full(4, 1e12))[0]


def test_what_is_told_of_a_file_is_told_in_python() -> None:
    assert wfm.InputError is InputError
    found = faults(AgentGroup, skills={}, agents=3, scheduled=4)
    assert len(found) == 2


def test_numbers_worked_out_with_numpy_are_numbers() -> None:
    volume, agents = np.array([50.0, 60.0]), np.int64(3)
    calls = ContactType(volume=volume[0], handling=np.float64(180.0), patience=np.array(120.0))
    assert calls == ContactType(volume=50.0, handling=180.0, patience=120.0)
    assert AgentGroup(skills={"calls": Skill()}, agents=agents).agents == 3
    assert ContactType(volume=volume, handling=180.0).volume == (50.0, 60.0)
