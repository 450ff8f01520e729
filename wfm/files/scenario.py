"""A scenario file: TOML, with tables joined by date and time, to a ContactCenter; every fault at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime, time
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from wfm.errors import Fault, InputError, fault, nearest
from wfm.files import spelling
from wfm.files.inputs import note_input
from wfm.files.tables import TableReference, read_column
from wfm.model.center import (
    AgentGroup,
    ContactCenter,
    ContactType,
    Experiment,
    Routing,
    Skill,
    Target,
    center_faults,
)
from wfm.model.declared import Declared, PositiveSeconds, declared_hints, faults_of, per_interval_number, unit_of
from wfm.model.horizon import Horizon, unreadable_opening
from wfm.model.laws import LAWS, Law
from wfm.model.paths import hint_of, is_law, is_shrinkage, split
from wfm.model.shrinkage import Shrinkage

D = TypeVar("D", bound=Declared)

# Keys of the format that this version does not act on yet: refused, never ignored.
PLANNED = {
    ContactType: ("redial", "repeat", "transfer", "volume_is", "callback", "answer_clock", "backlog"),
    AgentGroup: ("concurrency", "chat_speed", "shifts", "adherence"),
    ContactCenter: ("correlation", "arrivals"),
    Horizon: ("interval_factor",),
}
PLANNED_CHANNELS = ("chat", "email", "outbound")
TOP = ("title", "description", "horizon", "contact_types", "agent_groups", "routing", "experiment")
FACTOR_KEYS = ("day_factor",)
NO_SCENARIOS = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".xlsm")
SYNTAX = {"Cannot overwrite a value": "gives a key a second time"}
PARTS: dict[str, type[Declared]] = {"contact_types": ContactType, "agent_groups": AgentGroup, "skills": Skill}
REFERENCE_KEYS = ("file", "column", "time", "date", "where", "sheet", "date_format")


def load(path: str | PathLike[str]) -> ContactCenter:
    """Read a scenario.

    Args:
        path: a TOML file; tables that it names stand in its folder.

    Raises:
        InputError: with every fault: key, row or cell, value, rule, and the nearest valid name.

    >>> import wfm
    >>> wfm.load(wfm.example("textbook")).title
    'Textbook'
    """
    if not isinstance(path, str | PathLike):
        raise InputError([fault("path", "must be the path of a scenario file", path)])
    path = Path(path)
    if path.suffix.lower() in NO_SCENARIOS and path.is_file():
        raise InputError([fault("SCENARIO", "must be a TOML file; `wfm init` makes one of an export")], str(path))
    return _Reader(path).center(read_toml(path))


def read_value(path: str, value: Any, center: ContactCenter | None = None, folder: Path = Path()) -> Any:
    """A value in the model's form, as a scenario file could have it at a path.

    A number where a law or shrinkage stands is left a number: the law's mean, the shrinkage's total.

    Args:
        path: keys joined by dots; a path that no centre has leaves the value as it is.
        value: from TOML.
        center: the centre that it is for, whose intervals a list or a table must fill.
        folder: where files of tables stand.

    Raises:
        InputError: with every fault.

    >>> read_value("contact_types.*.target", "80/20").service_level
    0.8
    """
    hint, keys = hint_of(path), split(path)
    if hint is None:
        return value
    reader = _Reader(Path(folder) / path)
    reader.horizon = center.horizon if center is not None else None
    reader.is_open = _hours(center, keys) if center is not None else None
    is_table = isinstance(value, Mapping) and "file" not in value
    if is_shrinkage(keys) and not is_table:
        found = reader._number(value, "share", path)
    elif is_law(hint) and not is_table:
        found = reader._per_interval(value, PositiveSeconds, path)
    elif len(keys) % 2 == 0 and keys[-2] in PARTS:
        found = reader._part(PARTS[keys[-2]], value, path)
    else:
        found = reader._value(keys[-1], value, hint, path)
    if reader.faults:
        raise InputError(_once(reader.faults))
    return tuple(found) if isinstance(found, list) else found


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        InputError: it is missing, a folder, not UTF-8 or not TOML; at which line.
    """
    if path.is_dir():
        raise InputError([fault("SCENARIO", "must be a file; this is a folder")], str(path))
    try:
        data = path.read_bytes()
        note_input(path)
        return tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except FileNotFoundError:
        beside = [one.name for one in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        rule = f"there is no such file; {nearest(path.name, beside)}" if beside else "there is no such file"
        raise InputError([fault("SCENARIO", rule)], str(path)) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError([fault(f"line {line}", "must be UTF-8 text; save the file as UTF-8")], str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError([_syntax_fault(data.decode("utf-8-sig"), str(error))], str(path)) from None
    except RecursionError:
        raise InputError([fault("TOML", "is nested too deeply")], str(path)) from None
    except OSError as error:
        raise InputError([fault("SCENARIO", f"cannot be read ({error.strerror})")], str(path)) from None


def _syntax_fault(text: str, message: str) -> Fault:
    """Where a file stops being TOML, with the line that stands there."""
    reason, _, place = message.partition(" (at ")
    found = re.match(r"line (\d+), column (\d+)", place)
    rule = SYNTAX.get(reason, f"is not TOML: {reason}")
    if not found:
        return fault("at the end of the file", rule)
    line = text.splitlines()[int(found.group(1)) - 1 : int(found.group(1))]
    return fault(f"line {found.group(1)}, column {found.group(2)}", rule, *line)


class _Reader:
    """Reads the parts of one scenario and collects their faults."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self.horizon: Horizon | None = None
        self.is_open: np.ndarray | None = None

    def center(self, raw: dict[str, Any]) -> ContactCenter:
        self._refuse_unknown(raw, TOP, PLANNED[ContactCenter], "")
        self.horizon = self._part(Horizon, raw.get("horizon"), "horizon")
        groups_raw = self._table(raw, "agent_groups")
        types_raw = self._table(raw, "contact_types")
        types, groups = {}, {}
        for name, value in types_raw.items():
            where = f"contact_types.{name}"
            self.is_open = self._open(value)
            types[name] = self._part(ContactType, value, where)
        for name, value in groups_raw.items():
            self.is_open = self._open_for_group(value, types_raw)
            groups[name] = self._part(AgentGroup, value, f"agent_groups.{name}")
        routing = self._part(Routing, raw.get("routing", {}), "routing")
        experiment = self._part(Experiment, raw.get("experiment", {}), "experiment")
        title, description = (self._text(raw, key) for key in ("title", "description"))
        read_types = {name: one for name, one in types.items() if one is not None}
        read_groups = {name: one for name, one in groups.items() if one is not None}
        broken = frozenset(types) - frozenset(read_types)
        for name, value in groups_raw.items():
            if groups[name] is None:
                self._skills_of_broken(value, types, f"agent_groups.{name}.skills")
        for one in center_faults(self.horizon, read_types, read_groups, broken):
            # Where a group could not be read, nobody knows what it serves.
            if not ("no agent group" in one.rule and len(read_groups) < len(groups)):
                self.faults.append(one)
        if not groups and not any(one.where == "agent_groups" for one in self.faults):
            self.faults.append(fault("agent_groups", "there are none; a centre needs at least one"))
        if self.faults or self.horizon is None or routing is None or experiment is None:
            raise InputError(_once(self.faults), str(self.path))
        return ContactCenter(
            self.horizon, read_types, read_groups, title or self.path.stem, description, routing, experiment
        )

    # ---- parts

    def _part(self, cls: type[D], raw: Any, where: str) -> D | None:
        """A declared value from a table, or None when something in it is at fault."""
        if not isinstance(raw, Mapping):
            rule = "is missing" if raw is None else "must be a table"
            self.faults.append(fault(where, rule, *([] if raw is None else [raw])))
            return None
        before = len(self.faults)
        hints = declared_hints(cls)
        self._refuse_unknown(raw, hints, PLANNED.get(cls, ()), where)
        values: dict[str, Any] = {}
        for key, value in raw.items():
            if key in hints:
                found = len(self.faults)
                values[key] = self._value(key, value, hints[key], f"{where}.{key}")
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
            self._adopt(error, where)
            return None

    def _look_at_the_rest(self, cls: type[Declared], values: dict[str, Any], where: str) -> None:
        """Faults of size and kind in the keys that could be read, although the part as a whole cannot be built."""
        hints = declared_hints(cls)
        for key, value in values.items():
            if value is None or isinstance(value, Declared):
                continue
            if key == "opening" and isinstance(value, Mapping):
                self.faults.extend(unreadable_opening(value, f"{where}.{key}"))
            plain = tuple(value) if isinstance(value, list) else value
            if is_law(hints[key]) or isinstance(plain, Mapping):
                continue
            self.faults.extend(faults_of(f"{where}.{key}", plain, hints[key]))

    def _adopt(self, error: InputError, where: str) -> None:
        self.faults.extend(Fault(f"{where}.{one.where}", one.rule, one.value, one.has_value) for one in error.faults)

    def _value(self, key: str, value: Any, hint: Any, where: str) -> Any:
        """A key's value in the model's form."""
        if is_law(hint):
            return self._law(value, where, is_factor=key in FACTOR_KEYS)
        if key == "target":
            return self._target(value, where)
        if key == "channel" and value in PLANNED_CHANNELS:
            self.faults.append(fault(where, "is not available yet; channels: voice", value))
            return None
        if key == "shrinkage":
            return self._part(Shrinkage, value, where)
        if key == "skills":
            return self._skills(value, where)
        number = per_interval_number(hint)
        if number is not None:
            return self._per_interval(value, number, where)
        if unit_of(hint) is not None:
            return self._number(value, unit_of(hint), where)
        if isinstance(value, date | time) and not isinstance(value, datetime):
            value = value.isoformat()
        if key in ("planned", "unplanned") and isinstance(value, Mapping):
            return {name: self._number(one, "share", f"{where}.{name}") for name, one in value.items()}
        return value

    def _target(self, value: Any, where: str) -> Target | None:
        if isinstance(value, str):
            try:
                value = spelling.target(value)
            except ValueError as error:
                self.faults.append(fault(where, str(error), value))
                return None
        return self._part(Target, value, where)

    def _skills(self, value: Any, where: str) -> Any:
        if isinstance(value, list):
            twice = {str(name) for name in value if value.count(name) > 1}
            self.faults.extend(fault(where, "is named twice", name) for name in sorted(twice))
            return {str(name): Skill() for name in value}
        if not isinstance(value, Mapping):
            self.faults.append(fault(where, "must be a list of contact types", value))
            return None
        skills = {name: self._part(Skill, one, f"{where}.{name}") for name, one in value.items()}
        return None if any(one is None for one in skills.values()) else skills

    def _skills_of_broken(self, raw: Any, types: Iterable[str], where: str) -> None:
        """The contact types that a group names, although the group as a whole cannot be built."""
        skills = raw.get("skills") if isinstance(raw, Mapping) else None
        for skill in skills if isinstance(skills, list | Mapping) else ():
            if isinstance(skill, str) and types and skill not in types:
                self.faults.append(fault(where, f"names no contact type; {nearest(skill, types)}", skill))

    def _law(self, value: Any, where: str, is_factor: bool) -> Law | None:
        """A law by its name; a bare number, list or column is the mean of an exponential one."""
        if isinstance(value, Mapping) and "law" in value:
            name = value["law"]
            if not isinstance(name, str) or name not in LAWS:
                self.faults.append(fault(f"{where}.law", f"is not a law; {nearest(str(name), LAWS)}", name))
                return None
            numbers = {key: one for key, one in value.items() if key != "law"}
            if name == "empirical":
                return self._empirical(numbers, where)
            if is_factor and "mean" in declared_hints(LAWS[name]):
                numbers.setdefault("mean", 1.0)
            return self._part(LAWS[name], numbers, where)
        if isinstance(value, Mapping) and "file" not in value:
            self.faults.append(fault(f"{where}.law", f"is missing; there are: {', '.join(LAWS)}"))
            return None
        return self._part(LAWS["exponential"], {"mean": value}, where)

    def _empirical(self, numbers: dict[str, Any], where: str) -> Law | None:
        if "sample" in numbers:
            return self._part(LAWS["empirical"], numbers, where)
        rest = {key: one for key, one in numbers.items() if key not in REFERENCE_KEYS}
        reference = {key: one for key, one in numbers.items() if key in REFERENCE_KEYS}
        found = len(self.faults)
        column = self._reference(reference, where)
        sample = None if column is None else column.sample(self.faults)
        if sample is None or len(self.faults) > found:
            return None
        return self._part(LAWS["empirical"], {"sample": sample, **rest}, where)

    def _per_interval(self, value: Any, number: Any, where: str) -> Any:
        unit = unit_of(number)
        if isinstance(value, Mapping):
            reference = self._reference(value, where)
            if reference is None:
                return None
            if self.horizon is None:
                reference.read(self.faults)
                return None
            return read_column(reference, self.horizon, self.is_open, number, self.faults)
        if isinstance(value, list):
            if self.horizon is not None and len(value) != self.horizon.intervals:
                rule = f"must hold {self.horizon.intervals} values, one per interval; it holds {len(value)}"
                self.faults.append(fault(where, rule))
            return [self._number(one, unit, f"{where}[{index}]") for index, one in enumerate(value)]
        return self._number(value, unit, where)

    def _reference(self, value: Mapping[str, Any], where: str) -> TableReference | None:
        found = len(self.faults)
        self._refuse_unknown(value, REFERENCE_KEYS, (), where)
        for key in ("file", "column"):
            if key not in value:
                self.faults.append(fault(f"{where}.{key}", "is missing; a table is { file, column, time }"))
        for key in set(REFERENCE_KEYS) - {"where"}:
            if key in value and not isinstance(value[key], str):
                self.faults.append(fault(f"{where}.{key}", "must be text", value[key]))
        if not isinstance(value.get("where", {}), Mapping):
            self.faults.append(fault(f"{where}.where", "must be a table such as { Queue = 'Sales' }", value["where"]))
        if len(self.faults) > found:
            return None
        known = {key: one for key, one in value.items() if key in REFERENCE_KEYS}
        known["where"] = {str(key): str(one) for key, one in known.get("where", {}).items()}
        return TableReference(folder=self.path.parent, key=where, **known)

    def _number(self, value: Any, unit: str | None, where: str) -> Any:
        try:
            return spelling.number(value, unit)
        except ValueError as error:
            self.faults.append(fault(where, str(error), value))
            return value

    # ---- names

    def _refuse_unknown(self, raw: Mapping[str, Any], valid: Iterable[str], planned: Iterable[str], where: str) -> None:
        prefix = f"{where}." if where else ""
        for key in raw:
            if key in valid:
                continue
            if key in planned:
                self.faults.append(fault(f"{prefix}{key}", "is not available yet"))
            else:
                self.faults.append(fault(f"{prefix}{key}", f"is not a key here; {nearest(key, valid)}"))

    def _table(self, raw: dict[str, Any], key: str) -> Mapping[str, Any]:
        value = raw.get(key, {})
        if isinstance(value, Mapping):
            return value
        self.faults.append(fault(key, "must be a table", value))
        return {}

    def _text(self, raw: dict[str, Any], key: str) -> str:
        value = raw.get(key, "")
        if not isinstance(value, str):
            self.faults.append(fault(key, "must be text", value))
            return ""
        return value

    # ---- which intervals a table must fill

    def _open(self, raw: Any) -> np.ndarray | None:
        if self.horizon is None:
            return None
        opening = raw.get("opening") if isinstance(raw, Mapping) else None
        try:
            return self.horizon.open_intervals(opening if isinstance(opening, Mapping) else None)
        except (ValueError, KeyError):
            return None  # the opening hours are at fault, which is told where they stand

    def _open_for_group(self, raw: Any, types_raw: Mapping[str, Any]) -> np.ndarray | None:
        """When any type of the group is open; where none of them can be told, the horizon's hours."""
        skills = raw.get("skills", []) if isinstance(raw, Mapping) else []
        named = [one for one in skills if isinstance(one, str)] if isinstance(skills, list | Mapping) else []
        found = [self._open(types_raw.get(one)) for one in named] or [self._open(None)]
        known = [one for one in found if one is not None]
        return np.any(known, axis=0) if known else None


def _hours(center: ContactCenter, keys: tuple[str, ...]) -> np.ndarray:
    """When what stands at some keys is open: a contact type, a group, or the horizon."""
    if keys[0] == "contact_types" and keys[1:2] and keys[1] in center.contact_types:
        return center.is_open(keys[1])
    if keys[0] == "agent_groups" and keys[1:2] and keys[1] in center.agent_groups:
        return center.on_duty(keys[1])
    return center.horizon.open_intervals()


def _once(faults: list[Fault]) -> list[Fault]:
    """Each fault once, in the order in which they were found."""
    seen: dict[str, Fault] = {}
    for one in faults:
        seen.setdefault(str(one), one)
    return list(seen.values())
