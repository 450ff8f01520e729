"""`plan.xlsx`: the whole answer as a workbook that still answers when an assumption is changed.

layout        styles, and a sheet that is filled from the top down
columns       the columns of the sheet Intervals: heading, unit, meaning, and the formula of each live one
figures       what each live formula gives, worked out by `wfm.queueing`: the values that are stored beside them
assumptions, intervals, summary, heatmap      one sheet each
build         puts them together
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from wfm.answering import Answer

__all__ = ["write_workbook"]


def write_workbook(answer: Answer, path: str | PathLike[str]) -> Path:
    """Write the answer as an Excel workbook without macros, whole or not at all.

    Load, Erlang C, gross, hours and cost are formulas with stored values; Erlang A and the simulation are values.

    Raises:
        OutputError: the file cannot be written; nothing is left half-written.
    """
    from wfm.files.whole import write_whole
    from wfm.reports.workbook.build import built

    return write_whole(path, built(answer))
