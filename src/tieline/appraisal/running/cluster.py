"""A Dask cluster as an executor (extra `[cluster]`): what outgrows one machine runs there."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from tieline.errors import CaseError

WAIT_S = 10.0
"""How long to wait for a scheduler, and then for its first worker [s]."""


@contextmanager
def cluster(address: str, *, wait_s: float | None = None) -> Iterator[Executor]:
    """An executor on the cluster whose scheduler is at the address, such as tcp://10.0.0.1:8786.

    A worker that is lost is made good by the others. CaseError if Dask is not installed, nobody
    answers, or the cluster has no worker.
    """
    patience = WAIT_S if wait_s is None else wait_s
    try:
        from distributed import Client
    except ImportError as error:
        msg = "a cluster needs Dask: install tieline with the extra [cluster]"
        raise CaseError(msg) from error
    try:
        client = Client(address, timeout=patience, set_as_default=False)
    except (OSError, ValueError) as error:
        msg = f"no cluster answers at '{address}'; expected a Dask scheduler such as tcp://host:8786"
        raise CaseError(msg) from error
    try:
        try:
            client.wait_for_workers(1, timeout=patience)
        except TimeoutError as error:
            msg = f"the cluster at '{address}' has no worker"
            raise CaseError(msg) from error
        yield client.get_executor(pure=False)
    finally:
        client.close()
