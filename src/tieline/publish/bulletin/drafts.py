"""Drafts: a bulletin's pages that stand alone, marked as drafts, in a folder that is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tieline.publish.bulletin.page import render
from tieline.publish.bulletin.pdf import render_pdf
from tieline.region.write import atomic_folder

if TYPE_CHECKING:
    from tieline.publish.bulletin.compose import Bulletin


def write_draft(
    bulletin: Bulletin, out: Path, languages: Sequence[str], formats: Sequence[str],
    fonts: Iterable[Path] = (),
) -> tuple[Path, ...]:
    """The folder with a file for each language and format; InputError if it is somebody's."""
    made = {}
    for lang in languages:
        name = f"{bulletin.id}-{lang}"
        if "html" in formats:
            made[f"{name}.html"] = render(bulletin, lang).encode()
        if "pdf" in formats:
            made[f"{name}.pdf"] = render_pdf(bulletin, lang, fonts)
    made["figures.json"] = bulletin.figures_json().encode()
    with atomic_folder(out) as folder:
        for name, raw in made.items():
            (folder / name).write_bytes(raw)
    return tuple(out / name for name in made if name != "figures.json")
