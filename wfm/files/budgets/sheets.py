"""Which sheet of a budget's workbook holds which keys: declared once, for whoever writes it and whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any, Literal, get_args, get_origin

from wfm.files.manual import documented_arguments
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Credit, Demand
from wfm.model.budget.people import Cohort, HiringClass, Site, Team, Transfer
from wfm.model.budget.plans import Initiative
from wfm.model.declared import Declared, NonNegative, declared_hints, per_interval_number

KEY, UNIT, EMPTY, PERIOD, MEANING = "Key", "Unit", "When empty", "Period", "What it means"
WEEKDAY, TIME = "Weekday", "Time"
ALL = "all"  # begins the name of the row that holds one number for all periods
ANY_NAME = "*"
TABLES = ("contact_types", "agent_groups", "sites", "initiatives")  # whose things have sheets of their own
LEVEL = "level"  # in place of an annotation: what a path is changed to, a text such as +10%

Form = Literal["one", "list", "per period"]
Layout = Literal["columns", "periods", "profile", "rows"]


@dataclass(frozen=True)
class Key:
    """A key of the format, as a row or a column of a sheet.

    Args:
        path: from what a column stands for, such as `target.service_level`; `*` is a name that the room gives.
        hint: the annotation of one value, or LEVEL.
        form: one value; a list, which takes a row for each value; or per period.
        default: what holds where nothing is given; MISSING where something must be.
        meaning: the docstring's words.
    """

    path: str
    hint: Any
    form: Form
    default: Any
    meaning: str

    def matches(self, path: str) -> bool:
        """Whether a path is this key.

        >>> opening = next(key for key in keys_of(Demand) if key.path == "opening.*")
        >>> opening.matches("opening.Mon-Fri"), opening.matches("opening.")
        (True, False)
        """
        if ANY_NAME not in self.path:
            return path == self.path
        before, _, after = self.path.partition(ANY_NAME)
        named = len(path) > len(before) + len(after)
        return named and path.startswith(before) and path.endswith(after)

    def steps(self, path: str) -> list[str]:
        """The tables that a path of this key leads through; a name may hold dots.

        >>> opening = next(key for key in keys_of(Demand) if key.path == "opening.*")
        >>> opening.steps("opening.Mon-Fri")
        ['opening', 'Mon-Fri']
        """
        if ANY_NAME not in self.path:
            return self.path.split(".")
        before, _, after = self.path.partition(ANY_NAME)
        name = path[len(before) : len(path) - len(after)]
        return [*filter(None, before.split(".")), name, *filter(None, after.split("."))]


@dataclass(frozen=True)
class Sheet:
    """A sheet of inputs.

    Args:
        name: of the sheet.
        layout: columns: a row for each key, a column for each thing; periods: a row for each key and period; profile:
            a row for each weekday and time; rows: a row for each thing.
        part: the table of the format that its things stand in, such as contact_types; "" where it is the budget.
        keys: its rows, or its columns where each thing is a row.
        only: heading of the one column, where things have no names.
        field: the list of a thing that its rows are, such as classes; rows of the budget itself have no owner.
        purpose: a sentence beneath the title.
    """

    name: str
    layout: Layout
    part: str
    keys: tuple[Key, ...]
    purpose: str
    only: str = ""
    field: str = ""

    @property
    def owner(self) -> str:
        """What a column stands for, or whom a row belongs to: 'agent group'."""
        return self.part.replace("_", " ").removesuffix("s")

    @property
    def fixed(self) -> tuple[str, ...]:
        """Headings of the columns before the first that holds values."""
        return {
            "columns": (KEY, UNIT, EMPTY),
            "periods": (KEY, UNIT, PERIOD),
            "profile": (WEEKDAY, TIME),
            "rows": (self.owner.capitalize(),) if self.part else (),
        }[self.layout]

    def path(self, thing: str, key: str) -> str:
        """The path of a key of a thing in the format."""
        return ".".join(part for part in (self.part, "" if self.only else thing, key) if part)

    def key(self, path: str) -> Key | None:
        """The key that a row or a column names; None where there is none of that name."""
        return next((key for key in self.keys if key.matches(path)), None)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The paths of its keys, for hints."""
        return tuple(key.path for key in self.keys)


def keys_of(cls: type, before: str = "", is_needed: bool = True) -> Iterator[Key]:
    """The keys of a declared class, those of its tables among them; lists of tables are sheets of their own.

    >>> [key.path for key in keys_of(Cohort)]
    ['heads', 'tenure']
    """
    said, hints = documented_arguments(cls), declared_hints(cls)
    for one in fields(cls):
        meaning = said.get(one.name, "").replace("`", "")
        meaning = meaning[:1].upper() + meaning[1:]
        default = one.default if one.default_factory is MISSING else None
        default = None if default is MISSING and not is_needed else default
        yield from _keys(f"{before}{one.name}", hints[one.name], default, meaning)


