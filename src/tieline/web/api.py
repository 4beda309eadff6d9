"""The API: the region, cases, the appraisal, plans, jobs. JSON, described by OpenAPI.

What takes longer than a moment is answered 202 with a job: ask for it until it is done, then for
its result. Errors are problem+json in both languages.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from tieline.appraisal.situation import case_record
from tieline.errors import CaseError
from tieline.web.asking import Broken, Task, Terms
from tieline.web.choice import FIRST, LAST, MOST_FAULTS, case_of, terms_of
from tieline.web.region import situation_task

if TYPE_CHECKING:
    from tieline.region.model import Incident
    from tieline.web.app import House
    from tieline.web.asking import Facts, NetworkFacts
    from tieline.web.desk import Job

ROOT = "/api/v1"
PATIENCE_S = 5.0
MOST_LINKS = 2000
GONE = "there is no such job, or it was forgotten"

Name = Annotated[str, Field(max_length=200)]
Names = Annotated[list[Name], Field(max_length=MOST_LINKS)]


class CaseAsked(BaseModel):
    """A situation: "together", "apart", or links as "topic:a:b"; null projects = by scenario."""

    model_config = ConfigDict(extra="forbid")
    open: Name | Names = "together"
    built: Names | None = None
    scenario: Name = "base"
    as_of: Annotated[date, Field(ge=FIRST, le=LAST)] | None = None


class PlanAsked(BaseModel):
    """What breaks, an incident or assets, and the states to plan for; links of `as_of`, if any."""

    model_config = ConfigDict(extra="forbid")
    incident: Name | None = None
    faults: Annotated[list[Name], Field(max_length=MOST_FAULTS)] = []
    scenario: Name = "base"
    open: Annotated[list[Name], Field(max_length=20)] = ["apart", "together"]
    as_of: Annotated[date, Field(ge=FIRST, le=LAST)] | None = None


PROBLEMS: dict[int | str, dict[str, Any]] = {
    202: {"description": "Still at work: a job"},
    422: {"description": "What was asked for is not known, with the nearest name",
          "content": {"application/problem+json": {}}},
}


def routes(house: House) -> APIRouter:
    """Every path below /api/v1."""
    router = APIRouter(prefix=ROOT)
    _region(router, house)
    _questions(router, house)
    _plans(router, house)
    _jobs(router, house)
    return router


def _region(router: APIRouter, house: House) -> None:
    facts = house.desk.facts

    @router.get("/region", tags=["region"])
    async def region(
        as_of: Annotated[date | None, Query(ge=FIRST, le=LAST)] = None
    ) -> dict[str, Any]:
        """Jurisdictions, projects, scenarios, networks with their measures, provenance.

        `as_of` says which projects stand on that day (`reference`).
        """
        return _region_record(facts, as_of)

    @router.get("/incidents", tags=["respond"])
    async def incidents() -> list[dict[str, Any]]:
        """Incidents of the region."""
        return [_incident(i) for i in facts.region.incidents]

    @router.get("/networks/{name}/assets", tags=["region"], responses=PROBLEMS)
    async def assets(name: str) -> Response:
        """Branches as [id, x0, y0, x1, y1] in units of the schematic base map."""
        if name not in {n.name for n in facts.networks}:
            raise HTTPException(404)
        return await _answered(house, Task("assets", (name,), quick=True))


def _questions(router: APIRouter, house: House) -> None:
    facts = house.desk.facts

    @router.post("/cases", tags=["cases"], responses=PROBLEMS)
    async def evaluate(asked: CaseAsked) -> Response:
        """Values of a case beside apart and together; fair shares; money with ranges."""
        built = asked.built
        if built is None and asked.as_of is not None:
            built = sorted(facts.region.built_by(asked.as_of))
        case = case_of(facts, asked.open, built, asked.scenario)
        return await _answered(house, situation_task(case, quick=facts.quick))

    @router.get("/cases", tags=["cases"], responses=PROBLEMS)
    async def case(
        open: Annotated[list[str] | None, Query()] = None,  # noqa: A002 - as in the body
        built: Annotated[list[str] | None, Query()] = None, scenario: str = "base",
        as_of: Annotated[date | None, Query(ge=FIRST, le=LAST)] = None,
    ) -> Response:
        """The same by address: `open=power:a:b`, repeated; `open=together` or `apart`.

        `as_of` builds what was open by that day, unless `built` says what stands.
        """
        links: str | list[str] = open or "together"
        if isinstance(links, list) and len(links) == 1 and ":" not in links[0]:
            links = links[0]
        if built is None and as_of is not None:
            built = sorted(facts.region.built_by(as_of))
        found = case_of(facts, links, built, scenario)
        return await _answered(house, situation_task(found, quick=facts.quick))

    @router.get("/appraisal", tags=["appraisal"], responses=PROBLEMS)
    async def appraisal(
        scenario: str = "base", as_of: Annotated[date | None, Query(ge=FIRST, le=LAST)] = None,
        index: str = "SII", union: Annotated[list[str] | None, Query()] = None,
        funds: Annotated[list[str] | None, Query()] = None, every: bool = False,
    ) -> Response:
        """The whole appraisal's tables: states, shares, worth of projects, money.

        `as_of` builds what was open by that day (`built` names it), whatever the scenario's date.
        `index` of pairs (SII, STII, BII); `union=a,b` shares as one (Owen value); `funds` limits
        portfolios (`2e7`, `2028=5e6`, `easttown:2028=1e6`); `every` gives all rules of sharing.
        """
        facts.region.scenario(scenario)
        terms = terms_of(facts, index, union or (), funds or (), every=every)
        about = (scenario, as_of) if terms == Terms() else (scenario, as_of, terms)
        return await _answered(house, Task("appraisal_record", about))


def _plans(router: APIRouter, house: House) -> None:
    facts = house.desk.facts

    async def planned(asked: PlanAsked) -> Response:
        if asked.incident is not None and asked.faults:
            msg = "either an incident or faults, not both"
            raise CaseError(msg)
        facts.region.scenario(asked.scenario)
        broken = Broken(asked.incident, tuple(asked.faults), asked.scenario,
                        ("waiting", *asked.open), asked.as_of)
        return await _answered(house, Task("plan_record", (broken,)))

    @router.post("/plans", tags=["respond"], responses=PROBLEMS)
    async def plan(asked: PlanAsked) -> Response:
        """Waiting and the plans asked for: steps, outcomes, tables. Drafts for approval."""
        return await planned(asked)

    @router.get("/respond", tags=["respond"], responses=PROBLEMS)
    async def respond(asked: Annotated[PlanAsked, Query()]) -> Response:
        """The same by address: `incident=storm-1`, or `faults=W2`, repeated; `as_of`."""
        return await planned(asked)


def _jobs(router: APIRouter, house: House) -> None:
    def job_of(key: str) -> Job:
        job = house.desk.job(key)
        if job is None:
            raise HTTPException(404, GONE)
        return job

    @router.get("/jobs/{key}", tags=["jobs"], responses={404: {"description": "Not known"}})
    async def job(key: str) -> dict[str, Any]:
        """How far a job is."""
        return job_record(job_of(key))

    @router.delete("/jobs/{key}", tags=["jobs"], responses={404: {"description": "Not known"}})
    async def cancel(key: str) -> dict[str, Any]:
        """Stop a job: at once if it waits, else at its next sign of progress."""
        found = job_of(key)
        house.desk.cancel(found)
        return job_record(found)

    @router.get("/jobs/{key}/result", tags=["jobs"],
                responses={**PROBLEMS, 404: {"description": "Not known"}})
    async def result(key: str) -> Response:
        """The answer of a job that is done; 202 with the job before."""
        found = job_of(key)
        if not found.future.done():
            return _accepted(found)
        return _json(_part(found.future.result(), found.task))


async def _answered(house: House, task: Task) -> Response:
    job = await house.within(task, PATIENCE_S)
    if not job.future.done():
        return _accepted(job)
    return _json(_part(job.future.result(), task))


def _part(answer: Any, task: Task) -> Any:
    """What the API shows of an answer: pages' parts are left out."""
    return answer["record"] if task.name == "situation" else answer


