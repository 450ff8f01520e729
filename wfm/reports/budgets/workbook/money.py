"""The sheet of money: every line by agent group and contact type, in all, and per contact."""

from __future__ import annotations

import numpy as np

from wfm.budgeting.answer import BudgetAnswer
from wfm.budgeting.money import growths_of
from wfm.budgeting.result import GROUP_LINES, LINES, BudgetResult
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Credit, Demand
from wfm.model.budget.people import Team
from wfm.reports.budgets import told
from wfm.reports.budgets.workbook.lines import Line, PeriodSheet, Sheets, ratio
from wfm.reports.budgets.workbook.months import added
from wfm.reports.words import begun

NAME = "Money"


def money_title(budget: Budget) -> str:
    """What the sheet is called at its top, with the currency."""
    return f"Money, {budget.money.currency}" if budget.money.currency else "Money"


def write_money(page: PeriodSheet, answer: BudgetAnswer) -> None:
    sheets, result = page.sheets, answer.result
    page.block("Growth", _growth_lines(sheets, result))
    for g, (name, team) in enumerate(result.budget.agent_groups.items()):
        page.block(name, _group_lines(sheets, result, g, name, team), f"group{g}_", "Agent group")
    for k, (name, one) in enumerate(result.budget.contact_types.items()):
        lines = _type_lines(sheets, result, k, name, one)
        if lines:
            page.block(name, lines, f"type{k}_", "Contact type")
    page.block("All of it", _all_lines(answer), "all_")


def _growth_lines(sheets: Sheets, result: BudgetResult) -> list[Line]:
    money, found = result.budget.money, result.money
    times = growths_of(result.budget.calendar, money.growth_month).astype(float)
    return [
        sheets.given("pay_growth", "Growth of pay a year", ("money",), money, "pay_growth", "percents"),
        sheets.given("price_growth", "Growth of prices a year", ("money",), money, "price_growth", "percents"),
        Line("growths", "Growths since the first period", times, "count",
             how=f"begin with month {money.growth_month} of a later year"),
        Line("pay_index", "Pay index", found.pay_index, "index", "=(1+{pay_growth})^{growths}",
             "(1 + growth) ^ growths"),
        Line("price_index", "Price index", found.price_index, "index", "=(1+{price_growth})^{growths}",
             "(1 + growth) ^ growths"),
    ]  # fmt: skip


def _group_lines(sheets: Sheets, result: BudgetResult, g: int, name: str, team: Team) -> list[Line]:
    keys = ("agent_groups", name)

    def given(key: str, label: str, number: str = "cents") -> Line:
        return sheets.given(key, label, keys, team, key, number)

    rates = [given("pay_per_hour", "Pay per paid hour"), given("on_cost", "On-cost, share of pay", "percent")]
    formulas = {
        "pay": ("={on_payroll}*{fte_per_head}*{fte_hours}*{pay_per_hour}*{pay_index}",
                "heads × FTE of a head × hours × pay × index"),
        "on_cost": ("={on_cost}*({money_pay}+{money_overtime})", "on-cost × (pay + overtime)"),
        "hiring": ("={joined}*{hiring_cost}*{price_index}", "joined × cost × index"),
        "training": ("={trained_weeks}*{training_cost}*{price_index}", "weeks of training × cost × index"),
        "tools": ("={on_payroll}*{months}*{tools}*{price_index}", "heads × months × tools × index"),
    }  # fmt: skip
    if team.overtime_pay is not None:
        rates.append(given("overtime_pay", "Overtime pay, times the pay", "two"))
        formulas["overtime"] = ("={overtime_hours}*{pay_per_hour}*{overtime_pay}*{pay_index}",
                                "overtime hours × pay × times × index")  # fmt: skip
    if team.outsourcing is not None:
        rates.append(sheets.given("price_per_hour", "Outsourced hour on the line", (*keys, "outsourcing"),
                                  team.outsourcing, "price_per_hour", "cents"))  # fmt: skip
        formulas["outsourcing"] = ("={outsourced_hours}*{price_per_hour}*{price_index}", "hours bought × price × index")
    rates += [given("hiring_cost", "Hiring, a head"), given("training_cost", "Training, a head and week"),
              given("tools", "Tools, a head and month")]  # fmt: skip
    unpaid = team.pay_per_hour is None
    lines = []
    for what in GROUP_LINES:
        formula, how = formulas.get(what, ("", "none"))
        if unpaid and what in ("pay", "overtime"):
            formula, how = "", "no pay_per_hour"
        lines.append(Line(f"money_{what}", begun(told.LINES[what]), result.money.by_group[what][g], "money",
                          formula, how, total="sum"))  # fmt: skip
    total = "=" + "+".join(f"{{money_{what}}}" for what in GROUP_LINES)
    return [
        *rates,
        *lines,
        Line("money", "All of the group", result.money.of_groups[g], "money", total, "the sum", total="sum",
             purpose="total"),
    ]  # fmt: skip


