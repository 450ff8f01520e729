"""Sweeps: on a terminal, and as a folder of pictures, a page, a workbook and a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wfm.sweeps.result import SweepResult

__all__ = ["LAST", "write_reports"]

LAST = "report.html"  # the file that is written after all others


def write_reports(result: SweepResult, out: Path) -> list[Path]:
    """Write results.csv, sweep.xlsx, the pictures and report.html into a folder, each whole or not at all.

    Raises:
        OutputError: the folder or a file cannot be written.
    """
    from wfm.files.whole import make_folder, write_whole
    from wfm.reports.sweeps.as_csv import as_csv
    from wfm.reports.sweeps.page import page
    from wfm.reports.sweeps.pictures import pictures_of
    from wfm.reports.sweeps.workbook import workbook

    make_folder(out)
    pictures = pictures_of(result)
    return [
        write_whole(out / "results.csv", as_csv(result)),
        write_whole(out / "sweep.xlsx", workbook(result)),
        *(write_whole(out / f"{name}.svg", svg) for name, svg in pictures.items()),
        write_whole(out / LAST, page(result, pictures)),
    ]
