"""Is a requirement that of its typical weeks: pools, e-mail, kinds of days, faults; is nothing asked twice?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import wfm
from wfm.budgeting import known as known_module
from wfm.budgeting.budget import budgets
from wfm.budgeting.demand import demand_of
from wfm.budgeting.known import Known
from wfm.budgeting.requirement import Required, required_of
from wfm.budgeting.weeks import queues_in, weeks_of
from wfm.errors import InputError, NotModelled, fault
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Team
from wfm.model.budget.periods import Calendar, PeriodShrinkage

QUARTER = Calendar(date(2027, 3, 1), periods=3, holidays="GB-ENG")
HOURS = {"Mon-Fri": "08:00-18:00"}


def calls(volume=6000, **given) -> Demand:
    told = {"aht": 300, "volume": volume, "patience": 120, "opening": HOURS, "target": wfm.Target(service_level=0.8)}
    return Demand(**{**told, **given})


def team(*skills: str, **given) -> Team:
    return Team(**{"skills": list(skills), "contract_hours": 40, **given})


def required(asked: wfm.Budget, method: object = "erlang-a") -> Required:
    return required_of(asked, demand_of(asked), method)


@pytest.fixture
def asked_of_engine(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many centres each call to the engine brings."""
    numbers: list[int] = []
    engine = known_module.requirements

    def counted(centers, method):
        numbers.append(len(centers))
        return engine(centers, method)

    monkeypatch.setattr(known_module, "requirements", counted)
    return numbers


def test_a_queue_is_a_pool_of_its_groups() -> None:
    alone = required(wfm.Budget(QUARTER, {"calls": calls()}, {"all": team("calls")}))
    pooled = required(
        wfm.Budget(
            QUARTER, {"calls": calls()}, {"north": team(skills={"calls": 0.7}, pool="voice"),
                                          "south": team(skills={"calls": 0.3}, pool="voice")},
        )
    )  # fmt: skip
    assert pooled.net_hours.sum(axis=0) == pytest.approx(alone.net_hours[0])
    assert pooled.net_hours[0] == pytest.approx(0.7 * alone.net_hours[0])
    apart = required(
        wfm.Budget(QUARTER, {"calls": calls()}, {"n": team(skills={"calls": 0.7}), "s": team(skills={"calls": 0.3})})
    )
    assert (apart.net_hours.sum(axis=0) > alone.net_hours[0]).all()


def test_types_of_one_queue_wait_together() -> None:
    mixed = wfm.Budget(
        QUARTER, {"short": calls(4000, aht=200), "long": calls(2000, aht=500)}, {"all": team("short", "long")}
    )
    one = wfm.Budget(QUARTER, {"calls": calls(6000, aht=300)}, {"all": team("calls")})
    assert required(mixed).net_hours == pytest.approx(required(one).net_hours)


def test_chats_at_a_pace_are_shorter_calls() -> None:
    chats = wfm.Budget(QUARTER, {"chat": calls(aht=600, channel="chat", pace=2.0)}, {"all": team("chat")})
    one = wfm.Budget(QUARTER, {"calls": calls(aht=300)}, {"all": team("calls")})
    assert required(chats).net_hours == pytest.approx(required(one).net_hours)


def test_email_is_workload_over_occupancy() -> None:
    mail = Demand(aht=480, volume=3000, channel="email", opening=HOURS)
    asked = wfm.Budget(QUARTER, {"mail": mail}, {"all": team("mail", max_occupancy=0.8)})
    found = required(asked)
    assert found.net_hours[0] == pytest.approx([3000 * 480 / 3600 / 0.8] * 3)
    assert found.unrounded_net_hours[0] == pytest.approx(found.net_hours[0])
    # March 2027 has 21 working days of 10 hours; 500 hours are 2.38 agents all the time.
    assert found.peak_net[0, 0] == 3
    fewest = replace(asked, agent_groups={"all": team("mail", max_occupancy=0.8, min_agents=4)})
    assert required(fewest).net_hours[0, 0] == pytest.approx(4 * 21 * 10)


