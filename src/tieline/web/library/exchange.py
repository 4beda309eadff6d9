"""Excel in and out: a workbook to work in, what one would change, and its acceptance."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import RedirectResponse, Response

from tieline.errors import InputError, TielineError
from tieline.ledger.append import Note
from tieline.ledger.exchange.mapping import Columns, read_mapping, suggestion
from tieline.ledger.exchange.preview import Decision, Preview, accept, preview
from tieline.ledger.exchange.source import read_source
from tieline.ledger.exchange.table import preview_listing
from tieline.ledger.exchange.template import write_template
from tieline.ledger.listing import default_columns, guarded, listing, words_of
from tieline.ledger.sheets import write_listing
from tieline.messages import message
from tieline.web.accounts.door import visitor
from tieline.web.forms import fields, fields_and_files, shown_name
from tieline.web.library.choosing import Asked
from tieline.web.problems import status_of
from tieline.web.when import When, when_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tieline.ledger.exchange.source import Source
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.web.app import House
    from tieline.web.forms import Sent
    from tieline.web.library.keeping import Library

MOST_UNPACKED = 200 * 2**20
"""Bytes a workbook may unpack to here."""
MOST_RECEIVED = 20
"""Files that wait for their acceptance."""
SHOWN = 200
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAPPING = "mapping"
SUFFIXES = (".xlsx", ".csv", ".txt")
AT_A_TIME = 2**20


@dataclass(frozen=True)
class Taken:
    """A file that was received, and how it is to be read.

    `name` is the one it came by, `owner` whose its new records are, `mapping` that of its columns.
    """

    digest: str = ""
    name: str = ""
    owner: str = ""
    mapping: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Taken:
        """What a form says of a file that was sent before."""
        name = shown_name(given.get("name", ""))
        return cls(given.get("digest", ""), name if given.get("name") else "",
                   given.get("owner", ""), given.get("mapping", "").replace("\r\n", "\n"))


def routes(house: House) -> APIRouter:
    """The page of files, what one would change, lists and templates to save."""
    router = APIRouter(include_in_schema=False)
    if house.library is None:
        return router
    _out(router, house, house.library)
    _in(router, house, house.library)
    return router


def _out(router: APIRouter, house: House, library: Library) -> None:
    @router.get("/projects/template.xlsx")
    async def template(request: Request) -> Response:
        """A workbook with every project, to be filled and read back."""
        who, when = visitor(request).who, when_of(request)
        data = await library.ask(lambda ledger: _written(
            lambda path: write_template(when.view(ledger, who), "project", path)))
        return _saved(data, "projects-template.xlsx", SHEET)

    @router.get("/projects/list.{suffix}")
    async def shown(request: Request, suffix: str) -> Response:
        """The list as it is narrowed on the page, as Excel or CSV; no cell is a formula."""
        if suffix not in ("xlsx", "csv"):
            raise InputError([f"{suffix[:20]}: expected a suffix .xlsx or .csv"])
        who, when, lang = visitor(request).who, when_of(request), house.pages.lang(request)
        asked = Asked.of(request.query_params)

        def ask(ledger: Ledger) -> bytes:
            view = when.view(ledger, who)
            columns = default_columns(view.catalogue["project"])
            found = listing(asked.of_view(view), view.catalogue, columns, lang)
            if suffix == "xlsx":
                return _written(lambda path: write_listing(found, path))
            lines = [found.titles, *found.rows]
            text = "".join(",".join(_quoted(guarded(c)) for c in line) + "\r\n" for line in lines)
            return text.encode("utf-8-sig")

        kind = SHEET if suffix == "xlsx" else "text/csv; charset=utf-8"
        return _saved(await library.ask(ask), f"projects.{suffix}", kind)


def _in(router: APIRouter, house: House, library: Library) -> None:
    folder = library.files / "received"

    @router.get("/projects/exchange")
    async def ask(request: Request) -> Response:
        written = request.query_params.get("written", "")
        return await _page(house, library, request, written=written if written.isascii()
                           and written.isdigit() else "")

    @router.post("/projects/exchange")
    async def received(request: Request) -> Response:
        """What a file would change; nothing is written."""
        given, files = await fields_and_files(request)
        who, lang = visitor(request).who, house.pages.lang(request)
        asked = Taken.of(given)
        try:
            if len(files) != 1 and not asked.digest:
                raise InputError([f"expected one file, found {len(files)}"])
            if files:
                digest = await library.ask(lambda _: _receive(files[0], folder))
                asked = replace(asked, digest=digest, name=files[0].name)
        except TielineError as error:
            return await _page(house, library, request, wrong=error)
        try:
            found = await library.ask(
                lambda ledger: _shown(
                    _previewed(ledger, who, folder, asked), ledger, who, lang))
        except TielineError as error:
            draft = await library.ask(
                lambda ledger: _suggested(ledger, folder, asked, lang))
            return await _page(house, library, request, wrong=error, asked=asked, draft=draft)
        return await _page(house, library, request, found=found, asked=asked,
                           draft=found["draft"])

    @router.post("/projects/exchange/accept")
    async def accepted(request: Request) -> Response:
        """Write what was shown: matched anew, refused if others changed the same in between."""
        given = await fields(request)
        who = visitor(request).who
        try:
            number = await library.ask(lambda ledger: _accept(ledger, who, folder, given))
        except TielineError as error:
            return await _page(house, library, request, wrong=error)
        return RedirectResponse(f"/projects/exchange?written={number}", status_code=303)


async def _page(
    house: House, library: Library, request: Request, wrong: TielineError | None = None,
    **found: Any,
) -> Response:
    who, lang = visitor(request).who, house.pages.lang(request)

    def owners(ledger: Ledger) -> list[tuple[str, str]]:
        return [(s.id, s.label(lang)) for s in ledger.view(who).records("jurisdiction")
                if who.everything or s.id in who.jurisdictions]

    def targets(ledger: Ledger) -> list[tuple[str, str]]:
        known = ledger.catalogue["project"].fields
        return [(n, f.title_zh if lang == "zh" else f.title) for n, f in known.items()]

    if found.get("draft"):
        found["targets"] = await library.ask(targets)
    shown = {"found": None, "targets": [], "asked": Taken(), "draft": "", "written": "", **found}
    return house.pages.show(
        request, "exchange.html", owners=await library.ask(owners), when=When(),
        wrong=wrong and wrong.message(lang), status_code=status_of(wrong) if wrong else 200,
        at="/projects/exchange", **shown)


def _accept(ledger: Ledger, who: Principal, folder: Path, given: Mapping[str, str]) -> int:
    """Write what a file says; the number of the last change, 0 for none."""
    note = Note(who.name, given.get("reason", ""), ", ".join(who.jurisdictions))
    found = _previewed(ledger, who, folder, Taken.of(given))
    doubtful = frozenset(r.row for r in found.rows if r.match.how == "doubtful")
    decision = Decision(None, doubtful if given.get("doubtful") == "new" else frozenset(),
                        whole=given.get("whole") == "yes")
    receipts = accept(ledger, found, note, decision, who=who)
    return receipts[-1].change_no if receipts else 0


def _receive(file: Sent, folder: Path) -> str:
    """Keep a file until it is accepted; its digest. InputError for what is no table."""
    suffix = Path(file.name).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError([f"{file.name}: expected a suffix .xlsx, .csv or .txt"])
    if suffix == ".xlsx":
        check_workbook(file.name, file.data)
    digest = sha256(file.data).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{digest}{suffix}").write_bytes(file.data)
    waiting = sorted(folder.iterdir(), key=lambda p: p.stat().st_mtime)
    for old in waiting[:-MOST_RECEIVED]:
        old.unlink(missing_ok=True)
    return digest


def check_workbook(name: str, data: bytes) -> None:
    """Unpack a workbook once, counting: InputError if it is none or grows beyond the limit.

    What the archive says of its sizes is not believed.
    """
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.infolist():
                with archive.open(part) as stream:
                    while piece := stream.read(AT_A_TIME):
                        total += len(piece)
                        if total > MOST_UNPACKED:
                            raise InputError([f"{name}: expected a workbook, found one of more "
                                              f"than {MOST_UNPACKED} bytes when unpacked"])
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError,
            ValueError) as error:
        message = f"{name}: expected an Excel workbook (.xlsx, no password), found {error}"
        raise InputError([message]) from None


def _previewed(ledger: Ledger, who: Principal, folder: Path, asked: Taken) -> Preview:
    columns = read_mapping(asked.mapping, MAPPING)
    if asked.owner:
        columns = replace(columns, constants={**columns.constants, "owner": asked.owner})
    return preview(ledger, _source(folder, asked, columns), columns, who)


def _source(folder: Path, asked: Taken, columns: Columns) -> Source:
    """The rows of the file that was received, under the name by which it was sent."""
    found = None
    if re.fullmatch("[0-9a-f]{64}", asked.digest):
        found = next((p for s in SUFFIXES if (p := folder / f"{asked.digest}{s}").is_file()), None)
    if found is None:
        raise InputError(["the file is no longer here: send it again"])
    source = read_source(found, encoding=columns.encoding, separator=columns.separator)
    return replace(source, name=asked.name or found.name)


def _suggested(ledger: Ledger, folder: Path, asked: Taken, lang: str) -> str:
    """The mapping that was tried, else one to begin with; "" if the file says no columns."""
    if asked.mapping.strip():
        return asked.mapping
    try:
        source = _source(folder, asked, Columns())
    except TielineError:
        return ""
    return "" if source.keys else suggestion(source, ledger.catalogue["project"], lang)


def _shown(found: Preview, ledger: Ledger, who: Principal, lang: str) -> dict[str, Any]:
    words = words_of(ledger.view(who), ledger.time_zone, lang)
    table = preview_listing(found, ledger.catalogue, lang, words)
    kind = ledger.catalogue[found.kind]
    return {
        "counts": found.counts, "n": len(found.rows), "titles": table.titles,
        "rows": table.rows[:SHOWN], "more": max(0, len(table.rows) - SHOWN),
        "refused": [(r.row, r.column, message(r.expected, lang), message(r.found, lang))
                    for r in found.refused[:SHOWN]],
        "without": tuple(found.without()),
        "unused": found.unused, "draft": "" if found.source.keys else suggestion(
            found.source, kind, lang),
        "taken": any(r.cells or r.match.record for r in found.rows), "kind": kind.label(lang),
        "may_accept": not found.counts["conflicts"],
    }


def _written(write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.xlsx"
        write(path)
        return path.read_bytes()


def _saved(data: bytes, name: str, kind: str) -> Response:
    return Response(data, media_type=kind, headers={
        "content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"})


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in '",\r\n') else cell
