"""The whole appraisal: states, dividend, shares, what each link is worth."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import Response  # noqa: TC002 - as above

from tieline.web.asking import Task
from tieline.web.choice import checked_day
from tieline.web.when import When

if TYPE_CHECKING:
    from tieline.web.app import House
    from tieline.web.desk import Job

PATIENCE_S = 1.0
CHAPTER = re.compile(r'<section[^>]* id="([a-z0-9_-]+)"[^>]*><h2[^>]*>([^<]+)</h2>')


def routes(house: House) -> APIRouter:
    """The page: the chapters of the report, or how far the work is."""
    router = APIRouter(include_in_schema=False)
    region = house.desk.facts.region

    @router.get("/appraise")
    async def page(request: Request) -> Response:
        lang = house.pages.lang(request)
        scenario = region.scenario(request.query_params.get("scenario") or "base").id
        day = checked_day(request.query_params.get("as_of", ""))
        about = (scenario, lang) if day is None else (scenario, lang, day)
        job = await house.within(Task("appraisal", about), PATIENCE_S)
        return house.pages.show(
            request, "appraise.html", chapters=_chapters(job), job=job, scenario=scenario,
            when=When(day, clocks=False),
            report=job.future.result() if job.future.done() else None,
            scenarios=[(k, str(s.get("name_zh" if lang == "zh" else "name", "") or k))
                       for k, s in region.scenarios.items()],
        )

    return router


def _chapters(job: Job) -> list[tuple[str, str]]:
    """The chapters of a report that is done: where they begin, what they are called."""
    if not job.future.done():
        return []
    return [(key, html.unescape(title)) for key, title in CHAPTER.findall(job.future.result())]
