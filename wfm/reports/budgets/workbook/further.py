"""The sheets of what else may be asked: the cheapest plan, risk, returns on changes, and budget against actual."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wfm.budgeting.answer import BudgetAnswer
from wfm.budgeting.cheapest import Cheapest
from wfm.budgeting.returns import Outcome, Return
from wfm.budgeting.risk import Risk
from wfm.budgeting.variance import CAUSES, Variance
from wfm.reports.budgets import told
from wfm.reports.budgets.workbook.lines import DECIMALS, difference, less
from wfm.reports.words import begun
from wfm.reports.workbook.layout import Book, Page, address, span

MEASURES = {
    "required_fte": ("Required FTE", "two", "finer"),
    "heads": ("Heads on the payroll", "two", "finer"),
    "paid_hours": ("Paid hours", "one", "change"),
    "cost": ("Cost", "money", "more"),
}


def write_cheapest(book: Book, answer: BudgetAnswer, found: Cheapest) -> None:
    """The plan of classes that costs least, and what it comes to against the budget."""
    calendar = answer.result.budget.calendar
    page = book.page("Cheapest plan", [34, *[13] * max(8, calendar.periods + 1)])
    page.title("Cheapest plan", "Values of the search; sums and differences are live formulas.")
    page.section("The answer")
    for sentence in told.cheapest(answer):
        page.paragraph(sentence)
    page.row += 1
    page.section("How good it is")
    for label, value, number in (
        ("Cost of the plan, with short_cost", found.cost, "money"),
        ("No plan costs less than", found.bound, "money"),
    ):
        page.put(0, label)
        page.put(1, value, "value", number)
        page.row += 1
    page.put(0, "Above it at most")
    cost, bound = (address(page.row - back, 1) for back in (2, 1))
    page.live(
        1, f"=IF({cost}=0,0,ROUND(({cost}-{bound})/{cost},{DECIMALS}))", round(found.gap, DECIMALS), number="share"
    )
    page.row += 2
    page.section("Classes to decide on")
    if found.decisions:
        _decisions(page, found)
    else:
        page.paragraph("None beside those of the budget.")
    page.row += 1
    _against(page, answer, found)


def _decisions(page: Page, found: Cheapest) -> None:
    page.table_heads(["Agent group", "Decide by", "Starts on", "Heads"], 20)
    first = page.row
    for group, decide_by, start, heads in sorted(found.decisions, key=lambda one: one[1:3]):
        page.put(0, group)
        page.put(1, decide_by.isoformat(), "value", "centred")
        page.put(2, start.isoformat(), "value", "centred")
        page.put(3, heads, "value", "two")
        page.row += 1
    page.put(0, "All", "total")
    page.put(1, None, "total")
    page.put(2, None, "total")
    heads = float(sum(one.heads for one in found.decisions))
    page.live(3, f"=SUM({span(first, page.row - 1, 3)})", heads, "total", "two")
    page.row += 1


def _against(page: Page, answer: BudgetAnswer, found: Cheapest) -> None:
    """The plan's people and money by period, and less those of the budget."""
    names = answer.result.budget.calendar.names
    page.section("By period, against the budget as it is")
    page.table_heads(["", "All", *names], 20)
    plan, budget = found.result, answer.result
    gaps = [one.headcount.gap.sum(axis=0) for one in (plan, budget)]
    for head, look, changing, total, (mine, theirs) in (
        ("FTE there", "two", "finer", False, [one.headcount.fte.sum(axis=0) for one in (plan, budget)]),
        ("Gap, FTE", "finer", "finer", False, gaps),
        ("Cost", "money", "more", True, [one.money.total for one in (plan, budget)]),
    ):
        first = page.row
        for label, values in ((f"{head}: cheapest plan", mine), (f"{head}: budget", theirs)):
            page.put(0, label)
            for column, value in enumerate(values.tolist(), 2):
                page.put(column, value, "value", look)
            if total:
                _sum(page, float(values.sum()), len(names), look)
            page.row += 1
        page.put(0, f"{head}: plan − budget", "total")
        page.put(1, None, "total")
        for column, value in enumerate([*([float((mine - theirs).sum())] if total else []), *(mine - theirs).tolist()],
                                       1 if total else 2):  # fmt: skip
            less(page, column, (first, first + 1), value, changing, "total")
        page.row += 2


