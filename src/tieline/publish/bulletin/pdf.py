"""A bulletin on paper: set by Typst from data, with a Chinese font of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.errors import TielineError
from tieline.publish.bulletin.check import literals
from tieline.publish.bulletin.html import Writer
from tieline.publish.bulletin.nodes import (
    Block,
    Bound,
    Code,
    Grid,
    Heading,
    Inline,
    Items,
    Literal,
    Paragraph,
    Quote,
    Styled,
    Text,
)
from tieline.publish.bulletin.page import about_lines, captions, facts_of, sources_of
from tieline.publish.bulletin.trace import rows_of
from tieline.publish.bulletin.value import say
from tieline.publish.page import MARKS
from tieline.publish.shell import words_of
from tieline.publish.words import HAN

if TYPE_CHECKING:
    from tieline.publish.bulletin.compose import Bulletin
    from tieline.publish.bulletin.figure import Figure
    from tieline.publish.bulletin.inventory import Item

PAGE = Path(__file__).with_name("bulletin.typ")
LATIN = "Libertinus Serif"
"""Comes with Typst."""
WEAK = ("assumption", "synthetic")
"""Statuses whose mark is printed in another colour, as on pages."""
CHINESE = (
    "Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "Source Han Serif CN", "Songti SC",
    "STSong", "SimSun", "FandolSong", "AR PL UMing CN", "Noto Sans CJK SC", "Source Han Sans SC",
    "Noto Sans SC", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "SimHei",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
)
"""Fonts with simplified Chinese, in the order in which they are liked."""


class PdfError(TielineError):
    """The PDF cannot be made: no Typst, or no font for its script."""


def render_pdf(bulletin: Bulletin, lang: str, fonts: Iterable[Path] = ()) -> bytes:
    """The bulletin in one language as PDF (tagged, A4); the same bytes for the same bulletin.

    Parameters
    ----------
    fonts
        Folders with fonts beside those of the system.

    Raises
    ------
    PdfError
        If Typst is not installed, or a text has Chinese in it and no font does.
    """
    try:
        import typst
    except ImportError:
        message = "a PDF needs the package typst: pip install 'tieline[pdf]'"
        raise PdfError(message) from None
    data = _data(bulletin, lang)
    found = typst.Fonts(font_paths=[str(f) for f in fonts])
    data["fonts"] = _fonts(found.families(), json.dumps(data, ensure_ascii=False))
    at = datetime.combine(bulletin.template.date, time(), UTC)
    compiler = typst.Compiler(
        PAGE, root=PAGE.parent, font_paths=found,
        sys_inputs={"bulletin": json.dumps(data, ensure_ascii=False)})
    made = compiler.compile(format="pdf", timestamp=at)
    assert isinstance(made, bytes)  # noqa: S101 - a PDF is one file
    return made


def _fonts(families: Sequence[str], text: str) -> list[str]:
    chinese = [f for f in CHINESE if f in families]
    if not chinese and HAN.search(text):
        message = (
            "no Chinese font for the PDF: install one, such as Noto Serif CJK "
            "(Debian: fonts-noto-cjk), or name its folder with --fonts"
        )
        raise PdfError(message)
    return [LATIN, *chinese[:1]]


def _data(bulletin: Bulletin, lang: str) -> dict[str, Any]:
    """What the page is made from, plain values."""
    words = words_of(lang)
    writer = Writer(bulletin, words)
    template, zone = bulletin.template, bulletin.house.time_zone
    numbered = {name: n for n, name in enumerate(bulletin.figures, 1)}
    day = template.date
    return {
        "lang": lang, "country": "CN" if lang == "zh" else "GB",
        "title": writer.plain(template.titles[lang]), "region": bulletin.house.name[lang],
        "day": [day.year, day.month, day.day],
        "draft": words("bulletin.draft") if bulletin.approval is None else "",
        "kicker": words("bulletin.kicker"),
        "headline": _inline(template.titles[lang], writer, numbered),
        "summary": _inline(template.summaries.get(lang, ()), writer, numbered),
        "facts": [list(f) for f in facts_of(writer)], "captions": captions(bulletin, words),
        "blocks": [_block(b, writer, numbered) for b in template.blocks[lang]],
        "figures": [
            {"n": numbered[f.id], "name": f.name(lang), "rows": [list(r) for r in rows_of(
                f, words, zone)][1:]} for f in bulletin.figures.values()
        ],
        "sources": [f"{source} · {of}" for source, of in sources_of(writer)],
        "unbound": list(literals(template, lang)), "about": about_lines(writer),
        "words": {k: words(f"bulletin.{k}", n="{n}", m="{m}") if k == "page" else
                  words(f"bulletin.{k}") for k in _WORDS},
    }


_WORDS = ("figures", "figures_text", "sources", "unbound", "unbound_text", "about", "page")


def _block(block: Block, writer: Writer, numbered: dict[str, int]) -> dict[str, Any]:
    def run(parts: Sequence[Inline]) -> list[dict[str, Any]]:
        return _inline(parts, writer, numbered)

    if isinstance(block, Heading):
        return {"t": "heading", "level": block.level, "v": run(block.parts)}
    if isinstance(block, Paragraph):
        return {"t": "paragraph", "v": run(block.parts)}
    if isinstance(block, Quote):
        return {"t": "quote", "v": run(block.parts)}
    if isinstance(block, Items):
        return {"t": "items", "ordered": block.ordered, "v": [run(i) for i in block.items]}
    if isinstance(block, Grid):
        return {"t": "grid", "head": [run(c) for c in block.head],
                "rows": [[run(c) for c in row] for row in block.rows]}
    return _inventory(writer, numbered)


def _inline(
    parts: Sequence[Inline], writer: Writer, numbered: dict[str, int]
) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, Text):
            out.append({"t": "text", "v": part.text})
        elif isinstance(part, Code):
            out.append({"t": "code", "v": part.text})
        elif isinstance(part, Literal):
            out.append({"t": "literal", "v": part.text})
        elif isinstance(part, Styled):
            inner = _inline(part.parts, writer, numbered)
            out.append({"t": part.kind, "v": inner, "href": part.href})
        else:
            out.append(_bound(part, writer, numbered))
    return out


def _bound(part: Bound, writer: Writer, numbered: dict[str, int]) -> dict[str, Any]:
    if part.id not in numbered or part.form == "label":
        return {"t": "text", "v": writer.said(part)}
    return _figure(writer.bulletin.figures[part.id], writer.said(part), numbered)


def _figure(figure: Figure, said: str, numbered: dict[str, int]) -> dict[str, Any]:
    """A figure with its number in the list and the mark of its status."""
    status = figure.reading.status
    return {"t": "figure", "v": said, "n": numbered[figure.id], "mark": MARKS.get(status, ""),
            "weak": status in WEAK}


def _inventory(writer: Writer, numbered: dict[str, int]) -> dict[str, Any]:
    words, items = writer.words, writer.bulletin.inventory
    return {
        "t": "inventory", "summary": writer.inventory_summary(),
        "head": [words(f"inventory.{k}") for k in ("no", "what", "where")],
        "rows": [{"no": str(i.no), "what": _told(i, writer, numbered), "where": _leads(i, writer)}
                 for i in items],
    }


def _told(item: Item, writer: Writer, numbered: dict[str, int]) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = [{"t": "text", "v": item.text[writer.words.lang]}]
    for figure in item.figures:
        value = say(figure.reading.value, writer.words)
        out += [{"t": "text", "v": " "}, _figure(figure, value, numbered)]
    return out


def _leads(item: Item, writer: Writer) -> str:
    joint = "；" if writer.words.lang == "zh" else "; "
    return joint.join(writer.words(f"inventory.{x.kind}", target=x.target) for x in item.leads)
