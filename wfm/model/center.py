"""The world that is planned: contact types (queues), agent groups, lines, horizon, targets and costs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Le

from wfm.errors import Fault, fault, nearest
from wfm.model.declared import (
    AgentsPerInterval,
    Count,
    Declared,
    NonNegative,
    OpenShare,
    Positive,
    PositiveCount,
    PositiveSeconds,
    PositiveShare,
    Replications,
    Seconds,
    Seed,
    ShareBelowOne,
    Unit,
    VolumePerInterval,
    declared_hints,
    is_vector,
    per_interval_number,
)
from wfm.model.horizon import AfterClose, Horizon, opening_faults
from wfm.model.laws import Empirical, Law, Never, as_law, length_of, spread
from wfm.model.shrinkage import Shrinkage

if TYPE_CHECKING:
    from wfm.model.plan import StaffingPlan

MOST_AGENTS = 1_000_000  # of one group
MOST_CONTACTS = 100_000_000  # of one type over the horizon
MOST_TYPES, MOST_GROUPS = 2**20, 65_536

Rank = Annotated[int, Ge(1), Le(999_999)]
Reserve = Annotated[int, Ge(0), Le(100_000)]
# Wide enough for any pace that people have, and too narrow for a percentage without its sign.
Speed = Annotated[float, Unit("share"), Ge(0.05), Le(20)]
Weight = Annotated[float, Ge(0.0001), Le(100_000)]

Definition = Literal[
    "answered_of_offered",
    "answered_of_answered",
    "excluding_abandoned_within",
    "excluding_short_abandons",
    "abandoned_within_counted",
]


@dataclass(frozen=True)
class Target(Declared):
    """The promise that a staffing plan keeps. Limits that are absent do not bind.

    Args:
        service_level: share of contacts to be answered within `answer_within`.
        answer_within: the answer threshold, seconds.
        definition: how the service level is counted; see docs/measures.md.
        short_abandon: abandonments before this many seconds are short; used by `excluding_short_abandons`.
        max_abandonment: largest share of offered contacts that abandon.
        max_average_speed_of_answer: largest mean wait of answered contacts, seconds.
        per: interval (default): kept in every interval; day: kept over each day.
    """

    service_level: OpenShare | None = None
    answer_within: Seconds = 20.0
    definition: Definition = "answered_of_offered"
    short_abandon: Seconds = 0.0
    max_abandonment: PositiveShare | None = None
    max_average_speed_of_answer: PositiveSeconds | None = None
    per: Literal["interval", "day"] = "interval"


@dataclass(frozen=True)
class ContactType(Declared):
    """A queue: contacts of one kind that wait for the same agents.

    Args:
        volume: contacts offered per interval; one value or one per interval. Closed intervals get none.
        channel: voice.
        handling: the whole handling time; or instead of it the two below.
        talk: time with the customer, hold included.
        after_contact_work: the agent's work after the customer has left.
        patience: how long a customer waits before hanging up; absent: nobody hangs up.
        balking: share that leaves at once when it must wait.
        day_factor: this type's own random busyness of each day, a law of mean 1; multiplies the horizon's.
        opening: this type's own hours, in place of the horizon's.
        after_close: this type's own rule for contacts that wait at closing.
        target: the promise; absent: none, and no requirement is worked out.
        priority: 1 is served first, where `contact_selection` is priority.
        weight: what a second of waiting counts, where `contact_selection` is weighted_wait.
    """

    volume: VolumePerInterval
    channel: Literal["voice"] = "voice"
    handling: Law | None = None
    talk: Law | None = None
    after_contact_work: Law | None = None
    patience: Law | None = None
    balking: ShareBelowOne = 0.0
    day_factor: Law | None = None
    opening: dict[str, str] | None = None
    after_close: AfterClose | None = None
    target: Target = field(default_factory=Target)
    priority: Rank = 1
    weight: Weight = 1.0

    def prepare(self) -> None:
        for name in ("handling", "talk", "after_contact_work", "patience"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, Law):
                object.__setattr__(self, name, as_law(tuple(value) if is_vector(value) else value))

    def rules(self) -> Iterator[Fault]:
        if self.handling is not None and (self.talk is not None or self.after_contact_work is not None):
            yield fault("handling", "is the whole handling time; give it or talk and after_contact_work, not both")
        if self.handling is None and self.talk is None:
            yield fault("handling", "is missing; give handling, or talk and after_contact_work")
        for name in ("handling", "talk", "after_contact_work"):
            law = getattr(self, name)
            if isinstance(law, Never):
                yield fault(name, "must end some time; the law 'never' is for patience", "never")
            elif isinstance(law, Empirical) and law.endless:
                yield fault(f"{name}.weights", "must add up to 1; a share that never ends is for patience", law.weights)
        means = [float(law.mean_by_interval(length_of(law)).max()) for law in self._parts_of_handling()]
        if means and sum(means) == 0:
            yield fault("handling", "must take some time; its mean is 0")

    def _parts_of_handling(self) -> list[Law]:
        return [law for law in (self.handling, self.talk, self.after_contact_work) if law is not None]

    @property
    def talk_law(self) -> Law:
        """What the customer sees of the handling time (all of it, where only `handling` is given)."""
        law = self.talk if self.talk is not None else self.handling
        assert law is not None
        return law

    def handling_time(self, intervals: int) -> np.ndarray:
        """AHT per interval of arrival, seconds: talk and after-contact work."""
        talk = self.talk_law.mean_by_interval(intervals)
        return talk if self.after_contact_work is None else talk + self.after_contact_work.mean_by_interval(intervals)

    def mean_patience(self, intervals: int) -> np.ndarray:
        """Mean patience of those who do not balk, per interval of arrival, seconds; inf where nobody hangs up.

        Recorded patience with a share that was never seen to end counts as all waiting over all who hung up.
        """
        law = self.patience
        if law is None or isinstance(law, Never):
            return np.full(intervals, np.inf)
        if isinstance(law, Empirical) and law.endless:
            return np.full(intervals, law.waiting_per_end)
        return law.mean_by_interval(intervals) / (1 - spread(law.at_zero, intervals))

    def balking_share(self, intervals: int) -> np.ndarray:
        """Share that leaves at once when it must wait: balking and patience zero together, per interval."""
        stay = np.full(intervals, 1 - self.balking)
        return 1 - stay * (1 - spread(self.patience.at_zero, intervals)) if self.patience is not None else 1 - stay


@dataclass(frozen=True)
class Skill(Declared):
    """A contact type that a group may take.

    Args:
        rank: 1 is best, in both choices: the group for a contact, and the contact for a freed agent. Equal ranks tie.
        contact_rank: in place of `rank` where a freed agent chooses his next contact.
        speed: how fast the group works this type; divides its handling time.
        after: the group may take a contact only when it has waited so long, seconds.
        reserve: the group takes the type only while more than this number of its agents are free.
    """

    rank: Rank = 1
    contact_rank: Rank | None = None
    speed: Speed = 1.0
    after: Seconds = 0.0
    reserve: Reserve = 0

    @property
    def freed_rank(self) -> int:
        """The rank that counts when a freed agent chooses."""
        return self.rank if self.contact_rank is None else self.contact_rank


@dataclass(frozen=True)
class AgentGroup(Declared):
    """Exchangeable agents.

    Args:
        skills: the contact types that they take.
        agents: net agents per interval (handling or ready); or `scheduled`; neither: to be solved.
        scheduled: gross people per interval.
        max_occupancy: largest share of on-duty time spent handling.
        min_agents: fewest net agents in an open interval.
        contract_hours: hours a week of one full-time equivalent.
        shrinkage: why scheduled people are not all at work.
        cost_per_hour: money per paid hour.
    """

    skills: dict[str, Skill]
    agents: AgentsPerInterval | None = None
    scheduled: AgentsPerInterval | None = None
    max_occupancy: PositiveShare | None = None
    min_agents: Count = 0
    contract_hours: Positive | None = None
    shrinkage: Shrinkage = field(default_factory=Shrinkage)
    cost_per_hour: NonNegative | None = None

    def prepare(self) -> None:
        if not isinstance(self.skills, Mapping):
            object.__setattr__(self, "skills", {name: Skill() for name in self.skills})

    def rules(self) -> Iterator[Fault]:
        if self.agents is not None and self.scheduled is not None:
            yield fault("agents", "is net and scheduled is gross; give one of them")
        if not self.skills:
            yield fault("skills", "names no contact type")


@dataclass(frozen=True)
class Routing(Declared):
    """How contacts reach agents.

    Args:
        contact_selection: which waiting contact a freed agent takes: by rank (default), by priority, the
            longest_waiting, or by weighted_wait (weight x wait); ties: the longest waiting.
        agent_selection: which group an arriving contact takes: by rank (default), specialist_first (fewest skills, then
            rank) or least_occupied (busy of on duty).
        agent_tie: among equal groups: longest_idle (default), the agent free for the longest time; or random, any of
            the free agents.
        lines: trunks for all contact types, waiting and in service; who finds none free is blocked. Absent: no limit.
    """

    contact_selection: Literal["rank", "priority", "longest_waiting", "weighted_wait"] = "rank"
    agent_selection: Literal["rank", "specialist_first", "least_occupied"] = "rank"
    agent_tie: Literal["longest_idle", "random"] = "longest_idle"
    lines: PositiveCount | None = None


@dataclass(frozen=True)
class Experiment(Declared):
    """How a centre is simulated.

    Args:
        replications: how many times the horizon is simulated, at least 1.
        seed: any integer of at least 0 and below 2^63; same seed, same days.
        confidence: of every interval that is printed.
        rounding: how a fractional number of agents is simulated: random (default), up or nearest.
    """

    replications: Replications = 200
    seed: Seed = 1
    confidence: OpenShare = 0.95
    rounding: Literal["random", "up", "nearest"] = "random"


@dataclass(frozen=True)
class ContactCenter(Declared):
    """A contact centre: a value that never changes.

    Args:
        horizon: the intervals.
        contact_types: queues by name.
        agent_groups: groups by name.
        title: what reports call it.
        description: a sentence for the reader of a report.
        routing: lines.
        experiment: how it is simulated; not part of what the centre is.
    """

    horizon: Horizon
    contact_types: dict[str, ContactType]
    agent_groups: dict[str, AgentGroup]
    title: str = "Contact centre"
    description: str = ""
    routing: Routing = field(default_factory=Routing)
    experiment: Experiment = field(default_factory=Experiment, compare=False)

    def rules(self) -> Iterator[Fault]:
        return center_faults(self.horizon, self.contact_types, self.agent_groups)

    def group_of(self, contact_type: str) -> str:
        """The one group that takes this contact type, where `shares_agents` is False."""
        return next(name for name, group in self.agent_groups.items() if contact_type in group.skills)

    def type_of(self, agent_group: str) -> str:
        """The one contact type that this group takes, where `shares_agents` is False."""
        return next(iter(self.agent_groups[agent_group].skills))

    @cached_property
    def shares_agents(self) -> bool:
        """Whether any contact type has several groups, or any group several skills: no formula has words for that."""
        skills = [skill for group in self.agent_groups.values() for skill in group.skills]
        return len(skills) > len(set(skills)) or len(skills) > len(self.agent_groups)

    def handling_time(self, contact_type: str) -> np.ndarray:
        """AHT per interval of arrival, seconds, at the pace of its one group, where `shares_agents` is False."""
        skill = self.agent_groups[self.group_of(contact_type)].skills[contact_type]
        return self.contact_types[contact_type].handling_time(self.horizon.intervals) / skill.speed

    def on_duty(self, agent_group: str) -> np.ndarray:
        """bool[intervals]: when this group works: while any contact type that it takes is open."""
        return np.any([self.is_open(name) for name in self.agent_groups[agent_group].skills], axis=0)

    def is_open(self, contact_type: str) -> np.ndarray:
        """bool[intervals]: when this contact type is open."""
        return self.horizon.open_intervals(self.contact_types[contact_type].opening)

    def volume(self, contact_type: str) -> np.ndarray:
        """float64[intervals]: expected contacts per interval; none where closed."""
        given = spread(self.contact_types[contact_type].volume, self.horizon.intervals)
        return np.where(self.is_open(contact_type), given, 0.0)

    def after_close(self, contact_type: str) -> AfterClose:
        return self.contact_types[contact_type].after_close or self.horizon.after_close

    @cached_property
    def plan(self) -> StaffingPlan | None:
        """The agents that the scenario gives, or None where any group's are to be solved."""
        from wfm.model.plan import StaffingPlan

        if any(group.agents is None and group.scheduled is None for group in self.agent_groups.values()):
            return None
        rows = []
        for group in self.agent_groups.values():
            if group.agents is not None:
                rows.append(spread(group.agents, self.horizon.intervals))
            else:
                rows.append(group.shrinkage.net(spread(group.scheduled, self.horizon.intervals)))  # type: ignore[arg-type]
        return StaffingPlan(self, np.array(rows))

    @property
    def digest(self) -> str:
        """A hash of what the centre is: without its plan and its experiment."""
        world = replace(
            self,
            agent_groups={n: replace(g, agents=None, scheduled=None) for n, g in self.agent_groups.items()},
            experiment=Experiment(),
        )
        return digest_of(world)


