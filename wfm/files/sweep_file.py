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
from wfm.model.plan import StaffingPlan
from wfm.model.variation import Base, Scenario, Variation

T = TypeVar("T")

TEXTS = ("base", "plan", "design", "method", "staffing", "hold", "best")
WHOLE_NUMBERS = ("samples", "replications", "seed")
OPTIONS = ("design", "samples", "ask", "method", "staffing", "hold", "best", "indifference", "replications", "seed")
KEYS = ("base", "plan", *OPTIONS, "vary", "scenarios")


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
    """Whether a file is TOML with a `base`; a scenario, or what cannot be read, is none.

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
    return "base" in raw or bool({"vary", "scenarios"} & raw.keys())


def load_sweep_file(path: str | PathLike[str]) -> SweepFile:
    """Read a sweep file, its base and its plans; the files that it names stand in its folder.

    Raises:
        InputError: with every fault: key, value, rule, and the nearest valid name.
    """
    path = Path(path)
    return _Reader(path).read(read_toml(path))


class _Reader:
    """Reads the parts of one sweep file and collects their faults."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.parent
        self.faults: list[Fault] = []

    def read(self, raw: dict[str, Any]) -> SweepFile:
        self._kinds(raw)
        center = self._base(raw.get("base"))
        plan = self._plan(raw.get("plan"), center, "plan")
        variations = [
            self._told(f"vary.'{key}'", read_variation, key, levels, center, self.folder)
            for key, levels in self._table(raw, "vary").items()
        ]
        scenarios = [self._scenario(name, one, center) for name, one in self._table(raw, "scenarios").items()]
        if self.faults or center is None:
            raise InputError(self.faults, str(self.path))
        options = {key: raw[key] for key in OPTIONS if key in raw}
        if "ask" in options:
            options["ask"] = (options["ask"],) if isinstance(options["ask"], str) else tuple(options["ask"])
        found = tuple(one for one in variations if one is not None)
        named = tuple(one for one in scenarios if one is not None)
        return SweepFile(self.folder / raw["base"], center, plan, found, named, options)

    def _kinds(self, raw: Mapping[str, Any]) -> None:
        """Keys that there are not, and values of another kind."""
        for key, value in raw.items():
            if key not in KEYS:
                self.faults.append(fault(key, f"is not a key of a sweep file; {nearest(key, KEYS)}", value))
            elif key in TEXTS and not isinstance(value, str):
                self.faults.append(fault(key, "must be text", value))
            elif key in WHOLE_NUMBERS and (isinstance(value, bool) or not isinstance(value, int)):
                self.faults.append(fault(key, "must be a whole number", value))
        ask = raw.get("ask", "")
        if not isinstance(ask, str) and not (isinstance(ask, list) and all(isinstance(one, str) for one in ask)):
            self.faults.append(fault("ask", "must be text or a list of texts", ask))
        if isinstance(raw.get("indifference"), bool) or not isinstance(raw.get("indifference", ""), str | int | float):
            self.faults.append(
                fault("indifference", "must be a number, or a text such as '0.5pt'", raw["indifference"])
            )

    def _base(self, name: Any) -> ContactCenter | None:
        if name is None:
            self.faults.append(fault("base", "is missing; the scenario file that the sweep starts from"))
        if not isinstance(name, str):
            return None
        return self._told("base", load, self.folder / name)

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
        changes = tuple(one for one in found if one is not None)
        if not isinstance(raw.get("plan", ""), str):
            self.faults.append(fault(f"{where}.plan", "must be text, the name of a plan file", raw["plan"]))
        elif "plan" not in raw or len(changes) < len(found) or center is None:
            return self._told(where, Scenario, name, changes)
        else:
            changed = self._told(where, Base(center, None).varied_center, changes)
            return Scenario(name, changes, self._plan(raw["plan"], changed, f"{where}.plan"))
        return None

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
