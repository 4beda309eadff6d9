"""Notes of results in the reader's language, places and projects by their names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tieline.appraisal.cba.benefits import measure_of
from tieline.messages import message
from tieline.publish.words import Words

if TYPE_CHECKING:
    from tieline.appraisal.results import Appraisal
    from tieline.region.region import Region

SHORTEST = 3
"""Ids with fewer letters may be words of the text and stay."""


VALUE = {"en": "value of ", "zh": "单价："}
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


def driver_title(appraisal: Appraisal, driver: str, lang: str) -> str | None:
    """A unit value on which cost and benefit hang, by its measure's name; None of other drivers."""
    found = measure_of(driver)
    if found is None:
        return None
    name, jurisdiction = found
    measures = (m for n in appraisal.networks.values() for m in n.measures if m.name == name)
    title = next((m.title(lang) for m in measures), name)
    title = title[:1].lower() + title[1:] if title[1:2].islower() else title
    whose = next((j.label(lang) for j in appraisal.region.jurisdictions if j.id == jurisdiction),
                 jurisdiction)
    return VALUE[lang] + title + (f" ({whose})" if whose else "")
