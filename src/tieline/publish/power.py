"""Power's part of the report, from its detail tables alone: maps, how interruptions end, towns.

Reads `loads`, `branches` and `ties`; it does not know the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.figures import Axis, bars, swatch
from tieline.publish.kinds import KINDS, NEVER, Grid, grid_of
from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import DASH, scale_for
from tieline.publish.page import (
    Page,
    Rests,
    cell,
    finite,
    head,
    paragraph,
    row,
    section,
    sentence,
    table,
)
from tieline.publish.power_map import MOST_BADGES, MapData, draw
from tieline.publish.words import in_language

if TYPE_CHECKING:
    from tieline.appraisal.results import NetworkAppraisal
    from tieline.region.tables import Table

ENDS = ("upstream", "own", "border", "repair")
N_TOWNS = 8
STATES = ("apart", "together")
COLUMNS = {
    "loads": "bus jurisdiction x y customers outage_h n_upstream n_own n_border n_repair",
    "branches": "from_bus to_bus x0 y0 x1 y1",
    "base": "v_min_pu v_max_pu loading_max_percent violations",
}


def has_detail(network: NetworkAppraisal, *names: str) -> bool:
    """Whether both states have these tables, with rows and the columns this part reads."""
    return all(
        s in network.detail and n in network.detail[s] and len(network.detail[s][n]) > 0
        and set(COLUMNS[n].split()) <= set(network.detail[s][n].columns)
        for s in STATES for n in names
    )


def maps(page: Page, network: NetworkAppraisal) -> Html | None:
    """Apart and together side by side, with one legend that counts customers."""
    if not has_detail(network, "loads", "branches"):
        return None
    words = page.words
    grids = {s: grid_of(network.detail[s]) for s in STATES}
    best = [town for _, town in _gaining(*(network.detail[s]["loads"] for s in STATES))]
    helped = grids["together"].branches == KINDS.index("border")
    shared = MapData.of(page, grids["together"].tables, best, helped)
    rests = page.rests(network.network)
    drawn = [_figure(page, shared, grids[s], s, rests) for s in STATES]
    return section(
        f"{network.network}-map", words("map.title"), paragraph(words("map.lead"), "lead"),
        el("div", *drawn, class_="maps"), _legend(page, grids, shared, rests),
        ties_table(page, shared, rests), paragraph(words("map.note"), "note"),
    )


def _figure(page: Page, shared: MapData, grid: Grid, state: str, rests: Rests) -> Html:
    words = page.words
    title = words(f"words.{state}")
    alt = words("map.alt", state=title, **{
        k: f"{grid.customers(k):,.0f}" for k in ("border", "own", "repair")})
    captions = {t.casefold(): t for t in [*page.captions(), words("page.schematic")]}.values()
    return el(
        "figure", el("h3", sentence(title)),
        draw(shared, grid.branches, KINDS, alt, usable=state != "apart"),
        el("figcaption", words("map.caption", state=title), " ", rests.marks,
           el("small", " · ".join(captions)),
           el("small", words("map.laid_out")) if shared.laid_out else None),
    )


def _legend(page: Page, grids: Mapping[str, Grid], shared: MapData, rests: Rests) -> Html:
    words = page.words
    rows = []
    for kind in KINDS:
        numbers = [grids[s].customers(kind) for s in STATES]
        if any(numbers):
            label = join(swatch(f"w-{kind}", "line"), " ", words(f"map.{kind}"))
            rows.append(row(label, *(cell(words("map.customers", n=f"{v:,.0f}")) for v in numbers)))
    rows += [
        row(join(el("span", mark, class_=f"mark {kind}", aria_hidden="true"), " ",
                 words(f"map.{kind}")),
            *(cell(words("map.places", n=n) if n else "") for n in counts))
        for kind, mark, *counts in shared.tie_counts()
    ]
    heads = [head(words("map.kind"), numeric=False),
             *(head(words(f"words.{s}")) for s in STATES)]
    return table(words("map.legend"), [heads], rows, kind="maplegend", rests=rests)


def ties_table(page: Page, shared: MapData, rests: Rests) -> Html | None:
    """The numbered ties: what they join, how often they help."""
    if not shared.ties:
        return None
    words = page.words
    rows = []
    listed = shared.ties
    if len(listed) > MOST_BADGES:
        listed = tuple(sorted(listed, key=lambda t: -t.hours)[:MOST_BADGES])
    for tie in listed:
        joins = words.listed(page.names(tie.jurisdictions))
        name = page.name(tie.project) if tie.project else tie.id
        numbers = (tie.used, tie.customers, tie.hours)
        rows.append(row(
            join(el("span", tie.number, class_="badge"), " ", name), cell(joins, ""),
            *(cell(f"{v:,.1f}" if 0 < v < 100 else f"{v:,.0f}" if v == v else DASH)
              for v in numbers),
        ))
    saved = page.words.unit("customer-h/yr")[0]
    heads = [head(words("words.project"), numeric=False),
             head(words("worth.joins"), numeric=False), head(words("worth.used")),
             head(words("worth.helped")),
             head(join(words("worth.saved"), el("span", saved, class_="unit")))]
    more = len(shared.ties) - len(listed)
    note = words("worth.ties_note")
    if more:
        note += " " + words("worth.ties_more", n=len(listed), more=more)
    return table(words("worth.ties_caption"), [heads], rows, kind="ties", note=note,
                 rests=rests)


def recovery(page: Page, network: NetworkAppraisal) -> Html | None:
    """How interruptions end by jurisdiction, and the towns that gain most."""
    if not has_detail(network, "loads"):
        return None
    words = page.words
    before, after = (network.detail[s]["loads"] for s in STATES)
    unit = "customer-interruptions/yr"
    border = sum(float((t["n_border"] * t["customers"]).sum()) * s
                 for t, s in ((after, 1.0), (before, -1.0)))
    said = scale_for([border], unit, words).say(border)
    return section(
        f"{network.network}-recovery", words("recovery.title"),
        paragraph(words("recovery.lead", border=said), "lead") if border > 0 else None,
        _ends(page, network, before, after), _towns(page, network, before, after),
    )


def _ends(page: Page, network: NetworkAppraisal, before: Table, after: Table) -> Html:
    words = page.words
    names = [*network.jurisdictions, ""]
    sums = np.array([
        [[_sum(t, f"n_{e}", j) for e in ENDS] for t in (before, after)] for j in names
    ])
    scale = scale_for(finite(sums), "customer-interruptions/yr", words)
    rows = []
    for k, j in enumerate(names):
        label = page.name(j) if j else words("words.region")
        cells = [
            cell(scale.text(float(sums[k, s, e])), f"n {state}")
            for e in range(len(ENDS)) for s, state in enumerate(STATES)
        ]
        rows.append(row(label, *cells, kind=None if j else "total"))
    top = [head(words("words.jurisdiction"), numeric=False, rows=2)]
    top += [head(words(f"recovery.{e}"), span=2) for e in ENDS]
    below = [head(words(f"words.{s}")) for _ in ENDS for s in STATES]
    return table(words("recovery.caption"), [top, below], rows, unit=scale.unit, kind="pairs",
                 rests=page.rests(network.network))


def _sum(loads: Table, column: str, jurisdiction: str) -> float:
    values = np.asarray(loads[column]) * np.asarray(loads["customers"])
    if jurisdiction:
        values = values[np.asarray(loads["jurisdiction"]) == jurisdiction]
    return float(values.sum())


def _towns(
    page: Page, network: NetworkAppraisal, before: Table, after: Table
) -> Html | None:
    gains = _gaining(before, after)
    best = list(gains)
    if not best:
        return None
    apart, together, customers = (
        _by_town(t, c) for t, c in ((before, "outage_h"), (after, "outage_h"), (after, ""))
    )
    words, lang = page.words, page.words.lang
    shown = [*(apart[t] for t in best), *(together[t] for t in best)]
    scale = scale_for(shown, "customer-h/yr", words, differences=[gains[t] for t in best])
    axis = Axis.of(shown)
    rows = [
        row(join(in_language(t[1], lang, None), el("small", page.name(t[0]), class_="of")),
            cell(bars([(apart[t], "apart"), (together[t], "together")], axis), "chart"),
            cell(f"{customers[t]:,.0f}"), cell(scale.text(apart[t]), "n apart"),
            cell(scale.text(together[t]), "n together"), cell(scale.text(gains[t], sign=True)))
        for t in best
    ]
    sample = el("p", *(el("span", swatch(s), " ", words(f"words.{s}")) for s in STATES),
                class_="legend")
    heads = [head(words("recovery.town"), numeric=False), head(sample, numeric=False),
             head(words("recovery.customers")),
             *(head(words(f"words.{w}")) for w in ("apart", "together", "gain"))]
    return table(words("recovery.towns_caption", n=len(best)), [heads], rows, unit=scale.unit,
                 kind="charted", rests=page.rests(network.network))


def _gaining(before: Table, after: Table) -> dict[tuple[str, str], float]:
    """The towns (jurisdiction, town) that gain most and what they gain, the most first."""
    if "town" not in before.columns or "town" not in after.columns:
        return {}
    apart, together = (_by_town(t, "outage_h") for t in (before, after))
    gains = {t: apart[t] - together.get(t, 0.0) for t in apart if t[1]}
    best = sorted((t for t in gains if gains[t] > NEVER), key=lambda t: -gains[t])[:N_TOWNS]
    return {t: gains[t] for t in best}


def _by_town(loads: Table, column: str) -> dict[tuple[str, str], float]:
    weights = np.asarray(loads["customers"], dtype=np.float64)
    values = weights * np.asarray(loads[column]) if column else weights
    out: dict[tuple[str, str], float] = {}
    for j, t, v in zip(loads["jurisdiction"], loads["town"], values, strict=True):
        out[str(j), str(t)] = out.get((str(j), str(t)), 0.0) + float(v)
    return out


def base_case(page: Page, network: NetworkAppraisal) -> Html | None:
    """The grid before any fault, in one sentence."""
    if not has_detail(network, "base"):
        return None
    base = network.detail["together"]["base"]
    return paragraph(page.words(
        "method.base", v_min=f"{float(np.min(base['v_min_pu'])):.3f}",
        v_max=f"{float(np.max(base['v_max_pu'])):.3f}",
        loading=f"{float(np.max(base['loading_max_percent'])):.0f}",
        violations=f"{float(np.sum(base['violations'])):,.0f}",
    ))
