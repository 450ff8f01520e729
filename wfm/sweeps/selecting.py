"""Selecting the best case: replications are added only where the decision is open."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from wfm.errors import InputError, WfmError, fault
from wfm.measures.definitions import RATIOS
from wfm.measures.sample import Estimate, student_quantile
from wfm.simulation.run import Progress
from wfm.sweeps.asking import Asker
from wfm.sweeps.figures import REQUIRED, CaseFigures, Columns, Side, predicted, table_of
from wfm.sweeps.goals import Goal, Limit
from wfm.sweeps.rounds import Counted, Doer, Row, Task, method_of, one_by_one, rows_of, world_of
from wfm.sweeps.screening import FIRST, Screening, looks
from wfm.sweeps.selection import Ended, LeftOut, Selection, Standing
from wfm.sweeps.sweep import Sweep
from wfm.sweeps.words import NAMES, lead_in_words, value_in_words, width_in_words

if TYPE_CHECKING:
    import polars

MOST = 100_000  # replications of a case, where the method does not say
EVERY = 2.0  # seconds between writings to a folder
NO_CONTACTS = "there are no contacts to judge the service by"
SLACK = 1e-9  # a promise that is missed by rounding alone is kept


class Rounds(Protocol):
    """Where rounds are kept (`wfm.sweeps.run_folder.RunFolder`)."""

    def append_round(self, number: int, frame: polars.DataFrame) -> None: ...
    def rounds(self) -> polars.DataFrame: ...


def select(
    sweep: Sweep,
    goal: Goal,
    *,
    within: float | None = None,
    do: Doer | None = one_by_one,
    folder: Rounds | None = None,
    progress: Progress | None = None,
) -> tuple[Selection, polars.DataFrame]:
    """Simulate the cases of a sweep in rounds until the best is told, or no more is wanted.

    All see the same days. A case gets replications while it may be the best: 32, then 16 more, and so on in growing
    rounds (`wfm.sweeps.screening`). A measure is a ratio of totals; its residuals in the first round stand for
    observations: ratios of totals are normal in the limit, with the spread of their residuals, and so is their whole
    path over the replications, which is what the procedure rests on (Kim and Nelson, "On the asymptotic validity of
    fully sequential selection procedures for steady-state simulation", 2006).

    Args:
        within: seconds after which the round in hand is the last; at least one is done.
        do: does the tasks of a round, on any workers; None: only what the folder has is looked at.
        folder: rounds are kept there and read from there, so that a decided selection is read alone.
        progress: told (cases decided, cases).

    Returns:
        The selection, and the table of all cases (`wfm.sweeps.figures.table_of`): each from its own replications, its
        changes from those that the baseline has too.

    Raises:
        InputError: no case can be judged.
        WfmError: the baseline cannot be simulated, or cannot be staffed where that is asked.
    """
    required = Asker(replace(sweep, ask=("staff",))).rows(0, len(sweep)) if sweep.staffs else None
    contest = _Contest(sweep, goal)
    selection, table = contest.run(within, do, folder, progress), contest.table()
    if required is not None:
        known = table["fault"].is_null()
        table = table.with_columns(required.select(REQUIRED), fault=table["fault"].zip_with(~known, required["fault"]))
    return selection, table


def select_by_formula(sweep: Sweep, goal: Goal, table: polars.DataFrame) -> Selection:
    """The best by figures that leave nothing to chance.

    table: of all cases, as `wfm.sweeps.figures.table_of` has it.
    """
    rows = {(row["case"], row["contact_type"]): row for row in table.iter_rows(named=True)}
    standings = []
    for case in range(len(sweep)):
        name, row = sweep.case(case).name, rows[case, None]
        reason = row["fault"] or ""
        if not reason:
            value = rows[case, goal.contact_type][goal.measure]
            limits = goal.limits(sweep.world(case)[0])
            seen = [(one, rows[case, one.contact_type][one.measure]) for one in limits]
            reason = NO_CONTACTS if None in (value, *(level for _, level in seen)) else ""
        if reason:
            standings.append(Standing(case, name, 0, np.nan, np.nan, "fault", None, reason))
            continue
        broken = [_broken_promise(one, level) for one, level in seen if not one.over(level) >= -SLACK]
        left_out: LeftOut = "promise" if broken else ""
        standings.append(Standing(case, name, 0, value, np.nan, left_out, None, broken[0] if broken else ""))
    sound = [one for one in standings if not one.left_out]
    best = max(sound, key=lambda one: goal.sign * one.value).case if sound else None
    for one in sound:
        if one.case != best:
            behind = "behind" if one.value != standings[best or 0].value else "no better than"
            reason = f"{behind} {standings[best or 0].name}"
            standings[one.case] = replace(one, left_out="beaten", by=best, reason=reason)
    confidence, still = sweep.center.experiment.confidence, () if best is None else (best,)
    ended: Ended = "nobody" if best is None else "formula"
    return Selection(goal.name, goal.indifference, confidence, best, still, tuple(standings), ended)


def _broken_promise(broken: Limit, value: float) -> str:
    seen, promised = (value_in_words(broken.measure, one) for one in (value, broken.limit))
    return f"{NAMES[broken.measure]} of {broken.contact_type} {seen}, {promised} is promised"


class _Contest:
    """A selection under way."""

    def __init__(self, sweep: Sweep, goal: Goal) -> None:
        self.sweep, self.goal, self.method = sweep, goal, method_of(sweep)
        self.counted: dict[int, Counted] = {}
        self.faults: dict[int, str] = {}
        self.runners: list[int] = []  # the case of each column of the race
        self.limits: list[list[Limit]] = []
        self.race: Screening | None = None
        self.over = np.zeros((0, 0))

    def run(self, within: float | None, do: Doer | None, folder: Rounds | None, progress: Progress | None) -> Selection:
        began, done, keeper = time.monotonic(), 0, _Keeper(folder)
        most = self.method.replications or MOST
        for replications in looks(most, min(FIRST, most)):
            tasks = [Task(case, done, replications) for case in self.open]
            if do is None and not keeper.has(tasks):
                break
            for row in keeper.rows(self.sweep, tasks, do):
                self._take(row)
                if progress is not None:
                    progress(len(self.sweep) - len(self.open), len(self.sweep))
            race, done = self._look(replications), replications
            if race.decided:
                return self._selection(_why_decided(race))
            if keeper.has_worked and within is not None and time.monotonic() - began >= within:
                break
        else:
            return self._selection("replications")
        if self.race is None:
            raise InputError([fault("best", "nothing is known yet; the first round is not finished")])
        return self._selection("time")

    @property
    def open(self) -> list[int]:
        """Cases that may still be the best."""
        if self.race is None:
            return [case for case in range(len(self.sweep)) if case not in self.faults]
        return [self.runners[column] for column in self.race.open]

    def _take(self, row: Row) -> None:
        case = row.task.case
        if row.fault is not None:
            if case == 0:
                raise WfmError(row.fault)
            self.faults[case] = row.fault
            return
        if case not in self.counted:
            self.counted[case] = Counted(*world_of(self.sweep, case), self.method)
        self.counted[case].add(row)

    def _look(self, replications: int) -> Screening:
        race = self.race = self.race or self._started()
        means, self.over = np.full(len(self.runners), np.nan), np.full(race.keeps.shape, np.inf)
        for column in race.open:
            counted = self.counted[self.runners[column]]
            means[column] = self.goal.sign * self._value(counted)
            for place, one in enumerate(self.limits[column]):
                self.over[column, place] = one.over(counted.value(one.measure, one.row))
        race.look(replications, means, self.over)
        return race

    def _started(self) -> Screening:
        """The race of all cases that can be judged, with the spread of their first replications."""
        for case, counted in self.counted.items():
            limits = self.goal.limits(counted.center)
            values = [self._value(counted), *(counted.value(one.measure, one.row) for one in limits)]
            if np.isnan(values).any():
                self.faults[case] = NO_CONTACTS
        self.runners = [case for case in sorted(self.counted) if case not in self.faults]
        if not self.runners:
            raise InputError([fault("best", "no case can be judged; there are no contacts")], self.sweep.center.title)
        self.limits = [self.goal.limits(self.counted[case].center) for case in self.runners]
        sides = [Side.of(self.counted[case].prediction()) for case in self.runners]
        # A case with fewer limits than another keeps those that it has not.
        margins = np.zeros((sides[0].seen.replications, len(sides), max(map(len, self.limits))))
        for column, (side, limits) in enumerate(zip(sides, self.limits, strict=True)):
            for place, one in enumerate(limits):
                margins[:, column, place] = one.residuals(side)
        residuals = np.column_stack([self.goal.residuals(side) for side in sides])
        return Screening(residuals, self.goal.indifference, self.sweep.center.experiment.confidence, margins)

    def _value(self, counted: Counted) -> float:
        return counted.value(self.goal.measure, self.goal.row(counted.center))

    # ---- what came of it

    def _selection(self, ended: Ended) -> Selection:
        assert self.race is not None
        standings = tuple(self._standing(case) for case in range(len(self.sweep)))
        still = sorted(self.race.open, key=lambda column: -self.goal.sign * standings[self.runners[column]].value)
        keep = [self.runners[column] for column in still if np.all(self.over[column] >= 0)]
        best = keep[0] if keep else None
        rivals = [self.runners[column] for column in still if self.runners[column] != best]
        lead = None if best is None or not rivals else self._lead(best, rivals[0], self.counted[best].replications)
        return Selection(
            self.goal.name, self.goal.indifference, self.sweep.center.experiment.confidence, best,
            tuple(([] if best is None else [best]) + rivals), standings, ended, lead,
        )  # fmt: skip

    def _standing(self, case: int) -> Standing:
        name = self.sweep.case(case).name
        if case not in self.counted:
            return Standing(case, name, 0, np.nan, np.nan, "fault", None, self.faults[case])
        counted = self.counted[case]
        seen = counted.prediction()
        if self.goal.measure == "cost":
            value = seen.cost
        else:
            value = seen.contacts[self.goal.row(counted.center), -1].ratio(RATIOS[self.goal.measure])
        found = Standing(case, name, counted.replications, float(value.mean), float(value.half_width))
        if case in self.faults:
            return replace(found, left_out="fault", reason=self.faults[case])
        column = self.runners.index(case)
        assert self.race is not None
        if column not in self.race.out:
            return found
        out = self.race.out[column]
        by = None if out.why == "promise" else self.runners[out.by]
        after = f"after {out.replications:,} replications"
        if by is None:
            broken = self.limits[column][out.by]
            reason = _broken_promise(broken, self.counted[case].value(broken.measure, broken.row))
            return replace(found, left_out=out.why, reason=f"{reason}, {after}")
        name, lead = self.sweep.case(by).name, self._lead(by, case, out.replications)
        if lead.mean == 0 == lead.half_width:
            return replace(found, left_out="same", by=by, reason=f"the same as {name}")
        reason = f"behind {name} by {lead_in_words(self.goal.measure, lead)} {after}"
        if out.why == "close":
            reason += f", which is within {width_in_words(self.goal.measure, self.goal.indifference)}"
        return replace(found, left_out=out.why, by=by, reason=reason)

    def _lead(self, case: int, other: int, replications: int) -> Estimate:
        """By how much a case is better than another over the first so many replications, paired."""
        sides = [Side.of(self.counted[one].prediction(replications)) for one in (case, other)]
        residuals = self.goal.residuals(sides[0]) - self.goal.residuals(sides[1])
        values = [self.goal.value(side) for side in sides]
        quantile = student_quantile(self.sweep.center.experiment.confidence, replications - 1)
        error = residuals.std(ddof=1) / np.sqrt(replications)
        return Estimate(self.goal.sign * (values[0] - values[1]), float(quantile * error))

    def table(self) -> polars.DataFrame:
        """The figures of all cases, in their order."""
        before = self.counted[0]
        sides: dict[int, Side] = {}
        cases = []
        for case in range(len(self.sweep)):
            if case not in self.counted:
                cases.append(CaseFigures(case, _types_of(self.sweep, case), fault=self.faults[case]))
                continue
            counted = self.counted[case]
            both = min(counted.replications, before.replications)
            for n in (both, before.replications):
                sides[n] = sides.get(n) or Side.of(before.prediction(n))
            columns = predicted(Side.of(counted.prediction()), sides[before.replications])
            if both < max(counted.replications, before.replications):
                columns |= _changes(predicted(Side.of(counted.prediction(both)), sides[both]))
            cases.append(CaseFigures(case, tuple(counted.center.contact_types), columns, self.faults.get(case)))
        return table_of(cases)


def _types_of(sweep: Sweep, case: int) -> tuple[str, ...]:
    """The contact types of a case that has no figures; the base's where it cannot even be built."""
    try:
        return tuple(sweep.world(case)[0].contact_types)
    except WfmError:
        return tuple(sweep.center.contact_types)


def _changes(columns: Columns) -> Columns:
    return {name: values for name, values in columns.items() if "_change" in name}


def _why_decided(race: Screening) -> Ended:
    if not race.open:
        return "nobody"
    return "indifference" if any(out.why == "close" for out in race.out.values()) else "one_left"


class _Keeper:
    """Rounds that are kept in a folder as they come, and never done twice."""

    def __init__(self, folder: Rounds | None) -> None:
        self.folder, self.number, self.has_worked = folder, 0, False
        self.kept: dict[Task, Row] = {}
        self.waiting: list[polars.DataFrame] = []
        self.written = time.monotonic()
        if folder is not None:
            for row in rows_of(folder.rounds()):
                self.kept[row.task] = row
                self.number = max(self.number, row.number + 1)

    def has(self, tasks: list[Task]) -> bool:
        """Whether all of them are kept."""
        return all(task in self.kept for task in tasks)

    def rows(self, sweep: Sweep, tasks: list[Task], do: Doer | None) -> Iterator[Row]:
        """The rows of tasks: those that are kept, then the others as they are done."""
        yield from (self.kept[task] for task in tasks if task in self.kept)
        missing = [task for task in tasks if task not in self.kept]
        self.has_worked |= bool(missing)
        try:
            for frame in do(sweep, missing) if do is not None and missing else ():
                self._keep(frame)
                yield from rows_of(frame)
        finally:
            self._write()

    def _keep(self, frame: polars.DataFrame) -> None:
        if self.folder is None:
            return
        self.waiting.append(frame)
        if time.monotonic() - self.written >= EVERY:
            self._write()

    def _write(self) -> None:
        import polars

        if self.folder is not None and self.waiting:
            self.folder.append_round(self.number, polars.concat(self.waiting).with_columns(number=self.number))
            self.number, self.waiting, self.written = self.number + 1, [], time.monotonic()
