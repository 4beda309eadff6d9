"""A bulletin's text as a tree: blocks of inline parts, each knowing where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tieline.publish.bulletin.problems import WHOLE, Spot


@dataclass(frozen=True)
class Text:
    """Characters of one line, one after the other, from `spot` on."""

    text: str
    spot: Spot


@dataclass(frozen=True)
class Bound:
    """A figure by its id, or a part of it: `form` is "", number, label, when, status or source."""

    id: str
    form: str
    spot: Spot


@dataclass(frozen=True)
class Literal:
    """Text that looks like a figure and is none of this bulletin's: the writer said so."""

    text: str
    spot: Spot


@dataclass(frozen=True)
class Code:
    """An id or a command, as it is typed."""

    text: str
    spot: Spot


@dataclass(frozen=True)
class Styled:
    """Parts that are `strong`, `emph`, or a `link` to `href`."""

    kind: str
    parts: tuple[Inline, ...]
    href: str = ""


Inline = Text | Bound | Literal | Code | Styled
Parts = tuple[Inline, ...]


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 4."""

    level: int
    parts: Parts
    spot: Spot = WHOLE


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    parts: Parts


@dataclass(frozen=True)
class Quote:
    """A quoted paragraph."""

    parts: Parts


@dataclass(frozen=True)
class Items:
    """A list; `ordered` ones are numbered by the page."""

    ordered: bool
    items: tuple[Parts, ...]


@dataclass(frozen=True)
class Grid:
    """A table: its head and its rows."""

    head: tuple[Parts, ...]
    rows: tuple[tuple[Parts, ...], ...]


@dataclass(frozen=True)
class Insert:
    """Something that is made when the bulletin is: `{{> name}}` on a line of its own."""

    name: str
    spot: Spot


Block = Heading | Paragraph | Quote | Items | Grid | Insert


def lines_of(block: Block) -> Sequence[Parts]:
    """The runs of inline parts of a block, each a text of its own."""
    if isinstance(block, Heading | Paragraph | Quote):
        return (block.parts,)
    if isinstance(block, Items):
        return block.items
    if isinstance(block, Grid):
        return (*block.head, *(cell for row in block.rows for cell in row))
    return ()


def every(parts: Parts) -> Iterator[Inline]:
    """Every part, those inside others too, in the order of the text."""
    for part in parts:
        yield part
        if isinstance(part, Styled):
            yield from every(part.parts)


def plain(parts: Parts) -> str:
    """The text of what needs no figures: for anchors and contents."""
    return "".join(p.text for p in every(parts) if isinstance(p, Text | Literal | Code))
