"""The frame of every page: head, styles inside, nothing from outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tieline.publish.markup import Html, Part, el
from tieline.publish.words import LANGUAGES, Lang, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

CODES: dict[Lang, str] = {"zh": "zh-Hans", "en": "en"}


def words_of(lang: str) -> Words:
    """The words of a language; ValueError for one that pages do not speak."""
    for known in LANGUAGES:
        if lang == known:
            return Words(known)
    msg = f"the report speaks {' and '.join(LANGUAGES)}, not '{lang}'"
    raise ValueError(msg)


def document(words: Words, title: str, *body: Part, styles: Iterable[str] = ()) -> str:
    """A whole page; `styles` are files of this package added to the common one."""
    here = Path(__file__).parent
    style = "\n".join((here / f).read_text(encoding="utf-8") for f in ("style.css", *styles))
    head = el(
        "head", el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light"),
        el("title", title), el("style", Html(style)),
    )
    text = el("html", head, el("body", el("main", *body)), lang=CODES[words.lang])
    return "<!DOCTYPE html>\n" + text
