"""run.json: which sweep a run folder holds, what it rests on, and how it can be begun again."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import wfm
from wfm.errors import Fault, InputError, fault
from wfm.files.inputs import sha256_of
from wfm.model.center import digest_of

if TYPE_CHECKING:
    from wfm.sweeps.sweep import Sweep

FORMAT = 1
NAME = "run.json"
INPUTS = "inputs"  # the folder of copies
NUMERIC = ("numpy", "scipy", "numba")  # with another version of one of these the last bits may differ
HASHED = {
    "center": "the centre (contact types, agent groups, routing, horizon, targets or costs)",
    "experiment": "the experiment (seed, replications or rounding)",
    "plan": "the staffing plan",
    "variations": "what is varied",
    "scenarios": "the named scenarios",
}
FILE = "file"  # an option that names a file is {"file": path}


@dataclass(frozen=True)
class Origin:
    """How a command came to its sweep, so that it can be made again.

    Args:
        what: the scenario or the sweep file that was asked about.
        options: the command's own, as JSON has them; a file among them is a Path.
        files: every file that was read, and its sha256 (`wfm.files.inputs.noting_inputs`).
    """

    what: Path
    options: Mapping[str, Any]
    files: Mapping[Path, str]


@dataclass(frozen=True)
class Input:
    """A file that the sweep was read from: where it stands, seen from the folder, its copy in there, its sha256."""

    path: str
    copy: str
    sha256: str


@dataclass(frozen=True)
class RunRecord:
    """What stands in run.json, which is written once and never changed.

    Args:
        format: of the folder. created: date and time. versions: of wfm, Python, the packages and the machine.
        title: of the centre. cases: how many, with the baseline.
        question: the sweep in words. parts: what results depend on, as words or, where they are long, as hashes.
        digest: of all of it.
        begun: the file that was asked about and the command's options; None: begun in Python.
        inputs: every file that was read.
    """

    format: int
    created: str
    versions: Mapping[str, str]
    title: str
    cases: int
    question: Mapping[str, Any]
    parts: Mapping[str, str]
    digest: str
    begun: Mapping[str, Any] | None
    inputs: tuple[Input, ...]

    @classmethod
    def of(cls, sweep: Sweep, folder: Path, origin: Origin | None, selection: Mapping[str, Any]) -> RunRecord:
        """What to write for a sweep; selection: what else results depend on."""
        parts = parts_of(sweep, selection)
        return cls(
            format=FORMAT,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            versions=versions(),
            title=sweep.center.title,
            cases=len(sweep),
            question=question_of(sweep, selection),
            parts=parts,
            digest=digest_of(parts),
            begun=None if origin is None else _begun(origin, folder),
            inputs=tuple(_inputs_of(origin, folder)) if origin else (),
        )

    @classmethod
    def read(cls, folder: Path) -> RunRecord:
        """What stands in a folder.

        Raises:
            InputError: it is no run folder, its run.json is damaged, or it has another format.
        """
        try:
            data = json.loads((folder / NAME).read_text(encoding="utf-8"))
        except FileNotFoundError:
            rule = "is not a run folder; `wfm sweep SCENARIO --out FOLDER` makes one"
            raise InputError([fault(str(folder), rule)]) from None
        except OSError as error:
            raise InputError([fault(str(folder / NAME), f"cannot be read ({error.strerror})")]) from None
        except ValueError:
            raise _damaged(folder) from None
        made_by = data.get("versions") if isinstance(data, dict) else None
        if not isinstance(made_by, dict) or "format" not in data:
            raise _damaged(folder)
        if data["format"] != FORMAT:
            rule = f"has format {data['format']}, written by wfm {made_by.get('wfm')}; wfm {wfm.__version__} reads"
            raise InputError([fault(str(folder), f"{rule} format {FORMAT}. Sweep into another folder with --out")])
        try:
            inputs = tuple(Input(**one) for one in data["inputs"])
            if any(not one.copy.startswith(f"{INPUTS}/") or ".." in one.copy.split("/") for one in inputs):
                raise _damaged(folder)  # nothing is written outside the folder, whatever its file says
            return cls(**{**{one.name: data[one.name] for one in fields(cls)}, "inputs": inputs})
        except (KeyError, TypeError, AttributeError):
            raise _damaged(folder) from None

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False, default=str) + "\n"

    # ---- is it the same?

    def check(self, sweep: Sweep, folder: Path, selection: Mapping[str, Any]) -> None:
        """Refuse another sweep than the one that the folder was begun with.

        Raises:
            InputError: naming what differs, which files changed, and what to do.
        """
        now = parts_of(sweep, selection)
        differ = [name for name in {**self.parts, **now} if self.parts.get(name) != now.get(name)]
        if not differ:
            return
        faults = [self._difference(name, now) for name in differ]
        faults += [fault(one, "has changed since the run was begun") for one in self.changed_files(folder)]
        before = f" (the files as they were are in {folder / INPUTS})" if self.inputs else ""
        advice = f"sweep into another folder with --out, or ask as before{before}"
        raise InputError(faults, f"{folder} was begun with another sweep; {advice}")

    def _difference(self, name: str, now: Mapping[str, str]) -> Fault:
        if name in HASHED:
            return fault(HASHED[name], "is not what it was when the run was begun")
        return fault(name, f"was {self.parts.get(name, 'not given')} when the run was begun", now.get(name))

    def check_versions(self, folder: Path) -> None:
        """Refuse to go on with other versions: the last bits of what is added might differ from what is there.

        Raises:
            InputError: naming the versions that differ.
        """
        here = versions()
        differ = other_versions(self.versions, {name: here[name] for name in ("wfm", *NUMERIC, "machine")})
        if differ:
            rule = f"was begun with {', '.join(differ)}; results would not be equal bit for bit"
            advice = f"`wfm show {folder}` shows a finished run; sweep into another folder with --out"
            raise InputError([fault(str(folder), f"{rule}. {advice}")])

    # ---- the files that it was begun with

    def changed_files(self, folder: Path) -> list[str]:
        """Input files that stand where they stood, and are not what they were."""
        return [one.path for one in self.inputs if _sha256(folder / one.path) not in (None, one.sha256)]

    def begun_with(self, folder: Path, copies: bool = False) -> tuple[Path, dict[str, Any]]:
        """The file that was asked about and the options of the command, so that the same sweep can be made again.

        The files are those that the command named; where they are gone, or with `copies`, their copies in the folder.

        Raises:
            InputError: the run was begun in Python, or a copy is missing or has been changed.
        """
        if self.begun is None:
            rule = "was begun in Python; the same call of wfm.sweep with the same `out` goes on, or gives what is there"
            raise InputError([fault(str(folder), rule)])
        if copies or any(_sha256(folder / one.path) is None for one in self.inputs):
            spoiled = [one.copy for one in self.inputs if _sha256(folder / one.copy) != one.sha256]
            if spoiled:
                rule = "is missing or not what it was when the run was begun; put it back"
                raise InputError([fault(str(folder / one), rule) for one in spoiled])
            places = {one.path: folder / one.copy for one in self.inputs}
        else:
            places = {one.path: _plainly(folder / one.path) for one in self.inputs}
        try:
            options = {key: _option_back(value, places, folder) for key, value in self.begun["options"].items()}
            return places[self.begun["what"]], options
        except (KeyError, TypeError, AttributeError):
            raise _damaged(folder) from None


def versions() -> dict[str, str]:
    """Of wfm, of Python, of the packages that make the numbers, and the kind of machine."""
    packages = {name: version(name) for name in (*NUMERIC, "polars", "simpy")}
    return {"wfm": wfm.__version__, "python": platform.python_version(), **packages, "machine": platform.machine()}


def other_versions(there: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """What has another version there than here, in words."""
    return [f"{name} {there.get(name, 'none')} (here {own})" for name, own in here.items() if there.get(name) != own]


def question_of(sweep: Sweep, selection: Mapping[str, Any]) -> dict[str, Any]:
    """A sweep as one may read it."""
    experiment, method = sweep.center.experiment, sweep.method
    return {
        "design": sweep.design,
        "samples": sweep.samples,
        "variations": [
            {"path": one.path, "label": one.label, "levels": [one.in_words(level) for level in one.levels]}
            for one in sweep.variations
        ],
        "scenarios": [one.name for one in sweep.scenarios],
        "ask": list(sweep.ask),
        "method": _in_words(method),
        "staffing": _in_words(sweep.staffing),
        "hold": sweep.hold,
        **{name: _first(getattr(method, name, None), getattr(experiment, name)) for name in ("seed", "replications")},
        **selection,
    }


def parts_of(sweep: Sweep, selection: Mapping[str, Any]) -> dict[str, str]:
    """What the results of a sweep depend on, part by part."""
    plan = sweep.plan or sweep.center.plan
    hashed = {name: sweep.parts[name] for name in HASHED} | {"plan": plan.digest if plan else "the requirement"}
    rest = {one.name: _in_words(getattr(sweep, one.name)) for one in fields(sweep) if one.name not in hashed}
    return {**hashed, **rest, **{key: _in_words(value) for key, value in selection.items()}}


def _in_words(value: Any) -> str:
    """A word or several; a method by its name and options, but for its threads, which make no difference."""
    if isinstance(value, tuple):
        return ", ".join(map(_in_words, value))
    if not is_dataclass(value) or isinstance(value, type):
        return str(value)
    given = (one for one in fields(value) if one.name != "threads" and getattr(value, one.name) != one.default)
    return f"{type(value).__name__}({', '.join(f'{one.name}={_plain(getattr(value, one.name))}' for one in given)})"


def _first(*values: Any) -> Any:
    return next((one for one in values if one is not None), None)


def _plain(value: Any) -> str:
    return value.__qualname__ if isinstance(value, type) else repr(value)


# ---- files


def _begun(origin: Origin, folder: Path) -> dict[str, Any]:
    options = {key: {FILE: _seen_from(folder, value)} if isinstance(value, Path) else value
               for key, value in origin.options.items()}  # fmt: skip
    return {"what": _seen_from(folder, origin.what), "options": options}


def _option_back(value: Any, places: Mapping[str, Path], folder: Path) -> Any:
    if isinstance(value, Mapping) and set(value) == {FILE}:
        return places.get(value[FILE], folder / value[FILE])
    return value


def _inputs_of(origin: Origin, folder: Path) -> Iterator[Input]:
    """Copies keep their places to one another, so that one may name the other."""
    try:
        above = os.path.commonpath([path.parent for path in origin.files])
    except ValueError:  # on several drives
        above = ""
    for path, sha256 in origin.files.items():
        yield Input(_seen_from(folder, path), f"{INPUTS}/{path.relative_to(above or path.anchor).as_posix()}", sha256)


def _seen_from(folder: Path, path: Path) -> str:
    # A link to a file keeps its own place, where the tables beside it are looked for.
    whole = os.path.join(os.path.realpath(path.parent), path.name)
    try:
        return Path(os.path.relpath(whole, os.path.realpath(folder))).as_posix()
    except ValueError:  # on another drive
        return Path(whole).as_posix()


def _plainly(path: Path) -> Path:
    """A path without `..`, unless a link on the way makes that another file."""
    plain = Path(os.path.normpath(path))
    return plain if plain.exists() and plain.samefile(path) else path


def _sha256(path: Path) -> str | None:
    """None where there is no such file."""
    try:
        return sha256_of(path)
    except OSError:
        return None


def _damaged(folder: Path) -> InputError:
    rule = "is damaged; nothing is known of the run. Sweep into another folder with --out"
    return InputError([fault(str(folder / NAME), rule)])
