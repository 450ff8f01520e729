"""Does the simulation come to the exact figures of every family of queues for which exact figures are known?

All figures of all cases of `known_answers`, about a thousand: the bound is so wide that a correct engine with a fresh
seed fails any of them with a probability below FALSE_ALARM (Bonferroni, Student's t), and the runs are so long that a
figure is known to a few per cent. `simulations/verification/exact_cases.py` does the same with half-widths below 1 %.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_answers import EXACT, Known, allowed, fine, seen

FALSE_ALARM = 1e-3
CONTACTS = 1_500_000  # of one run, and at least FEWEST replications
FEWEST = 40

CASES = [case for family in EXACT.values() for case in family()]
CHECKS = sum(len(case.figures) for case in CASES)


def replications(case: Known) -> int:
    return int(max(CONTACTS / case.contacts, FEWEST))


def test_every_family_is_there():
    assert {case.family for case in CASES} == set(EXACT)
    assert len({case.name for case in CASES}) == len(CASES) > 100
    assert CHECKS > 900


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "_"))
def test_the_exact_figures_are_met(case):
    run = case.simulate(replications(case), seed=20260105)
    for figure in case.figures:
        found = seen(run, figure)
        bound = allowed(found, figure, FALSE_ALARM / CHECKS)
        assert abs(found.value - figure.value) <= bound, (figure, found)


@pytest.mark.parametrize("family", EXACT)
def test_a_centre_that_is_a_little_different_is_told(family):
    """The check can fail: with handling times or speeds 5 % off, it does in every family."""
    case = next(case for case in EXACT[family]() if len(case.figures) > 1)
    groups = {
        name: replace(
            group, skills={key: replace(skill, speed=skill.speed * 1.05) for key, skill in group.skills.items()}
        )
        for name, group in case.center.agent_groups.items()
    }
    other = case._replace(center=replace(case.center, agent_groups=groups))
    run = other.simulate(replications(other), seed=20260105)
    found = [(seen(run, figure), figure) for figure in case.figures]
    assert any(abs(one.value - figure.value) > allowed(one, figure, FALSE_ALARM / CHECKS) for one, figure in found)
    widths = [allowed(one, figure, FALSE_ALARM) / max(abs(figure.value), 1e-4) for one, figure in found]
    assert np.median(widths) < 0.05
    assert all(allowed(one, figure, FALSE_ALARM) <= fine(figure, 0.25) for one, figure in found)
