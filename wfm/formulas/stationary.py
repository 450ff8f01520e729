"""Erlang C and Erlang A applied to a centre: each interval alone, as if its rates had always held and always would.

What they leave out, and what the words of a report name where methods part: contacts carried over from one interval to
the next, busy and quiet days, laws that are not exponential (their means are taken), random absence (its mean is taken)
and, for Erlang C, that customers hang up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from wfm.errors import NotModelled
from wfm.formulas.expected import columns, expected_prediction
from wfm.measures.counts import BUSY, STAFFED, TIMES
from wfm.measures.definitions import COLUMNS
from wfm.measures.prediction import Prediction
from wfm.model.center import ContactCenter, Target
from wfm.model.plan import StaffingPlan
from wfm.queueing import ErlangA, ErlangC, Measures

Formula = Literal["erlang-c", "erlang-a"]
FORMULAS: tuple[Formula, ...] = ("erlang-c", "erlang-a")


@dataclass(frozen=True, eq=False)
class Queue:
    """One contact type as a formula sees it: vectors over the intervals.

    volume: contacts per interval; handling_time: AHT, seconds; patience: mean of those who do not balk, seconds;
    balking: share that leaves at once when it must wait; lines: trunks, or None; interval: seconds.
    """

    volume: np.ndarray
    handling_time: np.ndarray
    patience: np.ndarray
    balking: np.ndarray
    lines: int | None
    interval: float

    def erlang(self, formula: Formula, chosen: np.ndarray | slice = slice(None)) -> ErlangC | ErlangA:
        """The formula's queue in the chosen intervals."""
        if formula == "erlang-c":
            return ErlangC(volume=self.volume[chosen], handling_time=self.handling_time[chosen], interval=self.interval)
        return ErlangA(
            volume=self.volume[chosen],
            handling_time=self.handling_time[chosen],
            patience=self.patience[chosen],
            interval=self.interval,
            lines=self.lines,
            balking=self.balking[chosen],
        )


def queue_of(center: ContactCenter, contact_type: str) -> Queue:
    """A contact type's queue, by its means."""
    described, intervals = center.contact_types[contact_type], center.horizon.intervals
    return Queue(
        center.volume(contact_type),
        center.handling_time(contact_type),
        described.mean_patience(intervals),
        described.balking_share(intervals),
        center.routing.lines,
        center.horizon.interval,
    )


def check_modelled(center: ContactCenter, method: str, instead: str = "use --method simulation") -> None:
    """Refuse what the method has no words for, and name what would answer instead."""
    if center.shares_agents:
        raise NotModelled(
            f"{method} answers for contact types with agents of their own; {shared_by(center)}; {instead}"
        )
    for name, group in center.agent_groups.items():
        for skill, how in group.skills.items():
            if how.after > 0 or how.reserve > 0:
                key, value = ("after", f"{how.after:g} s") if how.after > 0 else ("reserve", f"{how.reserve}")
                where = f"agent_groups.{name}.skills.{skill}.{key}"
                raise NotModelled(f"{method} has no words for {where} ({value}); {instead}")
    if center.routing.lines is None:
        return
    if method == "erlang-c":
        raise NotModelled(f"erlang-c knows no limit of lines, and this centre has {center.routing.lines}; {instead}")
    if len(center.contact_types) > 1:
        raise NotModelled(f"{method} answers for one contact type, and several share these lines; {instead}")
    if any(one.after_contact_work is not None for one in center.contact_types.values()):
        raise NotModelled(f"{method} holds a line for the whole handling, after-contact work included; {instead}")


def shared_by(center: ContactCenter) -> str:
    """Who shares whose agents, in a clause about the first that do; for a centre with `shares_agents`."""
    for name in center.contact_types:
        groups = [one for one, group in center.agent_groups.items() if name in group.skills]
        if len(groups) > 1:
            return f"here '{name}' is taken by {_listed(groups)}"
    name, group = next((name, group) for name, group in center.agent_groups.items() if len(group.skills) > 1)
    return f"here group '{name}' takes {_listed(list(group.skills))}"


