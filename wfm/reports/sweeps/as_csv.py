"""results.csv: the tidy table of a sweep, as spreadsheets open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wfm.files.plans import FORMULA_MARKS
from wfm.reports.sweeps.columns import tidy
from wfm.sweeps.result import SweepResult

if TYPE_CHECKING:
    import polars


def as_csv(result: SweepResult) -> str:
    """One row per case and contact type."""
    return for_spreadsheets(tidy(result))


def for_spreadsheets(table: polars.DataFrame) -> str:
    """A table as CSV; a text that a spreadsheet would take for a formula has an apostrophe first."""
    import polars as pl

    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    guarded = [
        pl.when(pl.any_horizontal(*(pl.col(name).str.starts_with(mark) for mark in FORMULA_MARKS)))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    ]
    written = table.with_columns(guarded).write_csv(line_terminator="\r\n")
    # Spreadsheets take a file without this mark for the local alphabet, and spoil the names.
    return written if written.isascii() else "\ufeff" + written
