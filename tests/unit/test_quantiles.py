"""Do the quantile tables equal the laws, into the deepest tails, and do the laws know their mean and variance?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

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
from wfm.simulation.lowering import Law as Lowered
from wfm.simulation.quantiles import Tables, build_tables, draw, polynomial_quantile, quantile

LAST = 2**53 - 1  # numerator of the largest u; the smallest is 1 / 2^53


def lognormal(cv: float):
    sigma = math.sqrt(math.log1p(cv * cv))
    return stats.lognorm(sigma, scale=math.exp(-sigma * sigma / 2))


def weibull(shape: float):
    return stats.weibull_min(shape, scale=1 / math.gamma(1 + 1 / shape))


# A law of mean 1 (uniform: of highest value 1), and the same in SciPy.
LAWS = [
    (Exponential(1.0), stats.expon()),
    (Lognormal(1.0, 0.2), lognormal(0.2)),
    (Lognormal(1.0, 1.0), lognormal(1.0)),
    (Lognormal(1.0, 3.0), lognormal(3.0)),
    (Gamma(1.0, 0.1), stats.gamma(100.0, scale=0.01)),
    (Gamma(1.0, 0.6), stats.gamma(1 / 0.36, scale=0.36)),
    (Gamma(1.0, 1.5), stats.gamma(1 / 2.25, scale=2.25)),
    (Erlang(1.0, 3), stats.erlang(3, scale=1 / 3)),
    (Weibull(1.0, 0.6), weibull(0.6)),
    (Weibull(1.0, 1.0), stats.expon()),
    (Weibull(1.0, 2.5), weibull(2.5)),
    (Uniform(0.25, 1.0), stats.uniform(0.25, 0.75)),
    (Uniform(0.0, 1.0), stats.uniform(0.0, 1.0)),
]
NAMES = [f"{type(law).__name__}-{i}" for i, (law, _) in enumerate(LAWS)]
MIXTURE = Hyperexponential((0.7, 0.3), (0.5, 13 / 6))


def table_of(law: Law) -> Tables:
    return build_tables(law.standard_by_interval(1))


def quantiles(tables: Tables, numerators: np.ndarray) -> np.ndarray:
    """Quantiles at u = numerator / 2^53."""
    return np.array([polynomial_quantile(tables.coefficients[0], float(n) * 2.0**-53) for n in numerators])


def numerators() -> np.ndarray:
    """Odd numerators from 1 to 2^52: the first ones, the edges of the cells, and points inside them."""
    rng = np.random.default_rng(5)
    octaves = 2.0 ** np.arange(3, 53)
    edges = (octaves[:, None] * (1 + np.arange(8) / 8)).ravel().astype(np.int64)
    inside = (2 ** rng.uniform(3, 52, 1500)).astype(np.int64)
    found = np.concatenate([np.arange(1, 100, 2), edges - 1, edges + 1, inside]) | 1
    return np.unique(found[(found > 0) & (found <= 2**52)])


@pytest.mark.parametrize(("law", "exact"), LAWS, ids=NAMES)
def test_lower_side(law, exact):
    n = numerators()
    assert quantiles(table_of(law), n) == pytest.approx(exact.ppf(n * 2.0**-53), rel=1e-9, abs=0)


@pytest.mark.parametrize(("law", "exact"), LAWS, ids=NAMES)
def test_upper_side(law, exact):
    """u = 1 - n / 2^53: the tail probability is exact, and so is the far tail."""
    n = numerators()
    assert quantiles(table_of(law), LAST + 1 - n) == pytest.approx(exact.isf(n * 2.0**-53), rel=1e-9, abs=0)


def test_hyperexponential():
    """The mixture has no closed quantile: its distribution at the table's quantile must be u."""
    tables, n = table_of(MIXTURE), numerators()
    probs, means = np.array(MIXTURE.probs), np.array(MIXTURE.means)
    low, high = quantiles(tables, n)[:, None], quantiles(tables, LAST + 1 - n)[:, None]
    assert (-probs * np.expm1(-low / means)).sum(axis=1) == pytest.approx(n * 2.0**-53, rel=1e-9, abs=0)
    tail, density = (probs * np.exp(-high / means)).sum(axis=1), (probs / means * np.exp(-high / means)).sum(axis=1)
    error = (tail - n * 2.0**-53) / density  # in the quantile, to first order
    assert np.all(np.abs(error) <= 1e-9 * high[:, 0])


@pytest.mark.parametrize("law", [*(law for law, _ in LAWS), MIXTURE], ids=[*NAMES, "Hyperexponential"])
def test_a_larger_number_never_gives_a_smaller_quantile(law):
    """Also from cell to cell, to the accuracy of the tables."""
    tables, n = table_of(law), numerators()
    found = quantiles(tables, np.concatenate([n, (LAST + 1 - n)[::-1]]))
    assert np.all(found >= 0)
    assert np.all(np.diff(found) >= -5e-10 * found[1:])


def test_a_constant_is_exactly_constant():
    found = quantiles(table_of(Deterministic(7.0)), numerators())
    assert np.all(found == 1.0)


def test_a_sample_is_looked_up():
    tables = build_tables(
        [*Exponential(1.0).standard_by_interval(1), *Empirical((5.0, 1.0, 3.0)).standard_by_interval(1)]
    )
    found = [quantile(tables, 1, u) for u in (2.0**-53, 0.33, 0.34, 0.66, 0.67, 1 - 2.0**-53)]
    assert found == [1.0, 1.0, 3.0, 3.0, 5.0, 5.0]


