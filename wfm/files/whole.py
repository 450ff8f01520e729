"""Outputs appear whole or not at all: written beside, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wfm.errors import OutputError


def make_folder(path: Path) -> Path:
    """Make a folder for outputs, with those above it.

    Raises:
        OutputError: something that is not a folder stands there, or it cannot be made or written to.
    """
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path}: is a file; a folder is needed for the output")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: the folder cannot be made ({error.strerror})") from None
    return path


def write_whole(path: str | os.PathLike[str], data: bytes | str) -> Path:
    """Write a file; whoever looks at the path sees the old content or the new, never a part.

    Raises:
        OutputError: the folder is missing or cannot be written to, or the path is a folder.
    """
    path = Path(path)
    content = data.encode() if isinstance(data, str) else data
    with beside(path) as file:
        file.write_bytes(content)
    return path


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A new file beside `path` to be written to, which then takes its name; on a failure it is removed.

    Raises:
        OutputError: it cannot be written, or the path is a folder.
    """
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; a file is to be written there")
    written = None
    try:
        handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
        os.close(handle)
        written = Path(name)
        yield written
        # A temporary file is for its owner alone; a result is as readable as any new file.
        mask = os.umask(0)
        os.umask(mask)
        written.chmod(0o666 & ~mask)
        written.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        if written is not None:
            written.unlink(missing_ok=True)