def center_faults(
    horizon: Horizon | None,
    contact_types: Mapping[str, ContactType],
    agent_groups: Mapping[str, AgentGroup],
    broken: frozenset[str] = frozenset(),
) -> Iterator[Fault]:
    """Faults between the parts of a centre. Parts that could not be read are left out; `broken` names such types."""
    if not contact_types and not broken:
        yield fault("contact_types", "there are none; a centre needs at least one")
    if len(contact_types) > MOST_TYPES:
        yield fault("contact_types", f"must be at most {MOST_TYPES:,} in number", len(contact_types))
    if len(agent_groups) > MOST_GROUPS:
        yield fault("agent_groups", f"must be at most {MOST_GROUPS:,} in number", len(agent_groups))
    served: set[str] = set()
    for group_name, group in agent_groups.items():
        where = f"agent_groups.{group_name}.skills"
        for skill in group.skills:
            if not contact_types and not broken:
                continue  # that there are none is told already
            if skill not in contact_types and skill not in broken:
                yield fault(where, f"names no contact type; {nearest(skill, [*contact_types, *broken])}", skill)
            served.add(skill)
    for name in contact_types:
        if name not in served:
            yield fault(f"contact_types.{name}", "no agent group has it among its skills", name)
    if horizon is None:
        return
    for name, contact_type in contact_types.items():
        yield from type_faults(name, contact_type, horizon)
        if contact_type.opening is not None:
            yield from opening_faults(contact_type.opening, horizon, f"contact_types.{name}.opening")
    for name, group in agent_groups.items():
        yield from group_faults(name, group, horizon)
    yield from _factor_faults(horizon.day_factor, "horizon.day_factor")


