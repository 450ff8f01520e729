"""From a centre and a plan to the arrays that both engines read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.model.center import ContactCenter, ContactType, Experiment
from wfm.model.laws import Deterministic, Exponential, Never, Standard, spread
from wfm.model.laws import Law as ModelLaw
from wfm.model.plan import StaffingPlan
from wfm.simulation.keys import stable_hash
from wfm.simulation.quantiles import Tables, build_tables

AFTER_CLOSE = {"serve": 0, "drop": 1, "carry": 2}
SERVE, DROP, CARRY = AFTER_CLOSE.values()
ROUNDING = {"random": 0, "up": 1, "nearest": 2}
RANDOM, UP, NEAREST = ROUNDING.values()
EXPONENTIAL = 0  # the table of unit exponentials, from which arrivals are made
NO_LIMIT = np.iinfo(np.int64).max


class Law(NamedTuple):
    """One law per contact type and interval: scale float64[types, intervals], table int64, at_zero float64."""

    scale: np.ndarray
    table: np.ndarray
    at_zero: np.ndarray


class World(NamedTuple):
    """A centre and a plan as arrays; row k is contact type k, in file order, and the group that serves it.

    edges: float64[intervals + 1] seconds; edges_us: the same in whole microseconds; day: int64[intervals].
    volume: float64[types, intervals], mean first attempts; type_key, day_key: uint64[types] and [types + 1].
    factor: laws of the day factors, [types + 1, 1], the last row the horizon's.
    is_open: bool[types, intervals]; close: float64[types, intervals], when the run of open intervals ends.
    rows: float64[types, intervals], people before random absence; absence: float64[types]; group_key: uint64[types].
    """

    edges: np.ndarray
    edges_us: np.ndarray
    day: np.ndarray
    volume: np.ndarray
    type_key: np.ndarray
    day_key: np.ndarray
    factor: Law
    talk: Law
    after_contact_work: Law
    has_after_contact_work: np.ndarray
    patience: Law
    balking: np.ndarray
    answer_within: np.ndarray
    short_abandon: np.ndarray
    after_close: np.ndarray
    is_open: np.ndarray
    close: np.ndarray
    rows: np.ndarray
    absence: np.ndarray
    group_key: np.ndarray
    rounding: int
    lines: int
    tables: Tables


class _Laws:
    """Collects standard laws, each once, and lowers laws to indices into them."""

    def __init__(self) -> None:
        self.index: dict[Standard, int] = {Standard("exponential"): EXPONENTIAL}

    def lower(self, laws: list[ModelLaw], intervals: int) -> Law:
        table = [
            [self.index.setdefault(one, len(self.index)) for one in law.standard_by_interval(intervals)] for law in laws
        ]
        return Law(
            np.array([law.scale_by_interval(intervals) for law in laws]),
            np.array(table, dtype=np.int64),
            np.array([spread(law.at_zero, intervals) for law in laws]),
        )


def lower(center: ContactCenter, plan: StaffingPlan, experiment: Experiment) -> World:
    """The arrays of one centre under one plan."""
    names, types = list(center.contact_types), list(center.contact_types.values())
    groups = [center.agent_groups[center.group_of(name)] for name in names]
    group_names = [center.group_of(name) for name in names]
    horizon, intervals = center.horizon, center.horizon.intervals
    is_open = np.array([center.is_open(name) for name in names])
    net = plan.net[[plan.groups.index(group) for group in group_names]]
    absence = np.array([group.shrinkage.absence for group in groups])
    laws = _Laws()
    constant = Deterministic(1.0)
    return World(
        edges=horizon.edges,
        edges_us=np.floor(horizon.edges * 1e6 + 0.5).astype(np.int64),
        day=horizon.days,
        volume=np.array([center.volume(name) for name in names]),
        type_key=np.array([stable_hash(f"contact type {name}") for name in names]),
        day_key=np.array([stable_hash(f"days of {name}") for name in names] + [stable_hash("days of the horizon")]),
        factor=laws.lower([*(one.day_factor or constant for one in types), horizon.day_factor or constant], 1),
        talk=laws.lower([one.talk_law for one in types], intervals),
        after_contact_work=laws.lower([one.after_contact_work or Exponential(1.0) for one in types], intervals),
        has_after_contact_work=np.array([one.after_contact_work is not None for one in types]),
        patience=laws.lower([one.patience or Never() for one in types], intervals),
        balking=np.array([one.balking for one in types]),
        answer_within=np.array([one.target.answer_within for one in types]),
        short_abandon=np.array([one.target.short_abandon for one in types]),
        after_close=np.array([AFTER_CLOSE[center.after_close(name)] for name in names]),
        is_open=is_open,
        close=np.array([_closing_times(row, horizon.edges) for row in is_open]),
        rows=_people(net, absence),
        absence=absence,
        group_key=np.array([stable_hash(f"agent group {name}") for name in group_names]),
        rounding=ROUNDING[experiment.rounding],
        lines=center.routing.lines if center.routing.lines is not None else NO_LIMIT,
        tables=build_tables(laws.index),
    )


def _people(net: np.ndarray, absence: np.ndarray) -> np.ndarray:
    """People of whom `net` are present on average: 21 net at 30 % are 30, not 30.000000000000004, rounded up to 31."""
    people = net / (1 - absence[:, None])
    whole = np.round(people)
    return np.where(np.abs(people - whole) <= 1e-9, whole, people)


def _closing_times(is_open: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """For each interval, when the run of open intervals that it belongs to ends."""
    close = np.empty(len(is_open))
    following = edges[-1]
    for i in range(len(is_open) - 1, -1, -1):
        if not is_open[i]:
            following = edges[i]
        close[i] = following
    return close


def has_patience(contact_type: ContactType) -> bool:
    """Whether customers of this type may hang up."""
    return contact_type.patience is not None and not isinstance(contact_type.patience, Never)
