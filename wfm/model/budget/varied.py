"""Changes of a budget: the paths that lead into it, and the budget that changes of what they name make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wfm.errors import Fault, InputError, fault
from wfm.model.budget.budget import Budget
from wfm.model.budget.people import FOR_ALL, Cohort, Team
from wfm.model.budget.periods import PeriodShrinkage
from wfm.model.declared import counts, declared_hints, exact, is_vector, per_interval_number
from wfm.model.draft import Draft
from wfm.model.levels import How, arithmetic, changed_by, check_length, is_absent, is_number, is_numeric
from wfm.model.paths import (
    ANY,
    Keys,
    Place,
    Root,
    absent_rule,
    is_rates,
    is_shrinkage,
    joined,
    look,
    places,
    split,
)
from wfm.model.shrinkage import Shrinkage
from wfm.model.variation import Change, collected, once

BUDGET = Root(
    Budget,
    "a budget",
    {
        "volume": "contact_types.*.volume",
        "aht": "contact_types.*.aht",
        "patience": "contact_types.*.patience",
        "shrinkage": "agent_groups.*.shrinkage",
        "attrition": "agent_groups.*.attrition",
        "pay": "agent_groups.*.pay_per_hour",
        "occupancy": "agent_groups.*.max_occupancy",
    },
    {
        "title": "is a name; nothing depends on it",
        "description": "is a text; nothing depends on it",
        "calendar": "must be one for all, as their periods are set side by side; make another budget",
        "vary": "is what is asked of the budget, not a part of it",
        "scenarios": "are made of the budget, and not a part of it",
        "initiatives": "are changes of the budget themselves",
    },
)
PEOPLE = declared_hints(Team)["people"]
OF_LAST_YEAR: dict[str, Any] = {"last_year": None, "growth": 0.0, "season": None, "last_year_open_days": None}


def budget_varied(budget: Budget, changes: Sequence[Change]) -> Budget:
    """The budget that changes make, in their order; what is not changed stays the same object.

    A factor on the volume of a contact type changes `last_year` where that is what is given; one on the shrinkage of a
    group scales its categories in proportion; one on its attrition changes every rate.

    Args:
        budget: where the changes start from.
        changes: paths and levels; a vector has one number per period.

    Raises:
        InputError: with every fault: a path that matches nothing, a level that leaves the valid domain.

    >>> from datetime import date
    >>> from wfm.model.budget.budget import Budget
    >>> from wfm.model.budget.demand import Demand
    >>> from wfm.model.budget.people import Team
    >>> from wfm.model.budget.periods import Calendar
    >>> year = Budget(Calendar(date(2027, 1, 1), 3), {"calls": Demand(300, 5000)}, {"north": Team(["calls"], 37.5)})
    >>> budget_varied(year, [Change("contact_types.*.volume", "factor", 1.1)]).contact_types["calls"].volume
    5500.0
    """
    draft, faults = Draft(budget), list[Fault]()
    for change in changes:
        for place in collected(faults, _present, draft, change) or ():
            collected(faults, _change, draft, place, change)
    collected(faults, draft.built)
    if faults:
        raise InputError(once(faults))
    return draft.value


def in_part(budget: Budget, changes: Sequence[Change], effect: float) -> list[Change]:
    """Changes of which only a part comes about, or more than all of it.

    A factor f becomes 1 + effect x (f - 1), an addition effect times as much, a number in place of another goes so far
    from that one. What is no number comes about as a whole, or with an effect of 0 not at all.

    Args:
        budget: where the changes start from.
        changes: paths and levels.
        effect: 0 is nothing, 1 all of it.

    Raises:
        InputError: as `budget_varied`.

    >>> from datetime import date
    >>> from wfm.model.budget.demand import Demand
    >>> from wfm.model.budget.people import Team
    >>> from wfm.model.budget.periods import Calendar
    >>> year = Budget(Calendar(date(2027, 1, 1), 3), {"calls": Demand(300, 5000)}, {"north": Team(["calls"], 37.5)})
    >>> changes = [Change("contact_types.*.aht", "factor", 0.9), Change("contact_types.*.deflection", "value", 0.2)]
    >>> [one.level for one in in_part(year, changes, 0.5)]
    [0.95, 0.1]
    """
    if effect == 0:
        return []
    return [part for one in changes for part in _part(budget, one, effect)]


def _part(budget: Budget, change: Change, effect: float) -> list[Change]:
    if effect == 1 or not is_numeric(change.level):
        return [change]
    if change.how == "addition":
        return [Change(change.path, "addition", arithmetic(change.level, "factor", effect))]
    if change.how == "factor":
        return [Change(change.path, "factor", _between(1.0, change.level, effect))]
    draft = Draft(budget)
    found = []
    for place in _present(draft, change):
        current = draft.read(place.keys)
        if is_shrinkage(place.keys):
            current = tuple(current.total(budget.calendar.periods).tolist())
        if is_rates(place.keys):
            each = [(joined((*place.keys, tenure)), rate) for tenure, rate in current.items()]
        else:
            each = [(joined(place.keys), current)]
        # Whole numbers have no parts, and what is absent is no start.
        if counts(place.hint) or not each or not all(is_numeric(one) for _, one in each):
            found.append(Change(joined(place.keys), "value", change.level))
        else:
            found.extend(Change(path, "value", _between(one, change.level, effect)) for path, one in each)
    return found


def _between(start: Any, end: Any, effect: float) -> Any:
    """So far from one number, or one per period, to another."""
    if is_vector(start) or is_vector(end):
        periods = max(len(one) for one in (start, end) if is_vector(one))
        return tuple(
            _between(*one, effect) for one in zip(_by_period(start, periods), _by_period(end, periods), strict=True)
        )
    return float(exact(start) + exact(effect) * (exact(end) - exact(start)))


def _present(draft: Draft[Budget], change: Change) -> list[Place]:
    """What a change has something to do with; nothing at all is a fault."""
    found = places(draft.value, change.path, change.how == "value", BUDGET)
    there = [one for one in found if not _is_absent(_current(draft, one.keys), change)]
    if not there:
        raise InputError([fault(change.path, absent_rule([joined(one.keys) for one in found], BUDGET))])
    return there


def _is_absent(current: Any, change: Change) -> bool:
    """Whether there is nothing to change; of many groups, one without shrinkage has none that could be less."""
    if is_absent(current, change.how) or (change.how != "value" and current == {}):
        return True
    takes = change.how == "addition" and is_numeric(change.level) and np.max(change.level) < 0
    return takes and ANY in split(change.path) and isinstance(current, PeriodShrinkage) and not current.is_any


def left_out(budget: Budget, changes: Sequence[Change]) -> list[str]:
    """What wildcards of changes name that has nothing to add to or to take from, by its path; it stays as it is.

    Args:
        budget: where the changes start from.
        changes: such as the budget can have.

    >>> from datetime import date
    >>> from wfm.model.budget.demand import Demand
    >>> from wfm.model.budget.people import Team
    >>> from wfm.model.budget.periods import Calendar
    >>> old, new = Team(["calls"], 37.5, shrinkage=PeriodShrinkage(planned={"holiday": 0.1})), Team(["mail"], 37.5)
    >>> types = {"calls": Demand(300, 5000), "mail": Demand(300, 500)}
    >>> year = Budget(Calendar(date(2027, 1, 1), 3), types, {"old": old, "new": new})
    >>> left_out(year, [Change("agent_groups.*.shrinkage", "addition", -0.01)])
    ['agent_groups.new.shrinkage']
    """
    draft, found = Draft(budget), dict[str, None]()
    for change in changes:
        if change.how == "addition" and ANY in split(change.path):
            named, absent = look(draft.value, change.path, root=BUDGET)
            found |= dict.fromkeys(absent)
            found |= {joined(one.keys): None for one in named if _is_absent(_current(draft, one.keys), change)}
        for place in _present(draft, change):
            _change(draft, place, change)
    return list(found)


def _current(draft: Draft[Budget], keys: Keys) -> Any:
    """What stands at some keys; for the volume, last year's where that is what is given."""
    found = draft.read(keys)
    return draft.read((*keys[:2], "last_year")) if found is None and _is_volume(keys) else found