def _type_lines(sheets: Sheets, result: BudgetResult, k: int, name: str, one: Demand) -> list[Line]:
    """Self-service and credits of a contact type, where it may have any."""
    lines, found = [], result.money.by_type
    keys = ("contact_types", name)
    if one.deflection_cost:
        lines += [
            sheets.given("deflection_cost", "Self-service, a contact tried", keys, one, "deflection_cost", "cents"),
            Line("money_self_service", "Self-service", found["self_service"][k], "money",
                 "={deflected}*{deflection_cost}*{price_index}", "deflected × cost × index", total="sum"),
        ]  # fmt: skip
    if one.credits:
        levels = sorted(range(len(one.credits)), key=lambda at: one.credits[at].below)
        owed = "0"
        for at in reversed(levels):
            owed = f"IF({{service_level}}<{{below{at}}},{{amount{at}}},{owed})"
        for at in levels:
            lines += _credit_lines(sheets, name, at, one.credits[at])
        lines.append(
            Line("money_credits", "Credits", found["credits"][k], "money",
                 f"=IF(ISNUMBER({{service_level}}),{owed},0)", "of the lowest level that is missed", total="sum")
        )  # fmt: skip
    return lines


def _credit_lines(sheets: Sheets, name: str, at: int, one: Credit) -> list[Line]:
    keys = ("contact_types", name, f"credits[{at}]")
    return [
        sheets.given(f"below{at}", "Credit: service level below", keys, one, "below", "percent"),
        sheets.given(f"amount{at}", "Credit: money of a period", keys, one, "amount", "money"),
    ]


def _all_lines(answer: BudgetAnswer) -> list[Line]:
    result, whole = answer.result, answer.whole
    budget, money = result.budget, result.money
    groups, types = range(len(budget.agent_groups)), list(budget.contact_types.values())
    costs = {"self_service": [k for k, one in enumerate(types) if one.deflection_cost],
             "credits": [k for k, one in enumerate(types) if one.credits]}  # fmt: skip
    lines = []
    for what in LINES:
        kind, rows = ("group", list(groups)) if what in GROUP_LINES else ("type", costs[what])
        formula = added(f"money_{what}", rows, kind) if rows else ""
        lines.append(Line(f"money_{what}", begun(told.LINES[what]), money.line(what), "money", formula,
                          f"sum of the {'groups' if kind == 'group' else 'contact types'}" if rows else "none",
                          total="sum"))  # fmt: skip
    total = "=" + "+".join(f"{{money_{what}}}" for what in LINES)
    answered, resolved = result.service.answered.sum(axis=0), result.service.resolved.sum(axis=0)
    contained = result.demand.contained.sum(axis=0)
    every = range(len(types))
    per_contact, per_resolved = np.array([(one.cost_per_contact, one.cost_per_resolved) for one in answer.by_period]).T
    over_answered, over_resolved = ratio("{money}", "{answered}"), ratio("{money}", "({resolved}+{contained})")
    return [
        *lines,
        Line("money", "Cost in all", money.total, "money", total, "the sum", total="sum", purpose="total"),
        Line("answered", "Contacts answered or worked", answered, "count", added("answered", every, "type"),
             "sum of the contact types", total="sum"),
        Line("resolved", "Resolved by agents", resolved, "count", added("resolved", every, "type"),
             "sum of the contact types", total="sum"),
        Line("contained", "Settled by self-service or a bot", contained, "count", added("contained", every, "type"),
             "sum of the contact types", total="sum"),
        Line("per_contact", "Cost per contact", per_contact, "cents", over_answered, "cost / answered", over_answered,
             whole.cost_per_contact, purpose="total"),
        Line("per_resolved", "Cost per resolved contact", per_resolved, "cents", over_resolved,
             "cost / (resolved + settled by self-service)", over_resolved, whole.cost_per_resolved, purpose="total"),
    ]  # fmt: skip