def type_faults(name: str, contact_type: ContactType, horizon: Horizon) -> Iterator[Fault]:
    """What in a contact type does not fit the horizon; its opening hours are looked at where all are."""
    yield from vector_faults(contact_type, horizon.intervals, f"contact_types.{name}")
    contacts = float(np.mean(contact_type.volume)) * horizon.intervals
    if contacts > MOST_CONTACTS:
        rule = f"adds up to more contacts than can be simulated, at most {MOST_CONTACTS:,}"
        yield fault(f"contact_types.{name}.volume", rule, contacts)
    yield from _factor_faults(contact_type.day_factor, f"contact_types.{name}.day_factor")


def group_faults(name: str, group: AgentGroup, horizon: Horizon) -> Iterator[Fault]:
    """What in an agent group does not fit the horizon, or itself."""
    yield from vector_faults(group, horizon.intervals, f"agent_groups.{name}")
    for key in ("agents", "scheduled", "min_agents"):
        most = float(np.max(getattr(group, key) or 0))
        if most > MOST_AGENTS:
            yield fault(f"agent_groups.{name}.{key}", f"must be at most {MOST_AGENTS:,}", most)
    yield from _delay_faults(name, group, horizon)
    if group.agents is not None:
        yield from reserve_faults(name, group, float(np.max(group.agents)))
    elif group.scheduled is not None:
        yield from reserve_faults(name, group, float(group.shrinkage.net(np.max(group.scheduled))))


