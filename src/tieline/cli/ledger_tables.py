"""The ledger's answers on the terminal and in files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
from rich.text import Text

from tieline.cli.screen import screen
from tieline.cli.words import say
from tieline.ledger import clock

if TYPE_CHECKING:
    from tieline.ledger.history import Difference, Happening, Step
    from tieline.ledger.kinds import Kind
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.listing import Listing
    from tieline.ledger.rights import Principal
    from tieline.ledger.values import Words


def history_lines(
    happenings: Sequence[Happening], ledger: Ledger, record: str, lang: str, who: Principal
) -> Iterator[str]:
    """A record's history, a change at a time; other records by the names that `who` may see."""
    from tieline.ledger.listing import words_of

    kind = _kind_of(ledger, record)
    words = words_of(ledger.view(who), ledger.time_zone, lang)
    zone = ZoneInfo(ledger.time_zone)
    for h in happenings:
        yield _headline(h, zone, lang)
        if h.ended:
            yield "    " + ("终止" if lang == "zh" else "ended")
        yield from (_step(s, kind, ledger, lang, words) for s in _in_order(h.steps, kind))


def diff_lines(
    differences: Sequence[Difference], ledger: Ledger, lang: str, who: Principal
) -> Iterator[str]:
    """What differs, record by record; after each field, by whom and why."""
    from tieline.ledger.listing import words_of

    zh = lang == "zh"
    words = words_of(ledger.view(who), ledger.time_zone, lang)
    for d in differences:
        mark = ("新增" if zh else "new") if d.came else ("移除" if zh else "gone") if d.went else ""
        yield f"{d.record}  {d.label[zh]}" + (f"  [{mark}]" if mark else "")
        kind = ledger.catalogue[d.kind]
        for s in _in_order(d.steps, kind):
            yield _step(s, kind, ledger, lang, words)
            cause = d.by.get(s.field)
            if cause is not None:
                day = clock.day_of(cause.at, ledger.time_zone)
                yield f"        {day} {cause.actor}: {cause.reason}"
    n = len(differences)
    yield f"{n} 条记录不同" if zh else f"{n} records differ"


def _headline(h: Happening, zone: ZoneInfo, lang: str) -> str:
    zh = lang == "zh"
    who = h.actor + (f" ({'代' if zh else 'for '}{h.on_behalf_of})" if h.on_behalf_of else "")
    since = f"自 {h.valid_from}" if zh else f"from {h.valid_from}"
    carried = ("(顺延)" if zh else "(carried on)") if h.carried else ""
    at = clock.moment(h.at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return f"{h.change_no}  {at}  {who}  {since} {carried} {h.reason}  [{h.source}]"


def _in_order(steps: Sequence[Step], kind: Kind) -> list[Step]:
    """The fields as their kind lists them."""
    order = list(kind.fields)
    return sorted(steps, key=lambda s: order.index(s.field))


def _step(step: Step, kind: Kind, ledger: Ledger, lang: str, words: Words) -> str:
    from tieline.ledger.values import show

    field = kind.fields[step.field]
    before, after = (show(field, x, ledger.catalogue.codes, lang, words) or "-"
                     for x in (step.before, step.after))
    return f"    {field.label(lang)}: {before} -> {after}"


def _kind_of(ledger: Ledger, record: str) -> Kind:
    from tieline.ledger.queries import VERSIONS

    rows = ledger.store.read(VERSIONS, {"id": record, "known": ledger.head[0]})
    return ledger.catalogue[rows[0].kind]


def draw(table: Listing) -> None:
    """A list on the terminal."""
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False)
    for title in table.titles:
        drawn.add_column(Text(title), overflow="fold")
    for row in table.rows:
        drawn.add_row(*(Text(cell) for cell in row))
    screen().print(drawn)


def write(table: Listing, records: Any, path: Path) -> None:
    """A list in a file, by its suffix; CSV and Excel hold no formula."""
    from tieline.errors import InputError
    from tieline.ledger.listing import guarded

    if path.suffix == ".json":
        path.write_text(json.dumps(records, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(table.titles)
            writer.writerows([guarded(c) for c in row] for row in table.rows)
    elif path.suffix == ".xlsx":
        from tieline.ledger.sheets import write_listing

        write_listing(table, path)
    else:
        raise InputError([f"{path.name}: expected a suffix .csv, .json or .xlsx"])
    screen().print(Text(say(f"Written: {path}", f"已写出:{path}")))


def print_json(record: Any) -> None:
    """JSON on standard output."""
    click.echo(json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False))