def test_email_is_not_asked_of_the_engine(asked_of_engine: list[int]) -> None:
    mail = Demand(aht=480, volume=3000, channel="email", opening=HOURS)
    required(wfm.Budget(QUARTER, {"mail": mail}, {"all": team("mail", max_occupancy=0.8)}))
    assert sum(asked_of_engine) == 0


def test_groups_without_work_share_by_their_fewest_agents() -> None:
    def idle(**given):
        return team(skills={"calls": 0.5}, pool="voice", **given)

    asked = wfm.Budget(QUARTER, {"calls": calls(0)}, {"north": idle(min_agents=3), "south": idle(min_agents=1)})
    assert required(asked).net_hours[:, 0] == pytest.approx([3 * 210, 1 * 210])


def test_days_on_which_some_types_are_closed_stand_in_a_week_of_their_own() -> None:
    always = calls(3000, holidays="open")
    asked = wfm.Budget(QUARTER, {"most": calls(), "always": always}, {"all": team("most", "always")})
    demand = demand_of(asked)
    queue = queues_in(asked)[0]
    march, april, may = weeks_of(asked, demand, queue)
    # Good Friday and Easter Monday of 2027 are in March, two bank holidays (Mondays) in May.
    assert [week.days.tolist() for week in march] == [[4, 5, 5, 4, 3, 0, 0], [1, 0, 0, 0, 1, 0, 0]]
    assert [week.days.tolist() for week in april] == [[4, 4, 4, 5, 5, 0, 0]]
    assert [week.days.tolist() for week in may] == [[3, 4, 4, 4, 4, 0, 0], [2, 0, 0, 0, 0, 0, 0]]
    for period, weeks in enumerate((march, april, may)):
        contacts = sum(week.over_days(week.volume.ravel()) for week in weeks)
        assert contacts == pytest.approx(demand.offered[:, period].sum(), rel=1e-12)
        assert sum(week.over_days(week.work.ravel()) for week in weeks) == pytest.approx(
            3600 * demand.workload_hours[:, period].sum(), rel=1e-12
        )
    easter = march[1]
    assert easter.volume[0].sum() == pytest.approx(demand.offered[1, 0] / demand.open_days[1, 0])


def test_a_period_that_is_closed_needs_nobody() -> None:
    weeks = Calendar(date(2027, 3, 1), periods=2, period="week", closed=tuple(date(2027, 3, 8 + i) for i in range(7)))
    found = required(wfm.Budget(weeks, {"calls": calls([500, 0])}, {"all": team("calls", min_agents=1)}))
    assert found.net_hours[0, 1] == 0
    assert found.net_hours[0, 0] > 0


def test_budgets_that_differ_in_people_alone_ask_nothing_new(asked_of_engine: list[int]) -> None:
    base = wfm.Budget(QUARTER, {"calls": calls()}, {"all": team("calls", pay_per_hour=12.0, people=20)})
    shrinking = PeriodShrinkage(planned={"holiday": 0.2})
    others = [
        replace(base, agent_groups={"all": team("calls", pay_per_hour=pay, people=20, shrinkage=shrinking)})
        for pay in (13.0, 14.0)
    ]
    known = Known()
    wfm.budget(base, known=known)
    budgets(others, known=known)
    assert sum(asked_of_engine) == 3  # one week for each month
    more = replace(base, contact_types={"calls": calls([6000, 6000, 6600])})
    wfm.budget(more, known=known)
    assert sum(asked_of_engine) == 4


def test_many_budgets_are_one_call_and_the_same_figures(asked_of_engine: list[int]) -> None:
    asked = [wfm.Budget(QUARTER, {"calls": calls(volume)}, {"all": team("calls")}) for volume in (5000, 6000, 7000)]
    together = budgets(asked)
    assert asked_of_engine == [9]
    for one, alone in zip(together, map(wfm.budget, asked), strict=True):
        assert np.array_equal(one.ladder.net_hours, alone.ladder.net_hours)
        assert np.array_equal(one.service.service_level, alone.service.service_level)


