"""Are the people of a budget counted right: attrition, classes, training, ramp, transfers, by day?"""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from payrolls import budget_of, ladder_needing, team_of

from wfm.budgeting.headcount import Staff, headcount_of, staff_of
from wfm.errors import InputError
from wfm.model.budget.budget import Budget
from wfm.model.budget.people import Cohort, Contract, HiringClass, Team, Transfer

MONTH = 365.25 / 12  # days


def edges_before(asked: Budget, day: date, last: date) -> list[date]:
    """First days of periods after a day, up to the last one, from long before the budget on."""
    found = []
    at = asked.calendar.edges[0]
    while at > day:
        at = at - timedelta(weeks=1) if asked.calendar.period == "week" else (at - timedelta(days=1)).replace(day=1)
    while at <= last:
        if at > day:
            found.append(at)
        at = at + timedelta(weeks=1) if asked.calendar.period == "week" else (at + timedelta(days=31)).replace(day=1)
    return found


class Person:
    """A head who joins and learns; counted in parts, as the attrition of a mean is."""

    def __init__(self, group: str, since: date | None, tenure: float, clock: date, learned: float, training: float):
        self.group, self.since, self.tenure, self.heads = group, since, tenure, 0.0
        self.clock, self.learned, self.training = clock, learned, training  # days learned on the day of the clock


def months_with(asked: Budget, person: Person, day: date) -> float:
    """Whole periods with the company on a first day of a period, in months."""
    month = float(asked.calendar.months[0])
    first = asked.calendar.edges[0]
    passed = len(edges_before(asked, first - timedelta(days=1), day)) - 1
    if person.since is None:
        return person.tenure + passed * month
    is_first_day = person.since in (*asked.calendar.edges, *edges_before(asked, date(2026, 1, 1), first))
    return month * (len(edges_before(asked, person.since, day)) - (0 if is_first_day else 1))


def leave(asked: Budget, people: list[Person], day: date) -> np.ndarray:
    """Take the attrition of a first day of a period."""
    left = np.zeros(len(asked.agent_groups))
    month = float(asked.calendar.months[0])
    for one in people:
        team = asked.agent_groups[one.group]
        monthly = float(team.attrition_rate(np.array(months_with(asked, one, day))))
        gone = one.heads * (1 - (1 - monthly) ** month)
        one.heads -= gone
        left[list(asked.agent_groups).index(one.group)] += gone
    return left


def speed_of(team: Team, person: Person, day: date) -> tuple[float, float]:
    """The share of a day in training, and the mean speed, by a thousand moments of the day."""
    moments = (day - person.clock).days + person.learned + (np.arange(1000) + 0.5) / 1000
    ramp = np.array([*team.ramp, 1.0])
    weeks = np.clip(np.floor((moments - person.training) / 7), 0, len(team.ramp)).astype(int)
    is_training = moments < person.training
    return float(is_training.mean()), float(np.where(is_training, 0, ramp[weeks]).mean())


def slow(asked: Budget) -> dict[str, np.ndarray]:
    """The same people, day after day."""
    names, calendar = list(asked.agent_groups), asked.calendar
    first = calendar.edges[0]
    shape = (len(names), calendar.periods)
    figures = ("joined", "left", "moved", "closing_heads", "heads", "in_training", "effective_heads")
    found = {name: np.zeros(shape) for name in figures}
    people: list[Person] = []
    for group, team in asked.agent_groups.items():
        for cohort in team.people:
            one = Person(group, None, cohort.tenure, first, cohort.tenure * MONTH, 7 * team.training_weeks)
            one.heads = cohort.heads
            people.append(one)
        for early in team.classes:
            if early.start < first:
                one = Person(group, early.start, 0.0, early.start, 0.0, 7 * team.training_weeks)
                one.heads = early.heads
                for day in edges_before(asked, early.start, first - timedelta(days=1)):
                    leave(asked, [one], day)
                people.append(one)
    for period, (begin, end) in enumerate(zip(calendar.edges, calendar.edges[1:], strict=False)):
        found["left"][:, period] += leave(asked, people, begin)
        for offset in range((end - begin).days):
            day = begin + timedelta(days=offset)
            for move in asked.transfers:
                if move.date == day:
                    leaving = [one for one in people if one.group == move.source]
                    share = move.heads / sum(one.heads for one in leaving)
                    found["moved"][names.index(move.source), period] -= move.heads
                    found["moved"][names.index(move.to), period] += move.heads
                    for one in leaving:
                        gone = Person(move.to, one.since, one.tenure, day, 0.0, 7 * move.training_weeks)
                        gone.heads = share * one.heads
                        one.heads -= gone.heads
                        people.append(gone)
            for group, team in asked.agent_groups.items():
                for joining in team.classes:
                    if joining.start == day:
                        one = Person(group, day, 0.0, day, 0.0, 7 * team.training_weeks)
                        one.heads = joining.heads
                        found["joined"][names.index(group), period] += joining.heads
                        people.append(one)
            for one in people:
                row, days = names.index(one.group), calendar.days[period]
                training, speed = speed_of(asked.agent_groups[one.group], one, day)
                found["heads"][row, period] += one.heads / days
                found["in_training"][row, period] += one.heads * training / days
                found["effective_heads"][row, period] += one.heads * speed / days
        for one in people:
            found["closing_heads"][names.index(one.group), period] += one.heads
    return found


