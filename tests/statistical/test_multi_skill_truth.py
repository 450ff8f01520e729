"""Does the simulation agree with other simulations where nothing exact is known, and is each routing rule at work?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from known_answers import Known, allowed, multi_skill_day, queues, seen, two_skills

OVERLAPS = [multi_skill_day(), *queues("sim_single_skill")]
SURE = 0.01  # intervals of 99 % on both sides: two correct ones miss each other once in 3,700 times
DAYS = 16_000  # as many as the other simulation of the day with three skills
CONTACTS = 22_000_000  # after the warm-up as many as the other simulation of a single queue


@pytest.mark.parametrize("case", OVERLAPS, ids=lambda case: case.name.replace(" ", "_"))
def test_the_intervals_overlap(case):
    """At a like precision: a wide interval overlaps everything."""
    replications = DAYS if case.family == "sim_multiskill_day" else round(CONTACTS / case.contacts)
    run = case.simulate(replications, seed=20260105)
    for figure in case.figures:
        found = seen(run, figure)
        own = allowed(found, figure, SURE)
        assert abs(found.value - figure.value) <= own + figure.half_width, (figure, found)
        assert own <= 1.25 * figure.half_width, (figure, found)


N_OWN, N_OTHER, N_RESERVE = 0, 3, 4  # three centres of the table that differ in one rule alone


@pytest.fixture(scope="module")
def cases():
    """The two-skill cases with all figures but who is answered at once, by number."""
    by_number = {}
    for case in two_skills():
        by_number.setdefault(case.name.split(",")[0], []).append(case)
    return [max(several, key=lambda case: len(case.figures)) for several in by_number.values()]


def is_met(case: Known, center_of: Known) -> bool:
    """Whether one centre comes to another's figures."""
    run = case._replace(center=center_of.center).simulate(1000, seed=7)
    return all(
        abs(found.value - figure.value) <= allowed(found, figure, 1e-6)
        for figure in case.figures
        if not figure.measure.startswith(("wait_probability", "answered_within"))
        for found in [seen(run, figure)]
    )


@pytest.mark.parametrize("one", [N_OWN, N_OTHER, N_RESERVE])
@pytest.mark.parametrize("other", [N_OWN, N_OTHER, N_RESERVE])
def test_which_type_is_taken_first_and_the_reserve_are_told_apart(cases, one, other):
    """Each centre comes to its own figures and to no other's."""
    assert is_met(cases[one], cases[other]) == (one == other)


def test_speed_belongs_to_the_group(cases):
    """The same centre with the handling times of the two groups swapped is another."""
    case = cases[2]
    groups = case.center.agent_groups
    assert groups["two"].skills["one"].speed == pytest.approx(190 / 205)
    skills = {**groups["two"].skills, "one": replace(groups["two"].skills["one"], speed=205 / 190)}
    swapped = replace(case.center, agent_groups={**groups, "two": replace(groups["two"], skills=skills)})
    assert is_met(case, case)
    assert not is_met(case, case._replace(center=swapped))
