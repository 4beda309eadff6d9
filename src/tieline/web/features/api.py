"""The paths of OGC API - Features: landing page, conformance, collections, items."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it from the annotation
from starlette.responses import JSONResponse, Response

from tieline.errors import CaseError
from tieline.region.expect import nearest
from tieline.web.accounts.door import visitor
from tieline.web.asking import Task
from tieline.web.choice import FIRST, LAST, checked_day
from tieline.web.features import sources
from tieline.web.when import When

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.web.app import House
    from tieline.web.features.sources import Box, Collection, Feature

ROOT = "/api/v1/ogc"
CONFORMS = tuple(f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{c}"
                 for c in ("core", "geojson"))
"""Not oas30: the API describes itself in OpenAPI 3.1."""
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
MOST, USUAL = 10_000, 100
GEOJSON = "application/geo+json"
PROBLEM: dict[int | str, dict[str, Any]] = {
    400: {"description": "What was asked for makes no sense"}, 404: {"description": "Not known"},
    503: {"description": "Still at work: ask again"},
}
Limit = Annotated[int, Query(ge=1, description=f"Features of a page; of more than {MOST}, {MOST}.")]
Offset = Annotated[int, Query(ge=0, le=10**7)]
Text = Annotated[str, Query(max_length=200)]
Day = Annotated[date | None, Query(ge=FIRST, le=LAST)]
PATIENCE_S = 30.0
BUSY = "the network is still being drawn: ask again in a moment"
ASKED = frozenset({"limit", "offset", "bbox", "datetime", "as_of", "known_on", "f"})
"""What the items of a collection can be asked by; `f` is what some clients add."""
OPEN_ENDS = ("", "..")


def routes(house: House) -> APIRouter:
    """Every path below /api/v1/ogc."""
    router = APIRouter(prefix=ROOT, tags=["features"])
    _about(router, house)
    _collections(router, house)
    _items(router, house)
    return router


def _about(router: APIRouter, house: House) -> None:
    @router.get("")
    async def landing(request: Request) -> Response:
        """Where everything else is."""
        base = _base(request)
        region = house.desk.facts.region
        return _json({
            "title": region.label("en"), "description": region.caption,
            "links": [
                _link(base, "self", "application/json", "This document"),
                _link(f"{base}/conformance", "conformance", "application/json", "Conformance"),
                _link(f"{base}/collections", "data", "application/json", "Collections"),
                _link(f"{request.url.scheme}://{request.url.netloc}/api/v1/openapi.json",
                      "service-desc", "application/vnd.oai.openapi+json;version=3.1", "The API"),
            ],
        })

    @router.get("/conformance")
    async def conformance() -> Response:
        """The parts of the standard this keeps to."""
        return _json({"conformsTo": list(CONFORMS)})


def _collections(router: APIRouter, house: House) -> None:
    @router.get("/collections")
    async def every(request: Request) -> Response:
        """Every collection."""
        base = _base(request)
        return _json({
            "links": [_link(f"{base}/collections", "self", "application/json", "Collections")],
            "collections": [_described(c, base) for c in await _known(house)],
        })

    @router.get("/collections/{name}", responses=PROBLEM)
    async def one(request: Request, name: str) -> Response:
        """One collection, with the box around what may be seen of it."""
        found = await _find(house, name)
        features = await _features(house, request, found, When())
        return _json(_described(found, _base(request), sources.extent(features)))


def _items(router: APIRouter, house: House) -> None:
    @router.get("/collections/{name}/items", responses=PROBLEM)
    async def items(  # noqa: PLR0913 - as the standard names them
        request: Request, name: str, limit: Limit = USUAL, offset: Offset = 0, bbox: Text = "",
        datetime: Text = "", as_of: Day = None, known_on: Day = None,
    ) -> Response:
        """Features within a box, on a day or in a span of days, page by page."""
        found = await _find(house, name)
        _only_known(request)
        limit = min(limit, MOST)
        begins, ends = span_of(datetime)
        when = When(as_of or (ends if found.dated else None), known_on)
        features = await _features(house, request, found, when)
        if bbox:
            features = [f for f in features if sources.within(box_of(bbox))(f)]
        if found.dated and begins and begins != ends:
            features = [f for f in features
                        if str(f["properties"]["valid_from"]) >= begins.isoformat()]
        page = features[offset:offset + limit]
        return _json({
            "type": "FeatureCollection", "features": page, "numberMatched": len(features),
            "numberReturned": len(page), "timeStamp": _now(),
            "links": _pages(request, name, limit, offset, len(features)),
        }, GEOJSON)

    @router.get("/collections/{name}/items/{item}", responses=PROBLEM)
    async def item(
        request: Request, name: str, item: str, as_of: Day = None, known_on: Day = None
    ) -> Response:
        """One feature."""
        found = await _find(house, name)
        features = await _features(house, request, found, When(as_of, known_on))
        one = next((f for f in features if f["id"] == item), None)
        if one is None:
            raise HTTPException(404)
        base = f"{_base(request)}/collections/{name}"
        links = [_link(f"{base}/items/{quote(item, safe='')}", "self", GEOJSON, item),
                 _link(base, "collection", "application/json", found.title)]
        return _json({**one, "links": links}, GEOJSON)


async def _known(house: House) -> list[Collection]:
    facts = house.desk.facts
    catalogue = None
    if house.library is not None:
        catalogue = await house.library.ask(lambda ledger: ledger.catalogue)
    return sources.collections(
        facts.region, [n.name for n in facts.networks if n.drawn], catalogue)


async def _find(house: House, name: str) -> Collection:
    found = next((c for c in await _known(house) if c.id == name), None)
    if found is None:
        raise HTTPException(404)
    return found


async def _features(
    house: House, request: Request, found: Collection, when: When
) -> list[Feature]:
    if found.id == "jurisdictions":
        return sources.outlines(house.desk.facts.region)
    if found.id == "ground":
        return sources.below(house.desk.facts.region)
    if found.dated:
        assert house.library is not None  # noqa: S101 - dated collections are the ledger's
        who = visitor(request).who

        def ask(ledger: Ledger) -> list[Feature]:
            return sources.of_kind(when.view(ledger, who), ledger.catalogue[found.id])

        return await house.library.ask(ask)
    network, _, part = found.id.rpartition("-")
    job = await house.within(Task("places", (network,), quick=True), PATIENCE_S)
    if not job.future.done():
        raise HTTPException(503, BUSY, headers={"retry-after": "5"})
    return sources.of_network(job.future.result(), part)


def _only_known(request: Request) -> None:
    """CaseError for a parameter that is not known: what it should narrow would come back whole."""
    for name in request.query_params:
        if name not in ASKED:
            msg = f"parameter '{name[:40]}' is not known{nearest(name, ASKED)}; there is: "
            raise CaseError(msg + ", ".join(sorted(ASKED)))


def box_of(text: str) -> Box:
    """The box of `bbox`: four or six numbers, heights left out; CaseError if it is none."""
    try:
        numbers = [float(p) for p in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or numbers[1] > numbers[3]:
        msg = f"expected bbox as four numbers west,south,east,north, found '{text[:60]}'"
        raise CaseError(msg)
    return numbers[0], numbers[1], numbers[2], numbers[3]


def span_of(text: str) -> tuple[date | None, date | None]:
    """The days of `datetime`: an instant, or a span with ".." for an open end."""
    if not text:
        return None, None
    parts = text.split("/")
    if len(parts) > 2:
        msg = f"expected datetime as an instant or a span with '/', found '{text[:60]}'"
        raise CaseError(msg)
    days = [None if p in OPEN_ENDS else checked_day(re.sub(r"T.*$", "", p)) for p in parts]
    begins, ends = days[0], days[-1]
    if begins and ends and begins > ends:
        msg = f"expected datetime as an instant or a span with '/', found '{text[:60]}'"
        raise CaseError(msg)
    return begins, ends


def _described(c: Collection, base: str, box: Box | None = None) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": c.id, "title": f"{c.title} / {c.title_zh}", "description": c.meaning,
        "itemType": "feature", "crs": [CRS84],
        "links": [_link(f"{base}/collections/{c.id}/items", "items", GEOJSON, c.title),
                  _link(f"{base}/collections/{c.id}", "self", "application/json", c.title)],
    }
    if box is not None:
        out["extent"] = {"spatial": {"bbox": [list(box)], "crs": CRS84}}
    return out


def _pages(request: Request, name: str, limit: int, offset: int, n: int) -> list[dict[str, str]]:
    """Links to this page, the next and the one before, with everything else as asked."""
    base = f"{_base(request)}/collections/{name}/items"

    def at(first: int) -> str:
        return f"{base}?{request.url.include_query_params(offset=first, limit=limit).query}"

    links = [_link(at(offset), "self", GEOJSON, "This page")]
    if offset + limit < n:
        links.append(_link(at(offset + limit), "next", GEOJSON, "Next page"))
    if offset > 0:
        links.append(_link(at(max(0, offset - limit)), "prev", GEOJSON, "Page before"))
    return links


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{ROOT}"


def _link(href: str, rel: str, kind: str, title: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": kind, "title": title}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(record: Any, kind: str = "application/json") -> Response:
    return JSONResponse(record, media_type=kind, headers={"cache-control": "no-store"})
