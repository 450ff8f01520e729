"""The tidy table of a sweep for spreadsheets: its columns in their order, each with a head that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wfm.reports.sweeps.figures import FIGURES
from wfm.sweeps.result import SweepResult
from wfm.sweeps.sweep import Sweep

if TYPE_CHECKING:
    import polars

ENDS = {
    "_change_half_width": ", half-width of the change",
    "_half_width": ", half-width",
    "_change": ", change from the baseline",
}
ALL_TYPES = "all"


def tidy(result: SweepResult) -> polars.DataFrame:
    """One row per case and contact type: number, name, a level per variation, then the figures; heads in words.

    Columns without any figure are left out; the rows of all contact types together are named "all".
    """
    import polars as pl

    table = result.to_polars()
    kept = [name for name in table.columns if name in ("case", "name") or table[name].null_count() < table.height]
    names = {name: head(result.sweep, name) for name in kept}
    every = pl.col("contact_type").fill_null(ALL_TYPES)
    return (
        table.select(kept if "contact_type" in kept else [*kept[:2], "contact_type", *kept[2:]])
        .with_columns(every)
        .rename(names)
    )


def head(sweep: Sweep, name: str) -> str:
    """The head of a column of the tidy table.

    >>> import wfm
    >>> sweep = wfm.Sweep(wfm.load(wfm.example("textbook")))
    >>> head(sweep, "cost_change_half_width"), head(sweep, "required_peak"), head(sweep, "contact_type")
    ('cost of the plan, half-width of the change', 'required gross at peak', 'contact type')
    """
    stem, end = next(((name.removesuffix(end), said) for end, said in ENDS.items() if name.endswith(end)), (name, ""))
    if stem in FIGURES:
        return f"{FIGURES[stem].head}{end}"
    varied = next((one for one in sweep.variations if name in (one.title, one.path)), None)
    if varied is not None:
        return f"{name}, {varied.how}"
    return name.replace("_", " ")


def unit(name: str) -> str:
    """The unit of a column of the table, by its name there; "" for texts and levels."""
    stem = next((name.removesuffix(end) for end in ENDS if name.endswith(end)), name)
    return FIGURES[stem].unit if stem in FIGURES else ""
