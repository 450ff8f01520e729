"""What one change at a time does to a budget, held against sums by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from wfm.budgeting.budget import budget
from wfm.budgeting.known import Known
from wfm.budgeting.sensitivity import MEASURES, sensitivity
from wfm.errors import InputError
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Team, Transfer
from wfm.model.budget.periods import Calendar, PeriodShrinkage
from wfm.model.budget.varied import budget_varied
from wfm.model.center import Target
from wfm.model.variation import Change, Variation

MAIL = Demand(aht=360, volume=8000, channel="email", opening={"Mon-Fri": "08:00-18:00"})
TEAM = Team(
    ["mail"], 40, max_occupancy=0.8, people=30, pay_per_hour=15, attrition=0.02,
    shrinkage=PeriodShrinkage(planned={"all": 0.2}),
)  # fmt: skip
YEAR = Budget(Calendar(date(2027, 1, 1), 3), {"mail": MAIL}, {"agents": TEAM})
CALLS = Demand(300, 10_000, patience=120, target=Target(service_level=0.8), opening={"Mon-Fri": "08:00-18:00"})


def changes(asked: Budget, measure: str) -> dict[str, float]:
    return {one.words: float(one.change(measure).mean) for one in sensitivity(asked).effects}


def test_the_usual_variations_are_those_of_what_the_budget_has() -> None:
    assert list(changes(YEAR, "gap")) == [
        "volume −10 %", "volume +10 %", "AHT −5 %", "AHT +5 %", "shrinkage −5 pt", "shrinkage +5 pt",
        "attrition −25 %", "attrition +25 %", "pay −3 %", "pay +3 %",
    ]  # fmt: skip
    bare = replace(TEAM, shrinkage=PeriodShrinkage(), attrition={}, pay_per_hour=None)
    assert list(changes(replace(YEAR, agent_groups={"agents": bare}), "gap")) == [
        "volume −10 %", "volume +10 %", "AHT −5 %", "AHT +5 %",
    ]  # fmt: skip


def test_required_fte_follows_the_work_and_the_shrinkage() -> None:
    base, found = sensitivity(YEAR).base.required_fte, changes(YEAR, "required_fte")
    assert found["volume +10 %"] == pytest.approx(0.1 * base, rel=1e-9)
    assert found["AHT −5 %"] == pytest.approx(-0.05 * base, rel=1e-9)
    assert found["shrinkage +5 pt"] == pytest.approx((0.8 / 0.75 - 1) * base, rel=1e-9)
    assert (found["attrition +25 %"], found["pay +3 %"]) == (0, 0)


def test_people_stay_as_planned() -> None:
    required, gap, cost = (changes(YEAR, measure) for measure in ("required_fte", "gap", "cost"))
    for words in ("volume +10 %", "AHT −5 %", "shrinkage +5 pt"):
        assert gap[words] == pytest.approx(-required[words], rel=1e-9)
        assert cost[words] == 0
    fewer = [30 * (0.98**k - 0.975**k) for k in (1, 2, 3)]
    assert gap["attrition +25 %"] == pytest.approx(-np.average(fewer, weights=[31, 28, 31]), rel=1e-9)
    pay = sum(30 * 0.98**k * days / 7 * 40 * 15 for k, days in zip((1, 2, 3), (31, 28, 31), strict=True))
    assert cost["pay +3 %"] == pytest.approx(0.03 * pay, rel=1e-9)


def test_each_effect_is_that_of_the_budget_with_the_change_alone() -> None:
    asked = Budget(YEAR.calendar, {"calls": CALLS}, {"agents": Team(["calls"], 40, people=9, pay_per_hour=15)})
    found = sensitivity(asked)
    paths = {"volume": "contact_types.*.volume", "AHT": "contact_types.*.aht", "pay": "agent_groups.*.pay_per_hour"}
    for one in found.effects:
        case = budget(budget_varied(asked, [Change(paths[one.label], "factor", one.level)])).summary()
        for measure in MEASURES:
            assert float(one.change(measure).mean) == getattr(case, measure) - getattr(found.base, measure)
            assert np.isnan(one.change(measure).half_width)


def test_the_largest_swing_comes_first() -> None:
    found = sensitivity(YEAR)
    swings = [one.label for one in found.by_swing("required_fte")][::2]
    assert swings == ["volume", "shrinkage", "AHT", "attrition", "pay"]
    assert [one.label for one in found.by_swing("cost")][:2] == ["pay", "pay"]


def test_a_budget_varies_what_it_says_instead() -> None:
    own = Variation("contact_types.mail.volume", (6000, 10_000), label="mails")
    assert list(changes(replace(YEAR, vary=(own,)), "gap")) == ["mails = 6000", "mails = 10000"]


def test_levels_by_period_are_levels_too() -> None:
    own = Variation("contact_types.*.volume", ((1.0, 1.0, 1.3), (1.0, 1.0, 0.7)), "factor")
    low, high = changes(replace(YEAR, vary=(own,)), "required_fte").values() or (0, 0)
    march = float(budget(YEAR).ladder.fte[0, 2]) * 31 / 90
    assert (low, high) == (pytest.approx(0.3 * march, rel=1e-9), pytest.approx(-0.3 * march, rel=1e-9))


def test_usual_levels_that_a_budget_cannot_have_are_left_out_and_said() -> None:
    little = replace(TEAM, shrinkage=PeriodShrinkage(planned={"all": 0.03}))
    found = sensitivity(replace(YEAR, agent_groups={"agents": little}))
    assert [one.words for one in found.effects if one.label == "shrinkage"] == ["shrinkage +5 pt"]
    (said,) = found.left_out
    assert said == "shrinkage −5 pt: agent_groups.agents.shrinkage must be at least 0 and below 1."


def test_usual_levels_without_the_people_for_a_transfer_are_left_out_too() -> None:
    other = replace(TEAM, people=1)
    moved = replace(
        YEAR,
        contact_types={"mail": MAIL, "letters": MAIL},
        agent_groups={"agents": TEAM, "others": replace(other, skills=("letters",))},
        transfers=(Transfer(date(2027, 1, 1), "agents", "others", 29.3),),
    )
    assert [one.split(":")[0] for one in sensitivity(moved).left_out] == ["attrition +25 %"]


def test_levels_of_the_budget_that_do_not_fit_are_all_refused() -> None:
    own = (Variation("agent_groups.*.shrinkage", (-0.3, 0.05, 0.9), "addition"), Variation("money.q", (1, 2)))
    with pytest.raises(InputError) as caught:
        sensitivity(replace(YEAR, vary=own))
    wheres = [one.where for one in caught.value.faults]
    assert wheres[0] == "vary.'agent_groups.*.shrinkage' (shrinkage −30 pt).agent_groups.agents.shrinkage"
    assert wheres[2:] == ["vary.'money.q'"]  # of all levels alike, once


def test_a_group_with_nothing_to_take_away_is_left_out_and_said() -> None:
    new = Team(["letters"], 40, max_occupancy=0.8, people=30, pay_per_hour=15)
    both = replace(YEAR, contact_types={"mail": MAIL, "letters": MAIL}, agent_groups={"agents": TEAM, "new": new})
    own = (Variation("agent_groups.*.shrinkage", (-0.01, 0.01), "addition", "shrinkage"),)
    found = sensitivity(replace(both, vary=own))
    assert found.left_out == ("shrinkage −1 pt: nothing to change at agent_groups.new.shrinkage.",)
    less, more = (float(one.change("required_fte").mean) for one in found.effects)
    alone = sensitivity(replace(YEAR, vary=own)).effects
    assert less == pytest.approx(float(alone[0].change("required_fte").mean), rel=1e-9)
    assert more > float(alone[1].change("required_fte").mean) * 1.5  # points may be added where there are none


def test_what_is_known_is_not_asked_again() -> None:
    asked = Budget(YEAR.calendar, {"calls": CALLS}, {"agents": Team(["calls"], 40, people=9, pay_per_hour=15)})
    known = Known()
    sensitivity(asked, known=known)
    assert len(known.required) == 3 * (1 + 4)  # months x (base, volume and AHT up and down); pay asks nothing
