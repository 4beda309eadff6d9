"""A preview as a table for people: a line for each field that would change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tieline.ledger.listing import Listing
from tieline.ledger.values import show
from tieline.messages import message

if TYPE_CHECKING:
    from tieline.ledger.exchange.preview import Preview
    from tieline.ledger.kinds import Catalogue

COLUMNS = ("row", "match", "record", "name", "field", "stands", "file", "conflict", "remark")
TITLES_ZH = ("行", "匹配", "记录", "名称", "字段", "现有", "文件", "冲突", "说明")
SHORT = {"id": ("id", "编号"), "source": ("source id", "来源编号"), "name": ("name", "名称"),
         "new": ("new", "新记录"), "doubtful": ("doubtful", "存疑")}


def preview_listing(found: Preview, catalogue: Catalogue, lang: str) -> Listing:
    """What the preview would change; a new record is one line, a doubtful row too."""
    return Listing(COLUMNS, TITLES_ZH if lang == "zh" else COLUMNS,
                   tuple(_lines(found, catalogue, lang)))


def _lines(found: Preview, catalogue: Catalogue, lang: str) -> Iterator[tuple[str, ...]]:
    zh = lang == "zh"
    for r in found.rows:
        kind = catalogue[r.kind or found.kind]
        head = (str(r.row), SHORT[r.match.how][zh], r.match.record or "", r.name)
        if r.match.record is None:
            yield (*head, "", "", "", "", message(r.match.remark, lang))
            continue
        for c in r.cells:
            field = kind.fields[c.field]
            yield (
                *head, field.label(lang), show(field, c.stands, catalogue.codes, lang),
                show(field, c.wanted, catalogue.codes, lang),
                (("冲突" if zh else "conflict") if c.conflict else ""),
                message(r.match.remark, lang),
            )
