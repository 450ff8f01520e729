"""The manual's tables of keys, from the same declarations that read a scenario and a budget.

`python -m wfm.files.manual` prints those of a scenario, `python -m wfm.files.manual budget` those of a budget; a test
holds `docs/scenario.md` and `docs/budget.md` to them.
"""

from __future__ import annotations

import inspect
import re
import sys
import typing
from dataclasses import MISSING, Field, fields
from datetime import date, datetime
from typing import Any, Literal, get_args, get_origin

from wfm.model.budget.actual import ActualGroup, ActualType
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Credit, Demand
from wfm.model.budget.people import Cohort, Contract, HiringClass, Outsourcing, Site, Team, Transfer
from wfm.model.budget.periods import Calendar, PeriodShrinkage
from wfm.model.budget.plans import Doubt, HiringRules, Initiative, Money
from wfm.model.center import AgentGroup, ContactType, Experiment, Routing, Skill, Target
from wfm.model.declared import Declared, bounds_in_words, declared_hints, per_interval_number, unit_of
from wfm.model.horizon import Horizon
from wfm.model.laws import LAWS
from wfm.model.shrinkage import Shrinkage
from wfm.model.variation import Change, Scenario, Variation

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
BUDGET_SECTIONS: dict[str, type[Declared]] = {
    "title, description and the tables": Budget,
    "[calendar]": Calendar,
    "[contact_types.NAME]": Demand,
    "[contact_types.NAME.target]": Target,
    "credits = [{ ... }]": Credit,
    "[agent_groups.NAME]": Team,
    "[agent_groups.NAME.shrinkage]": PeriodShrinkage,
    "contracts = { NAME = { ... } }": Contract,
    "people = [{ ... }]": Cohort,
    "classes = [{ ... }]": HiringClass,
    "outsourcing = { ... }": Outsourcing,
    "[sites.NAME]": Site,
    "[[transfers]]": Transfer,
    "[money]": Money,
    "[hiring]": HiringRules,
    "[doubt]": Doubt,
    "[initiatives.NAME]": Initiative,
}
ACTUAL_SECTIONS: dict[str, type[Declared]] = {
    "rows of a contact type": ActualType,
    "rows of an agent group": ActualGroup,
}


def manual() -> str:
    """Markdown: a table of keys per section, and one of laws."""
    parts = [_section(title, cls) for title, cls in SECTIONS.items()]
    laws = ["## Laws", "", "| law | numbers | what it is |", "| --- | --- | --- |"]
    laws += [f"| `{name}` | {_numbers(cls)} | {_first_sentence(cls)} |" for name, cls in LAWS.items()]
    return "\n".join([*parts, *laws, ""])


def budget_manual() -> str:
    """Markdown: a table of keys per section of a budget, and the columns of what came."""
    parts = [_section(title, cls) for title, cls in BUDGET_SECTIONS.items()]
    actual = ["# Columns of a table of actual figures", ""]
    actual += [_section(title, cls) for title, cls in ACTUAL_SECTIONS.items()]
    return "\n".join([*parts, *actual])


def documented_arguments(cls: type) -> dict[str, str]:
    """What a class's docstring says of each field."""
    text = inspect.getdoc(cls) or ""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in text.partition("Args:")[2].splitlines():
        start = re.match(r"    (\w+(?:, \w+)*): (.*)", line)
        if start:
            names = start.group(1).split(", ")
            found |= dict.fromkeys(names, start.group(2))
        elif line.startswith("        ") and names:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
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
        return "" if one.default in (None, "", ()) else f"`{_in_a_file(one.default)}`"
    return "" if one.default_factory is not MISSING else "required"


def _in_a_file(default: Any) -> str:
    return str(list(default)) if isinstance(default, tuple) else str(default)


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
    inner = get_args(options[0])[0] if get_origin(options[0]) is tuple else None
    if inner is not None and not _is_of_paths(inner):
        return f"list of {_number(inner) if bounds_in_words(inner) else SEVERAL.get(inner, 'tables')}"
    return {"datetime": "date and time", "str": "text", "date": "date"}.get(
        getattr(options[0], "__name__", ""), "table"
    )


def _is_of_paths(kind: Any) -> bool:
    """Whether a file has it as a table of paths."""
    return isinstance(kind, type) and issubclass(kind, Change | Variation | Scenario)


def _number(hint: Any) -> str:
    unit = {"s": "seconds", "share": "fraction or percent"}.get(unit_of(hint) or "", "number")
    kind = "whole number" if get_args(hint) and get_args(hint)[0] is int else unit
    return f"{kind}, {bounds_in_words(hint)}"


UNIONS = (typing.Union, type(int | str))
ONE: dict[Any, str] = {datetime: "date and time", date: "date", str: "text"}
SEVERAL: dict[Any, str] = {date: "dates", str: "texts"}

if __name__ == "__main__":
    print(budget_manual() if "budget" in sys.argv else manual())
