"""A bulletin as a page: its head, its text, its figures, its sources, how to check it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from tieline.publish.bulletin.check import literals
from tieline.publish.bulletin.frame import Frame, document
from tieline.publish.bulletin.html import Writer
from tieline.publish.bulletin.trace import read_at, status_word
from tieline.publish.bulletin.value import say, say_source, say_when
from tieline.publish.markup import Html, el
from tieline.publish.method import own_version
from tieline.publish.numbers import day
from tieline.publish.shell import words_of
from tieline.publish.words import Words, in_language, typeset

if TYPE_CHECKING:
    from tieline.publish.bulletin.compose import Bulletin
    from tieline.publish.bulletin.inventory import Lead


def render(bulletin: Bulletin, lang: str, frame: Frame | None = None) -> str:
    """The bulletin in one language as a page of the site; without a frame as one that stands alone.

    The same bulletin gives the same text. KeyError if the bulletin does not speak the language.
    """
    words = words_of(lang)
    writer = Writer(bulletin, words)
    title = writer.plain(bulletin.template.titles[lang])
    return document(words, title, frame or Frame(root=None), *parts(bulletin, lang),
                    inline_style=frame is None)


def parts(
    bulletin: Bulletin, lang: str, link: Callable[[Lead], str] | None = None
) -> tuple[Html, ...]:
    """What stands inside the page's `main`: for pages that have a frame of their own.

    `link` gives the address of where an item of the source leads, "" where there is none.
    """
    writer = Writer(bulletin, words_of(lang), link)
    return (_masthead(writer), el("div", writer.text(), class_="text"), _register(writer),
            _sources(writer), *_unbound(writer), _about(writer))


def captions(bulletin: Bulletin, words: Words) -> list[str]:
    """What the region wants below everything that shows it."""
    cut = bulletin.house.caption.replace("；", ";").split(";")
    return [typeset(in_language(p.strip(), words.lang)) for p in cut if p.strip()]


def _masthead(writer: Writer) -> Html:
    words, b = writer.words, writer.bulletin
    template, lang = b.template, writer.words.lang
    summary = template.summaries.get(lang)
    return el(
        "header",
        el("p", words("bulletin.draft"), class_="draft", role="note") if b.approval is None
        else None,
        el("p", words("bulletin.kicker"), class_="kicker"),
        el("h1", *writer.inline(template.titles[lang], opens=False)),
        el("div", *writer.inline(summary), class_="p lead", role="paragraph")
        if summary else None,
        el("dl", *(el("div", el("dt", k), el("dd", v)) for k, v in facts_of(writer)),
           class_="facts"),
        *(el("p", c, class_="caption") for c in captions(b, words)),
    )


def facts_of(writer: Writer) -> list[tuple[str, str]]:
    """Region, section, days: title and text of each."""
    words, template, lang = writer.words, writer.bulletin.template, writer.words.lang
    facts = {
        "region": writer.bulletin.house.name[lang], "section": template.section.title[lang],
        "date": day(template.date, words), "as_of": day(template.as_of, words),
        "corrects": template.corrects,
    }
    return [(words(f"bulletin.{k}"), v) for k, v in facts.items() if v]


def sources_of(writer: Writer) -> list[tuple[str, str]]:
    """Each source, and the figures that were taken from it."""
    words = writer.words
    named: dict[str, list[str]] = {}
    for f in writer.bulletin.figures.values():
        said = say_source(f.reading.source, words)
        if said:
            named.setdefault(said, []).append(f.name(words.lang))
    joint = "、" if words.lang == "zh" else ", "
    return [(source, joint.join(dict.fromkeys(of))) for source, of in named.items()]


def about_lines(writer: Writer) -> list[str]:
    """Who approved it, where the ledger stood, with whose rights it was read."""
    words, b = writer.words, writer.bulletin
    lines = []
    if b.approval is not None:
        on = say_when(b.approval.at, words)
        lines.append(words("bulletin.approved", by=in_language(b.approval.by, words.lang), day=on,
                           n=b.approval.change))
    if b.read_at:
        lines.append(words("bulletin.head", n=b.read_at["change"], hash=b.read_at["hash"]))
    if b.rights:
        who = words("bulletin.keeper") if b.rights == "keeper" else b.rights
        lines.append(words("bulletin.rights", who=who))
    return [*lines, words("page.unofficial"), words("bulletin.made_by", version=own_version())]


def _register(writer: Writer) -> Html:
    words, b = writer.words, writer.bulletin
    zone = b.house.time_zone
    keys = ("figure", "value", "status", "when", "query", "read_at", "digest")
    head = el("tr", *(el("th", words(f"bulletin.{k}"), scope="col") for k in keys))
    rows = [
        el("tr", el("th", f.name(words.lang), scope="row"),
           el("td", say(f.reading.value, words), class_="value"), el("td", writer.status(f)),
           el("td", say_when(f.reading.when, words)), el("td", el("code", f.query.text())),
           el("td", read_at(f.reading.read_at, words, zone)),
           el("td", el("code", f.digest[:12])), id=f"figure-{f.id}")
        for f in b.figures.values()
    ]
    return el("section", el("h2", words("bulletin.figures")),
              el("p", words("bulletin.figures_text"), class_="note"),
              el("div", el("table", el("thead", head), el("tbody", *rows)),
                 class_="scroll register", tabindex="0", role="region",
                 aria_label=words("bulletin.figures")), id="figures")


def _sources(writer: Writer) -> Html:
    words, b = writer.words, writer.bulletin
    items = [el("li", source, el("small", " " + of)) for source, of in sources_of(writer)]
    joint = "、" if words.lang == "zh" else ", "
    counts = Counter(f.reading.status for f in b.figures.values())
    said = joint.join(words("bulletin.rows", n=n, status=status_word(s, words)).replace(" 行", "")
                      for s, n in counts.items())
    return el("section", el("h2", words("bulletin.sources")),
              el("p", words("bulletin.sources_text"), class_="note"), el("ul", *items),
              el("p", f"{words('bulletin.status')}: {said}" if words.lang == "en"
                 else f"{words('bulletin.status')}：{said}"), id="sources")


def _unbound(writer: Writer) -> tuple[Html, ...]:
    found = literals(writer.bulletin.template, writer.words.lang)
    if not found:
        return ()
    words = writer.words
    return (el("section", el("h2", words("bulletin.unbound")),
               el("p", words("bulletin.unbound_text"), class_="note"),
               el("ul", *(el("li", x) for x in found)), id="unbound"),)


def _about(writer: Writer) -> Html:
    words, b = writer.words, writer.bulletin
    files = None
    if b.approval is not None:
        before, between, after = _around(words("bulletin.files", link="\0", command="\0"))
        files = el("p", before, el("a", "figures.json", href="figures.json"), between,
                   el("code", "tieline verify-publication PATH"), after)
    return el("footer", el("h2", words("bulletin.about")),
              *(el("p", x) for x in about_lines(writer)), files, id="about")


def _around(text: str) -> tuple[str, str, str]:
    before, between, after = text.split("\0")
    return before, between, after


