"""sweep.xlsx: the answer in sentences, every case, every contact type, what the pictures show, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wfm.measures.sample import Estimate
from wfm.model.levels import is_number
from wfm.reports.sweeps import tables, told
from wfm.reports.sweeps.columns import head, unit
from wfm.reports.sweeps.figures import FIGURES, NONE, bare, change_head, known, pair, plain_head, scale_of
from wfm.reports.workbook.layout import Book, Page, as_cell
from wfm.sweeps.crossing import Grid
from wfm.sweeps.result import SweepResult

if TYPE_CHECKING:
    import polars

MOST_ROWS = 5_000  # of a sheet; the CSV file has all
MOST_SENTENCES = 40
SIDE_BY_SIDE = ("service_level", "average_speed_of_answer", "abandonment", "target_probability", "paid_hours", "cost",
                "required_peak", "required_hours", "required_cost")  # fmt: skip
NUMBERS = {"share": "percent", "seconds": "seconds", "contacts": "one", "hours": "one", "people": "count",
           "money": "money", "price": "cents", "count": "count", "mark": "centred"}  # fmt: skip
ELASTICITY, FINER = ("two", "two"), ("finer", "two")
DIGITS = {"two": 2, "finer": 2, "points": 1, "change": 1, "more": 0}
SIGNED = {"share": "points", "people": "more", "money": "more"}
FACTS = ("service_level", "average_speed_of_answer", "abandonment", "occupancy", "paid_hours", "cost",
         "required_peak", "required_hours", "required_cost")  # fmt: skip


def workbook(result: SweepResult) -> bytes:
    """The workbook's bytes: values only, since every case is a run of its own."""
    book = Book()
    rests = told.provenance(result)
    book.file.set_properties(
        {
            "title": result.sweep.center.title,
            "subject": "What-if sweep",
            "author": "wfm",
            "comments": ", ".join(f"{name} {value}" for name, value in rests.items()),
        }
    )
    _write_summary(book, result)
    table = result.to_polars()
    import polars as pl

    _write_table(book, result, "Cases", table.filter(pl.col("contact_type").is_null()))
    _write_table(book, result, "By type", table.filter(pl.col("contact_type").is_not_null()))
    _write_pictures(book, result)
    _write_assumptions(book, result, rests)
    return book.finished()


def _write_summary(book: Book, result: SweepResult) -> None:
    page = book.page("Summary", [34, *[15] * 9])
    page.title(result.sweep.center.title, f"What-if sweep: {told.design(result.sweep)}")
    page.section("The answer")
    verdicts = [result.selection.verdict] if result.selection is not None else []
    found = told.in_short(result)
    for sentence in [*verdicts, *found[:MOST_SENTENCES]]:
        page.paragraph(sentence)
    if len(found) > MOST_SENTENCES:
        page.paragraph(f"The first {MOST_SENTENCES} sentences; the sheet Cases has every case.", "note")
    for sentence in told.faults(result):
        page.paragraph(sentence)
    page.row += 1
    page.section("The baseline")
    for name in FACTS:
        if result.baseline.get(name) is not None:
            page.put(0, FIGURES[name].head)
            page.put(1, float(result.baseline[name]), "value", NUMBERS[FIGURES[name].unit])
            page.row += 1
    page.row += 1
    _write_side_by_side(page, result)
    page.section("What was asked")
    for sentence in filter(None, [*told.question(result), told.sure_of_the_promise(result), told.how_sure(result)]):
        page.paragraph(sentence)
    _write_standings(page, result)


