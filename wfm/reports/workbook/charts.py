"""The chart of the Summary: agents of the plan against what is needed, over the open intervals of each contact type."""

from __future__ import annotations

from typing import Any

from wfm.reports.workbook.figures import Rows
from wfm.reports.workbook.intervals import NAME as INTERVALS
from wfm.reports.workbook.intervals import Intervals
from wfm.reports.workbook.layout import MUTED, RULE, Page

MOST = 2  # contact types with a chart of their own
HEIGHT_ROWS = 15
# Told apart by kind of line as well as by colour.
LINES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("net", "Net agents of the plan", {"color": "#1F3A5F", "width": 1.75}),
    ("required", "Required by Erlang C, live", {"color": "#E08214", "width": 1.25, "dash_type": "square_dot"}),
    ("given", "Scenario's agents", {"color": "#8A94A0", "width": 1.25}),
)


def insert_charts(page: Page, rows: Rows, intervals: Intervals) -> None:
    """One chart a contact type, one under the other; the page goes on below them."""
    for k in range(min(MOST, len(rows.answer.center.contact_types))):
        mine = (rows.kind == k).nonzero()[0]
        first, last = intervals.first + int(mine[0]), intervals.first + int(mine[-1])
        chart = page.book.file.add_chart({"type": "line"})
        for column, words, line in LINES:
            if column not in intervals.columns:
                continue
            place = intervals.columns[column]
            chart.add_series(
                {
                    "name": words,
                    "categories": [INTERVALS, first, intervals.columns["weekday"], last, intervals.columns["start"]],
                    "values": [INTERVALS, first, place, last, place],
                    "line": line,
                }
            )
        small = {"size": 8, "color": MUTED}
        # By reference: a name given as text would be taken for a formula where it begins with "=".
        named = [INTERVALS, first, intervals.columns["contact_type"]]
        chart.set_title({"name": named, "name_font": {"size": 11, "bold": True}, "overlay": False})
        chart.set_x_axis({"num_font": small, "line": {"color": RULE}, "num_format": "hh:mm"})
        chart.set_y_axis({"num_font": small, "major_gridlines": {"visible": True, "line": {"color": RULE}}, "min": 0})
        chart.set_legend({"position": "bottom", "font": {"size": 9}})
        chart.set_size({"width": round(7.3 * sum(page.widths)), "height": HEIGHT_ROWS * 20 - 10})
        page.sheet.insert_chart(page.row, 0, chart, {"object_position": 2, "description": "Net agents by interval"})
        page.row += HEIGHT_ROWS
    if len(rows.answer.center.contact_types) > MOST:
        page.paragraph("Charts of the first contact types; the sheet Intervals holds the figures of all.", "note")
    page.row += 1
