"""The pages of bulletins: list, write and preview, approve, publish; the source; the site."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
import tomllib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import RedirectResponse, Response

from tieline.errors import InputError, RightsError, TielineError
from tieline.ledger.ledger import KEEPER
from tieline.publish.bulletin.approve import KIND, record_id
from tieline.publish.bulletin.ledger_source import LedgerSource
from tieline.publish.bulletin.manifest import MANIFEST, SIGNATURE, verify_site
from tieline.publish.bulletin.pick import pick
from tieline.publish.bulletin.value import say
from tieline.publish.words import Words
from tieline.web.accounts.door import visitor
from tieline.web.asking import Task
from tieline.web.bulletins.desk import Draft
from tieline.web.forms import fields
from tieline.web.library.start import begin_page
from tieline.web.problems import status_of
from tieline.web.when import When, when_of

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.publish.words import Lang
    from tieline.web.app import House
    from tieline.web.library.keeping import Library

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
PATIENCE_S, LONG_S = 1.5, 600.0
MOST_DRAFTS = 500
INVENTORY = "{{> inventory}}"
NO_BULLETIN = "there is no such bulletin"
NO_SITE = "this server publishes nothing: begin it with --site, or use `tieline publish`"
TOUCHED = "{name} is not as it was signed"
OTHERS = "somebody saved another text in between: yours stands below, saving again replaces theirs"
MAY_NOT = "{name} may not write bulletins"
KINDS = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".json": "application/json",
         ".xml": "application/xml", ".pdf": "application/pdf", ".sig": "text/plain"}
EMPTY = """+++
id = "{name}"
date = {day}
as_of = {day}
section = {{ id = "region", zh = "区域", en = "The region" }}
title = {{ zh = "标题", en = "Title" }}
+++
:::zh
正文。
:::
:::en
Text.
:::
"""


def routes(house: House) -> APIRouter:
    """Every page below /bulletins, the source, the site that was published."""
    router = APIRouter(include_in_schema=False)
    _source(router, house)
    if house.library is None:
        return router
    _list(router, house, house.library)
    _one(router, house, house.library)
    if house.site is not None:
        _site(router, house.site)
    return router


def _list(router: APIRouter, house: House, library: Library) -> None:
    @router.get("/bulletins")
    async def page(request: Request) -> Response:
        """Every template with its state; of the site, whether it still holds."""
        who, lang = visitor(request).who, house.pages.lang(request)
        when = when_of(request)
        found = await library.ask(lambda ledger: _states(ledger, who, when, house, lang))
        job = None
        if house.site is not None and _anything(house.site):
            turn = await asyncio.to_thread(_looked_at, house.site)
            draft = await _draft(library, who, "", turn)
            job = await house.within(
                Task("bulletins_again", (draft, str(house.site), lang)), PATIENCE_S)
        return house.pages.show(
            request, "bulletins.html", when=when, rows=found, job=job, site=house.site is not None,
            again=job.future.result() if job is not None and job.future.done() else None)

    @router.get("/bulletins/pick")
    async def picked(request: Request) -> Response:
        """Figures of the ledger that fit words, each with the lines to paste."""
        who, lang = visitor(request).who, house.pages.lang(request)
        when, words = when_of(request), request.query_params.get("words", "")[:200]

        def ask(ledger: Ledger) -> list[dict[str, str]]:
            said = Words(lang)
            return [{"label": p.label[lang == "zh"], "value": say(p.reading.value, said),
                     "status": p.reading.status, "toml": p.toml(), "name": p.name}
                    for p in pick(LedgerSource(ledger, who), when.view(ledger, who), words)]

        return house.pages.show(request, "pick.html", when=when, words=words,
                                picks=await library.ask(ask))

    @router.post("/bulletins")
    async def begin(request: Request) -> Response:
        """Begin a bulletin."""
        name = (await fields(request)).get("name", "").strip()
        if _text(house, name) is None:
            day = await library.ask(lambda ledger: ledger.view().day)
            await _save(library, visitor(request).who, name, EMPTY.format(name=name, day=day))
        return RedirectResponse(f"/bulletins/{name}", status_code=303)


def _one(router: APIRouter, house: House, library: Library) -> None:
    @router.get("/bulletins/{name}")
    async def page(request: Request, name: str) -> Response:
        return await _shown(house, library, request, name)

    @router.post("/bulletins/{name}")
    async def save(request: Request, name: str) -> Response:
        """Save a draft; what is approved or published is a text of its own and stays."""
        given = await fields(request)
        text = given.get("text", "").replace("\r\n", "\n")
        if _replaced(given.get("base", ""), _text(house, name)):
            return await _shown(house, library, request, name, InputError([OTHERS]), text)
        await _save(library, visitor(request).who, name, text)
        return RedirectResponse(f"/bulletins/{name}", status_code=303)

    @router.post("/bulletins/{name}/{step}")
    async def act(request: Request, name: str, step: str) -> Response:
        """Approve what stands there, or publish what was approved."""
        text, who = _text(house, name), visitor(request).who
        if text is None or step not in ("approve", "publish"):
            raise HTTPException(404, NO_BULLETIN)
        given = await fields(request)
        draft = await _draft(library, who, text, uuid.uuid4().hex)
        try:
            if step == "approve":
                task = Task("bulletin_approve", (
                    draft, given.get("approver", "").strip(), given.get("reason", "")))
            elif house.site is None:
                raise InputError([NO_SITE])
            else:
                task = Task("bulletin_publish", (draft, str(house.site), house.site_url))
            await house.within(task, LONG_S)
        except TielineError as error:
            return await _shown(house, library, request, name, error)
        return RedirectResponse(f"/bulletins/{name}", status_code=303)


async def _shown(
    house: House, library: Library, request: Request, name: str,
    wrong: TielineError | None = None, typed: str | None = None,
) -> Response:
    """The page of a bulletin; `typed` is a text that was not saved, kept for its writer."""
    who, lang = visitor(request).who, house.pages.lang(request)
    text = _text(house, name)
    if text is None:
        raise HTTPException(404, NO_BULLETIN)
    draft = await _draft(library, who, text)
    job = await house.within(Task("bulletin_preview", (draft, lang)), PATIENCE_S)
    state, approver = await library.ask(lambda ledger: _state(ledger, who, _id(text) or name))
    return house.pages.show(
        request, "bulletin.html", at=f"/bulletins/{name}" if wrong else "",
        name=name, text=text if typed is None else typed, base=_digest(text), state=state,
        approver=approver,
        job=job, preview=job.future.result() if job.future.done() else None,
        site=house.site is not None, wrong=wrong and wrong.message(lang),
        may_write=await library.ask(lambda ledger: _may_write(ledger, who)),
        status_code=status_of(wrong) if wrong else 200)


def _source(router: APIRouter, house: House) -> None:
    library = house.library or house.records

    @router.get("/source")
    async def page(request: Request) -> Response:
        """The source, item by item: each leads to where it lives."""
        who, lang = visitor(request).who, house.pages.lang(request)
        texts = (p.read_text(encoding="utf-8") for p in _templates(house).values())
        text = next((t for t in texts if INVENTORY in t), None)
        if text is None or library is None:
            return begin_page(house, request, "source", by_ledger=text is not None)
        if house.library is None:  # the folder's own records, which belong to nobody
            who = KEEPER
        draft = await _draft(library, who, text)
        job = await house.within(Task("bulletin_preview", (draft, lang)), PATIENCE_S)
        return house.pages.show(
            request, "source.html", job=job, partly=house.library is None,
            preview=job.future.result() if job.future.done() else None)


def _site(router: APIRouter, site: Path) -> None:
    @router.get("/site/{path:path}")
    async def file(path: str) -> Response:
        """A file of the published site: only what its manifest names, only as it was signed."""
        name = path or "index.html"
        verdict = await asyncio.to_thread(verify_site, site)
        known = verdict.manifest.get("files", {})
        if name not in known and name not in (MANIFEST, SIGNATURE):
            raise HTTPException(404)
        if name in (*verdict.changed, *verdict.removed) or not verdict.signature:
            raise HTTPException(409, TOUCHED.format(name=name))
        try:
            data = await asyncio.to_thread((site / name).read_bytes)
        except OSError:  # taken away since it was verified
            raise HTTPException(409, TOUCHED.format(name=name)) from None
        kind = KINDS.get(Path(name).suffix, "application/octet-stream")
        return Response(data, media_type=kind, headers={"cache-control": "no-cache"})


def _anything(site: Path) -> bool:
    """Whether there is something to verify: a site whose manifest was taken away is one, too."""
    return site.is_dir() and any(site.iterdir())


def _looked_at(site: Path) -> str:
    """What tells whether a site must be verified anew: its files as they lie there, the minute.

    Files alone would do for accidents; who tampers can put back sizes and times.
    """
    lie = [(str(p.relative_to(site)), p.lstat().st_mtime_ns, p.lstat().st_size)
           for p in sorted(site.rglob("*"))]
    return hashlib.sha256(repr((lie, int(time.time()) // 60)).encode()).hexdigest()


def _templates(house: House) -> dict[str, Path]:
    """Templates by name: those of the region, and drafts, which go before them."""
    drafts = () if house.library is None else (house.library.files / "drafts",)
    found = {p.stem: p for folder in (house.folder / "bulletins", *drafts)
             for p in sorted(folder.glob("*.md"))}
    return dict(sorted((n, p) for n, p in found.items() if NAME.fullmatch(n)))


def _text(house: House, name: str) -> str | None:
    found = _templates(house).get(name)
    return None if found is None else found.read_text(encoding="utf-8-sig")


async def _save(library: Library, who: Principal, name: str, text: str) -> None:
    if not NAME.fullmatch(name):
        raise InputError([f"expected a name of small letters, digits and hyphens, found '{name}'"])
    if not await library.ask(lambda ledger: _may_write(ledger, who)):
        raise RightsError(MAY_NOT.format(name=who.name))

    def write(_: Ledger) -> None:
        folder = library.files / "drafts"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.md"
        if not path.is_file() and len(list(folder.glob("*.md"))) >= MOST_DRAFTS:
            raise InputError([f"there are {MOST_DRAFTS} drafts: no more are kept"])
        unfinished = folder / f".{name}.{uuid.uuid4().hex}"
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(path)  # whole or not at all

    await library.ask(write)


def _replaced(base: str, stands: str | None) -> bool:
    """Whether another text stands now than the one that was begun from."""
    return bool(base) and stands is not None and base != _digest(stands)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _may_write(ledger: Ledger, who: Principal) -> bool:
    guard = ledger.guard(who)
    return who.everything or any(guard.may("write", KIND, j) for j in who.jurisdictions)


async def _draft(library: Library, who: Principal, text: str, turn: str = "") -> Draft:
    known = await library.ask(lambda ledger: ledger.head[0])
    return Draft(library.opened().store.url.render_as_string(hide_password=False)
                 if not library.opened().store.is_sqlite else library.opened().store.name,
                 who, text, known, turn)


def _id(text: str) -> str:
    match = re.search(r'^id\s*=\s*"([a-z0-9-]+)"', text, re.MULTILINE)
    return match[1] if match else ""


def _title(text: str, lang: Lang) -> str:
    """The title a template gives itself; "" where it cannot be read."""
    parts = text.split("+++")
    try:
        given = tomllib.loads(parts[1] if len(parts) > 2 else "").get("title", "")
    except tomllib.TOMLDecodeError:
        return ""
    found = given.get(lang, "") if isinstance(given, dict) else given
    return found if isinstance(found, str) and "{{" not in found else ""


def _state(ledger: Ledger, who: Principal, bulletin: str) -> tuple[str, str]:
    found = ledger.view(who).record(record_id(bulletin))
    return ("draft", "") if found is None else (
        str(found.get("state")), str(found.get("approver") or ""))


def _states(
    ledger: Ledger, who: Principal, when: When, house: House, lang: Lang
) -> list[dict[str, Any]]:
    view = when.view(ledger, who)
    rows = []
    for name, path in _templates(house).items():
        text = path.read_text(encoding="utf-8-sig")
        found = view.record(record_id(_id(text) or name))
        rows.append({
            "name": name, "title": found.label(lang) if found else _title(text, lang) or name,
            "state": str(found.get("state")) if found else "draft",
            "by": str(found.get("approver") or "") if found else "",
            "record": found.id if found else ""})
    return rows
