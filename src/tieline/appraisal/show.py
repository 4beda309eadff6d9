"""Small tables for a notebook: aligned text and plain HTML from the same rows."""

from __future__ import annotations

import html
import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Cell = str | float | None


def number(value: float) -> str:
    """A number with at most five significant digits and thousands separators; NaN is a dash."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0.0:
        return "0"
    digits = max(0, 4 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(digits, 8)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def width(text: str) -> int:
    """Columns a text takes on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cell(value: Cell) -> str:
    """What is printed for a value: numbers short, nothing for None."""
    if value is None:
        return ""
    return value if isinstance(value, str) else number(float(value))


@dataclass(frozen=True)
class Sheet:
    """A titled table ready to be shown; `notes` are lines below it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, title: str, head: Iterable[str], rows: Iterable[Sequence[Cell]],
        notes: Iterable[str] = (),
    ) -> Sheet:
        """A sheet from any iterables."""
        return cls(title, tuple(head), tuple(tuple(r) for r in rows), tuple(notes))

    def text(self) -> str:
        """Aligned text: words to the left, numbers to the right."""
        body = [[cell(c) for c in row] for row in self.rows]
        right = [all(not isinstance(r[k], str) for r in self.rows) for k in range(len(self.head))]
        wide = [
            max([width(h), *(width(r[k]) for r in body)]) for k, h in enumerate(self.head)
        ]

        def line(cells: Sequence[str]) -> str:
            out = []
            for k, c in enumerate(cells):
                pad = " " * (wide[k] - width(c))
                out.append(pad + c if right[k] else c + pad)
            return "  ".join(out).rstrip()

        rule = "  ".join("-" * w for w in wide)
        return "\n".join([self.title, line(self.head), rule, *map(line, body), *self.notes])

    def html(self) -> str:
        """The same as an HTML table."""
        head = "".join(f"<th>{html.escape(h)}</th>" for h in self.head)
        rows = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:{"left" if isinstance(c, str) else "right"}">'
                f"{html.escape(cell(c))}</td>"
                for c in row
            )
            + "</tr>"
            for row in self.rows
        )
        notes = "".join(f"<div><small>{html.escape(n)}</small></div>" for n in self.notes)
        return (
            f"<div><b>{html.escape(self.title)}</b></div>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"
        )


class Shown:
    """A record whose `repr` and notebook view are its `sheets`."""

    def sheets(self) -> tuple[Sheet, ...]:
        """The tables to show."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return "\n\n".join(s.text() for s in self.sheets())

    def _repr_html_(self) -> str:
        return "".join(s.html() for s in self.sheets())
