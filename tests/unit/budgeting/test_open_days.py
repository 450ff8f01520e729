"""Are the right days open: weekdays with hours, public holidays, closed and opened days; are misfits told?"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

import wfm
from wfm.budgeting.calendar import days_of, is_open_on, open_weekdays, public_holidays
from wfm.errors import InputError
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Team
from wfm.model.budget.periods import Calendar
from wfm.model.budget.week import spread_within_days, weekday_weights

WEEKDAYS = {"Mon-Fri": "08:00-20:00"}
# As the government of the United Kingdom has announced them; Christmas and Boxing Day of 2027 are at a weekend.
ENGLAND_2027 = {
    date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29), date(2027, 5, 3), date(2027, 5, 31), date(2027, 8, 30),
    date(2027, 12, 25), date(2027, 12, 26), date(2027, 12, 27), date(2027, 12, 28),
}  # fmt: skip


def calls(**given) -> Demand:
    return Demand(aht=300, volume=1000, **given)


def faults(calendar: Calendar, demand: Demand) -> str:
    with pytest.raises(InputError) as raised:
        wfm.Budget(calendar, {"calls": demand}, {"agents": Team(skills=["calls"], contract_hours=40)})
    return str(raised.value)


def test_english_holidays_of_2027() -> None:
    assert public_holidays(Calendar(date(2027, 1, 1), holidays="GB-ENG")) >= ENGLAND_2027
    days = days_of(Calendar(date(2027, 1, 1), holidays="GB-ENG"))
    assert {
        date.fromordinal(date(2027, 1, 1).toordinal() + int(i)) for i in np.flatnonzero(days.holiday)
    } == ENGLAND_2027


def test_a_subdivision_has_its_own() -> None:
    scotland = public_holidays(Calendar(date(2027, 1, 1), holidays="GB-SCT"))
    assert date(2027, 11, 30) in scotland
    assert date(2027, 3, 29) not in scotland


def test_open_days_of_a_month() -> None:
    # December 2027 begins on a Wednesday and has 23 weekdays; Monday 27 and Tuesday 28 are holidays.
    december = Calendar(date(2027, 12, 1), periods=1, holidays="GB-ENG")
    assert open_weekdays(december, calls(opening=WEEKDAYS)).tolist() == [[3, 3, 5, 5, 5, 0, 0]]
    assert open_weekdays(december, calls(opening=WEEKDAYS, holidays="open")).tolist() == [[4, 4, 5, 5, 5, 0, 0]]


def test_closed_and_opened_days() -> None:
    calendar = Calendar(
        date(2027, 12, 1), periods=1, holidays="GB-ENG", closed=(date(2027, 12, 24),), opened=(date(2027, 12, 28),)
    )
    assert open_weekdays(calendar, calls(opening=WEEKDAYS)).tolist() == [[3, 4, 5, 5, 4, 0, 0]]
    # A closed day is closed for those too that work on holidays.
    assert open_weekdays(calendar, calls(opening=WEEKDAYS, holidays="open")).tolist() == [[4, 4, 5, 5, 4, 0, 0]]


def test_an_opened_day_without_hours_stays_closed() -> None:
    calendar = Calendar(date(2027, 12, 1), periods=1, holidays="GB-ENG", opened=(date(2027, 12, 25),))
    assert open_weekdays(calendar, calls(opening=WEEKDAYS)).tolist() == [[3, 3, 5, 5, 5, 0, 0]]


@pytest.mark.parametrize(
    ("period", "start", "periods"), [("month", date(2028, 1, 1), 14), ("week", date(2027, 3, 3), 9)]
)
def test_every_day_belongs_to_its_period(period: str, start: date, periods: int) -> None:
    calendar = Calendar(start, periods=periods, period=period)
    assert open_weekdays(calendar, calls()).sum(axis=1).tolist() == calendar.days.tolist()
    for i, weekday in enumerate(days_of(calendar).weekday):
        assert date.fromordinal(start.toordinal() + i).weekday() == weekday


def test_always_open_is_every_day() -> None:
    calendar = Calendar(date(2027, 1, 1), holidays="GB-ENG")
    assert is_open_on(calendar, calls(holidays="open")).sum() == 365
    assert is_open_on(calendar, calls()).sum() == 365 - len(ENGLAND_2027)


def test_a_day_weighs_what_is_said_of_it_or_its_profile() -> None:
    hours = {"Mon-Tue": "09:00-11:00", "Sat": "09:00-10:00"}
    profile = {"Mon": [0.0] * 9 + [3.0, 1.0] + [5.0] * 13, "Tue, Sat": [0.0] * 9 + [1.0, 1.0] + [0.0] * 13}
    by_profile = calls(opening=hours, profile=profile)
    assert weekday_weights(by_profile, 3600.0).tolist() == [4, 2, 0, 0, 0, 1, 0]
    assert weekday_weights(calls(opening=hours), 3600.0).tolist() == [1, 1, 0, 0, 0, 1, 0]
    given = calls(opening=hours, profile=profile, weekdays={"Mon-Fri": 2.0, "Sat": 0.5})
    assert weekday_weights(given, 3600.0).tolist() == [2, 2, 0, 0, 0, 0.5, 0]
    # Weights of closed intervals count nothing.
    assert spread_within_days(by_profile, 3600.0)[0, 9:11].tolist() == [0.75, 0.25]
    assert spread_within_days(by_profile, 3600.0).sum(axis=1).tolist() == [1, 1, 0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"opening": {"Mon": "08:10-20:00"}}, "contact_types.calls.opening.Mon: must open and close on an interval's"),
        ({"weekdays": {"Mon-Fri": 1.0}}, "contact_types.calls.weekdays: says nothing of Sat, Sun, which is open"),
        ({"weekdays": {"Mon-Sun": 1.0, "Fri": 2.0}}, "weekdays: must name a weekday once (found 'Fri')"),
        ({"weekdays": {"Mon-Sunn": 1.0, "Frx": 2.0}}, "weekdays.Frx: is not a weekday; did you mean 'Fri'?"),
        ({"weekdays": {"Mon-Sun": 0.0}}, "weekdays: must have a weight above 0 on an open weekday"),
        ({"profile": {"Mon-Sun": [1.0] * 24}}, "profile.Mon-Sun: must hold 48 weights, one per interval of a day; it"),
        ({"profile": {"Mon-Sun": [0.0] * 48}}, "profile.Mon-Sun: has no weight above 0 while it is open on Mon"),
        ({"profile": {"Mon": [1.0] * 48}}, "profile: says nothing of Tue, Wed, Thu, Fri, Sat, Sun, which is open"),
    ],
)
def test_weeks_that_do_not_fit_are_told(given: dict, told: str) -> None:
    assert told in faults(Calendar(date(2027, 1, 1)), calls(**given))


@pytest.mark.parametrize(
    ("holidays", "told"),
    [
        ("ZZ", "is not a country whose holidays are known"),
        ("GB-EN", "is not a subdivision whose holidays are known; did"),
    ],
)
def test_unknown_holidays_are_told(holidays: str, told: str) -> None:
    with pytest.raises(InputError, match=f"calendar.holidays: {told}"):
        days_of(Calendar(date(2027, 1, 1), holidays=holidays))
