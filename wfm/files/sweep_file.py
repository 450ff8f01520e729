"""A sweep file: TOML with the scenario that it starts from, what is varied and what is asked; every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from wfm.errors import Fault, InputError, fault, nearest
from wfm.files.plans import read_plan
from wfm.files.scenario import load, read_toml
from wfm.files.variations import read_change, read_variation
from wfm.model.center import ContactCenter
from wfm.model.paths import places
from wfm.model.plan import StaffingPlan
from wfm.model.variation import Base, Scenario, Variation

T = TypeVar("T")

TEXTS = ("base", "plan", "design", "method", "staffing", "hold", "best")
WHOLE_NUMBERS = ("samples", "replications", "seed")
OPTIONS = ("design", "samples", "ask", "method", "staffing", "hold", "best", "indifference", "replications", "seed")
KEYS = ("base", "plan", *OPTIONS, "vary", "scenarios")
DRAWN = ("latin_hypercube", "sobol")  # designs whose ranges need no number of levels


@dataclass(frozen=True, eq=False)
class SweepFile:
    """What a sweep file says.

    Args:
        base: the scenario file that it starts from.
        center: what that file holds.
        plan: the plan that is held; None: the scenario's own agents, or else the requirement.
        variations, scenarios: what is varied.
        options: design, samples, ask, method, staffing, hold, best, indifference, replications and seed, those that are
            given; ask as a tuple.
    """

    base: Path
    center: ContactCenter
    plan: StaffingPlan | None
    variations: tuple[Variation, ...]
    scenarios: tuple[Scenario, ...]
    options: Mapping[str, Any]


def is_sweep_file(path: str | PathLike[str]) -> bool:
    """Whether a file is TOML with a `base`; a scenario, a budget, or what cannot be read, is none.

    >>> import wfm
    >>> is_sweep_file(wfm.example("textbook"))
    False
    """
    if Path(path).suffix.lower() != ".toml" or not Path(path).is_file():
        return False
    try:
        raw = read_toml(Path(path))
    except InputError:
        return False
    return "base" in raw or (bool({"vary", "scenarios"} & raw.keys()) and "calendar" not in raw)


def load_sweep_file(path: str | PathLike[str]) -> SweepFile:
    """Read a sweep file, its base and its plans; the files that it names stand in its folder.

    Raises:
        InputError: with every fault: key, value, rule, and the nearest valid name.
    """
    reader = SweepFileReader(Path(path))
    said = reader.read()
    if reader.faults or said is None:
        raise InputError(reader.faults, str(path))
    return said


class SweepFileReader:
    """Reads the parts of one sweep file and collects their faults.

    Args:
        path: of the file.
        design: in place of the file's own.
    """

    def __init__(self, path: Path, design: str | None = None) -> None:
        self.path, self.folder = path, path.parent
        self.faults: list[Fault] = []
        self._raw = read_toml(path)
        self._drawn = (design or self._raw.get("design")) in DRAWN

    def read(self) -> SweepFile | None:
        """Those parts that are without fault; nothing where there is no base."""
        raw = self._raw
        self._kinds(raw)
        center = self._base(raw.get("base"))
        plan = self._plan(raw.get("plan"), center, "plan")
        variations = [
            self._told(f"vary.'{key}'", self._variation, key, levels, center)
            for key, levels in self._table(raw, "vary").items()
        ]
        scenarios = [self._scenario(name, one, center) for name, one in self._table(raw, "scenarios").items()]
        if center is None:
            return None
        found = tuple(one for one in variations if one is not None)
        named = tuple(one for one in scenarios if one is not None)
        return SweepFile(self.folder / raw["base"], center, plan, found, named, self.options)

    @property
    def options(self) -> dict[str, Any]:
        """Those that are given and of the right kind."""
        given = {key: self._raw[key] for key in OPTIONS if key in self._raw}
        options = {key: value for key, value in given.items() if not _kind_at_fault(key, value)}
        if "ask" in options:
            options["ask"] = (options["ask"],) if isinstance(options["ask"], str) else tuple(options["ask"])
        return options

    def _variation(self, key: str, levels: Any, center: ContactCenter | None) -> Variation:
        found = read_variation(key, levels, center, self.folder, self._drawn)
        if center is not None:
            places(center, found.path, adding=found.how == "value")
        return found

    def _kinds(self, raw: Mapping[str, Any]) -> None:
        """Keys that there are not, and values of another kind."""
        for key, value in raw.items():
            if key not in KEYS:
                self.faults.append(fault(key, f"is not a key of a sweep file; {nearest(key, KEYS)}", value))
            elif rule := _kind_at_fault(key, value):
                self.faults.append(fault(key, rule, value))

    def _base(self, name: Any) -> ContactCenter | None:
        if name is None:
            self.faults.append(fault("base", "is missing; the scenario file that the sweep starts from"))
        if not isinstance(name, str):
            return None
        path = self.folder / name
        if is_sweep_file(path):
            itself = path.exists() and path.samefile(self.path)
            which = "this very file" if itself else "itself a sweep file"
            self.faults.append(fault("base", f"is {which}; name the scenario that the sweep starts from", name))
            return None
        if not path.exists():
            beside = [one.name for one in sorted(path.parent.glob("*.toml")) if not is_sweep_file(one)]
            self.faults.append(fault("base", f"there is no such file; {nearest(path.name, beside)}", name))
            return None
        return self._told("base", load, path)

    def _plan(self, name: Any, center: ContactCenter | None, where: str) -> StaffingPlan | None:
        if center is None or not isinstance(name, str):
            return None
        return self._told(where, read_plan, self.folder / name, center)

    def _scenario(self, name: str, raw: Any, center: ContactCenter | None) -> Scenario | None:
        where = f"scenarios.'{name}'"
        if not isinstance(raw, Mapping):
            self.faults.append(fault(where, "must be a table of paths and levels", raw))
            return None
        found = [
            self._told(f"{where}.'{key}'", read_change, key, level, center, self.folder)
            for key, level in self._paths(raw, where).items()
            if key != "plan"
        ]
        if not raw:
            self.faults.append(fault(where, "changes nothing, and the base is there anyway; leave it out"))
        changes = tuple(one for one in found if one is not None)
        plan = None
        if not isinstance(raw.get("plan", ""), str):
            self.faults.append(fault(f"{where}.plan", "must be text, the name of a plan file", raw["plan"]))
        elif len(changes) == len(found) and center is not None:
            changed = self._told(where, Base(center, None).varied_center, changes)
            if changed is None:
                return None
            plan = self._plan(raw.get("plan"), changed, f"{where}.plan")
        return self._told(where, Scenario, name, changes, plan)

    def _table(self, raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = raw.get(key, {})
        if not isinstance(value, Mapping):
            self.faults.append(fault(key, "must be a table", value))
            return {}
        if key in raw and not value:
            self.faults.append(fault(key, "there is nothing in it; leave it out, or name some"))
        return self._paths(value, key) if key == "vary" else value

    def _paths(self, raw: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The paths of a table; one without its quotes is a table in a table."""
        found = {}
        for key, value in raw.items():
            if isinstance(value, Mapping) and "." not in key:
                rule = f'must be a path in quotes, such as "{key}.{next(iter(value), "name")}" = ...'
                self.faults.append(fault(f"{where}.{key}", rule))
            else:
                found[key] = value
        return found

    def _told(self, where: str, do: Callable[..., T], *given: Any) -> T | None:
        """What something gives; or nothing, and its faults with the others, by the key that they come from."""
        try:
            return do(*given)
        except InputError as error:
            for one in error.faults:
                source = f"{error.source}: " if Path(error.source).suffix else ""
                itself = where.endswith(f"'{one.where}'")
                rule = f"{source}{one.rule}" if itself else f"{source}{one.where}: {one.rule}"
                self.faults.append(Fault(where, rule, one.value, one.has_value))
            return None


def _kind_at_fault(key: str, value: Any) -> str:
    """What the value of a key must be and is not; "" where it is."""
    if key in TEXTS and not isinstance(value, str):
        return "must be text"
    if key in WHOLE_NUMBERS and (isinstance(value, bool) or not isinstance(value, int)):
        return "must be a whole number"
    if key == "indifference" and (isinstance(value, bool) or not isinstance(value, str | int | float)):
        return "must be a number, or a text such as '0.5pt'"
    texts = [value] if isinstance(value, str) else value
    if key == "ask" and not (isinstance(texts, list) and all(isinstance(one, str) for one in texts)):
        return "must be text or a list of texts"
    return ""
