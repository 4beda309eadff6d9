"""Lines in the browser: how far one comes from a place, and whether one can be home today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import Response  # noqa: TC002 - as above

from tieline.errors import CaseError
from tieline.web.asking import Asked, Task
from tieline.web.choice import checked_day

if TYPE_CHECKING:
    from tieline.publish.words import Lang
    from tieline.web.app import House
    from tieline.web.asking import Facts

PATIENCE_S = 4.0
NO_LINES = "no network of the region has trips"
MOST_STAY_MIN = 1440


def routes(house: House) -> APIRouter:
    """The two pages; 404 where the region has no lines."""
    router = APIRouter(include_in_schema=False)
    facts = house.desk.facts

    @router.get("/lines")
    async def page(request: Request) -> Response:
        network, lang = _network(facts), house.pages.lang(request)
        query = request.query_params
        scenario = facts.region.scenario(query.get("scenario") or "base").id
        origin = query.get("from") or network.start
        job = await house.within(
            Task("reached", (network.name, origin, scenario, lang), quick=True), PATIENCE_S)
        return house.pages.show(
            request, "lines.html", job=job, scenario=scenario, origin=origin,
            places=_places(facts, lang), found=job.future.result() if job.future.done() else None,
            scenarios=_scenarios(facts, lang),
        )

    @router.get("/trip")
    async def trip(request: Request) -> Response:
        network, lang = _network(facts), house.pages.lang(request)
        query = request.query_params
        asked = Asked(
            query.get("from", ""), query.get("to", ""), checked_day(query.get("date") or ""),
            query.get("depart") or "06:00", _minutes(query.get("stay") or "120"),
            query.get("return_by") or "20:00", query.get("scenario") or "")
        job = None
        if asked.origin and asked.to:
            job = await house.within(
                Task("trip", (network.name, asked, lang), quick=True), PATIENCE_S)
        return house.pages.show(
            request, "trip.html", job=job, asked=asked, places=_places(facts, lang),
            goals=_places(facts, lang, goals=True), scenarios=_scenarios(facts, lang),
            found=job.future.result() if job is not None and job.future.done() else None,
        )

    return router


def _network(facts: Facts) -> Any:
    """The first network with places to go from; a page that is not there where there is none."""
    found = next((n for n in facts.networks if n.places), None)
    if found is None:
        raise HTTPException(404, NO_LINES)
    return found


def _scenarios(facts: Facts, lang: Lang) -> list[tuple[str, str]]:
    """Scenarios to choose from, by id."""
    return [(k, str(s.get("name_zh" if lang == "zh" else "name", "") or k))
            for k, s in facts.region.scenarios.items()]


def _places(
    facts: Facts, lang: Lang, *, goals: bool = False
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Places to choose from, by jurisdiction; with `goals` facilities too, before the towns."""
    owners = {j.id: j.label(lang) for j in facts.region.jurisdictions}
    found: dict[str, list[tuple[str, str]]] = {}
    network = _network(facts)
    for key, name, name_zh, owner in (*(network.goals if goals else ()), *network.places):
        found.setdefault(owners.get(owner, owner), []).append(
            (key, name_zh if lang == "zh" else name))
    return list(found.items())


def _minutes(text: str) -> int:
    """Minutes of an address; CaseError if they are none."""
    if text.isdigit() and int(text) <= MOST_STAY_MIN:
        return int(text)
    msg = f"expected minutes from 0 to {MOST_STAY_MIN}, found '{text}'"
    raise CaseError(msg)
