"""From what a caller writes to a Sweep: texts of levels, names of scenarios, and what is left to us."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from wfm.errors import Fault, InputError, NotModelled, check_kind, fault
from wfm.files.variations import read_change, read_variation
from wfm.formulas.stationary import FORMULAS
from wfm.formulas.transient import Transient
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.model.variation import Hold, Scenario, Variation
from wfm.staffing import requirement
from wfm.sweeps.designs import SAMPLED, Design
from wfm.sweeps.sweep import Ask, Sweep, words_of
from wfm.sweeps.unread import methods_of, why_unread

Variations = Mapping[str, Any] | Sequence[Variation]
Scenarios = Mapping[str, Mapping[str, Any]] | Sequence[Scenario]

T = TypeVar("T")
PLAN = "plan"
MANY_LEVELS = 3  # from so many on, levels are meant to be crossed with those of others


def question(
    center: ContactCenter,
    variations: Variations | None = None,
    *,
    scenarios: Scenarios | None = None,
    plan: StaffingPlan | None = None,
    design: Design | None = None,
    samples: int | None = None,
    ask: Ask | Sequence[Ask] | None = None,
    method: object = "simulation",
    staffing: object | None = None,
    hold: Hold = "gross",
) -> Sweep:
    """The sweep that is meant; see `wfm.sweep` for the arguments.

    >>> import wfm
    >>> asked = question(wfm.load(wfm.example("textbook")), {"volume": "±10%"})
    >>> asked.design, asked.ask, len(asked)
    ('one_at_a_time', ('predict', 'staff'), 3)
    """
    check_kind("center", center, ContactCenter, "wfm.load(path) reads one")
    faults: list[Fault] = []
    named = _scenarios(center, scenarios, faults)
    varied = _variations(center, variations, design in SAMPLED, faults)
    if faults:
        raise InputError(faults)
    if staffing is None:
        is_formula = method in (*FORMULAS, "transient") or isinstance(method, Transient)
        staffing = method if is_formula else "erlang-a"
    asked = _usual_ask(center, staffing) if ask is None else words_of(ask)
    if variations is None and not named and design not in SAMPLED:
        varied = power_of_one(center, methods_of(asked, method, staffing))
    return Sweep(
        center,
        plan,
        varied,
        named,
        design or _usual_design(varied),
        samples,
        asked,
        method,
        staffing,
        hold,
    )


def power_of_one(center: ContactCenter, methods: Sequence[object]) -> tuple[Variation, ...]:
    """One percent, second, point or agent more of each input that a centre has, and that any of the methods reads."""
    steps = {"volume": "+1%", "aht": "+1s", "patience": "+1s", "shrinkage": "+1pt", "agents": "+1"}
    intervals = center.horizon.intervals
    if not any(np.isfinite(one.mean_patience(intervals)).any() for one in center.contact_types.values()):
        del steps["patience"]
    found = [read_variation(name, step) for name, step in steps.items()]
    return tuple(one for one in found if not all(why_unread(method, one.path) for method in methods))


def _variations(
    center: ContactCenter, given: Variations | None, drawn: bool, faults: list[Fault]
) -> tuple[Variation, ...]:
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        return _of_kind("variations", given, Variation, "{'volume': '±10%'}")
    return tuple(_read_all(partial(read_variation, drawn=drawn), center, given, faults))


def _scenarios(center: ContactCenter, given: Scenarios | None, faults: list[Fault]) -> tuple[Scenario, ...]:
    if given is None:
        return ()
    if not given:
        raise InputError([fault("scenarios", "there are none; leave it out, or name some")])
    if not isinstance(given, Mapping):
        return _of_kind("scenarios", given, Scenario, "{'Bot': {'volume': '-10%'}}")
    found = []
    for name, told in given.items():
        check_kind(f"scenarios.'{name}'", told, Mapping, "such as {'volume': '-10%'}")
        if not told:
            faults.append(fault(f"scenarios.'{name}'", "changes nothing, and the base is there anyway; leave it out"))
        changes = {path: level for path, level in told.items() if path != PLAN}
        found.append(Scenario(name, tuple(_read_all(read_change, center, changes, faults)), told.get(PLAN)))
    return tuple(found)


def _of_kind(where: str, given: object, kind: type[T], such_as: str) -> tuple[T, ...]:
    """Values that are given ready made."""
    if isinstance(given, str) or not isinstance(given, Sequence) or not all(isinstance(one, kind) for one in given):
        raise InputError([fault(where, f"must be such as {such_as}, or a list of wfm.{kind.__name__} values", given)])
    return tuple(given)


def _read_all(read: Callable[..., T], center: ContactCenter, levels: Mapping[str, Any], faults: list[Fault]) -> list[T]:
    """What is read of each path and its levels, and the faults of the others."""
    found = []
    for path, level in levels.items():
        if not isinstance(path, str):
            faults.append(fault("path", "must be text, such as 'volume' or 'contact_types.*.volume'", path))
            continue
        try:
            found.append(read(path, level, center))
        except InputError as error:
            faults += error.faults
    return found


def _usual_design(variations: tuple[Variation, ...]) -> Design:
    if not variations:
        return "scenarios"
    return "grid" if any(len(one.levels) >= MANY_LEVELS for one in variations) else "one_at_a_time"


def _usual_ask(center: ContactCenter, staffing: object) -> tuple[Ask, ...]:
    """Predict, and staff where a formula can."""
    try:
        requirement(center, staffing)
    except (NotModelled, InputError):
        return ("predict",)
    return ("predict", "staff")
