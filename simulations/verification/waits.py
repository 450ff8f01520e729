"""Waits of answered contacts against their laws: are the quantiles where theory puts them?

Three stationary queues at a constant rate, each of some long runs with their contact logs, the first part left out. Of
those who wait and are answered, waits have a known law:

- M/M/n: exponential with rate n mu - lambda.
- M/M/n+M: density proportional to exp(-(n mu + theta) x - lambda / theta exp(-theta x)), so that
  lambda / theta exp(-theta x) is a gamma variate, of shape n mu / theta + 1, given that it is below lambda / theta.
- M/M/n+D, patience D: density proportional to exp((lambda - n mu) x) up to D.

All follow from the density of the virtual wait (Baccelli and Hebuterne 1981; Zeltyn and Mandelbaum 2005). The share of
waits below each theoretical percentile is a ratio over runs, and has a standard error. `--quick` is coarse; `picture`
also draws waits.svg.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "statistical"))
from simulated import HOUR, ratio, stationary

from wfm.model.laws import Deterministic, Law
from wfm.simulation import compiled
from wfm.simulation.lowering import lower

RUNS = 10 if "--quick" in sys.argv else 200
HOURS, WARM_UP = 200, 40
PERCENT = np.arange(1, 100)
VOLUME, HANDLING = 200.0, 180.0
RATE, SERVICE = VOLUME / HOUR, 1 / HANDLING


class Queue(NamedTuple):
    """A stationary queue, and the quantile function of the waits of those who wait and are answered."""

    name: str
    agents: int
    patience: Law | float | None
    quantile: Callable[[np.ndarray], np.ndarray]


def endless(p: np.ndarray) -> np.ndarray:
    """M/M/12."""
    return -np.log1p(-p) / (12 * SERVICE - RATE)


def exponential(p: np.ndarray) -> np.ndarray:
    """M/M/10+M, mean patience 120 s."""
    theta = 1 / 120
    ratio_of_rates, gamma = RATE / theta, stats.gamma(10 * SERVICE / theta + 1)
    return -np.log(gamma.ppf((1 - p) * gamma.cdf(ratio_of_rates)) / ratio_of_rates) / theta


def deterministic(p: np.ndarray) -> np.ndarray:
    """M/M/9+D, patience 60 s."""
    drift = RATE - 9 * SERVICE
    return np.log1p(p * np.expm1(drift * 60.0)) / drift


QUEUES = (
    Queue("M/M/12", 12, None, endless),
    Queue("M/M/10+M", 10, 120.0, exponential),
    Queue("M/M/9+D", 9, Deterministic(60.0), deterministic),
)


def waits_by_run(queue: Queue) -> list[np.ndarray]:
    """Waits of those who wait and are answered, one array a run."""
    center = stationary(VOLUME, queue.agents, HANDLING, queue.patience, hours=HOURS)
    assert center.plan is not None
    world = lower(center, center.plan, center.experiment)
    waits = []
    for replication in range(RUNS):
        _, log = compiled.run_logged(world, 1, replication)
        wait = log.decided - log.arrival
        waits.append(wait[(log.agent_group >= 0) & (wait > 0) & (log.arrival >= WARM_UP * HOUR)])
    return waits


def draw(pictures: list[tuple[str, np.ndarray, np.ndarray]], path: Path) -> None:
    """Quantiles seen against quantiles in theory."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": path.stem, "font.size": 9}):
        figure, axes = plt.subplots(1, len(pictures), figsize=(8.4, 3.0), layout="constrained")
        for panel, (name, theory, found) in zip(axes, pictures, strict=True):
            panel.plot([0, theory[-1]], [0, theory[-1]], color="0.6", linewidth=0.8)
            panel.plot(theory, found, ".", markersize=3)
            panel.set(title=name, xlabel="wait in theory, seconds")
        axes[0].set_ylabel("simulated wait, seconds")
        figure.savefig(path, metadata={"Date": None})


def main() -> None:
    print(f"waits of those who wait and are answered, {RUNS} runs of {HOURS - WARM_UP} hours; z: standard errors off")
    print()
    print(
        f"{'':10s}{'waits':>12s}" + "".join(f"{f'p{p}':>9s}" for p in (1, 10, 50, 90, 99)) + f"{'worst z of 99':>16s}"
    )
    pictures = []
    for queue in QUEUES:
        waits = waits_by_run(queue)
        theory = queue.quantile(PERCENT / 100)
        sizes = np.array([len(one) for one in waits], dtype=np.float64)
        below = np.array([np.searchsorted(np.sort(one), theory, side="right") for one in waits], dtype=np.float64)
        shares = [ratio(below[:, j], sizes) for j in range(len(PERCENT))]
        z = [(share.value - p / 100) / share.error for share, p in zip(shares, PERCENT, strict=True)]
        found = np.quantile(np.concatenate(waits), PERCENT / 100)
        picked = np.searchsorted(PERCENT, (1, 10, 50, 90, 99))
        print(f"{'theory':22s}" + "".join(f"{theory[j]:9.3f}" for j in picked))
        worst = max(z, key=abs)
        print(
            f"{queue.name:10s}{int(sizes.sum()):12,d}" + "".join(f"{found[j]:9.3f}" for j in picked) + f"{worst:+16.2f}"
        )
        pictures.append((queue.name, theory, found))
    bound = stats.t.isf(0.001 / 2 / len(PERCENT), RUNS - 1)
    print()
    print(f"a correct simulation goes beyond {bound:.1f} in any of the 99 less than once in a thousand times")
    if "picture" in sys.argv:
        draw(pictures, Path(__file__).with_suffix(".svg"))


if __name__ == "__main__":
    main()
