"""A Budget to the tables of its file and to TOML with comments; what is written reads back to the same budget."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any

from wfm.errors import InputError, OutputError
from wfm.files import spelling
from wfm.files.budgets.reading import read_budget
from wfm.files.whole import write_whole
from wfm.model.budget.budget import Budget
from wfm.model.budget.people import Team
from wfm.model.budget.varied import BUDGET
from wfm.model.center import Target
from wfm.model.declared import Declared, is_vector
from wfm.model.levels import How
from wfm.model.paths import hint_of, unit_at
from wfm.model.variation import Change, Variation

WIDTH = 110  # of a line
BARE = re.compile(r"[A-Za-z0-9_-]+")
HEAD = "# A budget; docs/budget.md tells what each key means. Seconds, hours, money and shares of 1."
COMMENTS = {
    "calendar": "the periods, and the days on which nobody works",
    "contact_types": "what customers will ask for",
    "agent_groups": "who answers",
    "sites": "places of work",
    "transfers": "people who go from one group to another",
    "money": "what holds for all money",
    "hiring": "what the cheapest plan of classes must keep to",
    "doubt": "how far off it may be: standard deviations",
    "vary": "what the tornado varies",
    "scenarios": "changes to be set side by side",
    "initiatives": "changes that must pay for themselves",
}


def save_budget(budget: Budget, path: str | PathLike[str]) -> Path:
    """Write a budget as TOML that reads back to the same digest.

    Raises:
        OutputError: it cannot be written there, or it holds what a file has no words for, such as a label of its own.

    >>> import tempfile, wfm
    >>> budget = wfm.load_budget(wfm.example("budget_year"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     wfm.load_budget(save_budget(budget, folder + "/year.toml")).digest == budget.digest
    True
    """
    text = budget_toml(budget)
    try:
        is_same = read_budget(tomllib.loads(text), Path(path)).digest == budget.digest
    except (InputError, tomllib.TOMLDecodeError):
        is_same = False
    if not is_same:
        raise OutputError(f"{path}: cannot be written; the budget holds what a file has no words for")
    return write_whole(path, text)


def as_raw(budget: Budget) -> dict[str, Any]:
    """A budget as the tables of its file: what `tomllib` would give, with defaults left out.

    >>> from wfm.model.budget.demand import Demand
    >>> from wfm.model.budget.periods import Calendar
    >>> year = Budget(Calendar(date(2027, 1, 1)), {"calls": Demand(300, 5000)}, {"north": Team(["calls"], 37.5)})
    >>> as_raw(year)["contact_types"], as_raw(year)["agent_groups"]
    ({'calls': {'aht': 300, 'volume': 5000}}, {'north': {'skills': ['calls'], 'contract_hours': 37.5}})
    """
    found = _part(budget)
    if budget.scenarios:
        found["scenarios"] = {one.name: _changes_of(one.changes) for one in budget.scenarios}
    if budget.vary:
        found["vary"] = {one.path: _levels(one) for one in budget.vary}
    return found


def _part(part: Declared) -> dict[str, Any]:
    """The keys of a part that are not as they are by default."""
    found = {}
    for one in fields(part):  # type: ignore[arg-type]
        value = getattr(part, one.name)
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        if value != default:
            found[one.name] = _value(value)
    if isinstance(part, Team) and set(part.skills.values()) == {1}:
        found["skills"] = list(part.skills)
    return found


def _value(value: Any) -> Any:
    if isinstance(value, Target):
        return _target(value)
    if isinstance(value, Declared):
        return _part(value)
    if isinstance(value, Mapping):
        return {name: _value(one) for name, one in value.items()}
    if is_vector(value):
        if value and isinstance(value[0], Change):
            return _changes_of(value)
        return [_value(one) for one in value]
    return value


def _target(target: Target) -> str | dict[str, Any]:
    """The promise as "80/20" where that says all of it."""
    if target.service_level is not None:
        text = f"{percent(target.service_level)}/{_decimal(target.answer_within)}"
        try:
            if Target(**spelling.target(text)) == target:  # type: ignore[arg-type]
                return text
        except ValueError:
            pass
    return _part(target)


# ---- changes


def _changes_of(changes: tuple[Change, ...]) -> dict[str, Any]:
    return {one.path: _level(one.path, one.how, one.level) for one in changes}


def _levels(variation: Variation) -> Any:
    found = [_level(variation.path, variation.how, level) for level in variation.levels]
    return found[0] if len(found) == 1 and not is_vector(found[0]) else found


def _level(path: str, how: How, level: Any) -> Any:
    """A level as a sweep file has it: *1.1, +30, -1pt, or a value in its own form."""
    if how == "value":
        return _value(level)
    if is_vector(level):
        return f"{'*' if how == 'factor' else '+'}[{', '.join(map(_decimal, level))}]"
    if how == "factor":
        return f"*{_decimal(level)}"
    sign = "-" if level < 0 else "+"
    return f"{sign}{percent(abs(level))}pt" if is_share(path) else f"{sign}{_decimal(abs(level))}"


def is_share(path: str) -> bool:
    """Whether numbers at a path of a budget are shares."""
    return hint_of(path, BUDGET) is not None and unit_at(path, BUDGET) == "share"


def _decimal(number: float | Decimal) -> str:
    """All digits of a number, without an exponent.

    >>> _decimal(1e-7), _decimal(20.0), _decimal(0.1)
    ('0.0000001', '20', '0.1')
    """
    text = format(number if isinstance(number, Decimal) else Decimal(repr(float(number))), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """A share in percent, without the sign, to its last digit.

    >>> percent(0.07), percent(0.125)
    ('7', '12.5')
    """
    return _decimal(Decimal(repr(float(share))) * 100)


# ---- text


def budget_toml(budget: Budget) -> str:
    """A budget as TOML, with a comment before each kind of section."""
    lines = [HEAD]
    raw = as_raw(budget)
    lines += [_line(key, raw[key]) for key in ("title", "description") if key in raw]
    for key, comment in COMMENTS.items():
        if key not in raw:
            continue
        lines += ["", f"# ---- {comment}"]
        value = raw[key]
        if isinstance(value, list):
            for one in value:
                lines += ["", f"[[{key}]]", *_body(one, key)]
        elif key in ("contact_types", "agent_groups", "sites", "scenarios", "initiatives"):
            for name, one in value.items():
                lines += ["", *_section(one, f"{key}.{_key(name)}")]
        else:
            lines += ["", *_section(value, key)]
    return "\n".join(lines) + "\n"


def _section(table: Mapping[str, Any], at: str) -> list[str]:
    return [f"[{at}]", *_body(table, at)]


def _body(table: Mapping[str, Any], at: str) -> Iterator[str]:
    """Keys of a table, then the tables in it that are too long for a line. Changes stay in their order."""
    tables = [key for key, value in table.items() if isinstance(value, Mapping)]
    long = [key for key in tables if len(_line(key, table[key])) > WIDTH]
    if at.startswith("scenarios.") or at.endswith(".changes"):
        long = []
    elif long and len(tables) == len(table):
        long = tables
    yield from (_line(key, value) for key, value in table.items() if key not in long)
    for key in long:
        yield ""
        yield from _section(table[key], f"{at}.{_key(key)}")


def _line(key: str, value: Any) -> str:
    line = f"{_key(key)} = {inline(value)}"
    if len(line) <= WIDTH or not isinstance(value, list):
        return line
    return f"{_key(key)} = [\n{_rows([inline(one) for one in value])}]"


def _rows(texts: list[str]) -> str:
    """Texts between commas, as many in a line as there is room for."""
    rows, row = [], ""
    for text in texts:
        if row and len(row) + len(text) > WIDTH:
            rows.append(row)
            row = ""
        row += f"{' ' if row else '    '}{text},"
    return "".join(f"{one}\n" for one in [*rows, row])


def inline(value: Any) -> str:
    """A value in TOML, in one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {inline(one)}' for key, one in value.items())} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, date):
        return value.isoformat()
    # A whole number without its .0.
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return str(int(value)) if is_whole else repr(value)


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """A text in quotes; JSON's escapes are TOML's, which has one more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
