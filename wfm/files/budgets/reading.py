"""The tables of a budget file to a Budget: every fault at once, each where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import numpy as np

from wfm.errors import Fault, InputError, fault
from wfm.files.budgets.periods import read_period_column, read_profile
from wfm.files.reader import REFERENCE_KEYS, Reader, once
from wfm.files.tables import TableReference
from wfm.files.variations import Format, read_change, read_variation
from wfm.model.budget.budget import Budget, budget_faults
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import FOR_ALL, Cohort, Site, Team, Transfer
from wfm.model.budget.periods import Calendar
from wfm.model.budget.plans import Doubt, HiringRules, Initiative, Money
from wfm.model.budget.varied import BUDGET, budget_varied
from wfm.model.budget.week import typical_week
from wfm.model.declared import Declared, changed, declared_hints, faults_of
from wfm.model.horizon import WEEKDAYS
from wfm.model.paths import hint_of, is_rates, is_shrinkage, places, split
from wfm.model.variation import Change, Scenario, Variation

T = TypeVar("T")
D = TypeVar("D", bound=Declared)

MONTH = re.compile(r"\d{4}-\d{2}")


def _as_it_is(path: str) -> str:
    return path


def read_budget(raw: Mapping[str, Any], source: Path, where: Callable[[str], str] = _as_it_is) -> Budget:
    """A budget from the tables of its file.

    Args:
        raw: what tomllib gives of a TOML file, or the same shape from elsewhere.
        source: the file; tables that it names stand in its folder.
        where: what planners call the place of a path, such as a cell of a sheet.

    Raises:
        InputError: with every fault: place, value, rule, and the nearest valid name.
    """
    reader = BudgetReader(source)
    found = reader.budget(raw)
    if found is None:
        faults = (Fault(where(one.where), one.rule, one.value, one.has_value) for one in once(reader.faults))
        raise InputError(faults, str(source))
    return found


def read_budget_value(path: str, value: Any, budget: Budget | None = None, folder: Path = Path()) -> Any:
    """A value in the model's form, as a budget file could have it at a path.

    A number where shrinkage, attrition or people stand is left a number.

    Args:
        path: keys joined by dots; a path that no budget has leaves the value as it is.
        value: from TOML.
        budget: what it is for, whose periods a list or a table must fill.
        folder: where files of tables stand.

    Raises:
        InputError: with every fault.

    >>> read_budget_value("contact_types.*.aht", ["5min", "310s"])
    (300.0, 310.0)
    """
    hint, keys = hint_of(path, BUDGET), split(path)
    if hint is None:
        return value
    reader = BudgetReader(Path(folder) / path)
    reader.calendar = None if budget is None else budget.calendar
    if budget is not None and keys[0] == "contact_types" and keys[1] in budget.contact_types:
        reader.opening = budget.contact_types[keys[1]].opening
    if is_shrinkage(keys) and isinstance(value, list):
        found: Any = reader.per_slot(value, declared_hints(Demand)["deflection"], path)
    elif (is_shrinkage(keys) or is_rates(keys)) and not isinstance(value, Mapping):
        found = reader.number(value, "share", path)
    elif keys[-1] == "people" and isinstance(value, int | float):
        found = value
    else:
        found = reader.value(keys[-1], value, hint, path)
    if reader.faults:
        raise InputError(once(reader.faults))
    return found


FORMAT = Format(BUDGET, read_budget_value)


class BudgetReader(Reader):
    """Reads the parts of one budget and collects their faults."""

    slot = "period"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.calendar: Calendar | None = None
        self.opening: Any = None  # of the contact type that is read
        self.whole: Budget | None = None  # once it is read but for the changes of it

    @property
    def slots(self) -> int | None:
        return None if self.calendar is None else self.calendar.periods

    def column(self, reference: TableReference, number: Any) -> tuple[float, ...] | None:
        if self.calendar is None:
            reference.read(self.faults)
            return None
        return read_period_column(reference, self.calendar, number, self.faults)

    # ---- the budget

    def budget(self, raw: Mapping[str, Any]) -> Budget | None:
        """The whole of it; None where anything is at fault."""
        self.refuse_unknown(raw, declared_hints(Budget), (), "")
        self.calendar = self.part(Calendar, raw.get("calendar"), "calendar")
        parts: dict[str, Any] = {key: self.text(raw, key) for key in ("title", "description") if key in raw}
        named: dict[str, type[Declared]] = {"contact_types": Demand, "agent_groups": Team, "sites": Site}
        tables = {key: self._named(raw, key, cls) for key, cls in named.items()}
        parts["transfers"] = self._listed(raw, "transfers", Transfer)
        single: dict[str, type[Declared]] = {"money": Money, "hiring": HiringRules, "doubt": Doubt}
        parts |= {key: self.part(cls, raw[key], key) for key, cls in single.items() if key in raw}
        for name, team in tables["agent_groups"].items():
            if team is None:
                self.skills_of_broken(raw["agent_groups"][name], tables["contact_types"], f"agent_groups.{name}.skills")
        self._faults_between(tables, parts)
        if not self.faults and self.calendar is not None:
            self.whole = self._told("", Budget, self.calendar, **tables, **parts)
        asked: dict[str, Any] = {"vary": self._vary(raw), "scenarios": self._scenarios(raw)}
        asked["initiatives"] = self._named(raw, "initiatives", Initiative)
        if self.whole is None or self.faults:
            return None
        return self._told("", changed, self.whole, **{key: value for key, value in asked.items() if value})

    def _named(self, raw: Mapping[str, Any], key: str, cls: type[D]) -> dict[str, D | None]:
        """Parts by their names; None for one that is at fault."""
        found = {}
        for name, one in self.table(raw, key).items():
            self.opening = one.get("opening") if isinstance(one, Mapping) else None
            found[name] = self.part(cls, one, f"{key}.{name}")
        return found

    def _listed(self, raw: Mapping[str, Any], key: str, cls: type[D]) -> tuple[D, ...] | None:
        """Parts in a list; None where one is at fault."""
        given = raw.get(key, [])
        if not isinstance(given, list):
            self.faults.append(fault(key, f"must be a list of tables, [[{key}]]", given))
            return None
        found = [self.part(cls, one, f"{key}[{at}]") for at, one in enumerate(given)]
        return None if any(one is None for one in found) else tuple(one for one in found if one is not None)

    def _faults_between(self, tables: Mapping[str, Mapping[str, Any]], parts: Mapping[str, Any]) -> None:
        """Faults between those parts that could be read."""
        broken = frozenset(
            name for key in ("contact_types", "agent_groups") for name, one in tables[key].items() if one is None
        )
        read = {key: {name: one for name, one in table.items() if one is not None} for key, table in tables.items()}
        # A site that is at fault is a site all the same.
        found = {**read, "sites": tables["sites"], **{key: one for key, one in parts.items() if one is not None}}
        self.faults.extend(budget_faults(self.calendar, found, broken))

    # ---- values

    def value(self, key: str, value: Any, hint: Any, where: str) -> Any:
        if where == "calendar.start" and isinstance(value, str) and MONTH.fullmatch(value.strip()):
            value = f"{value.strip()}-01"
        if key == "profile" and isinstance(value, Mapping) and "file" in value:
            return self._profile(value, where)
        if key == "skills" and isinstance(value, list):
            return dict.fromkeys(self.named_once(value, where), 1.0)  # all of each contact type
        if key == "attrition" and get_origin(hint) is dict and isinstance(value, str | int | float):
            rate = self.number(value, "share", where)
            self.faults.extend(faults_of(where, rate, get_args(hint)[1]))
            return {FOR_ALL: rate}
        if key == "people" and isinstance(value, int | float):
            there = self.part(Cohort, {"heads": value}, where)
            return None if there is None else (there,)
        if key == "changes":
            return self._changes(value, where)
        return super().value(key, value, hint, where)

    def _profile(self, value: Mapping[str, Any], where: str) -> dict[str, tuple[float, ...]] | None:
        reference = self.reference(value, where, (*REFERENCE_KEYS, "weekday"))
        if reference is None or self.calendar is None:
            return None
        return read_profile(reference, self.calendar, self._open_intervals(self.calendar), self.faults)

    def _open_intervals(self, calendar: Calendar) -> np.ndarray | None:
        """bool[7, intervals of a day]: when the type that is read is open; None where its hours are at fault."""
        opening = self.opening if isinstance(self.opening, Mapping) else None
        try:
            return typical_week(calendar.interval).open_intervals(opening).reshape(len(WEEKDAYS), -1)
        except ValueError:
            return None

    # ---- changes of the budget

    def _vary(self, raw: Mapping[str, Any]) -> tuple[Variation, ...]:
        found = []
        for path, levels in self._paths(raw.get("vary", {}), "vary").items():
            where, budget = f"vary.'{path}'", self.whole
            one = self._told(where, read_variation, path, levels, budget, self.path.parent, file_format=FORMAT)
            if one is not None:
                found.append(one)
                for level in one.levels if budget is not None else ():
                    self._told(where, budget_varied, budget, [one.change(level)])
        return tuple(found)

    def _scenarios(self, raw: Mapping[str, Any]) -> tuple[Scenario, ...]:
        found = []
        for name, given in self.table(raw, "scenarios").items():
            where = f"scenarios.'{name}'"
            changes = self._changes(given, where)
            one = None if changes is None else self._told(where, Scenario, name, changes)
            found += [] if one is None else [one]
        return tuple(found)

    def _changes(self, given: Any, where: str) -> tuple[Change, ...] | None:
        """Changes by their paths, looked at together where there is a budget that they can be made to."""
        before = len(self.faults)
        found = [
            self._told(f"{where}.'{path}'", read_change, path, level, self.whole, self.path.parent, file_format=FORMAT)
            for path, level in self._paths(given, where).items()
        ]
        changes = tuple(one for one in found if one is not None)
        if self.whole is not None and len(self.faults) == before:
            self._told(where, budget_varied, self.whole, changes)
        return None if len(self.faults) > before else changes

    def _paths(self, given: Any, where: str) -> dict[str, Any]:
        """What stands at each path of a table; one without its quotes is a table in a table."""
        if not isinstance(given, Mapping):
            self.faults.append(fault(where, "must be a table of paths and levels", given))
            return {}
        found = {}
        for key, value in given.items():
            if isinstance(value, Mapping) and key in declared_hints(Budget):
                rule = f'must be a path in quotes, such as "{_first_path(key, value)}" = ...'
                self.faults.append(fault(f"{where}.{key}", rule))
            elif self._told(f"{where}.'{key}'", self._is_path, key):
                found[key] = value
        return found

    def _is_path(self, path: str) -> bool:
        """Whether there is, or may be, something at a path, or at what a short form stands for.

        Raises:
            InputError: no budget has anything there; with the nearest that this one has.
        """
        whole = BUDGET.short_forms.get(path, path)
        if hint_of(whole, BUDGET) is None:
            if self.whole is not None:
                places(self.whole, path, root=BUDGET)
            raise InputError([fault(path, "matches nothing in a budget")])
        return True

    def _told(self, where: str, do: Callable[..., T], *given: Any, **named: Any) -> T | None:
        """What something gives; or nothing, and its faults with the others, by the key that they come from."""
        try:
            return do(*given, **named)
        except InputError as error:
            for one in error.faults:
                itself = not where or where.endswith(f"'{one.where}'")
                rule = one.rule if itself else f"{one.where}: {one.rule}"
                self.faults.append(Fault(where or one.where, rule, one.value, one.has_value))
            return None


def _first_path(key: str, value: Any) -> str:
    """The keys of tables in tables, down to the first that is none."""
    if not isinstance(value, Mapping) or not value:
        return key
    below = next(iter(value))
    return f"{key}.{_first_path(below, value[below])}"
