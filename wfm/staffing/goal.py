"""The requirement the other way round: how many contacts, or how long ones, given agents can handle within limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from wfm.errors import InputError, fault
from wfm.formulas.stationary import Formula, check_modelled, queue_of
from wfm.model.center import ContactCenter
from wfm.queueing import ErlangA, largest_volume, longest_handling_time
from wfm.staffing.limits import limits_of

Sought = Literal["volume", "handling"]
SPOKEN = {"volume": "volume", "handling": "handling time"}


def most_that_agents_keep(
    center: ContactCenter, contact_type: str, agents: int, sought: Sought, formula: Formula
) -> ContactCenter:
    """The centre with the largest volume, or the longest handling time, at which so many agents keep its limits.

    Args:
        center: a centre of one interval; what is sought is not read.
        agents: net, at least 1.
        sought: "volume" or "handling".
        formula: "erlang-c" or "erlang-a".

    Raises:
        InputError: no limit is given, or none or any value of what is sought keeps them.
        NotModelled: the formula has no words for something in this centre.
    """
    check_modelled(center, formula, "look at these agents with wfm simulate")
    described, limits = center.contact_types[contact_type], limits_of(center, contact_type)
    if not limits:
        where = f"contact_types.{contact_type}.target"
        raise InputError([fault(where, "is missing; without a limit any volume will do")])
    queue = queue_of(center, contact_type).erlang(formula)
    wanted = {"answer_within": described.target.answer_within, "definition": described.target.definition, **limits}
    if isinstance(queue, ErlangA):
        wanted["short_abandon"] = described.target.short_abandon
    seek = largest_volume if sought == "volume" else longest_handling_time
    found = float(np.ravel(seek(queue, float(agents), **wanted))[0])  # type: ignore[arg-type]
    if not 0 < found < np.inf:
        which = "not even the smallest" if found == 0 else "any"
        raise InputError([fault("--agents", f"with so many, {which} {SPOKEN[sought]} keeps the limits", agents)])
    changed = replace(described, **{sought: found})  # type: ignore[arg-type]
    return replace(center, contact_types={**center.contact_types, contact_type: changed})
