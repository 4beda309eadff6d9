"""Places that need a ledger, where there is none yet: what they are for and how to begin."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import Response  # noqa: TC002 - as above

from tieline.web.library.keeping import RECORDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tieline.web.app import House

PLACES = {
    "/projects": "projects", "/projects/gantt": "projects", "/projects/map": "projects",
    "/projects/exchange": "projects", "/supervision": "projects",
    "/joint-work": "work", "/joint-work/new": "work", "/bulletins": "bulletins",
    "/bulletins/pick": "bulletins",
}
"""Pages that stay empty without a ledger, each with the place it belongs to."""
BENEATH = {"/projects": "projects", "/joint-work": "work", "/bulletins": "bulletins"}
"""Below these lie pages of single records: without a ledger there is none of them."""


def routes(house: House) -> APIRouter:
    """Every page of the ledger, as long as there is no ledger; nothing if there is one."""
    router = APIRouter(include_in_schema=False)
    if house.library is None:
        for path, place in PLACES.items():
            router.add_api_route(path, _page(house, place, 200), methods=["GET"])
        for path, place in BENEATH.items():
            router.add_api_route(f"{path}/{{rest:path}}", _page(house, place, 404),
                                 methods=["GET"])
    return router


def _page(house: House, place: str, status: int) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        return begin_page(house, request, place, status)

    return page


def begin_page(
    house: House, request: Request, place: str, status: int = 200, *, by_ledger: bool = True
) -> Response:
    """What a place is for, and, if a ledger is what it lacks, the commands that make one here."""
    return house.pages.show(
        request, "start.html", place=place, status_code=status,
        commands=commands(house) if by_ledger else [])


def commands(house: House) -> list[str]:
    """What to type: make the ledger, begin the server again.

    Visitors from elsewhere are told the folder's name alone, not where it lies on the server.
    """
    folder = Path(house.folder.name) if house.accounts is not None else nearest(house.folder)
    init = ["tieline", "ledger", "init", str(folder)]
    if (house.folder / RECORDS).is_dir():
        init += ["--records", str(folder / RECORDS)]
    serve = ["tieline", "serve", str(folder), *(["--login"] if house.accounts else [])]
    return [typed(init), typed(serve)]


def nearest(folder: Path) -> Path:
    """The folder as one would type it where the server was begun."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def typed(words: list[str]) -> str:
    """Words as a line for the shell."""
    if os.name == "nt":
        return " ".join(f'"{w}"' if " " in w else w for w in words)
    return shlex.join(words)
