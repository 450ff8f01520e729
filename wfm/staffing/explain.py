"""One requirement worked out step by step: why this many agents, and not one less."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from wfm.errors import InputError, fault, nearest
from wfm.formulas.course import BUSY, STAFFED, Course
from wfm.formulas.stationary import expected_counts, measure, queue_of
from wfm.formulas.transient import Transient, days_of, queue_over_time
from wfm.measures.definitions import COLUMNS
from wfm.model.center import ContactCenter
from wfm.staffing.limits import limits_of
from wfm.staffing.requirement import Requirement, requirement


@dataclass(frozen=True)
class Candidate:
    """A number of net agents and what it gives. Fractions; seconds; kept: whether every limit holds."""

    agents: int
    service_level: float
    average_speed_of_answer: float
    abandonment: float
    occupancy: float
    gross: int
    kept: bool


@dataclass(frozen=True, eq=False)
class Explanation:
    """Everything that one requirement rests on.

    Args:
        contact_type, agent_group, start, interval: which one; interval in seconds.
        requirement: of the whole centre, for the method and the neighbours.
        volume: contacts in the interval; handling_time, patience: seconds; offered_load: erlang.
        whole, fractional: net agents; whole_gross, fractional_gross: people. NaN where there is no fractional one.
        shrinkage: total; binding: the limit that forces the last agent; limits: those that are given.
        candidates: from three agents less to three more.
    """

    center: ContactCenter
    requirement: Requirement
    contact_type: str
    agent_group: str
    start: datetime
    volume: float
    handling_time: float
    patience: float
    offered_load: float
    whole: int
    fractional: float
    whole_gross: int
    fractional_gross: float
    shrinkage: float
    binding: str
    limits: dict[str, float]
    candidates: tuple[Candidate, ...]
    given: float | None


def explain(center: ContactCenter, contact_type: str, interval: int, method: object = "erlang-a") -> Explanation:
    """Work one interval's requirement out.

    Args:
        contact_type: name; interval: index in the horizon.
        method: "erlang-c", "erlang-a", "transient" or `wfm.Transient(...)`.

    >>> import wfm
    >>> wfm.explain(wfm.load(wfm.example("textbook")), "calls", 0, method="erlang-c").whole
    14
    """
    if contact_type not in center.contact_types:
        hint = nearest(str(contact_type), center.contact_types)
        raise InputError([fault("contact_type", f"names no contact type; {hint}", contact_type)])
    if interval not in range(center.horizon.intervals):
        rule = f"must be a whole number from 0 to {center.horizon.intervals - 1}"
        raise InputError([fault("interval", rule, interval)])
    needed = requirement(center, method)
    group_name = center.group_of(contact_type)
    group, row = center.agent_groups[group_name], list(center.agent_groups).index(group_name)
    queue = queue_of(center, contact_type)
    whole, fractional = int(needed.whole[row, interval]), float(needed.unrounded[row, interval])
    plan = center.plan
    return Explanation(
        center=center,
        requirement=needed,
        contact_type=contact_type,
        agent_group=group_name,
        start=center.horizon.starts[interval],
        volume=float(queue.volume[interval]),
        handling_time=float(queue.handling_time[interval]),
        patience=float(queue.patience[interval]),
        offered_load=float(queue.volume[interval] * queue.handling_time[interval] / queue.interval),
        whole=whole,
        fractional=fractional,
        whole_gross=int(group.shrinkage.whole_gross(np.array([whole]))[0]),
        fractional_gross=float(group.shrinkage.gross(np.array([fractional]))[0]),
        shrinkage=float(group.shrinkage.total),
        binding=str(needed.binding[row, interval]),
        limits=limits_of(center, contact_type),
        candidates=_candidates(center, contact_type, interval, needed, method) if queue.volume[interval] > 0 else (),
        given=None if plan is None else float(plan.net[row, interval]),
    )


def _candidates(
    center: ContactCenter, contact_type: str, interval: int, needed: Requirement, method: object
) -> tuple[Candidate, ...]:
    group, limits = center.agent_groups[center.group_of(contact_type)], limits_of(center, contact_type)
    whole = int(needed.whole[list(center.agent_groups).index(center.group_of(contact_type)), interval])
    agents = np.arange(max(1, whole - 3), whole + 4)
    if needed.method == "transient":
        rows, occupancy = _in_its_course(center, contact_type, interval, needed, method, agents)
    else:
        target, queue, here = center.contact_types[contact_type].target, queue_of(center, contact_type), interval
        chosen = np.full(len(agents), here)
        rows = expected_counts(queue, needed.method, target, agents, chosen)  # type: ignore[arg-type]
        occupancy = np.asarray(measure(queue, needed.method, target, agents, chosen).occupancy)  # type: ignore[arg-type]
    count = dict(zip(COLUMNS, rows.T, strict=True))
    found = {
        "service_level": count["promise_kept"] / count["promise_of"],
        "max_abandonment": count["abandoned"] / count["offered"],
        "max_average_speed_of_answer": count["wait_of_answered"] / count["answered"],
        "max_occupancy": occupancy,
    }
    kept = np.ones(len(agents), np.bool_)
    for name, bound in limits.items():
        kept &= found[name] >= bound - 1e-12 if name == "service_level" else found[name] <= bound + 1e-12
    gross = group.shrinkage.whole_gross(agents.astype(np.float64))
    return tuple(
        Candidate(
            int(n),
            float(found["service_level"][j]),
            float(found["max_average_speed_of_answer"][j]),
            float(found["max_abandonment"][j]),
            float(occupancy[j]),
            int(gross[j]),
            bool(kept[j]),
        )
        for j, n in enumerate(agents)
    )


def _in_its_course(
    center: ContactCenter, contact_type: str, interval: int, needed: Requirement, method: object, agents: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Expected counts float64[agents, COLUMNS] of an interval and its occupancy, all others staffed as required."""
    over_time = method if isinstance(method, Transient) else Transient()
    row = list(center.agent_groups).index(center.group_of(contact_type))
    course = Course(
        queue_over_time(center, contact_type, over_time),
        center.contact_types[contact_type].target,
        days_of(center, contact_type),
        needed.whole[row],
    )
    course.run()
    rows = np.array([course.alone_with(interval, int(n)).row for n in agents])
    return rows[:, : len(COLUMNS)], rows[:, BUSY] / rows[:, STAFFED]
