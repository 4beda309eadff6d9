"""The region's page: flip a border or a project, see what changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import Response  # noqa: TC002 - as above

from tieline.appraisal.situation import CHOSEN, STATES
from tieline.errors import CaseError
from tieline.publish.numbers import day
from tieline.publish.words import Lang, Words
from tieline.web.asking import Task
from tieline.web.choice import choice_of, link_key, neighbours
from tieline.web.desk import AHEAD
from tieline.web.shelf import unfinished
from tieline.web.when import When

if TYPE_CHECKING:
    from tieline.region.model import Case
    from tieline.web.app import House
    from tieline.web.asking import Facts
    from tieline.web.choice import Choice

BESIDE = "beside"
"""Not a state but two: the map apart beside the map together."""
SHOWN = (*STATES, BESIDE)
PATIENCE_S = 0.8
"""A page waits so long for an answer before it shows how far the work is."""
LONG_S = 2.5
"""So long a part of a page that a script asks for."""
SHORT_S = 0.02
GROUND_S = 0.2
"""So long the map without any state, which needs no computing."""


def situation_task(case: Case, *, quick: bool = True) -> Task:
    """The question what a case brings; `quick` where every engine of the region stays warm."""
    return Task("situation", (case,), quick=quick)


def chart_task(facts: Facts, case: Case, state: str, lang: str) -> Task:
    """The question for a map: apart and together are the same whatever borders are open."""
    if state != CHOSEN:
        opened = facts.region.case("apart" if state == "apart" else "together", topics=facts.topics)
        case = replace(case, open=opened.open)
    drawn = any(n.drawn for n in facts.networks)
    if drawn and state == BESIDE:
        return Task("beside", (case, lang))
    return Task("chart", (case, state, lang)) if drawn else Task("ground", (lang,), quick=True)


def look_ahead(house: House, case: Case | None, lang: str = "zh") -> None:
    """Ask what a visitor may ask next: the cases one click away, and the map."""
    facts = house.desk.facts
    if case is None:
        case = facts.region.case("together", topics=facts.topics)
        house.desk.ask(Task("ground", (lang,), quick=True), AHEAD)
        house.desk.ask(situation_task(case, quick=facts.quick), AHEAD)
        house.desk.ask(chart_task(facts, case, CHOSEN, lang), AHEAD)
    if not facts.quick:
        return  # what takes minutes is computed only when it is asked for
    for near in neighbours(facts, case):
        if not house.desk.known(task := situation_task(near)):
            house.desk.ask(task, AHEAD)


def routes(house: House) -> APIRouter:
    """The page and its parts."""
    router = APIRouter(include_in_schema=False)
    facts = house.desk.facts

    @router.get("/")
    async def page(request: Request) -> Response:
        choice = choice_of(facts, request.query_params)
        state = _state(request)
        lang = house.pages.lang(request)
        job = await house.within(situation_task(choice.case, quick=facts.quick), PATIENCE_S)
        drawn = chart_task(facts, choice.case, state, lang)
        wait = 4 * LONG_S if "chart" in request.query_params else SHORT_S
        chart = await house.within(drawn, wait)
        ground = None
        if not chart.future.done():  # the map comes first, what changes on it later
            ground = _done(await house.within(Task("ground", (lang,), quick=True), GROUND_S))
        look_ahead(house, choice.case, lang)
        if not chart.future.done():
            unfinished(request.scope)
        return house.pages.show(
            request, "region.html", choice=choice, job=job, answer=_answer(job, lang),
            chart=_done(chart), ground=ground, show=state, states=SHOWN,
            when=When(choice.day, clocks=False),
            **_controls(facts, choice, lang),
        )

    @router.get("/region/answer")
    async def answer(request: Request) -> Response:
        choice = choice_of(facts, request.query_params)
        job = await house.within(situation_task(choice.case, quick=facts.quick), LONG_S)
        if job.future.done():
            look_ahead(house, choice.case)
        return house.pages.show(
            request, "answer.html", job=job, answer=_answer(job, house.pages.lang(request)),
            choice=choice, status_code=200 if job.future.done() else 202,
            back="/?" + choice.query(),
        )

    @router.get("/region/chart")
    async def chart(request: Request) -> Response:
        choice = choice_of(facts, request.query_params)
        task = chart_task(facts, choice.case, _state(request), house.pages.lang(request))
        job = await house.within(task, LONG_S)
        return house.pages.show(
            request, "chart.html", job=job, chart=_done(job), back="/?" + choice.query(),
            status_code=200 if job.future.done() else 202,
        )

    return router


def _state(request: Request) -> str:
    state = request.query_params.get("show") or CHOSEN
    if state not in SHOWN:
        msg = f"state '{state}' is not one of: {', '.join(SHOWN)}"
        raise CaseError(msg)
    return state


def _done(job: Any) -> Any:
    return job.future.result() if job.future.done() else None


def _answer(job: Any, lang: str) -> dict[str, Any] | None:
    found = _done(job)
    if found is None:
        return None
    return {"figures": found["figures"][lang], "chapters": found["chapters"][lang]}


def _controls(facts: Facts, choice: Choice, lang: Lang) -> dict[str, Any]:
    """Toggles, boxes and lists with what is chosen; what no network feels is left out."""
    region, words = facts.region, Words(lang)
    names = {j.id: j.label(lang) for j in region.jurisdictions}
    place = {j.id: k for k, j in enumerate(region.jurisdictions)}
    felt: dict[str, list[dict[str, Any]]] = {}
    for link in sorted({x for n in facts.networks for x in n.links},
                       key=lambda x: (x[0], *sorted(place.get(j, 0) for j in x[1:]))):
        topic, *sides = link
        sides.sort(key=lambda j: place.get(j, 0))
        joint = "—" if lang == "zh" else " – "
        felt.setdefault(topic, []).append({
            "key": link_key(link), "label": joint.join(names[j] for j in sides),
            "on": link in choice.case.open,
        })
    projects = [
        {"id": p.id, "label": p.label(lang), "on": p.id in choice.case.built,
         "opened": day(p.opened, words) if p.opened else "",
         "status": p.status if p.opened else "assumption"}
        for p in region.projects
    ]
    scenarios = [
        {"id": k, "on": k == choice.case.scenario,
         "label": str(s.get("name_zh" if lang == "zh" else "name", "") or k)}
        for k, s in region.scenarios.items()
    ]
    return {"topics": felt, "projects": projects, "scenarios": scenarios,
            "topic_names": {t: words.get(f"network.{t}", t) for t in felt}}
