"""What search looks through: the sections of a bulletin as plain text, figures as they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tieline.publish.bulletin.figure import canonical
from tieline.publish.bulletin.html import Writer, anchor
from tieline.publish.bulletin.nodes import Heading, Insert, lines_of
from tieline.publish.shell import words_of

if TYPE_CHECKING:
    from tieline.publish.bulletin.compose import Bulletin


def sections(bulletin: Bulletin, lang: str) -> list[dict[str, str]]:
    """Title, anchor and text of each section; the first is the bulletin's head."""
    writer = Writer(bulletin, words_of(lang))
    template = bulletin.template
    title = writer.plain(template.titles[lang])
    out = [{"title": title, "anchor": "text",
            "text": writer.plain(template.summaries.get(lang, ()))}]
    for k, block in enumerate(template.blocks[lang]):
        if isinstance(block, Heading):
            out.append({"title": f"{title} · {writer.plain(block.parts)}", "anchor": anchor(k),
                        "text": ""})
            continue
        said = [writer.plain(parts) for parts in lines_of(block)]
        if isinstance(block, Insert):
            said = [item.text[lang] for item in bulletin.inventory]
        out[-1]["text"] = " ".join([out[-1]["text"], *said]).strip()
    return out


def sections_json(bulletin: Bulletin, lang: str) -> str:
    """The same for the site's folder."""
    return canonical(sections(bulletin, lang)) + "\n"


def as_script(entries: Sequence[Mapping[str, str]]) -> str:
    """A script that hands the entries to the page: it works from a disk too."""
    text = canonical(entries).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace(
        "\u2029", "\\u2029")
    return f"window.tielineSections = {text};\n"