def _is_volume(keys: Keys) -> bool:
    return len(keys) == 3 and keys[0] == "contact_types" and keys[2] == "volume"


def _change(draft: Draft[Budget], place: Place, change: Change) -> None:
    """Write what a change makes of one place."""
    keys, periods = place.keys, draft.base.calendar.periods
    where, level, current = joined(keys), change.level, draft.read(keys)
    if per_interval_number(place.hint) is not None or is_shrinkage(keys):
        check_length(periods, level, where, "period")
    if _is_volume(keys) and current is None:
        _change_last_year(draft, keys, change)
        return
    if is_shrinkage(keys) and is_numeric(level):
        value: Any = _scaled(current, change.how, level, periods, where)
    elif is_rates(keys) and is_number(level):
        value = _rates(current, change.how, level)
    elif place.hint == PEOPLE and change.how == "value" and is_number(level):
        value = (Cohort(level),)
    else:
        value = changed_by(current, change.how, level, place.hint, where, "period")
    # Where something comes, goes or is another thing, other paths lead on.
    draft.write(keys, value, reshapes=current is None or value is None or not is_numeric(level))


def _by_period(value: Any, periods: int) -> tuple[Any, ...]:
    return tuple(value) if is_vector(value) else (value,) * periods


def _change_last_year(draft: Draft[Budget], keys: Keys, change: Change) -> None:
    """A change of volume where last year's is given: a factor is one on it, a value stands in its place."""
    at, periods, where = keys[:2], draft.base.calendar.periods, joined(keys)
    if change.how == "addition":
        raise InputError([fault(where, "is absent, as last_year is given; only a factor can change it so")])
    if change.how == "value":
        for key, value in {**OF_LAST_YEAR, "volume": change.level}.items():
            draft.write((*at, key), value, reshapes=key == "volume")
        return
    current, season = draft.read((*at, "last_year")), draft.read((*at, "season"))
    if season is not None and is_vector(change.level):
        # The whole year is shared out first, as each period goes its own way from here.
        weights = _by_period(season, periods)
        current = tuple(current * one / sum(weights) for one in weights)
        draft.write((*at, "season"), None)
    draft.write((*at, "last_year"), arithmetic(current, change.how, change.level))


