"""What is always true of the limits for many agents, and what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.errors import InputError
from wfm.queueing.square_root import (
    efficiency_driven_staffing,
    garnett,
    garnett_beta,
    halfin_whitt,
    halfin_whitt_beta,
    square_root_staffing,
)

checked = settings(max_examples=150, deadline=None, derandomize=True)
betas = st.floats(-30, 30)
impatience = st.floats(-6, 6).map(lambda power: 10.0**power)


@checked
@given(betas, impatience, st.floats(1e-3, 5))
def test_more_spare_agents_and_less_patience_make_fewer_wait(beta, ratio, more):
    few, many = garnett([beta, beta + more], ratio).wait_probability
    assert 0 <= many <= few <= 1
    assert garnett(beta, 2 * ratio).wait_probability <= few * (1 + 1e-12)
    assert few <= halfin_whitt(beta) * (1 + 1e-9)


@checked
@given(betas, impatience)
def test_abandonment_is_what_agents_cannot_take(beta, ratio):
    limit = garnett(beta, ratio)
    assert limit.scaled_abandonment > max(0.0, -beta) * (1 - 1e-12)
    assert limit.scaled_abandonment >= garnett(beta + 1, ratio).scaled_abandonment


@checked
@given(st.floats(1e-9, 1 - 1e-9), impatience)
def test_inverses_give_back_the_wait_probability(wanted, ratio):
    assert halfin_whitt(halfin_whitt_beta(wanted)) == pytest.approx(wanted, rel=1e-10)
    assert garnett(garnett_beta(wanted, ratio), ratio).wait_probability == pytest.approx(wanted, rel=1e-10)


@checked
@given(st.floats(-30, 30))
def test_equal_rates_of_handling_and_patience_give_the_normal_tail(beta):
    """The number present is then Poisson, whose limit is normal."""
    tail = 0.5 * math.erfc(beta / math.sqrt(2))
    assert garnett(beta, 1.0).wait_probability == pytest.approx(tail, rel=1e-11)


@checked
@given(st.floats(0.01, 30))
def test_endless_patience_is_the_limit_of_long_patience(beta):
    assert garnett(beta, 1e-24).wait_probability == pytest.approx(halfin_whitt(beta), rel=1e-9)


def test_the_two_forms_of_the_abandonment_join_without_a_step():
    below, above = garnett([100 * 0.9999999, 100 * 1.0000001], 1.0).scaled_abandonment
    assert below == pytest.approx(above, rel=1e-6)
    assert above == pytest.approx(0.01, rel=3e-4)


def test_limits_beyond_any_centre():
    assert halfin_whitt([-1e6, 0, 60]).tolist() == [1, 1, 0]
    assert garnett([-1e6, 60], 1.0).wait_probability.tolist() == [1, 0]


def test_agents_by_rule():
    assert square_root_staffing([0, 100, 4], [3, -1, -5]).tolist() == [0, 90, 0]
    assert efficiency_driven_staffing([100, 100, 0], [0.2, 1, 0.5]).tolist() == [80, 0, 0]
    assert type(square_root_staffing(100, 1)) is type(halfin_whitt(1)) is type(halfin_whitt_beta(0.5)) is float
    assert garnett_beta([0.2, 0.8], [[0.5], [1.0], [2.0]]).shape == (3, 2)
    assert not np.isnan(garnett_beta([1e-300], 1.0)).any()


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda: halfin_whitt(math.nan), ["beta"]),
        (lambda: garnett(math.inf, 0.0), ["beta", "impatience"]),
        (lambda: halfin_whitt_beta([0.5, 1.0]), ["wait_probability[1]"]),
        (lambda: garnett_beta(0.0, -1.0), ["wait_probability", "impatience"]),
        (lambda: square_root_staffing(-1, 1), ["offered_load"]),
        (lambda: efficiency_driven_staffing(1, 0), ["abandonment"]),
    ],
)
def test_nonsense_is_refused_by_name(ask, where):
    with pytest.raises(InputError) as caught:
        ask()
    assert [fault.where for fault in caught.value.faults] == where
