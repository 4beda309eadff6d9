"""The door: who asks, and whether they may come in. Every request passes it.

Without accounts the server is one user's own: whoever reaches the loopback interface is the keeper
of the ledger, and may put on the hat of any role to work as it. With accounts a visitor has a
session (a cookie) or a token (`Authorization: Bearer`); a token writes only with the scope for it.
"""

from __future__ import annotations

import asyncio
import getpass
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from starlette.responses import RedirectResponse

from tieline.ledger.rights import Principal
from tieline.publish.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from starlette.requests import Request

    from tieline.web.accounts.store import Accounts
    from tieline.web.guard import App, Receive, Scope, Send

SESSION, HAT = "session", "hat"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_TO_ALL = ("/login", "/static/")
"""What may be seen by somebody who has not come in yet."""
LONGEST_SECRET = 200


@dataclass(frozen=True)
class Visitor:
    """Who asks, how they came in, and whether they may change anything.

    `hat` is the role a single user works as ("" = the keeper).
    """

    who: Principal
    way: str
    may_write: bool = True
    hat: str = ""


def visitor(request: Request) -> Visitor:
    """Who sent this request."""
    found: Visitor = request.scope["visitor"]
    return found


def visitor_of(scope: MutableMapping[str, Any]) -> Visitor | None:
    """Who sent the request of this scope; None before the door."""
    found: Visitor | None = scope.get("visitor")
    return found


def single_user() -> str:
    """The name under which the single user's changes stand."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "keeper"


def hat_of(text: str, name: str) -> Principal | None:
    """The principal of a hat written "jurisdiction:role,role"; None if it is none."""
    jurisdiction, _, roles = text.partition(":")
    given = tuple(r for r in roles.split(",") if r)
    if not jurisdiction or not given:
        return None
    return Principal(name, (jurisdiction,), given)


class Door:
    """Around the application, within the guard."""

    def __init__(
        self, app: App, accounts: Accounts | None, refuse: Callable[[int, str], App],
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._refuse = refuse
        self._user = single_user()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who asks; send strangers to the login page, programs away."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {k.lower(): v.decode("latin-1") for k, v in scope["headers"]}
        cookies = _cookies(headers.get(b"cookie", ""))
        found = await self._who(headers, cookies)
        path = scope["path"]
        if found is None and not path.startswith(OPEN_TO_ALL):
            await self._stranger(scope)(scope, receive, send)
            return
        if found is not None and not found.may_write and scope["method"] not in SAFE:
            await self._refuse(403, "this token may only read")(scope, receive, send)
            return
        scope["visitor"] = found or Visitor(Principal("nobody", (), ()), "none", may_write=False)
        await self._app(scope, receive, send)

    async def _who(self, headers: dict[bytes, str], cookies: dict[str, str]) -> Visitor | None:
        if self._accounts is None:
            hat = cookies.get(HAT, "")
            worn = hat_of(hat, self._user)
            keeper = Principal(self._user, everything=True)
            return Visitor(worn or keeper, "local", hat=hat if worn else "")
        kind, _, secret = headers.get(b"authorization", "").partition(" ")
        if kind.lower() == "bearer" and 0 < len(secret) <= LONGEST_SECRET:
            held = await asyncio.to_thread(self._accounts.holding, secret.strip())
            if held is not None:
                return Visitor(held[0].principal, "token", may_write="write" in held[1])
            return None
        secret = cookies.get(SESSION, "")
        if 0 < len(secret) <= LONGEST_SECRET:
            account = await asyncio.to_thread(self._accounts.visiting, secret)
            if account is not None:
                return Visitor(account.principal, "session")
        return None

    def _stranger(self, scope: Scope) -> App:
        """To the login page, which leads back; programs are told to bring a token."""
        if scope["path"].startswith("/api") or scope["method"] not in SAFE:
            return self._refuse(401, "log in, or send a token as Authorization: Bearer")
        back = scope["path"]
        given = scope.get("query_string", b"").decode("latin-1")
        if given:
            back += "?" + given
        asked = next((x for x in parse_qs(given).get("lang", ()) if x in LANGUAGES), "")
        tongue = f"&lang={asked}" if asked else ""
        return RedirectResponse("/login?next=" + quote(back, safe="") + tongue, status_code=303)


def _cookies(text: str) -> dict[str, str]:
    jar = SimpleCookie()
    try:
        jar.load(text)
    except CookieError:
        return {}
    return {k: m.value for k, m in jar.items()}