def _scaled(current: PeriodShrinkage, how: How, level: Any, periods: int, where: str) -> PeriodShrinkage:
    """Shrinkage whose total is changed in every period, its categories in proportion."""
    is_one = not is_vector(level) and not any(map(is_vector, {**current.planned, **current.unplanned}.values()))
    before = [current.at(period) for period in range(1 if is_one else periods)]
    levels = _by_period(level, len(before))
    found = [_scaled_once(*one, how, where) for one in zip(before, levels, strict=True)]
    planned, unplanned = _together(found, "planned"), _together(found, "unplanned")
    return PeriodShrinkage(current.base, current.combine, planned, unplanned)


def _scaled_once(before: Shrinkage, level: float, how: How, where: str) -> Shrinkage:
    total = float(before.total)
    is_same = arithmetic(total, how, level) == total
    found: Shrinkage = before if is_same else changed_by(before, how, level, PeriodShrinkage, where)
    return found


def _together(found: list[Shrinkage], kind: str) -> dict[str, Any]:
    """Shares by category of one kind, over all periods; one number where they are alike."""
    by_period: list[dict[str, float]] = [getattr(one, kind) for one in found]
    names = dict.fromkeys(name for one in by_period for name in one)
    rows = {name: tuple(one.get(name, 0.0) for one in by_period) for name in names}
    return {name: row[0] if len(set(row)) == 1 else row for name, row in rows.items()}


def _rates(current: dict[str, float], how: How, level: float) -> dict[str, float]:
    """Attrition with every rate changed; a value is one rate for all."""
    if how == "value":
        return {FOR_ALL: float(level)}
    return {tenure: arithmetic(rate, how, level) for tenure, rate in current.items()}
