"""What is always true of the queue with patience of any law, what it refuses, and its requirement."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.errors import InputError
from wfm.model.laws import (
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
)
from wfm.queueing import DEFINITIONS, ErlangA, ErlangC
from wfm.queueing.patience.mmn_g import MMnG
from wfm.queueing.patience.survival import survival_table
from wfm.simulation.quantiles import build_tables, quantile

checked = settings(max_examples=40, deadline=None, derandomize=True)
ROUNDING = 1e-11
volumes, handling_times = st.floats(0.1, 3000), st.floats(20, 900)
staffing, thresholds = st.floats(0.3, 2.0), st.floats(0, 300)
means = st.floats(1, 3600)
laws: st.SearchStrategy[Law] = st.one_of(
    st.builds(Exponential, means),
    st.builds(Lognormal, means, st.floats(0, 5)),
    st.builds(Gamma, means, st.floats(0, 5)),
    st.builds(Erlang, means, st.integers(1, 50)),
    st.builds(Weibull, means, st.floats(0.1, 20)),
    st.builds(lambda low, width: Uniform(low, low + width), means, means),
    st.builds(Deterministic, means, st.floats(0, 0.5)),
    st.builds(lambda p, a, b: Hyperexponential((p, 1 - p), (a, b)), st.floats(0, 1), means, means),
    st.builds(
        lambda steps, left: Empirical(tuple(steps), weights=(left / len(steps),) * len(steps)),
        st.lists(means, min_size=1, max_size=20),
        st.floats(0.1, 1),
    ),
)


@checked
@given(volumes, handling_times, laws, staffing, thresholds, st.floats(0, 0.9))
def test_contacts_are_conserved_and_fractions_are_fractions(volume, handling_time, law, share, within, balking):
    agents = 0.5 + share * volume * handling_time / 3600
    m = MMnG(volume, handling_time, law, balking=balking).measures(agents, within, short_abandon=within / 2)
    assert m.answered + m.abandonment == pytest.approx(1.0, abs=1e-11)
    assert m.answered_within + m.abandoned_within <= 1 + ROUNDING
    assert 0 <= m.short_abandoned <= m.abandoned_within * (1 + ROUNDING)
    assert m.abandoned_within <= m.abandonment <= 1
    assert 0 <= m.answered_within <= m.answered <= 1
    assert 0 <= m.offered_wait_beyond <= m.offered_wait_probability <= 1
    assert m.wait_probability <= m.offered_wait_probability
    assert m.mean_wait <= m.mean_offered_wait * (1 + ROUNDING)
    assert all(0 <= m.service_level(definition) <= 1 for definition in DEFINITIONS)
    if math.isfinite(m.mean_wait):
        assert m.mean_queue == pytest.approx(volume / 3600 * m.mean_wait, rel=1e-12)
        assert m.occupancy == pytest.approx(volume * handling_time / 3600 * m.answered / agents, rel=1e-9)


@checked
@given(volumes, handling_times, laws, staffing, thresholds, st.floats(0.01, 5))
def test_more_agents_never_lower_the_service_level(volume, handling_time, law, share, within, more):
    agents = 0.5 + share * volume * handling_time / 3600
    m = MMnG(volume, handling_time, law).measures([agents, agents + more], within)
    assert m.service_level()[1] >= m.service_level()[0] - ROUNDING
    assert m.abandonment[1] <= m.abandonment[0] + ROUNDING
    assert m.occupancy[1] <= m.occupancy[0] + ROUNDING
    assert m.mean_offered_wait[1] <= m.mean_offered_wait[0] * (1 + ROUNDING)


@checked
@given(laws)
def test_a_table_holds_the_mean_of_its_law(law):
    table = survival_table(law.standard_by_interval(1)[0])
    mean = law.mean_by_interval(1)[0] / (1 - law.at_zero)
    if table.left_at_end[-1] == 0:
        assert table.integral[-1] * law.scale_by_interval(1)[0] == pytest.approx(mean, rel=1e-11)
    else:
        assert math.isinf(mean)
    assert np.all(np.diff(table.edges) > 0)
    assert np.all(np.diff(table.left_at_end) <= 0)


@pytest.mark.parametrize("law", [Lognormal(100, 1e-9), Gamma(100, 1e-6), Erlang(100, 10**9), Weibull(100, 1e5)])
def test_a_law_with_hardly_any_spread_is_a_constant(law):
    found, constant = (MMnG(200, 180, one).measures([8, 11], 20) for one in (law, Deterministic(100)))
    assert found.answered_within == pytest.approx(constant.answered_within, rel=1e-4)
    assert found.mean_wait == pytest.approx(constant.mean_wait, rel=1e-4)


@pytest.mark.parametrize("law", [Lognormal(100, 100), Gamma(100, 100), Weibull(100, 0.05)])
def test_a_law_of_the_widest_spread_conserves_contacts(law):
    found = MMnG(200, 180, law).measures([2, 10, 15], 20)
    assert found.answered + found.abandonment == pytest.approx(1, abs=1e-12)
    assert found.mean_queue == pytest.approx(200 / 3600 * found.mean_wait)


def test_who_hangs_up_at_the_threshold_has_abandoned_within_it_but_not_shortly():
    queue = MMnG(200, 180, Deterministic(20))
    found = queue.measures(8, answer_within=[19.999, 20, 20.001], short_abandon=[19.999, 20, 20.001])
    whole = found.abandonment[0]
    assert found.abandoned_within == pytest.approx([0, whole, whole], rel=1e-14)
    assert found.short_abandoned[:2].tolist() == [0, 0]
    assert found.short_abandoned[2] == pytest.approx(whole, rel=1e-14)


def test_nothing_offered_is_answered_at_once():
    found = MMnG(0, 0, Weibull(100, 2.0)).measures([0, 5])
    assert found.answered_within.tolist() == found.service_level().tolist() == [1, 1]
    assert found.occupancy.tolist() == found.mean_offered_wait.tolist() == found.mean_queue.tolist() == [0, 0]
    assert MMnG(0, 180, 60).required_agents(service_level=0.8) == 0


def test_without_agents_all_wait_until_they_hang_up():
    found = MMnG(200, 180, Uniform(30, 90)).measures(0, answer_within=60)
    assert (found.abandonment, found.answered, found.occupancy, found.wait_probability) == (1, 0, 1, 1)
    assert found.abandoned_within == pytest.approx(0.5)
    assert found.mean_wait == pytest.approx(60)
    assert found.average_speed_of_answer == found.mean_offered_wait == math.inf


def test_numbers_broadcast_and_a_law_may_change_by_interval():
    law = Weibull((100.0, 200.0, 300.0), (0.8, 1.0, 0.8), at_zero=(0.0, 0.1, 0.2))
    found = MMnG(200, [[180.0], [240.0]], law, balking=0.1).measures(12).abandonment
    assert found.shape == (2, 3)
    for row, handling_time in enumerate((180.0, 240.0)):
        for column, (mean, shape, zeros) in enumerate(((100.0, 0.8, 0.0), (200.0, 1.0, 0.1), (300.0, 0.8, 0.2))):
            one = MMnG(200, handling_time, Weibull(mean, shape, zeros), balking=0.1).measures(12).abandonment
            assert isinstance(one, float)
            assert found[row, column] == one


def test_a_law_is_spelt_as_in_a_scenario_file():
    spelt: Mapping[str, Any] = {"law": "weibull", "mean": 120, "shape": 0.8}
    assert MMnG(200, 180, spelt).measures(12).abandonment == MMnG(200, 180, Weibull(120, 0.8)).measures(12).abandonment
    spelt = {"law": "empirical", "sample": [30.0, 60.0], "weights": [0.5, 0.2]}
    curve = Empirical((30.0, 60.0), weights=(0.5, 0.2))
    assert MMnG(200, 180, spelt).measures(12).abandonment == MMnG(200, 180, curve).measures(12).abandonment


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MMnG(-1, 180, 60), "volume"),
        (lambda: MMnG(200, math.nan, 60), "handling_time"),
        (lambda: MMnG(200, 0, 60), "handling_time"),
        (lambda: MMnG(200, 180, -60), "patience"),
        (lambda: MMnG(200, 180, "60"), "patience"),
        (lambda: MMnG(200, 180, 60, balking=1.5), "balking"),
        (lambda: MMnG(200, 180, {"law": "weibul"}), "did you mean 'weibull'"),
        (lambda: MMnG(200, 180, {"mean": 120}), "patience.law"),
        (lambda: MMnG(200, 180, {"law": "weibull", "mean": 120}), "patience.shape"),
        (lambda: MMnG(200, 180, {"law": "weibull", "mean": 120, "shap": 1}), "did you mean 'shape'"),
        (lambda: MMnG(200, 180, {"law": "weibull", "mean": -1, "shape": 1}), "patience.mean"),
        (lambda: MMnG([1, 2], 180, Exponential((1.0, 2.0, 3.0))), "shapes"),
        (lambda: MMnG(200, 180, 60).measures(-1), "agents"),
        (lambda: MMnG(200, 180, 60).measures(10, answer_within=math.inf), "answer_within"),
        (lambda: MMnG(200, 180, 60).required_agents(), "targets"),
        (lambda: MMnG(200, 180, 60).required_agents(service_level=1.2), "service_level"),
        (lambda: MMnG(200, 180, 60).required_agents(service_level=0.8, definition="answered"), "definition"),
        (lambda: Empirical((1.0, 2.0), weights=(0.5,)), "as many entries"),
        (lambda: Empirical((1.0, 2.0), weights=(0.5, 0.6)), "at most 1"),
        (lambda: Empirical((1.0, 2.0), weights=(0.0, 0.0)), "more than 0"),
    ],
)
def test_nonsense_is_refused_by_name(make, words):
    with pytest.raises(InputError) as caught:
        make()
    assert words in str(caught.value)


def test_every_fault_is_told_at_once():
    with pytest.raises(InputError) as caught:
        MMnG(-1, -2, {"law": "weibull", "mean": 0, "shape": 0.8}, balking=2)
    assert {one.where for one in caught.value.faults} == {"volume", "handling_time", "patience.mean", "balking"}


# ---- the requirement


@checked
@given(
    volumes, handling_times, means, thresholds, st.floats(0.05, 0.99), st.floats(0.05, 0.99),
    st.sampled_from(list(DEFINITIONS)), st.floats(0, 0.5),
)  # fmt: skip
def test_the_requirement_with_exponential_patience_is_that_of_erlang_a(
    volume, handling_time, patience, within, level, occupancy, definition, balking
):
    targets = {
        "service_level": level, "answer_within": within, "definition": definition, "short_abandon": 5,
        "max_occupancy": occupancy, "max_average_speed_of_answer": 10, "max_abandonment": 0.2,
    }  # fmt: skip
    found = MMnG(volume, handling_time, patience, balking=balking).requirement(**targets)
    expected = ErlangA(volume, handling_time, patience, balking=balking).requirement(**targets)
    assert (found.whole, found.binding) == (expected.whole, expected.binding)
    assert found.fractional == pytest.approx(expected.fractional, rel=1e-9, abs=1e-9)


@checked
@given(st.floats(0.1, 60), handling_times, laws, thresholds, st.floats(0.05, 0.99), st.floats(0.3, 0.99))
def test_the_requirement_is_the_least_that_meets_every_target(volume, handling_time, law, within, level, occupancy):
    queue = MMnG(volume, handling_time, law)
    found = queue.requirement(service_level=level, answer_within=within, max_occupancy=occupancy)
    tried = queue.measures(np.arange(found.whole + 1), within)
    met = (tried.service_level() >= level * (1 - 1e-12)) & (tried.occupancy <= occupancy * (1 + 1e-12))
    assert np.flatnonzero(met[1:]).tolist() == [found.whole - 1]
    assert found.whole - 1 <= found.fractional <= found.whole
    exact = queue.measures(found.fractional + 1e-7, within)
    assert exact.service_level() >= level - 1e-9
    assert exact.occupancy <= occupancy + 1e-9


def test_requirements_of_many_queues_are_those_of_each():
    volumes = np.array([0.0, 3, 50, 400, 4000])
    laws = [Lognormal(60, 1.5), Never(), Empirical((10.0, 50.0), weights=(0.3, 0.3))]
    for law in laws:
        found = MMnG(volumes, 240, law).requirement(service_level=0.8, max_occupancy=0.9)
        each = [MMnG(volume, 240, law).requirement(service_level=0.8, max_occupancy=0.9) for volume in volumes]
        assert found.whole.tolist() == [one.whole for one in each]
        assert found.fractional.tolist() == [one.fractional for one in each]
        assert found.binding.tolist() == [one.binding for one in each]


def test_without_patience_to_end_the_requirement_is_that_of_erlang_c():
    volumes = np.array([1.0, 100, 3600])
    targets: dict[str, Any] = {"max_average_speed_of_answer": 1e6}
    found, expected = (one.requirement(**targets) for one in (MMnG(volumes, 180, Never()), ErlangC(volumes, 180)))
    assert found.whole.tolist() == expected.whole.tolist()
    assert found.fractional == pytest.approx(expected.fractional, rel=1e-9)
    assert found.binding.tolist() == expected.binding.tolist()


def test_those_who_never_hang_up_need_more_agents_than_their_load():
    queue = MMnG(200, 180, Empirical((30.0,), weights=(0.6,)))
    found = queue.requirement(max_abandonment=0.9)
    assert (found.whole, found.fractional, found.binding) == (5, pytest.approx(4.0), "stability")


# ---- recorded patience in the simulation


def test_a_weighted_sample_is_looked_up_and_its_rest_never_ends():
    law = Empirical((5.0, 1.0, 3.0), weights=(0.25, 0.5, 0.125))
    tables = build_tables([*Empirical((7.0,)).standard_by_interval(1), *law.standard_by_interval(1)])
    found = [quantile(tables, 1, u) for u in (2.0**-53, 0.49, 0.51, 0.62, 0.63, 0.87, 0.88, 1 - 2.0**-53)]
    assert found == [1, 1, 3, 3, 5, 5, math.inf, math.inf]
    assert quantile(tables, 0, 0.9) == 7.0


def test_weights_that_add_up_to_one_but_for_rounding_leave_no_rest():
    law = Empirical((1.0, 2.0, 3.0), weights=(0.1, 0.2, 0.7 - 1e-12))
    assert law.endless == 0
    assert quantile(build_tables(law.standard_by_interval(1)), 0, 1 - 2.0**-53) == 3.0
    assert law.mean_by_interval(1)[0] == pytest.approx(2.6)
    assert law.scv_by_interval(1)[0] == pytest.approx((0.1 * 2.56 + 0.2 * 0.36 + 0.7 * 0.16) / 2.6**2)
