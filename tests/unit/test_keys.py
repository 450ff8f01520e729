"""Are the keys of contacts distinct, and their numbers uniform, independent and exact?"""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from wfm.simulation import keys
from wfm.simulation.days import replication_key
from wfm.simulation.keys import (
    ABSENCE,
    AFTER_CONTACT_WORK,
    BALKING,
    DAY_FACTOR,
    GAP,
    PATIENCE,
    ROUNDING,
    TALK,
    child,
    stable_hash,
    uniform,
)

PURPOSES = (GAP, TALK, AFTER_CONTACT_WORK, PATIENCE, BALKING, DAY_FACTOR, ABSENCE, ROUNDING)
CONTACT_PURPOSES = PURPOSES[:5]
CHECKS = 40  # of the statistical kind, with pinned keys: a false alarm in any is rarer than one in a thousand
ALARM = 1e-3 / CHECKS
words = st.integers(0, 2**64 - 1)


def key_of(parent: int, *path: int) -> np.uint64:
    key = np.uint64(parent)
    for step in path:
        key = np.uint64(child(key, np.uint64(step)))
    return key


def contact_keys(seed: int, replications: int, intervals: int, contacts: int, name: str = "calls") -> list[np.uint64]:
    """Keys as the engines make them."""
    contact_type = int(stable_hash(f"contact type {name}"))
    roots = [np.uint64(replication_key(np.uint64(seed), np.uint64(r))) for r in range(replications)]
    steps = product(roots, range(intervals), range(contacts))
    return [key_of(root, contact_type, interval, number) for root, interval, number in steps]


def numbers(of: list[np.uint64], purpose: np.uint64) -> np.ndarray:
    return np.array([uniform(key, purpose) for key in of])


def test_keys_are_the_splitmix64_stream():
    """The published first words of the stream that starts at 1234567 (Vigna's reference code)."""
    words = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert [int(key_of(1234567, i)) for i in range(5)] == words


def test_structured_keys_are_distinct():
    found = [
        key
        for seed in range(3)
        for name in ("calls", "mail")
        for key in contact_keys(seed, replications=10, intervals=20, contacts=20, name=name)
    ]
    assert len(set(map(int, found))) == len(found) == 24_000


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 2**62), st.integers(0, 10**6), st.integers(1, 50))
def test_replication_and_seed_are_not_added(seed, replication, shift):
    def root(s, r):
        return replication_key(np.uint64(s), np.uint64(r))

    assert root(seed, replication + shift) != root(seed + shift, replication)
    assert root(seed, replication) != root(seed, replication + shift)
    assert root(seed, replication) != root(seed + shift, replication)
    assert root(seed, seed + shift) != root(seed + shift, seed)


def test_purposes_are_distinct_for_ever():
    """Numbers that are part of every recorded result: a new purpose takes the next one."""
    assert [int(purpose) - 2**63 for purpose in PURPOSES] == list(range(8))


def test_names_have_the_same_hash_for_ever():
    assert int(stable_hash("contact type calls")) == 0xA20EBEF947DD3186
    assert stable_hash("a") != stable_hash("b")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(words, st.sampled_from(PURPOSES))
def test_uniforms_are_inside_and_exact_on_both_sides(word, purpose):
    u = uniform(np.uint64(word), purpose)
    assert 0 < u < 1
    odd = u * 2.0**53
    assert odd == int(odd)
    assert int(odd) % 2 == 1
    assert 1 - (1 - u) == u
    assert int((1 - u) * 2.0**53) == 2**53 - int(odd)


@pytest.mark.parametrize("word", [0, 2**64 - 1, 2**12 - 1, 2**64 - 2**12])
def test_uniforms_of_extreme_words_are_inside(word):
    """The same arithmetic on the words that come nearest to 0 and 1."""
    u = (np.float64(np.uint64(word) >> keys.S12) + 0.5) * 2.0**-52
    assert 2.0**-53 <= u <= 1 - 2.0**-53


@pytest.mark.parametrize("purpose", CONTACT_PURPOSES)
def test_numbers_of_structured_keys_are_uniform(purpose):
    sample = numbers(contact_keys(1, replications=4, intervals=50, contacts=50), purpose)
    counts = np.histogram(sample, 64, (0, 1))[0]
    assert stats.chisquare(counts).pvalue > ALARM
    assert stats.kstest(sample, "uniform").pvalue > ALARM


@pytest.mark.parametrize("low_bits", [1, 20, 40])
def test_every_bit_is_used(low_bits):
    """Also the digits far behind the point are uniform."""
    sample = numbers(contact_keys(2, replications=2, intervals=50, contacts=100), TALK)
    digits = (sample * 2.0 ** (8 + low_bits)) % 1
    counts = np.histogram(digits, 2**8, (0, 1))[0] if low_bits < 40 else np.histogram(digits, 16, (0, 1))[0]
    assert stats.chisquare(counts).pvalue > ALARM


@pytest.mark.parametrize(
    ("replications", "intervals", "contacts"),
    [(1, 1, 10_000), (1, 10_000, 1), (10_000, 1, 1), (20, 25, 20)],
    ids=["contacts", "intervals", "replications", "all three"],
)
def test_neighbours_are_uncorrelated(replications, intervals, contacts):
    sample = numbers(contact_keys(3, replications, intervals, contacts), PATIENCE)
    for lag in (1, 2):
        correlation = np.corrcoef(sample[:-lag], sample[lag:])[0, 1]
        assert abs(correlation) * np.sqrt(len(sample)) < stats.norm.isf(ALARM / 2)


def test_seeds_are_uncorrelated():
    samples = [numbers(contact_keys(seed, 2, 40, 50), TALK) for seed in (0, 1, 2, 2**32)]
    for one, other in pairwise(samples):
        assert abs(np.corrcoef(one, other)[0, 1]) * np.sqrt(len(one)) < stats.norm.isf(ALARM / 2)


def test_purposes_of_one_contact_are_uncorrelated():
    of = contact_keys(4, replications=2, intervals=40, contacts=50)
    samples = [numbers(of, purpose) for purpose in CONTACT_PURPOSES]
    for one, other in pairwise(samples):
        assert abs(np.corrcoef(one, other)[0, 1]) * np.sqrt(len(of)) < stats.norm.isf(ALARM / 2)
        pairs = np.histogram2d(one, other, 8, ((0, 1), (0, 1)))[0]
        assert stats.chisquare(pairs.ravel()).pvalue > ALARM
