"""How every report writes numbers, times, methods and definitions: one way for the terminal, the page and the workbook.

A figure without a denominator (NaN) is a dash; an infinite wait is "overload".
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from wfm.measures.prediction import METHOD_NAMES
from wfm.measures.sample import Estimate
from wfm.model.center import Target
from wfm.model.laws import Empirical, Law, Never

DASH = "–"
OVERLOAD = "overload"
MINUS = "−"

METHODS = METHOD_NAMES

BINDING = {
    "service_level": "service level",
    "max_occupancy": "occupancy limit",
    "max_abandonment": "abandonment limit",
    "max_average_speed_of_answer": "ASA limit",
    "stability": "more agents than load",
    "min_agents": "fewest agents",
    "none": "no contacts",
    "closed": "closed",
}

DEFINITIONS = {
    "answered_of_offered": "answered within {T}, of all contacts offered",
    "answered_of_answered": "answered within {T}, of all contacts answered",
    "excluding_abandoned_within": "answered within {T}, of contacts offered less those that abandoned within {T}",
    "excluding_short_abandons": "answered within {T}, of contacts offered less short abandons (before {short})",
    "abandoned_within_counted": "answered or abandoned within {T}, of all contacts offered",
}

AFTER_CLOSE = {
    "serve": "whoever waits at closing is still answered",
    "drop": "whoever waits at closing is turned away",
    "carry": "whoever waits at closing waits on until opening",
}

INTERVALS = {900.0: "quarter hour", 1800.0: "half hour", 3600.0: "hour"}


def number(value: float, digits: int = 0, signed: bool = False) -> str:
    """A number with a comma between thousands.

    >>> number(2410.4), number(13.04, 2), number(-0.04, 1), number(3, signed=True), number(float("nan"))
    ('2,410', '13.04', '0.0', '+3', '–')
    """
    if math.isnan(value):
        return DASH
    if math.isinf(value):
        return OVERLOAD
    # Half is rounded up, as spreadsheets do; a binary fraction a hair below half is meant as half.
    scale = 10.0**digits
    text = f"{math.floor(abs(value) * scale + 0.5 + 1e-9) / scale:,.{digits}f}"
    is_zero = not any(digit in text for digit in "123456789")
    return text if is_zero else f"{MINUS if value < 0 else '+' if signed else ''}{text}"


def amount(value: float) -> str:
    """Contacts, agents or load: whole where it is whole, else with one digit.

    >>> amount(14.0), amount(13.04)
    ('14', '13.0')
    """
    return number(value, 0 if value == round_or(value) else 1)


def percent(value: float, half_width: float | None = None, digits: int = 1) -> str:
    """A fraction as percent, with its half-width where there is one.

    >>> percent(0.8324), percent(0.8324, 0.0041), percent(0.8, digits=0)
    ('83.2 %', '83.2 ± 0.4 %', '80 %')
    """
    if not math.isfinite(value):
        return number(value)
    return f"{number(100 * value, digits)}{_give_or_take(half_width, 100, digits)} %"


def share(value: float) -> str:
    """A fraction as it was written in a target or a shrinkage: no digits that say nothing.

    >>> share(0.8), share(0.125)
    ('80 %', '12.5 %')
    """
    return f"{100 * value:.4g} %"


def points(change: float, half_width: float | None = None) -> str:
    """A difference of fractions in percentage points, signed.

    >>> points(-0.0312, 0.004), points(0.0)
    ('−3.1 ± 0.4 points', '0.0 points')
    """
    if not math.isfinite(change):
        return number(change)
    return f"{number(100 * change, 1, signed=True)}{_give_or_take(half_width, 100, 1)} points"


def out_of_100(value: float) -> str:
    """A fraction in whole contacts or days of a hundred.

    >>> out_of_100(0.8324), out_of_100(0.998), out_of_100(1.0), out_of_100(0.002), out_of_100(0.0)
    ('83 of 100', 'nearly all', 'all', 'hardly any', '0 of 100')
    """
    if math.isnan(value):
        return DASH
    if 0.995 <= value < 1:
        return "nearly all"
    if 0 < value < 0.005:
        return "hardly any"
    # Rounded down: a promise of 80 that is missed at 79.5 is not kept.
    return "all" if value >= 1 else f"{math.floor(100 * value + 1e-9)} of 100"


def seconds(value: float, half_width: float | None = None) -> str:
    """A wait or a handling time: seconds, from two minutes on minutes, from an hour on hours.

    >>> seconds(7.8), seconds(7.8, 0.42), seconds(200), seconds(200, 47), seconds(7500), seconds(float("inf"))
    ('7.8 s', '7.8 ± 0.4 s', '3:20 min', '3:20 ± 0:47 min', '2:05 h', 'overload')
    """
    if not math.isfinite(value):
        return number(value)
    if value < 119.95:
        return f"{number(value, 1)}{_give_or_take(half_width, 1, 1)} s"
    small, unit = (1, "min") if round(value) < 3600 else (60, "h")
    around = "" if half_width is None or not math.isfinite(half_width) else f" ± {_in_sixties(half_width / small)}"
    return f"{_in_sixties(value / small)}{around} {unit}"


def _in_sixties(value: float) -> str:
    whole = round(value)
    return f"{whole // 60}:{whole % 60:02d}"


def threshold(value: float) -> str:
    """A time that was written in a target.

    >>> threshold(20.0), threshold(120.0), threshold(7.5)
    ('20 s', '2:00 min', '7.5 s')
    """
    return f"{value:g} s" if value < 120 else seconds(value)


def estimate(of: Estimate, unit: str = "percent") -> str:
    """An estimate with its half-width: "percent", "seconds" or "number"."""
    mean, half = float(of.mean), float(of.half_width)
    if unit == "percent":
        return percent(mean, half)
    if unit == "seconds":
        return seconds(mean, half)
    return f"{number(mean, 1)}{_give_or_take(half, 1, 1)}" if math.isfinite(mean) else number(mean)


def interval_name(length: float) -> str:
    """What an interval of so many seconds is called.

    >>> interval_name(1800), interval_name(600)
    ('half hour', '10-minute interval')
    """
    return INTERVALS.get(length, f"{length / 60:g}-minute interval")


def span_name(days: int) -> str:
    """What the horizon is called after "in".

    >>> span_name(7), span_name(1), span_name(3)
    ('the week', 'the day', 'the 3 days')
    """
    return {1: "the day", 7: "the week"}.get(days, f"the {days} days")


def day(date: datetime, dated: bool = False) -> str:
    """A weekday, with its date where the horizon is longer than a week.

    >>> day(datetime(2026, 1, 5)), day(datetime(2026, 1, 5), dated=True)
    ('Mon', 'Mon 5 Jan')
    """
    return f"{date:%a} {date.day} {date:%b}" if dated else f"{date:%a}"


def clock(moment: datetime) -> str:
    """Hours and minutes, with seconds only where there are some."""
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def when(start: datetime, end: datetime, dated: bool = False) -> str:
    """From when to when; midnight at the end of a day is 24:00.

    >>> when(datetime(2026, 1, 4, 10), datetime(2026, 1, 4, 11, 30))
    'Sun 10:00–11:30'
    >>> when(datetime(2026, 1, 4, 23), datetime(2026, 1, 5))
    'Sun 23:00–24:00'
    """
    last = end - timedelta(microseconds=1)
    until = "24:00" if end.date() > last.date() else clock(end)
    if last.date() == start.date():
        return f"{day(start, dated)} {clock(start)}–{until}"
    return f"{day(start, dated)} {clock(start)} – {day(last, dated)} {until}"


def promise(target: Target) -> str:
    """A target in a line; a dash where there is none.

    >>> promise(Target(0.8, 20)), promise(Target(0.9, 30, max_abandonment=0.05, per="day"))
    ('80 % within 20 s', '90 % within 30 s, abandonment at most 5 %, over the day')
    """
    parts = []
    if target.service_level is not None:
        parts.append(f"{share(target.service_level)} within {threshold(target.answer_within)}")
    if target.max_abandonment is not None:
        parts.append(f"abandonment at most {share(target.max_abandonment)}")
    if target.max_average_speed_of_answer is not None:
        parts.append(f"ASA at most {threshold(target.max_average_speed_of_answer)}")
    if parts and target.per == "day":
        parts.append("over the day")
    return ", ".join(parts) or DASH


def plain_promise(target: Target) -> str:
    """A promise as a manager would say it.

    >>> plain_promise(Target(0.8, 20, max_abandonment=0.05))
    '80 of 100 within 20 s, at most 5 % hang up'
    """
    parts = []
    if target.service_level is not None:
        parts.append(f"{out_of_100(target.service_level)} within {threshold(target.answer_within)}")
    if target.max_abandonment is not None:
        parts.append(f"at most {share(target.max_abandonment)} hang up")
    if target.max_average_speed_of_answer is not None:
        parts.append(f"{threshold(target.max_average_speed_of_answer)} on average")
    return ", ".join(parts) or DASH


def definition(target: Target) -> str:
    """The target's definition of service level, as a phrase.

    >>> definition(Target(0.8, 20))
    'answered within 20 s, of all contacts offered'
    """
    phrase = DEFINITIONS[target.definition]
    return phrase.format(T=threshold(target.answer_within), short=threshold(target.short_abandon))


def begun(text: str) -> str:
    """A text as a sentence begins.

    >>> begun("no rules of its own"), begun("Erlang A")
    ('No rules of its own', 'Erlang A')
    """
    return text[:1].upper() + text[1:]


def plural(count: float, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> plural(1, "person", "people"), plural(1200, "day")
    ('1 person', '1,200 days')
    """
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def listed(parts: list[str]) -> str:
    """A list as it is said.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""


def more(change: float, rise: str, fall: str, same: str, digits: int = 0) -> str:
    """A change in words.

    >>> more(-50.2, "more hours", "fewer hours", "as many hours")
    '50 fewer hours'
    """
    size = number(abs(change), digits)
    return same if not change else f"{size} {rise if change > 0 else fall}"


def law(of: Law, unit: str = " s") -> str:
    """A law in a few words; numbers that change by interval as a range.

    >>> from wfm.model.laws import Gamma, Weibull
    >>> law(Weibull((90.0, 180.0), 0.8)), law(Never()), law(Gamma(cv=0.1), unit="")
    ('weibull, mean 90 to 180 s by interval, shape 0.8', 'without end', 'gamma, mean 1, cv 0.1')
    """
    if isinstance(of, Never):
        return "without end"
    parts = []
    for name in ("mean", "value", "low", "high", "means", "probs", "cv", "shape", "k"):
        value = getattr(of, name, None)
        if value is not None:
            label = "" if name == "value" else f"{name} "
            parts.append(label + _numbers(value, unit if name in IN_SECONDS else "", name in ("means", "probs")))
    if isinstance(of, Empirical):
        mean = float(of.mean_by_interval(1)[0])
        whole = f"{percent(of.endless)} without end" if of.endless else f"mean {mean:.4g}{unit}"
        parts.append(f"{len(of.sample):,} recorded values, {whole}")
    if of.at_zero:
        parts.append(f"share of zeros {_numbers(of.at_zero, '', False)}")
    return f"{of.law}, " + ", ".join(parts)


IN_SECONDS = ("mean", "value", "low", "high", "means")


def _numbers(value: float | tuple[float, ...], unit: str, listed: bool) -> str:
    if not isinstance(value, tuple):
        return f"{value:.4g}{unit}"
    if listed:
        return ", ".join(f"{one:.4g}" for one in value) + unit
    low, high = min(value), max(value)
    return f"{low:.4g} to {high:.4g}{unit} by interval" if low < high else f"{low:.4g}{unit}"


def round_or(value: float) -> float:
    """The nearest whole number; what is not finite stays as it is."""
    return float(round(value)) if math.isfinite(value) else value


def _give_or_take(half_width: float | None, scale: float, digits: int) -> str:
    if half_width is None or not math.isfinite(half_width):
        return ""
    return f" ± {number(scale * half_width, digits)}"
