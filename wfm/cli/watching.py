"""Telling someone at a terminal what takes long; silent when piped."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from wfm.model.center import ContactCenter

PATIENCE = 1.0  # seconds before a progress bar appears


class Watcher:
    """Shows one progress bar at a time, and only for what takes longer than a second."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bar = None
        self.what, self.began, self.first = "", 0.0, 0

    def __call__(self, what: str, done: int, of: int, rate: Callable[[float], str] | None = None) -> None:
        if not self.console.is_terminal:
            return
        if what != self.what or done < 1:
            self.stop()
            self.what, self.began, self.first = what, time.perf_counter(), done
        if self.bar is None and done < of and time.perf_counter() - self.began > PATIENCE:
            self._start(of)
        if self.bar is not None:
            since = time.perf_counter() - self.began
            per_second = (done - self.first) / since if since > 0 else 0.0
            self.bar.update(self.task, completed=done, rate="" if rate is None else rate(per_second))
            if done >= of:
                self.stop()

    def of(self, what: str, rate: Callable[[float], str] | None = None) -> Callable[[int, int], None]:
        """The same for a caller that only counts; rate: what so many a second is in words."""
        return lambda done, of: self(what, done, of, rate)

    def stop(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def _start(self, of: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(  # type: ignore[assignment]
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )
        self.task = self.bar.add_task(self.what, total=of, rate="")  # type: ignore[attr-defined]
        self.bar.start()  # type: ignore[attr-defined]


@contextmanager
def watching() -> Iterator[Watcher]:
    """A watcher on standard error that leaves nothing behind."""
    from rich.console import Console

    watcher = Watcher(Console(stderr=True))
    try:
        yield watcher
    finally:
        watcher.stop()


@contextmanager
def waiting() -> Iterator[Callable[[str], None]]:
    """Says on standard error what is being worked out, and takes it back when all is done."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda what: None
        return
    with console.status("") as status:
        yield lambda what: status.update(f"working out {what} ...")


def announce_compiling(*centers: ContactCenter, engine: str = "compiled", logged: bool = False) -> None:
    """Say so when the first simulation on this machine has to be compiled; logged: a contact log is made too."""
    if engine != "compiled":
        return
    from wfm.jit import is_kept
    from wfm.simulation.lowering import needs_events

    kernels = {"run_by_events" if needs_events(center) else "run_by_recursion" for center in centers} | {"fold_blocks"}
    if not is_kept(*kernels, *(["fill_rows"] if logged else [])):
        print("compiling the simulation kernel (once per machine) ...", file=sys.stderr, flush=True)
