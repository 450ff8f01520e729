"""A contact log as a Parquet file, whole or not at all."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from wfm.errors import InputError, OutputError, fault
from wfm.files.whole import beside

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
    from polars.exceptions import PolarsError

    path = check_log_path(path)
    with beside(path) as file:
        try:
            log.write_parquet(file, compression="lz4", statistics=False)
        except PolarsError as error:
            raise OutputError(f"{path}: cannot be written ({error})") from None
    return path
