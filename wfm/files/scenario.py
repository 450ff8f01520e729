"""A scenario file: TOML, with tables joined by date and time, to a ContactCenter; every fault at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from wfm.errors import Fault, InputError, fault, nearest
from wfm.files.inputs import input_file
from wfm.files.reader import REFERENCE_KEYS, Reader, once
from wfm.files.tables import TableReference, read_column
from wfm.model.center import (
    AgentGroup,
    ContactCenter,
    ContactType,
    Experiment,
    Routing,
    Skill,
    center_faults,
)
from wfm.model.declared import Declared, PositiveSeconds, declared_hints
from wfm.model.horizon import Horizon
from wfm.model.laws import LAWS, Law
from wfm.model.paths import hint_of, is_law, is_shrinkage, split

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
SYNTAX = {
    "Cannot overwrite a value": "gives a key a second time",
    "Invalid date or datetime": "must be a date that there is, such as 2027-03-01",
}
PARTS: dict[str, type[Declared]] = {"contact_types": ContactType, "agent_groups": AgentGroup, "skills": Skill}


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
    raw = read_toml(path)
    if "calendar" in raw and "horizon" not in raw:
        raise InputError([fault("SCENARIO", "is a budget, by its [calendar]; `wfm budget` works it out")], str(path))
    return CenterReader(path).center(raw)


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
    reader = CenterReader(Path(folder) / path)
    reader.horizon = center.horizon if center is not None else None
    reader.is_open = _hours(center, keys) if center is not None else None
    is_table = isinstance(value, Mapping) and "file" not in value
    if is_shrinkage(keys) and not is_table:
        found = reader.number(value, "share", path)
    elif is_law(hint) and not is_table:
        found = reader.per_slot(value, PositiveSeconds, path)
    elif len(keys) % 2 == 0 and keys[-2] in PARTS:
        found = reader.part(PARTS[keys[-2]], value, path)
    else:
        found = reader.value(keys[-1], value, hint, path)
    if reader.faults:
        raise InputError(once(reader.faults))
    return tuple(found) if isinstance(found, list) else found


def read_toml(path: Path, called: str = "SCENARIO") -> dict[str, Any]:
    """The tables of a TOML file.

    Args:
        path: of the file.
        called: what a fault of the whole file calls it.

    Raises:
        InputError: it is missing, a folder, not UTF-8 or not TOML; at which line.
    """
    with input_file(path, called, "*.toml"):
        data = path.read_bytes()
    try:
        return tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError([fault(f"line {line}", "must be UTF-8 text; save the file as UTF-8")], str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError([_syntax_fault(data.decode("utf-8-sig"), str(error))], str(path)) from None
    except RecursionError:
        raise InputError([fault("TOML", "is nested too deeply")], str(path)) from None


def _syntax_fault(text: str, message: str) -> Fault:
    """Where a file stops being TOML, with the line that stands there."""
    reason, _, place = message.partition(" (at ")
    found = re.match(r"line (\d+), column (\d+)", place)
    rule = SYNTAX.get(reason, f"is not TOML: {reason}")
    if not found:
        return fault("at the end of the file", rule)
    line = text.splitlines()[int(found.group(1)) - 1 : int(found.group(1))]
    return fault(f"line {found.group(1)}, column {found.group(2)}", rule, *line)


class CenterReader(Reader):
    """Reads the parts of one scenario and collects their faults."""

    planned = PLANNED

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.horizon: Horizon | None = None
        self.is_open: np.ndarray | None = None

    @property
    def slots(self) -> int | None:
        return None if self.horizon is None else self.horizon.intervals

    def column(self, reference: TableReference, number: Any) -> list[float] | None:
        if self.horizon is None:
            reference.read(self.faults)
            return None
        return read_column(reference, self.horizon, self.is_open, number, self.faults)

    def center(self, raw: dict[str, Any]) -> ContactCenter:
        self.refuse_unknown(raw, TOP, PLANNED[ContactCenter], "")
        self.horizon = self.part(Horizon, raw.get("horizon"), "horizon")
        groups_raw = self.table(raw, "agent_groups")
        types_raw = self.table(raw, "contact_types")
        types, groups = {}, {}
        for name, value in types_raw.items():
            where = f"contact_types.{name}"
            self.is_open = self._open(value)
            types[name] = self.part(ContactType, value, where)
        for name, value in groups_raw.items():
            self.is_open = self._open_for_group(value, types_raw)
            groups[name] = self.part(AgentGroup, value, f"agent_groups.{name}")
        routing = self.part(Routing, raw.get("routing", {}), "routing")
        experiment = self.part(Experiment, raw.get("experiment", {}), "experiment")
        title, description = (self.text(raw, key) for key in ("title", "description"))
        read_types = {name: one for name, one in types.items() if one is not None}
        read_groups = {name: one for name, one in groups.items() if one is not None}
        broken = frozenset(types) - frozenset(read_types)
        for name, value in groups_raw.items():
            if groups[name] is None:
                self.skills_of_broken(value, types, f"agent_groups.{name}.skills")
        for one in center_faults(self.horizon, read_types, read_groups, broken):
            # Where a group could not be read, nobody knows what it serves.
            if not ("no agent group" in one.rule and len(read_groups) < len(groups)):
                self.faults.append(one)
        if not groups and not any(one.where == "agent_groups" for one in self.faults):
            self.faults.append(fault("agent_groups", "there are none; a centre needs at least one"))
        if self.faults or self.horizon is None or routing is None or experiment is None:
            raise InputError(once(self.faults), str(self.path))
        return ContactCenter(
            self.horizon, read_types, read_groups, title or self.path.stem, description, routing, experiment
        )

    # ---- values

    def value(self, key: str, value: Any, hint: Any, where: str) -> Any:
        if is_law(hint):
            return self._law(value, where, is_factor=key in FACTOR_KEYS)
        if key == "channel" and value in PLANNED_CHANNELS:
            self.faults.append(fault(where, "is not available yet; channels: voice", value))
            return None
        if key == "skills":
            return self._skills(value, where)
        return super().value(key, value, hint, where)

    def _skills(self, value: Any, where: str) -> Any:
        if isinstance(value, list):
            return {name: Skill() for name in self.named_once(value, where)}
        if not isinstance(value, Mapping):
            self.faults.append(fault(where, "must be a list of contact types", value))
            return None
        skills = {name: self.part(Skill, one, f"{where}.{name}") for name, one in value.items()}
        return None if any(one is None for one in skills.values()) else skills

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
            return self.part(LAWS[name], numbers, where)
        if isinstance(value, Mapping) and "file" not in value:
            self.faults.append(fault(f"{where}.law", f"is missing; there are: {', '.join(LAWS)}"))
            return None
        return self.part(LAWS["exponential"], {"mean": value}, where)

    def _empirical(self, numbers: dict[str, Any], where: str) -> Law | None:
        if "sample" in numbers:
            return self.part(LAWS["empirical"], numbers, where)
        rest = {key: one for key, one in numbers.items() if key not in REFERENCE_KEYS}
        reference = {key: one for key, one in numbers.items() if key in REFERENCE_KEYS}
        found = len(self.faults)
        column = self.reference(reference, where)
        sample = None if column is None else column.sample(self.faults)
        if sample is None or len(self.faults) > found:
            return None
        return self.part(LAWS["empirical"], {"sample": sample, **rest}, where)

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
