"""Does a run stop where its half-width is as wanted, and is a wish read as it was meant?"""

from __future__ import annotations

import math
from datetime import datetime

import pytest

from wfm.errors import InputError
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Experiment
from wfm.model.horizon import Horizon
from wfm.simulation.run import Simulation, simulate
from wfm.simulation.until import MOST, Until, looks


def small(volume: float = 20.0) -> ContactCenter:
    horizon = Horizon(datetime(2026, 1, 5, 8), 1800.0, 4)
    types = {"sales": ContactType(volume, handling=180.0, patience=90.0), "level 2.5": ContactType(9, handling=240.0)}
    groups = {f"group {k}": AgentGroup(skills=(name,), agents=3) for k, name in enumerate(types)}
    return ContactCenter(horizon, types, groups, experiment=Experiment(replications=200, seed=5))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("service_level +- 0.5pt", Until("service_level", 0.005)),
        ("service_level ± 1%", Until("service_level", 0.01, relative=True)),
        ("abandonment+/-2%", Until("abandonment", 0.02, relative=True)),
        ("  best_rank_share ± 1 pt ", Until("best_rank_share", 0.01)),
        ("average_speed_of_answer ± 1.5s", Until("average_speed_of_answer", 1.5)),
        ("mean_wait ± 1.5", Until("mean_wait", 1.5)),
        ("offered +- 10", Until("offered", 10)),
        ("sales.service_level +- 0,5pt", Until("service_level", 0.005, "sales")),
        ("level 2.5.mean_wait ± 1 s", Until("mean_wait", 1.0, "level 2.5")),
    ],
)
def test_a_wish_is_read_as_it_was_meant(text, expected):
    found = Until.parse(text)
    assert found.half_width == pytest.approx(expected.half_width, rel=1e-12)
    assert (found.measure, found.contact_type, found.relative) == (
        expected.measure, expected.contact_type, expected.relative,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("service_level", r"must read like 'service_level \+- 0.5pt'"),
        ("servicelevel +- 1pt", "did you mean 'service_level'"),
        ("occupancy +- 1pt", "names a measure that is not one to wait for"),
        ("service_level +- 1", r"half-width of service_level in pt \(points\) or in % of the mean"),
        ("service_level +- 1s", r"half-width of service_level in pt \(points\) or in % of the mean"),
        ("mean_wait +- 1pt", r"half-width of mean_wait as a bare number or in % of the mean or in s"),
        ("offered +- 1s", r"half-width of offered as a bare number or in % of the mean \(found"),
        ("service_level +- 1.2.3pt", "must have a number after"),
        ("service_level +- 0pt", "half_width: must be a number above 0"),
        ("service_level +- -1pt", "half_width: must be a number above 0"),
    ],
)
def test_a_wish_that_cannot_be_read_says_why(text, message):
    with pytest.raises(InputError, match=message):
        Until.parse(text)


def test_all_faults_of_an_until_at_once():
    with pytest.raises(InputError) as caught:
        Until("servicelevel", math.nan)
    assert [one.where for one in caught.value.faults] == ["until.measure", "until.half_width"]


def test_an_unknown_contact_type_is_named():
    center = small()
    with pytest.raises(InputError, match=r"until\.contact_type: is no contact type; did you mean 'sales'"):
        simulate(center, center.plan, Simulation(until=Until.parse("sale.service_level ± 1pt")))


def test_it_looks_after_32_64_128():
    assert list(looks(300)) == [32, 64, 128, 256, 300]
    assert list(looks(64)) == [32, 64]
    assert list(looks(7)) == [7]
    assert MOST == 100_000


def test_it_stops_at_the_first_look_that_is_narrow_enough():
    center = small()
    halves = {n: simulate(center, center.plan, Simulation(n)).total.service_level.half_width for n in (32, 64, 128)}
    wanted = (halves[64] + halves[128]) / 2
    seen = simulate(center, center.plan, Simulation(until=Until("service_level", wanted)))
    assert halves[64] > wanted >= halves[128]
    assert seen.replications == 128
    assert seen.until_reached is True


def test_its_bits_are_those_of_a_run_of_so_many_replications():
    center = small()
    seen = simulate(center, center.plan, Simulation(until=Until("offered", 2.0)))
    again = simulate(center, center.plan, Simulation(seen.replications))
    assert again.until_reached is None
    for one, other in (
        (seen.contacts.products, again.contacts.products),
        (seen.times.products, again.times.products),
        (seen.totals, again.totals),
        (seen.waits.by_wait, again.waits.by_wait),
    ):
        assert one.tobytes() == other.tobytes()


def test_it_says_when_the_most_were_not_enough():
    center = small()
    seen = simulate(center, center.plan, Simulation(50, until=Until("service_level", 1e-6)))
    assert (seen.replications, seen.until_reached) == (50, False)


def test_a_share_of_the_mean():
    center = small()
    seen = simulate(center, center.plan, Simulation(until=Until("mean_wait", 0.05, "sales", relative=True)))
    measured = seen.contact_types["sales"].mean_wait
    assert measured.half_width <= 0.05 * measured.mean
    half = simulate(center, center.plan, Simulation(seen.replications // 2)).contact_types["sales"].mean_wait
    assert half.half_width > 0.05 * half.mean


def test_a_measure_without_a_value_is_never_reached():
    center = small(volume=0.0)
    seen = simulate(center, center.plan, Simulation(100, until=Until("service_level", 0.5, "sales")))
    assert (seen.replications, seen.until_reached) == (100, False)
