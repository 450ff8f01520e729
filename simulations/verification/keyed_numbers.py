"""Are the keyed random numbers as good as a stream's? Words of structured keys, level by level, seeds 1 to 30.

A word has a place: replication x interval x number of the contact x purpose, 64 x 64 x 64 x 4 words a seed, all of one
contact type, as the engines make them. Tests look at the words as numbers, bit by bit, and along each of the four
levels, where a weak key would show. Controls: the stream of PCG64, which should pass like the keys, and two that should
not: one flat sum of all levels, mixed once, and the same sum multiplied by an odd number instead of mixed.

`--quick` looks at one seed; `picture` also draws keyed_numbers.svg.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy import stats

from wfm.simulation import keys
from wfm.simulation.keys import AFTER_CONTACT_WORK, GAP, GOLDEN, PATIENCE, TALK, stable_hash

SEEDS = range(1, 2 if "--quick" in sys.argv else 31)
LEVELS = ("replication", "interval", "number", "purpose")
SHAPE = (64, 64, 64, 4)
PURPOSES = np.array([GAP, TALK, AFTER_CONTACT_WORK, PATIENCE])
TYPE = stable_hash("contact type calls")
BIRTHDAYS = 4096  # in a year of 2^32 days: 4 equal spacings on average
SHORT = 0.1  # what counts as a return in the gap test
LONGEST_GAP = 40
IN_A_BYTE = np.array([number.bit_count() for number in range(256)], np.uint8)

child = getattr(keys.child, "py_func", keys.child)


def keyed(seed: int) -> np.ndarray:
    """uint64[SHAPE]: the words as the engines make them, each level mixed before the next is added."""
    key = child(child(np.zeros(1, np.uint64), np.array([seed], np.uint64)), np.arange(SHAPE[0], dtype=np.uint64))
    key = child(key, np.array([TYPE]))
    for level in (1, 2):
        key = child(key[..., None], np.arange(SHAPE[level], dtype=np.uint64))
    return child(key[..., None], PURPOSES)


def stream(seed: int) -> np.ndarray:
    """The same number of words from PCG64."""
    return np.random.PCG64(seed).random_raw(int(np.prod(SHAPE))).reshape(SHAPE)


def flat_sum(seed: int) -> np.ndarray:
    """Control: all levels in one sum, mixed once."""
    return child(np.zeros(1, np.uint64), summed(seed))


def multiplied(seed: int) -> np.ndarray:
    """Control: the sum times an odd number, not mixed at all."""
    return summed(seed) * GOLDEN


def summed(seed: int) -> np.ndarray:
    places = [np.arange(size, dtype=np.uint64) for size in SHAPE[:3]]
    total = np.array([seed], np.uint64) + TYPE + places[0][:, None, None] + places[1][:, None] + places[2]
    return total[..., None] + PURPOSES


GENERATORS: dict[str, Callable[[int], np.ndarray]] = {
    "keys": keyed,
    "PCG64": stream,
    "flat sum, mixed once": flat_sum,
    "sum times an odd number": multiplied,
}


def tests(words: np.ndarray) -> Iterator[tuple[str, float]]:
    """Name and p-value of each test of one seed's words."""
    u = (words >> np.uint64(12)).astype(np.float64) * 2.0**-52 + 2.0**-53
    yield (
        "numbers: 256 equal bins",
        evenly(np.bincount((words >> np.uint64(56)).astype(np.int64).ravel(), minlength=256)),
    )
    yield "numbers: Kolmogorov and Smirnov", float(stats.kstest(u.ravel(), "uniform").pvalue)
    yield "numbers: birthday spacings", birthdays(words.ravel())
    bits = np.unpackbits(words.ravel()[:65_536].view(np.uint8)).reshape(-1, 64).astype(np.float32) * 2 - 1
    together = (bits.T @ bits).astype(np.float64) / np.sqrt(len(bits))
    yield (
        "bits: each as often 1 as 0",
        both_sides(float(np.sum(bits.sum(axis=0, dtype=np.float64) ** 2) / len(bits)), 64),
    )
    yield "bits: each pair uncorrelated", both_sides(float(np.sum(together[np.triu_indices(64, 1)] ** 2)), 2016)
    for level, name in enumerate(LEVELS):
        turned = np.moveaxis(u, level, -1)
        one, other = turned[..., 0::2].ravel(), turned[..., 1::2].ravel()
        product = (one - 0.5) * (other - 0.5) * 12
        yield f"{name}: neighbours uncorrelated", normal(product.sum() / np.sqrt(len(one)))
        pairs = (one * 16).astype(np.int64) * 16 + (other * 16).astype(np.int64)
        yield f"{name}: pairs in 256 equal bins", evenly(np.bincount(pairs, minlength=256))
        turned_words = np.moveaxis(words, level, -1)
        apart = ones(turned_words[..., 0::2] ^ turned_words[..., 1::2])
        yield f"{name}: bits in which neighbours differ", as_coins(apart)
        yield f"{name}: gaps", gaps(turned.ravel())
        means = np.moveaxis(u, level, 0).reshape(SHAPE[level], -1).mean(axis=1)
        spread = float(np.sum((means - 0.5) ** 2) * 12 * u.size / SHAPE[level])
        yield f"{name}: means of its slices", both_sides(spread, SHAPE[level])


def ones(words: np.ndarray) -> np.ndarray:
    """How many bits of each word are 1."""
    return IN_A_BYTE[np.ascontiguousarray(words).ravel().view(np.uint8)].reshape(-1, 8).sum(axis=1, dtype=np.int64)


