"""Is the plan of classes the cheapest that keeps the rules, and is it said which rule no plan keeps?"""

from __future__ import annotations

import itertools
from dataclasses import fields
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pytest
from payrolls import budget_of, ladder_needing, team_of

import wfm
from wfm.budgeting.cheapest import Cheapest, Found, cheapest, plan_of
from wfm.budgeting.headcount import Staff, headcount_of, staff_of
from wfm.budgeting.money import people_money
from wfm.budgeting.result import Ladder
from wfm.errors import InputError
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Credit, Demand
from wfm.model.budget.people import Cohort, HiringClass, Outsourcing, Site, Team, Transfer
from wfm.model.budget.periods import Calendar
from wfm.model.budget.plans import HiringRules
from wfm.model.declared import changed

MONTHS = 3
SIZES = range(4)  # heads of a class that are tried, one after the other


def drawn(seed: int, pool: str = "", fits: tuple[float, float] = (0.9, 0.9)) -> tuple[Budget, Ladder]:
    """Two groups of one site over three months, with rules that bind in one case or the other."""
    draw = np.random.default_rng(seed)

    def maybe(value: Any) -> Any:
        return value if draw.random() < 0.5 else None

    def team(name: str) -> Any:
        return team_of(
            name, site="hall", pool=pool, people=[Cohort(float(draw.integers(3, 9)), float(draw.integers(0, 20)))],
            attrition={"0-2": 0.1, "2+": 0.04}, training_weeks=float(draw.choice([0, 2, 3.5])), ramp=(0.5, 0.8),
            lead_weeks=float(draw.integers(0, 3)), pay_per_hour=float(draw.uniform(15, 25)), on_cost=0.2,
            overtime=float(draw.choice([0, 0.1])), overtime_pay=1.5, hiring_cost=float(draw.uniform(0, 4000)),
            training_cost=100, tools=50, classes=[HiringClass(date(2027, 2, 1), 1)] if draw.random() < 0.3 else (),
            outsourcing=Outsourcing(float(draw.uniform(20, 60)), 20, 200) if draw.random() < 0.5 else None,
        )  # fmt: skip

    groups = {"a": team("a"), "b": team("b")}
    people = sum(one.people[0].heads for one in groups.values())
    rules = HiringRules(
        smallest_class=int(draw.integers(1, 3)), largest_class=3, most_classes=maybe(1), short_cost=maybe(25_000.0),
        no_classes=("2027-02",) if draw.random() < 0.2 else (), most_heads=maybe(int(people + draw.integers(0, 5))),
        most_money=maybe(float(people * draw.uniform(3.2, 4.5) * 4500)),
        decided_from=maybe(date(2026, 12, 20)),
    )  # fmt: skip
    site = Site(seats=maybe(int(people + draw.integers(-1, 4))), training_seats=maybe(3))
    asked = budget_of(groups, MONTHS, hiring=rules, sites={"hall": site})
    growth = np.array([1, 1.1, 1.2])
    needed = [[one.people[0].heads * share for share in growth * draw.uniform(0.8, 1.1)] for one in groups.values()]
    return asked, ladder_needing(asked, needed, 0.2, np.array(fits)[:, None])


class Tried(NamedTuple):
    """The heads of each month's class of a group, and the people that there are with them."""

    classes: tuple[float, ...]
    staff: Staff


def tried_of(asked: Budget, group: str) -> list[Tried]:
    """Every mix of sizes in a group."""
    hiring, team = asked.hiring, asked.agent_groups[group]
    sizes = [size for size in SIZES if size == 0 or hiring.smallest_class <= size <= hiring.largest_class]
    earliest = (hiring.decided_from or date(2027, 1, 1)).toordinal() + round(7 * team.lead_weeks)
    choices = []
    for name, edge, end in zip(asked.calendar.names, asked.calendar.edges, asked.calendar.edges[1:], strict=False):
        start = date.fromordinal(max(earliest, edge.toordinal()))
        choices.append(
            [(start, size) for size in sizes if start < end and name not in hiring.no_classes] or [(edge, 0)]
        )
    found = []
    for mix in itertools.product(*choices):
        more = [HiringClass(start, size) for start, size in mix if size]
        classes = changed(team, classes=(*team.classes, *more))
        whole = changed(asked, agent_groups={**asked.agent_groups, group: classes})
        found.append(Tried(tuple(float(size) for _, size in mix), staff_of(whole)))
    return found


