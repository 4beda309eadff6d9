"""When something breaks: pick it, compare waiting, apart and together, follow the plan in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import RedirectResponse, Response

from tieline.errors import CaseError
from tieline.ledger.work.desk import Desk
from tieline.publish.words import Words
from tieline.study.spill import WORKFLOW
from tieline.web.accounts.door import visitor
from tieline.web.asking import Broken, Task
from tieline.web.choice import broken_of, checked_day
from tieline.web.forms import fields
from tieline.web.shelf import unfinished
from tieline.web.when import When
from tieline.web.work.pages import new_case_id

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.publish.words import Lang
    from tieline.web.app import House
    from tieline.web.asking import Facts
    from tieline.web.library.keeping import Library

PATIENCE_S = 1.0
LONG_S = 600.0
NO_CASES = "this opens no case: it is no spill, or it comes to nobody else"
NOTHING = "nothing broke yet: name an incident or assets"


def routes(house: House) -> APIRouter:
    """The page and the order sheets."""
    router = APIRouter(include_in_schema=False)
    facts = house.desk.facts

    @router.get("/respond")
    async def page(request: Request) -> Response:
        lang = house.pages.lang(request)
        query = request.query_params
        broken, day = broken_of(facts, query), checked_day(query.get("as_of", ""))
        plan = job = None
        if broken is not None:
            job = await house.within(Task("plan", (broken, lang)), PATIENCE_S)
            plan = job.future.result() if job.future.done() else None
        names = {j.id: j.label(lang) for j in facts.region.jurisdictions}
        base = None
        if "pick" in query or broken is None:
            base = await _base_map(house, lang)
            if base is not None and not base["svg"]:
                unfinished(request.scope)
        return house.pages.show(
            request, "respond.html", when=When(day, clocks=False), broken=broken, plan=plan,
            job=job, base=base, incidents=_incidents(facts, broken),
            asked="incident" in query or "fault" in query,
            plans=bool(facts.responding), pick=_can_pick(facts), query=_query(broken),
            faults=" ".join(broken.faults) if broken else "",
            scenarios=[(k, str(s.get("name_zh" if lang == "zh" else "name", "") or k))
                       for k, s in facts.region.scenarios.items()],
            scenario=broken.scenario if broken else "base",
            cased=Words(lang).listed([names[d.to] for d in (plan or {}).get("cases", ())]),
        )

    @router.get("/respond/orders")
    async def orders(request: Request) -> Response:
        broken = broken_of(facts, request.query_params)
        if broken is None:
            raise HTTPException(404, NOTHING)
        lang = house.pages.lang(request)
        who = request.query_params.get("jurisdiction") or None
        job = await house.within(Task("orders", (broken, lang, who)), 60.0)
        return house.pages.show(request, "orders.html", sheets=job.future.result())

    if house.library is not None:
        _cases(router, house, house.library)
    return router


def _cases(router: APIRouter, house: House, library: Library) -> None:
    @router.post("/respond/cases")
    async def opened(request: Request) -> Response:
        """Open the water cases that the plan for a spill asks for, with the visitor's rights."""
        broken = broken_of(house.desk.facts, QueryParams(await fields(request)))
        if broken is None:
            raise HTTPException(404, NOTHING)
        job = await house.within(Task("plan", (broken, house.pages.lang(request))), LONG_S)
        drafts = job.future.result().get("cases", ())
        if not drafts:
            raise CaseError(NO_CASES)
        who = visitor(request).who

        def commit(ledger: Ledger) -> None:
            desk = Desk(ledger, who)
            for d in drafts:
                desk.open(WORKFLOW, d.owner, d.to, d.deed, new_case_id())

        await library.ask(commit)
        return RedirectResponse("/joint-work", status_code=303)


async def _base_map(house: House, lang: Lang) -> dict[str, Any] | None:
    """The first network that plans, drawn whole; None where none does or it has no places."""
    names = house.desk.facts.responding
    if not names:
        return None
    job = await house.within(Task("base_map", (names[0], lang), quick=True), PATIENCE_S)
    found = job.future.result() if job.future.done() else {"svg": ""}
    return {"network": names[0], "svg": found["svg"], "pick": found.get("pick", False)}


def _can_pick(facts: Facts) -> bool:
    """Whether the network that plans has lines to point at."""
    names = facts.responding[:1]
    return any(n.breakable for n in facts.networks if n.name in names)


def _incidents(facts: Facts, broken: Broken | None) -> list[dict[str, Any]]:
    return [
        {"id": i.id, "at": f"{i.start:%Y-%m-%d %H:%M}", "n": len(i.events),
         "on": broken is not None and broken.incident == i.id}
        for i in facts.region.incidents
    ]


def _query(broken: Broken | None) -> str:
    if broken is None:
        return ""
    pairs = [("incident", broken.incident)] if broken.incident else [
        *(("fault", f) for f in broken.faults), ("scenario", broken.scenario)]
    day = [] if broken.as_of is None else [("as_of", broken.as_of.isoformat())]
    return urlencode([*pairs, *day])
