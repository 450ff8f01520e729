"""Figures and changes as sentences on sweeps say them."""

from __future__ import annotations

from collections.abc import Sequence

from wfm.measures.definitions import RATIOS
from wfm.measures.sample import Estimate

NAMES = {
    "service_level": "service level",
    "abandonment": "abandonment",
    "average_speed_of_answer": "ASA",
    "mean_wait": "mean wait",
    "cost": "cost",
}


def value_in_words(measure: str, value: float) -> str:
    """A figure with its unit.

    >>> value_in_words("service_level", 0.8123), value_in_words("average_speed_of_answer", 21.04)
    ('81.2 %', '21.0 s')
    """
    if measure == "cost":
        return f"{value:,.0f}"
    return f"{100 * value:.1f} %" if RATIOS[measure].is_share else f"{value:,.1f} s"


def width_in_words(measure: str, width: float) -> str:
    """A difference that does not matter.

    >>> width_in_words("service_level", 0.005), width_in_words("mean_wait", 1.0), width_in_words("cost", 12.5)
    ('0.5 points', '1 s', '12.5')
    >>> width_in_words("abandonment", 0.01)
    '1 point'
    """
    if measure == "cost":
        return f"{width:,.4g}" if width < 1000 else f"{width:,.0f}"
    return f"{100 * width:.3g} point{'s' if width != 0.01 else ''}" if RATIOS[measure].is_share else f"{width:.3g} s"


def lead_in_words(measure: str, lead: Estimate) -> str:
    """By how much one is better than another, and how sure that is.

    >>> lead_in_words("service_level", Estimate(0.0123, 0.0004)), lead_in_words("cost", Estimate(1200.0, 31.0))
    ('1.23 ± 0.04 points', '1,200 ± 31')
    """
    mean, width = float(lead.mean), float(lead.half_width)
    if measure == "cost":
        return f"{round(mean) + 0:,} ± {width:,.0f}"
    return f"{100 * mean:.2f} ± {100 * width:.2f} points" if RATIOS[measure].is_share else f"{mean:.2f} ± {width:.2f} s"


def some_of(names: Sequence[str], most: int = 4) -> str:
    """A list in a sentence, cut short.

    >>> some_of(["a", "b", "c"]), some_of(list("abcdef"))
    ('a, b and c', 'a, b, c and 3 more')
    """
    shown = list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
