"""Targets, methods and laws in a planner's words."""

from __future__ import annotations

import numpy as np

from wfm.model.center import ContactType, Target

METHODS = {"erlang-c": "Erlang C", "erlang-a": "Erlang A", "simulation": "Simulation", "transient": "Transient"}
DEFINITIONS = {
    "answered_of_offered": "answered within the threshold / offered",
    "answered_of_answered": "answered within the threshold / answered",
    "excluding_abandoned_within": "answered within the threshold / (offered - abandoned within the threshold)",
    "excluding_short_abandons": "answered within the threshold / (offered - short abandons)",
    "abandoned_within_counted": "(answered within the threshold + abandoned within the threshold) / offered",
}


def target_in_words(target: Target) -> str:
    """The promise as a sentence.

    >>> target_in_words(Target(0.8, 20))
    '80 % answered within 20 s (answered within the threshold / offered), kept in every interval.'
    """
    parts = []
    if target.service_level is not None:
        within, of = f"{target.answer_within:g} s", DEFINITIONS[target.definition]
        parts.append(f"{100 * target.service_level:g} % answered within {within} ({of})")
    if target.max_average_speed_of_answer is not None:
        parts.append(f"an average speed of answer of {target.max_average_speed_of_answer:g} s at most")
    if target.max_abandonment is not None:
        parts.append(f"{100 * target.max_abandonment:g} % abandoned at most")
    if not parts:
        return "no target for waits; the occupancy limit is what is kept."
    kept = "kept in every interval" if target.per == "interval" else "kept over each day"
    return f"{', '.join(parts)}, {kept}."


def patience_in_words(one: ContactType, intervals: int) -> str:
    """How long customers wait before hanging up, as the formulas see it."""
    patience, balking = one.mean_patience(intervals), one.balking_share(intervals)
    if not np.isfinite(patience).any():
        return "never" if not balking.any() else f"{balking.max():.1%} at once, others never"
    low, high = float(patience.min()), float(patience.max())
    mean = f"after {low:.0f} s on average" if low == high else f"after {low:.0f} to {high:.0f} s on average"
    return mean if not balking.any() else f"{mean}; {balking.max():.1%} at once"


def method_in_words(method: str) -> str:
    return METHODS.get(method, method)
