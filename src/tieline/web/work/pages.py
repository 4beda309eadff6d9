"""The pages of joint work: inbox, case, a new case, the evidence that was given."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import RedirectResponse, Response

from tieline.errors import LedgerError, TielineError
from tieline.ledger import clock
from tieline.ledger.files import Upload, fetch
from tieline.ledger.work.desk import Deed, Desk
from tieline.ledger.work.workflow import CLOSED, actions, roles_of_work, workflows
from tieline.web.accounts.door import visitor
from tieline.web.forms import fields, fields_and_files
from tieline.web.library.choosing import Shower
from tieline.web.problems import status_of
from tieline.web.when import When, when_of
from tieline.web.work import cases, evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.publish.words import Lang
    from tieline.web.app import House
    from tieline.web.forms import Sent
    from tieline.web.library.keeping import Library

MOST_SHOWN = 200
NO_CASE = "there is no such case, or it may not be seen"
NO_FILE = "there is no such file, or it was altered"
SETTLEMENT = ("settled", "settlement")


@dataclass(frozen=True)
class Wanted:
    """Whose inbox: of a jurisdiction, of a role, overdue only, or the cases that are closed."""

    jurisdiction: str = ""
    role: str = ""
    only: str = ""


@dataclass(frozen=True)
class Tried:
    """A step that was refused, and what was given for it: nobody types it again."""

    action: str = ""
    given: Mapping[str, str] = field(default_factory=dict)

    def value(self, action: str, name: str) -> str:
        """What was given as `name` for this action; "" if another was tried."""
        return self.given.get(name, "") if action == self.action else ""


NOTHING_TRIED = Tried()


def routes(house: House) -> APIRouter:
    """Every page below /joint-work, and the evidence."""
    router = APIRouter(include_in_schema=False)
    if house.library is None:
        return router
    library = house.library
    _inbox(router, house, library)
    _open(router, house, library)  # before the cases: "new" is not the name of one
    _case(router, house, library)

    @router.get("/evidence/{file}")
    async def given(request: Request, file: str) -> Response:
        """A file that was given as evidence, for who may see it: to be saved, never shown."""
        who = visitor(request).who
        try:
            found = await library.ask(lambda ledger: fetch(ledger, file, who))
        except LedgerError:
            raise HTTPException(404, NO_FILE) from None
        return _download(found)

    return router


def _inbox(router: APIRouter, house: House, library: Library) -> None:
    @router.get("/joint-work")
    async def page(request: Request) -> Response:
        who, when = visitor(request).who, when_of(request)
        query = request.query_params
        lang = house.pages.lang(request)
        wanted = Wanted(query.get("jurisdiction", "")[:200], query.get("role", "")[:200],
                        query.get("only", "")[:20])
        found = await library.ask(lambda ledger: _listed(ledger, who, when, wanted, lang))
        return house.pages.show(request, "work.html", when=when, wanted=wanted, **found)


def _listed(
    ledger: Ledger, who: Principal, when: When, wanted: Wanted, lang: Lang
) -> dict[str, Any]:
    moment = _moment(when, ledger)
    desk = Desk(ledger, who, now=moment)
    view = when.view(ledger, who)
    shower = Shower(view, lang)
    tasks = desk.inbox(jurisdiction=wanted.jurisdiction, role=wanted.role,
                       overdue=wanted.only == "overdue")
    closed = []
    if wanted.only == "closed":
        tasks = []
        closed = [s for s in view.records("case") if s.get("state") in CLOSED]
    zone = ledger.time_zone
    return {
        "cards": [cases.card(t, shower, zone) for t in tasks[:MOST_SHOWN]], "n": len(tasks),
        "closed": [
            {"id": s.id, "title": s.label(lang), "state": shower.field(s, "state"),
             "sort": shower.field(s, "workflow"), "settled": shower.field(s, "settled")}
            for s in closed[-MOST_SHOWN:]
        ],
        "jurisdictions": cases.jurisdictions(view, lang, ledger),
        "roles": roles_of_work(),
    }


def _case(router: APIRouter, house: House, library: Library) -> None:
    async def shown(
        request: Request, case: str, wrong: TielineError | None = None,
        tried: Tried = NOTHING_TRIED,
    ) -> Response:
        seen, when = visitor(request), when_of(request)
        lang = house.pages.lang(request)
        found = await library.ask(
            lambda ledger: _told(ledger, seen.who, when, case, lang))
        if found is None:
            raise HTTPException(404, NO_CASE)
        if when.query or not seen.may_write:
            found["may"] = []
        return house.pages.show(
            request, "case.html", when=when, wrong=wrong and wrong.message(lang), tried=tried,
            status_code=status_of(wrong) if wrong else 200,
            at=f"/joint-work/{quote(case, safe='')}" if wrong else "", **found)

    @router.get("/joint-work/{case}")
    async def page(request: Request, case: str) -> Response:
        return await shown(request, case)

    @router.post("/joint-work/{case}/{action}")
    async def act(request: Request, case: str, action: str) -> Response:
        """Take a step; the files of evidence are kept in the same change."""
        if action not in actions() or actions()[action].by == "system":
            raise HTTPException(404)
        given, files = await fields_and_files(request)
        who = visitor(request).who
        try:
            await library.ask(lambda ledger: _act(ledger, who, (case, action), given, files))
        except TielineError as error:
            return await shown(request, case, error, Tried(action, given))
        return RedirectResponse(f"/joint-work/{case}", status_code=303)


def _act(
    ledger: Ledger, who: Principal, step: tuple[str, str], given: dict[str, str],
    files: list[Sent],
) -> None:
    case, action = step
    described = tuple(t for t in (given.get("described", "").strip(),) if t)
    values = {k: given[k].strip() for k in SETTLEMENT if given.get(k, "").strip()}
    kept = evidence.uploads(files) if action == "evidence" else ()
    deed = Deed(given.get("reason", ""), given.get("to", ""), given.get("role", ""), described,
                kept, values if action == "settle" else {})
    Desk(ledger, who).act(case, action, deed)


def _told(
    ledger: Ledger, who: Principal, when: When, case: str, lang: Lang
) -> dict[str, Any] | None:
    """The case with its way, its steps, what may be done now; None if it may not be seen."""
    view = when.view(ledger, who)
    found = view.record(case)
    if found is None or found.kind != "case":
        return None
    shower, zone = Shower(view, lang), ledger.time_zone
    desk = Desk(ledger, who, now=_moment(when, ledger))
    flow = workflows().get(str(found.get("workflow")))
    side = flow.side(str(found.get("state"))) if flow else ""
    deadline = str(found.get("deadline") or "") if side else ""
    acting = str(found.get("owner" if side == "owner" else "holder")) if side else ""
    role = (flow.roles["owner"] if side == "owner" and flow else str(found.get("role"))
            ) if side else ""
    return {
        "case": found, "title": found.label(lang), "sort": shower.field(found, "workflow"),
        "state": shower.field(found, "state"), "owner": shower.name(found.owner),
        "way": [shower.name(j) for j in found.get("way", ())], "acting": shower.name(acting),
        "role": role, "deadline": cases.local(deadline, zone),
        "left": cases.left(deadline, datetime.now(UTC)),
        "steps": cases.steps(desk, case, shower, zone), "may": cases.may_take(found, who),
        "settled": shower.field(found, "settled"), "settlement": found.get("settlement") or "",
        "subject": found.get("subject") or "", "status": shower.field(found, "status"),
        "others": [(j, n) for j, n in cases.jurisdictions(view, lang, ledger)
                   if j != found.get("holder")],
        "roles": roles_of_work(), "here": acting,
        "action_name": lambda a: shower.code("case_action", a),
        "largest_mb": evidence.LARGEST // 2**20,
    }


def _open(router: APIRouter, house: House, library: Library) -> None:
    async def shown(
        request: Request, given: dict[str, str], wrong: TielineError | None = None
    ) -> Response:
        who, lang = visitor(request).who, house.pages.lang(request)
        listed = await library.ask(
            lambda ledger: cases.jurisdictions(ledger.view(who), lang, ledger))
        own = [j for j in listed if who.everything or j[0] in who.jurisdictions]
        sorts = [(w.name, w.title_zh if lang == "zh" else w.title) for w in workflows().values()]
        return house.pages.show(
            request, "case_new.html", given=given, jurisdictions=listed, own=own, sorts=sorts,
            wrong=wrong and wrong.message(lang), status_code=status_of(wrong) if wrong else 200)

    @router.get("/joint-work/new")
    async def ask(request: Request) -> Response:
        return await shown(request, {k: v[:200] for k, v in request.query_params.items()})

    @router.post("/joint-work/new")
    async def opened(request: Request) -> Response:
        """Open a case."""
        given = await fields(request)
        who = visitor(request).who
        values = {k: given[k].strip() for k in ("name_zh", "name", "subject")
                  if given.get(k, "").strip()}
        deed = Deed(given.get("reason", ""), values=values)
        try:
            receipt = await library.ask(lambda ledger: Desk(ledger, who).open(
                given.get("workflow", ""), given.get("owner", ""), given.get("to", ""), deed,
                new_case_id()))
        except TielineError as error:
            return await shown(request, given, error)
        return RedirectResponse(f"/joint-work/{receipt.ids[0]}", status_code=303)


def new_case_id() -> str:
    """A name no other case has, though two are opened at the same moment."""
    return f"case-{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}"


def _moment(when: When, ledger: Ledger) -> datetime | None:
    if when.as_of is None:
        return None
    return clock.moment(clock.end_of(when.as_of, ledger.time_zone))


def _download(found: Upload) -> Response:
    kind, suffix = evidence.kind_of(found.data) or evidence.OTHER
    answer = Response(found.data, media_type=kind)
    answer.headers["content-disposition"] = (
        f'attachment; filename="{found.digest[:12]}{suffix}"')
    answer.headers["cache-control"] = "private, no-cache"
    return answer
