"""How long a user waits: help, the first demo on a machine, the demo after it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benches.registry import Result, bench, seconds


@bench
def help_page(smoke: bool) -> list[Result]:
    """`wfm --help`, as a whole process."""
    times = [seconds(lambda: _wfm("--help")) for _ in range(1 if smoke else 7)]
    return [Result("help_page", "wfm --help", statistics.median(times), "s", "below 0.2")]


@bench
def demo(smoke: bool) -> list[Result]:
    """`wfm demo` with an empty cache of compiled kernels, and again."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        cache = {"NUMBA_CACHE_DIR": str(home / "cache")} if not smoke else {}
        first = seconds(lambda: _wfm("demo", "--out", str(home / "first"), **cache))
        again = [seconds(lambda: _wfm("demo", "--out", str(home / "again"), **cache)) for _ in range(1 if smoke else 5)]
        assert (home / "first" / "plan.csv").read_bytes() == (home / "again" / "plan.csv").read_bytes()
    results = [Result("demo", "wfm demo", statistics.median(again), "s", "below 3")]
    uncompiled = Result("demo", "wfm demo, kernels not yet compiled", first, "s", "below 25")
    return results if smoke else [uncompiled, *results]


def _wfm(*arguments: str, **environment: str) -> None:
    command = [sys.executable, "-m", "wfm", *arguments]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
