"""The library of projects: lists with totals, one project with its history, supervision lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import Response  # noqa: TC002 - as above

from tieline.errors import CaseError
from tieline.ledger.listing import facet_label, made_up, total_key
from tieline.ledger.money import Money
from tieline.web.accounts.door import visitor
from tieline.web.asking import Task
from tieline.web.choice import checked_day
from tieline.web.library.choosing import (
    MOST_ON_A_PAGE,
    Asked,
    Shower,
    money_text,
    options,
    signal_of,
)
from tieline.web.library.gantt import Bars, bars, gantt
from tieline.web.library.sites import sites_map
from tieline.web.when import When, when_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.ledger.history import Happening
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.state import State
    from tieline.ledger.view import Total, View
    from tieline.publish.words import Lang
    from tieline.web.app import House
    from tieline.web.library.keeping import Library

PARTS = ("milestone", "progress", "year_plan", "funding_line", "supervision", "issue", "target")
"""What belongs to a project and stands on its page."""
SPLITS = ("owner", "category", "stage", "signal")
NO_RECORD = "there is no such record, or it may not be seen"
PATIENCE_S = 0.4
UNITS = {"CNY": "元", "EUR": "欧元", "USD": "美元"}
LARGE_MINOR = 10**10
"""A hundred million of a currency, in its hundredths."""


def routes(house: House) -> APIRouter:
    """Every page below /projects, and /supervision."""
    router = APIRouter(include_in_schema=False)
    if house.library is None:
        return router
    _lists(router, house, house.library)
    _supervision(router, house, house.library)
    _one(router, house, house.library)
    return router


def _lists(router: APIRouter, house: House, library: Library) -> None:
    @router.get("/projects")
    async def page(request: Request) -> Response:
        who, when, lang = visitor(request).who, when_of(request), house.pages.lang(request)
        asked = Asked.of(request.query_params)
        by = request.query_params.get("by", "owner")
        if by not in SPLITS:
            msg = f"expected totals by one of {', '.join(SPLITS)}, found '{by[:40]}'"
            raise CaseError(msg)
        found = await library.ask(lambda ledger: _listed(
            when.view(ledger, who), asked, by, lang))
        return house.pages.show(
            request, "projects.html", when=when, asked=asked, by=by, splits=SPLITS, **found)

    @router.get("/projects/gantt")
    async def in_time(request: Request) -> Response:
        """Planned and actual dates; beside them the plan that held on another day."""
        who, when, lang = visitor(request).who, when_of(request), house.pages.lang(request)
        asked = Asked.of(request.query_params)
        known = checked_day(request.query_params.get("baseline", ""))

        def ask(ledger: Ledger) -> dict[str, Any]:
            view = when.view(ledger, who)
            base = None if known is None else ledger.view(
                who, as_of=known, known_on=when.known_on)
            return _in_time(view, base, asked, lang)

        return house.pages.show(request, "gantt.html", when=when, asked=asked,
                                baseline=known, **await library.ask(ask))

    @router.get("/projects/map")
    async def on_the_map(request: Request) -> Response:
        who, when, lang = visitor(request).who, when_of(request), house.pages.lang(request)
        asked = Asked.of(request.query_params)
        region = house.desk.facts.region

        def ask(ledger: Ledger) -> dict[str, Any]:
            view = when.view(ledger, who)
            shower = Shower(view, lang)
            found = asked.of_view(view)
            return {**_choices(view, lang), "n": len(found),
                    "sites": sites_map(region, found, shower)}

        return house.pages.show(request, "sites.html", when=when, asked=asked,
                                **await library.ask(ask))


def _listed(view: View, asked: Asked, by: str, lang: Lang) -> dict[str, Any]:
    shower = Shower(view, lang)
    found = asked.of_view(view)
    first = (asked.page - 1) * MOST_ON_A_PAGE
    among = [s.id for s in found] if asked.on or asked.words else None
    totals = view.totals((by,), among=among, **asked.narrow)
    synthetic = made_up(view, (by,), "project", among, **asked.narrow)
    return {
        **_choices(view, lang),
        "n": len(found), "last_page": max(1, -(-len(found) // MOST_ON_A_PAGE)),
        "rows": [_row(s, shower) for s in found[first:first + MOST_ON_A_PAGE]],
        "made_up": bool(synthetic),
        "totals": [
            (facet_label(view, "project", by, t.by[by], lang), t.records, _sum(t, lang), part,
             _sum(part, lang) if part else "")
            for t in totals for part in [synthetic.get(total_key(t))]
        ],
    }


def _sum(t: Total, lang: str) -> str:
    """A sum in one currency; one that holds a bound is a bound."""
    if not t.currency:
        return ""
    large = abs(t.minor) >= LARGE_MINOR
    entered = ("亿" if large else "万") + UNITS[t.currency] if t.currency in UNITS else ""
    return money_text(Money(t.minor, t.currency, entered, ">=" if t.bounded else "="), lang)


def _row(s: State, shower: Shower) -> dict[str, Any]:
    return {
        "id": s.id, "name": s.label(shower.lang), "category": shower.field(s, "category"),
        "owner": shower.name(s.owner), "stage": shower.field(s, "stage"),
        "signal": signal_of(s), "signal_name": shower.code("signal", signal_of(s)),
        "by_hand": bool(s.get("signal_override")),
        "investment": shower.field(s, "investment"), "status": str(s.get("status") or ""),
        "network": s.get("network_project") or "",
    }


def _choices(view: View, lang: str) -> dict[str, Any]:
    """What lists may be narrowed by."""
    return {
        "choices": {
            "category": options(view, "project_category", lang),
            "owner": [(s.id, s.label(lang)) for s in view.records("jurisdiction")],
            "stage": options(view, "stage", lang),
            "signal": options(view, "signal", lang),
        },
        "lists": [(s.id, s.label(lang)) for s in view.records("list")],
    }


def _in_time(view: View, base: View | None, asked: Asked, lang: Lang) -> dict[str, Any]:
    shower = Shower(view, lang)
    found = asked.of_view(view)
    milestones: dict[str, list[State]] = {}
    for m in view.records("milestone"):
        milestones.setdefault(str(m.get("parent")), []).append(m)
    before = {} if base is None else {s.id: s for s in base.records("project")}
    rows: list[Bars] = [
        b for s in found if (b := bars(s, milestones.get(s.id, ()), before.get(s.id), shower))
    ]
    return {**_choices(view, lang), "n": len(found), "rows": rows, "day": view.day,
            "chart": gantt(rows, view.day, lang)}


def _supervision(router: APIRouter, house: House, library: Library) -> None:
    @router.get("/supervision")
    async def page(request: Request) -> Response:
        """The supervision lists: what must be done until when, what is late, what closed it."""
        who, when, lang = visitor(request).who, when_of(request), house.pages.lang(request)
        only = request.query_params.get("only", "")[:20]
        named = request.query_params.get("list", "")[:200]

        def ask(ledger: Ledger) -> dict[str, Any]:
            view = when.view(ledger, who)
            shower = Shower(view, lang)
            items = sorted(view.records("supervision"), key=lambda s: str(s.get("deadline")))
            rows = [_item(s, shower, view.day) for s in items
                    if not named or s.get("list") == named]
            wanted = [r for r in rows if not only or r["state"] == only]
            return {"rows": wanted, "lists": sorted({str(s.get("list")) for s in items}),
                    "counts": {k: sum(r["state"] == k for r in rows)
                               for k in ("open", "late", "closed")}}

        return house.pages.show(request, "supervision.html", when=when, only=only, named=named,
                                **await library.ask(ask))


def _item(s: State, shower: Shower, day: str) -> dict[str, Any]:
    closed = str(s.get("closed") or "")
    late = not closed and str(s.get("deadline")) < day
    parent = str(s.get("parent") or "")
    return {
        "id": s.id, "name": s.label(shower.lang), "list": s.get("list") or "",
        "deadline": str(s.get("deadline")), "unit": s.get("responsible_unit") or "",
        "closed": closed, "evidence": s.get("evidence") or "",
        "state": "closed" if closed else "late" if late else "open",
        "project": parent, "project_name": shower.name(parent) if parent else "",
        "owner": s.owner, "status": str(s.get("status") or ""),
    }


def _one(router: APIRouter, house: House, library: Library) -> None:
    @router.get("/projects/{record}")
    async def page(request: Request, record: str) -> Response:
        who, when, lang = visitor(request).who, when_of(request), house.pages.lang(request)
        found = await library.ask(lambda ledger: _told(ledger, who, when, record, lang))
        if found is None:
            raise HTTPException(404, NO_RECORD)
        job = worth = None
        if found["network"] in {p.id for p in house.desk.facts.region.projects}:
            task = Task("project_worth", (found["network"], lang))
            job = await house.within(task, PATIENCE_S)
            worth = job.future.result() if job.future.done() else None
        return house.pages.show(request, "project.html", when=when, job=job, worth=worth, **found)


def _told(
    ledger: Ledger, who: Principal, when: When, record: str, lang: Lang
) -> dict[str, Any] | None:
    """Everything that may be seen of a record; None if it may not."""
    view = when.view(ledger, who)
    found = view.record(record)
    if found is None:
        return None
    shower = Shower(view, lang)
    parts = {}
    for kind in PARTS:
        of_kind = view.records(kind, parent=record)
        if of_kind:
            parts[view.catalogue[kind].label(lang)] = _table(of_kind, shower)
    member_of = view.records("membership", where={"member": record})
    return {
        "record": found, "title": shower.label(found),
        "kind": view.catalogue[found.kind].label(lang), "fields": shower.rows(found),
        "signal": signal_of(found), "signal_name": shower.code("signal", signal_of(found)),
        "owner": shower.name(found.owner), "parts": parts,
        "lists": [(str(m.get("list")), shower.name(str(m.get("list")))) for m in member_of],
        "history": [_happened(h, found, shower, ledger)
                    for h in reversed(ledger.history(record, who)) if h.change_no <= view.known],
        "network": str(found.get("network_project") or ""),
    }


def _table(states: Sequence[State], shower: Shower) -> dict[str, Any]:
    """The records of one kind: the columns in which any of them has a value."""
    kind = shower.view.catalogue[states[0].kind]
    names = [n for n in kind.fields if n not in ("owner", "parent", "name", "name_zh")
             and any(s.get(n) is not None for s in states)]
    return {
        "titles": [kind.fields[n].label(shower.lang) for n in names],
        "rows": [(shower.label(s), [shower.field(s, n) for n in names]) for s in states],
    }


def _happened(h: Happening, found: State, shower: Shower, ledger: Ledger) -> dict[str, Any]:
    """One change to a record: when, by whom, why, and field by field what was and what is."""
    kind = shower.view.catalogue[found.kind]

    def said(name: str, value: Any) -> str:
        field = kind.fields.get(name)
        return "" if field is None or value is None else shower.value(field, value)

    return {
        "no": h.change_no, "at": h.at, "actor": h.actor, "for": h.on_behalf_of,
        "reason": h.reason, "source": h.source, "from": h.valid_from, "began": h.began,
        "ended": h.ended, "carried": h.carried,
        "steps": [(kind.fields[s.field].label(shower.lang) if s.field in kind.fields else s.field,
                   said(s.field, s.before), said(s.field, s.after)) for s in h.steps],
    }
