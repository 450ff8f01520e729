"""Rounds of replications of single cases, and the predictions that add up from them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wfm.errors import WfmError
from wfm.measures.definitions import COLUMNS, CONTACT_PAIRS, RATIOS, TIME_PAIRS, TIMES, Pairs
from wfm.measures.fold import in_seconds
from wfm.measures.prediction import Prediction
from wfm.measures.sample import Kept, exact_sample
from wfm.measures.tally import sample_in_seconds
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.simulation.run import Simulation, seed_of, simulate_part
from wfm.staffing import requirement
from wfm.sweeps.figures import rates_of
from wfm.sweeps.sweep import Sweep

if TYPE_CHECKING:
    import polars

ARRAYS = {"totals": "Float64", "time_totals": "Float64", "met": "Int64", "judged": "Int64"}


class Task(NamedTuple):
    """Replications first to last - 1 of one case."""

    case: int
    first: int
    last: int


class Row(NamedTuple):
    """What the replications of a task counted over the horizon; times in microseconds.

    totals: float64[replications, rows, COLUMNS], flat, rows the contact types and the total, or the one type;
    time_totals: float64[replications, groups, TIMES], flat; met, judged: int64[rows], days. fault: why there are none.
    number: of the writing that it came with.
    """

    task: Task
    totals: np.ndarray
    time_totals: np.ndarray
    met: np.ndarray
    judged: np.ndarray
    fault: str | None
    number: int


Doer = Callable[[Sweep, Sequence[Task]], Iterator["polars.DataFrame"]]
"""Does tasks, on any workers, and gives the frames of `simulate_round` in any order."""


def one_by_one(sweep: Sweep, tasks: Sequence[Task]) -> Iterator[polars.DataFrame]:
    """Do tasks here, on this thread."""
    return (simulate_round(sweep, *task) for task in tasks)


def simulate_round(sweep: Sweep, case: int, first: int, last: int) -> polars.DataFrame:
    """One line, a `Row`: what replications first to last - 1 of a case counted."""
    import polars

    found = {name: np.zeros(0) for name in ARRAYS}
    problem = None
    try:
        center, plan = world_of(sweep, case)
        part = simulate_part(center, plan, method_of(sweep), first, last - first)
    except WfmError as error:
        problem = " ".join(str(error).split())
    else:
        met, judged = (_by_day(counts, center) for counts in (part.met, part.judged))
        found = {"totals": part.totals, "time_totals": part.time_totals, "met": met, "judged": judged}
    return polars.DataFrame(
        [
            *(polars.Series(name, [value], polars.Int64) for name, value in Task(case, first, last)._asdict().items()),
            *(
                polars.Series(name, [polars.Series(found[name].ravel())], polars.List(getattr(polars, kind)))
                for name, kind in ARRAYS.items()
            ),
            polars.Series("fault", [problem], polars.String),
        ]
    )


def simulate_rounds(sent: bytes | Sweep, tasks: Sequence[Task]) -> polars.DataFrame:
    """The lines of some tasks. sent: the sweep, or one that was pickled, which a process makes ready once."""
    import polars

    sweep = sent if isinstance(sent, Sweep) else _sweep_of(sent)
    return polars.concat(one_by_one(sweep, tasks))


@lru_cache(maxsize=1)
def _sweep_of(sent: bytes) -> Sweep:
    found = pickle.loads(sent)
    assert isinstance(found, Sweep)
    return found


def rows_of(frame: polars.DataFrame) -> Iterator[Row]:
    """The lines of frames of `simulate_round`, and of such frames as a folder keeps them, with their number."""
    numbers = frame["number"] if "number" in frame.columns else [0] * len(frame)
    for line in range(len(frame)):
        task = Task(*(int(frame[name][line]) for name in Task._fields))
        arrays = {name: frame[name][line].to_numpy() for name in ARRAYS}
        yield Row(task, **arrays, fault=frame["fault"][line], number=int(numbers[line]))


def world_of(sweep: Sweep, case: int) -> tuple[ContactCenter, StaffingPlan]:
    """The centre of a case and the plan that it is predicted with: the held one, or with `cost` its own requirement."""
    center, plan = sweep.world(case)
    return center, requirement(center, sweep.staffing).plan if "cost" in sweep.ask else plan


def is_simulated(sweep: Sweep) -> bool:
    """Whether its figures are left to chance; requirements never are."""
    return sweep.predicts and (sweep.method == "simulation" or isinstance(sweep.method, Simulation))


def method_of(sweep: Sweep) -> Simulation:
    """The sweep's simulation, whatever the number of its replications."""
    return replace(sweep.method, threads=1) if isinstance(sweep.method, Simulation) else Simulation(threads=1)