def least(asked: Budget, ladder: Ladder) -> float | None:
    """The least cost of all mixes that keep the rules; None where none does."""
    hiring, site = asked.hiring, asked.sites["hall"]
    mixes = list(itertools.product(*(tried_of(asked, name) for name in asked.agent_groups)))

    def there(what: str) -> np.ndarray:
        return np.array([[getattr(one.staff, what)[row] for row, one in enumerate(mix)] for mix in mixes])

    figures = [one.name for one in fields(Staff) if one.name != "parts"]
    staff = Staff(**{name: there(name) for name in figures}, parts=())
    people = headcount_of(asked, staff, ladder)
    lines = people_money(asked, ladder.fte_hours, people, people.overtime_hours, people.outsourced_hours)
    money, missing = sum(lines.values()).sum(axis=(1, 2)), people.missing.sum(axis=(1, 2))
    given = [one.start for team in asked.agent_groups.values() for one in team.classes]
    opened = np.array([sum(asked.calendar.of(day) == period for day in given) for period in range(MONTHS)])
    classes = np.array([[np.array(one.classes) > 0 for one in mix] for mix in mixes]).sum(axis=1)
    heads, training = (one.sum(axis=1).max(axis=1) for one in (staff.heads_by_day, staff.training_by_day))
    keeps = np.ones(len(mixes), bool)
    if hiring.short_cost is None:
        keeps &= missing <= 1e-9
    if hiring.most_classes is not None:
        keeps &= (classes <= np.maximum(hiring.most_classes - opened, 0)).all(axis=1)
    for most, there_are in (
        (site.seats, heads), (site.training_seats, training), (hiring.most_heads, heads), (hiring.most_money, money)
    ):  # fmt: skip
        if most is not None:
            keeps &= there_are <= most + 1e-6
    return float((money + (hiring.short_cost or 0.0) * missing)[keeps].min()) if keeps.any() else None


@pytest.mark.parametrize("pool", ["", "together"])
@pytest.mark.parametrize("seed", range(24))
def test_the_plan_costs_what_the_best_of_all_mixes_costs(seed, pool):
    asked, ladder = drawn(seed, pool)
    expected = least(asked, ladder)
    if expected is None:
        with pytest.raises(InputError, match="no plan of classes"):
            plan_of(asked, ladder, 0.0, 1e-9, 20)
        return
    found = plan_of(asked, ladder, 0.0, 1e-9, 20)
    assert found.cost == pytest.approx(expected, rel=1e-7)
    assert found.bound == pytest.approx(expected, rel=1e-6)
    assert found.is_exact


@pytest.mark.parametrize("seed", range(12))
def test_a_pool_whose_hours_on_the_line_differ(seed):
    """What is missing there has no one number of FTE; the bound and the cost have the least between them."""
    asked, ladder = drawn(seed, "together", (0.9, 0.8))
    expected = least(asked, ladder)
    if expected is None:
        with pytest.raises(InputError, match="no plan of classes"):
            plan_of(asked, ladder, 0.0, 1e-9, 20)
        return
    found = plan_of(asked, ladder, 0.0, 1e-9, 20)
    apart = (asked.hiring.short_cost or 0.0) * found.missing * (1 - 0.8 / 0.9)
    assert found.bound <= expected * (1 + 1e-7)
    assert expected * (1 - 1e-7) <= found.cost <= found.bound * (1 + 1e-7) + apart


def small(**given: Any) -> Budget:
    """Six people where ever more are required."""
    team = {"people": 6, "attrition": 0.05, "training_weeks": 2, "pay_per_hour": 20, "hiring_cost": 500, **given}
    return budget_of({"a": team_of("a", **{name: one for name, one in team.items() if name != "hiring"})}, 4,
                     hiring=given.get("hiring", HiringRules()))  # fmt: skip


def planned(asked: Budget, required: Any, gap: float = 1e-9) -> Found:
    return plan_of(asked, ladder_needing(asked, required), 0.0, gap, 20)


