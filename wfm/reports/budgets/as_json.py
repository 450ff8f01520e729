"""A budget as plain values for JSON: figures by period as lists, dates as text, null where there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import numpy as np

from wfm.budgeting.answer import BudgetAnswer
from wfm.budgeting.cheapest import Cheapest
from wfm.budgeting.result import GROUP_LINES, LINES, TYPE_LINES, BudgetResult
from wfm.budgeting.summary import RENAMED
from wfm.reports.budgets import told

Plain = dict[str, Any]


def budget(answer: BudgetAnswer) -> Plain:
    """What `wfm budget --json` prints; all but `run` depends on the inputs alone."""
    result, names = answer.result, answer.result.budget.calendar.names
    return {
        "title": result.budget.title,
        "in_short": told.in_short(answer),
        "provenance": told.provenance(result),
        "currency": result.budget.money.currency or None,
        "periods": list(names),
        "summary": plain(answer.whole),
        "by_period": [plain(one) for one in answer.by_period],
        **_figures(result),
        "shortages": [_named(one, names) for one in result.shortages],
        "missed": [_named(one, names) for one in result.missed],
        "hirings": [{**_named(one, names), "worst": names[one.worst]} for one in answer.hirings],
        "decisions": plain(answer.decisions),
        "sensitivity": None if answer.sensitivity is None else {
            "base": plain(answer.sensitivity.base),
            "effects": [
                {"words": one.words, "label": one.label, "level": plain(one.level),
                 "changes": {name: plain(change.mean) for name, change in one.changes.items()}}
                for one in answer.sensitivity.effects
            ],
        },
        "scenarios": None if answer.scenarios is None else plain(answer.scenarios.rows),
        "variance": None if answer.variance is None else {
            **_named(answer.variance, names),
            "rows": [{**plain(one), "unexplained": plain(one.unexplained)} for one in answer.variance.rows],
        },
        "cheapest": None if answer.cheapest is None else _cheapest(answer.cheapest),
        "risk": plain(answer.risk),
        "returns": plain(answer.returns) if answer.returns else None,
        "run": plain(result.run),
    }  # fmt: skip


def _figures(result: BudgetResult) -> Plain:
    """Figures by contact type and by agent group, each a list over the periods; and the lines of money."""
    asked, of = result.budget, result.money
    types = {
        name: {
            **_row(result.demand, row), **_row(result.service, row),
            "overloaded": np.isinf(result.service.average_speed_of_answer[row]).tolist(),
            "cost": {line: plain(of.by_type[line][row]) for line in TYPE_LINES},
        }
        for row, name in enumerate(asked.contact_types)
    }  # fmt: skip
    groups = {
        name: {
            **_row(result.ladder, row, RENAMED), **_row(result.headcount, row),
            "cost": {line: plain(of.by_group[line][row]) for line in GROUP_LINES},
        }
        for row, name in enumerate(asked.agent_groups)
    }  # fmt: skip
    return {
        "contact_types": types,
        "agent_groups": groups,
        "money": {
            **{line: plain(of.line(line)) for line in LINES}, "total": plain(of.total),
            "pay_index": plain(of.pay_index), "price_index": plain(of.price_index),
        },
        "classes": plain(result.headcount.parts),
    }  # fmt: skip


def _row(of: Any, row: int, renamed: Mapping[str, str] = {}) -> Plain:
    """The arrays of figures, one row of each, under the names of the tidy tables."""
    arrays = {one.name: getattr(of, one.name) for one in fields(of) if isinstance(getattr(of, one.name), np.ndarray)}
    return {renamed.get(name, name): plain(one[row]) for name, one in arrays.items()}


def _cheapest(found: Cheapest) -> Plain:
    figures = ("cost", "bound", "gap", "seconds", "decisions", "told")
    return {**{name: plain(getattr(found, name)) for name in figures}, "summary": plain(found.result.summary())}


def _named(one: Any, names: Sequence[str]) -> Plain:
    """A value of a period, which is called by its name."""
    return {**plain(one), "period": names[one.period]}


def plain(value: Any) -> Any:
    """Values, arrays, dates, dataclasses and named tuples as JSON has them.

    >>> plain({"a": np.array([1.0, np.nan]), 80: date(2027, 3, 1), "b": (True, np.float64(2))})
    {'a': [1.0, None], '80': '2027-03-01', 'b': [True, 2.0]}
    """
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value
