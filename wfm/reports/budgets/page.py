"""report.html of a budget: one page for the room, the answer first, then its grounds; one file that needs nothing else.

This module lays out what a BudgetAnswer holds as tables of words; the sentences stand in `page.html.jinja` and `told`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from wfm.budgeting.answer import BudgetAnswer
from wfm.budgeting.result import LINES, BudgetResult
from wfm.budgeting.variance import CAUSES, Variance
from wfm.reports import words
from wfm.reports.budgets import tables, told
from wfm.reports.page import environment
from wfm.reports.pictures import Bar, inline

MOST_EFFECTS = 40
MOST_NAMED = 12  # agent groups and contact types with a table of their own
LABELS = {
    "people": "FTE required and there, by period",
    "agent_groups": "FTE required and there, by agent group",
    "tornado": "What each change does to cost, people and service",
    "risk": "Required FTE in years that are drawn, and how sure the promises are",
}


def page(answer: BudgetAnswer, drawn: Mapping[str, str]) -> str:
    """The page as text; the same answer gives the same text.

    Args:
        drawn: the pictures by name, as `pictures_of` gives them.
    """
    result = answer.result
    budget = result.budget
    named = list(budget.agent_groups)[:MOST_NAMED]
    return environment().get_template("budgets/page.html.jinja").render(
        answer=answer,
        budget=budget,
        span=told.span(budget.calendar),
        period=budget.calendar.period,
        keys=_keys(answer),
        sentences=told.in_short(answer),
        how=told.how(result),
        pictures={name: inline(svg, LABELS[name]) for name, svg in drawn.items()},
        months=tables.months(answer),
        hirings=tables.hirings(answer),
        money_bars=list(_money_bars(result)),
        money=tables.money(result),
        money_by_group=tables.money_by_group(result),
        unpaid=told.without_pay(result),
        effects=tables.effects(told.effects(answer)[:MOST_EFFECTS]),
        as_planned=told.AS_PLANNED,
        returns_basis=told.RETURNS,
        left_out=() if answer.sensitivity is None else answer.sensitivity.left_out,
        demand={
            name: (tables.demand(result, name), tables.service(result, name))
            for name in list(budget.contact_types)[:MOST_NAMED]
        },
        headcounts={name: tables.headcount(result, name) for name in named},
        ladders={name: tables.ladder(result, name) for name in named},
        scenarios=None if answer.scenarios is None else tables.scenarios(answer.scenarios),
        sentence=told.sentence,
        scenario_changes=told.changes(answer),
        decisions=None if answer.cheapest is None else tables.decisions(answer.cheapest),
        cheapest=told.cheapest(answer),
        risk=None if answer.risk is None else tables.risk(answer, answer.risk),
        risk_by_group=None if answer.risk is None else tables.risk_by_group(answer, answer.risk),
        returns=tables.returns(answer) if answer.returns else None,
        variance=None if answer.variance is None else tables.variance(answer.variance),
        variance_bars=[] if answer.variance is None else list(_variance_bars(answer.variance)),
        assumptions=told.assumptions(answer),
        ladder_words=told.LADDER,
        words=told.WORDS,
        provenance=told.provenance(result),
    )  # fmt: skip


def _keys(answer: BudgetAnswer) -> list[tuple[str, str]]:
    """The figures that a room asks for first, each with what it is."""
    result, whole, at = answer.result, answer.whole, told.peak(answer)
    there, calendar = answer.by_period[at], result.budget.calendar
    found = [
        (told.fte(there.required_fte), f"FTE required in {calendar.names[at]}, the most of all"),
        (told.fte(there.fte), "FTE there then"),
        (told.fte(there.gap, signed=True), "FTE gap then; a minus: people are missing"),
        (told.rounded(whole.cost, result), f"from {told.span(calendar)}"),
        (told.money(whole.cost_per_contact, result, 2), "per contact answered"),
    ]
    if np.isfinite(whole.service_level):
        found.append((words.percent(whole.service_level), f"answered in time; promised: {told.promised(result)}"))
    return [(figure, said) for figure, said in found if figure != words.DASH]


def _money_bars(result: BudgetResult) -> Iterator[Bar]:
    """From line to line up to all money."""
    lines = {name: float(result.money.line(name).sum()) for name in LINES}
    total = result.total_cost
    if not total > 0:  # or not known
        return
    below = 0.0
    for name, amount in lines.items():
        if amount:
            figures = (told.money(amount, result), words.percent(amount / total))
            yield Bar(told.LINES[name], figures, 100 * below / total, 100 * amount / total, "rise")
            below += amount
    yield Bar("all", (told.money(total, result), ""), 0.0, 100.0, "level")


def _variance_bars(found: Variance) -> Iterator[Bar]:
    """From the budgeted money to what came, cause by cause."""
    row = next((one for one in found.rows if (one.measure, one.group) == ("cost", None)), None)
    if row is None or not row.budgeted > 0:
        return
    steps = [(CAUSES[cause], part) for cause, part in row.parts.items()]
    if row.unexplained is not None:
        steps.append(("not explained", row.unexplained))
    levels = [row.budgeted]
    for _, part in steps:
        levels.append(levels[-1] + part)
    left, scale = _room(levels)
    yield Bar("budgeted", ("", words.number(row.budgeted)), 0.0, scale * (row.budgeted - left), "level")
    for (name, part), before, after in zip(steps, levels, levels[1:], strict=False):
        low = min(before, after)
        figures = (words.number(part, signed=True), words.number(after))
        yield Bar(name, figures, scale * (low - left), scale * abs(part), "rise" if part >= 0 else "fall")
    yield Bar("actual" if row.actual is not None else "explained", ("", words.number(levels[-1])), 0.0,
              scale * (levels[-1] - left), "level")  # fmt: skip


def _room(levels: Sequence[float]) -> tuple[float, float]:
    """Where bars begin, so that their steps can be seen, and percent of the picture's width for each unit."""
    spread = max(levels) - min(levels)
    left = max(0.0, min(levels) - max(spread, 0.01 * max(levels)))
    return left, 100 / max(max(levels) - left, 1e-9)