def test_classes_are_decided_in_time():
    asked = small(lead_weeks=3.5, hiring=HiringRules(decided_from=date(2027, 1, 4), smallest_class=3))
    found = planned(asked, [5, 5, 7, 7])
    first = found.decisions[0]
    # Trained in February, as March needs them; never before 4 January and the lead time of 25 days.
    assert first.start >= date(2027, 1, 29)
    assert (first.start - first.decide_by).days == 25
    assert all(one.heads >= 3 for one in found.decisions)
    assert np.all(staff_of(found.budget).effective_heads[0] >= [5, 5, 7 - 1e-6, 7 - 1e-6])


def test_given_classes_stay():
    given = HiringClass(date(2027, 2, 1), 2.5)
    found = planned(small(classes=[given]), [5, 5, 9, 9])
    assert given in found.budget.agent_groups["a"].classes
    assert all(one.heads == round(one.heads) for one in found.decisions)


def test_given_classes_that_are_not_decided_give_way():
    decided, free = HiringClass(date(2027, 1, 18), 1), HiringClass(date(2027, 2, 8), 5)
    rules = HiringRules(decided_from=date(2027, 1, 4), given_classes="replaced")
    asked = changed(whole_budget(short_cost=9000), hiring=changed(rules, short_cost=9000))
    team = changed(asked.agent_groups["agents"], classes=[decided, free])  # two weeks ahead: by the 4th, by the 25th
    given = changed(asked, agent_groups={"agents": changed(team, lead_weeks=3)})
    found = cheapest(given)
    classes = found.budget.agent_groups["agents"].classes
    assert decided in classes
    assert free not in classes
    assert {one.start for one in classes} == {decided.start, *(one.start for one in found.decisions)}
    kept = cheapest(changed(given, hiring=changed(given.hiring, given_classes="kept")))
    assert {decided, free} <= set(kept.budget.agent_groups["agents"].classes)
    assert found.cost < kept.cost
    for one, words in ((found, "give way to those of the plan; the others stay"), (kept, "stay as they are")):
        assert any(words in sentence for sentence in one.told)
    # What stays is no other plan's: without the free class in the first place, it is the same.
    without = cheapest(changed(given, agent_groups={"agents": changed(team, lead_weeks=3, classes=[decided])}))
    assert without.budget == found.budget


def test_a_pool_that_no_plan_covers_is_named():
    groups = {name: team_of(name, people=people, pool="p", training_weeks=6, lead_weeks=lead, pay_per_hour=20)
              for name, people, lead in (("a", 6, 2), ("b", 5, 0))}  # fmt: skip
    with pytest.raises(InputError) as caught:
        planned(budget_of(groups, 4), [[7, 5, 5, 5], [4.5, 5, 5, 5]])
    (only,) = caught.value.faults
    assert (only.where, only.rule.partition(";")[0]) == ("pool p", "0.50 FTE would be missing in 2027-01")
    assert "start on 2027-01-01 at the earliest and is trained by 2027-02-12" in only.rule  # of b, who is first


@pytest.mark.parametrize("above", [300, 3000, 9000])
def test_under_a_ceiling_a_pool_spends_before_it_misses_people(above):
    given = {"pool": "p", "overtime": 0.1, "overtime_pay": 2, "hiring_cost": 500, "training_weeks": 2}
    groups = {
        "a": team_of("a", people=6, pay_per_hour=20, attrition=0.05, **given),
        "b": team_of("b", people=5, pay_per_hour=24, outsourcing=Outsourcing(50, 0, 60), **given),
    }
    asked = budget_of(groups, 4)
    ladder = ladder_needing(asked, [[9] * 4, [6] * 4])

    def of_it(one: Budget) -> tuple[float, float]:
        people = headcount_of(one, staff_of(one), ladder)
        lines = people_money(one, ladder.fte_hours, people, people.overtime_hours, people.outsourced_hours)
        return float(sum(part.sum() for part in lines.values())), float(people.missing.sum())

    most = of_it(asked)[0] + above
    asked = changed(asked, hiring=HiringRules(short_cost=12_000, most_money=most))
    found = plan_of(asked, ladder, 0.0, 1e-9, 20)
    money, missing = of_it(found.budget)
    assert missing > 0
    assert money <= most * (1 + 1e-9)
    assert found.cost == pytest.approx(money + 12_000 * missing, rel=1e-7)