def _listed(names: list[str], most: int = 3) -> str:
    words = [f"'{name}'" for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(words)} and {len(names) - most} more"
    return f"{', '.join(words[:-1])} and {words[-1]}"


def predict_by_formula(center: ContactCenter, plan: StaffingPlan, formula: Formula) -> Prediction:
    """Expected counts of each interval, and the measures that follow from them."""
    check_modelled(center, formula)
    intervals = center.horizon.intervals
    contacts = np.zeros((len(center.contact_types), intervals, len(COLUMNS)))
    times = np.zeros((len(center.agent_groups), intervals + 1, len(TIMES)))
    overloaded = np.zeros((len(center.contact_types), intervals), np.bool_)
    for k, (name, described) in enumerate(center.contact_types.items()):
        group = plan.groups.index(center.group_of(name))
        queue, net = queue_of(center, name), plan.net[group]
        busy = queue.volume > 0
        counts, occupancy = np.zeros((intervals, len(COLUMNS))), np.zeros(intervals)
        if busy.any():
            measured = measure(queue, formula, described.target, net[busy], busy)
            counts[busy] = counts_of(measured, queue.volume[busy], described.target.definition)
            occupancy[busy] = measured.occupancy
        overloaded[k] = np.isinf(counts[:, COLUMNS.index("wait_of_answered")])
        contacts[k] = counts
        times[group, :intervals, BUSY] = occupancy * net * center.horizon.interval
        times[group, :intervals, STAFFED] = net * center.horizon.interval
    return expected_prediction(center, plan, formula, contacts, times, overloaded)


def measure(queue: Queue, formula: Formula, target: Target, agents: np.ndarray, chosen: np.ndarray) -> Measures:
    """What the formula says of so many agents in the chosen intervals."""
    erlang = queue.erlang(formula, chosen)
    if isinstance(erlang, ErlangC):
        return erlang.measures(agents.astype(np.float64), answer_within=target.answer_within)
    return erlang.measures(
        agents.astype(np.float64), answer_within=target.answer_within, short_abandon=target.short_abandon
    )


def expected_counts(
    queue: Queue, formula: Formula, target: Target, agents: np.ndarray, chosen: np.ndarray
) -> np.ndarray:
    """float64[chosen, COLUMNS]: the same in contacts and seconds."""
    return counts_of(measure(queue, formula, target, agents, chosen), queue.volume[chosen], target.definition)


def counts_of(measured: Measures, volume: np.ndarray, definition: str) -> np.ndarray:
    """float64[intervals, COLUMNS]: what a formula's fractions of offered say in contacts and seconds."""
    answered, abandoned = volume * np.asarray(measured.answered), volume * np.asarray(measured.abandonment)
    wait_of_answered = _times_where_any(answered, np.asarray(measured.average_speed_of_answer))
    wait_of_all = _times_where_any(volume * (1 - np.asarray(measured.blocking)), np.asarray(measured.mean_wait))
    hang_up = abandoned > 0
    wait_of_unanswered = np.zeros_like(volume)
    known = hang_up & np.isfinite(wait_of_answered)  # in overload those who hang up do so at once
    wait_of_unanswered[known] = np.maximum(wait_of_all[known] - wait_of_answered[known], 0.0)
    values = {
        "offered": volume,
        "answered": answered,
        "answered_within": volume * measured.answered_within,
        "abandoned": abandoned,
        "abandoned_within": volume * measured.abandoned_within,
        "short_abandoned": volume * measured.short_abandoned,
        "blocked": volume * measured.blocking,
        "wait_of_answered": wait_of_answered,
        "wait_of_unanswered": wait_of_unanswered,
        "answered_by_best": answered,  # a type's one group is its best
        "queue_time": wait_of_all,  # by Little's law; what waits when an interval ends waits in the next one too
    }
    return columns(values, definition)


def _times_where_any(contacts: np.ndarray, mean_wait: np.ndarray) -> np.ndarray:
    """Seconds of waiting; none where there are no contacts, whose mean wait may be infinite or missing."""
    return np.multiply(contacts, mean_wait, out=np.zeros_like(contacts), where=contacts > 0)
