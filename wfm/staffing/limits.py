"""The limits of a target, and what a formula requires under them."""

from __future__ import annotations

from typing import Any

from wfm.errors import NotModelled
from wfm.model.center import ContactCenter, Target
from wfm.queueing import ErlangA, ErlangC
from wfm.queueing import Requirement as Required

LIMITS = ("service_level", "max_abandonment", "max_average_speed_of_answer")


def limits_of(center: ContactCenter, contact_type: str) -> dict[str, float]:
    """The limits that are given for a contact type and its group, by name."""
    target, group = center.contact_types[contact_type].target, center.agent_groups[center.group_of(contact_type)]
    given = {name: getattr(target, name) for name in LIMITS} | {"max_occupancy": group.max_occupancy}
    return {name: value for name, value in given.items() if value is not None}


def required(erlang: ErlangC | ErlangA, limits: dict[str, float], target: Target) -> Required:
    """The formula's requirement under limits, in the target's definition. Erlang C knows no abandonment."""
    wanted: dict[str, Any] = {"answer_within": target.answer_within, "definition": target.definition, **limits}
    if isinstance(erlang, ErlangA):
        return erlang.requirement(short_abandon=target.short_abandon, **wanted)
    wanted.pop("max_abandonment", None)
    if not any(limit in limits for limit in ("service_level", "max_average_speed_of_answer", "max_occupancy")):
        raise NotModelled("erlang-c knows no abandonment, the only limit here; use --method erlang-a")
    return erlang.requirement(**wanted)
