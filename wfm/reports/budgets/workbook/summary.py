"""The sheet Summary: the answer in sentences, the key figures and the months as links to the sheets behind them."""

from __future__ import annotations

import math

from wfm.budgeting.answer import BudgetAnswer
from wfm.budgeting.result import BudgetResult
from wfm.reports.budgets import told
from wfm.reports.budgets.workbook.headcount import NAME as HEADCOUNT
from wfm.reports.budgets.workbook.lines import FTE_DECIMALS, Sheets, over_all
from wfm.reports.workbook.layout import MUTED, RULE, Book, Page

NAME = "Summary"
WIDTHS = [32.0, *[12.5] * 9]
HEIGHT_ROWS = 18
# The stack of people there, from below; the line of those required.
STACK = (("effective_fte", "On the payroll, at full speed", "#2F6B9A"), ("overtime_fte", "Overtime", "#8DB8D8"),
         ("outsourced_fte", "Outsourced", "#C9D0D8"))  # fmt: skip


def summary_page(book: Book) -> Page:
    """The sheet, first in the workbook; it is filled last, when the others stand."""
    return book.page(NAME, WIDTHS)


def write_summary(page: Page, sheets: Sheets, answer: BudgetAnswer) -> None:
    result = answer.result
    page.title(result.budget.title, f"Budget, {told.span(result.budget.calendar)}. {told.how(result)}")
    if result.budget.description:
        page.paragraph(result.budget.description, "note")
    page.section("The answer")
    for sentence in told.in_short(answer):
        page.paragraph(sentence)
    page.row += 1
    _key_figures(page, sheets, answer)
    _chart(page, sheets)
    page.sheet.set_h_pagebreaks([page.row])
    _periods(page, sheets, answer)
    _groups(page, sheets, result)
    page.sheet.freeze_panes(2, 0)
    page.sheet.activate()


def _key_figures(page: Page, sheets: Sheets, answer: BudgetAnswer) -> None:
    whole, result = answer.whole, answer.result
    page.section(
        over_all(result.budget.calendar), "FTE and heads are means of the days. White cells are live formulas."
    )
    currency = f" [{result.budget.money.currency}]" if result.budget.money.currency else ""
    left: list[tuple[str, str, float, str]] = [
        ("Required FTE", sheets.total("all_required"), whole.required_fte, "two"),
        ("FTE there", sheets.total("all_fte"), whole.fte, "two"),
        ("Gap", sheets.total("all_gap"), round(whole.gap, FTE_DECIMALS), "finer"),
        ("Heads on the payroll", sheets.total("all_on_payroll"), whole.heads, "two"),
        (f"Cost{currency}", sheets.total("all_money"), whole.cost, "money"),
        ("Cost per contact", sheets.total("all_per_contact"), whole.cost_per_contact, "cents"),
        ("Cost per resolved contact", sheets.total("all_per_resolved"), whole.cost_per_resolved, "cents"),
    ]
    offered = "+".join(sheets.total(f"type{k}_offered") for k in range(len(result.budget.contact_types)))
    right: list[tuple[str, str, float, str]] = [
        ("Offered contacts", offered, whole.offered, "count"),
        ("Answered or worked", sheets.total("all_answered"), whole.answered, "count"),
        ("Resolved by agents", sheets.total("all_resolved"), whole.resolved, "count"),
        ("Settled by self-service", sheets.total("all_contained"), whole.contained, "count"),
        ("Service level", "", whole.service_level, "percent"),
        ("Abandoned", "", whole.abandonment, "percent"),
        ("Occupancy", "", whole.occupancy, "percent"),
    ]
    for mine, theirs in zip(left, right, strict=True):
        for column, (label, cell, value, look) in ((0, mine), (3, theirs)):
            page.merged(column, column + (2 if column else 0), label, "label")
            _link(page, column + (3 if column else 1), cell, value, look)
        page.row += 1
    page.row += 1


