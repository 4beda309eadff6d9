"""The API of the ledger: records on any day, their history, sums, changes, joint work."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import JSONResponse, Response

from tieline.ledger import clock
from tieline.ledger.append import Entry, Note
from tieline.ledger.files import attach
from tieline.ledger.listing import made_up, total_key, total_record
from tieline.ledger.work.desk import Deed, Desk
from tieline.web.accounts.door import visitor
from tieline.web.api import PROBLEMS, ROOT
from tieline.web.choice import FIRST, LAST
from tieline.web.forms import Sent, shown_name
from tieline.web.library.projects import NO_RECORD
from tieline.web.when import When
from tieline.web.work import evidence
from tieline.web.work.pages import NO_CASE, new_case_id

if TYPE_CHECKING:
    from tieline.ledger.append import Receipt
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.state import State
    from tieline.ledger.work.desk import Task
    from tieline.web.app import House
    from tieline.web.library.keeping import Library

MOST = 1000
MOST_ENTRIES = 5000
Name = Annotated[str, Field(max_length=200)]
Reason = Annotated[str, Field(max_length=2000)]
Day = Annotated[date | None, Query(ge=FIRST, le=LAST)]
Codes = Annotated[list[str] | None, Query(max_length=50)]
SAID: dict[int | str, dict[str, Any]] = {
    **PROBLEMS, 401: {"description": "Log in, or send a token"},
    403: {"description": "Who asks may not do this"}, 404: {"description": "Not known"},
    409: {"description": "Others changed the same in between"},
    503: {"description": "The ledger cannot be used"},
}


class EntryGiven(BaseModel):
    """New values of some fields of one record from a day on; see `Entry` in the ledger."""

    model_config = ConfigDict(extra="forbid")
    kind: Name = ""
    record: Name | None = None
    values: Annotated[dict[Name, Any], Field(max_length=100)] = {}
    valid_from: Annotated[date, Field(ge=FIRST, le=LAST)] | None = None
    base: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    end: bool = False


class ChangeGiven(BaseModel):
    """A change: why, and what; every entry is written or none."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason
    on_behalf_of: Name = ""
    source: Name = "api"
    entries: Annotated[list[EntryGiven], Field(min_length=1, max_length=MOST_ENTRIES)]


class CaseGiven(BaseModel):
    """A case to open: which workflow, of whom, who is to act, what it is, why."""

    model_config = ConfigDict(extra="forbid")
    workflow: Name
    owner: Name
    to: Name
    title: Reason
    reason: Reason


