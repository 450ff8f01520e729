"""Do the parts of a variance add up, whatever their order, and does each cause get what is its own?"""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import wfm
from wfm.budgeting.known import Known
from wfm.budgeting.variance import CAUSES, Variance, shapley, variance
from wfm.errors import InputError
from wfm.model.budget.actual import Actual, ActualGroup, ActualType
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Cohort, Outsourcing, Team
from wfm.model.budget.periods import Calendar, PeriodShrinkage
from wfm.model.budget.plans import Money
from wfm.model.center import Target

FIGURES = st.floats(-1e6, 1e6)
CLOSE = 1e-9  # of the figures themselves


def games(least: int = 1):
    """What each set of causes comes to, for two figures at a time."""
    return st.integers(least, 6).flatmap(lambda n: arrays(np.float64, (1 << n, 2), elements=FIGURES))


@given(games())
def test_parts_add_up_to_the_difference(values: np.ndarray) -> None:
    parts = shapley(values)
    for figure in range(2):
        total = math.fsum(parts[:, figure])
        assert total == pytest.approx(values[-1, figure] - values[0, figure], abs=1e-15 * np.abs(values).max() + 1e-300)


@given(games(), st.randoms())
def test_the_order_of_causes_does_not_matter(values: np.ndarray, shuffled) -> None:
    causes = len(values).bit_length() - 1
    order = list(range(causes))
    shuffled.shuffle(order)
    places = [sum(1 << order[i] for i in range(causes) if place >> i & 1) for place in range(len(values))]
    assert shapley(values[places]) == pytest.approx(shapley(values)[order], abs=1e-12 * np.abs(values).max())


@given(games(), st.data())
def test_a_cause_that_changes_nothing_has_no_part(values: np.ndarray, data) -> None:
    cause = data.draw(st.integers(0, len(values).bit_length() - 2))
    values = values[np.arange(len(values)) & ~(1 << cause)]
    assert shapley(values)[cause] == pytest.approx(0, abs=1e-15 * np.abs(values).max())


@given(arrays(np.float64, (4,), elements=st.floats(0.1, 1e4)))
def test_of_two_causes_each_takes_half_of_what_they_do_together(figures: np.ndarray) -> None:
    volume, more, price, dearer = figures
    found = shapley(np.array([volume * price, (volume + more) * price, volume * (price + dearer),
                              (volume + more) * (price + dearer)]))  # fmt: skip
    wanted = [more * price + more * dearer / 2, dearer * volume + more * dearer / 2]
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9 * figures.max() ** 2)


def test_no_cause_has_no_parts() -> None:
    assert shapley(np.array([7.0])).shape == (0,)


# A budget whose figures follow by hand: e-mail is workload over occupancy.
HOURS, SHRINKAGE, FIT, OCCUPANCY, ON_COST = 38.5, 0.2, 0.9, 0.8, 0.25
MARCH, DAYS = 2, 31


def mail_budget(**team) -> wfm.Budget:
    mail = Demand(aht=400.0, last_year=10_000.0, growth=0.2, channel="email", opening={"Mon-Fri": "08:00-18:00"})
    given_team = {
        "contract_hours": HOURS, "max_occupancy": OCCUPANCY, "schedule_fit": FIT, "pay_per_hour": 20.0,
        "shrinkage": PeriodShrinkage(planned={"holiday": 0.12}, unplanned={"sickness": 0.08}),
        "people": [Cohort(6, tenure=1), Cohort(14, tenure=30)], "attrition": {"0-6": 0.10, "6+": 0.02},
        "on_cost": ON_COST, **team,
    }  # fmt: skip
    money = Money("EUR", pay_growth=0.1, growth_month=2)
    return wfm.Budget(
        Calendar(date(2027, 1, 1), 4), {"mail": mail}, {"team": Team(["mail"], **given_team)}, money=money
    )


def fte(volume=12_000.0, aht=400.0, shrinkage=SHRINKAGE, fit=FIT) -> float:
    return volume * aht / 3600 / OCCUPANCY / (1 - shrinkage) / fit / (HOURS * DAYS / 7)


