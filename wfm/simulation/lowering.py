"""From a centre and a plan to the arrays that both engines read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

import numpy as np

from wfm.model.center import ContactCenter, Experiment
from wfm.model.laws import Deterministic, Exponential, Never, Standard, spread
from wfm.model.laws import Law as ModelLaw
from wfm.model.plan import StaffingPlan
from wfm.simulation.keys import stable_hash
from wfm.simulation.ledger import WORD
from wfm.simulation.quantiles import Tables, build_tables

AFTER_CLOSE = {"serve": 0, "drop": 1, "carry": 2}
SERVE, DROP, CARRY = AFTER_CLOSE.values()
ROUNDING = {"random": 0, "up": 1, "nearest": 2}
RANDOM, UP = ROUNDING["random"], ROUNDING["up"]
CONTACT_SELECTION = {"rank": 0, "priority": 1, "longest_waiting": 2, "weighted_wait": 3}
WEIGHTED_WAIT = CONTACT_SELECTION["weighted_wait"]
AGENT_SELECTION = {"rank": 0, "specialist_first": 1, "least_occupied": 2}
LEAST_OCCUPIED = AGENT_SELECTION["least_occupied"]
AGENT_TIE = {"longest_idle": 0, "random": 1}
RANDOM_TIE = AGENT_TIE["random"]
FAR = 1 << 32  # above every rank that matters: the number of skills comes first
T = TypeVar("T")
NO_FACTOR, NO_WORK, ENDLESS = Deterministic(1.0), Exponential(1.0), Never()  # where a law is absent
EXPONENTIAL = 0  # the table of unit exponentials, from which arrivals are made
NO_LIMIT = np.iinfo(np.int64).max


class Law(NamedTuple):
    """One law per contact type and interval: scale float64[types, intervals], table int64, at_zero float64."""

    scale: np.ndarray
    table: np.ndarray
    at_zero: np.ndarray


class Routes(NamedTuple):
    """Who may take what, and who is chosen; smaller levels and scores first, equal ones tie.

    after: float64[types, groups], a group may take a contact from arrival + after on; inf without the skill.
    reserve: int64[types, groups], the group takes the type only while more than this number of its agents are free.
    pace: float64[types, groups], what handling times are multiplied by, 1 / speed.
    level: int64[types, groups], for an arriving contact: the group's place among those that may take it.
    score: int64[types, groups], for a freed agent: the type's place among those that he may take.
    weight: float64[types], what a second of waiting counts.
    is_best: bool[types, groups], whether no group has a better rank for the type.
    choices: int64[types, most], groups with the skill by level, then in file order; -1 from there on.
    skills: int64[groups, most], types of the group by score, then in file order; -1 from there on.
    delays: float64[types, most], the type's distinct positive `after`, ascending; inf from there on.
    sets: uint64[types, most], groups that share a level as sets of bits, by level; is_plain: whether they tell it all
    (no delay, no reserve, longest idle, at most 64 groups). wanted: uint64[groups], types of the group as bits; all
    bits where there are more than 64 types.
    """

    after: np.ndarray
    reserve: np.ndarray
    pace: np.ndarray
    level: np.ndarray
    score: np.ndarray
    weight: np.ndarray
    is_best: np.ndarray
    choices: np.ndarray
    skills: np.ndarray
    delays: np.ndarray
    sets: np.ndarray
    is_plain: np.ndarray
    wanted: np.ndarray
    contact_selection: int
    agent_selection: int
    agent_tie: int
    lines: int


class World(NamedTuple):
    """A centre and a plan as arrays; contact types and agent groups in file order.

    edges: float64[intervals + 1] seconds; edges_us: the same in whole microseconds; day: int64[intervals].
    volume: float64[types, intervals], mean first attempts; type_key, day_key: uint64[types] and [types + 1].
    factor: laws of the day factors, [types + 1, 1], the last row the horizon's.
    is_open: bool[types, intervals]; close: float64[types, intervals], when the run of open intervals ends.
    rows: float64[groups, intervals], people before random absence; absence: float64[groups]; group_key: uint64[groups].
    on_duty: bool[groups, intervals], whether any type of the group is open; stays: bool[groups], whether any of its
    types is served to the end after closing.
    strata: of each day factor, over so many successive replications; 1: none.
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
    on_duty: np.ndarray
    stays: np.ndarray
    rounding: int
    routes: Routes
    is_coupled: bool
    tables: Tables
    strata: int