def _accepted(job: Job) -> Response:
    return JSONResponse(job_record(job), status_code=202,
                        headers={"location": f"{ROOT}/jobs/{job.id}", "retry-after": "1"})


def job_record(job: Job) -> dict[str, Any]:
    """A job as what JSON can hold."""
    return {"id": job.id, "task": job.task.name, "state": job.state, "done": job.done,
            "total": job.total, "result": f"{ROOT}/jobs/{job.id}/result"}


def _json(record: Any) -> Response:
    return JSONResponse(record, headers={"cache-control": "no-store"})


def _region_record(facts: Facts, as_of: date | None) -> dict[str, Any]:
    region = facts.region
    built = None if as_of is None else sorted(region.built_by(as_of))
    return {
        "name": region.name, "name_zh": region.name_zh, "caption": region.caption,
        "study_date": region.study_date and region.study_date.isoformat(),
        "currency": region.currency, "coordinates": region.coordinates,
        "jurisdictions": [
            {"id": j.id, "name": j.name, "name_zh": j.name_zh, "currency": j.currency}
            for j in region.jurisdictions
        ],
        "projects": [
            {"id": p.id, "name": p.name, "name_zh": p.name_zh,
             "opened": p.opened and p.opened.isoformat(), "currency": p.currency,
             "capex": None if math.isnan(p.capex) else p.capex,
             "status": p.status, "source": p.source}
            for p in region.projects
        ],
        "scenarios": [
            {"id": k, "date": s.date and s.date.isoformat(), **dict(s.parameters)}
            for k, s in region.scenarios.items()
        ],
        "incidents": [i.id for i in region.incidents],
        "provenance": dict(region.provenance),
        "networks": [_network(n) for n in facts.networks],
        "reference": case_record(region.case("together", topics=facts.topics, built=built)),
        "notes": [{"text": en, "text_zh": zh} for en, zh in facts.notes],
    }


def _network(n: NetworkFacts) -> dict[str, Any]:
    return {
        "name": n.name, "engine": n.engine, "version": n.version, "digest": n.digest,
        "topics": list(n.topics), "links": [list(x) for x in sorted(n.links)],
        "projects": sorted(n.projects), "measures": [dict(m) for m in n.measures],
        "statuses": {t: dict(c) for t, c in n.statuses.items()}, "responds": n.responds,
    }


def _incident(incident: Incident) -> dict[str, Any]:
    return {"id": incident.id, "network": incident.network, "start": incident.start.isoformat(),
            "events": [{"asset": e.asset, "kind": e.kind, **dict(e.parameters)}
                       for e in incident.events]}
