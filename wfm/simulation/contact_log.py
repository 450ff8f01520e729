"""The contact log: one row per contact of every replication, as a table.

Rows come in order of replication, then of arrival; they are the same on any number of threads. Times are rounded once to
whole microseconds, as in the books of the engines, so that what is added up from a log is what a prediction says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wfm.errors import InputError, fault
from wfm.jit import kernel
from wfm.model.center import ContactCenter
from wfm.simulation.ledger import IS_ANSWERED, OUTCOMES, Books, Log, microseconds
from wfm.simulation.lowering import World

if TYPE_CHECKING:
    import polars

MOST_BYTES = 4 << 30  # of a log in memory
BYTES_A_ROW = 64  # of the table, and of what it is made of while it is made

LogOne = Callable[[World, int, int], tuple[Books, Log]]


class Rows(NamedTuple):
    """Columns of the log of some replications, as narrow as they can be; one row per contact.

    interval, arrival: int64 microseconds since 1970, local time; arrival_seconds: float64 from the horizon's start;
    contact_type, agent_group, outcome: indices, of the group as many as there are for nobody; wait, talk,
    after_contact_work: float64 seconds.
    """

    replication: np.ndarray
    contact_type: np.ndarray
    agent_group: np.ndarray
    interval: np.ndarray
    arrival: np.ndarray
    arrival_seconds: np.ndarray
    outcome: np.ndarray
    wait: np.ndarray
    talk: np.ndarray
    after_contact_work: np.ndarray
    answered_within: np.ndarray


KINDS = Rows(
    np.uint32, np.uint32, np.uint32, np.int64, np.int64, np.float64, np.uint8, np.float64, np.float64, np.float64,
    np.bool_,
)  # type: ignore[arg-type]  # fmt: skip


def check_log_fits(center: ContactCenter, replications: int) -> None:
    """Refuse a log that would pass `MOST_BYTES`, before anything is simulated.

    Raises:
        InputError: with the number of replications that would fit.
    """
    contacts = sum(float(center.volume(name).sum()) for name in center.contact_types)
    needed = contacts * BYTES_A_ROW * replications
    if needed <= MOST_BYTES:
        return
    fits = int(MOST_BYTES / (contacts * BYTES_A_ROW))
    size = f"the log of about {contacts * replications:,.0f} contacts would take {needed / 2**30:.1f} GiB"
    most = f"of at most {MOST_BYTES >> 30}; {fits:,} replications would fit" if fits else "even of one replication"
    raise InputError([fault("replications", f"{size} {most}", replications)])


def logging_run(log_one: LogOne, center: ContactCenter, kept: dict[int, polars.DataFrame]) -> Callable[..., Books]:
    """A `run` as the engines have it, that leaves the rows of each block of replications in `kept`, by its first.

    `log_one` is the `run_logged` of an engine. Threads may share `kept`: each block is written once.
    """

    def run(world: World, seed: int, first: int, replications: int, percentiles: bool = True) -> Books:
        books, logs = [], []
        for replication in range(first, first + replications):
            one, log = log_one(world, seed, replication)
            books.append(one if percentiles else one._replace(waits=one.waits[..., :0]))
            logs.append(log)
        kept[first] = table(center, world, first, logs)
        return Books(*(np.concatenate(parts) for parts in zip(*books, strict=True)))

    return run


def joined(kept: dict[int, polars.DataFrame]) -> polars.DataFrame:
    """The blocks that `logging_run` left, in order of replication."""
    import polars

    return polars.concat([kept[first] for first in sorted(kept)], rechunk=False)


def table(center: ContactCenter, world: World, first: int, logs: Sequence[Log]) -> polars.DataFrame:
    """The contact log of replications first, first + 1, ... as a table; its columns:

    replication: from 0, as the engines count. contact_type, agent_group (null for who met no agent), outcome: names.
    interval, arrival: local date and time of the interval of arrival and of the arrival, to the microsecond.
    arrival_seconds: the arrival from the horizon's start, exactly as it was simulated.
    wait: seconds until the answer, or until the contact was lost. talk, after_contact_work: seconds; null for who was
    not answered. answered_within: whether it was answered within its type's threshold.
    """
    import polars

    rows = _lean(center, world, first, logs)
    columns: dict[str, Any] = {name: polars.Series(name, column) for name, column in rows._asdict().items()}
    for name, names in (
        ("contact_type", list(center.contact_types)),
        ("agent_group", list(center.agent_groups)),
        ("outcome", list(OUTCOMES)),
    ):
        columns[name] = polars.Series(name, [*names, None], dtype=polars.Enum(names)).gather(columns[name])
    answered = polars.col("outcome") == "answered"
    return polars.DataFrame(list(columns.values())).with_columns(
        polars.col("interval", "arrival").cast(polars.Datetime("us")),
        polars.when(answered).then(polars.col("talk", "after_contact_work")),
    )


def _lean(center: ContactCenter, world: World, first: int, logs: Sequence[Log]) -> Rows:
    size = sum(len(log.arrival) for log in logs)
    starts = np.array(center.horizon.starts, dtype="datetime64[us]").astype(np.int64)
    rows = Rows(*(np.empty(size, kind) for kind in KINDS))
    at = 0
    for replication, log in enumerate(logs, first):
        fill_rows(log, at, replication, world.edges, starts, world.answer_within, len(center.agent_groups), rows)
        at += len(log.arrival)
    return rows


@kernel
def fill_rows(log, at, replication, edges, starts, answer_within, nobody, rows):  # type: ignore[no-untyped-def]
    """Write the log of one replication into rows at, at + 1, ...; its contacts are in order of arrival."""
    i = 0
    for n in range(log.arrival.size):
        row, arrival, group = at + n, log.arrival[n], log.agent_group[n]
        while i + 1 < starts.size and edges[i + 1] <= arrival:
            i += 1
        came, decided = microseconds(arrival), microseconds(log.decided[n])
        rows.replication[row] = replication
        rows.contact_type[row] = log.contact_type[n]
        rows.agent_group[row] = group if group >= 0 else nobody
        rows.interval[row] = starts[i]
        rows.arrival[row] = starts[0] + came
        rows.arrival_seconds[row] = arrival
        rows.outcome[row] = log.outcome[n]
        rows.wait[row] = (decided - came) / 1e6
        if log.outcome[n] == IS_ANSWERED:
            left, freed = microseconds(log.left[n]), microseconds(log.freed[n])
            rows.talk[row] = (left - decided) / 1e6
            rows.after_contact_work[row] = (freed - left) / 1e6
            rows.answered_within[row] = log.decided[n] <= arrival + answer_within[log.contact_type[n]]
        else:
            rows.talk[row] = 0.0
            rows.after_contact_work[row] = 0.0
            rows.answered_within[row] = False
