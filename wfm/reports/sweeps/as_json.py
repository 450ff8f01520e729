"""A sweep as plain values for JSON: what was asked, the figures of every case, and what may be read from them.

Figures have the names of the table's columns (docs/sweeps.md); what is not there is null.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wfm.measures.sample import Estimate
from wfm.reports import as_json
from wfm.reports.sweeps import told
from wfm.sweeps.crossing import Curve, Frontier, Grid
from wfm.sweeps.result import SweepResult
from wfm.sweeps.runs import RunSummary
from wfm.sweeps.selection import Selection
from wfm.sweeps.sweep import Sweep
from wfm.sweeps.words import method_name

Plain = dict[str, Any]


def sweep(result: SweepResult) -> Plain:
    """What `wfm sweep --json` prints; all but `run` depends on the inputs and the seed alone."""
    frontier, grid, curve = result.frontier(), result.grid(), result.curve()
    of_service = None if grid is None or grid.measure == "service_level" else result.grid("service_level")
    return {
        "title": result.sweep.center.title,
        "asked": _asked(result.sweep),
        "provenance": told.provenance(result),
        "cases": _cases(result),
        "effects": [
            {"case": one.case, "words": one.words, "variation": one.variation, "level": _plain(one.level),
             "changes": _estimates(one.changes)}
            for one in result.effects()
        ],
        "power_of_one": [
            {"input": one.label, "step": one.unit, "changes": _estimates(one.changes),
             "elasticities": _estimates(one.elasticities), "swings": _estimates(one.swings),
             "average_from": one.average_from or None, "by_regression": one.by_regression}
            for one in result.powers()
        ],
        "grid": None if grid is None else _grid(grid),
        "grid_of_service": None if of_service is None else _grid(of_service),
        "curve": None if curve is None else _curve(curve),
        "frontier": None if frontier is None else _frontier(frontier),
        "selection": None if result.selection is None else _selection(result.selection),
        "verdicts": result.verdicts,
        "run": {name: _plain(value) for name, value in result.run.items()},
    }  # fmt: skip


def runs(found: list[RunSummary]) -> Plain:
    """What `wfm sweep --list --json` prints."""
    return {
        "runs": [
            {"path": str(one.path), "title": one.title, "created": one.created, "done": one.done, "cases": one.cases,
             "finished": one.finished, "design": one.design, "varied": list(one.varied), "fault": one.fault or None}
            for one in found
        ]
    }  # fmt: skip


def _asked(sweep: Sweep) -> Plain:
    return {
        "design": sweep.design,
        "samples": sweep.samples,
        "ask": list(sweep.ask),
        "method": method_name(sweep.method),
        "staffing": method_name(sweep.staffing),
        "hold": sweep.hold,
        "plan": sweep.held_plan.name,
        "variations": [
            {"path": one.path, "label": one.label, "how": one.how, "levels": [_plain(level) for level in one.levels]}
            for one in sweep.variations
        ],
        "scenarios": [one.name for one in sweep.scenarios],
    }


def _cases(result: SweepResult) -> list[Plain]:
    """Every case that has figures or a reason for having none."""
    found: dict[int, Plain] = {}
    for row in result.table.iter_rows(named=True):
        number, kind = row.pop("case"), row.pop("contact_type")
        fault = row.pop("fault", None)
        if number not in found:
            case = result.sweep.case(number)
            found[number] = {"case": number, "name": case.name, "levels": [_plain(one) for one in case.levels],
                             "fault": None, "total": {}, "contact_types": {}}  # fmt: skip
        figures = {name: _plain(value) for name, value in row.items()}
        if kind is None:
            found[number] |= {"fault": fault, "total": figures}
        else:
            found[number]["contact_types"][kind] = figures
    return list(found.values())


def _grid(grid: Grid) -> Plain:
    return {
        "measure": grid.measure,
        "x": {"label": grid.x_label, "levels": [_plain(one) for one in grid.x_levels]},
        "y": {"label": grid.y_label, "levels": [_plain(one) for one in grid.y_levels]},
        "others": list(grid.others),
        "values": [_numbers(row) for row in grid.values],
        "half_widths": [_numbers(row) for row in grid.half_widths],
        "cases": grid.cases.tolist(),
    }


def _curve(curve: Curve) -> Plain:
    arrays = ("net_hours", "paid_hours", "service_level", "half_width")
    return {
        "cases": curve.cases.tolist(),
        "words": list(curve.words),
        "target": curve.target,
        **{name: _numbers(getattr(curve, name)) for name in arrays},
    }


def _frontier(frontier: Frontier) -> Plain:
    return {
        "price": frontier.price,
        "points": [
            {"case": one.case, "name": one.name, "price": one.price, "is_best": one.is_best, "near": one.near,
             "service_level": as_json.estimate(Estimate(one.service_level, one.half_width))}
            for one in frontier.points
        ],
    }  # fmt: skip


def _selection(found: Selection) -> Plain:
    return {
        "objective": found.objective,
        "indifference": found.indifference,
        "confidence": found.confidence,
        "best": found.best,
        "open": list(found.open),
        "replications": found.replications,
        "ended": found.ended,
        "verdict": found.verdict,
        "standings": [
            {"case": one.case, "name": one.name, "replications": one.replications, "left_out": one.left_out or None,
             "by": one.by, "reason": one.reason, "value": as_json.estimate(Estimate(one.value, one.half_width))}
            for one in found.standings
        ],
    }  # fmt: skip


def _estimates(found: Mapping[str, Estimate]) -> Plain:
    return {name: as_json.estimate(one) for name, one in found.items()}


def _numbers(values: np.ndarray) -> list[Any]:
    return [_plain(value) for value in values.tolist()]


def _plain(value: Any) -> Any:
    """A plain value: what JSON has no word for is null where it is a number, and a text else."""
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
