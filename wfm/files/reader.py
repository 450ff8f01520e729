"""Reads declared values from the tables of a file: spelled numbers, nested parts, columns; every fault is collected."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_args, get_origin

from wfm.errors import Fault, InputError, fault, nearest
from wfm.files import spelling
from wfm.files.tables import TableReference
from wfm.model.center import Target
from wfm.model.declared import Declared, declared_hints, faults_of, per_interval_number, unit_of
from wfm.model.horizon import unreadable_opening
from wfm.model.paths import is_law, kind_of

D = TypeVar("D", bound=Declared)

REFERENCE_KEYS = ("file", "column", "time", "date", "where", "sheet", "date_format")


class Reader(ABC):
    """Reads the parts of one file and collects their faults.

    Args:
        path: of the file; tables that it names stand in its folder.
    """

    planned: ClassVar[Mapping[type[Declared], tuple[str, ...]]] = {}  # keys of a later version: refused, never ignored
    slot: ClassVar[str] = "interval"  # what a list holds one number for

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []

    @property
    @abstractmethod
    def slots(self) -> int | None:
        """How many numbers a list holds; None where it cannot be told."""

    @abstractmethod
    def column(self, reference: TableReference, number: Any) -> Sequence[float] | None:
        """One number per slot from a table, joined by its times; None where the table is at fault."""

    # ---- parts

    def part(self, cls: type[D], raw: Any, where: str) -> D | None:
        """A declared value from a table, or None when something in it is at fault."""
        if not isinstance(raw, Mapping):
            rule = "is missing" if raw is None else "must be a table"
            self.faults.append(fault(where, rule, *([] if raw is None else [raw])))
            return None
        before = len(self.faults)
        hints = declared_hints(cls)
        self.refuse_unknown(raw, hints, self.planned.get(cls, ()), where)
        values: dict[str, Any] = {}
        for key, value in raw.items():
            if key in hints:
                found = len(self.faults)
                values[key] = self.value(key, value, hints[key], f"{where}.{key}")
                if len(self.faults) > found:
                    # Its fault is told; a harmless value lets the other keys be looked at.
                    values[key] = None
        for one in fields(cls):  # type: ignore[arg-type]
            required = one.default is MISSING and one.default_factory is MISSING
            if required and one.name not in raw:
                self.faults.append(fault(f"{where}.{one.name}", "is missing"))
        if len(self.faults) > before:
            self._look_at_the_rest(cls, values, where)
            return None
        try:
            return cls(**values)
        except InputError as error:
            self.adopt(error, where)
            return None

    def named_once(self, names: Sequence[Any], where: str) -> list[str]:
        """The names of a list; one that stands there twice is a fault."""
        twice = {str(name) for name in names if names.count(name) > 1}
        self.faults.extend(fault(where, "is named twice", name) for name in sorted(twice))
        return [str(name) for name in names]

    def skills_of_broken(self, raw: Any, types: Iterable[str], where: str) -> None:
        """The contact types that a group names, although the group as a whole cannot be built."""
        skills = raw.get("skills") if isinstance(raw, Mapping) else None
        for skill in skills if isinstance(skills, list | Mapping) else ():
            if isinstance(skill, str) and types and skill not in types:
                self.faults.append(fault(where, f"names no contact type; {nearest(skill, types)}", skill))

    def _look_at_the_rest(self, cls: type[Declared], values: dict[str, Any], where: str) -> None:
        """Faults of size and kind in the keys that could be read, although the part as a whole cannot be built."""
        hints = declared_hints(cls)
        for key, value in values.items():
            if value is None or isinstance(value, Declared):
                continue
            if key == "opening" and isinstance(value, Mapping):
                self.faults.extend(unreadable_opening(value, f"{where}.{key}"))
            plain = tuple(value) if isinstance(value, list) else value
            is_table = isinstance(plain, Mapping) and get_origin(kind_of(hints[key])) is not dict
            if is_law(hints[key]) or is_table:
                continue
            self.faults.extend(faults_of(f"{where}.{key}", plain, hints[key]))

    def adopt(self, error: InputError, where: str) -> None:
        """Take the faults of a part as faults of the file."""
        self.faults.extend(Fault(f"{where}.{one.where}", one.rule, one.value, one.has_value) for one in error.faults)

    # ---- values

    def value(self, key: str, value: Any, hint: Any, where: str) -> Any:
        """A key's value in the model's form, as its annotation says; what is at fault is left for the model to tell."""
        kind = kind_of(hint)
        if kind is Target:
            return self.target(value, where)
        if isinstance(kind, type) and issubclass(kind, Declared):
            return self.part(kind, value, where)
        number = per_interval_number(hint)
        if number is not None:
            return self.per_slot(value, number, where)
        if get_origin(kind) is tuple and isinstance(value, list):
            found = self._each(key, {f"{where}[{at}]": one for at, one in enumerate(value)}, get_args(kind)[0])
            return None if found is None else tuple(found)
        if get_origin(kind) is dict and isinstance(value, Mapping):
            found = self._each(key, {f"{where}.{name}": one for name, one in value.items()}, get_args(kind)[1])
            return None if found is None else dict(zip(value, found, strict=True))
        if kind is date:
            return self.day(value, where)
        if unit_of(hint) is not None:
            return self.number(value, unit_of(hint), where)
        if isinstance(value, date | time) and not isinstance(value, datetime):
            return value.isoformat()
        return value

    def _each(self, key: str, values: Mapping[str, Any], hint: Any) -> list[Any] | None:
        """What stands at several places; where one is at fault the others are looked at here, and it is None."""
        before, good = len(self.faults), dict[str, Any]()
        found = []
        for where, one in values.items():
            told = len(self.faults)
            found.append(self.value(key, one, hint, where))
            if len(self.faults) == told:
                good[where] = found[-1]
        if len(self.faults) == before:
            return found
        for where, one in good.items():
            self.faults.extend(faults_of(where, one, hint))
        return None

    def target(self, value: Any, where: str) -> Target | None:
        """A promise, from a table or a text such as '80/20'."""
        if isinstance(value, str):
            try:
                value = spelling.target(value)
            except ValueError as error:
                self.faults.append(fault(where, str(error), value))
                return None
        return self.part(Target, value, where)

    def per_slot(self, value: Any, number: Any, where: str) -> Any:
        """One number for all slots, a list with one for each, or a table's column."""
        unit = unit_of(number)
        if isinstance(value, Mapping):
            reference = self.reference(value, where)
            return None if reference is None else self.column(reference, number)
        if isinstance(value, list):
            if self.slots is not None and len(value) != self.slots:
                rule = f"must hold {self.slots} values, one per {self.slot}; it holds {len(value)}"
                self.faults.append(fault(where, rule))
            return tuple(self.number(one, unit, f"{where}[{index}]") for index, one in enumerate(value))
        return self.number(value, unit, where)

    def reference(
        self, value: Mapping[str, Any], where: str, keys: Sequence[str] = REFERENCE_KEYS
    ) -> TableReference | None:
        """Where a column stands, from a table such as { file, column, time }."""
        found = len(self.faults)
        self.refuse_unknown(value, keys, (), where)
        for key in ("file", "column"):
            if key not in value:
                self.faults.append(fault(f"{where}.{key}", "is missing; a table is { file, column, time }"))
        for key in keys:
            if key != "where" and key in value and not isinstance(value[key], str):
                self.faults.append(fault(f"{where}.{key}", "must be text", value[key]))
        if not isinstance(value.get("where", {}), Mapping):
            self.faults.append(fault(f"{where}.where", "must be a table such as { Queue = 'Sales' }", value["where"]))
        if len(self.faults) > found:
            return None
        known = {key: one for key, one in value.items() if key in keys}
        known["where"] = {str(key): str(one) for key, one in known.get("where", {}).items()}
        return TableReference(folder=self.path.parent, key=where, **known)

    def number(self, value: Any, unit: str | None, where: str) -> Any:
        """A number, spelled by its unit."""
        try:
            return spelling.number(value, unit)
        except ValueError as error:
            self.faults.append(fault(where, str(error), value))
            return value

    def day(self, value: Any, where: str) -> date | None:
        """A date, with or without quotes."""
        if isinstance(value, str):
            try:
                return date.fromisoformat(value.strip())
            except ValueError:
                pass
        elif isinstance(value, date) and not isinstance(value, datetime):
            return value
        shown = value.isoformat() if isinstance(value, datetime) else value
        self.faults.append(fault(where, "must be a date, such as 2027-03-01", shown))
        return None

    # ---- names

    def refuse_unknown(self, raw: Mapping[str, Any], valid: Iterable[str], planned: Iterable[str], where: str) -> None:
        """Keys that there are not, with the nearest one that there is."""
        prefix = f"{where}." if where else ""
        for key in raw:
            if key in valid:
                continue
            if key in planned:
                self.faults.append(fault(f"{prefix}{key}", "is not available yet"))
            else:
                self.faults.append(fault(f"{prefix}{key}", f"is not a key here; {nearest(key, valid)}"))

    def table(self, raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """The table at a key; empty where there is none."""
        value = raw.get(key, {})
        if isinstance(value, Mapping):
            return value
        self.faults.append(fault(key, "must be a table", value))
        return {}

    def text(self, raw: Mapping[str, Any], key: str) -> str:
        """The text at a key; empty where there is none."""
        value = raw.get(key, "")
        if not isinstance(value, str):
            self.faults.append(fault(key, "must be text", value))
            return ""
        return value


def once(faults: list[Fault]) -> list[Fault]:
    """Each fault once, in the order in which they were found."""
    seen: dict[str, Fault] = {}
    for one in faults:
        seen.setdefault(str(one), one)
    return list(seen.values())
