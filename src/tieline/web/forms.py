"""What a form sent: short texts, and files of a limited size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

MOST_FIELDS = 60
MOST_TEXT = 64 * 1024
MOST_FILES = 6
UNREADABLE = "the form cannot be read"


@dataclass(frozen=True)
class Sent:
    """A file as it was sent: the name is only shown, never opened."""

    name: str
    data: bytes


async def fields(request: Request) -> dict[str, str]:
    """The texts of a form by name, the last of each; files are left out."""
    form = await _form(request, 0)
    return {k: v for k, v in form.items() if isinstance(v, str)}


async def fields_and_files(request: Request) -> tuple[dict[str, str], list[Sent]]:
    """The texts of a form, and its files; a file field left empty is none."""
    form = await _form(request, MOST_FILES)
    texts = {k: v for k, v in form.items() if isinstance(v, str)}
    files = []
    for _, value in form.multi_items():
        if isinstance(value, UploadFile):
            data = await value.read()
            if value.filename and data:
                files.append(Sent(shown_name(value.filename), data))
    await form.close()
    return texts, files


def shown_name(name: str) -> str:
    """The last part of a file's name, without what no name should hold."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*;')
    return kept.strip(" .")[:120] or "file"


async def _form(request: Request, most_files: int) -> FormData:
    try:
        return await request.form(
            max_files=most_files, max_fields=MOST_FIELDS, max_part_size=MOST_TEXT)
    except (ValueError, KeyError, LookupError, AssertionError) as error:
        raise HTTPException(400, UNREADABLE) from error
