"""A preview as a table for people: a line for each field that would change."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

from tieline.ledger.listing import Listing
from tieline.ledger.values import Words, show
from tieline.messages import message

if TYPE_CHECKING:
    from tieline.ledger.exchange.preview import Preview, PreviewRow
    from tieline.ledger.kinds import Catalogue, Kind

COLUMNS = ("row", "match", "record", "name", "field", "stands", "file", "conflict", "remark")
TITLES_ZH = ("行", "匹配", "记录", "名称", "字段", "现有", "文件", "冲突", "说明")
WIDE, BESIDE = 40, 12
"""Letters of a cell on a screen; letters shown before the first that differs."""
FOREIGN_DATE = re.compile(r"'\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b")
SHORT = {"id": ("id", "编号"), "source": ("source id", "来源编号"), "name": ("name", "名称"),
         "new": ("new", "新记录"), "doubtful": ("doubtful", "存疑"),
         "incomplete": ("incomplete", "不完整")}


def preview_listing(
    found: Preview, catalogue: Catalogue, lang: str, words: Words | None = None
) -> Listing:
    """What the preview would change.

    A new record is one line with every field as it would be written, a doubtful row too.
    """
    return Listing(COLUMNS, TITLES_ZH if lang == "zh" else COLUMNS,
                   tuple(_lines(found, catalogue, lang, words)))


def as_written(
    row: PreviewRow, kind: Kind, catalogue: Catalogue, lang: str, words: Words | None = None,
    only: Container[str] | None = None,
) -> str:
    """The fields of a row that would be a new record, as they would be written."""
    zh = lang == "zh"
    cells = [c for c in row.cells if c.wanted is not None and (only is None or c.field in only)]
    return (";" if zh else "; ").join(
        kind.fields[c.field].label(lang) + (":" if zh else ": ")
        + show(kind.fields[c.field], c.wanted, catalogue.codes, lang, words) for c in cells)


def foreign_dates(found: Preview) -> dict[str, str]:
    """Column -> a refused date such as 12/31/2030: which part is the day nobody said."""
    return {r.column: r.found for r in reversed(found.refused) if FOREIGN_DATE.match(r.found)}


def brief(row: tuple[str, ...]) -> tuple[str, ...]:
    """A line of the listing on one line of a screen: long texts from shortly before they differ."""
    *head, stands, file, conflict, remark = (" ".join(c.split()) for c in row)
    same = next((i for i, (a, b) in enumerate(zip(stands, file, strict=False)) if a != b),
                min(len(stands), len(file)))
    return (*(_cut(c, 0) for c in head), _cut(stands, same), _cut(file, same), conflict, remark)


def _cut(text: str, at: int) -> str:
    """At most `WIDE` letters, those about the letter `at` among them."""
    begin = 0 if len(text) <= WIDE or at < WIDE - BESIDE else at - BESIDE
    part = text[begin:begin + WIDE]
    return "…" * (begin > 0) + part + "…" * (begin + WIDE < len(text))


def _lines(
    found: Preview, catalogue: Catalogue, lang: str, words: Words | None
) -> Iterator[tuple[str, ...]]:
    zh = lang == "zh"
    for r in found.rows:
        kind = catalogue[r.kind or found.kind]
        how = "incomplete" if r.match.how == "new" and not r.cells else r.match.how
        head = (str(r.row), SHORT[how][zh], r.match.record or "", r.name)
        if r.match.record is None:
            yield (*head, "", "", as_written(r, kind, catalogue, lang, words), "",
                   message(r.match.remark, lang))
            continue
        for c in r.cells:
            field = kind.fields[c.field]
            yield (
                *head, field.label(lang), show(field, c.stands, catalogue.codes, lang, words),
                show(field, c.wanted, catalogue.codes, lang, words),
                (("冲突" if zh else "conflict") if c.conflict else ""),
                message(r.match.remark, lang),
            )
