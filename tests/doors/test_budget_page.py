"""The page, pictures, tables and JSON of a budget: whole, true to the figures, and safe to open."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from html import unescape
from xml.etree import ElementTree

import numpy as np
import pytest

import wfm
from wfm.budgeting.answer import BudgetAnswer, answer_budget
from wfm.model.budget.actual import Actual, ActualGroup, ActualType
from wfm.model.budget.demand import Credit, Demand
from wfm.model.budget.people import HiringClass, Team, Transfer
from wfm.model.budget.periods import Calendar, PeriodShrinkage
from wfm.model.budget.plans import Doubt, HiringRules, Initiative, Money
from wfm.reports.budgets import as_json, tables, told
from wfm.reports.budgets.as_csv import as_csv
from wfm.reports.budgets.page import page
from wfm.reports.budgets.pictures import layers, pictures_of
from wfm.reports.budgets.terminal import show_budget

EVIL = "<script>alert(1)</script> & [bold] $x_1$ {{ 7*7 }}"
FORMULA = "=1+1"
SVG = "{http://www.w3.org/2000/svg}"


def asked(**changed: object) -> wfm.Budget:
    """Two types with a group each, with everything that a budget may ask for."""
    calls = Demand(
        aht=300, volume=(9000, 9500, 12000), patience=120, target=wfm.Target(0.8, 20),
        opening={"Mon-Fri": "08:00-18:00"}, credits=(Credit(0.8, 5000.0),), deflection=0.1, containment=0.5,
    )  # fmt: skip
    mail = Demand(aht=360, volume=4000, channel="email", opening={"Mon-Fri": "08:00-18:00"})
    shrinkage = PeriodShrinkage(planned={"holiday": 0.1})
    phones = Team(
        ["calls"], 37.5, people=9, attrition=0.02, lead_weeks=4, training_weeks=3, ramp=(0.5, 0.75), pay_per_hour=14,
        classes=(HiringClass(date(2027, 2, 1), 2),), overtime=0.04, overtime_pay=1.5, shrinkage=shrinkage,
    )  # fmt: skip
    desk = Team(["mail"], 37.5, people=4, max_occupancy=0.9, pay_per_hour=13, shrinkage=shrinkage)
    parts = {
        "title": EVIL,
        "transfers": (Transfer(date(2027, 2, 15), FORMULA, "phones", 0.5),),
        "money": Money("£"),
        "hiring": HiringRules(short_cost=9000.0),
        "doubt": Doubt(volume=0.05, absence=0.01, draws=200),
        "scenarios": (wfm.Scenario("Größer", (wfm.Change("contact_types.*.volume", "factor", 1.1),)),),
        "initiatives": {
            "bot": Initiative((wfm.Change("contact_types.calls.deflection", "value", 0.2),), one_off=900.0)
        },
    }
    groups = {"phones": phones, FORMULA: desk}
    return wfm.Budget(Calendar(date(2027, 1, 1), 3), {"calls": calls, "mail": mail}, groups, **(parts | changed))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def answer() -> BudgetAnswer:
    actual = Actual(1, {"calls": ActualType(10_000, 310)}, {"phones": ActualGroup(shrinkage=0.12, cost=24_000.0)})
    return answer_budget(asked(), actual=actual, cheapest=True, risk=True, returns=True)


@pytest.fixture(scope="module")
def text(answer: BudgetAnswer) -> str:
    """Its page."""
    return shown(answer)


@pytest.fixture(scope="module")
def unpaid() -> BudgetAnswer:
    """One group has no pay: its money, and so all of it, is not known."""
    budget = asked(hiring=HiringRules(), initiatives={})
    groups = {**budget.agent_groups, "phones": replace(budget.agent_groups["phones"], pay_per_hour=None)}
    return answer_budget(replace(budget, agent_groups=groups), risk=True)


def figure(text: str) -> float:
    """A figure as tables write it."""
    return float(text.replace(",", "").replace("−", "-"))


def shown(answer: BudgetAnswer) -> str:
    return page(answer, pictures_of(answer))


def test_the_page_holds_every_part_that_was_asked_for(text: str) -> None:
    heads = re.findall(r"<h2>(.*?)</h2>", text)
    assert heads == [
        "People required and there", "Money, £", "What each change does", "Scenarios side by side", "The cheapest plan",
        "How far off it may be", "Changes that must pay for themselves", "Budget against actual",
        "People, group by group", "From work to heads", "What customers ask for, and what they get",
        "What is assumed", "Provenance",
    ]  # fmt: skip


def test_the_page_begins_with_the_answer(answer: BudgetAnswer, text: str) -> None:
    text = unescape(text)
    places = [text.index(sentence) for sentence in told.in_short(answer)]
    assert places == sorted(places)
    assert places[-1] < text.index("<svg") < text.index("<main>")


def test_the_promises_stand_beside_what_is_answered_in_time(answer: BudgetAnswer, text: str) -> None:
    assert "answered in time; promised: 80 % within 20 s" in text
    level = answer.result.service.service_level.copy()
    level[0] = [0.9, 0.7, 0.5]  # of the one promise
    service = replace(answer.result.service, service_level=level)
    months = tables.months(BudgetAnswer(replace(answer.result, service=service)))
    at = months.head.index("promises missed")
    assert [row[at] for row in months.rows] == ["0", "1", "1", "2"]
    several = {**answer.result.budget.contact_types, "chat": Demand(300, 10, target=wfm.Target(0.9, 60))}
    groups = {**answer.result.budget.agent_groups, "chatters": Team(["chat"], 37.5)}
    result = replace(answer.result, budget=replace(answer.result.budget, contact_types=several, agent_groups=groups))
    assert told.promised(result) == "80 % within 20 s (calls) and 90 % within 60 s (chat)"


def test_what_was_not_asked_has_no_place(answer: BudgetAnswer) -> None:
    plain = BudgetAnswer(answer.result)
    text = page(plain, pictures_of(plain))
    for head in ("The cheapest plan", "How far off it may be", "Budget against actual", "Scenarios side by side",
                 "What each change does", "Changes that must pay for themselves"):  # fmt: skip
        assert head not in text
    assert set(pictures_of(plain)) == {"people", "agent_groups"}


def test_text_of_anybody_does_nothing(answer: BudgetAnswer, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "<script" not in text
    assert "{{ 7*7 }}" in text
    show_budget(answer, scenarios=True)
    assert "[bold]" in capsys.readouterr().out
    assert "'=1+1" in as_csv(answer)["budget.csv"]
    for svg in pictures_of(answer).values():
        assert any(EVIL in "".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{SVG}text"))


def test_the_same_answer_gives_the_same_bytes(answer: BudgetAnswer, text: str) -> None:
    assert shown(answer) == text
    assert as_csv(answer) == as_csv(answer)


def test_the_layers_of_the_picture_are_the_people_there(answer: BudgetAnswer) -> None:
    headcount = answer.result.headcount
    found = {one.label: one.fte for one in layers(answer.result)}
    hatched = found.pop("in training and ramp")
    np.testing.assert_allclose(sum(found.values()), headcount.fte.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(hatched, (headcount.heads - headcount.effective_heads).sum(axis=0), atol=1e-9)
    assert set(found) == {"at the start", "class of 2027-02-01", "from other groups", "overtime", "outsourced"}
    for row, group in enumerate(answer.result.budget.agent_groups):
        own = [one.fte for one in layers(answer.result, group) if one.label != "in training and ramp"]
        np.testing.assert_allclose(sum(own), headcount.fte[row], rtol=1e-12)


def test_the_money_bars_reach_the_total(text: str) -> None:
    bars = re.findall(r'class="(rise|fall|level)" style="margin-left:([\d.]+)%;width:([\d.]+)%', text)
    money = bars[: [kind for kind, *_ in bars].index("level")]
    assert sum(float(width) for _, _, width in money) == pytest.approx(100, abs=0.05)
    budgeted, *_, actual = bars[len(money) + 1 :]
    assert (budgeted[0], actual[0]) == ("level", "level")


def test_the_variance_table_adds_up(answer: BudgetAnswer) -> None:
    found = tables.variance(answer.variance)  # type: ignore[arg-type]
    causes = slice(3, found.head.index("explained"))
    assert found.head[causes] == ("volume", "AHT", "shrinkage")
    for row in found.rows:
        budgeted, explained = (figure(row[found.head.index(name)]) for name in ("budgeted", "explained"))
        parts = sum(figure(one) for one in row[causes])
        assert budgeted + parts == pytest.approx(explained, abs=2.5 if budgeted > 200 else 0.25)  # of rounded figures


def test_money_that_is_not_known_is_a_dash_and_null(unpaid: BudgetAnswer, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(unpaid)
    assert "What it costs is not known: phones has no pay_per_hour." in text
    assert "The money of phones is not known" in text
    found = as_json.budget(unpaid)
    json.dumps(found, allow_nan=False)
    assert found["summary"]["cost"] is None
    assert found["agent_groups"]["phones"]["cost"]["pay"] == [None] * 3
    assert found["agent_groups"][FORMULA]["cost"]["pay"][0] > 0
    show_budget(unpaid)
    assert not re.search(r"\bnan\b", capsys.readouterr().out, re.IGNORECASE)
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)


def test_the_json_has_every_part_that_was_asked_for(answer: BudgetAnswer) -> None:
    found = as_json.budget(answer)
    json.dumps(found, allow_nan=False)
    assert found["variance"]["causes"] == ["volume", "aht", "shrinkage"]
    assert set(found["risk"]["total_required_fte"]) == {"50", "80", "95"}
    assert found["returns"][0]["name"] == "bot"
    assert found["cheapest"]["summary"]["gap"] is not None
    assert [one["group"] for one in found["classes"]].count("phones") == 3  # at the start, a class, a transfer


def test_a_narrow_terminal_leaves_out_what_is_least_asked_for(
    answer: BudgetAnswer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wfm.reports.console.WIDTH_WHEN_PIPED", 60)
    show_budget(answer, scenarios=True)
    text = capsys.readouterr().out
    assert "Left out at this width: occupancy, " in text
    lines = text.splitlines()
    last = next(place for place, line in enumerate(lines) if line.startswith("all "))
    assert max(map(len, lines[last - 6 : last + 1])) <= 60


def test_many_weeks_fit_the_page_and_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    budget = asked(transfers=(), doubt=None, scenarios=(), initiatives={})
    calendar = Calendar(date(2027, 1, 4), 80, "week")
    calls = replace(budget.contact_types["calls"], volume=2300.0)
    long = replace(budget, calendar=calendar, contact_types={**budget.contact_types, "calls": calls})
    found = answer_budget(long)
    show_budget(found)
    assert "Shown are the first 59 of 80; --out and --json have all." in capsys.readouterr().out
    ticks = re.findall(r"\d+ (?:Jan|Apr|Jul|Oct)\b", pictures_of(found)["people"])
    assert 1 <= len(ticks) <= 13
