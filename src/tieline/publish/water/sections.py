"""Waters' part of the report, from its detail tables alone: quality, cleaning, spills.

Reads `classes`, `matrix`, `rules`, `cleaning`, `routes`, `reaches`, `spills`; it does not know the
engine.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING

from tieline.publish.markup import Html, el
from tieline.publish.numbers import DASH
from tieline.publish.page import (
    Page,
    cell,
    compared,
    head,
    paragraph,
    row,
    section,
    sentence,
    table,
)
from tieline.publish.water.maps import days_over, frame, routes_key, routes_map

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.results import NetworkAppraisal

ORDER = ("", "I", "II", "III", "IV", "V", ">V")
SHADES = 10
"""Classes heat-1 .. heat-10 of the style: pages may not colour cells one by one."""
RULES = ("LRS", "UES", "DES", "transfer")


def both(network: NetworkAppraisal, name: str) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """A detail table apart and together (or as chosen); None unless both states have it."""
    apart, other = (frame(network, s, name) for s in compared(network))
    return None if apart is None or other is None else (apart, other)


def quality(page: Page, network: NetworkAppraisal) -> Html | None:
    """Classes of sections, what each source brings, who would bear the damage."""
    tables = both(network, "classes")
    matrix = frame(network, "apart", "matrix")
    if tables is None:
        return None
    words = page.words
    return section(
        f"{network.network}-quality", words("water.quality_title"),
        paragraph(words("water.quality_lead"), "lead"), _classes(page, network, *tables),
        _heat(page, network, matrix) if matrix is not None else None, _rules(page, network),
        _agreements(page, network),
    )


def _classes(
    page: Page, network: NetworkAppraisal, apart: pd.DataFrame, together: pd.DataFrame
) -> Html:
    words = page.words
    rows = []
    over = [days_over(frame(network, s, "sections")) for s in compared(network)]
    today = days_over(frame(network, "apart", "sections"), "over_today")
    for name in dict.fromkeys(apart["section"]):
        mine = [t[t["section"] == name] for t in (apart, together)]
        worst = max(mine[0]["class_today"], key=ORDER.index)
        item = mine[0].loc[mine[0]["class_today"] == worst, "worst_today"].iloc[0]
        planned = [max(m["class_planned"], key=ORDER.index) for m in mine]
        rows.append(row(
            name, cell(page.name(mine[0]["jurisdiction"].iloc[0]), ""),
            cell(mine[0]["target"].iloc[0]), cell(worst), cell(str(item).replace(";", " "), ""),
            *(cell(p, f"n {s}") for p, s in zip(planned, compared(network), strict=True)),
            cell(f"{today.get(name, 0.0):,.0f}"),
            *(cell(f"{o.get(name, 0.0):,.0f}", f"n {s}") for o, s in
              zip(over, compared(network), strict=True))))
    heads = [
        head(words("water.section"), numeric=False),
        head(words("words.jurisdiction"), numeric=False), head(words("water.target")),
        head(words("water.today")), head(words("water.worst_item"), numeric=False),
        *(head(page.state(s)) for s in compared(network)), head(words("water.today")),
        *(head(page.state(s)) for s in compared(network))]
    return table(words("water.classes_caption"), [heads], rows, unit=words("water.days_over"),
                 rests=page.rests(network.network))


def _heat(page: Page, network: NetworkAppraisal, matrix: pd.DataFrame) -> Html:
    """Sources against sections, for the item that is most often too high."""
    sections = frame(network, "apart", "sections")
    counted = Counter() if sections is None else Counter(
        sections.loc[sections["over_today"] > 0, "item"])
    item = counted.most_common(1)[0][0] if counted else matrix["item"].iloc[0]
    mine = matrix[matrix["item"] == item]
    share = mine.groupby(["source", "section"])["share"].mean()
    places = list(dict.fromkeys(matrix["section"]))
    words = page.words
    rows = []
    for source in dict.fromkeys(matrix["source"]):
        owner = matrix.loc[matrix["source"] == source, "jurisdiction"].iloc[0]
        cells = []
        for place in places:
            value = float(share.get((source, place), 0.0))
            shade = ceil(min(value, 1.0) * SHADES - 1e-9) if value >= 0.005 else 0
            cells.append(el("td", f"{value:.0%}" if shade else "",
                            class_=f"n heat-{shade}" if shade else "n"))
        rows.append(el("tr", el("th", source, " ", el("small", page.name(owner)), scope="row"),
                       *cells))
    heads = [head(words("water.source"), numeric=False), *(head(p) for p in places)]
    return table(words("water.heat_caption", item=item), [heads], rows, kind="heat",
                 note=words("water.heat_note"), rests=page.rests(network.network))


def _rules(page: Page, network: NetworkAppraisal) -> Html | None:
    rules = frame(network, "apart", "rules")
    if rules is None or not rules["per_yr"].sum():
        return None
    words = page.words
    given = [r for r in RULES if r in set(rules["rule"])]
    rows = []
    for j in network.jurisdictions:
        of = rules[rules["jurisdiction"] == j].set_index("rule")["per_yr"]
        rows.append(row(page.name(j), *(cell(f"{float(of[r]):,.0f}") for r in given)))
    heads = [head(words("words.jurisdiction"), numeric=False),
             *(head(words(f"water.rule_{r}")) for r in given)]
    note = None if "UES" in given else words("water.rules_none")
    return table(words("water.rules_caption"), [heads], rows, note=note,
                 rests=page.rests(network.network))


def _agreements(page: Page, network: NetworkAppraisal) -> Html | None:
    """Indices of compensation agreements, and who would pay."""
    found = both(network, "agreements")
    if found is None:
        return None
    words = page.words
    rows = []
    for here in zip(*(f.itertuples() for f in found), strict=True):
        one = here[0]
        pays = [page.name(one.pays_today), *(page.name(h.pays_planned) for h in here)]
        index = [one.index_today, *(h.index_planned for h in here)]
        rows.append(row(
            one.agreement, cell(one.section, ""),
            cell(f"{page.name(one.upstream)} → {page.name(one.downstream)}", ""),
            cell(f"{one.stability:g}"), *(cell(f"{p:.2f}") for p in index),
            *(cell(p, "") for p in pays),
            cell(f"{one.amount_per_yr:,.0f}" if one.amount_per_yr > 0.0 else DASH),
            cell(f"{one.share_upstream:.0%}"), cell(f"{one.share_downstream:.0%}")))
    states = [words("water.today"), *(page.state(s) for s in compared(network))]
    top = [*(head(words(f"water.{k}"), numeric=False, rows=2)
             for k in ("agreement", "section", "parties")),
           head(words("water.stability"), rows=2), head(words("water.index"), span=3),
           head(words("water.pays"), span=3), head(words("water.amount"), rows=2),
           head(words("water.brings"), span=2)]
    below = [*(head(s) for s in states), *(head(s) for s in states),
             head(words("water.upstream")), head(words("water.downstream"))]
    note = words("water.agreements_note")
    if found[0]["turns"].any():
        note += " " + words("water.agreements_turn")
    return table(words("water.agreements_caption"), [top, below], rows, kind="pairs", note=note,
                 rests=page.rests(network.network))


def cleaning(page: Page, network: NetworkAppraisal) -> Html | None:
    """Cost, hours and ways of a day by jurisdiction, and the routes on two maps."""
    found = both(network, "cleaning")
    if found is None:
        return None
    words = page.words
    season = found[0]["season"].iloc[0]
    days = [d[d["season"] == season] for d in found]
    rows = []
    for j in (*network.jurisdictions, ""):
        cells = []
        for column, form in (("cost", ",.0f"), ("hours", ",.1f"), ("distance_km", ",.0f"),
                             ("left_t", ",.1f")):
            for d, state in zip(days, compared(network), strict=True):
                mine = d if not j else d[d["jurisdiction"] == j]
                cells.append(cell(f"{float(mine[column].sum()):{form}}", f"n {state}"))
        rows.append(row(page.name(j) if j else words("words.region"), *cells,
                        kind=None if j else "total"))
    top = [head(words("words.jurisdiction"), numeric=False, rows=2),
           *(head(words(f"water.{k}"), span=2) for k in ("cost", "hours", "km", "left_t"))]
    below = [head(page.state(s)) for _ in range(4) for s in compared(network)]
    gap = max(float(d["gap"].sum()) / max(float(d["cost"].sum()), 1e-9) for d in days)
    drawn = [
        el("figure", el("h3", sentence(words("water.routes_of", state=page.state(s)))),
           routes_map(page, network, s, str(season))) for s in compared(network)
    ]
    return section(
        f"{network.network}-cleaning", words("water.cleaning_title"),
        paragraph(words("water.cleaning_lead"), "lead"),
        table(words("water.cleaning_caption"), [top, below], rows, kind="pairs",
              note=words("water.gap", gap=f"{gap:.1%}"), rests=page.rests(network.network)),
        el("div", *drawn, class_="maps"), routes_key(page, network),
        *(paragraph(t, "note") for t in page.captions()), _boats(page, network, str(season)),
    )


def _boats(page: Page, network: NetworkAppraisal, season: str) -> Html | None:
    """Where each boat goes on that day, apart and together."""
    found = both(network, "routes")
    if found is None:
        return None
    words = page.words
    days = [r[r["season"] == season] for r in found]
    owners = {str(b): str(j) for d in days for b, j in zip(d["boat"], d["jurisdiction"],
                                                           strict=True)}
    rows = [
        row(f"{boat} ({page.name(owners[boat])})",
            *(c for d in days for c in _ways(d[d["boat"] == boat])))
        for boat in sorted(owners, key=lambda b: (network.jurisdictions.index(owners[b]), b))
    ]
    top = [head(words("water.boat"), numeric=False, rows=2),
           *(head(page.state(s), span=2) for s in compared(network))]
    below = [head(words(f"water.{k}"), numeric=k == "tonnes") for _ in compared(network)
             for k in ("stops", "tonnes")]
    return table(words("water.boats_caption"), [top, below], rows, kind="pairs",
                 rests=page.rests(network.network))


def _ways(routes: pd.DataFrame) -> tuple[Html, Html]:
    """Stops of a boat's routes in order, and what it collects."""
    if not len(routes):
        return cell(DASH, ""), cell(DASH)
    ways = [" → ".join(k for k, _ in groupby(r["place"].astype(str)))
            for _, r in routes.groupby("route")]
    return cell(" / ".join(ways), ""), cell(f"{float(routes['tonnes'].sum()):,.1f}")