def evenly(counts: np.ndarray) -> float:
    """Chi-square of counts that should be alike; too even is as bad as uneven."""
    return both_sides(float(np.sum((counts - counts.mean()) ** 2) / counts.mean()), len(counts) - 1)


def both_sides(statistic: float, freedom: int) -> float:
    """p-value of a chi-square that is suspicious when small, too."""
    tail = stats.chi2.sf(statistic, freedom)
    return float(2 * min(tail, 1 - tail))


def normal(z: float) -> float:
    return float(2 * stats.norm.sf(abs(z)))


def birthdays(words: np.ndarray) -> float:
    """Equal spacings between birthdays in a year of 2^32 days (Marsaglia): Poisson."""
    years = (words >> np.uint64(32)).astype(np.int64).reshape(-1, BIRTHDAYS)
    spacings = np.sort(np.diff(np.sort(years, axis=1), axis=1), axis=1)
    equal = int(np.sum(np.diff(spacings, axis=1) == 0))
    mean = len(years) * BIRTHDAYS**3 / 2**34
    return float(min(1.0, 2 * min(stats.poisson.cdf(equal, mean), stats.poisson.sf(equal - 1, mean))))


def as_coins(differ: np.ndarray) -> float:
    """Chi-square of how many of 64 bits differ, as of 64 coins."""
    expected = stats.binom.pmf(np.arange(65), 64, 0.5) * len(differ)
    ends = np.flatnonzero(expected >= 10)[[0, -1]]
    counts = np.bincount(np.clip(differ, *ends), minlength=65)[ends[0] : ends[1] + 1]
    expected = stats.binom.pmf(np.arange(65), 64, 0.5) * len(differ)
    inside = expected[ends[0] : ends[1] + 1].copy()
    inside[0], inside[-1] = expected[: ends[0] + 1].sum(), expected[ends[1] :].sum()
    return both_sides(float(np.sum((counts - inside) ** 2 / inside)), len(inside) - 1)


def gaps(u: np.ndarray) -> float:
    """Chi-square of the distances between numbers below SHORT: geometric."""
    lengths = np.minimum(np.diff(np.flatnonzero(u < SHORT)) - 1, LONGEST_GAP)
    chances = SHORT * (1 - SHORT) ** np.arange(LONGEST_GAP + 1)
    chances[-1] = (1 - SHORT) ** LONGEST_GAP
    expected = chances * len(lengths)
    counts = np.bincount(lengths, minlength=LONGEST_GAP + 1)
    return both_sides(float(np.sum((counts - expected) ** 2 / expected)), LONGEST_GAP)


def equal_words(generator: Callable[[int], np.ndarray]) -> tuple[int, float]:
    """How many words occur again in eight seeds, and how seed 1's second replication goes with seed 2's first."""
    several = np.sort(np.concatenate([generator(seed).ravel() for seed in range(1, 9)]))
    first, second = (generator(seed).astype(np.float64) for seed in (1, 2))
    return int(np.sum(several[1:] == several[:-1])), float(np.corrcoef(first[1].ravel(), second[0].ravel())[0, 1])


def draw(found: dict[str, list[float]], path: Path) -> None:
    """Sorted p-values of each generator against what they should be."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": path.stem, "font.size": 9}):
        figure, axes = plt.subplots(figsize=(4.6, 3.6), layout="constrained")
        for name, values in found.items():
            ranks = np.unique(np.geomspace(1, len(values), 60).astype(int))
            ordered = np.maximum(np.sort(values)[ranks - 1], 1e-12)
            axes.loglog((ranks - 0.5) / len(values), ordered, label=name, marker=".", linewidth=0.8, markersize=4)
        axes.plot([1e-3, 1], [1e-3, 1], color="0.6", linewidth=0.8)
        axes.set(xlabel="as it should be", ylabel="p-values, smallest first (cut at 1e-12)")
        axes.legend(frameon=False)
        figure.savefig(path, metadata={"Date": None})


def main() -> None:
    print(f"{np.prod(SHAPE):,} words a seed, seeds 1 to {SEEDS[-1]}; the smallest p-value of each test over the seeds")
    print()
    found: dict[str, dict[str, list[float]]] = {}
    for generator, make in GENERATORS.items():
        found[generator] = {}
        for seed in SEEDS:
            for test, p in tests(make(seed)):
                found[generator].setdefault(test, []).append(p)
    print(f"{'':44s}" + "".join(f"{name:>26s}" for name in GENERATORS))
    for test in found["keys"]:
        print(f"{test:44s}" + "".join(f"{min(found[name][test]):26.2g}" for name in GENERATORS))
    every = {name: [p for values in of.values() for p in values] for name, of in found.items()}
    print()
    for least in (0.01, 1e-3, 1e-5):
        expected = f"p-values below {least:g} ({len(every['keys']) * least:.2g} expected)"
        print(f"{expected:44s}" + "".join(f"{np.sum(np.array(every[name]) < least):26d}" for name in GENERATORS))
    evenness = "p-values together: Kolmogorov and Smirnov"
    print(f"{evenness:44s}" + "".join(f"{stats.kstest(every[name], 'uniform').pvalue:26.2g}" for name in GENERATORS))
    repeated = {name: equal_words(make) for name, make in GENERATORS.items()}
    print(f"{'equal words in 8 seeds together':44s}" + "".join(f"{repeated[name][0]:26,d}" for name in GENERATORS))
    shifted = "correlation, (seed, replication + 1) with"
    print(f"{shifted:44s}" + "".join(f"{repeated[name][1]:+26.4f}" for name in GENERATORS))
    print("    (seed + 1, replication); standard error 0.008")
    if "picture" in sys.argv:
        draw(every, Path(__file__).with_suffix(".svg"))


if __name__ == "__main__":
    main()
