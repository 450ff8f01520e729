"""Which files an answer rests on: whoever asks is told of every input that is read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_noted: ContextVar[dict[Path, str] | None] = ContextVar("noted", default=None)


@contextmanager
def noting_inputs() -> Iterator[dict[Path, str]]:
    """Collects the whole path and the sha256 of every scenario, table and plan that is read inside.

    >>> import wfm
    >>> with noting_inputs() as files:
    ...     center = wfm.load(wfm.example("textbook"))
    >>> [path.name for path in files]
    ['textbook.toml']
    """
    files: dict[Path, str] = {}
    before = _noted.set(files)
    try:
        yield files
    finally:
        _noted.reset(before)


def note_input(path: Path) -> None:
    """Say that a file is read; called by whatever reads one."""
    files = _noted.get()
    if files is not None and (whole := Path(os.path.abspath(path))) not in files:
        files[whole] = sha256_of(path)


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