def _sum(page: Page, value: float, periods: int, look: str) -> None:
    """A live sum over the columns of the periods, before them."""
    cells = f"{address(page.row, 2, False)}:{address(page.row, 1 + periods, False)}"
    if np.isnan(value):
        page.put(1, value, "value", look)
    else:
        page.live(1, f"=SUM({cells})", value, number=look)


def write_risk(book: Book, answer: BudgetAnswer, found: Risk) -> None:
    """Drawn years: what is enough in half, four fifths and nearly all of them, and how sure the promises are."""
    result = answer.result
    calendar = result.budget.calendar
    page = book.page("Risk", [38, *[12] * max(8, calendar.periods + 1)])
    page.sheet.set_paper(8)
    page.title(
        "Risk", f"Values: {found.draws:,} years, drawn as the doubt of the budget says. P80: enough in 80 % of them."
    )
    page.section("The answer")
    for sentence in found.told:
        page.paragraph(sentence)
    page.row += 1
    numbers = ["text", *["two"] * calendar.periods]
    page.section("Required FTE, all agent groups", "Of all groups together; their own quantiles do not add up to it.")
    page.table_heads(["", *calendar.names], 20)
    rows = [(f"P{share}", *of.tolist()) for share, of in found.total_required_fte.items()]
    there = ("FTE there, as budgeted", *result.headcount.fte.sum(axis=0).tolist())
    page.table_rows([*rows, there], numbers)
    for row, group in enumerate(result.budget.agent_groups):
        page.section(f"Required FTE, {group}")
        page.table_heads(["", *calendar.names], 20)
        rows = [(f"P{share}", *of[row].tolist()) for share, of in found.required_fte.items()]
        there = ("FTE there, as budgeted", *result.headcount.fte[row].tolist())
        page.table_rows([*rows, there], numbers)
    page.section("Probability that the promise is kept", "With the people there, overtime and outsourcing; ± is one "
                 "standard error.")  # fmt: skip
    page.table_heads(["", *calendar.names], 20)
    rows = []
    for row, name in enumerate(result.budget.contact_types):
        rows += [(name, *found.kept[row].tolist()), ("±", *found.kept_error[row].tolist())]
    page.table_rows([*rows, ("All of them", *found.all_kept.tolist())], ["text", *["percent"] * calendar.periods])
    page.section("Cost")
    page.table_heads(["", "All periods", *calendar.names], 20)
    rows = [(f"P{share}", found.year_cost[share], *of.tolist()) for share, of in found.cost.items()]
    budgeted = ("As budgeted", float(result.money.total.sum()), *result.money.total.tolist())
    page.table_rows([*rows, budgeted], ["text", *["money"] * (calendar.periods + 1)])
    page.table_rows([("Mean of all years", found.mean_cost), ("Cost at risk: P95 less the mean", found.cost_at_risk)],
                    ("text", "money"))  # fmt: skip
    page.sheet.freeze_panes(2, 1)


OUTCOMES = (
    ("effect", "Effect, of its changes", "percent"), ("saving", "Saving", "money"), ("cost", "Cost", "money"),
    ("net", "Net: saving − cost", "more"), ("present_value", "Present value of the net", "more"),
)  # fmt: skip


