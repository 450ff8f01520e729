"""The run folder: what is finished stays finished, whenever a sweep is killed, and one writer at a time adds to it."""

from __future__ import annotations

import io
import json
import math
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from wfm.errors import InputError, OutputError, fault
from wfm.files.inputs import sha256_of
from wfm.files.whole import beside, make_folder, write_whole
from wfm.sweeps.run_record import NAME, Origin, RunRecord

if TYPE_CHECKING:
    import polars
    from filelock import BaseFileLock

    from wfm.sweeps.sweep import Sweep

LOCK, WRITER = ".lock", ".writer"
CASES = re.compile(r"cases-(\d+)-(\d+)\.parquet")
ROUND = re.compile(r"rounds-(\d+)\.parquet")
LEFT_OVER = re.compile(r"\.(cases-\d+-\d+\.parquet|rounds-\d+\.parquet|run\.json|\.writer)\..+")
EVERY = 2.0  # seconds of work that a kill may cost ...
EVERY_SHARE = 0.02  # ... or this share of a long run, which keeps the number of parts in the hundreds
STOPPING = ("SIGTERM", "SIGHUP")


class RunFolder:
    """Where a sweep's figures are kept: `run.json`, Parquet files of the cases that are done, copies of the inputs.

    A reader needs no more than the path. A writer opens the folder for its sweep, once, from one thread:

        with RunFolder(path).open_for(sweep) as folder:
            for cases in folder.missing():
                folder.append(cases.start, cases.stop, figures)

    Args:
        path: of the folder, which is made where there is none.
        origin: how a command came to the sweep; absent: it was made in Python.
    """

    def __init__(self, path: str | os.PathLike[str], origin: Origin | None = None) -> None:
        if not isinstance(path, str | os.PathLike):
            raise InputError([fault("out", "must be the path of a folder", path)])
        self.path = Path(path)
        self.origin = origin
        self.notes: list[str] = []  # what a user should know: parts that were set aside
        self._lock: BaseFileLock | None = None
        self._waiting: list[tuple[int, int, polars.DataFrame]] = []
        self._handlers: dict[int, Any] = {}
        self._opened = self._written = 0.0

    # ---- reading

    @cached_property
    def record(self) -> RunRecord:
        """What run.json says.

        Raises:
            InputError: this is no run folder, or one that is damaged or of another format.
        """
        return RunRecord.read(self.path)

    def begun_with(self, copies: bool = False) -> tuple[Path, dict[str, Any]]:
        """The file and the options of the command that began the run, from which the same sweep can be made again.

        Args:
            copies: read the copies in the folder even where the files themselves are there: for showing what the
                run found, whatever has become of its inputs.

        Raises:
            InputError: the run was begun in Python, or a copy has been changed.
        """
        return self.record.begun_with(self.path, copies)

    def missing(self) -> list[range]:
        """Cases that have no figures yet, as ranges in order."""
        found, end = [], 0
        for first, last in [*self._done(), (self.record.cases, self.record.cases)]:
            if first > end:
                found.append(range(end, first))
            end = max(end, last)
        return found

    @property
    def done(self) -> int:
        """Number of cases that have figures."""
        return self.record.cases - sum(map(len, self.missing()))

    @property
    def finished(self) -> bool:
        return not self.missing()

    def table(self) -> polars.DataFrame:
        """The figures of all cases that are done, in the order of the cases; it does not depend on who did them when.

        Raises:
            InputError: this is no run folder, or a part of it cannot be read.
        """
        _ = self.record  # which says whether what stands here can be read
        self.flush()
        return _joined([_read_part(self.path / name) for _, _, name in self._parts()])

    def rounds(self) -> polars.DataFrame:
        """The rounds of a selection so far, in their order; without columns where there was none.

        Raises:
            InputError: a round cannot be read.
        """
        return _joined([_read(self.path / name) for _, name in self._rounds()])

    def writer(self) -> str:
        """Who writes here, in words; "" where nobody says so. A killed writer cannot take its words back."""
        try:
            said = json.loads((self.path / WRITER).read_text(encoding="utf-8"))
            return f"process {said['process']} on {said['host']}, since {said['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    # ---- opening and closing

    def open_for(self, sweep: Sweep, selection: Mapping[str, Any] | None = None) -> RunFolder:
        """Begin the run of a sweep, or go on with it.

        Args:
            sweep: what is asked; in a folder that was begun it must be the same.
            selection: what else results depend on, by name: what is best and which differences do not matter.

        Raises:
            InputError: files stand in the folder and it is no run folder; it was begun with another sweep, another
                version of wfm or of a package; its run.json is damaged.
            OutputError: somebody else writes there; it cannot be written.
        """
        make_folder(self.path)
        also = dict(selection or {})
        if self._is_begun():
            self.record.check_versions(self.path)
            self.record.check(sweep, self.path, also)
            if self.finished and not self._damaged():
                return self  # there is nothing to write, and the folder may be one that cannot be written to
        else:
            self._refuse_foreign_files()
        self._take_lock()
        try:
            self._begin_or_go_on(sweep, also)
        except BaseException:
            self._release()
            raise
        # The first figures are kept at once, so that a run that is killed again and again gets on.
        self._opened, self._written = time.monotonic(), -math.inf
        self._listen()
        return self

    def _begin_or_go_on(self, sweep: Sweep, also: Mapping[str, Any]) -> None:
        for name in os.listdir(self.path):
            if LEFT_OVER.fullmatch(name):
                (self.path / name).unlink(missing_ok=True)
        if not self._is_begun():
            begun = RunRecord.of(sweep, self.path, self.origin, also)
            self._write(self.path / NAME, begun.to_json().encode())
        self.__dict__.pop("record", None)
        self.record.check(sweep, self.path, also)
        self._copy_inputs()
        for name, why in self._damaged():
            (self.path / name).replace(self.path / f"{name}.damaged")
            self.notes.append(f"{self.path / name} {why}; it is set aside as {name}.damaged and done again")

    def close(self) -> None:
        """Write what is finished and let others write.

        Raises:
            OutputError: it cannot be written.
        """
        try:
            self.flush()
        finally:
            self._release()

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
            return
        # What went wrong is told, not that its last seconds could not be written either.
        with suppress(OutputError):
            self.close()

    # ---- writing

    @property
    def how_far(self) -> list[str]:
        """How far an unfinished run is, and how it goes on, in a sentence; nothing of a finished one."""
        if self.finished:
            return []
        unless = f", unless {self.writer()} is still at work" if self.writer() else ""
        done = f"{self.done:,} of {self.record.cases:,} cases are done"
        return [f"{done}; `wfm sweep {self.path}` goes on{unless}"]

    def append(self, first: int, last: int, frame: polars.DataFrame) -> None:
        """Add the figures of the cases first..last-1; they are on the disk within two seconds or 2 % of the run.

        Raises:
            OutputError: they cannot be written; what was written before stays.
        """
        self._waiting.append((first, last, frame))
        now = time.monotonic()
        if now - self._written >= max(EVERY, EVERY_SHARE * (now - self._opened)):
            self.flush()

    def flush(self) -> None:
        """Write all that was added.

        Raises:
            OutputError: it cannot be written; what was written before stays.
        """
        for first, last, frames in _merged(self._waiting):
            self._write(self.path / f"cases-{first:06d}-{last - 1:06d}.parquet", _parquet(_joined(frames)))
            self._waiting = [one for one in self._waiting if not first <= one[0] < last]
        self._written = time.monotonic()

    def append_round(self, number: int, frame: polars.DataFrame) -> None:
        """Add a round of a selection, at once.

        Raises:
            OutputError: it cannot be written; what was written before stays.
        """
        self._write(self.path / f"rounds-{number:06d}.parquet", _parquet(frame))

    def _write(self, path: Path, data: bytes) -> None:
        try:
            with beside(path) as file:
                file.write_bytes(data)
                _sync(file)
            _sync(path.parent)
        except OutputError as error:
            kept = "what was finished before is kept; the same command goes on from there"
            raise OutputError(f"{error}; {kept}") from None

    # ---- what stands there

    def _is_begun(self) -> bool:
        return (self.path / NAME).exists()

    def _refuse_foreign_files(self) -> None:
        found = sorted(one for one in os.listdir(self.path) if not one.startswith("."))
        if found:
            rule = f"is not a run folder and not empty (it has {found[0]}); name a new folder or an empty one"
            raise InputError([fault(str(self.path), rule)])

    def _parts(self) -> list[tuple[int, int, str]]:
        """First case, last case + 1 and name of every part, in order."""
        matches = [match for name in self._names() if (match := CASES.fullmatch(name))]
        return sorted((int(match[1]), int(match[2]) + 1, match[0]) for match in matches)

    def _rounds(self) -> list[tuple[int, str]]:
        return sorted((int(match[1]), match[0]) for name in self._names() if (match := ROUND.fullmatch(name)))

    def _names(self) -> list[str]:
        try:
            return os.listdir(self.path)
        except OSError as error:
            raise InputError([fault(str(self.path), f"cannot be read ({error.strerror})")]) from None

    def _done(self) -> list[tuple[int, int]]:
        return sorted([(first, last) for first, last, _ in self._parts()] + [one[:2] for one in self._waiting])

    def _damaged(self) -> list[tuple[str, str]]:
        """Parts that cannot be used, and why."""
        found, end = self._damaged_rounds(), 0
        for first, last, name in self._parts():
            try:
                _read_part(self.path / name)
                if first < end:
                    found.append((name, "has cases that another part has too"))
            except InputError:
                found.append((name, "cannot be read"))
                continue
            end = max(end, last)
        return found

    def _damaged_rounds(self) -> list[tuple[str, str]]:
        """A round that cannot be read, or is not there, and all after it, for each builds on those before."""
        for place, (number, name) in enumerate(self._rounds()):
            try:
                _read(self.path / name)
                readable = number == place
            except InputError:
                readable = False
            if not readable:
                return [(later, "builds on a round that cannot be read") for _, later in self._rounds()[place:]]
        return []

    def _copy_inputs(self) -> None:
        """Copies of the inputs, where they are what they were: the folder can then be shown and moved without them."""
        for one in self.record.inputs:
            source, copy = self.path / one.path, self.path / one.copy
            with suppress(OSError):
                if not copy.exists() and sha256_of(source) == one.sha256:
                    make_folder(copy.parent)
                    write_whole(copy, source.read_bytes())

    # ---- one writer

    def _take_lock(self) -> None:
        from filelock import FileLock, Timeout

        lock = FileLock(self.path / LOCK, timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            who = self.writer() or "another process"
            rule = f"is being written by {who}. Wait for it, or sweep into another folder with --out"
            raise OutputError(f"{self.path}: {rule}; `wfm show {self.path}` says how far it is") from None
        except (OSError, NotImplementedError) as error:  # some network disks know no locks, and filelock says so
            reason = getattr(error, "strerror", None) or error
            raise OutputError(f"{self.path}: cannot be locked for writing ({reason})") from None
        self._lock = lock
        me = {"process": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now():%Y-%m-%d %H:%M:%S}"}
        try:
            write_whole(self.path / WRITER, json.dumps(me))
        except BaseException:
            self._release()
            raise

    def _release(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}
        if self._lock is not None:
            with suppress(OSError):
                (self.path / WRITER).unlink(missing_ok=True)
            self._lock.release()
            self._lock = None

    def _listen(self) -> None:
        """Let a polite end (kill, a closed terminal, a batch system's limit) pass through `close` like an interrupt."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (getattr(signal, name) for name in STOPPING if hasattr(signal, name)):
            if signal.getsignal(number) is signal.SIG_DFL:
                self._handlers[number] = signal.signal(number, partial(_stop, os.getpid()))


def _stop(writer: int, number: int, _frame: FrameType | None) -> NoReturn:
    if os.getpid() != writer:  # a forked worker has nothing to write, and dies as it would have
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    raise SystemExit(128 + number)


def _merged(waiting: Iterable[tuple[int, int, polars.DataFrame]]) -> Iterator[tuple[int, int, list[polars.DataFrame]]]:
    """Frames whose cases follow one another, together: first case, last case + 1, the frames."""
    found: list[tuple[int, int, list[polars.DataFrame]]] = []
    for first, last, frame in sorted(waiting, key=lambda one: one[0]):
        if found and found[-1][1] == first:
            found[-1] = (found[-1][0], last, [*found[-1][2], frame])
        else:
            found.append((first, last, [frame]))
    yield from found


def _joined(frames: list[polars.DataFrame]) -> polars.DataFrame:
    import polars as pl

    return pl.concat(frames, how="vertical_relaxed", rechunk=True) if frames else pl.DataFrame()


def _parquet(frame: polars.DataFrame) -> bytes:
    data = io.BytesIO()
    frame.write_parquet(data)
    return data.getvalue()


def _read_part(path: Path) -> polars.DataFrame:
    """The figures of a part, which must be of the cases that its name says."""
    frame = _read(path)
    match = CASES.fullmatch(path.name)
    if match is None or frame["case"].unique().sort().to_list() != list(range(int(match[1]), int(match[2]) + 1)):
        raise _unreadable(path)
    return frame


def _read(path: Path) -> polars.DataFrame:
    import polars as pl

    try:
        return pl.read_parquet(io.BytesIO(path.read_bytes()))
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise _unreadable(path) from None


def _unreadable(path: Path) -> InputError:
    rule = f"cannot be read; `wfm sweep {path.parent}` sets it aside and does its cases again"
    return InputError([fault(str(path), rule)])


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    if path.is_dir():
        # Not every system does it for folders; then a name may be lost when the power fails, but not by a kill.
        with suppress(OSError):
            _sync_handle(os.open(path, os.O_RDONLY))
    else:
        _sync_handle(os.open(path, os.O_RDWR))


def _sync_handle(handle: int) -> None:
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
