"""What changed, as Atom feeds (RFC 4287): each change with the records that may be seen of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import Response

from tieline.ledger.history import Recent, recent
from tieline.publish.markup import Html, el, join
from tieline.web.accounts.door import visitor
from tieline.web.library.choosing import Shower
from tieline.web.when import when_of

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.web.app import House
    from tieline.web.library.keeping import Library

SHOWN = 50
NAMED = 20
"""Records of one change that are named."""



def routes(house: House) -> APIRouter:
    """The feed of changes; `kind` and `owner` narrow it."""
    router = APIRouter(include_in_schema=False)
    if house.library is not None:
        _feed(router, house, house.library)
    return router


def _feed(router: APIRouter, house: House, library: Library) -> None:
    @router.get("/feeds/changes.atom")
    async def feed(request: Request) -> Response:
        who, when, lang = visitor(request).who, when_of(request), house.pages.lang(request)
        kind = request.query_params.get("kind", "")[:200]
        owner = request.query_params.get("owner", "")[:200]
        base = f"{request.url.scheme}://{request.url.netloc}"

        def ask(ledger: Ledger) -> str:
            view = when.view(ledger, who)
            found = recent(ledger.store, view.guard, view.known, SHOWN, kind=kind, owner=owner)
            title = ledger.about.label(lang)
            return _atom(found, title, base, Shower(view, lang))

        return Response(await library.ask(ask), media_type="application/atom+xml",
                        headers={"cache-control": "no-store"})


def _atom(found: list[Recent], title: str, base: str, shower: Shower) -> str:
    updated = found[0].at if found else "1970-01-01T00:00:00Z"
    entries = [
        el("entry",
           el("id", f"{base}/changes/{r.change_no}"),
           el("title", clean(r.reason)), el("updated", r.at),
           el("author", el("name", clean(r.actor))),
           el("link", href=base + where(*r.records[0][:2]), rel="alternate", type="text/html"),
           el("content", clean(_content(r, shower)), type="text"))
        for r in found
    ]
    feed = el("feed", el("id", f"{base}/feeds/changes.atom"), el("title", title),
              el("updated", updated),
              el("link", href=f"{base}/feeds/changes.atom", rel="self"), *entries,
              xmlns="http://www.w3.org/2005/Atom")
    return str(join(Html('<?xml version="1.0" encoding="utf-8"?>\n'), feed))


def where(record: str, kind: str) -> str:
    """The page of a record."""
    if kind == "case_step":
        return "/joint-work"
    return ("/joint-work/" if kind == "case" else "/projects/") + quote(record, safe="")


def clean(text: str) -> str:
    """Text without characters that XML cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or (
        " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"))


def _content(r: Recent, shower: Shower) -> str:
    said = [_said(shower, i, kind) for i, kind in r.records[:NAMED]]
    more = len(r.records) - NAMED
    return "; ".join([*said, *([f"+{more}"] if more > 0 else [])])


def _said(shower: Shower, record: str, kind: str) -> str:
    known = shower.view.catalogue
    return (f"{known[kind].label(shower.lang)}: {shower.name(record)}" if kind in known
            else record)
