"""A centre or a budget while it is changed: each changed part is built once, every other stays the same object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from wfm.errors import Fault, InputError
from wfm.model.center import ContactCenter, center_faults, group_faults, type_faults
from wfm.model.declared import Declared, changed, declared_hints
from wfm.model.levels import under
from wfm.model.paths import Keys, joined

NAMED = ("contact_types", "agent_groups")
Written = dict[Keys, Any]
V = TypeVar("V", bound=Declared)


class Draft(Generic[V]):
    """A centre or a budget and what is written into it; `built` is the one that comes of it.

    Args:
        base: where it starts from.
    """

    def __init__(self, base: V) -> None:
        self.base = self.value = base
        self.is_reshaped = False  # whether paths may lead elsewhere than in the base
        self._written: dict[Keys, Written] = {}

    def read(self, keys: Keys) -> Any:
        """What stands at some keys now; None where nothing does."""
        part, rest = _parted(keys)
        written = self._written.get(part, {})
        if rest in written:
            return written[rest]
        if any(rest[: len(one)] == one or one[: len(rest)] == rest for one in written):
            self._build()
        node: Any = self.value
        for key in keys:
            node = node.get(key) if isinstance(node, Mapping) else getattr(node, key, None)
        return node

    def write(self, keys: Keys, value: Any, reshapes: bool = False) -> None:
        """Put a value at some keys; it is looked at when its part is built, at once where paths may lead into it."""
        part, rest = _parted(keys)
        self._written.setdefault(part, {})[rest] = value
        if reshapes:
            self.is_reshaped = True
            self._build()

    def built(self) -> V:
        """The value with everything that was written.

        Raises:
            InputError: with every fault, each by its whole path.
        """
        self._build()
        faults = list(self._faults_between_parts())
        if faults:
            raise InputError(faults)
        return self.value

    def _faults_between_parts(self) -> list[Fault]:
        """Rules that need more than one part."""
        return list(self.value.rules())

    def _build(self) -> None:
        if not self._written:
            return
        values = {name: vars(self.value)[name] for name in declared_hints(type(self.base))}
        faults: list[Fault] = []
        for part, written in self._written.items():
            kind = part[0]
            try:
                if len(part) == 1:
                    values[kind] = _rebuilt(values[kind], written, part)
                else:
                    if values[kind] is _of(self.value, kind):
                        values[kind] = dict(values[kind])
                    values[kind][part[1]] = _rebuilt(values[kind].get(part[1]), written, part)
            except InputError as error:
                faults.extend(error.faults)
        self._written = {}
        if faults:
            raise InputError(faults)
        self.value = object.__new__(type(self.base))
        vars(self.value).update(values)


class CenterDraft(Draft[ContactCenter]):
    """A centre while it is changed."""

    @property
    def keeps_hours(self) -> bool:
        """Whether groups, what they take and opening hours are those of the base."""
        before, now = self.base, self.value
        if now.horizon is not before.horizon or any(
            _of(now, kind).keys() != _of(before, kind).keys() for kind in NAMED
        ):
            return False
        return all(
            one is before.contact_types[name] or one.opening == before.contact_types[name].opening
            for name, one in now.contact_types.items()
        ) and all(
            one is before.agent_groups[name] or one.skills.keys() == before.agent_groups[name].skills.keys()
            for name, one in now.agent_groups.items()
        )

    def _faults_between_parts(self) -> list[Fault]:
        """Rules that need more than one part; what is as in the base was looked at when the base was built."""
        before, now = self.base, self.value
        if not self.keeps_hours:
            return list(center_faults(now.horizon, now.contact_types, now.agent_groups))
        faults: list[Fault] = []
        for name, contact_type in now.contact_types.items():
            if contact_type is not before.contact_types[name]:
                faults.extend(type_faults(name, contact_type, now.horizon))
        for name, group in now.agent_groups.items():
            if group is not before.agent_groups[name]:
                faults.extend(group_faults(name, group, now.horizon))
        return faults


def _of(value: Declared, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = getattr(value, kind)
    return found


def _parted(keys: Keys) -> tuple[Keys, Keys]:
    """The part that keys lead into, and the way from there."""
    length = 2 if keys[0] in NAMED else 1
    return keys[:length], keys[length:]


def _rebuilt(node: Any, written: Written, at: Keys) -> Any:
    """A part with values in place of others, from the leaves up."""
    below: dict[str, Written] = {}
    for keys, value in written.items():
        if not keys:
            return value
        below.setdefault(keys[0], {})[keys[1:]] = value
    inner: dict[str, Any] = {}
    faults: list[Fault] = []
    for key, rest in below.items():
        child = node.get(key) if isinstance(node, Mapping) else getattr(node, key)
        try:
            inner[key] = _rebuilt(child, rest, (*at, key))
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    if isinstance(node, Mapping):
        return {**node, **inner}
    assert isinstance(node, Declared)
    try:
        return changed(node, **inner)
    except InputError as error:
        raise InputError(under(joined(at), error)) from None