TENURES = {"0-1": 0.2, "1-2": 0.1, "2+": 0.03}


@pytest.mark.parametrize("period", ["month", "week"])
@pytest.mark.parametrize("seed", range(4))
def test_people_equal_those_counted_day_after_day(period, seed):
    draw = np.random.default_rng(seed)
    first = date(2027, 1, 1) if period == "month" else date(2027, 1, 4)
    days = 88 if period == "month" else 34

    def classes():
        starts = draw.integers(-50, days, 3)
        return [HiringClass(first + timedelta(days=int(one)), float(draw.integers(1, 20))) for one in starts]

    groups = {
        name: team_of(
            name, people=[Cohort(40, 30.0), Cohort(10, float(draw.integers(0, 60)) / MONTH)], classes=classes(),
            attrition=TENURES, training_weeks=float(draw.choice([0, 1, 2.5, 4])),
            ramp=tuple(draw.uniform(0.1, 1, draw.integers(0, 4))),
        )
        for name in ("sales", "service")
    }  # fmt: skip
    moves = [
        Transfer(first + timedelta(days=int(draw.integers(0, days))), *ends, float(draw.integers(1, 15)), weeks)
        for ends, weeks in ((("sales", "service"), 1.0), (("service", "sales"), 0.0), (("sales", "service"), 1.5))
    ]
    moves.sort(key=lambda one: one.date)
    asked = budget_of(groups, 3 if period == "month" else 5, period, transfers=moves)
    staff = staff_of(asked)
    for name, expected in slow(asked).items():
        assert getattr(staff, name) == pytest.approx(expected, rel=1e-9, abs=1e-9), name


@given(
    people=st.floats(0, 500),
    sizes=st.lists(st.floats(0, 50), min_size=4, max_size=4),
    moved=st.floats(0, 1),
    training=st.floats(0, 8),
)
def test_heads_change_by_who_joins_leaves_and_moves(people, sizes, moved, training):
    edges = [date(2027, month, 1) for month in (1, 2, 3, 4)]
    classes = [HiringClass(day, size) for day, size in zip(edges, sizes, strict=True)]
    groups = {
        "a": team_of("a", people=people, attrition=TENURES, classes=classes, training_weeks=training, ramp=(0.5,)),
        "b": team_of("b", attrition=0.05),
    }
    asked = budget_of(groups, 4, transfers=[Transfer(edges[2], "a", "b", moved * people * 0.5, training)])
    staff = staff_of(asked)
    changes = np.diff(np.hstack([[[people], [0.0]], staff.heads]), axis=1)  # all of it happens on first days
    assert staff.joined - staff.left + staff.moved == pytest.approx(changes, abs=1e-9)
    assert staff.moved.sum(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)
    for group, row in zip(groups, range(2), strict=True):
        mine = [one for one in staff.parts if one.group == group]
        assert sum(one.heads for one in mine) == pytest.approx(staff.heads[row], abs=1e-9)
        assert sum(one.effective_heads for one in mine) == pytest.approx(staff.effective_heads[row], abs=1e-9)
    assert np.all(staff.effective_heads <= staff.heads - staff.in_training + 1e-9)


def test_a_month_is_one_step():
    joining = HiringClass(date(2027, 2, 1), 7)
    staff = staff_of(budget_of({"a": team_of(people=100, attrition=0.03, classes=[joining])}))
    assert staff.heads[0] == pytest.approx([97, 97**2 / 100 + 7, (97**2 / 100 + 7) * 0.97])
    assert staff.left[0] == pytest.approx([3, 97 * 0.03, (97**2 / 100 + 7) * 0.03])


def test_a_class_of_mid_month_counts_its_share_of_the_days():
    joining = HiringClass(date(2027, 1, 22), 31)  # ten days of January
    team = team_of(attrition={"0-1": 0.5, "1+": 0.1}, training_weeks=1, ramp=(0.4,), classes=[joining], lead_weeks=3.5)
    staff = staff_of(budget_of({"a": team}))
    # Its first first-day is 1 February, before a whole month has passed; then 1 March.
    assert staff.heads[0] == pytest.approx([10, 15.5, 15.5 * 0.9])
    assert staff.in_training[0] == pytest.approx([7, 0, 0])
    assert staff.trained_weeks[0] == pytest.approx([31, 0, 0])
    assert staff.effective_heads[0] == pytest.approx([3 * 0.4, 15.5 * (24 + 4 * 0.4) / 28, 15.5 * 0.9])
    (part,) = staff.parts
    assert (part.name, part.start, part.decide_by) == ("class of 2027-01-22", joining.start, date(2026, 12, 28))