class DeedGiven(BaseModel):
    """What is given with a step of a case."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason
    to: Name = ""
    role: Name = ""
    evidence: Annotated[list[Name], Field(max_length=20)] = []
    settled: Name = ""
    settlement: Reason = ""


def routes(house: House) -> APIRouter:
    """Every path of the ledger below /api/v1."""
    router = APIRouter(prefix=ROOT)
    if house.library is not None:
        _records(router, house.library)
        _history(router, house.library)
        _changes(router, house.library)
        _work(router, house.library)
    return router


def _records(router: APIRouter, library: Library) -> None:
    @router.get("/records", tags=["ledger"], responses=SAID)
    async def records(  # noqa: PLR0913 - what a list may be narrowed by
        request: Request, kind: Annotated[str, Query(max_length=200)] = "project",
        category: Codes = None, owner: Codes = None, stage: Codes = None, signal: Codes = None,
        parent: Codes = None, as_of: Day = None, known_on: Day = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
        offset: Annotated[int, Query(ge=0, le=10**6)] = 0,
    ) -> Response:
        """Records of a kind as they were on a day, as known on a day, as far as visible."""
        who = visitor(request).who

        def ask(ledger: Ledger) -> dict[str, Any]:
            view = When(as_of, known_on).view(ledger, who)
            found = view.records(kind, category=category, owner=owner, stage=stage,
                                 signal=signal, parent=parent)
            return {"day": view.day, "known": view.known, "total": len(found),
                    "items": [_record(s) for s in found[offset:offset + limit]]}

        return _json(await library.ask(ask))

    @router.get("/records/{record}", tags=["ledger"], responses=SAID)
    async def record(
        request: Request, record: str, as_of: Day = None, known_on: Day = None
    ) -> Response:
        """One record as it was on a day."""
        who = visitor(request).who
        found = await library.ask(
            lambda ledger: When(as_of, known_on).view(ledger, who).record(record))
        if found is None:
            raise HTTPException(404, NO_RECORD)
        return _json(_record(found))


def _history(router: APIRouter, library: Library) -> None:
    @router.get("/records/{record}/history", tags=["ledger"], responses=SAID)
    async def history(request: Request, record: str) -> Response:
        """Every change to a record, field by field: when, by whom, why."""
        who = visitor(request).who

        def ask(ledger: Ledger) -> list[dict[str, Any]] | None:
            if ledger.view(who).record(record) is None:
                return None
            return [{
                "change_no": h.change_no, "at": h.at, "actor": h.actor,
                "on_behalf_of": h.on_behalf_of, "reason": h.reason, "source": h.source,
                "valid_from": h.valid_from, "began": h.began, "ended": h.ended,
                "carried": h.carried, "steps": [vars(s) for s in h.steps],
            } for h in ledger.history(record, who)]

        found = await library.ask(ask)
        if found is None:
            raise HTTPException(404, NO_RECORD)
        return _json(found)

    @router.get("/totals", tags=["ledger"], responses=SAID)
    async def totals(  # noqa: PLR0913 - what sums may be narrowed by
        request: Request, by: Annotated[list[str] | None, Query(max_length=5)] = None,
        kind: Annotated[str, Query(max_length=200)] = "project", category: Codes = None,
        owner: Codes = None, stage: Codes = None, signal: Codes = None, as_of: Day = None,
        known_on: Day = None,
    ) -> Response:
        """Numbers of records and sums of money, currency by currency, in minor units."""
        who = visitor(request).who

        def ask(ledger: Ledger) -> list[dict[str, Any]]:
            view, split = When(as_of, known_on).view(ledger, who), tuple(by or ("owner",))
            narrow = {"category": category, "owner": owner, "stage": stage, "signal": signal}
            synthetic = made_up(view, split, kind, **narrow)
            return [total_record(t, synthetic.get(total_key(t)))
                    for t in view.totals(split, kind, **narrow)]

        return _json(await library.ask(ask))


def _changes(router: APIRouter, library: Library) -> None:
    @router.post("/changes", tags=["ledger"], responses=SAID, status_code=201)
    async def write(request: Request, given: ChangeGiven) -> Response:
        """Write a change: every entry or none. It is on the disk when this answers 201."""
        who = visitor(request).who
        note = Note(who.name, given.reason, given.on_behalf_of, given.source)
        entries = [Entry(e.kind, e.record, e.values, e.valid_from, e.base, e.end)
                   for e in given.entries]
        receipt = await library.ask(lambda ledger: ledger.commit(note, entries, who=who))
        return _json(_receipt(receipt), 201)


def _work(router: APIRouter, library: Library) -> None:
    @router.get("/joint-work", tags=["joint work"], responses=SAID)
    async def inbox(
        request: Request, jurisdiction: Annotated[str, Query(max_length=200)] = "",
        role: Annotated[str, Query(max_length=200)] = "", overdue: bool = False,
        as_of: Day = None,
    ) -> Response:
        """Cases somebody must act on, the most urgent first; at the end of a day."""
        who = visitor(request).who
        return _json(await library.ask(lambda ledger: [
            _task(t) for t in _desk(ledger, who, as_of).inbox(
                jurisdiction=jurisdiction, role=role, overdue=overdue)]))

    @router.get("/joint-work/{case}", tags=["joint work"], responses=SAID)
    async def one(request: Request, case: str, as_of: Day = None) -> Response:
        """A case with every step taken on it, the first first; at the end of a day."""
        who = visitor(request).who

        def ask(ledger: Ledger) -> dict[str, Any] | None:
            found = When(as_of).view(ledger, who).record(case)
            if found is None or found.kind != "case":
                return None
            steps = _desk(ledger, who, as_of).steps(case)
            return {**_record(found), "steps": [_record(s) for s in steps]}

        told = await library.ask(ask)
        if told is None:
            raise HTTPException(404, NO_CASE)
        return _json(told)

    @router.post("/joint-work", tags=["joint work"], responses=SAID, status_code=201)
    async def opened(request: Request, given: CaseGiven) -> Response:
        """Open a case."""
        who = visitor(request).who
        deed = Deed(given.reason, values={"name_zh": given.title})
        receipt = await library.ask(lambda ledger: Desk(ledger, who).open(
            given.workflow, given.owner, given.to, deed, new_case_id()))
        return _json(_receipt(receipt), 201)

    @router.post("/joint-work/{case}/{action}", tags=["joint work"], responses=SAID)
    async def act(request: Request, case: str, action: str, given: DeedGiven) -> Response:
        """Take a step on a case: accept, refuse, hand_over, do, evidence, verify, settle ..."""
        if action == "escalate":
            raise HTTPException(404)
        who = visitor(request).who
        values = {k: v for k, v in (("settled", given.settled), ("settlement", given.settlement))
                  if v and action == "settle"}
        deed = Deed(given.reason, given.to, given.role, tuple(given.evidence), values=values)
        receipt = await library.ask(lambda ledger: Desk(ledger, who).act(case, action, deed))
        return _json(_receipt(receipt))

    @router.post("/records/{record}/files", tags=["joint work"], responses=SAID, status_code=201)
    async def handed_in(
        request: Request, record: str, reason: Annotated[str, Query(max_length=2000)],
        name: Annotated[str, Query(max_length=200)] = "file",
    ) -> Response:
        """Keep a file (JPEG, PNG, WebP, HEIC, PDF) as evidence of a record; what names it."""
        who = visitor(request).who
        upload, = evidence.uploads([Sent(shown_name(name), await request.body())])
        receipt = await library.ask(
            lambda ledger: attach(ledger, Note(who.name, reason), record, [upload], who))
        return _json({**_receipt(receipt), "evidence": str(upload)}, 201)


def _desk(ledger: Ledger, who: Principal, as_of: date | None) -> Desk:
    """The desk as it was at the end of a day; now, without one."""
    now = None if as_of is None else clock.moment(clock.end_of(as_of, ledger.time_zone))
    return Desk(ledger, who, now=now)


def _record(s: State) -> dict[str, Any]:
    return {"id": s.id, "kind": s.kind, "owner": s.owner, "valid_from": s.valid_from,
            "change_no": s.change_no, "values": dict(s.values)}


def _task(t: Task) -> dict[str, Any]:
    return {"id": t.case.id, "jurisdiction": t.jurisdiction, "role": t.role,
            "deadline": t.deadline, "overdue": t.overdue, "escalated": t.escalated,
            "values": dict(t.case.values)}


def _receipt(r: Receipt) -> dict[str, Any]:
    return {"change_no": r.change_no, "at": r.at, "hash": r.hash, "ids": list(r.ids)}


def _json(record: Any, status: int = 200) -> Response:
    return JSONResponse(record, status_code=status, headers={"cache-control": "no-store"})