@pytest.mark.parametrize(("day", "joins"), [(date(2027, 2, 15), "2027-03-01"), (date(2027, 3, 15), "2027-02-01")])
def test_given_classes_count_among_those_of_a_period(day, joins):
    # People are needed from March on; where a class starts in March already, they must join a month early.
    asked = small(classes=[HiringClass(day, 1)], attrition=0, training_weeks=0, hiring=HiringRules(most_classes=1))
    assert [str(one.start) for one in planned(asked, [5, 5, 9, 9]).decisions] == [joins]


def test_where_no_class_can_start_the_gap_is_filled():
    rules = HiringRules(no_classes=("2027-01", "2027-02", "2027-03", "2027-04"))
    asked = small(attrition=0, overtime=0.2, overtime_pay=1.5, hiring=rules)
    found = planned(asked, 7)
    assert not found.decisions
    paid = (6 + 1.5) * 20 * 40 * 120 / 7  # six people and an FTE of overtime, 120 days
    assert (found.cost, found.bound) == (pytest.approx(paid), pytest.approx(paid))


def test_enough_people_need_no_plan():
    found = planned(small(attrition=0), 3)
    assert (found.decisions, found.gap) == ([], 0)
    assert found.budget == small(attrition=0)


def test_parts_of_heads_cost_no_more():
    whole, parts = (planned(small(hiring=HiringRules(whole_heads=one)), [5, 5, 7, 9]) for one in ("yes", "no"))
    assert parts.cost < whole.cost
    # With parts of heads there is nobody too many in the month that asks for most.
    assert staff_of(parts.budget).effective_heads[0, 3] == pytest.approx(9)


def test_a_requirement_before_anybody_can_be_trained():
    with pytest.raises(InputError) as caught:
        planned(small(training_weeks=6), [7, 5, 5, 5])
    (only,) = caught.value.faults
    assert only.where == "agent_groups.a.classes"
    assert only.rule.startswith("1.30 FTE would be missing in 2027-01")  # 6 x 0.95 = 5.7 are there
    assert "start on 2027-01-01 at the earliest and is trained by 2027-02-12" in only.rule


def test_periods_without_classes_are_named_where_they_are_the_reason():
    rules = HiringRules(no_classes=("2027-01",), decided_from=date(2026, 6, 1))
    with pytest.raises(InputError) as caught:
        planned(small(hiring=rules, training_weeks=0), [7, 5, 5, 5])
    (only,) = caught.value.faults
    assert only.rule.endswith("missing in 2027-01; hiring.no_classes lets none start that would work by then")
    with pytest.raises(InputError, match="start on 2027-01-01 at the earliest and is trained by 2027-02-12"):
        planned(small(hiring=changed(rules, no_classes=()), training_weeks=6), [7, 5, 5, 5])


def test_what_is_too_many_is_rounded_up():
    """With as much more as is told, there is a plan."""
    team = team_of("a", people=7, training_weeks=0, pay_per_hour=20)
    rules = HiringRules(whole_heads="no", most_heads=9)
    with pytest.raises(InputError, match=r"9 heads; there would be 0\.1 too many in 2027-02"):
        planned(budget_of({"a": team}, hiring=rules), [7, 9.02, 9])


def test_given_classes_beyond_the_most_are_told():
    given = [HiringClass(date(2027, 2, 1), 1), HiringClass(date(2027, 2, 8), 1)]
    asked = small(classes=given, training_weeks=0, attrition=0, hiring=HiringRules(most_classes=1))
    asked = changed(asked, hiring=changed(asked.hiring, no_classes=("2027-01",)))
    with pytest.raises(InputError, match="allows 0 classes beside the 2 of the budget; there would be 1 too many"):
        planned(asked, [5, 9, 9, 9])


def test_a_ceiling_that_is_too_low():
    free = planned(small(), [5, 5, 8, 8])
    asked = small(hiring=HiringRules(most_money=free.cost - 2000))
    with pytest.raises(InputError) as caught:
        planned(asked, [5, 5, 8, 8])
    (only,) = caught.value.faults
    assert only.where == "hiring.most_money"
    assert only.rule.endswith("it would cost 2,000 more")