def _by_day(counts: np.ndarray, center: ContactCenter) -> np.ndarray:
    """int64[rows] of int64[blocks, rows, cells]: days of all replications."""
    intervals = center.horizon.intervals
    return np.asarray(counts[:, :, intervals:-1].sum(axis=(0, 2)))


class Counted:
    """What the replications of one case counted so far, over the horizon.

    center, plan: the case's; method: how it is simulated. Rows are the contact types and the total, or the one type.
    """

    def __init__(self, center: ContactCenter, plan: StaffingPlan, method: Simulation) -> None:
        self.center, self.plan, self.method = center, plan, method
        types, groups = len(center.contact_types), len(center.agent_groups)
        self.totals = np.zeros((0, types + 1 if types > 1 else 1, len(COLUMNS)))
        self.time_totals = np.zeros((0, groups, len(TIMES)))
        self.sums, self.time_sums = (one.sum(axis=0) for one in (self.totals, self.time_totals))
        self.met, self.judged = (np.zeros(self.totals.shape[1], np.int64) for _ in range(2))

    @property
    def replications(self) -> int:
        return len(self.totals)

    def add(self, row: Row) -> None:
        """Take the row of the next replications."""
        more = row.totals.reshape(-1, *self.totals.shape[1:])
        times = row.time_totals.reshape(-1, *self.time_totals.shape[1:])
        # Whole numbers of contacts and microseconds: sums are exact, in any order.
        self.sums, self.time_sums = self.sums + more.sum(axis=0), self.time_sums + times.sum(axis=0)
        self.totals, self.time_totals = np.concatenate([self.totals, more]), np.concatenate([self.time_totals, times])
        self.met, self.judged = self.met + row.met, self.judged + row.judged

    def value(self, measure: str, row: int) -> float:
        """A measure of one contact type, or of all together (-1), or the cost, over all replications."""
        if measure == "cost":
            overtime = self.time_sums[:, TIMES.index("overtime")] * 1e-6 / 3600 / self.replications
            return float(self.plan.cost or 0.0) + float(overtime @ rates_of(self.center))
        sums = self.sums[row if len(self.sums) > 1 else 0] * in_seconds(COLUMNS)
        return float(exact_sample(sums).ratio(RATIOS[measure]).mean)

    def prediction(self, replications: int | None = None) -> Prediction:
        """What the first so many replications (absent: all) say of the horizon; days and intervals are not known."""
        n = self.replications if replications is None else replications
        rows = slice(None) if self.totals.shape[1] > 1 else [0, 0]
        confidence, horizon = self.center.experiment.confidence, self.center.horizon
        cells = horizon.intervals + horizon.number_of_days + 1
        kept = np.zeros((2, len(self.center.contact_types) + 1, cells), np.int64)
        kept[:, :, -1] = np.array([self.met, self.judged])[:, rows]
        contacts = _horizon_alone(self.totals[:n, rows], cells, CONTACT_PAIRS)
        times = _horizon_alone(self.time_totals[:n], cells, TIME_PAIRS)
        return Prediction(
            center=self.center,
            plan=self.plan,
            method="simulation",
            contacts=sample_in_seconds(n, *contacts, COLUMNS, CONTACT_PAIRS, confidence),
            times=sample_in_seconds(n, *times, TIMES, TIME_PAIRS, confidence),
            kept=Kept(kept[0], kept[1], n, confidence) if n == self.replications else None,
            overloaded=np.zeros((len(self.center.contact_types), horizon.intervals), np.bool_),
            replications=n,
            seed=seed_of(self.center, self.method),
            totals=self.totals[:n] * in_seconds(COLUMNS),
            time_totals=self.time_totals[:n] * in_seconds(TIMES),
            rule=None if self.method.rule is None else self.method.rule.__name__,
        )


def _horizon_alone(totals: np.ndarray, cells: int, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Sums and products in the last cell; nothing in the others."""
    one, other = np.array(pairs).T
    sums = np.zeros((totals.shape[1], cells, totals.shape[2]))
    products = np.zeros((totals.shape[1], cells, len(pairs)))
    sums[:, -1] = totals.sum(axis=0)
    for row in range(totals.shape[1]):
        by_pair = totals[:, row].T @ totals[:, row]
        products[row, -1] = by_pair[one, other]
    return sums, products
