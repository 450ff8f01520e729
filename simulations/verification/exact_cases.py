"""Every centre with known figures, simulated until the half-width of 99.9 % is below 1 % of each figure.

Shares below 0.1 are judged absolutely: a half-width below 0.001. A first run with a seed of its own tells how many
replications that takes; the second run, with another seed and that fixed number, is the one that is judged. The centres
are those of `tests/statistical/known_answers.py`. `--quick` runs one case of each family, coarsely.

About 30,000 million contacts: an hour on one core.
"""

from __future__ import annotations

import math
import sys
from functools import partial
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "statistical"))
from known_answers import EXACT, Figure, Known, allowed, fine, multi_skill_day, queues, seen
from simulated import Ratio

QUICK = "--quick" in sys.argv
OUTSIDE = 1e-3
PART = 0.5 if QUICK else 0.01  # of the value
PILOT = 200_000 if QUICK else 2_000_000  # contacts
FEWEST = 20 if QUICK else 100  # replications
MARGIN = 1.35  # the first run may have seen too little of the variance


def judged(case: Known) -> tuple[list[tuple[Figure, Ratio]], float]:
    """Figures with what the run came to, and how many contacts it took, in millions."""
    pilot = round(max(PILOT / case.contacts, FEWEST))
    run = case.simulate(pilot, seed=1)
    widths = [(allowed(seen(run, figure), figure, OUTSIDE), figure) for figure in case.figures]
    short = max((width / wanted(figure)) ** 2 for width, figure in widths)
    replications = max(pilot, math.ceil(MARGIN * short * pilot))
    run = case.simulate(replications, seed=2)
    return [(figure, seen(run, figure)) for figure in case.figures], replications * case.contacts / 1e6


def wanted(figure: Figure) -> float:
    """The half-width to get below: where another simulation's figure is the judge, its own."""
    if figure.half_width == 0:
        return fine(figure, PART) or math.inf
    return figure.half_width * (50 if QUICK else 1.25)


def errors_off(figure: Figure, found: Ratio) -> float:
    """Standard errors between what was found and what is known; 0 where nothing was to be seen and nothing was."""
    if found.error > 0:
        return (found.value - figure.value) / found.error
    return 0.0 if abs(found.value - figure.value) <= allowed(found, figure, OUTSIDE) else math.inf


def report(family: str, cases: list[Known]) -> None:
    """Print a line for a family and one for each figure outside."""
    offs, contacts, widest, outside = [], 0.0, 0.0, []
    for case in cases:
        pairs, millions = judged(case)
        contacts += millions
        for figure, found in pairs:
            width = allowed(found, figure, OUTSIDE)
            widest = max(widest, width / wanted(figure))
            offs.append(errors_off(figure, found))
            if abs(found.value - figure.value) > width:
                outside.append((case.name, figure, found))
    inside = len(offs) - len(outside)
    worst = max(offs, key=abs)
    print(f"{family:24s}{len(cases):6d}{contacts:10,.0f}{widest:8.2f}{inside:7d} of {len(offs):4d}{worst:+9.2f}")
    for name, figure, found in outside:
        print(f"    outside: {name}, {figure}, found {found.value:.6g} +- {found.error:.2g}")
    sys.stdout.flush()


def overlaps(cases: list[Known]) -> None:
    """Print whether intervals of 99 % overlap those of another simulation."""
    print()
    print("figures of other simulations: do the intervals of 99 % overlap?")
    for case in cases:
        pairs, millions = judged(case)
        meet = [abs(r.value - f.value) <= allowed(r, f, 0.01) + f.half_width for f, r in pairs]
        print(f"{case.name:34s}{millions:10,.0f} million contacts{sum(meet):6d} of {len(meet)}")


def main() -> None:
    print("figures that are exact: is the exact figure inside the interval of 99.9 %?")
    print("width: the widest half-width, as a part of 1 % of its figure (of a share below 0.1, of 0.001)")
    print()
    print(f"{'family':24s}{'runs':>6s}{'millions':>10s}{'width':>8s}{'inside':>15s}{'worst z':>9s}")
    for family, make in EXACT.items():
        report(family, list(islice(make(), 1 if QUICK else None)))
    others = partial(queues, "sim_single_skill")
    overlaps([multi_skill_day()] if QUICK else [multi_skill_day(), *others()])


if __name__ == "__main__":
    main()
