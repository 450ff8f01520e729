"""Are day factors drawn from strata, each group of 16 replications from every stratum once?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from wfm.errors import InputError
from wfm.model.center import AgentGroup, ContactCenter, ContactType
from wfm.model.horizon import Horizon
from wfm.model.laws import Deterministic, Gamma, Uniform
from wfm.simulation.days import day_factors, replication_key
from wfm.simulation.lowering import lower
from wfm.simulation.run import Simulation, simulate
from wfm.simulation.until import Until

SEED = 7


def three_days(factor=Uniform(0.0, 2.0), own=Uniform(0.0, 2.0)) -> ContactCenter:  # noqa: B008
    """Two types over three days, whose factors tell their uniforms: the law is uniform on (0, 2)."""
    horizon = Horizon(datetime(2026, 1, 5), 4 * 3600.0, 18, day_factor=factor)
    types = {name: ContactType(20, handling=120.0, patience=90.0, day_factor=own) for name in ("a", "b")}
    groups = {f"group {name}": AgentGroup(skills=(name,), agents=2) for name in types}
    return ContactCenter(horizon, types, groups)


def factors_of(center: ContactCenter, replications: int, strata: int) -> np.ndarray:
    """float64[replications, types, days]: the factors of each day."""
    world = lower(center, center.plan, center.experiment, strata)
    found = np.empty((replications, len(center.contact_types), center.horizon.number_of_days))
    for r in range(replications):
        day_factors(world, SEED, r, np.uint64(replication_key(SEED, r)), found[r])
    return found


def uniforms_of(replications: int, strata: int, *, shared: bool = False) -> np.ndarray:
    """The uniforms behind the types' own factors, or behind the horizon's."""
    constant = Deterministic(1.0)
    law = Uniform(0.0, 2.0)
    center = three_days(law, constant) if shared else three_days(constant, law)
    return factors_of(center, replications, strata) / 2


@pytest.mark.parametrize("shared", [False, True])
def test_each_group_of_16_draws_from_every_stratum_once(shared):
    strata = np.floor(uniforms_of(160, 16, shared=shared) * 16).astype(int)
    for group in strata.reshape(10, 16, 2, 3):
        assert np.array_equal(np.sort(group, axis=0), np.broadcast_to(np.arange(16)[:, None, None], group.shape))


def test_without_strata_they_are_not():
    """The negative control."""
    strata = np.floor(uniforms_of(160, 1) * 16).astype(int)
    assert any(len(set(group[:, 0, 0])) < 16 for group in strata.reshape(10, 16, 2, 3))


def test_within_its_stratum_a_factor_is_the_one_that_would_be_drawn_without():
    plain, stratified = uniforms_of(64, 1), uniforms_of(64, 16)
    places = np.floor(stratified * 16)
    np.testing.assert_allclose(stratified, (places + plain) / 16, rtol=0, atol=1e-9)


def test_types_days_and_groups_have_orders_of_their_own():
    """Each order is a random permutation: over 200 groups, two factors share a stratum in 1 of 16 replications."""
    strata = np.floor(uniforms_of(3200, 16) * 16).astype(int).reshape(200, 16, 6)
    for one in range(6):
        for other in range(one):
            same = np.mean(strata[:, :, one] == strata[:, :, other])
            # Matches of a random permutation have variance 1 a group.
            assert abs(same - 1 / 16) < 4 * np.sqrt(1 / 200) / 16
    # And each place takes each stratum equally often.
    table = np.array([np.bincount(strata[:, place, 0], minlength=16) for place in range(16)])
    chi_square = np.sum((table - 200 / 16) ** 2) / (200 / 16)
    assert 225 - 4 * np.sqrt(450) < chi_square < 225 + 4 * np.sqrt(450)


def test_a_replication_has_the_same_factors_alone_and_by_another_seed_others():
    center = three_days()
    world = lower(center, center.plan, center.experiment, 16)
    both = factors_of(center, 40, 16)
    alone, other = np.empty((2, 3)), np.empty((2, 3))
    day_factors(world, SEED, 37, np.uint64(replication_key(SEED, 37)), alone)
    day_factors(world, SEED + 1, 37, np.uint64(replication_key(SEED + 1, 37)), other)
    assert np.array_equal(alone, both[37])
    assert not np.any(alone == other)


# ---- in a simulation


def test_groups_of_16_are_the_sample():
    center = three_days()
    seen = simulate(center, center.plan, Simulation(64, SEED, stratified=True))
    assert (seen.replications, seen.strata, seen.contacts.n) == (64, 16, 4)
    assert seen.totals.shape == (4, 3, 15)
    offered = seen.totals[:, -1, 0]
    assert seen.total.offered.mean == pytest.approx(offered.sum() / 64)
    # Student's quantile at 3 degrees of freedom.
    assert seen.total.offered.half_width == pytest.approx(3.182446305 * np.std(offered, ddof=1) / 2 / 16, rel=1e-8)


def test_the_gain_is_against_independent_replications():
    """What the same 64 replications would say if each were a sample of its own."""
    center = three_days()
    seen = simulate(center, center.plan, Simulation(64, SEED, stratified=True))
    kept, of = np.array([_promise(center, r) for r in range(64)]).T
    value = kept.sum() / of.sum()
    error = np.std(kept - value * of, ddof=1) / 8 / of.mean()
    assert seen.variance_reduction.without == pytest.approx(1.998340543 * error, rel=1e-6)
    assert seen.variance_reduction.reduced == seen.total.service_level.half_width


def _promise(center: ContactCenter, replication: int) -> tuple[float, float]:
    """Answered within and offered of one replication alone, by the reference engine."""
    from wfm.measures.counts import ANSWERED_WITHIN, OFFERED
    from wfm.simulation import reference

    counts = reference.run(lower(center, center.plan, center.experiment, 16), SEED, replication, 1).counts
    return float(counts[..., ANSWERED_WITHIN].sum()), float(counts[..., OFFERED].sum())


@pytest.mark.parametrize(("replications", "fits"), [(1, "32 or 48"), (16, "32 or 48"), (200, "192 or 208")])
def test_replications_that_make_no_groups_are_refused(replications, fits):
    center = three_days()
    with pytest.raises(InputError, match=f"replications: must be a multiple of 16 .*; {fits} would do"):
        simulate(center, center.plan, Simulation(replications, stratified=True))


def test_a_centre_without_day_factors_has_nothing_to_stratify():
    center = three_days(None, Gamma(cv=0.0))
    with pytest.raises(InputError, match="stratified: has nothing to stratify"):
        simulate(center, center.plan, Simulation(32, stratified=True))


def test_strata_and_a_wanted_half_width_go_together():
    center = three_days()
    until = Until("service_level", 0.02)
    seen = simulate(center, center.plan, Simulation(2048, SEED, stratified=True, until=until))
    again = simulate(center, center.plan, Simulation(seen.replications, SEED, stratified=True))
    assert seen.until_reached
    assert seen.total.service_level.half_width <= 0.02
    assert seen.contacts.products.tobytes() == again.contacts.products.tobytes()
    assert replace(seen, run={}).totals.tobytes() == again.totals.tobytes()