def of_march(budget: wfm.Budget, volume=None, aht=None, **team) -> Variance:
    return variance(budget, Actual(MARCH, {"mail": ActualType(volume, aht)}, {"team": ActualGroup(**team)}))


def assert_adds_up(found: Variance) -> None:
    for row in found.rows:
        size = max(abs(row.budgeted), abs(row.explained), 1.0)
        assert math.fsum(row.parts.values()) == pytest.approx(row.explained - row.budgeted, abs=CLOSE * size)


ACTUALS = {
    "volume": st.floats(1000, 30_000), "aht": st.floats(100, 900), "shrinkage": st.floats(0.0, 0.6),
    "schedule_fit": st.floats(0.5, 1.0), "attrition": st.floats(0.0, 0.5), "pay_per_hour": st.floats(5, 60),
}  # fmt: skip


@settings(max_examples=25)
@given(st.fixed_dictionaries({}, optional=ACTUALS))
def test_parts_of_generated_actuals_add_up_for_every_figure(actual: dict[str, float]) -> None:
    budget = mail_budget(overtime=0.1, overtime_pay=1.5, outsourcing=Outsourcing(30.0, 50, 300))
    found = of_march(budget, **actual)
    assert_adds_up(found)
    assert found.causes == tuple(one for one in CAUSES if one in actual or (one == "pay" and "pay_per_hour" in actual))
    given_fte = {"fit" if key == "schedule_fit" else key: value for key, value in actual.items()}
    wanted = fte(**{key: one for key, one in given_fte.items() if key in ("volume", "aht", "shrinkage", "fit")})
    assert found.row("required_fte").explained == pytest.approx(wanted)


def test_volume_and_aht_are_the_textbook_split_with_the_joint_part_halved() -> None:
    row = of_march(mail_budget(), volume=13_000.0, aht=450.0).row("required_fte")
    joint = fte(13_000, 450) - fte(13_000, 400) - fte(12_000, 450) + fte()
    assert row.budgeted == pytest.approx(fte())
    assert row.parts["volume"] == pytest.approx(fte(13_000) - fte() + joint / 2)
    assert row.parts["aht"] == pytest.approx(fte(aht=450) - fte() + joint / 2)


def test_pay_alone_is_the_hours_at_the_difference_of_rates() -> None:
    found = of_march(mail_budget(), pay_per_hour=23.0)
    hours = found.row("paid_hours").budgeted
    # Pay has grown by a tenth in February.
    assert found.row("cost").parts["pay"] == pytest.approx(hours * (23.0 - 22.0) * (1 + ON_COST))
    assert found.row("required_fte").parts["pay"] == 0


def test_attrition_is_of_those_who_were_there_before() -> None:
    budget = mail_budget()
    budgeted = wfm.budget(budget).headcount
    before = budgeted.heads[0, MARCH - 1]
    found = of_march(budget, attrition=0.15)
    wanted = before * (1 - 0.15)
    assert found.row("heads").explained == pytest.approx(wanted)
    assert found.row("heads").parts["attrition"] == pytest.approx(wanted - budgeted.heads[0, MARCH])


def test_what_came_as_budgeted_has_no_parts() -> None:
    budget = mail_budget()
    headcount = wfm.budget(budget).headcount
    rate = headcount.left[0, MARCH] / headcount.heads[0, MARCH - 1]
    found = of_march(budget, 12_000.0, 400.0, shrinkage=0.2, schedule_fit=FIT, attrition=rate, pay_per_hour=22.0)
    assert found.causes == tuple(CAUSES)
    for row in found.rows:
        assert list(row.parts.values()) == pytest.approx([0] * 6, abs=CLOSE * row.budgeted)


