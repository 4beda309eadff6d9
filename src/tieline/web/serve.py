"""The server on this machine: a free port on the loopback interface, a clean end."""

from __future__ import annotations

import contextlib
import ipaddress
import signal
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from tieline.errors import CaseError
from tieline.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tieline.web.accounts.store import Accounts
    from tieline.web.desk import Desk
    from tieline.web.library.keeping import Library

LOOPBACK = "127.0.0.1"
GRACE_S = 3


@dataclass(frozen=True)
class Served:
    """What is served: a region, its ledger, who may log in, by which names, whether by https.

    Bulletins are published in the folder `site`, if there is one, for the address `site_url`.
    """

    desk: Desk
    library: Library | None = None
    accounts: Accounts | None = None
    names: frozenset[str] = frozenset()
    secure: bool = False
    site: Path | None = None
    site_url: str = ""


def listen(port: int = 0, host: str = LOOPBACK, *, login: bool = False) -> socket.socket:
    """A listening socket, of this machine alone unless visitors log in; port 0 takes a free one.

    CaseError for an address that others reach, and for a port that cannot be had.
    """
    try:
        own = ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = False
    if not own and not login:
        msg = f"'{host}' is not a loopback address: without login Tieline serves this machine only"
        raise CaseError(msg)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except (OSError, OverflowError):
        taken.close()
        msg = f"port {port} is taken, or may not be used"
        raise CaseError(msg) from None
    taken.listen(128)
    return taken


def address(taken: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = taken.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run(served: Served, taken: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; `ready` is told the address once pages are answered.

    To be called from the main thread.
    """

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready(address(taken))

    host = str(taken.getsockname()[0])
    config = uvicorn.Config(
        create_app(served.desk, library=served.library, accounts=served.accounts,
                   names=served.names | {host}, secure=served.secure, site=served.site,
                   site_url=served.site_url),
        log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=GRACE_S, lifespan="on",
    )
    signal.signal(signal.SIGTERM, _interrupt)
    with contextlib.suppress(KeyboardInterrupt):
        Server(config).run(sockets=[taken])


def _interrupt(number: int, frame: object) -> None:
    """End on SIGTERM as on Ctrl-C, so that the workers end too."""
    raise KeyboardInterrupt
