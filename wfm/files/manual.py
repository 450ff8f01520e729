"""The manual's table of keys, from the same declarations that read a scenario.

`python -m wfm.files.manual` prints it; a test holds `docs/scenario.md` to it.
"""

from __future__ import annotations

import inspect
import re
import typing
from dataclasses import MISSING, Field, fields
from typing import Any, Literal, get_args, get_origin

from wfm.model.center import AgentGroup, ContactType, Experiment, Routing, Skill, Target
from wfm.model.declared import Declared, bounds_in_words, declared_hints, per_interval_number, unit_of
from wfm.model.horizon import Horizon
from wfm.model.laws import LAWS
from wfm.model.shrinkage import Shrinkage

SECTIONS: dict[str, type[Declared]] = {
    "[horizon]": Horizon,
    "[contact_types.NAME]": ContactType,
    "[contact_types.NAME.target]": Target,
    "[agent_groups.NAME]": AgentGroup,
    "skills = { TYPE = { ... } }": Skill,
    "[agent_groups.NAME.shrinkage]": Shrinkage,
    "[routing]": Routing,
    "[experiment]": Experiment,
}


def manual() -> str:
    """Markdown: a table of keys per section, and one of laws."""
    parts = [_section(title, cls) for title, cls in SECTIONS.items()]
    laws = ["## Laws", "", "| law | numbers | what it is |", "| --- | --- | --- |"]
    laws += [f"| `{name}` | {_numbers(cls)} | {_first_sentence(cls)} |" for name, cls in LAWS.items()]
    return "\n".join([*parts, *laws, ""])


def documented_arguments(cls: type) -> dict[str, str]:
    """What a class's docstring says of each field."""
    text = inspect.getdoc(cls) or ""
    found: dict[str, str] = {}
    name = ""
    for line in text.partition("Args:")[2].splitlines():
        start = re.match(r"    (\w+): (.*)", line)
        if start:
            name = start.group(1)
            found[name] = start.group(2)
        elif line.startswith("        ") and name:
            found[name] += " " + line.strip()
        elif line.strip():
            break
    return found


def _section(title: str, cls: type[Declared]) -> str:
    said, hints = documented_arguments(cls), declared_hints(cls)
    rows = [f"## `{title}`", "", _first_sentence(cls), "", "| key | value | default | |", "| --- | --- | --- | --- |"]
    for one in fields(cls):  # type: ignore[arg-type]
        rows.append(f"| `{one.name}` | {_value(hints[one.name])} | {_default(one)} | {said.get(one.name, '')} |")
    return "\n".join([*rows, ""])


def _first_sentence(cls: type) -> str:
    return (inspect.getdoc(cls) or "").partition("\n\n")[0].replace("\n", " ")


def _numbers(cls: type) -> str:
    return ", ".join(f"`{one.name}`" for one in fields(cls) if one.name not in ("law", "at_zero"))


def _default(one: Field[Any]) -> str:
    if one.default is not MISSING:
        return "" if one.default is None else f"`{str(one.default).lower() if one.default is not str else one.default}`"
    return "" if one.default_factory is not MISSING else "required"


def _value(hint: Any) -> str:
    """What may stand there, in a few words."""
    options = [
        option for option in (get_args(hint) if get_origin(hint) in UNIONS else (hint,)) if option is not type(None)
    ]
    number = per_interval_number(hint)
    if number is not None:
        return f"{_number(number)}; one, a list, or a table's column"
    choices = [one for option in options if get_origin(option) is Literal for one in get_args(option)]
    if choices:
        return " \\| ".join(f"`{one}`" for one in choices)
    if any(isinstance(option, type) and option.__name__ == "Law" for option in options):
        return "a law, or its mean"
    if any(bounds_in_words(option) for option in options):
        return _number(options[0])
    return {"datetime": "date and time", "str": "text"}.get(getattr(options[0], "__name__", ""), "table")


def _number(hint: Any) -> str:
    unit = {"s": "seconds", "share": "fraction or percent"}.get(unit_of(hint) or "", "number")
    kind = "whole number" if get_args(hint) and get_args(hint)[0] is int else unit
    return f"{kind}, {bounds_in_words(hint)}"


UNIONS = (typing.Union, type(int | str))

if __name__ == "__main__":
    print(manual())
