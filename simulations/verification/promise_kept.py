"""Is a promise kept as often as `target_probability` says? Where it is kept exactly, every answer must be as likely.

A steep morning whose service level is known from the exact queue over time (`wfm.Transient`) is promised just that
level. How sure a sweep is that the promise is kept is then chance alone, and a good answer is uniform: a tenth of all
runs must be less than 10 % sure, a half less than 50 %. `--quick` makes 40 runs.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime

import numpy as np
from scipy.stats import kstest

import wfm

RUNS = 40 if "--quick" in sys.argv else 2000
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def morning(promise: float | None = None) -> wfm.ContactCenter:
    """Exponential handling and patience, agents who come and go, and days that are busier or quieter."""
    return wfm.ContactCenter(
        wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, 6, day_factor=wfm.Gamma(cv=0.15)),
        {
            "calls": wfm.ContactType(
                (12, 20, 35, 50, 45, 30),
                handling=300.0,
                patience=150.0,
                target=wfm.Target(service_level=promise, answer_within=20.0),
            )
        },
        {"team": wfm.AgentGroup(skills=["calls"], agents=(3, 4, 7, 10, 8, 6))},
    )


def sure(center: wfm.ContactCenter, replications: int, seed: int) -> float:
    """How sure one sweep is of the base."""
    method = wfm.Simulation(replications=replications, seed=seed)
    found = wfm.sweep(wfm.Sweep(center, design="scenarios", ask=("predict",), method=method), threads=1)
    return float(found.baseline["target_probability"])


def main() -> None:
    truth = float(wfm.predict(morning(), method="transient").total.service_level.mean)
    center = replace(morning(), contact_types=morning(truth).contact_types)
    print(f"share of {RUNS} runs that are less than so sure that a promise is kept which is kept exactly")
    print()
    print(f"{'':20s}" + "".join(f"{level:9.1%}" for level in LEVELS) + f"{'p (uniform)':>14s}")
    for replications in (20, 50, 200):
        seen = np.array([sure(center, replications, 10_000 * replications + run) for run in range(RUNS)])
        cells = "".join(f"{np.mean(seen < level):9.1%}" for level in LEVELS)
        print(f"{f'{replications} replications':20s}{cells}{kstest(seen, 'uniform').pvalue:14.3f}", flush=True)


if __name__ == "__main__":
    main()
