"""Rows that grow while the sections of a file are gone through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tieline.region.findings import Findings

if TYPE_CHECKING:
    from tieline.region.issues import Issues
    from tieline.water.swmm.sections import Line
    from tieline.water.swmm.units import Units

Row = dict[str, Any]


class Draft:
    """A file's sections, and what has become of them: rows by native table, findings."""

    def __init__(
        self, file: str, sections: Mapping[str, Sequence[Line]], units: Units, issues: Issues
    ) -> None:
        self.file, self.sections, self.units, self.issues = file, sections, units, issues
        self.rows: dict[str, list[Row]] = {}
        self.findings = Findings()
        self.beds: dict[str, float] = {}
        self.used: set[str] = {"TITLE", "OPTIONS", "REPORT", "MAP", "TAGS", "SYMBOLS", "LABELS"}

    def add(self, table: str, **values: Any) -> Row:
        """One more row; what is None is left empty."""
        row = {k: v for k, v in values.items() if v is not None}
        self.rows.setdefault(table, []).append(row)
        return row

    def each(self, section: str, expected: str, take: Callable[[Sequence[str]], None]) -> None:
        """Give the words of every line of a section to `take`; a line it cannot take is named."""
        self.used.add(section)
        for line in self.sections.get(section, ()):
            try:
                take(line.words)
            except (ValueError, IndexError, KeyError):
                self.issues.error(f"{self.file} [{section}]", expected,
                                  f"'{' '.join(line.words)}'", row=line.number)

    def left_out(self, where: str, text: str, text_zh: str, *ids: str) -> None:
        """Note what is not taken over."""
        self.findings.add("left_out", where, text, text_zh, ids)

    def changed(self, where: str, text: str, text_zh: str, *ids: str) -> None:
        """Note what is said in another way."""
        self.findings.add("changed", where, text, text_zh, ids)


def word(words: Sequence[str], i: int, default: str = "") -> str:
    """The i-th word of a line, or the default."""
    return words[i] if i < len(words) and words[i] != "*" else default


def number(words: Sequence[str], i: int, default: float = 0.0) -> float:
    """The i-th word as a number, or the default where the line is shorter."""
    text = word(words, i)
    return float(text) if text else default