def test_only_what_was_recorded_is_a_cause_and_what_no_cause_explains_is_unexplained() -> None:
    found = of_march(mail_budget(), volume=15_000.0, heads=17.0, paid_hours=3000.0, cost=90_000.0)
    assert found.causes == ("volume",)
    heads, cost = found.row("heads"), found.row("cost", "team")
    assert heads.unexplained == pytest.approx(17.0 - heads.explained)
    assert heads.explained == heads.budgeted
    assert cost.unexplained == pytest.approx(90_000.0 - cost.explained)
    assert found.row("required_fte").actual is None
    assert found.row("required_fte").unexplained is None
    assert any("17.0 recorded" in one for one in found.told)


def two_groups(pay: float | None = 15.0) -> wfm.Budget:
    calls = Demand(aht=300.0, volume=9000.0, patience=150.0, target=Target(service_level=0.8),
                   opening={"Mon-Fri": "08:00-18:00"}, deflection=0.2, deflection_cost=0.5)  # fmt: skip
    mail = Demand(aht=400.0, volume=4000.0, channel="email", opening={"Mon-Fri": "08:00-18:00"})
    voice = Team(["calls"], 37.5, people=8, pay_per_hour=15.0, attrition=0.02, shrinkage=PeriodShrinkage())
    writers = Team(["mail"], 37.5, people=5, pay_per_hour=pay, max_occupancy=0.85)
    return wfm.Budget(Calendar(date(2027, 1, 1), 2), {"calls": calls, "mail": mail}, {"voice": voice, "mail": writers})


def test_groups_add_up_to_all_of_them_and_whole_agents_are_split_too() -> None:
    groups_that_came = {"mail": ActualGroup(cost=16_000.0), "voice": ActualGroup(shrinkage=0.1, cost=21_000.0)}
    actual = Actual(1, {"mail": ActualType(4500.0), "calls": ActualType(8800.0, 320.0)}, groups_that_came)
    found = variance(two_groups(), actual, known=Known())
    assert_adds_up(found)
    groups, together = [found.row("required_fte", one) for one in ("voice", "mail")], found.row("required_fte")
    for cause in found.causes:
        assert together.parts[cause] == pytest.approx(sum(one.parts[cause] for one in groups), abs=1e-12)
    assert min(one.parts["volume"] for one in groups) > 0
    cost = found.row("cost")
    # What the bot costs belongs to no group: recorded costs of the groups and it are the whole.
    assert cost.actual == pytest.approx(37_000 + cost.explained - sum(found.row("cost", one).explained
                                                                      for one in ("voice", "mail")))  # fmt: skip
    assert cost.actual > 37_000
    assert any("Self-service" in one for one in found.told)
    turned = Actual(1, dict(reversed(actual.types.items())), dict(reversed(actual.groups.items())))
    assert [vars(one) for one in variance(two_groups(), turned).rows] == [vars(one) for one in found.rows]


def test_a_group_without_pay_has_no_row_of_cost_and_it_is_said() -> None:
    found = variance(two_groups(pay=None), Actual(0, {"mail": ActualType(4500.0)}))
    assert found.row("cost", "voice").budgeted > 0
    with pytest.raises(KeyError, match="cost of mail"):
        found.row("cost", "mail")
    assert any("mail" in one and "pay_per_hour" in one for one in found.told)


def test_everything_that_has_nothing_to_be_set_against_is_told_at_once() -> None:
    budget = wfm.Budget(
        Calendar(date(2027, 1, 1), 2),
        {"mail": Demand(400.0, volume=[4000, 0], channel="email")},
        {"team": Team(["mail"], 37.5, max_occupancy=0.8)},
    )
    actual = Actual(1, {"mail": ActualType(10.0), "mial": ActualType(10.0)},
                    {"taem": ActualGroup(), "team": ActualGroup(pay_per_hour=12.0)})  # fmt: skip
    with pytest.raises(InputError) as error:
        variance(budget, actual)
    assert [one.where for one in error.value.faults] == ["mail.volume", "mial", "taem", "team.pay_per_hour"]
    assert "did you mean 'mail'?" in str(error.value)
    with pytest.raises(InputError, match="2027-01 to 2027-02"):
        variance(budget, Actual(2))