def _keys(path: str, hint: Any, default: Any, meaning: str) -> Iterator[Key]:
    number = per_interval_number(hint)
    if number is not None:
        yield Key(path, number, "per period", default, meaning)
        return
    hint = next((one for one in get_args(hint) if one is not type(None)), hint) if _may_be_absent(hint) else hint
    if isinstance(hint, type) and issubclass(hint, Declared):
        yield from keys_of(hint, f"{path}.", default is MISSING)
    elif get_origin(hint) is dict and get_origin(get_args(hint)[1]) is not tuple and path not in TABLES:
        yield from _keys(f"{path}.{ANY_NAME}", get_args(hint)[1], None, meaning)
    elif get_origin(hint) is tuple and not is_dataclass(get_args(hint)[0]):
        yield Key(path, get_args(hint)[0], "list", default, meaning)
    elif get_origin(hint) not in (dict, tuple):
        yield Key(path, hint, "one", default, meaning)


def _may_be_absent(hint: Any) -> bool:
    return type(None) in get_args(hint)


def _of(cls: type, *forms: Form) -> tuple[Key, ...]:
    return tuple(key for key in keys_of(cls) if key.form in forms)


WEIGHT = Key("profile", NonNegative, "one", None, "")
_SHRINKAGE = ("shrinkage.planned.*", "shrinkage.unplanned.*")
_BY_PERIOD = _of(Team, "per period")
_LEVELS = "+10% or -15s or +5pt is a change, *1.1 a factor, 'to 300' or 'to 30%' the new value."

SHEETS: tuple[Sheet, ...] = (
    Sheet("Budget", "columns", "", tuple(sorted(_of(Budget, "one", "list"), key=lambda key: "." in key.path)),
          "What holds for all of it: the calendar, money, hiring rules, doubt.", only="Value"),
    Sheet("Contact types", "columns", "contact_types", _of(Demand, "one", "list"),
          "What customers ask for and what they are promised: a column for each contact type."),
    Sheet("Contacts by period", "periods", "contact_types", _of(Demand, "per period"),
          "One number for all periods in the row that says so, or one in the row of each period; never both."),
    Sheet("Profile", "profile", "contact_types", (),
          "Weight of each interval of a day, by weekday, from midnight to midnight; 0 where nobody calls."),
    Sheet("Credits", "rows", "contact_types", _of(Credit, "one"),
          "Money that is owed for a period in which a service level was missed.", field="credits"),
    Sheet("Agent groups", "columns", "agent_groups", _of(Team, "one", "list"),
          "Who answers, how long they stay and what they cost: a column for each agent group."),
    Sheet("Shrinkage", "periods", "agent_groups", tuple(key for key in _BY_PERIOD if key.path in _SHRINKAGE),
          "Share of hours by category: one for all periods, or one in the row of each period; never both."),
    Sheet("Groups by period", "periods", "agent_groups",
          tuple(key for key in _BY_PERIOD if key.path not in _SHRINKAGE),
          "One number for all periods in the row that says so, or one in the row of each period; never both."),
    Sheet("People", "rows", "agent_groups", _of(Cohort, "one"), "Who is there when the budget starts.",
          field="people"),
    Sheet("Classes", "rows", "agent_groups", _of(HiringClass, "one"), "People who join on one day.", field="classes"),
    Sheet("Transfers", "rows", "", _of(Transfer, "one"),
          "People who go from one agent group to another; their tenure goes with them.", field="transfers"),
    Sheet("Sites", "columns", "sites", _of(Site, "one"), "Places of work: a column for each."),
    Sheet("Tornado", "columns", "vary", (Key(ANY_NAME, LEVEL, "one", None, ""),),
          "What the tornado varies, one at a time; nothing here: volume, AHT, shrinkage, attrition and pay.",
          only="Levels"),
    Sheet("What if", "columns", "scenarios", (Key(ANY_NAME, LEVEL, "one", None, ""),),
          f"Scenarios: a column for each, a row for each change. {_LEVELS}"),
    Sheet("Initiatives", "columns", "initiatives",
          (*_of(Initiative, "one", "list"),
           Key(f"changes.{ANY_NAME}", LEVEL, "one", None, "What it changes, by its path, from its start on.")),
          f"Changes that must pay for themselves: a column for each. {_LEVELS}"),
)  # fmt: skip


def cell_name(row: int, column: int) -> str:
    """The name of a cell, both counted from 0.

    >>> cell_name(0, 0), cell_name(6, 27)
    ('A1', 'AB7')
    """
    letters = ""
    left = column + 1
    while left:
        left, one = divmod(left - 1, 26)
        letters = chr(ord("A") + one) + letters
    return f"{letters}{row + 1}"