def write_returns(book: Book, answer: BudgetAnswer, found: Sequence[Return]) -> None:
    """What each initiative costs, saves and is worth, low, expected and high."""
    calendar = answer.result.budget.calendar
    page = book.page("Return", [34, *[13] * max(6, calendar.periods + 1)])
    page.title("Return on changes", "Savings, costs and present values are values; nets and sums are live formulas.")
    page.paragraph(told.RETURNS, "note")
    page.row += 1
    for one in found:
        page.section(one.name)
        page.paragraph(f"{one.told.rstrip('.')}.")
        outcomes = (one.low, one.expected, one.high)
        page.table_heads(["", "Low", "Expected", "High"], 20)
        first = page.row
        for name, label, look in OUTCOMES:
            page.put(0, label)
            for column, of in enumerate(outcomes, 1):
                if name == "net":
                    less(page, column, (first + 1, first + 2), of.net, look, "total")
                else:
                    page.put(column, getattr(of, name), "value", look)
            page.row += 1
        page.put(0, "Has paid back from")
        for column, of in enumerate(outcomes, 1):
            page.put(column, of.payback_period or "not in it", "value", "centred")
        page.row += 1
        page.put(0, "Effect that breaks even")
        page.put(2, float("nan") if one.break_even is None else one.break_even, "value", "percent")
        page.row += 2
        _course(page, one.expected, calendar.names)
    page.sheet.freeze_panes(2, 1)


def _course(page: Page, of: Outcome, names: Sequence[str]) -> None:
    """The expected course: what is saved and spent by period, and in all until then."""
    page.table_heads(["As expected", "All", *names], 20)
    first = page.row
    for label, values in (("Saving", of.savings), ("Cost", of.costs)):
        page.put(0, label)
        _sum(page, float(values.sum()), len(names), "money")
        for column, value in enumerate(values.tolist(), 2):
            page.put(column, value, "value", "money")
        page.row += 1
    page.put(0, "Net", "total")
    net = of.savings - of.costs
    for column, value in enumerate([float(net.sum()), *net.tolist()], 1):
        less(page, column, (first, first + 1), value, "more", "total")
    page.row += 1
    page.put(0, "Net until then")
    for column, value in enumerate(of.cumulative.tolist(), 2):
        cells = f"{address(first + 2, 2)}:{address(first + 2, column, fixed=False)}"
        if np.isnan(value):
            page.put(column, value, "value", "more")
        else:
            page.live(column, difference(f"SUM({cells})"), round(value, DECIMALS), number="more")
    page.row += 2


def write_variance(book: Book, answer: BudgetAnswer, found: Variance) -> None:
    """Budget against actual of one period: the parts of each cause add up to the difference."""
    name = answer.result.budget.calendar.names[found.period]
    causes = list(found.causes)
    page = book.page("Variance", [26, 22, *[12] * (len(causes) + 5)])
    page.title(f"Budget against actual, {name}", "Parts are values; sums and differences are live formulas.")
    page.section("The answer")
    for sentence in found.told:
        page.paragraph(sentence)
    page.row += 1
    page.section("By cause", "What each cause changes; the parts add up. Unexplained: what was recorded beyond them.")
    page.heads(["Measure", "Agent group", "Budgeted", *(begun(CAUSES[one]) for one in causes), "Explained", "Actual",
                "Unexplained"])  # fmt: skip
    last = 3 + len(causes)
    for row in found.rows:
        label, look, changing = MEASURES[row.measure]
        page.put(0, label)
        page.put(1, row.group or "all")
        page.put(2, row.budgeted, "value", look)
        for column, cause in enumerate(causes, 3):
            page.put(column, row.parts.get(cause, 0.0), "value", changing)
        here = [address(page.row, column, fixed=False) for column in range(last + 2)]
        if np.isnan(row.explained):
            page.put(last, row.explained, "value", look)
        else:
            page.live(last, f"=SUM({here[2]}:{here[last - 1]})", row.explained, number=look)
        page.put(last + 1, row.actual, "value", look)
        if row.unexplained is None or np.isnan(row.unexplained):
            page.put(last + 2, row.unexplained, "value", changing)
        else:
            formula = difference(f"{here[last + 1]}-{here[last]}")
            page.live(last + 2, formula, round(row.unexplained, DECIMALS), number=changing)
        page.row += 1
    page.sheet.freeze_panes(2, 0)
