"""Paths: what stands where in a centre or a budget, by the keys of its file, with `*` for any name and shorthands."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from wfm.errors import InputError, fault, nearest
from wfm.model.center import ContactCenter
from wfm.model.declared import Declared, PositiveSecondsPerInterval, declared_hints, per_interval_number, unit_of
from wfm.model.laws import LAWS, Law

Keys = tuple[str, ...]

ANY = "*"
# What planners mean by a word that is no key of a file: AHT, however the handling time is given.
AHT = "aht"
SHORT_FORMS = {
    "volume": "contact_types.*.volume",
    "aht": "contact_types.*.aht",
    "shrinkage": "agent_groups.*.shrinkage",
    "patience": "contact_types.*.patience",
    "agents": "agent_groups.*.agents",
}
ROWS = ("agents", "scheduled")  # of a group: they stand in the plan
FIXED = {
    "title": "is a name; nothing depends on it",
    "description": "is a text; nothing depends on it",
    "experiment": "is how a centre is simulated, alike for all cases; give replications and seed to the sweep",
    "horizon.start": "must be one for all cases, which share their days; make another scenario",
    "horizon.interval": "must be one for all cases, which share their days; make another scenario",
    "horizon.intervals": "must be one for all cases, which share their days; make another scenario",
}
MOST_LISTED = 5000  # paths among which a mistyped one is looked for
RATES = "attrition"
SEGMENT = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^."'\s](?:[^."']*[^."'\s])?))\s*(?:\.|$)""")


@dataclass(frozen=True, eq=False)
class Root:
    """What paths start from.

    Args:
        kind: class of the value that paths lead into.
        called: what planners call one.
        short_forms: paths by the words that stand for them.
        fixed: paths that are not changed, with the reason.
    """

    kind: type[Declared]
    called: str
    short_forms: Mapping[str, str]
    fixed: Mapping[str, str]

    def label(self, path: str) -> str | None:
        """The word that stands for a path, as tables show it; None where there is none."""
        found = next((name for name, one in self.short_forms.items() if one == path), None)
        return "AHT" if found == AHT else found


CENTER = Root(ContactCenter, "a centre", SHORT_FORMS, FIXED)


class Place(NamedTuple):
    """One thing that a path names: its keys without wildcards, and the annotation of what stands there."""

    keys: Keys
    hint: Any

    @property
    def is_aht(self) -> bool:
        return is_aht(self.keys)

    @property
    def is_row(self) -> bool:
        """Whether it stands in the plan, not in the centre."""
        return is_row(self.keys)


@cache
def split(path: str) -> Keys:
    """The keys of a path; a name with dots stands in quotes.

    Raises:
        InputError: it is empty, or a key or a quote is missing.

    >>> split('contact_types."A.B".volume')
    ('contact_types', 'A.B', 'volume')
    """
    keys, at = [], 0
    while at < len(path):
        found = SEGMENT.match(path, at)
        if not found:
            break
        keys.append(next(part for part in found.groups() if part is not None))
        at = found.end()
    if at < len(path) or not keys or path.rstrip().endswith("."):
        rule = "must be keys joined by dots, such as contact_types.*.volume; a name with dots stands in quotes"
        raise InputError([fault("path", rule, path)])
    return tuple(keys)


def joined(keys: Iterable[str]) -> str:
    """The path of some keys.

    >>> joined(["contact_types", "A.B", "volume"])
    'contact_types."A.B".volume'
    """
    return ".".join(_quoted(key) for key in keys)


def _quoted(key: str) -> str:
    return f"'{key}'" if '"' in key else f'"{key}"' if "." in key or "'" in key else key


def is_aht(keys: Keys) -> bool:
    """Whether keys mean the mean handling time, in whichever form it is given."""
    return len(keys) == 3 and keys[0] == "contact_types" and keys[2] == AHT


def is_row(keys: Keys) -> bool:
    """Whether keys mean agents of a plan."""
    return len(keys) == 3 and keys[0] == "agent_groups" and keys[2] in ROWS


