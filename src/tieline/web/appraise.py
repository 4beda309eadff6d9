"""The whole appraisal: states, dividend, shares, what each project is worth."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import Response  # noqa: TC002 - as above

from tieline.web.asking import Task, Terms
from tieline.web.choice import checked_day, terms_of
from tieline.web.when import When

if TYPE_CHECKING:
    from datetime import date

    from tieline.web.app import House
    from tieline.web.desk import Job

PATIENCE_S = 1.0
KEPT = ("index", "union", "funds", "every", "over")
"""What of an address stays when the language is changed."""
INDICES = ("SII", "STII", "BII")
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
        given = request.query_params
        terms = terms_of(house.desk.facts, given.get("index", ""), given.getlist("union"),
                         given.getlist("funds"), every="every" in given, over=given.getlist("over"))
        about = asked_about(scenario, lang, day, terms)
        job = await house.within(Task("appraisal", about), PATIENCE_S)
        return house.pages.show(
            request, "appraise.html", chapters=_chapters(job), job=job, scenario=scenario,
            when=When(day, clocks=False),
            terms=terms, union_text=given.get("union", ""), funds_text=given.get("funds", ""),
            two=region.jurisdictions[:2], indices=INDICES, query=urlencode(
                [(k, v) for k, v in given.multi_items() if k in KEPT and v]),
            report=job.future.result() if job.future.done() else None,
            scenarios=[(k, str(s.get("name_zh" if lang == "zh" else "name", "") or k))
                       for k, s in region.scenarios.items()],
        )

    return router


def asked_about(
    scenario: str, lang: str, day: date | None, terms: Terms
) -> tuple[object, ...]:
    """What a worker is asked: no more than differs from the usual, so that this is asked once."""
    if terms != Terms():
        return (scenario, lang, day, terms)
    return (scenario, lang) if day is None else (scenario, lang, day)


def _chapters(job: Job) -> list[tuple[str, str]]:
    """The chapters of a report that is done: where they begin, what they are called."""
    if not job.future.done():
        return []
    return [(key, html.unescape(title)) for key, title in CHAPTER.findall(job.future.result())]
