"""A contact log as a Parquet file, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from wfm.errors import InputError, OutputError, fault

if TYPE_CHECKING:
    import polars

SUFFIX = ".parquet"


def check_log_path(path: str | PathLike[str]) -> Path:
    """The path, if a log may be written there: told before the work, not after it.

    Raises:
        InputError: the name does not end in .parquet.
        OutputError: its folder is missing, or the path is a folder.
    """
    path = Path(path)
    if path.suffix.lower() != SUFFIX:
        raise InputError([fault("--log", f"must name a file that ends in {SUFFIX}", str(path))])
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; a file is to be written there")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"{path}: its folder does not exist")
    return path


def write_contact_log(log: polars.DataFrame, path: str | PathLike[str]) -> Path:
    """Write a contact log. Compressed by LZ4: a third smaller than plain, and hardly slower.

    Raises:
        InputError, OutputError: see `check_log_path`; or it cannot be written, and nothing is left half-written.
    """
    path = check_log_path(path)
    with _beside(path) as file:
        log.write_parquet(file, compression="lz4", statistics=False)
    return path


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A new file beside `path` to be written to, which then takes its name; on a failure it is removed."""
    from polars.exceptions import PolarsError

    beside = None
    try:
        handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
        os.close(handle)
        beside = Path(name)
        yield beside
        # A temporary file is for its owner alone; a result is as readable as any new file.
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o666 & ~mask)
        beside.replace(path)
    except (OSError, PolarsError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise OutputError(f"{path}: cannot be written ({reason})") from None
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)