def hint_of(path: str, root: Root = CENTER) -> Any | None:
    """The annotation of what stands at a path of any centre, or None where no centre has anything there."""
    hint: Any = root.kind
    for at, key in enumerate(keys := split(path)):
        hint = PositiveSecondsPerInterval if is_aht(keys[: at + 1]) else _below(hint, key)
        if hint is None:
            return None
    return hint


def unit_at(path: str, root: Root = CENTER) -> str | None:
    """The unit of numbers at a path, "s" or "share"; a law counts as its mean, shrinkage as its total.

    >>> unit_at("contact_types.*.patience"), unit_at("agent_groups.*.shrinkage"), unit_at("routing.lines")
    ('s', 'share', None)
    """
    hint, last = hint_of(path, root), split(path)[-1]
    if is_law(hint):
        return None if last == "day_factor" else "s"
    return "share" if is_shrinkage(split(path)) or is_rates(split(path)) else unit_of(hint)


def is_numeric_at(path: str, root: Root = CENTER) -> bool:
    """Whether numbers belong at a path of any centre."""
    hint = hint_of(path, root)
    inner = kind_of(per_interval_number(hint) or hint)
    plain = get_args(inner)[0] if get_origin(inner) is Annotated else inner
    return is_law(hint) or is_shrinkage(split(path)) or is_rates(split(path)) or plain in (int, float)


def is_shrinkage(keys: Keys) -> bool:
    """Whether keys mean the whole shrinkage of a group."""
    return len(keys) == 3 and keys[0] == "agent_groups" and keys[2] == "shrinkage"


def is_rates(keys: Keys) -> bool:
    """Whether keys mean all rates of a group's attrition."""
    return len(keys) == 3 and keys[0] == "agent_groups" and keys[2] == RATES


def is_law(hint: Any) -> bool:
    """Whether a law may stand where this annotation is."""
    return Law in (get_args(hint) or (hint,))


def places(base: Declared, path: str, adding: bool = False, root: Root = CENTER) -> list[Place]:
    """Everything that a path names in a centre, or in what another root is of.

    Args:
        base: the centre.
        path: keys joined by dots, `*` for any name.
        adding: whether the last key may be a name that is not there yet.
        root: what paths start from.

    Raises:
        InputError: nothing is there, with the nearest paths that exist, or it is one for all cases.

    >>> import wfm
    >>> center = wfm.load(wfm.example("two_queues"))
    >>> [joined(place.keys) for place in places(center, "contact_types.*.volume")]
    ['contact_types.sales.volume', 'contact_types.support.volume']
    """
    found, absent = look(base, path, adding, root)
    if found:
        return found
    if absent:
        raise InputError([fault(path, absent_rule(absent, root))])
    raise InputError([fault(path, f"matches nothing; {_nearest_paths(base, path, root)}")])


def absent_rule(absent: list[str], root: Root = CENTER) -> str:
    """That nothing stands at some paths, and what else a planner may have meant."""
    first, named = absent[0], f"{', '.join(absent[:3])}{' ...' if len(absent) > 3 else ''}"
    meant = ""
    if any(".handling" in one for one in absent):
        meant = "; contact_types.*.aht is the mean handling time in whichever form it is given"
    elif ", the law is" not in first and is_law(hint_of(first, root)):
        law = '{ law = "gamma", cv = 0.1 }' if first.endswith("day_factor") else '{ law = "exponential", mean = 60 }'
        meant = f"; a table in its place gives one, such as '{first}={law}'"
    return f"is absent ({named}){meant}"


def look(base: Declared, path: str, adding: bool = False, root: Root = CENTER) -> tuple[list[Place], list[str]]:
    """Everything that a path names, and where what it names could stand but is absent."""
    keys = split(path)
    for fixed, rule in root.fixed.items():
        if keys[: fixed.count(".") + 1] == tuple(fixed.split(".")):
            raise InputError([fault(path, rule)])
    found: list[Place] = []
    absent: list[str] = []
    _look(base, root.kind, keys, (), adding, found, absent)
    return found, absent


