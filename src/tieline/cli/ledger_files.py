"""Files kept in the ledger as evidence: put in, taken out; and what is erased for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.text import Text

from tieline.cli.ledger_options import (
    actor_of,
    note_options,
    open_place,
    place_argument,
    principal,
    rights_option,
)
from tieline.cli.screen import screen
from tieline.cli.words import Command, Option, lang_option, say


@click.command(
    cls=Command,
    help="Keep files in the ledger as evidence of a record: photos of a patrol, a report.",
    zh="将文件存入台账,作为某记录的佐证:巡查照片、检测报告。",
    examples=("tieline ledger attach my-region patrol-12 photo.jpg --why 'seen on patrol'",),
)
@place_argument()
@click.argument("record")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@note_options()
@rights_option()
@lang_option()
def attach(place: str, record: str, files: tuple[Path, ...], **options: Any) -> None:
    """Put files in."""
    from tieline.ledger.append import Note
    from tieline.ledger.files import attach as put
    from tieline.ledger.files import read_uploads

    uploads = read_uploads(files)
    note = Note(actor_of(options["actor"]), options["reason"], options["on_behalf_of"], "cli")
    with open_place(place) as opened:
        who = principal(opened, options["seen_as"], "editor")
        receipt = put(opened, note, record, uploads, who)
    for name, upload in zip(receipt.ids, uploads, strict=True):
        screen().print(Text(f"{name}  {upload}"))


@click.command(
    cls=Command,
    help="Take a file out of the ledger, as it was put in; its digest is checked.",
    zh="取出台账中的文件(与存入时一致,并核对摘要)。",
    examples=("tieline ledger fetch my-region file-13 --out photo.jpg",),
)
@place_argument()
@click.argument("file")
@click.option("--out", cls=Option, type=click.Path(path_type=Path), default=None,
              help="Where to write it; default: its name, here.",
              zh="写到何处;默认以原名写入当前文件夹。")
@rights_option()
@lang_option()
def fetch(place: str, file: str, *, out: Path | None, seen_as: str | None) -> None:
    """Take a file out."""
    from tieline.errors import InputError
    from tieline.ledger.files import fetch as get

    with open_place(place) as opened:
        found = get(opened, file, principal(opened, seen_as))
    path = out or Path(found.name)
    if out is None and path.exists():
        raise InputError([f"{path}: expected no such file, found one; name another with --out"])
    path.write_bytes(found.data)
    screen().print(Text(say(f"Written: {path}", f"已写出:{path}")))


@click.command(
    cls=Command,
    help="Erase a personal value from every version of a record, or with the field `content` what "
    "a file holds, for good. The ledger says that it was done, by whom and why; the chain holds.",
    zh="永久删除一条记录各版本中的某项个人信息,或(字段 `content`)某文件的内容。"
    "台账记下由谁、因何删除;哈希链不受影响。",
    examples=("tieline ledger erase my-region clinic contact --why 'asked to'",
              "tieline ledger erase my-region file-13 content --why 'shows people'"),
)
@place_argument()
@click.argument("record")
@click.argument("field")
@note_options()
@rights_option()
@lang_option()
def erase(place: str, record: str, field: str, **options: Any) -> None:
    """Erase for good."""
    from tieline.ledger.append import Note
    from tieline.ledger.files import erase_content

    note = Note(actor_of(options["actor"]), options["reason"], options["on_behalf_of"], "cli")
    with open_place(place) as opened:
        who = principal(opened, options["seen_as"], "steward")
        receipt = (erase_content(opened, note, record, who) if field == "content"
                   else opened.erase(note, record, field, who))
    screen().print(Text(say(f"Change {receipt.change_no}, hash {receipt.hash}",
                            f"第 {receipt.change_no} 号变更,哈希 {receipt.hash}")))