@pytest.mark.parametrize("above", [100, 1000, 5000, 10_000])
def test_under_a_ceiling_gaps_are_filled_all_the_same(above):
    """People who are missing at `short_cost` are no way to spare overtime: the budget fills the gap with it."""
    rules = HiringRules(short_cost=12_000)
    asked = small(overtime=0.1, overtime_pay=2, outsourcing=Outsourcing(50, 0, 30))
    ladder = ladder_needing(asked, [8, 8, 8, 8])

    def of_it(one: Budget) -> tuple[float, float]:
        people = headcount_of(one, staff_of(one), ladder)
        lines = people_money(one, ladder.fte_hours, people, people.overtime_hours, people.outsourced_hours)
        return float(sum(part.sum() for part in lines.values())), float(np.maximum(-people.gap, 0).sum())

    most = of_it(asked)[0] + above
    asked = changed(asked, hiring=changed(rules, most_money=most))
    found = plan_of(asked, ladder, 0.0, 1e-9, 20)
    money, missing = of_it(found.budget)
    assert money <= most * (1 + 1e-9)
    assert found.cost == pytest.approx(money + 12_000 * missing, rel=1e-7)


@pytest.mark.parametrize(
    ("where", "rules", "site"),
    [
        ("sites.hall.seats", {}, {"seats": 8}),
        ("sites.hall.training_seats", {}, {"training_seats": 2}),
        ("hiring.most_heads", {"most_heads": 8}, {}),
        ("hiring.most_classes", {"most_classes": 0}, {}),
    ],
)
def test_the_rule_that_no_plan_keeps_is_named(where, rules, site):
    team = team_of("a", people=7, training_weeks=1, site="hall", pay_per_hour=20)
    asked = budget_of({"a": team}, sites={"hall": Site(**site)}, hiring=HiringRules(whole_heads="no", **rules))
    with pytest.raises(InputError) as caught:
        planned(asked, [7, 11, 11])
    assert {one.where for one in caught.value.faults} == {where}
    assert "too many in 2027-0" in caught.value.faults[0].rule


def test_prices_without_which_the_least_cannot_be_told():
    team = team_of("a", people=5, overtime=0.1, overtime_pay=2, pay_per_hour=20)
    asked = budget_of({"a": team, "b": team_of("b", people=5)}, hiring=HiringRules(short_cost=1000))
    with pytest.raises(InputError) as caught:
        planned(asked, 6)
    assert [one.where for one in caught.value.faults] == ["agent_groups.b.pay_per_hour", "hiring.short_cost"]
    assert "overtime costs, 7,086 for a in 2027-01" in caught.value.faults[1].rule  # 31 / 7 weeks of 40 hours at 40


def test_transfers_take_from_classes_too():
    groups = {
        "a": team_of("a", people=[Cohort(6, 30)], attrition={"0-6": 0.2, "6+": 0.0}, pay_per_hour=20, hiring_cost=500),
        "b": team_of("b", people=5, attrition={"0-6": 0.2, "6+": 0.0}, pay_per_hour=20, hiring_cost=500),
    }
    asked = budget_of(groups, 4, transfers=[Transfer(date(2027, 2, 1), "a", "b", 3)])
    ladder = ladder_needing(asked, [[8, 8, 8, 8], [5, 6, 6, 6]])
    found = plan_of(asked, ladder, 0.0, 1e-9, 20)
    people = headcount_of(found.budget, staff_of(found.budget), ladder)
    assert not found.is_exact
    assert np.all(people.gap > -1e-6)
    nothing = np.zeros_like(people.heads)
    money = people_money(found.budget, ladder.fte_hours, people, nothing, nothing)
    assert found.cost == pytest.approx(sum(float(one.sum()) for one in money.values()), rel=1e-7)


def test_the_bound_is_told_with_care_where_a_class_could_spare_others_a_transfer():
    """Four of six leave for the other group; those of a class that has just begun would go in their turn."""
    groups = {
        "a": team_of("a", people=6, training_weeks=8, pay_per_hour=20),
        "b": team_of("b", people=4, training_weeks=8, pay_per_hour=20),
    }
    asked = budget_of(groups, 2, transfers=[Transfer(date(2027, 2, 1), "a", "b", 4)],
                      hiring=HiringRules(short_cost=60_000))  # fmt: skip
    ladder = ladder_needing(asked, [[6, 6], [6, 6]])
    found = plan_of(asked, ladder, 0.0, 1e-9, 20)
    assert not found.is_exact
    late = changed(asked, transfers=(Transfer(date(2027, 1, 1), "a", "b", 4),))  # before any class
    assert plan_of(late, ladder, 0.0, 1e-9, 20).is_exact


