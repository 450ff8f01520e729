"""The figures of a sweep's table in words: their heads, their units, and how each is written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from wfm.measures.sample import Estimate
from wfm.reports import words
from wfm.sweeps.effects import Effect

Row = Mapping[str, Any]
NOISE = "noise"
NONE = Estimate(math.nan, math.nan)


class Figure(NamedTuple):
    """A measure of a case: its head, and its unit, which says how it is written."""

    head: str
    unit: str  # share, seconds, contacts, hours, people, money, price, count or mark


FIGURES: dict[str, Figure] = {
    "service_level": Figure("service level", "share"),
    "abandonment": Figure("abandoned", "share"),
    "average_speed_of_answer": Figure("ASA", "seconds"),
    "mean_wait": Figure("mean wait", "seconds"),
    "offered": Figure("contacts offered", "contacts"),
    "answered": Figure("contacts answered", "contacts"),
    "abandoned": Figure("contacts abandoned", "contacts"),
    "blocked": Figure("contacts blocked", "contacts"),
    "days_met": Figure("days kept", "share"),
    "target_probability": Figure("sure of the promise", "share"),
    "occupancy": Figure("occupancy", "share"),
    "net_hours": Figure("net hours", "hours"),
    "paid_hours": Figure("paid hours", "hours"),
    "fte": Figure("FTE", "contacts"),
    "cost": Figure("cost of the plan", "money"),
    "cost_per_contact": Figure("cost per contact", "price"),
    "replications": Figure("replications", "count"),
    "overloaded": Figure("overload", "mark"),
    "required_net_hours": Figure("required net hours", "hours"),
    "required_hours": Figure("required paid hours", "hours"),
    "required_hours_unrounded": Figure("required paid hours, fractions counted", "hours"),
    "required_peak": Figure("required gross at peak", "people"),
    "required_fte": Figure("required FTE", "contacts"),
    "gap": Figure("gap, FTE", "contacts"),
    "required_cost": Figure("required cost", "money"),
    "required_cost_unrounded": Figure("required cost, fractions counted", "money"),
}
BARRED = (("service_level",), ("required_peak", "paid_hours"))
DIGITS = {"contacts": 1, "hours": 1, "people": 0, "money": 0, "price": 2, "count": 0}


def has(row: Row, name: str) -> bool:
    """Whether a case has this figure."""
    return row.get(name) is not None


def known(rows: Sequence[Row], name: str) -> bool:
    """Whether any of these cases has this figure."""
    return any(has(row, name) for row in rows)


def written(row: Row, name: str, around: bool = True) -> str:
    """A figure of a case, with its half-width if `around`; nothing where the case has none.

    >>> written({"service_level": 0.8123, "service_level_half_width": 0.004}, "service_level")
    '81.2 ± 0.4 %'
    >>> written({"required_peak": 31.0}, "required_peak"), written({}, "cost")
    ('31', '')
    """
    if not has(row, name):
        return ""
    half = row.get(f"{name}_half_width") if around else None
    return in_unit(FIGURES[name].unit, float(row[name]), math.nan if half is None else float(half))


def in_unit(unit: str, value: float, half_width: float = math.nan) -> str:
    """A value in a unit.

    >>> in_unit("share", 0.5), in_unit("seconds", 12.04), in_unit("hours", 1234.56), in_unit("mark", 1.0)
    ('50.0 %', '12.0 s', '1,234.6', 'yes')
    """
    if unit == "share":
        return words.percent(value, half_width)
    if unit == "seconds":
        return words.seconds(value, half_width)
    if unit == "mark":
        return "yes" if value else ""
    return words.number(value, DIGITS[unit]) + _around(half_width, DIGITS[unit], value)


def change_in_words(name: str, change: Estimate, unit: bool = True, finer: int = 0) -> str:
    """A difference from the baseline, signed, in points where the measure is a share; nothing where there is none.

    Args:
        finer: how many digits more than usual, for small steps.

    >>> change_in_words("service_level", Estimate(-0.031, 0.004))
    '−3.1 ± 0.4 points'
    >>> change_in_words("average_speed_of_answer", Estimate(2.5, 0.31), unit=False)
    '+2.5 ± 0.3'
    """
    value, half = pair(change)
    of = FIGURES[name].unit
    if math.isnan(value):
        return ""
    scale, digits, called = {"share": (100, 1, " points"), "seconds": (1, 1, " s")}.get(of, (1, DIGITS.get(of, 1), ""))
    digits += finer
    text = words.number(scale * value, digits, signed=True) + _around(scale * half, digits, value)
    return text + called if unit and math.isfinite(value) else text


def bare(levels: Sequence[str], label: str) -> list[str]:
    """Levels in words without the name of their input, which stands beside them.

    >>> bare(["AHT -30 s", "AHT +30 s"], "AHT"), bare(["routing.lines = 60"], "routing.lines")
    (['-30 s', '+30 s'], ['60'])
    """
    return [text.removeprefix(label).lstrip(" =") for text in levels]


def change_head(name: str) -> str:
    """The head of a column of differences.

    >>> change_head("service_level"), change_head("average_speed_of_answer"), change_head("cost")
    ('service level, points', 'ASA, s', 'cost of the plan')
    """
    unit = {"share": ", points", "seconds": ", s"}.get(FIGURES[name].unit, "")
    return f"{plain_head(name)}{unit}"


def plain_head(name: str) -> str:
    """The head of a measure where it is said elsewhere that fractions of people count.

    >>> plain_head("required_hours_unrounded")
    'required paid hours'
    """
    return FIGURES[name].head.removesuffix(", fractions counted")


def pair(of: Estimate, scale: float = 1.0) -> tuple[float, float]:
    """A mean and its half-width."""
    return scale * float(of.mean), scale * float(of.half_width)


def scale_of(name: str) -> float:
    """By which changes of a measure are multiplied to be told: those of shares are told in points."""
    return 100.0 if FIGURES[name].unit == "share" else 1.0


def barred(effects: Sequence[Effect]) -> list[str]:
    """The measures that have bars, one of service and one of people: the first that any of the changes has."""
    there = {name for one in effects for name in one.changes}
    return [name for names in BARRED if (name := next((name for name in names if name in there), ""))]


def _around(half_width: float, digits: int, value: float) -> str:
    return f" ± {words.number(half_width, digits)}" if math.isfinite(half_width) and math.isfinite(value) else ""
