"""What `wfm simulate` does: many replications and their figures, or one as it happened; and the log of either."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wfm.cli.arguments import find_open_days
from wfm.cli.watching import announce_compiling, watching
from wfm.files.contact_log import write_contact_log
from wfm.model.plan import StaffingPlan
from wfm.simulation.run import Simulation


def simulate_all(plan: StaffingPlan, method: Simulation, log: Path | None, *, json: bool) -> dict[str, Any]:
    """Predict, write the log if one is asked for, and show the figures, or return them for JSON."""
    from wfm.prediction import predict
    from wfm.recording import predict_and_log
    from wfm.reports import as_json, terminal
    from wfm.reports.seen import show_prediction

    announce_compiling(plan.center, engine=method.engine, logged=log is not None)
    with watching() as watch:
        if log is None:
            seen, rows = predict(plan.center, plan, method, watch.of("simulating")), None
        else:
            seen, rows = predict_and_log(plan.center, plan, method, watch.of("simulating"))
    written = [] if rows is None or log is None else [write_contact_log(rows, log)]
    if json:
        return as_json.prediction(seen)
    terminal.show_title(plan.center)
    show_prediction(seen)
    _show_written(written)
    return {}


def simulate_one(
    plan: StaffingPlan, method: Simulation, replication: int, dates: Sequence[str], log: Path | None, out: Path,
    *, json: bool,
) -> dict[str, Any]:  # fmt: skip
    """Replay a replication: draw its days, write the log if one is asked for, and show it, or return it for JSON."""
    from wfm.files.whole import write_whole
    from wfm.recording import replay
    from wfm.reports import as_json, terminal
    from wfm.reports.day_picture import picture_of_day
    from wfm.reports.replayed import show_replay

    days = find_open_days(plan.center, dates)
    announce_compiling(plan.center, engine=method.engine, logged=log is not None)
    found = replay(plan.center, plan, method, replication)
    written = [] if log is None else [write_contact_log(found.contacts, log)]
    pictures = [
        write_whole(out / _picture_name(found.replication, plan, day, dates), picture_of_day(found, day))
        for day in days
    ]
    if json:
        return as_json.replay(found, [str(path) for path in pictures])
    terminal.show_title(plan.center)
    for day in days:
        show_replay(found, day)
    _show_written([*pictures, *written])
    return {}


def _picture_name(replication: int, plan: StaffingPlan, day: int, dates: Sequence[str]) -> str:
    """replay-17.svg, and replay-17-2026-01-05.svg where the day was asked for by its date."""
    date = f"-{plan.center.horizon.dates[day]:%Y-%m-%d}" if dates else ""
    return f"replay-{replication}{date}.svg"


def _show_written(paths: list[Path]) -> None:
    from wfm.reports import terminal

    if paths:
        terminal.show_written(paths)
