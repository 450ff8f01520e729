"""Outputs appear whole or not at all: written beside, then renamed."""

from __future__ import annotations

import os
import tempfile
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
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; a file is to be written there")
    content = data.encode() if isinstance(data, str) else data
    beside = ""
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # A temporary file is for its owner alone; a result is as readable as any new file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(beside, 0o666 & ~mask)
        os.replace(beside, path)
    except OSError as error:
        if beside and os.path.exists(beside):
            os.unlink(beside)
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from None
    return path
