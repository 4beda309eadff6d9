"""What went wrong, as a page for people and as problem+json (RFC 9457) for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from tieline.errors import (
    CaseError,
    ConflictError,
    InputError,
    LedgerError,
    RightsError,
    StorageError,
    TielineError,
)
from tieline.messages import message
from tieline.web.desk import CancelledError, RefusedError, WorkerError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

    from tieline.web.pages import Pages

INTERNAL = "something is wrong in Tieline; the server's log tells more"
AT_ODDS = "the ledger did not take this: it is at odds with what stands there"
SAID = {404: "there is no such page", 405: "this page does not take {method}"}
"""Where nothing more is known than the status."""
PAGES = ("GET", "HEAD")


def problem(status: int, text: str, text_zh: str = "") -> JSONResponse:
    """A problem in both languages."""
    return JSONResponse(
        {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status,
         "detail": text, "detail_zh": text_zh or message(text, "zh")},
        status_code=status, media_type="application/problem+json",
    )


def told(request: Request, pages: Pages, status: int, text: str, text_zh: str = "") -> Response:
    """A problem as a page, or as JSON below /api."""
    chinese = text_zh or message(text, "zh")
    if request.url.path.startswith("/api"):
        return problem(status, text, chinese)
    said = chinese if pages.lang(request) == "zh" else text
    return pages.show(request, "problem.html", status=status, said=said, status_code=status,
                      at="" if request.method in PAGES else "/")


STATUSES: tuple[tuple[type[TielineError], int], ...] = (
    (RightsError, 403), (ConflictError, 409), (StorageError, 503), (LedgerError, 422),
    (InputError, 422), (CaseError, 422), (RefusedError, 422),
)


def status_of(error: TielineError) -> int:
    """The status of an answer that tells this error."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 400)


def install(app: FastAPI, pages: Pages) -> None:
    """Answer every error of the application."""

    @app.exception_handler(TielineError)
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, TielineError)  # noqa: S101 - by the decorator
        return told(request, pages, _by_standard(request, status_of(error)), error.message(),
                    error.message("zh"))

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - by the decorator
        found = "; ".join(_place(e) for e in error.errors()[:5])
        said = f"the request cannot be read: {found}"
        return told(request, pages, _by_standard(request, 422), said)

    @app.exception_handler(HTTPException)
    async def missing(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - by the decorator
        said = str(error.detail)
        if said == HTTPStatus(error.status_code).phrase:
            said = SAID.get(error.status_code, said).format(method=request.method)
        return told(request, pages, error.status_code, said)

    @app.exception_handler(IntegrityError)
    async def at_odds(request: Request, error: Exception) -> Response:
        return told(request, pages, 409, AT_ODDS)

    @app.exception_handler(CancelledError)
    async def cancelled(request: Request, error: Exception) -> Response:
        return told(request, pages, 409, "the job was cancelled")

    @app.exception_handler(WorkerError)
    async def broken(request: Request, error: Exception) -> Response:
        return told(request, pages, 500, INTERNAL)


def _by_standard(request: Request, status: int) -> int:
    """OGC API - Features answers 400 to a parameter that is not known or cannot be."""
    features = request.url.path.startswith("/api/v1/ogc/")
    return 400 if status == 422 and features else status


def _place(error: Any) -> str:
    """Where in the request, and what is wrong there; nothing of what was sent."""
    where = ".".join(str(p) for p in error.get("loc", ()))[:80]
    return f"{where}: {error.get('msg', '')}"
