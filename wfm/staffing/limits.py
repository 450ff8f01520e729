"""The limits of a target, and what a formula requires under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from wfm.errors import NotModelled, WfmError
from wfm.formulas.many import erlang_of, repeated
from wfm.formulas.stationary import Formula, Queue
from wfm.model.center import ContactCenter, Target
from wfm.queueing import ErlangA, ErlangC
from wfm.queueing import Requirement as Required

LIMITS = ("service_level", "max_abandonment", "max_average_speed_of_answer")


def limits_of(center: ContactCenter, contact_type: str) -> dict[str, float]:
    """The limits that are given for a contact type and its group, by name."""
    target, group = center.contact_types[contact_type].target, center.agent_groups[center.group_of(contact_type)]
    given = {name: getattr(target, name) for name in LIMITS} | {"max_occupancy": group.max_occupancy}
    return {name: value for name, value in given.items() if value is not None}


class Asked(NamedTuple):
    """What a formula is asked to require of the intervals of a queue in which there are contacts."""

    queue: Queue
    busy: np.ndarray
    formula: Formula
    limits: dict[str, float]
    target: Target


class Found(NamedTuple):
    """Whole and fractional agents and the limit that binds, per interval."""

    whole: np.ndarray
    fractional: np.ndarray
    binding: np.ndarray


def required(erlang: ErlangC | ErlangA, limits: Mapping[str, Any], target: Target) -> Required:
    """The formula's requirement under limits, in the target's definition. Erlang C knows no abandonment."""
    return _required(erlang, limits, target.definition, target.answer_within, target.short_abandon)


def required_together(asked: Sequence[Asked]) -> list[Found | WfmError]:
    """What is asked of many queues, in one call for those with the same kinds of limits."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for i, one in enumerate(asked):
        alike.setdefault((one.formula, one.target.definition, *one.limits), []).append(i)
    found: dict[int, Found | WfmError] = {}
    for (_, definition, *limits), places in alike.items():
        ours, busy = [asked[i] for i in places], [asked[i].busy for i in places]
        wanted = {name: repeated([one.limits[name] for one in ours], busy) for name in limits}
        within, short = (
            repeated([getattr(one.target, name) for one in ours], busy) for name in ("answer_within", "short_abandon")
        )
        try:
            erlang = erlang_of([one.queue for one in ours], busy, ours[0].formula)
            all_ours = _required(erlang, wanted, definition, within, short)
        except WfmError as error:
            found |= dict.fromkeys(places, error)
            continue
        edges = np.cumsum([0, *map(np.count_nonzero, busy)]).tolist()
        parts = all_ours.whole, all_ours.fractional, all_ours.binding
        for i, first, last in zip(places, edges, edges[1:], strict=False):
            found[i] = Found(*(np.asarray(part)[first:last] for part in parts))
    return [found[i] for i in range(len(asked))]


def _required(
    erlang: ErlangC | ErlangA, limits: Mapping[str, Any], definition: str, within: Any, short: Any
) -> Required:
    wanted: dict[str, Any] = {"answer_within": within, "definition": definition, **limits}
    if isinstance(erlang, ErlangA):
        return erlang.requirement(short_abandon=short, **wanted)
    wanted.pop("max_abandonment", None)
    if not any(limit in limits for limit in ("service_level", "max_average_speed_of_answer", "max_occupancy")):
        raise NotModelled("erlang-c knows no abandonment, the only limit here; use --method erlang-a")
    return erlang.requirement(**wanted)
