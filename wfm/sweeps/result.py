"""SweepResult: the figures of every case of a sweep, and what may be read from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from wfm.comparison.compare import price, sentence
from wfm.errors import InputError, fault
from wfm.measures.sample import Estimate
from wfm.model.levels import is_number
from wfm.sweeps.crossing import Curve, Frontier, Grid, curve_of, frontier_of, grid_of
from wfm.sweeps.effects import CHANGES, Effect, Power, effects_of, powers_of
from wfm.sweeps.rounds import is_simulated
from wfm.sweeps.selection import Selection
from wfm.sweeps.steps import size_of, step_of
from wfm.sweeps.sweep import Sweep
from wfm.sweeps.words import method_name

if TYPE_CHECKING:
    import polars

MOST_VERDICTS = 1000


@dataclass(frozen=True, eq=False, repr=False)
class SweepResult:
    """What came of a sweep.

    Args:
        sweep: what was asked.
        table: polars, one row per case and contact type (null: all together), in the order of the cases; its columns
            are told in docs/sweeps.md.
        run: how it was made; nothing else depends on it.
        selection: which case is best, where that was asked.
    """

    sweep: Sweep
    table: polars.DataFrame
    run: Mapping[str, Any] = field(default_factory=dict)
    selection: Selection | None = None

    def __repr__(self) -> str:
        return f"SweepResult({self.sweep.center.title!r}, {self.sweep.design}, {len(self.sweep):,} cases)"

    def to_polars(self) -> polars.DataFrame:
        """A tidy table: case, name, a column per variation with its level (null: as in the base), then the figures.

        >>> import wfm
        >>> found = wfm.sweep(wfm.load(wfm.example("textbook")), {"volume": "±10%"}, method="erlang-a")
        >>> found.to_polars()["volume"].unique().sort().to_list()
        [None, 0.9, 1.1]
        """
        import polars

        cases = [self.sweep.case(number) for number in range(len(self.sweep))]
        names: dict[str, Any] = {"case": [one.number for one in cases], "name": [one.name for one in cases]}
        for place, title in enumerate(self.titles):
            levels = [one.levels[place] for one in cases]
            plain = all(one is None or is_number(one) for one in levels)
            names[title] = levels if plain else [None if one is None else str(one) for one in levels]
        # A level may be a whole number in one case and a fraction in the next.
        named = polars.DataFrame(names, strict=False, infer_schema_length=None)
        named = named.with_columns(polars.col("case").cast(polars.Int64), polars.col("name").cast(polars.String))
        return named.join(self.table, on="case", how="right", maintain_order="right").select(
            "case", *list(names)[1:], *self.table.columns[1:]
        )

    @cached_property
    def titles(self) -> list[str]:
        """What the columns of the variations are called; the path where two have one title, or it is a column's."""
        titles = [one.title for one in self.sweep.variations]
        taken = {*self.table.columns, "name"}
        return [
            one.path if title in taken or titles.count(title) > 1 else title
            for title, one in zip(titles, self.sweep.variations, strict=True)
        ]

    def row(self, case: int, contact_type: str | None = None) -> dict[str, Any]:
        """The figures of one case, of one contact type or of all together; None where there is none.

        Raises:
            InputError: the table has no such row.
        """
        place = self.places(contact_type).get(case)
        if place is None:
            raise InputError([fault("case", f"has no row of {contact_type or 'all contact types'}", case)])
        return self.rows(contact_type).row(place, named=True)

    @property
    def baseline(self) -> dict[str, Any]:
        return self.row(0)

    def rows(self, contact_type: str | None = None) -> polars.DataFrame:
        """The rows of one contact type, or of all together."""
        if contact_type not in self._rows:
            import polars

            of = polars.col("contact_type")
            self._rows[contact_type] = self.table.filter(of.is_null() if contact_type is None else of == contact_type)
        return self._rows[contact_type]

    def places(self, contact_type: str | None = None) -> dict[int, int]:
        """In which of these rows each case is."""
        if contact_type not in self._places:
            self._places[contact_type] = {case: at for at, case in enumerate(self.rows(contact_type)["case"])}
        return self._places[contact_type]

    def values(self, column: str, contact_type: str | None = None) -> np.ndarray:
        """float64[cases] of a column; NaN where there is no figure."""
        if (column, contact_type) not in self._values:
            found = np.full(len(self.sweep), np.nan)
            found[list(self.places(contact_type))] = self.rows(contact_type)[column].cast(float).to_numpy()
            self._values[column, contact_type] = found
        return self._values[column, contact_type]

    def change(self, case: int, measure: str, contact_type: str | None = None) -> Estimate:
        """A measure's change from the baseline; NaN half-width where nothing is left to chance."""
        column = f"{measure}_change"
        if column in self.table.columns:
            value = self.values(column, contact_type)[case]
        else:
            values = self.values(measure, contact_type)
            value = values[case] - values[0]
        half = f"{column}_half_width"
        width = self.values(half, contact_type)[case] if half in self.table.columns else np.nan
        return Estimate(float(value), float(width))

    @cached_property
    def faults(self) -> dict[int, str]:
        """Cases without figures, or without some of them, and why."""
        rows = self.rows()
        found = rows.filter(rows["fault"].is_not_null())
        return dict(zip(found["case"], found["fault"], strict=True))

    def has_figures(self, case: int) -> bool:
        """Whether a case has figures of the held plan or of whom it requires; some have only the one or the other."""
        if case not in self.faults:
            return True
        row = self.row(case)
        return row["service_level"] is not None or row["required_hours"] is not None

    @property
    def share_kept(self) -> float:
        """Share of the cases, the baseline left out, whose every promise is kept on average; NaN without promises."""
        sure = self.values("target_probability")[1:]
        sure = sure[~np.isnan(sure)]
        return float(np.mean(sure >= 0.5)) if sure.size else np.nan

    @property
    def measure(self) -> str:
        """What a grid shows first: required_peak where each case is staffed, or else service_level."""
        return "required_peak" if self.baseline["required_peak"] is not None else "service_level"

    @property
    def ranks_by(self) -> str:
        """What changes and cases are ranked by: service_level where it is predicted, or else required_peak."""
        return "service_level" if self.baseline["service_level"] is not None else self.measure

    def effects(self, measure: str | None = None, contact_type: str | None = None) -> list[Effect]:
        """What each change alone does, the variation with the widest swing of a measure (`ranks_by`) first.

        >>> import wfm
        >>> center = wfm.load(wfm.example("textbook"))
        >>> found = wfm.sweep(center, {"volume": "±10%", "aht": "+5s"}, method="erlang-a")
        >>> [one.label for one in found.effects("service_level")]
        ['volume', 'volume', 'AHT']
        """
        return effects_of(self, measure or self.ranks_by, contact_type)

    def powers(self, contact_type: str | None = None) -> list[Power]:
        """The power of one: what one percent, second, point or agent more of each input does.

        Where no case has that very step, it is the average slope from the smallest steps that were asked.

        >>> import wfm
        >>> center = wfm.load(wfm.example("textbook"))
        >>> for one in wfm.sweep(center, {"volume": "+1%", "aht": "+1s"}, method="erlang-a").powers():
        ...     print(one.label, one.unit, f"{100 * one.changes['service_level'].mean:.2f}")
        volume +1 % -0.75
        AHT +1 s -0.43
        """
        return powers_of(self, contact_type)

    def grid(self, measure: str | None = None, contact_type: str | None = None) -> Grid | None:
        """A measure over two variations that are crossed; None where there are no two."""
        return grid_of(self, measure or self.measure, contact_type)

    def curve(self, contact_type: str | None = None) -> Curve | None:
        """Service level over staff; None where no variation is of agents."""
        return curve_of(self, contact_type)

    def frontier(self) -> Frontier | None:
        """Which cases no other beats in both price and service level.

        Only of cases that differ in what one decides: agents, skills, groups, routing, the plan. None where all have
        one price, or no service.
        """
        return frontier_of(self)

    @cached_property
    def verdicts(self) -> list[str]:
        """A sentence for each case but the baseline, at most 1,000: better, worse, or cannot be told apart."""
        return [self.verdict(case) for case in range(1, min(len(self.sweep), MOST_VERDICTS + 1))]

    def verdict(self, case: int) -> str:
        """How one case compares with the baseline, in a sentence."""
        name = self.sweep.case(case).name
        if not self.has_figures(case):
            return f"{name} has no figures: {self.faults[case]}"
        row, changes = self.row(case), {measure: float(self.change(case, measure).mean) for measure in CHANGES}
        money = None if np.isnan(changes["cost"]) else changes["cost"]
        cost = price(changes["paid_hours"], money) if np.nan_to_num(changes["paid_hours"]) else ""
        people = changes["required_hours"]
        if np.nan_to_num(people):
            cost += f"; {people:+,.1f} paid hours required".replace("-", "−")
        change = self.change(case, "service_level")
        if "predict" not in self.sweep.ask and "cost" not in self.sweep.ask:
            return f"{name}: {cost[2:] or 'as many paid hours required'}."
        if change.mean == 0 and not float(change.half_width) > 0:
            return f"{name} makes no change to the service level{cost}."
        by_method = f"by {method_name(self.sweep.method)}"
        sure = "one replication cannot say how sure" if is_simulated(self.sweep) else by_method
        return sentence((name, "the baseline"), change, cost, int(row["replications"] or 0), sure)

    @cached_property
    def levels(self) -> dict[int, tuple[Any, ...]]:
        """The levels of every case that is made of variations, the baseline among them."""
        return {case: self.sweep.case(case).levels for case in range(1 + self.sweep.designed)}

    @cached_property
    def sizes(self) -> list[float]:
        """How large the input of each variation is in the base; NaN where it is no number."""
        return [size_of(self.sweep.center, self.sweep.held_plan, one.path) for one in self.sweep.variations]

    def step(self, place: int, level: Any) -> float:
        """How far a level of a variation is from the base, a factor as a share; NaN where it is no number."""
        return step_of(self.sweep.variations[place], level, self.sizes[place])

    @cached_property
    def _values(self) -> dict[tuple[str, str | None], np.ndarray]:
        return {}

    @cached_property
    def _rows(self) -> dict[str | None, polars.DataFrame]:
        return {}

    @cached_property
    def _places(self) -> dict[str | None, dict[int, int]]:
        return {}
