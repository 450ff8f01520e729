"""A dask cluster as an executor: reached by its scheduler's address, with the same versions as here."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from wfm.errors import InputError, fault
from wfm.sweeps.run_record import other_versions, versions

PATIENCE = 10.0  # seconds until a scheduler answers, and again until it has a worker
WHERE = "--cluster"


class Cluster(Executor):
    """The workers of a dask.distributed cluster; to be closed by `shutdown`, or as a context.

    Args:
        address: of its scheduler, such as "tcp://10.0.0.5:8786", as `dask scheduler` prints it.
        timeout: seconds until it must have answered.

    Raises:
        InputError: dask.distributed is not installed, nobody answers, no worker is there, or workers have other
            versions of wfm or of what its figures depend on.
    """

    def __init__(self, address: str, timeout: float = PATIENCE) -> None:
        self._client = _client_of(address, timeout)
        try:
            self._max_workers = _threads_of(self._client, address, timeout)
            _check_versions(self._client)
            self._executor = self._client.get_executor(pure=False)
        except BaseException:
            self._client.close()
            raise

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        found: Future[Any] = self._executor.submit(function, *args, **kwargs)
        return found

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait)
        self._client.close()


def _client_of(address: str, timeout: float) -> Any:
    try:
        from distributed import Client
    except ImportError:
        rule = "needs dask.distributed; pip install 'wfm-engine[cluster]'"
        raise InputError([fault(WHERE, rule, address)]) from None
    try:
        _knock(address, timeout)
        return Client(address, timeout=timeout, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        rule = f"must be the address of a dask scheduler that answers, such as tcp://10.0.0.5:8786 ({reason})"
        raise InputError([fault(WHERE, rule, address)]) from None


def _knock(address: str, timeout: float) -> None:
    """Raise OSError or ValueError where nobody can be there; a dask client that has found nobody ends noisily."""
    from distributed.comm.addressing import parse_address, parse_host_port

    scheme, place = parse_address(address)
    host, port = parse_host_port(place)
    if scheme in ("tcp", "tls"):
        socket.create_connection((host, port), timeout).close()


def _threads_of(client: Any, address: str, timeout: float) -> int:
    """Threads of all workers together; waits for the first worker."""
    try:
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError:
        rule = "has no workers; `dask worker` with this address, on any machine that has wfm, adds some"
        raise InputError([fault(WHERE, rule, address)]) from None
    return sum(client.nthreads().values())


def _check_versions(client: Any) -> None:
    """Bits may differ between versions, so that workers must have those of here."""

    def there() -> dict[str, str]:  # goes to workers as code, since they may have no wfm to find it in
        try:
            from wfm.sweeps.run_record import versions
        except ImportError:
            return {}
        return versions()

    here, faults = versions(), []
    for worker, found in client.run(there).items():
        other = other_versions(found, here)
        if not found:
            faults.append(fault(WHERE, f"has a worker without wfm, {worker}; install the same wfm there"))
        elif other:
            faults.append(fault(WHERE, f"has a worker with other versions, {worker}: {', '.join(other)}"))
    if faults:
        raise InputError(faults)