def test_classes_of_a_group_that_start_on_one_day_are_one_part():
    day = date(2027, 2, 1)
    team = team_of(classes=[HiringClass(day, 5), HiringClass(day, 3), HiringClass(date(2027, 3, 1), 2)], attrition=0.1)
    parts = staff_of(budget_of({"a": team, "b": team_of("b", classes=team.classes)})).parts
    found = {(one.group, one.name): one.heads for one in parts}
    assert len(found) == len(parts) == 4  # of two days in two groups
    assert found["a", "class of 2027-02-01"] == pytest.approx([0, 8, 7.2])


def test_weeks_lose_their_part_of_a_month():
    staff = staff_of(budget_of({"a": team_of(people=100, attrition=0.03)}, 52, "week"))
    assert staff.heads[0, -1] == pytest.approx(100 * 0.97 ** (52 * 7 / MONTH))


def test_classes_of_before_have_lost_people_since():
    team = team_of(attrition=0.1, classes=[HiringClass(date(2026, 11, 1), 100)], training_weeks=2)
    staff = staff_of(budget_of({"a": team}))
    assert staff.heads[0] == pytest.approx([81, 72.9, 65.61])  # December, January; February; March
    assert staff.effective_heads[0] == pytest.approx(staff.heads[0])
    assert not staff.joined.any()


def test_moved_people_keep_their_tenure_and_learn_again():
    groups = {
        "a": team_of("a", people=[Cohort(30, 0), Cohort(10, 24)], attrition=0),
        "b": team_of("b", attrition={"0-12": 0.5, "12+": 0}, training_weeks=9, ramp=(0.5,)),
    }
    asked = budget_of(groups, 2, transfers=[Transfer(date(2027, 1, 1), "a", "b", 20, training_weeks=2)])
    staff = staff_of(asked)
    assert staff.heads[1] == pytest.approx([20, 15 * 0.5 + 5])  # three quarters of them are new
    assert staff.in_training[1, 0] == pytest.approx(20 * 14 / 31)
    assert staff.effective_heads[1, 0] == pytest.approx(20 * (7 * 0.5 + 10) / 31)
    assert [one.name for one in staff.parts] == ["at the start", "from a"]


@pytest.mark.parametrize("seed", range(20))
def test_a_transfer_of_all_leaves_nobody(seed):
    """Not even what is lost in adding up the people who go."""
    heads = np.random.default_rng(seed).uniform(1, 5, 7)
    groups = {
        "a": team_of("a", people=[Cohort(one, 10) for one in heads], ramp=(0.5,)), "b": team_of("b"),
    }  # fmt: skip
    moves = [Transfer(date(2027, 1, 10), "a", "b", 1.1), Transfer(date(2027, 1, 20), "b", "a", 1.1)]
    staff = staff_of(budget_of(groups, transfers=moves))
    assert staff.heads_by_day[1, 15] == pytest.approx(1.1)
    assert not staff.heads_by_day[1, 19:].any()


def test_transfers_of_more_people_than_there_are():
    groups = {"a": team_of("a", people=10), "b": team_of("b", people=3)}
    moves = [Transfer(date(2027, 1, 5), "a", "b", 12), Transfer(date(2027, 2, 5), "b", "a", 14)]
    with pytest.raises(InputError) as caught:
        staff_of(budget_of(groups, transfers=moves))
    first, second = caught.value.faults
    assert (first.where, first.value) == ("transfers[0].heads", 12)
    assert "a has on 2027-01-05, 10.0" in first.rule
    assert second.where == "transfers[1].heads"  # ten came, so there are 13


def test_heads_of_part_time_are_parts_of_fte():
    team = team_of(people=10, contracts={"full": Contract(40, 0.5), "half": Contract(20, 0.5)})
    asked = budget_of({"a": team})
    found = headcount_of(asked, staff_of(asked), ladder_needing(asked, 8))
    assert found.effective_fte[0] == pytest.approx([7.5] * 3)
    assert found.gap[0] == pytest.approx([-0.5] * 3)


def test_all_figures_have_one_shape():
    asked = budget_of({"a": team_of("a"), "b": team_of("b", people=2)}, 4)
    staff = staff_of(asked)
    assert isinstance(staff, Staff)
    figures = [one for name, one in vars(staff).items() if name != "parts" and not name.endswith("by_day")]
    assert {one.shape for one in figures} == {(2, 4)}
    assert staff.heads_by_day.shape == staff.training_by_day.shape == (2, 120)
    assert not any(math.isnan(one) for row in figures for one in row.flat)
