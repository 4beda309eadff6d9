"""A Dask cluster as an executor (extra `[cluster]`): what outgrows one machine runs there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from urllib.parse import urlsplit

from tieline.errors import CaseError

WAIT_S = 10.0
"""How long to wait for a scheduler, and then for its first worker [s]."""


SCHEMES = ("tcp", "tls", "ucx", "ws", "wss")
"""How a scheduler is spoken to."""


@contextmanager
def cluster(address: str, *, wait_s: float | None = None) -> Iterator[Executor]:
    """An executor on the cluster whose scheduler is at the address, such as tcp://10.0.0.1:8786.

    A worker that is lost is made good by the others. CaseError if the address is none, Dask is not
    installed, nobody answers, or the cluster has no worker.
    """
    _check(address)
    patience = WAIT_S if wait_s is None else wait_s
    try:
        from distributed import Client
    except ImportError as error:
        msg = "a cluster needs Dask: install tieline with the extra [cluster]"
        raise CaseError(msg) from error
    _ask_who(address, patience)
    try:
        client = Client(address, timeout=patience, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CaseError(_nobody(address)) from error
    try:
        try:
            client.wait_for_workers(1, timeout=patience)
        except TimeoutError as error:
            msg = f"the cluster at '{address}' has no worker"
            raise CaseError(msg) from error
        yield client.get_executor(pure=False)
    finally:
        client.close()


def _ask_who(address: str, patience: float) -> None:
    """CaseError unless a scheduler says that it is one.

    Dask's client waits without end for what takes its call and is silent, and complains once more
    when it is thrown away.
    """
    from concurrent.futures import ThreadPoolExecutor

    from distributed.comm.core import connect
    from distributed.security import Security

    async def ask() -> object:
        secure = Security().get_connection_args("client")
        comm = await connect(address, timeout=patience, **secure)
        try:
            await comm.write({"op": "identity", "reply": True})
            return await comm.read()
        finally:
            comm.abort()

    async def within() -> object:
        return await asyncio.wait_for(ask(), patience)

    with ThreadPoolExecutor(1) as thread:  # of its own: this one may run a loop already
        try:
            told = thread.submit(lambda: asyncio.run(within())).result()
        except Exception as error:
            raise CaseError(_nobody(address)) from error
    if not isinstance(told, dict) or told.get("type") != "Scheduler":
        raise CaseError(_nobody(address))


def _nobody(address: str) -> str:
    return f"no cluster answers at '{address}'; expected a Dask scheduler such as tcp://host:8786"


def _check(address: str) -> None:
    """CaseError for what cannot be a scheduler's address: Dask would make a client that hangs."""
    try:
        parts = urlsplit(address)
        good = parts.scheme in SCHEMES and bool(parts.hostname) and bool(parts.port)
    except ValueError:
        good = False
    if not good:
        msg = f"'{address}' is no address of a cluster; expected a Dask scheduler such as "
        msg_0 = f"{msg}tcp://host:8786"
        raise CaseError(msg_0)