class Kept:
    """Parts of a world that were made once, for centres that share them: varied copies of one base.

    The first of a name stays; who asks for the same part of other things is given one of his own.
    """

    def __init__(self) -> None:
        self._parts: dict[str, tuple[tuple[object, ...], Any]] = {}

    def part(self, name: str, of: Iterable[object], make: Callable[[], T]) -> T:
        """What `make` makes of some things, or made of equal ones before; most often they are the very same objects."""
        things = tuple(of)
        if name not in self._parts:
            self._parts.setdefault(name, (things, make()))
        known, made = self._parts[name]
        return made if known == things else make()


class _Laws:
    """Collects standard laws, each once, and lowers laws to indices into them."""

    def __init__(self) -> None:
        self.index: dict[Standard, int] = {Standard("exponential"): EXPONENTIAL}

    def lower(self, laws: Sequence[ModelLaw], intervals: int) -> Law:
        return Law(
            np.array([law.scale_by_interval(intervals) for law in laws]),
            np.array([self._places(law.standard_by_interval(intervals)) for law in laws], dtype=np.int64),
            np.array([spread(law.at_zero, intervals) for law in laws]),
        )

    def _places(self, standards: Iterable[Standard]) -> list[int]:
        """An index for each; most often they are one and the same."""
        found: list[int] = []
        for one, alike in groupby(standards):
            found += [self.index.setdefault(one, len(self.index))] * len(list(alike))
        return found


class _Calendar(NamedTuple):
    """When a centre is open, as `World` has it."""

    edges_us: np.ndarray
    is_open: np.ndarray
    close: np.ndarray
    on_duty: np.ndarray


class _Keys(NamedTuple):
    """What the random numbers of types, days and groups are told apart by."""

    type_key: np.ndarray
    day_key: np.ndarray
    group_key: np.ndarray


class _Lowered(NamedTuple):
    """All laws of a centre."""

    factor: Law
    talk: Law
    after_contact_work: Law
    patience: Law
    tables: Tables


def lower(
    center: ContactCenter, plan: StaffingPlan, experiment: Experiment, strata: int = 1, kept: Kept | None = None
) -> World:
    """The arrays of one centre under one plan; `kept`: of other centres, with which this one may share parts."""
    part = (kept or Kept()).part
    names, types = list(center.contact_types), list(center.contact_types.values())
    groups, horizon = list(center.agent_groups.values()), center.horizon
    skills = [one.skills for one in groups]
    hours = [horizon, *names, *(one.opening for one in types), *skills]
    order = [center.routing, *names, *skills, *(one.priority for one in types), *(one.weight for one in types)]
    calendar = part("calendar", hours, lambda: _calendar(center))
    keys = part("keys", [tuple(names), tuple(center.agent_groups)], lambda: _keys(center))
    absence = np.array([group.shrinkage.absence for group in groups], np.float64)
    return World(
        edges=horizon.edges,
        day=horizon.days,
        volume=np.array([center.volume(name) for name in names]),
        has_after_contact_work=np.array([one.after_contact_work is not None for one in types]),
        balking=np.array([one.balking for one in types], np.float64),
        answer_within=np.array([one.target.answer_within for one in types], np.float64),
        short_abandon=np.array([one.target.short_abandon for one in types], np.float64),
        after_close=np.array([AFTER_CLOSE[center.after_close(name)] for name in names]),
        rows=_people(plan.net, absence),
        absence=absence,
        stays=np.array([any(center.after_close(skill) == "serve" for skill in group.skills) for group in groups]),
        rounding=ROUNDING[experiment.rounding],
        routes=part("routes", order, lambda: _routes(center)),
        is_coupled=needs_events(center),
        strata=strata,
        **calendar._asdict(),
        **keys._asdict(),
        **_laws(center, part)._asdict(),
    )


def _calendar(center: ContactCenter) -> _Calendar:
    edges = center.horizon.edges
    is_open = np.array([center.is_open(name) for name in center.contact_types])
    return _Calendar(
        np.floor(edges * 1e6 + 0.5).astype(np.int64),
        is_open,
        np.array([_closing_times(row, edges) for row in is_open]),
        np.array([center.on_duty(name) for name in center.agent_groups]),
    )


def _keys(center: ContactCenter) -> _Keys:
    names = list(center.contact_types)
    return _Keys(
        np.array([stable_hash(f"contact type {name}") for name in names]),
        np.array([stable_hash(f"days of {name}") for name in names] + [stable_hash("days of the horizon")]),
        np.array([stable_hash(f"agent group {name}") for name in center.agent_groups]),
    )


