"""Notes of results in the reader's language, places and projects by their names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tieline.messages import message
from tieline.publish.words import Words

if TYPE_CHECKING:
    from tieline.region.region import Region

SHORTEST = 3
"""Ids with fewer letters may be words of the text and stay."""


UNIT = re.compile(r"\[([^\[\]]+)\]")


def noted(note: str, region: Region, lang: str) -> str:
    """The note with jurisdictions and projects by name, units in brackets in the language."""
    names = {x.id: x.label(lang) for xs in (region.jurisdictions, region.projects) for x in xs
             if len(x.id) >= SHORTEST}
    words = Words("zh" if lang == "zh" else "en")
    told = UNIT.sub(lambda m: f"[{words.unit(m[1])[0]}]", message(note, lang))
    if not names:
        return told
    ids = "|".join(re.escape(i) for i in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<![\w-])(?:{ids})(?![\w-])", lambda m: names[m[0]], told, flags=re.ASCII)