def _delay_faults(name: str, group: AgentGroup, horizon: Horizon) -> Iterator[Fault]:
    """Delays after which there is nothing left of the horizon."""
    length = horizon.interval * horizon.intervals
    for skill, how in group.skills.items():
        if how.after >= length:
            rule = f"must be below the horizon's {length:g} s, or this group never takes the type"
            yield fault(f"agent_groups.{name}.skills.{skill}.after", rule, how.after)


def reserve_faults(name: str, group: AgentGroup, most_net: float) -> Iterator[Fault]:
    """Reserves of a group that its free agents can never exceed; a group that nobody is in has no fault.

    most_net: the largest number of net agents in any interval.
    """
    for skill, how in group.skills.items():
        if 0 < np.ceil(most_net) <= how.reserve:
            rule = f"must be below the group's net agents, at most {most_net:g}, or it never takes the type"
            yield fault(f"agent_groups.{name}.skills.{skill}.reserve", rule, how.reserve)


def vector_faults(part: Any, intervals: int, where: str) -> Iterator[Fault]:
    """Vectors that do not hold one value per interval, in a declared value and in the laws inside it."""
    for name, hint in declared_hints(type(part)).items():
        value = getattr(part, name)
        if isinstance(value, Law):
            yield from vector_faults(value, intervals, f"{where}.{name}")
        elif isinstance(value, tuple) and per_interval_number(hint) is not None and len(value) != intervals:
            yield fault(f"{where}.{name}", f"must hold {intervals} values, one per interval; it holds {len(value)}")


def _factor_faults(law: Law | None, where: str) -> Iterator[Fault]:
    if law is None:
        return
    if any(isinstance(getattr(law, name), tuple) for name in ("mean", "cv", "shape", "value") if hasattr(law, name)):
        yield fault(where, "is drawn once a day; its numbers cannot change by interval")
    elif isinstance(law, Never) or abs(float(law.mean_by_interval(1)[0]) - 1) > 1e-9:
        yield fault(where, "must have mean 1", float(law.mean_by_interval(1)[0]))


def digest_of(value: Any) -> str:
    """A hash of a declared value that two equal values share, however they were written."""
    return hashlib.sha256(json.dumps(_plain(value), sort_keys=True).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {"is": type(value).__name__, **{one.name: _plain(getattr(value, one.name)) for one in fields(value)}}
    if isinstance(value, Mapping):
        # The order of contact types and groups is part of what they are: ties are broken by it.
        return [[key, _plain(one)] for key, one in value.items()]
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, np.ndarray):
        return [value.shape, hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()]
    if isinstance(value, date):  # a moment is one too
        return value.isoformat()
    # A zero has no sign here: adding 0 takes it off.
    return value + 0.0 if isinstance(value, int | float) and not isinstance(value, bool) else value
