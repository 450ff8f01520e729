"""Does what reaches agents follow from what is budgeted: growth, season, open days, deflection, repeats?"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wfm
from wfm.budgeting.calendar import open_weekdays
from wfm.budgeting.demand import contacts_of_a_day, demand_of
from wfm.errors import InputError
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Team
from wfm.model.budget.periods import Calendar

YEAR = Calendar(date(2027, 1, 1), holidays="GB-ENG")
SHARES = st.floats(0.05, 1.0)


def budget_of(demand: Demand, calendar: Calendar = YEAR) -> wfm.Budget:
    return wfm.Budget(calendar, {"calls": demand}, {"agents": Team(skills=["calls"], contract_hours=40)})


def figures(calendar: Calendar = YEAR, **given):
    return demand_of(budget_of(Demand(**{"aht": 300, **given}), calendar))


def test_volume_is_what_is_given() -> None:
    volume = [100.0 * (i + 1) for i in range(12)]
    found = figures(volume=volume)
    for part in (found.volume, found.offered):
        assert part[0].tolist() == volume
    assert found.workload_hours[0] == pytest.approx(np.array(volume) * 300 / 3600)


def test_growth_is_on_last_year() -> None:
    growth = [0.1] * 6 + [-0.2] * 6
    assert figures(last_year=1000, growth=growth).volume[0] == pytest.approx([1100.0] * 6 + [800.0] * 6)


def test_a_season_shares_out_the_whole_year() -> None:
    season = [2.0] * 3 + [1.0] * 9
    found = figures(last_year=30_000, growth=0.5, season=season).volume[0]
    assert found.sum() == pytest.approx(45_000)
    assert found[0] == pytest.approx(2 * found[11])


def test_contacts_follow_the_open_days() -> None:
    # March 2027 has 23 weekdays, of which Good Friday and Easter Monday are holidays.
    march = Calendar(date(2027, 3, 1), periods=1, holidays="GB-ENG")
    found = figures(march, last_year=2200, last_year_open_days=22, opening={"Mon-Fri": "08:00-20:00"})
    assert found.open_days[0, 0] == 21
    assert found.volume[0, 0] == pytest.approx(2100)


def test_contacts_of_last_year_need_open_days_of_last_year() -> None:
    with pytest.raises(InputError) as caught:
        figures(last_year=1200.0, last_year_open_days=[0.0, *[20.0] * 11])
    (only,) = caught.value.faults
    assert only.where.endswith("last_year_open_days")
    assert only.rule == "must be above 0 in 2027-01, as last_year has contacts"
    nothing_came = figures(last_year=[0.0, *[1200.0] * 11], last_year_open_days=[0.0, *[20.0] * 11])
    assert nothing_came.volume[0, 0] == 0
    with pytest.raises(InputError, match="season: must have a weight above 0"):
        figures(last_year=1200.0, season=0.0)


def test_what_is_deflected_and_contained() -> None:
    found = figures(volume=1000, deflection=0.3, containment=0.6)
    assert (found.deflected[0, 0], found.contained[0, 0], found.offered[0, 0]) == pytest.approx((300, 180, 820))


@given(volume=st.floats(1, 1e6), resolution=SHARES, returning=st.floats(0, 1), deflection=st.floats(0, 0.9))
def test_repeats_are_a_geometric_series(volume: float, resolution: float, returning: float, deflection: float) -> None:
    found = figures(
        volume=volume, first_contact_resolution=resolution, returning=returning, deflection=deflection, containment=0.5
    )
    coming, total = volume - found.contained[0, 0], 0.0
    again = returning * (1 - resolution)
    for _ in range(2000):
        total, coming = total + coming, coming * again
    assert found.offered[0, 0] == pytest.approx(total, rel=1e-9)
    assert found.offered[0] == pytest.approx(found.volume[0] - found.contained[0] + found.repeats[0])


@given(resolution=SHARES, counted_at=SHARES, returning=st.floats(0, 0.99))
def test_repeats_that_are_counted_already(resolution: float, counted_at: float, returning: float) -> None:
    def offered(**more) -> float:
        return float(figures(volume=1000, returning=returning, **more).offered[0, 0])

    # At the resolution at which it was counted, the volume is what comes.
    same = offered(first_contact_resolution=counted_at, counted_at=counted_at)
    assert same == pytest.approx(1000)
    # Better resolution never brings more, and matters are those of the count.
    now = offered(first_contact_resolution=resolution, counted_at=counted_at)
    assert (now <= same + 1e-6) == (resolution >= counted_at or returning * abs(resolution - counted_at) < 1e-8)
    matters = 1000 * (1 - returning * (1 - counted_at))
    assert now * (1 - returning * (1 - resolution)) == pytest.approx(matters)


@given(
    weekdays=st.lists(st.floats(0, 5), min_size=7, max_size=7).filter(lambda weights: sum(weights) > 0.1),
    closed=st.sets(st.integers(0, 364), max_size=40),
    holidays=st.sampled_from(["open", "closed"]),
)
def test_the_days_add_up_to_the_period(weekdays: list[float], closed: set[int], holidays: str) -> None:
    days = tuple(date.fromordinal(date(2027, 1, 1).toordinal() + i) for i in sorted(closed))
    calendar = Calendar(date(2027, 1, 1), holidays="GB-ENG", closed=days)
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    demand = Demand(
        aht=200, volume=31_000, weekdays=dict(zip(names, weekdays, strict=True)), holidays=holidays,
        deflection=0.2, containment=0.5, returning=0.4, first_contact_resolution=0.7,
    )  # fmt: skip
    asked = budget_of(demand, calendar)
    found = demand_of(asked)
    by_day = contacts_of_a_day(asked, found, "calls")
    assert (by_day * open_weekdays(calendar, demand)).sum(axis=1) == pytest.approx(found.offered[0], rel=1e-12)
    for a, b in ((0, 1), (2, 5)):
        assert by_day[:, a] * weekdays[b] == pytest.approx(by_day[:, b] * weekdays[a])


def test_the_pace_of_chats_is_in_the_work_alone() -> None:
    found = figures(volume=1000, channel="chat", pace=2.0)
    assert found.aht[0, 0] == 300
    assert found.workload_hours[0, 0] == pytest.approx(1000 * 150 / 3600)


def test_contacts_without_an_open_day_are_told_with_every_period() -> None:
    weekly = Calendar(date(2027, 3, 22), periods=3, period="week", holidays="GB-ENG")
    with pytest.raises(InputError) as raised:
        figures(weekly, volume=[500, 600, 0], opening={"Fri": "08:00-18:00"}, weekdays={"Fri": 1})
    assert [str(one) for one in raised.value.faults] == [
        "contact_types.calls: has contacts but no open day in 2027-03-22 (found 500.0)"
    ]
    with pytest.raises(InputError, match="no open day with a weight above 0 in 2027-03-29"):
        figures(weekly, volume=600, opening={"Mon, Wed": "08:00-18:00"}, weekdays={"Mon": 1, "Wed": 0})
