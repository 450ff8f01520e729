"""The contact log: one row per contact of every replication, as a table.

Rows come in order of replication, then of arrival; they are the same on any number of threads. Times are rounded once
to whole microseconds, as in the books of the engines: what is added up from a log is what a prediction says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wfm.errors import InputError, fault
from wfm.jit import kernel
from wfm.model.center import ContactCenter
from wfm.simulation.bounds import contacts_of
from wfm.simulation.ledger import IS_ANSWERED, OUTCOMES, Books, Log, empty_books, microseconds
from wfm.simulation.lowering import World

if TYPE_CHECKING:
    import polars

MOST_BYTES = 4 << 30  # of a log in memory
BYTES_A_ROW = 96  # of the table, and of what it is made of while it is made

LogOne = Callable[[World, int, int], tuple[Books, Log]]
Logs = Callable[[World, int, int, Books], Iterator[Log]]


class Rows(NamedTuple):
    """Columns of the log of some replications, as narrow as they can be; one row per contact.

    replication, contact_type, agent_group (as many as there are: nobody), outcome: indices. interval, arrival: int64
    microseconds since 1970, local time. arrival_seconds (from the horizon's start), wait, talk, after_contact_work:
    float64 seconds.
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


def check_log_fits(center: ContactCenter, replications: int) -> None:
    """Refuse a log that would pass `MOST_BYTES`, before anything is simulated.

    Raises:
        InputError: with the number of replications that would fit.
    """
    contacts = contacts_of(center)
    needed = contacts * BYTES_A_ROW * replications
    if needed <= MOST_BYTES:
        return
    fits = int(MOST_BYTES / (contacts * BYTES_A_ROW))
    size = f"the log of about {contacts * replications:,.0f} contacts would take {needed / 2**30:.1f} GiB"
    most = f"of at most {MOST_BYTES >> 30}; {fits:,} replications would fit" if fits else "even of one replication"
    raise InputError([fault("replications", f"{size} {most}", replications)])


def logging_run(logs: Logs, center: ContactCenter, kept: dict[int, Rows]) -> Callable[..., Books]:
    """A `run` as the engines have it, that leaves the rows of each block of replications in `kept`, by its first.

    `logs` fills books and gives the log of each of their replications, as `wfm.simulation.compiled.logs`. Threads may
    share `kept`: each block is written once.
    """

    starts = _starts(center)

    def run(world: World, seed: int, first: int, replications: int, percentiles: bool = True) -> Books:
        books = empty_books(world, replications, percentiles=percentiles)
        rows, at = _empty_rows(int(1.05 * replications * world.volume.sum()) + 1000, world), 0
        for replication, log in enumerate(logs(world, seed, first, books), first):
            if at + len(log.arrival) > len(rows.arrival):
                rows = _with_room(rows, 2 * (at + len(log.arrival)), world)
            _fill(rows, at, starts, world, replication, log)
            at += len(log.arrival)
        kept[first] = Rows(*(column[:at] for column in rows))
        return books

    return run


def rows_of(center: ContactCenter, world: World, replication: int, log: Log) -> Rows:
    """The rows of one replication."""
    rows = _empty_rows(len(log.arrival), world)
    _fill(rows, 0, _starts(center), world, replication, log)
    return rows


def logs_of(log_one: LogOne) -> Logs:
    """As `wfm.simulation.compiled.logs`, from an engine's `run_logged`."""

    def logs(world: World, seed: int, first: int, books: Books) -> Iterator[Log]:
        for r in range(len(books.counts)):
            page, log = log_one(world, seed, first + r)
            for part, one in zip(books, page, strict=True):
                part[r] = one[0, ..., : part.shape[-1]]
            yield log

    return logs


def _fill(rows: Rows, at: int, starts: np.ndarray, world: World, replication: int, log: Log) -> None:
    order = np.argsort(log.arrival, kind="stable")
    fill_rows(log, order, at, replication, world.edges, starts, world.answer_within, len(world.rows), rows)


def _starts(center: ContactCenter) -> np.ndarray:
    """int64[intervals]: when each interval starts, in microseconds since 1970."""
    return np.array(center.horizon.starts, dtype="datetime64[us]").astype(np.int64)


def table(center: ContactCenter, blocks: Sequence[Rows]) -> polars.DataFrame:
    """Blocks of rows as one table. Its columns:

    replication: from 0, as the engines count. contact_type, agent_group (null for who met no agent), outcome: names.
    interval, arrival: local date and time of the interval of arrival and of the arrival, to the microsecond.
    arrival_seconds: the arrival from the horizon's start, exactly as it was simulated.
    wait: seconds until the answer, or until the contact was lost. talk, after_contact_work: seconds; null for who was
    not answered. answered_within: whether it was answered within its type's threshold.
    """
    import polars

    def named(column: str, names: Iterable[str]) -> polars.Expr:
        words = polars.Series([*names, None], dtype=polars.Enum(list(names)))
        return polars.lit(words).gather(polars.col(column)).alias(column)

    numbers = polars.concat([polars.DataFrame(rows._asdict()) for rows in blocks], rechunk=False)
    is_answered = polars.col("outcome") == int(IS_ANSWERED)
    return numbers.with_columns(
        named("contact_type", center.contact_types),
        named("agent_group", center.agent_groups),
        named("outcome", OUTCOMES),
        polars.col("interval", "arrival").cast(polars.Datetime("us")),
        polars.when(is_answered).then(polars.col("talk", "after_contact_work")),
    )


def _empty_rows(size: int, world: World) -> Rows:
    """Rows in one piece of memory: getting many small pieces from the system takes longer than filling them."""
    index = np.min_scalar_type(max(world.routes.after.shape))
    kinds = Rows(*map(np.dtype, ("u4", index, index, "i8", "i8", "f8", "u1", "f8", "f8", "f8", "?")))  # type: ignore[arg-type]
    memory, at = np.empty(size * sum(kind.itemsize for kind in kinds), np.uint8), 0
    columns = {}
    for name, kind in sorted(kinds._asdict().items(), key=lambda item: -item[1].itemsize):
        columns[name] = memory[at : at + size * kind.itemsize].view(kind)
        at += size * kind.itemsize
    return Rows(**columns)


def _with_room(rows: Rows, size: int, world: World) -> Rows:
    wider = _empty_rows(size, world)
    for old, new in zip(rows, wider, strict=True):
        new[: len(old)] = old
    return wider


@kernel
def fill_rows(log, order, at, replication, edges, starts, answer_within, nobody, rows):  # type: ignore[no-untyped-def]
    """Write the log of one replication into rows at, at + 1, ..., in the given order, which is that of arrival."""
    i, last = 0, edges.size - 2
    for place in range(order.size):
        n, row = order[place], at + place
        arrival, group = log.arrival[n], log.agent_group[n]
        while i < last and edges[i + 1] <= arrival:
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
