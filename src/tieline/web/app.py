"""The application: pages and API over one desk."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import Response  # noqa: TC002 - as above

from tieline.web import api, appraise, lines, problems, region, respond
from tieline.web.accounts import pages as accounts_pages
from tieline.web.accounts.door import Door
from tieline.web.bulletins import pages as bulletins
from tieline.web.features import api as features
from tieline.web.guard import Guard
from tieline.web.library import api as records
from tieline.web.library import exchange, feeds, projects, start
from tieline.web.library.keeping import RECORDS, Library
from tieline.web.pages import Pages
from tieline.web.shelf import Shelf
from tieline.web.work import pages as work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tieline.web.accounts.store import Accounts
    from tieline.web.asking import Task
    from tieline.web.desk import Desk, Job

COMPRESSED_FROM = 1500
LEVEL = 4
"""Of gzip: two thirds of the time of the last level for a twentieth more bytes of a page."""


@dataclass(frozen=True)
class House:
    """What every page works with; without accounts, one user alone.

    `secure` says that browsers reach the server by https; `folder` is the region's, `site` that
    of published bulletins, if any are published here, to stand at `site_url`. `records` is a
    ledger of the records the folder brings, to read in where there is no `library`.
    """

    desk: Desk
    pages: Pages
    library: Library | None = None
    accounts: Accounts | None = None
    secure: bool = False
    folder: Path = Path()
    site: Path | None = None
    site_url: str = ""
    records: Library | None = None

    async def within(self, task: Task, seconds: float) -> Job:
        """The job of a task, after it is done or the time is over; raises what went wrong."""
        job = self.desk.ask(task)
        waited = asyncio.wrap_future(job.future)
        # who comes too late for an answer is no mistake of ours
        waited.add_done_callback(lambda f: None if f.cancelled() else f.exception())
        await asyncio.wait({waited}, timeout=seconds)
        if waited.done():
            waited.result()
        return job


ROOMS = (region, respond, lines, appraise, work, exchange, projects, bulletins, feeds, start,
         accounts_pages)
APIS = (api, records, features)


def create_app(  # noqa: PLR0913 - what a server is made of
    desk: Desk, *, library: Library | None = None, accounts: Accounts | None = None,
    names: frozenset[str] = frozenset(), secure: bool = False, site: Path | None = None,
    site_url: str = "", close: bool = True,
) -> FastAPI:
    """The application over a desk and a ledger, closed when it ends unless told otherwise.

    `names` are those by which others than this machine may call the server.
    """
    from tieline import __version__

    pages = Pages(desk.facts, __version__, library, login=accounts is not None)
    records = None
    if library is None and (desk.folder / RECORDS).is_dir():
        records = Library.of_records(desk.folder)
    house = House(desk, pages, library, accounts, secure, desk.folder, site, site_url, records)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        region.look_ahead(house, None)
        if library is not None:
            library.begin()
        yield
        if records is not None:
            await asyncio.to_thread(records.close)
        if close:
            await asyncio.to_thread(desk.close)
            for other in (library, accounts):
                if other is not None:
                    await asyncio.to_thread(other.close)

    app = FastAPI(
        title="Tieline", version=__version__, lifespan=life, docs_url=None, redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        description="What each can do apart, what together, who gains. Decision support.",
    )
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM, compresslevel=LEVEL)
    app.add_middleware(Shelf, library=library)
    app.add_middleware(Door, accounts=accounts, refuse=problems.problem)
    app.add_middleware(Guard, refuse=problems.problem, names=names)
    problems.install(app, pages)
    for room in (*APIS, *ROOMS):
        app.include_router(room.routes(house))

    _shared(app, house)
    return app


def _shared(app: FastAPI, house: House) -> None:
    """What no page has for itself: files of the browser, a job that is cancelled."""
    pages, desk = house.pages, house.desk

    @app.get("/static/{name}", include_in_schema=False)
    async def file(name: str, v: str = "") -> Response:
        found = pages.file(name, v)
        if found is None:
            raise HTTPException(404)
        return found

    @app.post("/jobs/{key}/cancel", include_in_schema=False)
    async def cancel(request: Request, key: str) -> Response:
        """For visitors without script: the job is cancelled, the page says so."""
        job = desk.job(key)
        if job is None:
            raise HTTPException(404, "there is no such job, or it was forgotten")
        desk.cancel(job)
        return problems.told(request, pages, 409, "the job was cancelled")
