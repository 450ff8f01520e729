"""The one place that knows Numba's options and where compiled code is kept.

Kernels release the GIL, never raise and never use fast-math: the same bits in every thread and in every run of one
installation. Numba keeps compiled code beside a key of the file that holds the kernel alone, so a change in a callee of
another file would go unseen; the cache folder is therefore named after the contents of every kernel file together.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

ROOMS_WITH_KERNELS = ("queueing", "simulation", "measures")


def kernel(function: F) -> F:
    """Compile `function` on its first call; with NUMBA_DISABLE_JIT=1 it stays plain Python."""
    caching = _prepare_cache()
    import numba

    options: dict[str, Any] = {"no_cfunc_wrapper": True}
    return cast(F, numba.njit(function, cache=caching, nogil=True, fastmath=False, error_model="numpy", **options))


def inner_kernel(function: F) -> F:
    """As `kernel`, for functions that only kernels call: without the door to Python, which takes long to compile."""
    _prepare_cache()
    import numba

    no_doors: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(F, numba.njit(function, nogil=True, fastmath=False, error_model="numpy", **no_doors))


def loop_kernel(function: F) -> F:
    """As `kernel`, for loops that make no arrays, and so need not count who holds which.

    Counting every array of the NamedTuples that pass from hand to hand takes ten times as long as the work itself.
    """
    return _without_counting(function, cache=_prepare_cache(), no_cfunc_wrapper=True)


def bare_kernel(function: F) -> F:
    """As `loop_kernel`, for functions that only kernels call."""
    return _without_counting(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def woven_kernel(function: F) -> F:
    """As `bare_kernel`, for small functions on the hottest path: woven into their caller, whatever LLVM thinks."""
    return _without_counting(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


def _without_counting(function: F, **options: Any) -> F:
    _prepare_cache()
    import numba

    options |= {"_nrt": False}
    return cast(F, numba.njit(function, nogil=True, fastmath=False, error_model="numpy", **options))


def lowest_bit_finder() -> Callable[[Any], Any]:
    """A function for kernels: the index of the lowest bit of a uint64 that is not 0, as one instruction."""
    _prepare_cache()
    if not _is_compiling():
        return lambda word: (int(word) & -int(word)).bit_length() - 1
    from numba.cpython.unsafe.numbers import trailing_zeros

    return cast(Callable[[Any], Any], trailing_zeros)


def is_kept(*names: str) -> bool:
    """Whether kernels of these names were compiled on this machine before, so that they start at once."""
    if not _is_compiling():
        return True
    folder = os.environ.get("NUMBA_CACHE_DIR", "") if _prepare_cache() else ""
    return bool(folder) and all(any(Path(folder).glob(f"**/*.{name}-*.nbi")) for name in names)


def _is_compiling() -> bool:
    return os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")


@cache
def _prepare_cache() -> bool:
    """Point Numba at a versioned user folder, before it is imported; False where no folder can be written."""
    name = f"kernels-{_fingerprint()}"
    if "NUMBA_CACHE_DIR" in os.environ:
        folder = Path(os.environ["NUMBA_CACHE_DIR"])
        folder = folder if folder.name == name else folder / name  # a child process is given the folder itself
    else:
        from platformdirs import user_cache_path

        folder = user_cache_path("wfm", appauthor=False) / name
    if not _writable(folder):
        return False
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    return True


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _fingerprint() -> str:
    """A short hash of every module in the rooms that hold kernels."""
    home = Path(__file__).parent
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for room in ROOMS_WITH_KERNELS:
        for module in sorted((home / room).rglob("*.py")):
            digest.update(module.relative_to(home).as_posix().encode())
            digest.update(module.read_bytes())
    return digest.hexdigest()[:16]
