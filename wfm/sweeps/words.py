"""Methods, figures and changes as sentences on sweeps say them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wfm.measures.definitions import RATIOS
from wfm.measures.prediction import METHOD_NAMES
from wfm.measures.sample import Estimate

NAMES = {
    "service_level": "service level",
    "abandonment": "abandonment",
    "average_speed_of_answer": "ASA",
    "mean_wait": "mean wait",
    "cost": "cost",
}


def method_name(of: object) -> str:
    """What a method is called, whether it is a name or a value.

    >>> method_name("erlang-a"), method_name("simulation")
    ('Erlang A', 'simulation')
    """
    return METHOD_NAMES[of if isinstance(of, str) else type(of).__name__.casefold()]


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


def cases_in_words(numbers: Iterable[int], most: int = 3) -> str:
    """Numbers of cases, those that follow one another together.

    >>> cases_in_words([1, 2, 3, 7]), cases_in_words([4]), cases_in_words([9, 1, 3, 5, 6])
    ('cases 1 to 3, 7', 'case 4', 'cases 1, 3, 5 to 6 and 1 more')
    """
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    more = sum(map(len, runs[most:]))
    shown = ", ".join(words[:most]) + (f" and {more} more" if more else "")
    return f"case{'s' * (sum(map(len, runs)) > 1)} {shown}"
