"""Many queues by one formula in one call: what `stationary` expects of each, added up over the horizon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wfm.formulas.stationary import Formula, Queue, counts_of
from wfm.measures.counts import BUSY, STAFFED, TIMES
from wfm.measures.definitions import COLUMNS
from wfm.model.center import Target
from wfm.queueing import ErlangA, ErlangC

WAIT_OF_ANSWERED = COLUMNS.index("wait_of_answered")


class Staffed(NamedTuple):
    """A contact type and the net agents of its one group, float64[intervals]."""

    queue: Queue
    target: Target
    agents: np.ndarray


class Expected(NamedTuple):
    """What is expected over the horizon of each of many queues.

    contacts: float64[queues, COLUMNS]; times: float64[queues, TIMES], seconds; overloaded: bool[queues], whether any
    interval is.
    """

    contacts: np.ndarray
    times: np.ndarray
    overloaded: np.ndarray


def expected(staffed: Sequence[Staffed], formula: Formula) -> Expected:
    """The sums of what a formula expects of every interval, for queues of one length of interval.

    What `predict_by_formula` says of each; where one has many intervals that are worked out side by side, to rounding.
    What is said of one queue does not depend on the others that are asked about.
    """
    busy = [one.queue.volume > 0 for one in staffed]
    erlang = erlang_of([one.queue for one in staffed], busy, formula)
    agents, volume = _chosen([one.agents for one in staffed], busy), np.asarray(erlang.volume)
    within, short = (
        repeated([getattr(one.target, name) for one in staffed], busy) for name in ("answer_within", "short_abandon")
    )
    measured = erlang.measures(agents, within, short, alone=True)
    definitions = np.repeat([one.target.definition for one in staffed], _numbers(busy))
    counts = np.zeros((len(volume), len(COLUMNS)))
    for definition in np.unique(definitions):
        asked = definitions == definition
        counts[asked] = counts_of(measured, volume, str(definition))[asked]
    owner, interval = np.repeat(np.arange(len(staffed)), _numbers(busy)), staffed[0].queue.interval
    contacts, times = np.zeros((len(staffed), len(COLUMNS))), np.zeros((len(staffed), len(TIMES)))
    np.add.at(contacts, owner, counts)
    np.add.at(times[:, BUSY], owner, np.asarray(measured.occupancy) * agents * interval)
    times[:, STAFFED] = [np.cumsum(one.agents * interval)[-1] for one in staffed]
    return Expected(contacts, times, np.isinf(contacts[:, WAIT_OF_ANSWERED]))


def erlang_of(queues: Sequence[Queue], chosen: Sequence[np.ndarray], formula: Formula) -> ErlangC | ErlangA:
    """The chosen intervals of many queues, one after the other, as one of the formula's."""
    volume, handling_time, patience, balking = (
        _chosen([getattr(one, name) for one in queues], chosen)
        for name in ("volume", "handling_time", "patience", "balking")
    )
    if formula == "erlang-c":
        return ErlangC(volume=volume, handling_time=handling_time, interval=queues[0].interval)
    lines = repeated([np.inf if one.lines is None else one.lines for one in queues], chosen)
    return ErlangA(volume, handling_time, patience, queues[0].interval, lines, balking)


def _chosen(values: Sequence[np.ndarray], chosen: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([one[some] for one, some in zip(values, chosen, strict=True)]).astype(np.float64)


def repeated(values: Sequence[float], chosen: Sequence[np.ndarray]) -> np.ndarray:
    """A number of each queue, once for each chosen interval."""
    return np.repeat(np.array(values, np.float64), _numbers(chosen))


def _numbers(chosen: Sequence[np.ndarray]) -> list[int]:
    return [int(np.count_nonzero(some)) for some in chosen]
