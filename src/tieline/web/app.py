"""The application: pages and API over one desk."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import Response  # noqa: TC002 - as above

from tieline.web import api, appraise, problems, region, respond
from tieline.web.guard import Guard
from tieline.web.pages import Pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tieline.web.desk import Desk, Job
    from tieline.web.tasks import Task

COMPRESSED_FROM = 1500


@dataclass(frozen=True)
class House:
    """What every page works with."""

    desk: Desk
    pages: Pages

    async def within(self, task: Task, seconds: float) -> Job:
        """The job of a task, after it is done or the time is over; raises what went wrong."""
        job = self.desk.ask(task)
        waited = asyncio.wrap_future(job.future)
        await asyncio.wait({waited}, timeout=seconds)
        if waited.done():
            waited.result()
        return job


def create_app(desk: Desk, *, close: bool = True) -> FastAPI:
    """The application over a desk, which it closes when it ends unless told otherwise."""
    from tieline import __version__

    pages = Pages(desk.facts, __version__)
    house = House(desk, pages)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        region.look_ahead(house, None)
        yield
        if close:
            await asyncio.to_thread(desk.close)

    app = FastAPI(
        title="Tieline", version=__version__, lifespan=life, docs_url=None, redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        description="What each can do apart, what together, who gains. Decision support.",
    )
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM)
    app.add_middleware(Guard, refuse=lambda status, text: problems.problem(status, text))
    problems.install(app, pages)
    for room in (region, respond, appraise, api):
        app.include_router(room.routes(house))

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

    return app
