"""Logging in and out, the hat of a single user, one's own tokens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import RedirectResponse, Response

from tieline.errors import InputError
from tieline.web.accounts.door import HAT, SESSION, hat_of, visitor
from tieline.web.accounts.store import SESSION_H, Account
from tieline.web.accounts.throttle import Throttle
from tieline.web.forms import fields
from tieline.web.problems import told

if TYPE_CHECKING:
    from tieline.web.accounts.store import Accounts
    from tieline.web.app import House

MOST_PER_NAME, MOST_PER_ADDRESS, WINDOW_S = 5, 20, 300.0
TOO_OFTEN = "too many attempts: wait {n} seconds"


def routes(house: House) -> APIRouter:
    """The pages of coming in and going out."""
    router = APIRouter(include_in_schema=False)
    if house.accounts is None:
        _hats(router, house)
    else:
        _login(router, house, house.accounts)
        _tokens(router, house, house.accounts)
    return router


def _hats(router: APIRouter, house: House) -> None:
    @router.post("/hat")
    async def put_on(request: Request) -> Response:
        """Work as a role: only where one user has the whole ledger anyway."""
        given = await fields(request)
        answer = RedirectResponse(_back(given.get("back", "")), status_code=303)
        hat = given.get("hat", "")
        worn = hat_of(hat, "")
        known = {j.id for j in house.desk.facts.region.jurisdictions}
        if worn is None or worn.jurisdictions[0] not in known:
            answer.delete_cookie(HAT)
        else:
            answer.set_cookie(HAT, hat, httponly=True, samesite="strict")
        return answer


def _login(router: APIRouter, house: House, accounts: Accounts) -> None:
    by_name = Throttle(MOST_PER_NAME, WINDOW_S)
    by_address = Throttle(MOST_PER_ADDRESS, WINDOW_S)

    @router.get("/login")
    async def ask(request: Request) -> Response:
        return house.pages.show(request, "login.html", wrong=False, given="",
                                back=_back(request.query_params.get("next", "")))

    @router.post("/login")
    async def enter(request: Request) -> Response:
        """Check name and password; a few failures, and one must wait."""
        given = await fields(request)
        name, back = given.get("name", ""), _back(given.get("back", ""))
        client = request.client.host if request.client else ""
        wait = max(by_name.wait_s(name), by_address.wait_s(client))
        if wait > 0:
            answer = told(request, house.pages, 429, TOO_OFTEN.format(n=int(wait) + 1))
            answer.headers["retry-after"] = str(int(wait) + 1)
            return answer
        by_name.fail(name)  # before the check: many at once must not slip through
        found = await asyncio.to_thread(accounts.check, name, given.get("password", ""))
        if found is None:
            by_address.fail(client)
            return house.pages.show(request, "login.html", wrong=True, given=name, back=back,
                                    status_code=401)
        by_name.forget(name)
        secret = await asyncio.to_thread(accounts.begin, found)
        answer = RedirectResponse(back, status_code=303)
        answer.set_cookie(SESSION, secret, max_age=SESSION_H * 3600, httponly=True,
                          samesite="lax", secure=request.url.scheme == "https" or house.secure)
        return answer

    @router.post("/logout")
    async def leave(request: Request) -> Response:
        await asyncio.to_thread(accounts.end, request.cookies.get(SESSION, ""))
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(SESSION)
        return answer


def _tokens(router: APIRouter, house: House, accounts: Accounts) -> None:
    async def shown(request: Request, secret: str = "") -> Response:
        who = _account(request)
        listed = await asyncio.to_thread(accounts.tokens, who)
        now = datetime.now(UTC).isoformat()
        return house.pages.show(request, "account.html", who=who, tokens=listed, secret=secret,
                                now=now, at="/account" if secret else "")

    @router.get("/account")
    async def page(request: Request) -> Response:
        return await shown(request)

    @router.post("/account/tokens")
    async def give(request: Request) -> Response:
        """A new token; its secret is shown this once. Not for one who came by a token."""
        if visitor(request).way != "session":
            return told(request, house.pages, 403, "tokens are made by who logged in")
        given = await fields(request)
        days = given.get("days", "")
        if not days.isascii() or not days.isdigit() or len(days) > 4:
            found = f"'{days[:20]}'" if days.strip() else "none"
            raise InputError([f"token: expected a number of days, found {found}"])
        scopes = ["read", "write"] if given.get("scope") == "write" else ["read"]
        secret = await asyncio.to_thread(
            accounts.give, _account(request), given.get("title", ""), scopes, int(days))
        return await shown(request, secret)

    @router.post("/account/tokens/{token_id}/end")
    async def take_back(request: Request, token_id: str) -> Response:
        await asyncio.to_thread(accounts.take_back, _account(request), token_id)
        return RedirectResponse("/account", status_code=303)


def _account(request: Request) -> Account:
    who = visitor(request).who
    return Account(who.name, who.jurisdictions, who.roles)


def _back(address: str) -> str:
    """Where to go next: a path of this server, nothing else."""
    if not address.startswith("/") or address.startswith(("//", "/\\")) or any(
            c in address for c in "\r\n\t\\"):
        return "/"
    return address
