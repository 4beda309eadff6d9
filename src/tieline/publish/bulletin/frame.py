"""The frame of every page of the site: head, policy, language, what leads elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tieline.publish.markup import Html, Part, el
from tieline.publish.shell import CODES, words_of

if TYPE_CHECKING:
    from tieline.publish.words import Words

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'none'; "
    "base-uri 'none'"
)
"""No page loads or runs anything but files of its own folder."""
STYLE = Path(__file__).with_name("style.css")


@dataclass(frozen=True)
class Frame:
    """Where a page stands: `root` leads to the site's first folder, `style` to its style sheet.

    `others` gives this page's address in the other languages, `pdf` its printed form; `scripts`
    are run by it; a `root` of None is a page that stands alone, such as a preview.
    """

    style: str = "style.css"
    root: str | None = ""
    others: Mapping[str, str] = field(default_factory=dict)
    pdf: str = ""
    scripts: tuple[str, ...] = ()


def document(words: Words, title: str, frame: Frame, *body: Part, inline_style: bool = False
             ) -> str:
    """A whole page."""
    style, policy = el("link", rel="stylesheet", href=frame.style), POLICY
    if inline_style:
        text = STYLE.read_text(encoding="utf-8")
        seal = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
        style = el("style", Html(text))
        policy = POLICY.replace("style-src 'self'", f"style-src 'sha256-{seal}'")
    head = el(
        "head", el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light"), el("meta", name="referrer",
                                                             content="no-referrer"),
        el("title", title), style,
        *(el("link", rel="alternate", hreflang=code_of(k), href=v)
          for k, v in frame.others.items()),
        *_feed(words, frame),
        *(el("script", src=s, defer=True) for s in frame.scripts),
    )
    page = el(
        "html", head, el("body", el("a", words("bulletin.skip"), href="#text", class_="skip"),
                         _bar(words, frame), el("main", *body, id="text")),
        lang=CODES[words.lang])
    return "<!DOCTYPE html>\n" + page + "\n"


def code_of(lang: str) -> str:
    """The code of a language as pages name it."""
    return CODES[words_of(lang).lang]


def _feed(words: Words, frame: Frame) -> list[Html]:
    if frame.root is None:
        return []
    return [el("link", rel="alternate", type="application/atom+xml",
               title=words("site.feed"), href=f"{frame.root}feed.{words.lang}.xml")]


def _bar(words: Words, frame: Frame) -> Html | None:
    links = []
    if frame.root is not None:
        links += [el("a", words("bulletin.home"), href=f"{frame.root}index.{words.lang}.html"),
                  el("a", words("site.search"), href=f"{frame.root}search.{words.lang}.html")]
    if frame.pdf:
        links.append(el("a", words("bulletin.pdf"), href=frame.pdf))
    links += [el("a", words("bulletin.other"), href=href, lang=code_of(lang),
                 hreflang=code_of(lang))
              for lang, href in frame.others.items()]
    return el("nav", *links, class_="bar") if links else None
