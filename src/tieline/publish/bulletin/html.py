"""A bulletin's text as HTML: every figure opens what is known of it, without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tieline.publish.bulletin.nodes import (
    Block,
    Bound,
    Code,
    Grid,
    Heading,
    Inline,
    Insert,
    Items,
    Literal,
    Paragraph,
    Quote,
    Styled,
    Text,
    plain,
)
from tieline.publish.bulletin.template import OWN
from tieline.publish.bulletin.trace import rows_of, status_text, status_word
from tieline.publish.bulletin.value import say, say_source, say_when
from tieline.publish.markup import Html, Part, el, join
from tieline.publish.numbers import day
from tieline.publish.page import MARKS

if TYPE_CHECKING:
    from tieline.publish.bulletin.compose import Bulletin
    from tieline.publish.bulletin.figure import Figure
    from tieline.publish.bulletin.inventory import Item, Lead
    from tieline.publish.words import Words


@dataclass(frozen=True)
class Writer:
    """Writes one bulletin in one language; `link` gives a lead's address, "" for none."""

    bulletin: Bulletin
    words: Words
    link: Callable[[Lead], str] | None = None

    def text(self) -> Html:
        """The body: every block in its order."""
        blocks = self.bulletin.template.blocks[self.words.lang]
        return join(*(self._block(b, k) for k, b in enumerate(blocks)))

    def headings(self) -> Iterator[tuple[str, str, int]]:
        """Anchor, plain text and level of every heading."""
        for k, block in enumerate(self.bulletin.template.blocks[self.words.lang]):
            if isinstance(block, Heading):
                yield anchor(k), self.plain(block.parts), block.level

    def plain(self, parts: Sequence[Inline]) -> str:
        """Parts as text alone, figures as they are written."""
        out = []
        for part in parts:
            if isinstance(part, Bound):
                out.append(self.said(part))
            elif isinstance(part, Styled):
                out.append(self.plain(part.parts))
            else:
                out.append(part.text)
        return "".join(out)

    def said(self, part: Bound) -> str:
        """What a bound part says."""
        template = self.bulletin.template
        if part.id == OWN:
            return day(template.date if part.form == "date" else template.as_of, self.words)
        figure = self.bulletin.figures[part.id]
        if part.form == "label":
            return figure.name(self.words.lang)
        if part.form == "when":
            return say_when(figure.reading.when, self.words)
        if part.form == "status":
            return status_word(figure.reading.status, self.words)
        if part.form == "source":
            return say_source(figure.reading.source, self.words)
        return say(figure.reading.value, self.words, unit=part.form != "number")

    def _block(self, block: Block, k: int) -> Html:
        if isinstance(block, Heading):
            return el(f"h{block.level + 1}", *self.inline(block.parts, opens=False),
                      id=anchor(k))
        if isinstance(block, Paragraph):
            return self._paragraph("div", block.parts, "p")
        if isinstance(block, Quote):
            return el("blockquote", self._paragraph("div", block.parts, "p"))
        if isinstance(block, Items):
            return el("ol" if block.ordered else "ul",
                      *(el("li", *self.inline(i)) for i in block.items))
        if isinstance(block, Grid):
            return self._grid(block)
        assert isinstance(block, Insert)  # noqa: S101 - the one block that is left
        return self._inventory()

    def _paragraph(self, tag: str, parts: Sequence[Inline], kind: str) -> Html:
        """A paragraph; no `p`, since what opens may not stand inside one."""
        return el(tag, *self.inline(parts), class_=kind, role="paragraph")

    def _grid(self, grid: Grid) -> Html:
        head = el("tr", *(el("th", *self.inline(c), scope="col") for c in grid.head))
        rows = [el("tr", *(el("td", *self.inline(c)) for c in row)) for row in grid.rows]
        return el("div", el("table", el("thead", head), el("tbody", *rows)), class_="scroll",
                  tabindex="0", role="region", aria_label=plain(grid.head[0]) or "-")

    def inline(self, parts: Sequence[Inline], *, opens: bool = True) -> Iterator[Part]:
        """Parts as markup; `opens` says whether a figure may open, or only lead to the list."""
        for part in parts:
            if isinstance(part, Text):
                yield part.text
            elif isinstance(part, Code):
                yield el("code", part.text)
            elif isinstance(part, Literal):
                yield el("span", part.text, class_="unbound",
                         title=self.words("bulletin.unbound_title"))
            elif isinstance(part, Styled):
                yield self._styled(part, opens=opens)
            elif part.id == OWN:
                yield self._day(part)
            elif part.form == "label":
                yield self.said(part)
            else:
                yield self._figure(part, opens=opens)

    def _styled(self, part: Styled, *, opens: bool) -> Html:
        inner = self.inline(part.parts, opens=opens)
        if part.kind == "link":
            return el("a", *inner, href=part.href, rel="noopener")
        return el({"strong": "strong", "emph": "em"}[part.kind], *inner)

    def _day(self, part: Bound) -> Html:
        template = self.bulletin.template
        value: date = template.date if part.form == "date" else template.as_of
        return el("time", self.said(part), datetime=value.isoformat())

    def _figure(self, part: Bound, *, opens: bool) -> Html:
        figure, text = self.bulletin.figures[part.id], self.said(part)
        if not opens:  # a heading holds no more than a link
            return el("a", text, href=f"#figure-{part.id}", class_="value")
        return self.opened(figure, text, marked=part.form in ("", "number"))

    def opened(self, figure: Figure, text: str, *, marked: bool = True) -> Html:
        """A figure that opens what is known of it."""
        status = figure.reading.status
        mark = join(
            el("i", MARKS.get(status, "·"), aria_hidden="true", class_=f"mark {status}"),
            el("span", f" ({status_word(status, self.words)})", class_="hear"),
        ) if marked else None
        return el(
            "details", el("summary", el("span", text, class_="value"), mark),
            el("div", self.trace(figure),
               el("a", self.words("bulletin.register"), href=f"#figure-{figure.id}"),
               class_="trace"),
            class_="figure",
        )

    def trace(self, figure: Figure) -> Html:
        """What is known of a figure, line by line."""
        rows = rows_of(figure, self.words, self.bulletin.house.time_zone)
        return el("dl", *(el("div", el("dt", k), el("dd", v)) for k, v in rows))

    def status(self, figure: Figure) -> Html:
        """The status as a mark with its word."""
        status = figure.reading.status
        return el("span", el("i", MARKS.get(status, "·"), aria_hidden="true",
                             class_=f"mark {status}"), " ", status_word(status, self.words),
                  class_="chip", title=status_text(status, self.words))

    def _inventory(self) -> Html:
        words, items = self.words, self.bulletin.inventory
        head = el("tr", *(el("th", words(f"inventory.{k}"), scope="col")
                          for k in ("no", "what", "where")))
        rows = [
            el("tr", el("th", str(i.no), scope="row"),
               el("td", self._told(i)), el("td", self._leads(i)), class_=i.lives)
            for i in items
        ]
        return join(
            el("div", self.inventory_summary(), class_="p", role="paragraph"),
            el("div", el("table", el("caption", words("inventory.caption")), el("thead", head),
                         el("tbody", *rows)),
               class_="scroll inventory", tabindex="0", role="region",
               aria_label=words("inventory.title")))

    def inventory_summary(self) -> str:
        """How many items lead where."""
        lives = [i.lives for i in self.bulletin.inventory]
        return self.words("inventory.summary", n=len(lives), lives=lives.count("lives"),
                          recorded=lives.count("recorded"), context=lives.count("context"))

    def _told(self, item: Item) -> Html:
        lang = self.words.lang
        parts: list[Part] = [el("span", item.text[lang])]
        parts += [join(" ", self.opened(f, say(f.reading.value, self.words))) for f in item.figures]
        return join(*parts)

    def _leads(self, item: Item) -> Html:
        return el("ul", *(el("li", *self._lead(x), class_=x.kind) for x in item.leads))

    def _lead(self, lead: Lead) -> Iterator[Html]:
        text = self.words(f"inventory.{lead.kind}", target=lead.target)
        href = self.link(lead) if self.link else ""
        yield el("a", text, href=href) if href else el("span", text)
        if lead.command and lead.kind != "record" and not href:
            yield join(el("br"), el("code", lead.command))


def anchor(k: int) -> str:
    """The id of a heading on its page."""
    return f"s{k}"