def test_queues_with_the_same_contacts_keep_their_own_promises() -> None:
    types = {
        "easy": calls(target=wfm.Target(service_level=0.5)),
        "hard": calls(target=wfm.Target(service_level=0.95)),
        "quick": calls(target=wfm.Target(service_level=0.5, answer_within=1)),
        "patient": calls(target=wfm.Target(service_level=0.5), patience=None),
        "spared": calls(target=wfm.Target(service_level=0.5)),
        "few": calls(target=wfm.Target(service_level=0.5)),
    }
    teams = {name: team(name) for name in types}
    teams |= {"spared": team("spared", max_occupancy=0.4), "few": team("few", min_agents=9)}
    together = required(wfm.Budget(QUARTER, types, teams)).unrounded_net_hours
    for row, name in enumerate(types):
        alone = required(wfm.Budget(QUARTER, {name: types[name]}, {name: teams[name]}))
        assert together[row] == pytest.approx(alone.unrounded_net_hours[0])
    assert len({round(float(hours), 6) for hours in together[:, 0]}) == len(types)


def test_queues_without_a_promise_are_told_together() -> None:
    asked = wfm.Budget(
        QUARTER, {"a": calls(target=wfm.Target()), "b": calls(target=wfm.Target()), "c": calls(target=wfm.Target())},
        {"x": team("a"), "y": team("b"), "z": team("c", max_occupancy=0.9)},
    )  # fmt: skip
    with pytest.raises(InputError) as raised:
        required(asked)
    assert [one.where for one in raised.value.faults] == ["contact_types.a.target", "contact_types.b.target"]


@pytest.mark.parametrize("where", ["target.service_level", "contact_types.contacts.target.service_level"])
def test_a_promise_that_nobody_can_keep_is_told_by_type_and_period(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = InputError([fault(where, "cannot be kept with any number of agents", 0.8)], "A week of all")
    monkeypatch.setattr(known_module, "requirements", lambda centers, _: [refused for _ in centers])
    asked = wfm.Budget(QUARTER, {"calls": calls()}, {"all": team("calls")}, title="Next year")
    with pytest.raises(InputError) as raised:
        required(asked)
    told = "contact_types.calls.target.service_level: cannot be kept with any number of agents, in 2027-03 (found 0.8)"
    assert str(raised.value) == f"Next year: {told}"


def test_more_contacts_than_a_centre_may_have_are_told() -> None:
    asked = wfm.Budget(QUARTER, {"calls": calls(1e10)}, {"all": team("calls")})
    with pytest.raises(
        InputError, match=r"contact_types\.calls: has more than 100,000,000 contacts in a week of 2027-03"
    ):
        required(asked)


def test_a_method_says_what_it_has_no_words_for() -> None:
    hang_up = wfm.Target(max_abandonment=0.05)
    asked = wfm.Budget(QUARTER, {"calls": calls(target=hang_up)}, {"all": team("calls")})
    with pytest.raises(NotModelled, match="erlang-c knows no abandonment"):
        required(asked, "erlang-c")


def test_fractions_are_told_where_the_method_has_them() -> None:
    by_interval = wfm.Budget(QUARTER, {"calls": calls()}, {"all": team("calls")})
    over_day = replace(by_interval, contact_types={"calls": calls(target=wfm.Target(service_level=0.8, per="day"))})
    assert (required(by_interval).unrounded_net_hours < required(by_interval).net_hours).all()
    assert np.isnan(required(over_day).unrounded_net_hours).all()
    assert (required(over_day).net_hours <= required(by_interval).net_hours).all()
    assert required(over_day).net_hours.sum() < required(by_interval).net_hours.sum()
