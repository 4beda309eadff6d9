"""Services' part of the report: capacity used across borders, and where troupes play.

Reads `flows` and `rota` of the states apart and together; it does not know the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.numbers import DASH
from tieline.publish.page import Page, cell, compared, head, paragraph, row, section, table
from tieline.publish.transit.sections import frame

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.results import NetworkAppraisal
    from tieline.publish.markup import Html

TOPICS = ("services.health", "services.library", "services.culture", "services.school")
MOST_ROWS = 60


def who_uses_what(page: Page, network: NetworkAppraisal) -> Html | None:
    """Capacity released to others and taken from them, and the rota of touring troupes."""
    if network.engine != "services":
        return None
    made = _flows(page, network), _across(page, network), _rota(page, network)
    parts = [t for t in made if t is not None]
    if not parts:
        return None
    words = page.words
    return section(f"{network.network}-capacity", words("services.title"),
                   paragraph(words("services.lead"), "lead"), *parts)


def _flows(page: Page, network: NetworkAppraisal) -> Html | None:
    words = page.words
    found = {s: frame(network, s, "flows") for s in compared(network)}
    if all(f is None for f in found.values()):
        return None
    rows = []
    for topic in TOPICS:
        for j in page.region.jurisdictions:
            told = [_told(f, topic, j.id) for f in found.values()]
            if any(any(t) for t in told):
                rows.append(row(words(f"services.{topic.partition('.')[2]}"),
                                cell(page.name(j.id), ""),
                                *(cell(f"{t[k]:,.4g}") for k in range(3) for t in told)))
    top = [head(words("services.topic"), numeric=False, rows=2),
           head(words("words.jurisdiction"), numeric=False, rows=2),
           *(head(words(f"services.{k}"), span=2) for k in ("own", "released", "taken"))]
    below = [head(page.state(s)) for _ in range(3) for s in compared(network)]
    return table(words("services.flows_caption"), [top, below], rows, kind="pairs",
                 rests=page.rests(network.network))


def _across(page: Page, network: NetworkAppraisal) -> Html | None:
    """How far others' facilities are, of which those near bring something."""
    words, state = page.words, compared(network)[1]
    found = frame(network, state, "across")
    if found is None:
        return None
    last = "_zh" if words.lang == "zh" else ""
    rows = [
        row(words(f"services.{r['topic'].partition('.')[2]}"),
            cell(page.name(str(r["residents"])), ""),
            cell(words("services.way", place=r[f"place{last}"], facility=r[f"facility{last}"])
                 if np.isfinite(r["minutes"]) else words("services.no_way"), ""),
            cell(page.name(str(r["of"])) if np.isfinite(r["minutes"]) else DASH, ""),
            cell(f"{r['minutes']:.0f}" if np.isfinite(r["minutes"]) else DASH),
            cell(f"{r['people']:,.0f}"))
        for topic in TOPICS for _, r in found[found["topic"] == topic].iterrows()]
    heads = [head(words("services.topic"), numeric=False),
             head(words("services.residents"), numeric=False),
             head(words("services.quickest"), numeric=False),
             head(words("services.of"), numeric=False),
             *(head(words(f"services.{k}")) for k in ("minutes", "gained"))]
    within = f"{found['within_min'].iloc[0]:g}"
    return table(words("services.across_caption", state=page.state(state)), [heads], rows,
                 kind="prose", note=words("services.across_note", within=within),
                 rests=page.rests(network.network))


def _told(found: pd.DataFrame | None, topic: str, name: str) -> tuple[float, float, float]:
    """Capacity of one's own that one's residents take; what others take of it; what of others'."""
    if found is None:
        return 0.0, 0.0, 0.0
    mine = found[found["topic"] == topic]
    home, owner = mine["residents"] == name, mine["of"] == name
    return (float(mine[home & owner]["capacity"].sum()),
            float(mine[owner & ~home]["capacity"].sum()),
            float(mine[home & ~owner]["capacity"].sum()))


def _rota(page: Page, network: NetworkAppraisal) -> Html | None:
    words = page.words
    states = compared(network)
    found = {s: f for s in states if (f := frame(network, s, "rota")) is not None}
    if not found:
        return None
    last = "name_zh" if words.lang == "zh" else "name"
    shows: dict[tuple[str, str], dict[str, int]] = {}
    for state, rota in found.items():
        for _, r in rota.iterrows():
            key = str(r[f"programme_{last}"]), str(r[f"stage_{last}"])
            shows.setdefault(key, {})[state] = int(r["shows_per_yr"])
    rows = [row(troupe, cell(stage, ""), *(cell(f"{told.get(s, 0)}") for s in states))
            for (troupe, stage), told in list(shows.items())[:MOST_ROWS]]
    heads = [head(words("services.troupe"), numeric=False), head(words("services.stage"),
             numeric=False), *(head(page.state(s)) for s in states)]
    return table(words("services.rota_caption"), [heads], rows, rests=page.rests(network.network))