def _link(page: Page, column: int, cell: str, value: float, look: str) -> None:
    """The figure of another sheet; a value where no sheet works it out, or where it is not known."""
    if cell and not math.isnan(value):
        page.live(column, f"={cell}", value, number=look)
    else:
        page.put(column, value, "value", look)


def _chart(page: Page, sheets: Sheets) -> None:
    """Required against effective FTE by period, with what fills the gap."""
    page.section("FTE required, and who is there")
    stack = page.book.file.add_chart({"type": "column", "subtype": "stacked"})
    names = sheets.headings(HEADCOUNT)
    for name, label, color in STACK:
        stack.add_series({"name": label, "categories": names, "values": sheets.series(f"all_{name}"),
                          "fill": {"color": color}, "gap": 40})  # fmt: skip
    line = page.book.file.add_chart({"type": "line"})
    line.add_series({"name": "Required", "categories": names, "values": sheets.series("all_required_fte"),
                     "line": {"color": "#E08214", "width": 2.25}})  # fmt: skip
    stack.combine(line)
    small = {"size": 9, "color": MUTED}
    stack.set_x_axis({"num_font": small, "line": {"color": RULE}})
    stack.set_y_axis({"num_font": small, "num_format": "#,##0", "min": 0,
                      "major_gridlines": {"visible": True, "line": {"color": RULE}}})  # fmt: skip
    stack.set_legend({"position": "bottom", "font": {"size": 9}})
    stack.set_size({"width": round(7.3 * sum(page.widths)), "height": HEIGHT_ROWS * 20 - 10})
    page.sheet.insert_chart(page.row, 0, stack, {"object_position": 2, "description": "FTE required and there"})
    page.row += HEIGHT_ROWS


def _periods(page: Page, sheets: Sheets, answer: BudgetAnswer) -> None:
    page.section("Period by period")
    page.table_heads(["", "Required FTE", "FTE there", "Gap", "Missing", "Heads", "Service level", "Abandoned", "Cost",
                      "Per contact"])  # fmt: skip
    for at, one in enumerate(answer.by_period):
        page.put(0, sheets.calendar.names[at])
        there = answer.result.headcount
        gap, missing = (float(part[:, at].round(FTE_DECIMALS).sum()) for part in (there.gap, -there.missing))
        for column, (name, value, look) in enumerate((
            ("all_required", one.required_fte, "two"), ("all_fte", one.fte, "two"),
            ("all_gap", gap, "finer"), ("all_missing", missing, "finer"),
            ("all_on_payroll", one.heads, "two"), ("", one.service_level, "percent"), ("", one.abandonment, "percent"),
            ("all_money", one.cost, "money"), ("all_per_contact", one.cost_per_contact, "cents"),
        ), 1):  # fmt: skip
            _link(page, column, sheets.cell(name, at) if name else "", value, look)
        page.row += 1
    page.row += 1


def _groups(page: Page, sheets: Sheets, result: BudgetResult) -> None:
    page.section("Agent groups", "Over all periods: means of the days, and the period that is worst.")
    page.table_heads(["", "Required FTE", "Most required", "FTE there", "Gap", "Worst gap", "Heads", "Cost"])
    ladder, there = result.ladder, result.headcount
    for g, name in enumerate(result.budget.agent_groups):
        whole, gap = result.summary(group=name), there.gap[g].round(FTE_DECIMALS)
        page.put(0, name)
        for column, (cell, value, look) in enumerate((
            (sheets.total(f"group{g}_required"), whole.required_fte, "two"),
            (f"MAX({sheets.cells(f'group{g}_required')})", float(ladder.fte[g].max()), "two"),
            (sheets.total(f"group{g}_fte"), whole.fte, "two"),
            (sheets.total(f"group{g}_gap"), round(whole.gap, FTE_DECIMALS), "finer"),
            (f"MIN({sheets.cells(f'group{g}_gap')})", float(gap.min()), "finer"),
            (sheets.total(f"group{g}_on_payroll"), whole.heads, "two"),
            (sheets.total(f"group{g}_money"), whole.cost, "money"),
        ), 1):  # fmt: skip
            _link(page, column, cell, value, look)
        page.row += 1
    page.row += 1
