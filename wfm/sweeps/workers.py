"""Workers: threads here, or whoever an executor hands tasks to; results come as they are done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from typing import Any, TypeVar

from wfm.errors import InputError, WfmError, fault
from wfm.sweeps.words import cases_in_words

T = TypeVar("T")
R = TypeVar("R")
Call = tuple[Callable[..., R], tuple[Any, ...]]

AHEAD = 2  # tasks for each worker that wait while it works
# By name, for a cluster's own errors can only be imported where it is installed.
DEATHS = ("BrokenExecutor", "KilledWorker", "CommClosedError", "CancelledError", "FutureCancelledError")


class Workers:
    """Who does the tasks of a sweep.

    Args:
        threads: of this process; absent: one per core.
        executor: any `concurrent.futures.Executor`, in place of threads.

    Raises:
        InputError: these are no threads, or this is no executor.
    """

    def __init__(self, threads: int | None = None, executor: Executor | None = None) -> None:
        if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
            raise InputError([fault("threads", "must be a whole number of at least 1", threads)])
        if executor is not None and not callable(getattr(executor, "submit", None)):
            raise InputError([fault("executor", "must be a concurrent.futures.Executor", type(executor).__name__)])
        self.executor = executor
        known = threads if executor is None else getattr(executor, "_max_workers", None)
        self.number = int(known or os.cpu_count() or 1)

    @property
    def are_here(self) -> bool:
        """Whether they are threads of this process, which need no copy of anything."""
        return self.executor is None

    def done(
        self, tasks: Sequence[T], call: Callable[[T], Call[R]], cases: Callable[[T], Iterable[int]]
    ) -> Iterator[R]:
        """What comes of the tasks, in any order; `call` says what is to be done for one, `cases` for which cases.

        Raises:
            WfmError: a worker died; names the cases that were being done.
        """
        if self.executor is None and min(self.number, len(tasks)) < 2:
            for task in tasks:
                function, arguments = call(task)
                yield function(*arguments)
            return
        with ExitStack() as stack:
            executor = self.executor
            if executor is None:
                executor = stack.enter_context(ThreadPoolExecutor(min(self.number, len(tasks))))
            yield from self._gathered(executor, tasks, call, cases)

    def _gathered(
        self, executor: Executor, tasks: Sequence[T], call: Callable[[T], Call[R]], cases: Callable[[T], Iterable[int]]
    ) -> Iterator[R]:
        """Few tasks are handed out ahead, so that memory does not grow with their number."""
        left, out = iter(tasks), dict[Future[R], T]()
        try:
            while True:
                for task in left:
                    function, arguments = call(task)
                    out[_submitted(executor, function, arguments, cases(task))] = task
                    if len(out) >= (1 + AHEAD) * self.number:
                        break
                if not out:
                    return
                for future in wait(out, return_when=FIRST_COMPLETED).done:
                    found = _result(future, (case for task in out.values() for case in cases(task)))
                    del out[future]
                    yield found
        finally:
            for future in out:
                future.cancel()


def _submitted(
    executor: Executor, function: Callable[..., R], arguments: tuple[Any, ...], doing: Iterable[int]
) -> Future[R]:
    try:
        return executor.submit(function, *arguments)
    except Exception as error:
        raise _explained(error, doing) from error


def _result(future: Future[R], doing: Iterable[int]) -> R:
    try:
        return future.result()
    except (Exception, CancelledError) as error:
        raise _explained(error, doing) from error


def _explained(error: BaseException, doing: Iterable[int]) -> BaseException:
    """A worker's death in words; any other error as it is."""
    if isinstance(error, WfmError) or not any(kind.__name__ in DEATHS for kind in type(error).__mro__):
        return error
    cases = cases_in_words(doing)
    were = "were" if cases.startswith("cases") else "was"
    return WfmError(
        f"a worker died ({type(error).__name__}) while {cases} {were} being done: it ran out of memory, or was ended "
        "from outside. What was finished before is kept in the run folder, if one was named with --out, and the same "
        "command goes on from there"
    )