def test_two_samples_do_not_mix():
    tables = build_tables(law.standard_by_interval(1)[0] for law in (Empirical((1.0, 2.0)), Empirical((7.0,))))
    assert [quantile(tables, table, u) for table in (0, 1) for u in (0.1, 0.9)] == [1.0, 2.0, 7.0, 7.0]


# ---- shares of zero, and scales


def lowered(scale: float, at_zero: float) -> Lowered:
    return Lowered(np.array([[scale]]), np.zeros((1, 1), np.int64), np.array([[at_zero]]))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 2**52 - 1), st.floats(0.001, 0.999))
def test_a_share_of_zeros(half, share):
    """Below the share the variate is 0; above it the law is drawn with what is left of u."""
    u = (half + 0.5) * 2.0**-52
    tables = table_of(Exponential(1.0))
    found = draw(lowered(10.0, share), tables, 0, 0, u)
    if u < share:
        assert found == 0
    else:
        rest = (u - share) / (1 - share)
        assert -math.expm1(-found / 10) == pytest.approx(rest, rel=1e-9, abs=1e-15)
        assert found > 0


def test_without_zeros_a_draw_is_scale_times_quantile():
    tables = table_of(Exponential(1.0))
    assert draw(lowered(10.0, 0.0), tables, 0, 0, 0.3) == 10.0 * quantile(tables, 0, 0.3)


# ---- mean and variance of the model's laws


def _moments(law: Law) -> tuple[float, float]:
    """Mean and second moment of a law without zeros, by integrating its quantile table over u."""
    tables, scale = table_of(law), float(law.scale_by_interval(1)[0])
    if tables.sample_size[0]:
        values = tables.samples
        return float(values.mean()), float((values**2).mean())
    # Gauss-Legendre in every cell, on both sides; cells are read by the numbers inside them.
    nodes, weights = np.polynomial.legendre.leggauss(8)
    octaves = 2.0 ** np.arange(-53, -1)
    low = (octaves[:, None] * (1 + np.arange(8) / 8)).ravel()
    width = np.repeat(octaves / 8, 8)
    first = second = 0.0
    for a, h in zip(low, width, strict=True):
        v = a + h * (nodes + 1) / 2
        found = np.array([[polynomial_quantile(tables.coefficients[0], u) for u in side] for side in (v, 1 - v)])
        first += float(np.sum(found * weights) * h / 2)
        second += float(np.sum(found**2 * weights) * h / 2)
    return scale * first, scale * scale * second


@pytest.mark.parametrize(
    "law",
    [
        Exponential(180.0),
        Lognormal(180.0, 0.5),
        Lognormal(180.0, 1.3),
        Gamma(180.0, 0.6),
        Gamma(180.0, 1.5),
        Erlang(180.0, 4),
        Weibull(180.0, 1.7),
        Uniform(60.0, 300.0),
        Deterministic(180.0),
        Hyperexponential((0.7, 0.3), (60.0, 460.0)),
        Empirical((10.0, 20.0, 90.0)),
    ],
    ids=lambda law: type(law).__name__,
)
def test_mean_and_variance_of_a_law_are_those_of_its_table(law):
    mean, second = _moments(law)
    assert law.mean_by_interval(1)[0] == pytest.approx(mean, rel=1e-6)
    assert law.scv_by_interval(1)[0] == pytest.approx(second / mean**2 - 1, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(("law", "exact"), LAWS, ids=NAMES)
def test_mean_and_variance_of_a_law_by_numeric_integration(law, exact):
    mean = integrate.quad(exact.sf, 0, np.inf, limit=200)[0]
    second = integrate.quad(lambda x: 2 * x * exact.sf(x), 0, np.inf, limit=400, epsabs=1e-10)[0]
    assert law.mean_by_interval(1)[0] == pytest.approx(mean, rel=1e-6)
    assert law.scv_by_interval(1)[0] == pytest.approx(second / mean**2 - 1, rel=1e-4)


def test_zeros_lower_the_mean_and_raise_the_variance():
    law = Lognormal(100.0, 1.0, at_zero=(0.0, 0.2))
    assert law.mean_by_interval(2) == pytest.approx([100.0, 80.0])
    # Second moment 0.8 x 2 x 100^2.
    assert law.scv_by_interval(2) == pytest.approx([1.0, 0.8 * 2e4 / 80**2 - 1])


def test_laws_that_change_by_interval():
    law = Weibull((100.0, 200.0), (1.0, 2.0))
    assert law.mean_by_interval(2) == pytest.approx([100.0, 200.0])
    assert law.scv_by_interval(2) == pytest.approx([1.0, 4 / math.pi - 1])
    assert [standard.shape for standard in law.standard_by_interval(2)] == [(1.0,), (2.0,)]


def test_never_is_endless():
    assert Never().mean_by_interval(2).tolist() == [math.inf, math.inf]
    never = Lowered(np.array([[math.inf]]), np.zeros((1, 1), np.int64), np.array([[0.25]]))
    tables = table_of(Never())
    assert draw(never, tables, 0, 0, 0.125) == 0
    assert draw(never, tables, 0, 0, 0.625) == math.inf


def test_a_weighted_sample_gives_each_value_its_share():
    law = Empirical((30.0, 10.0, 50.0), weights=(0.3, 0.2, 0.1))
    tables = build_tables(law.standard_by_interval(1))
    uniforms = (np.arange(10_000) + 0.5) / 10_000
    drawn = np.array([quantile(tables, np.int64(0), u) for u in uniforms])
    assert (np.diff(drawn[np.isfinite(drawn)]) >= 0).all()
    for value, share in ((10.0, 0.2), (30.0, 0.3), (50.0, 0.1), (np.inf, 0.4)):
        assert np.mean(drawn == value) == pytest.approx(share, abs=2e-4)
