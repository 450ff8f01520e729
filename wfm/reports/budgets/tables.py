"""The tables of a budget in words, for the terminal and the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from wfm.budgeting.answer import BudgetAnswer
from wfm.budgeting.result import GROUP_LINES, LINES, BudgetResult
from wfm.budgeting.variance import CAUSES, DIGITS, MEASURES, Variance
from wfm.reports import words
from wfm.reports.budgets import told
from wfm.reports.page import Table
from wfm.reports.sweeps.figures import change_in_words

if TYPE_CHECKING:
    from wfm.budgeting.cheapest import Cheapest
    from wfm.budgeting.risk import Risk
    from wfm.budgeting.scenarios import SideBySide
    from wfm.budgeting.summary import Summary
    from wfm.sweeps.effects import Effect

EFFECTS = {
    "required_fte": "required FTE",
    "cost": "cost",
    "service_level": "service level, points",
    "gap": "gap, FTE",
    "cost_per_contact": "cost per contact",
}
ALL = "all"
Figure = tuple[str, np.ndarray, Callable[[float], str]]


def months(answer: BudgetAnswer) -> Table:
    """A row for each period, and one for all of them: people required and there, what customers get, what it costs."""
    result, missed = answer.result, Counter(one.period for one in answer.result.missed)
    rows = [(result.budget.calendar.names[at], *_summed(one, missed[at])) for at, one in enumerate(answer.by_period)]
    head = (_period(result), "required FTE", "FTE there", "gap, FTE", "heads", "service level", "promises missed",
            "abandoned", "occupancy", _cost(result), "per contact")  # fmt: skip
    return Table(head, [*rows, (ALL, *_summed(answer.whole, missed.total()))], strong=frozenset([len(rows)]))


def _cost(result: BudgetResult) -> str:
    currency = result.budget.money.currency
    return f"cost, {currency}" if currency else "cost"


def _summed(of: Summary, missed: int) -> tuple[str, ...]:
    """A row of the months; missed: promises of a contact type in a period."""
    return (
        told.fte(of.required_fte), told.fte(of.fte), told.fte(of.gap, signed=True), told.fte(of.heads),
        words.percent(of.service_level), words.number(np.nan if np.isnan(of.service_level) else missed),
        words.percent(of.abandonment), words.percent(of.occupancy),
        words.number(of.cost), words.number(of.cost_per_contact, 2),
    )  # fmt: skip


def ladder(result: BudgetResult, group: str) -> Table:
    """From work to heads, a row for each period; each step stands beside what it is divided by."""
    of = result.ladder
    return _by_period(result, list(result.budget.agent_groups).index(group), [
        ("workload, h", of.workload_hours, _whole),
        ("net, h", of.net_hours, _whole),
        ("shrinkage", of.shrinkage, words.percent),
        ("gross, h", of.gross_hours, _whole),
        ("schedule fit", of.schedule_fit, words.percent),
        ("paid, h", of.paid_hours, _whole),
        ("FTE hours", of.fte_hours, _tenths),
        ("required FTE", of.fte, _tenths),
        ("FTE of a head", of.fte_per_head, _hundredths),
        ("heads", of.heads, _tenths),
        ("ramp", of.ramp, words.percent),
        ("payroll heads", of.payroll_heads, _tenths),
        ("net at peak", of.peak_net, _whole),
    ])  # fmt: skip


def headcount(result: BudgetResult, group: str) -> Table:
    """Who is there, a row for each period; beside it who is required."""
    of = result.headcount
    return _by_period(result, list(result.budget.agent_groups).index(group), [
        ("joined", of.joined, _tenths),
        ("left", of.left, _tenths),
        ("moved", of.moved, _signed),
        ("heads", of.heads, _tenths),
        ("in training", of.in_training, _tenths),
        ("at full speed", of.effective_heads, _tenths),
        ("own FTE", of.effective_fte, _tenths),
        ("overtime", of.overtime_fte, _tenths),
        ("outsourced", of.outsourced_fte, _tenths),
        ("FTE there", of.fte, _tenths),
        ("required FTE", result.ladder.fte, _tenths),
        ("gap", of.gap, _signed),
        ("missing", of.missing, _tenths),
    ])  # fmt: skip


def demand(result: BudgetResult, name: str) -> Table:
    """From volume to the contacts that reach agents, a row for each period."""
    of = result.demand
    return _by_period(result, list(result.budget.contact_types).index(name), [
        ("open days", of.open_days, _whole),
        ("volume", of.volume, _whole),
        ("deflected", of.deflected, _whole),
        ("contained", of.contained, _whole),
        ("repeats", of.repeats, _whole),
        ("offered", of.offered, _whole),
        ("AHT", of.aht, words.seconds),
        ("workload, h", of.workload_hours, _whole),
    ])  # fmt: skip


def service(result: BudgetResult, name: str) -> Table:
    """What customers get from the people there, a row for each period."""
    of = result.service
    return _by_period(result, list(result.budget.contact_types).index(name), [
        ("hours there, of required", of.coverage, words.percent),
        ("service level", of.service_level, words.percent),
        ("with those required", of.required_service_level, words.percent),
        ("abandoned", of.abandonment, words.percent),
        ("ASA", of.average_speed_of_answer, words.seconds),
        ("occupancy", of.occupancy, words.percent),
        ("answered", of.answered, _whole),
        ("resolved", of.resolved, _whole),
    ])  # fmt: skip


def _by_period(result: BudgetResult, row: int, figures: Sequence[Figure]) -> Table:
    """A row for each period; figures that are nothing in all of them are left out."""
    calendar = result.budget.calendar
    shown = [(head, of[row], say) for head, of, say in figures if np.any(np.nan_to_num(of[row]) != 0)]
    rows = [(calendar.names[at], *(say(float(of[at])) for _, of, say in shown)) for at in range(calendar.periods)]
    return Table((_period(result), *(head for head, _, _ in shown)), rows)


def money(result: BudgetResult) -> Table:
    """A row for each period, a column for each line of money that there is, and the total."""
    calendar, of = result.budget.calendar, result.money
    lines = [name for name in LINES if _there(of.line(name))]
    columns = [*(of.line(name) for name in lines), of.total]
    rows = [(calendar.names[at], *(words.number(float(one[at])) for one in columns)) for at in range(calendar.periods)]
    rows.append((ALL, *(words.number(float(one.sum())) for one in columns)))
    head = (_period(result), *(told.LINES[name] for name in lines), "total")
    return Table(head, rows, strong=frozenset([len(rows) - 1]))


def money_by_group(result: BudgetResult) -> Table:
    """A row for each agent group, a column for each line of money that there is."""
    of = result.money
    lines = [name for name in GROUP_LINES if _there(of.by_group[name])]
    rows = [
        (
            group,
            *(words.number(float(of.by_group[name][row].sum())) for name in lines),
            words.number(float(of.of_groups[row].sum())),
        )
        for row, group in enumerate(result.budget.agent_groups)
    ]
    return Table(("agent group", *(told.LINES[name] for name in lines), "total"), rows)


def _there(of: np.ndarray) -> bool:
    return bool(np.any(of != 0))  # what is not known (NaN) is there


def scenarios(found: SideBySide) -> Table:
    """A row for each scenario; changes are from the first."""
    rows = []
    for place, row in enumerate(found.rows):
        of = row.summary
        change = "" if place == 0 else words.number(row.changes["cost"], signed=True)
        rows.append((
            row.name, told.fte(of.required_fte), told.fte(of.fte), told.fte(of.gap, signed=True), told.fte(of.heads),
            words.percent(of.service_level), words.number(of.cost), change, words.number(of.cost_per_contact, 2),
        ))  # fmt: skip
    head = ("scenario", "required FTE", "FTE there", "gap, FTE", "heads", "service level",
            _cost(found.results[found.names[0]]), "change of cost", "per contact")  # fmt: skip
    return Table(head, rows)


def effects(found: Sequence[Effect]) -> Table:
    """A row for each change, with what it does to each measure."""
    measures = [name for name in EFFECTS if any(name in one.changes for one in found)]
    rows = [(one.words, *(change_in_words(name, one.change(name), unit=False) for name in measures)) for one in found]
    return Table(("change", *(EFFECTS[name] for name in measures)), rows)


def decisions(found: Cheapest) -> Table:
    """A row for each class of the cheapest plan, by the day on which it must be decided."""
    rows = [
        (str(by), group, str(start), words.amount(heads))
        for group, by, start, heads in sorted(found.decisions, key=lambda one: (one[1], one[0]))
    ]
    return Table(("decide by", "agent group", "starts on", "heads"), rows, texts=3)


def hirings(answer: BudgetAnswer) -> Table:
    """A row for each group that misses people: from when, how many, and by when a class would have to be decided."""
    calendar = answer.result.budget.calendar
    rows = [
        (
            one.group, calendar.names[one.period], calendar.names[one.worst],
            str(one.decide_by) + (" (past)" if one.is_late else ""), told.fte(one.fte), told.fte(one.heads),
        )
        for one in answer.hirings
    ]  # fmt: skip
    head = ("agent group", "missing from", "most in", "decide a class by", "FTE missing", "in heads")
    return Table(head, rows, texts=4)


def risk(answer: BudgetAnswer, of: Risk) -> Table:
    """A row for each period: FTE that are enough in half, four fifths and nearly all years, beside who is there; money;
    how sure each promise is."""
    result, shares = answer.result, sorted(of.total_required_fte)
    rows = [
        (
            result.budget.calendar.names[at],
            *(told.fte(float(of.total_required_fte[share][at])) for share in shares),
            told.fte(one.fte),
            *(words.number(float(of.cost[share][at])) for share in shares),
            *(words.percent(float(kept[at]), digits=0) for kept in of.kept),
        )
        for at, one in enumerate(answer.by_period)
    ]
    fte, cost = ([f"P{share} {what}" for share in shares] for what in ("required FTE", "cost"))
    kept = [f"{name} kept" for name in result.budget.contact_types]
    return Table((_period(result), *fte, "FTE there", *cost, *kept), rows)


def risk_by_group(answer: BudgetAnswer, of: Risk) -> Table:
    """A row for each agent group in the period that requires most of it."""
    result, shares = answer.result, sorted(of.required_fte)
    rows = []
    for row, name in enumerate(result.budget.agent_groups):
        at = int(np.argmax(of.required_fte[shares[-1]][row]))
        rows.append((
            name, result.budget.calendar.names[at],
            *(told.fte(float(of.required_fte[share][row, at])) for share in shares),
            *(told.fte(float(of.heads[share][row, at])) for share in shares),
            told.fte(float(result.headcount.fte[row, at])),
        ))  # fmt: skip
    fte, heads = ([f"P{share} {what}" for share in shares] for what in ("required FTE", "heads"))
    return Table(("agent group", f"{_period(result)} of the most", *fte, *heads, "FTE there"), rows, texts=2)


def returns(answer: BudgetAnswer) -> Table:
    """A row for each effect of each initiative: low, expected and high, or the only one."""
    rows = []
    for one in answer.returns:
        effects = {of.effect: of for of in (one.low, one.expected, one.high)}
        for of in effects.values():
            rows.append((
                one.name, words.percent(of.effect, digits=0), words.number(of.cost), words.number(of.saving),
                words.number(of.net), words.number(of.present_value), of.payback_period or words.DASH,
                words.DASH if one.break_even is None else words.percent(one.break_even, digits=0),
            ))  # fmt: skip
    head = ("initiative", "effect", "cost", "saving", "net", "present value", "pays back by", "pays from an effect of")
    return Table(head, rows)


def variance(found: Variance) -> Table:
    """A row for each measure of each group: budgeted, what each cause adds, what is left, and what came."""
    rows = []
    for row in found.rows:
        digits = DIGITS[row.measure]
        unexplained, actual = (np.nan if of is None else of for of in (row.unexplained, row.actual))
        rows.append((
            MEASURES[row.measure].removesuffix(" on the payroll"), row.group or ALL, words.number(row.budgeted, digits),
            *(words.number(row.parts[cause], digits, signed=True) for cause in found.causes),
            words.number(row.explained, digits), words.number(unexplained, digits, signed=True),
            words.number(actual, digits),
        ))  # fmt: skip
    causes = (CAUSES[cause] for cause in found.causes)
    return Table(("measure", "agent group", "budgeted", *causes, "explained", "unexplained", "actual"), rows, texts=2)


def _period(result: BudgetResult) -> str:
    return result.budget.calendar.period


def _whole(value: float) -> str:
    return words.number(value)


def _tenths(value: float) -> str:
    return words.number(value, 1)


def _hundredths(value: float) -> str:
    return words.number(value, 2)


def _signed(value: float) -> str:
    return words.number(value, 1, signed=True)
