"""Which files an answer rests on: whoever asks is told of every input that is read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from wfm.errors import InputError, fault, nearest_of_many

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


@contextmanager
def input_file(path: Path, called: str = "file", like: str = "*.*") -> Iterator[None]:
    """Notes a file that is read inside; why it cannot be read is told in a planner's words.

    Args:
        path: of the file.
        called: what a fault of the whole file calls it.
        like: which files beside it may have been meant.

    Raises:
        InputError: there is no such file, it is a folder, or the system refuses it.
    """
    try:
        if path.is_dir():
            raise InputError([fault(called, "must be a file; this is a folder")], str(path))
        files = _noted.get()
        if files is not None and (whole := Path(os.path.abspath(path))) not in files:
            files[whole] = sha256_of(path)
        yield
    except FileNotFoundError:
        beside = sorted(one.name for one in path.parent.glob(like)) if path.parent.is_dir() else []
        rule = f"there is no such file; {nearest_of_many(path.name, beside)}" if beside else "there is no such file"
        raise InputError([fault(called, rule)], str(path)) from None
    except OSError as error:
        raise InputError([fault(called, f"cannot be read ({error.strerror})")], str(path)) from None


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
