"""Variations: what of a centre is varied, to which levels, and the centre and plan that come of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

import numpy as np

from wfm.errors import Fault, InputError, fault, nearest
from wfm.model.center import ContactCenter
from wfm.model.declared import Declared, is_vector, per_interval_number
from wfm.model.draft import CenterDraft
from wfm.model.laws import Law, length_of, spread
from wfm.model.levels import (
    A,
    How,
    arithmetic,
    changed_by,
    check_length,
    is_absent,
    is_number,
    is_numeric,
    level_in_words,
)
from wfm.model.paths import CENTER, Place, Root, absent_rule, is_law, joined, look, places, split, unit_at
from wfm.model.plan import StaffingPlan

T = TypeVar("T")
Hold = Literal["gross", "net"]
INTERVAL = re.compile(r"\[\d+\]$")


@dataclass(frozen=True)
class Change:
    """A path with one level.

    Args:
        path: what is changed, such as `contact_types.*.volume`; see docs/sweeps.md.
        how: value sets it, factor multiplies it, addition is added to it.
        level: the value, factor or addition, in the model's units: seconds, fractions, agents.

    Raises:
        InputError: a path that cannot be read, another `how`, or a factor or addition that is no number.

    >>> Change("contact_types.*.volume", "factor", 1.1).in_words()
    'volume +10 %'
    """

    path: str
    how: How
    level: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", _plain(self.level))
        faults = [*_path_faults(self.path), *_level_faults(self.path, self.how, self.level)]
        if faults:
            raise InputError(faults, "Change")

    def in_words(self, root: Root = CENTER) -> str:
        """The change as tables tell it; root: what its path starts from."""
        label = root.label(self.path) or self.path
        return f"{label} {level_in_words(self.how, self.level, unit_at(self.path, root))}"


@dataclass(frozen=True)
class Variation:
    """A path with its levels, in order.

    Args:
        path: what is varied, such as `contact_types.*.volume`; see docs/sweeps.md.
        levels: values, factors or additions, at least one, in the model's units: seconds, fractions, agents.
        how: value (default), factor or addition.
        label: what tables call it; absent: a short word where there is one, else the path.

    Raises:
        InputError: a path that cannot be read, no level, one twice, another `how`, or a factor that is no number.

    >>> Variation("contact_types.*.aht", (-15, 15), "addition").in_words(15)
    'AHT +15 s'
    """

    path: str
    levels: tuple[Any, ...]
    how: How = "value"
    label: str = ""

    def __post_init__(self) -> None:
        one_level = not is_vector(self.levels)
        levels = (self.levels,) if one_level else tuple(_plain(one) for one in self.levels)
        object.__setattr__(self, "levels", levels)
        faults = [*_path_faults(self.path)]
        if not levels:
            faults.append(fault("levels", "must be at least one"))
        seen = set[str]()
        for level in levels:
            faults.extend(_level_faults(self.path, self.how, level))
            if level is None:
                rule = "cannot be None, which means as in the base; take a thing away in a scenario"
                faults.append(fault(f"levels of {self.path}", rule))
            # Numbers by their value, so that 1 and 1.0 are one level.
            called = repr(float(level)) if is_number(level) else repr(level)
            if called in seen:
                faults.append(fault(f"levels of {self.path}", "must differ; one is there twice", level))
            seen.add(called)
        if faults:
            raise InputError(faults, "Variation")

    @property
    def title(self) -> str:
        """What tables call it; of all contact types or groups, the rest of the path says it."""
        shown = self.path.removeprefix("contact_types.*.").removeprefix("agent_groups.*.")
        return self.label or CENTER.label(self.path) or shown

    @property
    def is_range(self) -> bool:
        """Whether levels between the lowest and the highest may be drawn: all are numbers, and not all are one."""
        return all(is_number(one) for one in self.levels) and min(self.levels) < max(self.levels)

    def change(self, level: Any) -> Change:
        """The change to one of its levels, or to one between them."""
        return Change(self.path, self.how, level)

    def in_words(self, level: Any, root: Root = CENTER) -> str:
        """What is varied, to this level: 'volume +10 %', 'AHT +30 s', 'shrinkage +5 pt', 'routing.lines = 60'."""
        return f"{self.title} {level_in_words(self.how, level, unit_at(self.path, root))}"


@dataclass(frozen=True)
class Scenario:
    """A name with its changes, and perhaps a plan of its own.

    Args:
        name: what tables call it.
        changes: what differs from the base, in order.
        plan: its own plan, in place of the one that is held.
    """

    name: str
    changes: tuple[Change, ...]
    plan: StaffingPlan | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", tuple(self.changes))
        faults = [fault("changes", "must be a Change each", one) for one in self.changes if not isinstance(one, Change)]
        if not isinstance(self.name, str) or not self.name.strip():
            faults.append(fault("name", "must be a text", self.name))
        if self.plan is not None and not isinstance(self.plan, StaffingPlan):
            faults.append(fault("plan", "must be a StaffingPlan; StaffingPlan.from_csv(path, center) reads one"))
        if faults:
            raise InputError(faults, "Scenario")


def varied(
    center: ContactCenter, plan: StaffingPlan, changes: Sequence[Change], hold: Hold = "gross"
) -> tuple[ContactCenter, StaffingPlan]:
    """The centre and the plan that changes make of a base and its plan, in their order.

    What is not changed stays the same object.

    Args:
        center: the base.
        plan: agents of the base; new groups bring their own.
        changes: paths and levels.
        hold: gross (default): people scheduled stay, so that more shrinkage leaves fewer net agents; net: net agents
            stay, so that more shrinkage costs more people.

    Raises:
        InputError: with every fault: a path that matches nothing, a level that leaves the valid domain.

    >>> import wfm
    >>> center = wfm.load(wfm.example("textbook"))
    >>> busier, plan = varied(center, wfm.staff(center), [Change("contact_types.*.volume", "factor", 1.1)])
    >>> busier.contact_types["calls"].volume
    110.0
    """
    return Base(center, plan, hold).varied(changes)


class Base:
    """A centre and its plan, from which changes start; what a path names is looked up once.

    Args:
        center, hold: as for `varied`.
        plan: the plan that is held; None where the centre alone is asked for, or each case brings a plan of its own.
    """

    def __init__(self, center: ContactCenter, plan: StaffingPlan | None, hold: Hold = "gross") -> None:
        self.center, self.plan, self.hold = center, plan, hold
        self._found: dict[tuple[str, How], list[Place]] = {}

    def varied(self, changes: Sequence[Change], plan: StaffingPlan | None = None) -> tuple[ContactCenter, StaffingPlan]:
        """The centre and the plan that changes make; `plan` in place of the held one.

        Raises:
            InputError: as for `varied`, or no plan.
        """
        draft, rows = self._drafted(changes)
        held = plan or self.plan
        if held is None:
            raise InputError([fault("plan", "is missing; there is none that could be held")])
        return draft.value, self._plan(draft.value, rows, held, draft.keeps_hours)

    def varied_center(self, changes: Sequence[Change]) -> ContactCenter:
        """The centre alone, whatever plan it is given.

        Raises:
            InputError: as for `varied`.
        """
        return self._drafted(changes)[0].value

    def _drafted(self, changes: Sequence[Change]) -> tuple[CenterDraft, list[tuple[str, Change]]]:
        """The changed centre, built, and the changes of rows of the plan."""
        draft, rows, faults = CenterDraft(self.center), list[tuple[str, Change]](), list[Fault]()
        for change in changes:
            for place in collected(faults, self._places, draft, change) or ():
                if place.is_row:
                    rows.append((place.keys[1], change))
                else:
                    collected(faults, _change_aht if place.is_aht else _change, draft, place, change)
        collected(faults, draft.built)
        if faults:
            raise InputError(once(faults))
        return draft, rows

    def left_out(self, change: Change) -> list[str]:
        """What a wildcard names that has nothing to change, by its path; it stays absent there.

        >>> import wfm
        >>> center = wfm.load(wfm.example("textbook"))
        >>> Base(center, wfm.staff(center)).left_out(Change("contact_types.*.patience", "factor", 1.1))
        []
        """
        if "*" not in split(change.path):
            return []
        found, absent = look(self.center, change.path)
        draft = CenterDraft(self.center)
        return [*absent, *(joined(one.keys) for one in found if is_absent(_current(draft, one), change.how))]

    def _places(self, draft: CenterDraft, change: Change) -> list[Place]:
        key = (change.path, change.how)
        if draft.is_reshaped:
            return _present(draft, change)
        if key not in self._found:
            self._found[key] = _present(draft, change)
        return self._found[key]

    def _plan(
        self, center: ContactCenter, changes: list[tuple[str, Change]], plan: StaffingPlan, keeps_hours: bool
    ) -> StaffingPlan:
        """The plan's agents in the changed centre, with the changes of rows of the plan.

        What is held stays as it was scheduled; a case's own plan counts as it is written.
        """
        net = {name: self._held(center, name, plan) for name in center.agent_groups}
        faults: list[Fault] = []
        for name, change in changes:
            row = collected(faults, _row_changed, center, name, net[name], change)
            net[name] = net[name] if row is None else row
        if faults:
            raise InputError(faults)
        if keeps_hours and plan.center is self.center and all(row.base is plan.net for row in net.values()):
            return plan.placed_in(center)
        return StaffingPlan(center, np.array(list(net.values())), plan.name)

    def _held(self, center: ContactCenter, name: str, plan: StaffingPlan) -> np.ndarray:
        """float64[intervals]: net agents of a group before any change of the plan."""
        group, before = center.agent_groups[name], plan.center.agent_groups
        if name in before:
            row: np.ndarray = plan.net[list(before).index(name)]
            if self.hold == "net" or plan is not self.plan or group.shrinkage is before[name].shrinkage:
                return row
            kept = (1 - group.shrinkage.total) / (1 - before[name].shrinkage.total)
            return row if kept == 1 else row * float(kept)
        if group.agents is not None:
            return spread(group.agents, center.horizon.intervals)
        if group.scheduled is not None:
            return group.shrinkage.net(spread(group.scheduled, center.horizon.intervals))
        raise InputError([fault(f"agent_groups.{name}.agents", "is missing; the plan has no agents of a new group")])


def _present(draft: CenterDraft, change: Change) -> list[Place]:
    """What a change has something to do with; nothing at all is a fault."""
    found = places(draft.value, change.path, adding=change.how == "value")
    present = [one for one in found if not is_absent(_current(draft, one), change.how)]
    if not present:
        raise InputError([fault(change.path, absent_rule([joined(one.keys) for one in found]))])
    return present


def _current(draft: CenterDraft, place: Place) -> Any:
    """What stands at a place; rows of the plan and the AHT are always there."""
    return 0.0 if place.is_row or place.is_aht else draft.read(place.keys)


def _change(draft: CenterDraft, place: Place, change: Change) -> None:
    where = joined(place.keys)
    if per_interval_number(place.hint) is not None or is_law(place.hint):
        check_length(draft.base.horizon.intervals, change.level, where)
    current = draft.read(place.keys)
    value = changed_by(current, change.how, change.level, place.hint, where)
    # Where something comes, goes or is another thing, other paths lead on.
    reshapes = current is None or value is None or isinstance(change.level, Declared | Mapping)
    draft.write(place.keys, value, reshapes)


def _change_aht(draft: CenterDraft, place: Place, change: Change) -> None:
    """The mean handling time: factors and values change its parts alike, an addition is time with the customer."""
    at = place.keys[:2]
    if not is_numeric(change.level):
        raise InputError([fault(joined(place.keys), "must be a number of seconds, or one per interval", change.level)])
    check_length(draft.base.horizon.intervals, change.level, joined(place.keys))
    laws = {key: draft.read((*at, key)) for key in ("handling", "talk", "after_contact_work")}
    laws = {key: law for key, law in laws.items() if law is not None}
    how, level = change.how, change.level
    if change.how == "addition":
        laws.pop("after_contact_work", None)
    elif change.how == "value" and len(laws) > 1:
        how, level = "factor", _factor_to(level, list(laws.values()))
    for key, law in laws.items():
        where = (*at, key)
        draft.write(where, changed_by(law, how, level, place.hint, joined(where)))


def _factor_to(mean: Any, laws: list[Law]) -> Any:
    """What laws are multiplied by so that their means add up to another one."""
    intervals = max(length_of(law) for law in laws)
    now = sum(law.mean_by_interval(intervals) for law in laws)
    factor = np.asarray(mean, np.float64) / now
    return float(factor[0]) if np.all(factor == factor[0]) else factor


def _row_changed(center: ContactCenter, name: str, net: np.ndarray, change: Change) -> np.ndarray:
    """float64[intervals]: net agents of a group, changed where it has anyone, or else in all open intervals."""
    where = f"agent_groups.{name}.{split(change.path)[-1]}"
    is_gross = where.endswith(".scheduled")
    shrinkage, is_open = center.agent_groups[name].shrinkage, center.on_duty(name)
    if not is_numeric(change.level):
        raise InputError([fault(where, "must be a number of agents, or one per interval", change.level)])
    check_length(len(net), change.level, where)
    row = shrinkage.gross(net) if is_gross else net
    somewhere = is_open & (row > 0)
    chosen = is_open if change.how == "value" or not somewhere.any() else somewhere
    row = np.where(chosen, arithmetic(tuple(row.tolist()), change.how, change.level), row)
    if row.min() < 0:
        at = center.horizon.starts[int(row.argmin())]
        rule = (
            f"must be at least 0; {level_in_words(change.how, change.level, None)} leaves fewer at {at:%Y-%m-%d %H:%M}"
        )
        raise InputError([fault(where, rule, float(row.min()))])
    return shrinkage.net(row) if is_gross else row


def _path_faults(path: object) -> Iterator[Fault]:
    if not isinstance(path, str):
        yield fault("path", "must be a text such as contact_types.*.volume", path)
        return
    try:
        split(path)
    except InputError as error:
        yield from error.faults


def _level_faults(path: object, how: How, level: Any) -> Iterator[Fault]:
    where = str(path)
    if how not in get_args(How):
        yield fault(where, f"must be changed by {' | '.join(get_args(How))}; {nearest(str(how), get_args(How))}", how)
    elif isinstance(level, float) and not is_number(level):
        yield fault(where, "must be a finite number", level)
    elif how != "value" and not is_numeric(level):
        yield fault(where, f"{A[how]} must be a number, or one per interval", level)


def _plain(level: Any) -> Any:
    """A level that never changes: arrays and lists as tuples, NumPy's numbers as Python's."""
    if isinstance(level, np.generic | np.ndarray):
        level = level.tolist()
    return tuple(level) if isinstance(level, list) else level


def collected(faults: list[Fault], do: Callable[..., T], *given: Any) -> T | None:
    """What something gives; or nothing, and its faults with the others, so that all are told at once."""
    try:
        return do(*given)
    except InputError as error:
        faults.extend(error.faults)
        return None


def once(faults: list[Fault]) -> list[Fault]:
    """Each fault once; what is wrong with many intervals in one way is one fault, told with its first value."""
    found: dict[tuple[str, str], Fault] = {}
    for one in faults:
        where = INTERVAL.sub("", one.where)
        found.setdefault((where, one.rule), Fault(where, one.rule, one.value, one.has_value))
    return list(found.values())
