"""Puts the sheets together: the answer in front, the inputs last, though the results between them read those."""

from __future__ import annotations

from datetime import datetime, time

from wfm.budgeting.answer import BudgetAnswer
from wfm.reports.budgets import told
from wfm.reports.budgets.workbook import headcount, months
from wfm.reports.budgets.workbook.assumptions import assumptions_page, write_assumptions
from wfm.reports.budgets.workbook.further import write_cheapest, write_returns, write_risk, write_variance
from wfm.reports.budgets.workbook.headcount import write_headcount
from wfm.reports.budgets.workbook.inputs import write_inputs
from wfm.reports.budgets.workbook.lines import PeriodSheet, Sheets, period_page
from wfm.reports.budgets.workbook.money import NAME as MONEY
from wfm.reports.budgets.workbook.money import money_title, write_money
from wfm.reports.budgets.workbook.months import write_months
from wfm.reports.budgets.workbook.scenarios import write_scenarios, write_sensitivity
from wfm.reports.budgets.workbook.summary import summary_page, write_summary
from wfm.reports.workbook.layout import Book


def built(answer: BudgetAnswer) -> bytes:
    """The workbook's bytes; the same answer gives the same bytes."""
    result = answer.result
    budget, calendar = result.budget, result.budget.calendar
    book = Book()
    rests = ", ".join(f"{name} {value}" for name, value in told.provenance(result).items())
    # Dated by the budget, not by the clock.
    book.file.set_properties({"title": budget.title, "subject": "Budget", "author": "wfm", "comments": rests,
                              "created": datetime.combine(calendar.start, time())})  # fmt: skip
    front = summary_page(book)
    demand = period_page(book, calendar, months.NAME, months.TITLE)
    people = period_page(book, calendar, headcount.NAME, headcount.TITLE)
    money = period_page(book, calendar, MONEY, money_title(budget))
    _write_questions(book, answer)
    assumed = assumptions_page(book)
    inputs = write_inputs(book, budget)
    sheets = Sheets(book, calendar, inputs)
    write_months(PeriodSheet(sheets, demand), result)
    write_headcount(PeriodSheet(sheets, people), result)
    write_money(PeriodSheet(sheets, money), answer)
    write_assumptions(assumed, answer, inputs)
    write_summary(front, sheets, answer)
    return book.finished()


def _write_questions(book: Book, answer: BudgetAnswer) -> None:
    """A sheet for each question that was asked beside the budget itself."""
    if answer.scenarios is not None:
        write_scenarios(book, answer, answer.scenarios)
    if answer.sensitivity is not None:
        write_sensitivity(book, answer.sensitivity)
    if answer.cheapest is not None:
        write_cheapest(book, answer, answer.cheapest)
    if answer.risk is not None:
        write_risk(book, answer, answer.risk)
    if answer.returns:
        write_returns(book, answer, answer.returns)
    if answer.variance is not None:
        write_variance(book, answer, answer.variance)