def whole_budget(**rules: Any) -> Budget:
    """A budget that is answered by the engine, with everything that money is spent on."""
    calls = Demand(
        aht=300, volume=(9000, 9500, 10500, 11500), patience=120, opening={"Mon-Fri": "08:00-18:00"},
        target=wfm.Target(service_level=0.8, answer_within=20), deflection=0.1, deflection_cost=0.5,
        credits=[Credit(0.9, 1000)],
    )  # fmt: skip
    team = team_of(
        people=9, attrition=0.03, training_weeks=3, ramp=(0.6, 0.8), lead_weeks=2, pay_per_hour=18, on_cost=0.2,
        overtime=0.05, overtime_pay=1.5, hiring_cost=900, training_cost=100, tools=80,
        outsourcing=Outsourcing(30, committed_hours=20, most_hours=300),
    )  # fmt: skip
    return Budget(Calendar(date(2027, 1, 1), 4), {"calls": calls}, {"agents": team}, hiring=HiringRules(**rules))


def test_the_answer_costs_what_the_programme_says(capfd):
    found = cheapest(whole_budget(short_cost=9000))
    assert isinstance(found, Cheapest)
    missing = np.maximum(-found.result.headcount.gap, 0).sum()
    lines = found.result.money
    assert lines.total.sum() - lines.line("credits").sum() + 9000 * missing == pytest.approx(found.cost, rel=1e-6)
    assert found.bound <= found.cost * (1 + 1e-9)
    assert found.gap <= 0.001
    assert found.result.budget == found.budget
    joined = sum(one.heads for one in found.decisions)
    assert joined == pytest.approx(found.result.headcount.joined.sum())
    assert any(one.startswith("Credits") for one in found.told)
    assert any("stand for what is missing" in one for one in found.told) == bool(missing)
    assert capfd.readouterr().out == ""


def pooled_budget(short_cost: float | None) -> Budget:
    """Calls of one queue, answered in two places with other pay, shrinkage and means to fill a gap."""
    calls = Demand(
        aht=300, volume=(17_000, 18_000, 20_000, 22_000), patience=120, opening={"Mon-Fri": "08:00-18:00"},
        target=wfm.Target(service_level=0.8, answer_within=20),
    )  # fmt: skip
    given = {"pool": "calls", "attrition": 0.03, "training_weeks": 3, "ramp": (0.6, 0.8), "lead_weeks": 2,
             "overtime_pay": 1.5, "hiring_cost": 900}  # fmt: skip
    groups = {
        "north": Team({"calls": 0.6}, 40, people=6, pay_per_hour=18, overtime=0.05, schedule_fit=0.95, **given),
        "south": Team({"calls": 0.4}, 37, people=9, pay_per_hour=15, overtime=0.08, schedule_fit=0.85,
                      outsourcing=Outsourcing(31, committed_hours=20, most_hours=200), **given),
    }  # fmt: skip
    return Budget(Calendar(date(2027, 1, 1), 4), {"calls": calls}, groups, hiring=HiringRules(short_cost=short_cost))


@pytest.mark.parametrize("short_cost", [None, 9000.0])
def test_the_answer_of_a_pool_costs_what_the_programme_says(short_cost):
    found = cheapest(pooled_budget(short_cost), gap=1e-9)
    lines, missing = found.result.money, found.result.headcount.missing.sum()
    assert lines.total.sum() + (short_cost or 0.0) * missing == pytest.approx(found.cost, rel=1e-6)
    assert found.bound == pytest.approx(found.cost, rel=1e-6)
    assert bool(missing > 1e-6) == (short_cost is not None and any("stand for" in one for one in found.told))
    assert found.result.headcount.gap.min() < -0.1  # of one group; the other has the people
    assert short_cost is not None or not found.result.shortages


def test_nothing_is_missing_where_nothing_may_be():
    found = cheapest(whole_budget())
    assert not found.result.shortages
    assert np.all(found.result.headcount.gap > -1e-6)
