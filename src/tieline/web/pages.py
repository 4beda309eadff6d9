"""Pages: templates, the language of a visitor, files of the browser."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, Response

from tieline.ledger.work.workflow import roles_of_work
from tieline.publish.words import LANGUAGES, Lang, in_language, typeset
from tieline.web.desk import Job
from tieline.web.shelf import unfinished

if TYPE_CHECKING:
    from starlette.requests import Request

    from tieline.web.asking import Facts
    from tieline.web.library.keeping import Library

HERE = Path(__file__).parent
CODES = {"zh": "zh-Hans", "en": "en"}
COOKIE = "lang"
YEAR_S = 365 * 24 * 3600
PUBLISH = HERE.parent / "publish"
BULLETIN = PUBLISH / "bulletin" / "style.css"
FILES = {
    "tieline.css": (PUBLISH / "style.css", PUBLISH / "respond" / "style.css",
                    PUBLISH / "games" / "style.css",
                    PUBLISH / "trip" / "style.css",
                    HERE / "static" / "web.css"),
    "tieline.js": (HERE / "static" / "tieline.js",),
    "appraise.js": (HERE / "static" / "appraise.js",),
    "respond.js": (HERE / "static" / "respond.js",),
    "spill.js": (HERE / "static" / "spill.js",),
    "zoom.js": (HERE / "static" / "zoom.js",),
    "tie.svg": (HERE / "static" / "tie.svg",),
}
"""Files of the browser, each of parts of the package: pages look as the reports do."""
KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
         "svg": "image/svg+xml"}


@cache
def texts() -> Mapping[str, Any]:
    """Every text of the interface: section -> key -> {"en", "zh"}."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Said:
    """The texts of the interface in one language."""

    lang: str

    def __call__(self, key: str, **fields: object) -> str:
        """The text of "section.key", its {fields} filled in; KeyError if unknown."""
        section, _, name = key.partition(".")
        text: str = texts()[section][name][self.lang]
        return text.format(**fields) if fields else text


class Pages:
    """Templates with what all of them need."""

    def __init__(
        self, facts: Facts, version: str, library: Library | None = None, *, login: bool = False
    ) -> None:
        self._facts = facts
        self._version = version
        self._library = library
        self._login = login
        self.files = {name: _file(parts) for name, parts in FILES.items()}
        # the style of published bulletins, for a part of a page alone
        self.files["bulletin.css"] = b".bulletin {\n" + BULLETIN.read_bytes() + b"\n}\n"
        stamp = hashlib.sha256(b"".join(self.files[n] for n in sorted(self.files))).hexdigest()
        self.stamp = stamp[:12]
        self._env = Environment(
            loader=PackageLoader("tieline.web"), autoescape=select_autoescape(default=True),
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        )

    def lang(self, request: Request) -> Lang:
        """What the address says, else the cookie; Chinese first."""
        for given in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
            for known in LANGUAGES:
                if given == known:
                    return known
        return LANGUAGES[0]

    def show(
        self, request: Request, template: str, *, status_code: int = 200, at: str = "",
        **context: Any,
    ) -> Response:
        """A page, or a part of one, in the visitor's language.

        `at` is the address by which it can be asked for again, where that is not the request's:
        what answers a form that was sent may have no page of its own.
        """
        lang = self.lang(request)
        if any(isinstance(v, Job) and not v.future.done() for v in context.values()):
            unfinished(request.scope)
        text = self._env.get_template(template).render(
            lang=lang, code=CODES[lang], t=Said(lang), facts=self._facts, region=self._facts.region,
            version=self._version, stamp=self.stamp, path=at or request.url.path,
            switch=_switches(request, at), captions=self.captions(lang), login=self._login,
            library=self._library, visitor=request.scope.get("visitor"),
            this_address=at or _here(request), hats=roles_of_work(),
            **{"when": None, "kept": [] if at else _kept(request), **context},
        )
        response = HTMLResponse(text, status_code=status_code)
        response.headers["cache-control"] = "no-store"
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(COOKIE, lang, max_age=YEAR_S, httponly=True, samesite="lax")
        return response

    def captions(self, lang: Lang) -> list[str]:
        """What the region wants to stand below everything that shows it."""
        parts = self._facts.region.caption.replace("；", ";").split(";")
        return [typeset(in_language(p.strip(), lang)) for p in parts if p.strip()]

    def file(self, name: str, stamp: str) -> Response | None:
        """A file of the browser; kept by it for a year if it asked for this very version."""
        if name not in self.files:
            return None
        response = Response(self.files[name], media_type=KINDS[name.rpartition(".")[2]])
        lasting = stamp == self.stamp
        response.headers["cache-control"] = (
            f"public, max-age={YEAR_S}, immutable" if lasting else "no-cache"
        )
        return response


def _file(parts: tuple[Path, ...]) -> bytes:
    return b"\n".join(p.read_bytes() for p in parts)


def _here(request: Request) -> str:
    """The address of this page, to come back to."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def _kept(request: Request) -> list[tuple[str, str]]:
    """What else an address asks for, kept when another day is chosen."""
    dropped = ("as_of", "known_on", "page", "lang", "day", "by_day", "by_scenario", "built")
    return [(k, v) for k, v in request.query_params.multi_items() if k not in dropped]


def _switches(request: Request, at: str) -> dict[str, str]:
    """The address of this page in each language."""
    url = request.url
    if at:
        return {lang: f"{at}?lang={lang}" for lang in LANGUAGES}
    return {
        lang: f"{url.path}?{url.include_query_params(lang=lang).query}" for lang in LANGUAGES
    }