def _laws(center: ContactCenter, part: Callable[..., Any]) -> _Lowered:
    types, intervals = list(center.contact_types.values()), center.horizon.intervals
    factors = [*(one.day_factor for one in types), center.horizon.day_factor]
    kinds: list[list[ModelLaw]] = [
        [one or NO_FACTOR for one in factors],
        [one.talk_law for one in types],
        [one.after_contact_work or NO_WORK for one in types],
        [one.patience or ENDLESS for one in types],
    ]

    def lowered() -> _Lowered:
        laws = _Laws()
        factor = laws.lower(kinds[0], 1)
        talk, work, patience = (laws.lower(kind, intervals) for kind in kinds[1:])
        # A mean that is varied changes scales alone: the tables are those of the base.
        tables = part("tables", laws.index, lambda: build_tables(laws.index))
        return _Lowered(factor, talk, work, patience, tables)

    found: _Lowered = part("laws", [one for kind in kinds for one in kind], lowered)
    return found


def needs_events(center: ContactCenter) -> bool:
    """Whether anything couples the queues of a centre; without it each runs alone, and faster."""
    skills = [skill for group in center.agent_groups.values() for skill in group.skills.values()]
    return (
        center.shares_agents
        or center.routing.lines is not None
        or any(skill.after > 0 or skill.reserve > 0 for skill in skills)
    )


def _routes(center: ContactCenter) -> Routes:
    names, types = list(center.contact_types), list(center.contact_types.values())
    groups, routing = list(center.agent_groups.values()), center.routing
    shape = (len(types), len(groups))
    after, reserve, pace = np.full(shape, np.inf), np.zeros(shape, np.int64), np.ones(shape)
    rank, level, score = (np.full(shape, NO_LIMIT) for _ in range(3))
    for g, group in enumerate(groups):
        for name, skill in group.skills.items():
            k = names.index(name)
            after[k, g], reserve[k, g], pace[k, g], rank[k, g] = skill.after, skill.reserve, 1 / skill.speed, skill.rank
            level[k, g] = {
                "rank": skill.rank,
                "specialist_first": len(group.skills) * FAR + skill.rank,
                "least_occupied": 0,
            }[routing.agent_selection]
            score[k, g] = {
                "rank": skill.freed_rank,
                "priority": types[k].priority,
                "longest_waiting": 0,
                "weighted_wait": 0,
            }[routing.contact_selection]
    delays = [sorted({float(d) for d in row if 0 < d < np.inf}) for row in after]
    by_level, by_idle_time = routing.agent_selection != "least_occupied", routing.agent_tie == "longest_idle"
    is_simple = by_level and by_idle_time and len(groups) <= WORD
    return Routes(
        after=after,
        reserve=reserve,
        pace=pace,
        level=level,
        score=score,
        weight=np.array([one.weight for one in types], np.float64),
        is_best=rank == rank.min(axis=1, keepdims=True),
        choices=_in_order(level, after),
        skills=_in_order(score.T, after.T),
        delays=_padded(delays, np.inf),
        sets=_padded([_sets(row, able) for row, able in zip(level, after, strict=True)], 0),
        is_plain=np.array([is_simple and not row.any() and not delays[k] for k, row in enumerate(reserve)]),
        wanted=np.array([_bits(able < np.inf) for able in after.T], np.uint64),
        contact_selection=CONTACT_SELECTION[routing.contact_selection],
        agent_selection=AGENT_SELECTION[routing.agent_selection],
        agent_tie=AGENT_TIE[routing.agent_tie],
        lines=routing.lines if routing.lines is not None else NO_LIMIT,
    )


def _in_order(place: np.ndarray, after: np.ndarray) -> np.ndarray:
    """For each row, the columns with a skill by place, then in file order."""
    return _padded(
        [
            [int(j) for j in np.argsort(row, kind="stable") if able[j] < np.inf]
            for row, able in zip(place, after, strict=True)
        ],
        -1,
    )


def _sets(level: np.ndarray, after: np.ndarray) -> list[int]:
    """Groups with the skill as bits of a whole number, one for each level."""
    able = after < np.inf
    return [_bits(able & (level == one)) for one in np.unique(level[able])]


def _bits(chosen: np.ndarray) -> int:
    """A choice among at most 64 as bits of a whole number; among more of them all bits, which rule nothing out."""
    return sum(1 << int(one) for one in np.flatnonzero(chosen)) if len(chosen) <= WORD else 2**64 - 1


def _padded(rows: list[list[Any]], filler: float) -> np.ndarray:
    most = max(len(row) for row in rows)
    dtype = np.float64 if isinstance(filler, float) else np.uint64 if filler == 0 else np.int64
    return np.array([[*row, *[filler] * (most - len(row))] for row in rows], dtype).reshape(len(rows), most)


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