def _write_side_by_side(page: Page, result: SweepResult) -> None:
    """Of few cases the figures that are asked about, of many those at either end."""
    cases = tables.extremes(result, MOST_SENTENCES // 2)
    rows = [result.row(case) for case in cases]
    names = [name for name in SIDE_BY_SIDE if known(rows, name)]
    page.section("Cases side by side")
    page.table_heads(["case", *(FIGURES[name].head for name in names)])
    numbers = ["text", *(NUMBERS[FIGURES[name].unit] for name in names)]
    called = [result.sweep.case(case).name for case in cases]
    figures = [[_figure(result, case, row, name) for name in names] for case, row in zip(cases, rows, strict=True)]
    page.table_rows(((one, *row) for one, row in zip(called, figures, strict=True)), numbers)
    if len(cases) < len(result.sweep):
        page.paragraph(f"Of {len(result.sweep):,} cases those at either end; the sheet Cases has them all.", "note")


def _figure(result: SweepResult, case: int, row: Mapping[str, Any], name: str) -> Any:
    """A figure as a number; how sure a promise is in words, which claim no more than is known."""
    return tables.sure(result, case) if name == "target_probability" else row[name]


def _write_standings(page: Page, result: SweepResult) -> None:
    """How each case fared in a selection."""
    if result.selection is None:
        return
    found = result.selection
    number = NUMBERS[FIGURES[found.measure].unit]
    page.row += 1
    page.section("Selection of the best")
    page.table_heads(["case", FIGURES[found.measure].head, "±", "replications", "how it ended"])
    for one in found.standings[:MOST_ROWS]:
        page.put(0, one.name)
        page.put(1, one.value, "value", number)
        page.put(2, one.half_width, "value", number)
        page.put(3, one.replications, "value", "count")
        page.put(4, "best" if one.case == found.best else one.reason or "still open")
        page.row += 1


def _write_table(book: Book, result: SweepResult, name: str, table: polars.DataFrame) -> None:
    """The tidy table, without columns that hold nothing."""
    always = ("case", "name")
    kept = [one for one in table.columns if one in always or (table.height and table[one].null_count() < table.height)]
    page = book.page(name, [7, 40, *[13] * (len(kept) - 2)])
    page.heads([head(result.sweep, one) + " [points]" * _is_in_points(one) for one in kept], 62)
    numbers = [_number(one) for one in kept]
    for row in table.head(MOST_ROWS).select(kept).iter_rows():
        for column, (called, value, number) in enumerate(zip(kept, row, numbers, strict=True)):
            cell = 100 * value if value is not None and _is_in_points(called) else as_cell(value)
            page.put(column, cell, "label", "general" if number == "text" and is_number(value) else number)
        page.row += 1
    page.sheet.freeze_panes(1, 2)
    page.sheet.set_print_scale(60)  # too many columns for the width of one page
    page.sheet.repeat_rows(0)
    page.sheet.repeat_columns(0, 1)
    page.sheet.autofilter(0, 0, max(page.row - 1, 0), len(kept) - 1)
    if table.height > MOST_ROWS:
        page.put(1, f"The first {MOST_ROWS:,} of {table.height:,} rows; results.csv has all.", "remark")


def _number(name: str) -> str:
    """How a column's cells look."""
    of = unit(name)
    if name == "case":
        return "count"
    if _is_in_points(name):
        return "points" if name.endswith("_change") else "one"
    if name.endswith("_change"):
        return SIGNED.get(of, "change")
    return NUMBERS.get(of, "text")


def _is_in_points(name: str) -> bool:
    """Whether a column holds differences of shares, or how sure they are."""
    return "_change" in name and unit(name) == "share"


def _write_pictures(book: Book, result: SweepResult) -> None:
    """What the pictures show, in figures."""
    page = book.page("Pictures", [34, *[13] * 17])
    page.title("Figures of the pictures", result.sweep.center.title)
    curve, frontier = result.curve(), result.frontier()
    _write_changes(page, "What each change does", "change", [(one.words, one.changes) for one in result.effects()])
    powers = result.powers()
    steps = [
        (f"{one.label} {one.unit}{one.average_from and f' (average from {one.average_from})'}", one.changes)
        for one in powers
    ]
    _write_changes(
        page, f"The power of one: {told.power_of_one(powers).partition('; elasticity')[0]}", "step", steps, FINER
    )
    _write_changes(page, "From the lowest to the highest level", "input", [(one.label, one.swings) for one in powers])
    elasticities = [(one.label, one.elasticities) for one in powers if one.elasticities]
    _write_changes(page, "Elasticities: percent of change for one percent more", "input", elasticities, ELASTICITY)
    for grid in told.grids(result):
        _write_grid(page, grid)
    if curve is not None:
        page.section("Staff and service level")
        page.table_heads(["case", "paid hours", "net hours", "service level", "±"])
        columns = (curve.paid_hours, curve.net_hours, curve.service_level, curve.half_width)
        page.table_rows(zip(curve.words, *(one.tolist() for one in columns), strict=True),
              ("text", "one", "one", "percent", "percent"))  # fmt: skip
    if frontier is not None:
        page.section("Price and service level")
        page.table_heads(["case", FIGURES[frontier.price].head, "service level", "±", "best for its price",
                      FIGURES["target_probability"].head])  # fmt: skip
        points = (
            (
                one.name,
                one.price,
                one.service_level,
                one.half_width,
                "yes" if one.is_best else "",
                tables.sure(result, one.case),
            )
            for one in frontier.points[:MOST_ROWS]
        )
        page.table_rows(points, ("text", "one", "percent", "percent", "centred", "centred"))


def _write_changes(
    page: Page, title: str, first: str, changes: Sequence[tuple[str, Any]], looks: tuple[str, str] | None = None
) -> None:
    """A row each, with every measure's change and its half-width; looks: of both, where not by unit."""
    there = [name for name in FIGURES if any(name in found for _, found in changes)]
    if not there:
        return
    page.section(title)
    heads = [(plain_head(name) if looks == ELASTICITY else change_head(name), "±") for name in there]
    page.table_heads([first, *(part for pair in heads for part in pair)])
    scales = [1.0 if looks == ELASTICITY else scale_of(name) for name in there]
    numbers = [looks or _looks(FIGURES[name].unit) for name in there]
    rows = (
        (called, *(part for name, scale, (look, _) in zip(there, scales, numbers, strict=True)
                   for part in _plainly(found.get(name, NONE), scale, DIGITS[look])))
        for called, found in changes[:MOST_ROWS]
    )  # fmt: skip
    page.table_rows(rows, ("text", *(part for pair in numbers for part in pair)))


def _looks(of: str) -> tuple[str, str]:
    return SIGNED.get(of, "change"), "one" if of == "share" else NUMBERS[of]


def _plainly(of: Estimate, scale: float, digits: int) -> tuple[float, float]:
    """A change and its half-width; what rounds to nothing is written without a sign."""
    change, half = pair(of, scale)
    return 0.0 if abs(change) < 0.5 * 10.0**-digits else change, half


def _write_grid(page: Page, grid: Grid) -> None:
    page.section(told.grid_head(grid).removesuffix("; * is the baseline"))
    page.table_heads([grid.y_label, *bare(grid.x_words, grid.x_label)])
    rows = ((name, *row) for name, row in zip(bare(grid.y_words, grid.y_label), grid.values.tolist(), strict=True))
    page.table_rows(rows, ("text", *[NUMBERS[FIGURES[grid.measure].unit]] * len(grid.x_words)))


def _write_assumptions(book: Book, result: SweepResult, rests: dict[str, Any]) -> None:
    page = book.page("Assumptions", [34, *[15] * 6])
    page.title("Inputs and assumptions", result.sweep.center.title)
    page.section("What stands behind the figures")
    for sentence in told.assumptions(result):
        page.paragraph(sentence)
    page.row += 1
    page.section("Words")
    for word, meaning in told.WORDS.items():
        page.put(0, word, "strong")
        page.paragraph(meaning, first=1)
    page.row += 1
    page.section("Provenance", "The same provenance gives the same figures.")
    for name, value in rests.items():
        page.put(0, name)
        page.merged(1, 4, str(value), "value")
        page.row += 1
