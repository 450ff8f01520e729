"""The sheet Summary: the answer on one page, with live totals of people, hours and money."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from wfm.answering import Answer
from wfm.measures.prediction import Prediction
from wfm.reports import words
from wfm.reports.words import DASH, OVERLOAD
from wfm.reports.workbook.assumptions import Assumptions, target_in_words
from wfm.reports.workbook.charts import insert_charts
from wfm.reports.workbook.figures import Rows, Totals, grand_totals, totals_of
from wfm.reports.workbook.intervals import Intervals
from wfm.reports.workbook.layout import Book, Page, address, span

NAME = "Summary"
WORST_SHOWN = 8
# The live table: heading, field of Totals, look.
LIVE = (
    ("Paid hours", "hours", "one"),
    ("FTE", "fte", "two"),
    ("Cost", "cost", "money"),
    ("Service level", "service_level", "percent"),
    ("ASA [s]", "asa", "one"),
    ("Occupancy", "occupancy", "percent"),
    ("Required paid hours", "required_hours", "one"),
    ("Plan less required", "spare_hours", "change"),
)


def summary_page(book: Book) -> Page:
    """The sheet, first in the workbook; it is filled last, when the others stand."""
    return book.page(NAME, [5, 40, *[11.5] * 10])


def write_summary(page: Page, rows: Rows, assumed: Assumptions, intervals: Intervals) -> None:
    answer = rows.answer
    page.title(answer.center.title, _subtitle(answer))
    _asked(page, answer)
    _live_table(page, rows, assumed, intervals)
    insert_charts(page, rows, intervals)
    page.sheet.set_h_pagebreaks([page.row])
    _required(page, answer)
    _predicted(page, answer)
    _against_given(page, answer)
    _worst(page, answer)
    _why(page, answer)
    page.sheet.freeze_panes(2, 0)
    page.sheet.activate()


def _subtitle(answer: Answer) -> str:
    horizon = answer.center.horizon
    length = f"{horizon.interval / 60:g}-minute intervals"
    first, last = horizon.dates[0], horizon.dates[-1]
    days = f"{first:%a %Y-%m-%d}" if first == last else f"{first:%a %Y-%m-%d} to {last:%a %Y-%m-%d}"
    return f"Staffing plan, {days}, {length}"


def _asked(page: Page, answer: Answer) -> None:
    page.section("What was asked")
    if answer.center.description:
        page.paragraph(answer.center.description, "note")
    for name, one in answer.center.contact_types.items():
        page.paragraph(f"{name}: {target_in_words(one.target)}")
    page.row += 1


def _live_table(page: Page, rows: Rows, assumed: Assumptions, intervals: Intervals) -> None:
    """Totals by contact type as formulas, the same as written, and the change between them."""
    page.section(
        "The plan, live",
        "Formulas, by Erlang C: change a yellow cell of Assumptions (AHT, volume, shrinkage, price) or of Intervals "
        "(net agents), and read the change here. 'Required' is what Erlang C needs to keep the targets.",
    )
    for left_out in _left_out(rows.answer):
        page.paragraph(left_out, "note")
    page.heads(["#", "Contact type", *[heading for heading, _, _ in LIVE]])
    first = page.row
    for k, name in enumerate(rows.answer.center.contact_types):
        page.put(0, k + 1, "label", "centred")
        page.put(1, name)
        formulas = _type_formulas(page, intervals, assumed, k)
        _live_row(page, formulas, totals_of(rows, k), "live")
    last = page.row - 1
    all_types = grand_totals(rows)
    page.put(0, None, "total")
    page.put(1, "All contact types, now", "total")
    now = page.row
    _live_row(page, _total_formulas(page, intervals, first, last), all_types, "total")
    page.put(0, None, "value")
    page.put(1, "As written by wfm", "value")
    for column, (_, what, number) in enumerate(LIVE, 2):
        page.put(column, getattr(all_types, what), "value", number)
    page.row += 1
    page.put(1, "Change")
    for column, (_, what, number) in enumerate(LIVE, 2):
        live, was = address(now, column), address(now + 1, column)
        unchanged = 0.0 if np.isfinite(getattr(all_types, what)) else np.nan
        formula = f'=IF(AND(ISNUMBER({live}),ISNUMBER({was})),ROUND({live}-{was},6),"{DASH}")'
        page.live(column, formula, unchanged, number="percents" if number == "percent" else "change")
    page.row += 2


def _left_out(answer: Answer) -> list[str]:
    """What the live figures do not know of this centre, and say so."""
    center, found = answer.center, []
    if center.routing.lines is not None:
        found.append(
            f"Erlang C knows no limit of lines: the {center.routing.lines} lines of this centre are left out here."
        )
    if any(one.target.per == "day" for one in center.contact_types.values()):
        found.append("A target that is kept over the day has no requirement of one interval: a dash under 'Required'.")
    if any(one.target.max_abandonment is not None for one in center.contact_types.values()):
        found.append("In Erlang C nobody abandons: the abandonment limit is left out of 'Required'.")
    return found


def _live_row(page: Page, formulas: dict[str, str], totals: Totals, purpose: str) -> None:
    for column, (_, what, number) in enumerate(LIVE, 2):
        page.live(column, formulas[what], getattr(totals, what), purpose, number)
    page.row += 1


def _type_formulas(page: Page, intervals: Intervals, assumed: Assumptions, k: int) -> dict[str, str]:
    """Sums over the rows of one contact type, found by its number: names are never compared, as they may hold signs."""
    cell, at = assumed.types[k], {what: address(page.row, column) for column, (_, what, _) in enumerate(LIVE, 2)}
    number, kinds = address(page.row, 0), intervals.cells("number")

    def added(column: str) -> str:
        return f"SUMIF({kinds},{number},{intervals.cells(column)})"

    def weighted(column: str, weight: str) -> str:
        products = f"SUMPRODUCT(({kinds}={number})*1,{intervals.cells(column)},{intervals.cells(weight)})"
        return f'IF({added(weight)}=0,"{DASH}",{products}/{added(weight)})'

    overloads = f'COUNTIFS({kinds},{number},{intervals.cells("asa")},"{OVERLOAD}")'
    wanted = f"{added('required')}/(1-{cell['shrinkage']})*{assumed.interval}/3600"
    known = f'COUNTIFS({kinds},{number},{intervals.cells("required")},"{DASH}")=0'
    return {
        "hours": f"={added('hours')}",
        "fte": f'=IF({cell["contract"]}="","{DASH}",{at["hours"]}/{cell["contract"]}/{assumed.weeks})',
        "cost": f'=IF({cell["rate"]}="","{DASH}",{added("cost")})',
        "service_level": f"={weighted('service_level', 'volume')}",
        "asa": f'=IF({overloads}>0,"{OVERLOAD}",{weighted("asa", "volume")})',
        "occupancy": f"={weighted('occupancy', 'net')}",
        "required_hours": f'=IF({known},{wanted},"{DASH}")',
        "spare_hours": _difference(at),
    }


def _total_formulas(page: Page, intervals: Intervals, first: int, last: int) -> dict[str, str]:
    """Sums over the contact types above; a dash where one of them has none."""
    at = {what: address(page.row, column) for column, (_, what, _) in enumerate(LIVE, 2)}

    def added(what: str) -> str:
        cells = span(first, last, [one for _, one, _ in LIVE].index(what) + 2)
        return f'=IF(COUNT({cells})=ROWS({cells}),SUM({cells}),"{DASH}")'

    def weighted(column: str, weight: str) -> str:
        cells, weights = intervals.cells(column), intervals.cells(weight)
        return f'IF(SUM({weights})=0,"{DASH}",SUMPRODUCT({cells},{weights})/SUM({weights}))'

    overloads = f'COUNTIF({intervals.cells("asa")},"{OVERLOAD}")'
    return {
        "hours": added("hours"),
        "fte": added("fte"),
        "cost": added("cost"),
        "service_level": f"={weighted('service_level', 'volume')}",
        "asa": f'=IF({overloads}>0,"{OVERLOAD}",{weighted("asa", "volume")})',
        "occupancy": f"={weighted('occupancy', 'net')}",
        "required_hours": added("required_hours"),
        "spare_hours": _difference(at),
    }


def _difference(at: dict[str, str]) -> str:
    return f'=IF(ISNUMBER({at["required_hours"]}),ROUND({at["hours"]}-{at["required_hours"]},6),"{DASH}")'


def _required(page: Page, answer: Answer) -> None:
    page.section(
        "What each method requires",
        f"Values. The plan of this workbook keeps the {words.METHODS[answer.method]} requirement, whole agents in "
        "every interval. 'Without rounding' is the fractional requirement, a dash where there is none: the difference "
        "is what rounding up costs.",
    )
    page.heads(["", "Method", "Net agents at peak", "Gross people at peak", "Paid hours", "FTE", "Cost",
                "Hours without rounding"], 45)  # fmt: skip
    for method, needed in answer.requirements.items():
        plan = needed.plan
        page.put(1, _method(method) + (" (the plan)" if method == answer.method else ""))
        figures = [
            (float(plan.whole_net.sum(axis=0).max()), "count"),
            (float(plan.whole_gross.sum(axis=0).max()), "count"),
            (float(plan.paid_hours.sum()), "one"),
            (_or_dash(plan.fte), "two"),
            (_or_dash(plan.cost), "money"),
            (_or_dash(needed.unrounded_hours), "one"),
        ]
        _values(page, figures)
    page.row += 1


def _predicted(page: Page, answer: Answer) -> None:
    seen = answer.simulated
    page.section(
        "What the plan gives, by method",
        f"Values. Simulation: {seen.replications:,} replications of the horizon, seed {seen.seed}; ± is the half-width "
        f"of a {answer.center.experiment.confidence:.0%} confidence interval. 'Days kept' is the share of "
        "replicated days that meet the targets.",
    )
    _prediction_table(page, answer.predictions.values())


def _prediction_table(page: Page, predictions: Iterable[Prediction]) -> None:
    page.heads(["", "Method", "Service level", "±", "ASA [s]", "±", "Abandoned", "±", "Occupancy", "Days kept"])
    for seen in predictions:
        page.put(1, _method(seen.method))
        _values(page, _measures(seen))
    page.row += 1


def _measures(seen: Prediction) -> list[tuple[float, str]]:
    total = seen.total
    asa = np.inf if seen.overloaded.any() else float(total.average_speed_of_answer.mean)
    busy = sum(float(one.busy_hours.mean) for one in seen.agent_groups.values())
    staffed = sum(float(one.staffed_hours.mean) for one in seen.agent_groups.values())
    figures: list[tuple[float, str]] = [
        (float(total.service_level.mean), "percent"),
        (float(total.service_level.half_width), "percent"),
        (asa, "one"),
        (float(total.average_speed_of_answer.half_width), "one"),
        (float(total.abandonment.mean), "percent"),
        (float(total.abandonment.half_width), "percent"),
        (busy / staffed if staffed > 0 else np.nan, "percent"),
        (float(total.days_met.mean), "percent"),
    ]
    return figures


def _values(page: Page, figures: list[tuple[float, str]]) -> None:
    for column, (value, number) in enumerate(figures, 2):
        page.put(column, value, "value", number)
    page.row += 1


def _against_given(page: Page, answer: Answer) -> None:
    if answer.given is None or answer.comparison is None:
        return
    page.section("The plan against the scenario's own agents", "Values, by simulation of both on the same days.")
    for sentence in answer.comparison.verdicts:
        page.paragraph(sentence, "strong")
    page.heads(["", "Staffing", "Net agents at peak", "Paid hours", "FTE", "Cost", "Service level", "±", "ASA [s]",
                "Abandoned", "Occupancy", "Days kept"])  # fmt: skip
    for seen in answer.comparison.predictions:
        level, half, asa, _, abandoned, _, occupancy, kept = _measures(seen)
        page.put(1, seen.plan.name)
        people: list[tuple[float, str]] = [
            (float(seen.plan.net.sum(axis=0).max()), "one"),
            (float(seen.plan.paid_hours.sum()), "one"),
            (_or_dash(seen.plan.fte), "two"),
            (_or_dash(seen.plan.cost), "money"),
        ]
        _values(page, [*people, level, half, asa, abandoned, occupancy, kept])
    page.row += 1


def _worst(page: Page, answer: Answer) -> None:
    page.section("Where the plan misses its target", "Values, by simulation. Contacts lost: not served as promised.")
    worst = answer.worst
    if not worst:
        page.paragraph("No interval's simulated service level is below its target.")
        page.row += 1
        return
    page.heads(["", "Contact type", "When", "", "Service level", "Target", "Contacts lost"])
    page.put_at(page.row - 1, 3, None, "head")
    for spell in worst[:WORST_SHOWN]:
        target = answer.center.contact_types[spell.contact_type].target.service_level
        page.put(1, spell.contact_type)
        page.put(2, words.when(spell.start, spell.end, dated=True), "value", "indented")
        page.put(3, None, "value")
        page.put(4, spell.service_level, "value", "percent")
        page.put(5, target, "value", "percent")
        page.put(6, spell.lost, "value", "one")
        page.row += 1
    if len(worst) > WORST_SHOWN:
        page.paragraph(f"And {len(worst) - WORST_SHOWN} smaller ones; see the sheet Heat map.", "note")
    page.row += 1


def _why(page: Page, answer: Answer) -> None:
    page.section(
        "Why the methods part",
        "Values: one assumption of the formulas given up at a time, the same plan throughout. The changes add up.",
    )
    page.heads(["", "Taken into account", "Method", "Service level", "Change [points]", "±"])
    for step in answer.reconciliation.steps:
        cause = step.cause or "nothing yet: as the formula says"
        page.put(1, cause, "wrapped")
        page.fit(cause, 1, 1)
        page.put(2, _method(step.prediction.method), "value")
        page.put(3, float(step.prediction.total.service_level.mean), "value", "percent")
        change = np.nan if step.change is None else 100 * float(step.change.mean)
        half = np.nan if step.change is None else 100 * float(step.change.half_width)
        page.put(4, change, "value", "points")
        page.put(5, half, "value", "one")
        page.row += 1
    page.row += 1


def _or_dash(value: float | None) -> float:
    return float("nan") if value is None else value


def _method(name: str) -> str:
    return words.begun(words.METHODS[name])
