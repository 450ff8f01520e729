"""What of a centre a method does not read, so that changing it could change none of its figures."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from wfm.formulas.stationary import FORMULAS
from wfm.formulas.transient import Transient
from wfm.model.paths import split

LAWS = ("handling", "talk", "after_contact_work", "patience")
SHAPES = ("cv", "shape", "k")  # numbers of a law that leave its mean as it is


def methods_of(ask: Collection[str], method: object, staffing: object) -> list[object]:
    """The methods that answer what is asked.

    >>> methods_of(("predict", "staff"), "simulation", "erlang-a")
    ['simulation', 'erlang-a']
    """
    predicted = [method] if {"predict", "cost"} & set(ask) else []
    return predicted + ([staffing] if {"staff", "cost"} & set(ask) else [])


def why_unread(method: Any, path: str) -> str:
    """Why a method does not read what stands at a path; "" where it does, or may.

    >>> why_unread("erlang-c", "contact_types.*.patience"), why_unread("erlang-a", "contact_types.*.patience")
    ('erlang-c knows nobody who hangs up, as erlang-a and simulation do', '')
    """
    name = "transient" if isinstance(method, Transient) else method
    if name not in (*FORMULAS, "transient"):
        return ""
    keys = split(path)
    of_type = keys[2:] if keys[0] == "contact_types" else ()
    if name == "erlang-c" and of_type[:1] in (("patience",), ("balking",)):
        return "erlang-c knows nobody who hangs up, as erlang-a and simulation do"
    if name in FORMULAS and (keys[:2] == ("horizon", "day_factor") or of_type[:1] == ("day_factor",)):
        return f"{name} takes the mean of busy and quiet days, which transient and simulation tell apart"
    if len(of_type) == 2 and of_type[0] in LAWS and of_type[1] in SHAPES:
        return f"{name} takes the mean of a law alone, and simulation all of it"
    return ""