def _look(node: Any, hint: Any, keys: Keys, at: Keys, adding: bool, found: list[Place], absent: list[str]) -> None:
    if not keys:
        found.append(Place(at, hint))
        return
    key, rest = keys[0], keys[1:]
    if node is None:
        if _reaches(hint, keys):
            absent.append(joined(at))
    elif isinstance(node, Mapping):
        inner = get_args(kind_of(hint))[1]
        for name in node if key == ANY else [key]:
            if name in node:
                _look(node[name], inner, rest, (*at, name), adding, found, absent)
            elif adding and not rest:
                found.append(Place((*at, name), inner))
    elif not isinstance(node, Declared):
        return
    elif is_aht((*at, key)) and not rest:
        found.append(Place((*at, key), PositiveSecondsPerInterval))
    elif key in declared_hints(type(node)):
        _look(getattr(node, key), declared_hints(type(node))[key], rest, (*at, key), adding, found, absent)
    elif isinstance(node, Law) and _reaches(hint, keys):
        absent.append(f"{joined((*at, key))}, the law is {node.law}")


def _reaches(hint: Any, keys: Keys) -> bool:
    """Whether the keys lead anywhere below an annotation."""
    for key in keys:
        hint = _below(hint, key)
        if hint is None:
            return False
    return True


def _below(hint: Any, key: str) -> Any | None:
    """The annotation of a key below one."""
    kind = kind_of(hint)
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if kind is Law:
        return next((declared_hints(law)[key] for law in LAWS.values() if key in declared_hints(law)), None)
    if isinstance(kind, type) and issubclass(kind, Declared):
        return declared_hints(kind).get(key)
    return None


def kind_of(hint: Any) -> Any:
    """What an annotation holds, where it may be absent too."""
    is_optional = get_origin(hint) in (Union, UnionType) and type(None) in get_args(hint)
    return next(one for one in get_args(hint) if one is not type(None)) if is_optional else hint


# ---- the nearest paths


def _nearest_paths(base: Declared, path: str, root: Root) -> str:
    """What a path that matches nothing may have meant."""
    known = list(all_paths(base, root))
    ends = [one for one in known if one.endswith(f".{path}")][:3]
    if ends:
        return f"did you mean {' or '.join(repr(one) for one in ends)}?"
    close = difflib.get_close_matches(path, known, n=3, cutoff=0.7)
    if close:
        return f"did you mean {' or '.join(repr(one) for one in close)}?"
    node: Any = base
    for at, key in enumerate(split(path)):
        names = [*_names_below(node, root), *(root.short_forms if path == key else ())]
        if key not in names and key != ANY:
            whole = repr(joined(split(path)[:at]))
            return f"'{key}' is not {f'below {whole}' if at else f'a part of {root.called}'}; {nearest(key, names)}"
        node = _child(node, names[0] if key == ANY else key)
    return nearest(path, known)


def _child(node: Any, key: str) -> Any:
    return node.get(key) if isinstance(node, Mapping) else getattr(node, key, None)


def _names_below(node: Any, root: Root) -> Iterator[str]:
    if isinstance(node, root.kind):
        yield from (key for key in declared_hints(root.kind) if key not in root.fixed)
    elif isinstance(node, Mapping):
        yield from node
    elif isinstance(node, Declared):
        yield from (key for key in declared_hints(type(node)) if key != "law")


def all_paths(base: Declared, root: Root = CENTER) -> list[str]:
    """Short forms and paths of a centre or a budget, with `*` first, then by name; the first of too many."""
    found: dict[str, None] = {}
    for wild in (True, False):
        for one in _paths_below(base, (), wild, root):
            found.setdefault(one)
            if len(found) >= MOST_LISTED:
                return list(found)
    return [*root.short_forms, *(one for one in found if one not in root.fixed)]


def _paths_below(node: Any, at: Keys, wild: bool, root: Root) -> Iterator[str]:
    if at:
        yield joined(at)
    if len(at) == 2 and at[0] == "contact_types":
        yield joined((*at, AHT))
    for name in _names_below(node, root):
        shown = ANY if wild and isinstance(node, Mapping) else name
        yield from _paths_below(_child(node, name), (*at, shown), wild, root)
