"""How much narrower differences are on the same simulated days than on others, on the bank's week.

One agent more in every open half hour, and what planners ask about: volume, AHT and shrinkage. The independent interval
is that of a run with another seed, and, from the same runs, the one that their two spreads alone would give. Mean over
ten seeds; `--quick` takes two, and fewer replications.
"""

from __future__ import annotations

import sys

import numpy as np

import wfm

QUICK = "--quick" in sys.argv
SEEDS = range(1, 3 if QUICK else 11)
REPLICATIONS = 20 if QUICK else 200
CHANGES = {
    "one agent more in every open half hour": ("agents", "+1"),
    "volume +10 %": ("volume", "+10%"),
    "AHT +30 s": ("aht", "+30s"),
    "shrinkage +5 points": ("shrinkage", "+5pt"),
}


def widths(bank: wfm.ContactCenter, path: str, level: str, seed: int) -> tuple[float, float, float, float]:
    """The change of the service level, and its half-width paired, from the spreads alone, and with another seed."""
    method = wfm.Simulation(replications=REPLICATIONS, seed=seed)
    found = wfm.sweep(bank, {path: level}, ask=("predict",), method=method)
    change, apart = found.change(1, "service_level"), [found.row(case)["service_level_half_width"] for case in (0, 1)]
    other = wfm.Simulation(replications=REPLICATIONS, seed=seed + 1000)
    both = [wfm.predict(*found.sweep.world(case), method=simulation) for case, simulation in ((0, method), (1, other))]
    independent = wfm.compare(both).differences[1].measures["service_level"]
    return change.mean, change.half_width, float(np.hypot(*apart)), independent.half_width


def main() -> None:
    bank = wfm.load(wfm.example("anonymous_bank"))
    print(f"half-width of the change of service level, {REPLICATIONS} replications of the bank's week, points")
    print()
    print(f"{'':40s}{'change':>8s}{'paired':>8s}{'spreads':>9s}{'other seed':>12s}{'times as narrow':>17s}")
    for name, (path, level) in CHANGES.items():
        found = np.array([widths(bank, path, level, seed) for seed in SEEDS])
        change, paired, spreads, independent = 100 * found.mean(axis=0)
        ratios = found[:, 3] / found[:, 1]
        print(
            f"{name:40s}{change:8.2f}{paired:8.2f}{spreads:9.2f}{independent:12.2f}"
            f"{ratios.mean():9.1f} (at least {ratios.min():.1f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
