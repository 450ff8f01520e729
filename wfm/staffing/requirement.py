"""The least plan that keeps every target, per interval or over the day, and which limit forces its last agent."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from wfm.errors import InputError, NotModelled, WfmError, check_kind, fault, nearest
from wfm.formulas.stationary import FORMULAS, Formula, check_modelled, queue_of, shared_by
from wfm.formulas.transient import Transient
from wfm.measures.prediction import METHOD_NAMES
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.queueing import UNREACHABLE
from wfm.staffing.day import required_over_days
from wfm.staffing.limits import Asked, Found, limits_of, required_together
from wfm.staffing.over_time import required_over_time

STAFFED_BY = (*FORMULAS, "transient")  # methods that work out a requirement
CLOSED, EMPTY, MINIMUM = "closed", "none", "min_agents"


@dataclass(frozen=True, eq=False)
class Requirement:
    """Net agents that each group needs in each interval, by a formula.

    Args:
        center, method: what was asked.
        whole: int64[groups, intervals], the least whole number that meets every target.
        fractional: float64[groups, intervals], the least real number that does.
        binding: str[groups, intervals], the limit that forces the last agent: service_level, max_occupancy,
            max_abandonment, max_average_speed_of_answer, stability (more agents than load), min_agents, none (no
            contacts) or closed.
    """

    center: ContactCenter
    method: str
    whole: np.ndarray
    fractional: np.ndarray
    binding: np.ndarray

    @property
    def plan(self) -> StaffingPlan:
        """The whole net agents as a plan."""
        return StaffingPlan(self.center, self.whole, f"{METHOD_NAMES[self.method]} requirement")

    @property
    def unrounded(self) -> np.ndarray:
        """float64[groups, intervals]: the fractional requirement; NaN where there is none (transient; over a day)."""
        types = [self.center.contact_types[self.center.type_of(group)] for group in self.center.agent_groups]
        none = np.array([self.method == "transient" or one.target.per == "day" for one in types])
        return np.where(none[:, None], np.nan, self.fractional)

    @property
    def unrounded_gross(self) -> np.ndarray:
        """float64[groups, intervals]: people scheduled so that `unrounded` remain."""
        groups = self.center.agent_groups.values()
        return np.array([group.shrinkage.gross(row) for group, row in zip(groups, self.unrounded, strict=True)])

    @property
    def unrounded_hours(self) -> float:
        """Hours paid over the horizon if agents could be cut in two; NaN where a group has no fractional one."""
        return float(self.unrounded_gross.sum()) * self.center.horizon.interval / 3600

    def over(self, plan: StaffingPlan) -> np.ndarray:
        """float64[groups, intervals]: net agents of a plan above (or, negative, below) the whole requirement."""
        return plan.net - self.whole


def staff(center: ContactCenter, method: object = "erlang-a") -> StaffingPlan:
    """The least plan that keeps every target of a centre.

    Args:
        center: the centre; its own agents, if it gives any, are not looked at.
        method: "erlang-c", "erlang-a", "transient" or `wfm.Transient(...)`.

    Raises:
        InputError: a contact type has no target, a target cannot be met, or an unknown method.
        NotModelled: the method has no words for something in this centre.

    >>> import wfm
    >>> wfm.staff(wfm.load(wfm.example("textbook")), method="erlang-c").net[0, 0]
    np.float64(14.0)
    """
    return requirement(center, method).plan


def requirement(center: ContactCenter, method: object = "erlang-a") -> Requirement:
    """As `staff`, with the fractional requirement and the binding limit beside the whole one.

    A target over the day, and every target by transient, has no fractional requirement: it is the whole one.
    """
    found = requirements([center], method)[0]
    if isinstance(found, WfmError):
        raise found
    return found


def requirements(centers: Sequence[ContactCenter], method: object = "erlang-a") -> list[Requirement | WfmError]:
    """The `requirement` of each of many centres with intervals of one length, or why it has none.

    What a formula requires in one interval does not depend on the others, so that the intervals of all centres are
    searched in one call.
    """
    working = [_work_out(center, method) for center in centers]
    found: dict[int, Requirement | WfmError] = {}
    answers: dict[int, Any] = dict.fromkeys(range(len(centers)))
    while answers:
        asked = {}
        for i, answer in answers.items():
            try:
                asked[i] = working[i].send(answer)
            except StopIteration as done:
                found[i] = done.value
            except WfmError as error:
                found[i] = error
        answers = dict(zip(asked, required_together(list(asked.values())), strict=True))
    return [found[i] for i in range(len(centers))]


def _work_out(center: ContactCenter, method: object) -> Generator[Asked, Found | WfmError, Requirement]:
    """The requirement of a centre; asks for what a formula requires of single intervals."""
    check_kind("center", center, ContactCenter, "wfm.load(path) reads one")
    if center.shares_agents:
        raise NotModelled(
            f"staffing for groups that share contact types is not available yet ({shared_by(center)}); "
            "give agents, and look at them with wfm simulate, or at several plans with wfm compare"
        )
    if method == "simulation" or type(method).__name__ == "Simulation":
        raise NotModelled("simulation does not work out a requirement yet; plan by erlang-a and simulate that plan")
    over_time = Transient() if method == "transient" else method
    if not isinstance(over_time, Transient) and method not in FORMULAS:
        raise InputError([fault("method", f"is not known; {nearest(str(method), STAFFED_BY)}", method)])
    name = "transient" if isinstance(over_time, Transient) else str(method)
    check_modelled(center, name, "give agents of your own and look at them with wfm simulate")
    missing = [
        fault(f"contact_types.{name}.target", "is missing; a requirement needs a target or a max_occupancy")
        for name in center.contact_types
        if not limits_of(center, name)
    ]
    if missing:
        raise InputError(missing, center.title)
    rows = []
    for group in center.agent_groups:
        rows.append((yield from _row(center, group, over_time)))
    whole, fractional, binding = (np.array([row[part] for row in rows]) for part in range(3))
    return Requirement(center, name, whole, fractional, binding)


def _row(center: ContactCenter, group: str, method: object) -> Generator[Asked, Found | WfmError, Found]:
    """Whole, fractional and binding of one group, by a formula's name or by Transient."""
    name = center.type_of(group)
    target, queue, is_open = center.contact_types[name].target, queue_of(center, name), center.is_open(name)
    whole, fractional = np.zeros(center.horizon.intervals, np.int64), np.zeros(center.horizon.intervals)
    binding = np.where(is_open, EMPTY, CLOSED).astype("<U32")
    busy = queue.volume > 0
    if busy.any():
        limits = limits_of(center, name)
        formula = cast(Formula, method)
        if isinstance(method, Transient):
            found = Found(*(part[busy] for part in required_over_time(center, name, method)))
        elif target.per == "day":
            over_days = required_over_days(queue, center.horizon.days, formula, limits, target)
            found = Found(*(part[busy] for part in over_days))
        else:
            answer = yield Asked(queue, busy, formula, limits, target)
            if isinstance(answer, WfmError):
                raise answer
            found = answer
        whole[busy], fractional[busy], binding[busy] = found
    unreachable = whole == UNREACHABLE
    if unreachable.any():
        at = center.horizon.starts[int(np.argmax(unreachable))]
        rule = f"cannot be met with {queue.lines} lines, from {at:%Y-%m-%d %H:%M} on; more lines or a lower target"
        raise InputError([fault(f"contact_types.{name}.target", rule)], center.title)
    fewest = center.agent_groups[group].min_agents
    raised = is_open & (whole < fewest)
    whole[raised], binding[raised] = fewest, MINIMUM
    fractional = np.where(is_open, np.maximum(fractional, fewest), 0.0)
    return Found(whole, fractional, binding)