def spills(page: Page, network: NetworkAppraisal) -> Html | None:
    """Each spill that is planned for: who knows when, which gates close, what is lost."""
    tables = both(network, "spills")
    if tables is None:
        return None
    words = page.words
    rows = []
    for k in range(len(tables[0])):
        here = [t.iloc[k] for t in tables]
        rows.append(row(
            here[0]["spill"], cell(page.name(here[0]["jurisdiction"]), ""),
            *(cell(f"{h['known_h']:.1f}" if h["known_h"] == h["known_h"] else DASH, f"n {s}")
              for h, s in zip(here, compared(network), strict=True)),
            *(cell(str(h["orders"]).replace(";", " ") or DASH, "") for h in here),
            *(cell(f"{h['intake_hours']:.1f}", f"n {s}") for h, s in
              zip(here, compared(network), strict=True))))
    top = [head(words("water.spill"), numeric=False, rows=2),
           head(words("words.jurisdiction"), numeric=False, rows=2),
           *(head(words(f"water.{k}"), span=2) for k in ("knows", "closes", "lost"))]
    below = [head(page.state(s)) for _ in range(3) for s in compared(network)]
    return section(
        f"{network.network}-spills", words("water.spills_title"),
        paragraph(words("water.spills_lead"), "lead"),
        table(words("water.spills_caption"), [top, below], rows, kind="pairs",
              rests=page.rests(network.network)))
