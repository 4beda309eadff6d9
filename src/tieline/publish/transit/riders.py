"""Lines' part of the report: who travels, apart and together, and who pays for each line.

Reads `trips` and `lines` of the states apart and together; it does not know the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.page import Page, cell, compared, head, paragraph, row, section, table
from tieline.publish.transit.sections import frame

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.results import NetworkAppraisal
    from tieline.publish.markup import Html

DASH = "–"
CAR = "shared car"
"""What stands for the hire of a car among what a fare leaves out."""


def who_travels(page: Page, network: NetworkAppraisal) -> Html | None:
    """Demand by group, and what each line costs, earns and is paid for by whom."""
    if network.engine != "transit":
        return None
    parts = [t for t in (_groups(page, network), _payers(page, network)) if t is not None]
    if not parts:
        return None
    words = page.words
    return section(f"{network.network}-riders", words("lines.riders_title"),
                   paragraph(words("lines.riders_lead"), "lead"), *parts)


def _groups(page: Page, network: NetworkAppraisal) -> Html | None:
    words = page.words
    found = [frame(network, s, "trips") for s in compared(network)]
    if any(f is None for f in found):
        return None
    both = [f for f in found if f is not None]
    rows = [
        row(words(f"outage.group_{group}"), cell(f"{mine['trips_per_yr'].sum():,.0f}"),
            *(cell(t) for k in range(3) for t in _told(both, str(group), k)))
        for group, mine in both[0].groupby("group", sort=False)
    ]
    top = [head(words("outage.group"), numeric=False, rows=2),
           head(words("outage.per_yr"), rows=2),
           *(head(words(f"lines.{k}"), span=2) for k in ("possible", "mean_min", "mean_fare"))]
    below = [head(page.state(s)) for _ in range(3) for s in compared(network)]
    stuck = [words(f"outage.group_{g}") for g in dict.fromkeys(both[0]["group"])
             if not any(np.isfinite(f.loc[f["group"] == g, "minutes"]).any() for f in both)]
    notes = [words("lines.never", groups=words.listed(stuck))] if stuck else []
    notes += [t for t in (_not_priced(page, network, both),) if t]
    return table(words("lines.groups_caption"), [top, below], rows, kind="pairs",
                 note=words.space.join(notes) or None, rests=page.rests(network.network))


def _not_priced(
    page: Page, network: NetworkAppraisal, both: list[pd.DataFrame]
) -> str | None:
    """What the mean fares leave out; None if they are whole."""
    words = page.words
    last = "name_zh" if words.lang == "zh" else "name"
    found = [f for s in compared(network) if (f := frame(network, s, "lines")) is not None]
    called = {str(r["line"]): str(r[last]) for f in found for _, r in f.iterrows()}
    texts = [t for f in both if "fare_without" in f for t in f["fare_without"] if t]
    names = list(dict.fromkeys(n for t in texts for n in str(t).split(";")))
    lines = [called.get(n, n) for n in names if n != CAR]
    said = [words("lines.fares_unknown", lines=words.listed(lines))] if lines else []
    if CAR in names:
        said.append(words("lines.car_hire"))
    return words.space.join(said) or None


def _told(both: list[pd.DataFrame], group: str, what: int) -> list[str]:
    """Trips that can be made a year, their mean minutes, their mean fare: apart and together."""
    told = []
    for found in both:
        mine = found[found["group"] == group]
        able = mine[np.isfinite(mine["minutes"])]
        weight = able["trips_per_yr"]
        if what == 0:
            told.append(f"{weight.sum():,.0f}")
            continue
        name = ("minutes", "fare")[what - 1]
        known = able[np.isfinite(able[name])] if name in able else able[:0]
        least = "≥ " if name == "fare" and "fare_without" in known and \
            known["fare_without"].astype(bool).any() else ""
        told.append(f"{least}{np.average(known[name], weights=known['trips_per_yr']):,.1f}"
                    if known["trips_per_yr"].sum() > 0.0 else DASH)
    return told


def _payers(page: Page, network: NetworkAppraisal) -> Html | None:
    words = page.words
    state = compared(network)[1]
    found = frame(network, state, "lines")
    if found is None or "cost_per_yr" not in found:
        return None
    shown = found[(found["cost_per_yr"] > 0.0) & (found["runs"] != "none")]
    if not len(shown):
        return None
    ids = [j.id for j in page.region.jurisdictions]
    last = "name_zh" if words.lang == "zh" else "name"
    total = np.zeros(3 + len(ids))
    rows = []
    for _, line in shown.iterrows():
        known = np.isfinite(line["fares_per_yr"])
        fares = line["fares_per_yr"] if known else 0.0
        short = line["cost_per_yr"] - fares
        payers = [p for p in str(line["payers"]).split(";") if p]
        parts = [short / len(payers) if j in payers else 0.0 for j in ids]
        values = np.array([line["cost_per_yr"], fares, short, *parts])
        total += values
        told = [_money(v) for v in values]
        if not known:
            told[1] = words("lines.not_known")
        rows.append(row(str(line[last]), *(cell(t) for t in told)))
    rows.append(row(words("words.sum"), *(cell(_money(v)) for v in total), kind="total"))
    heads = [head(words("lines.line"), numeric=False),
             *(head(words(f"lines.{k}")) for k in ("cost", "fares", "subsidy")),
             *(head(words("lines.paid_by", name=page.name(j))) for j in ids)]
    return table(words("lines.payers_caption", state=page.state(state)), [heads], rows,
                 unit=words.unit(f"{page.region.currency}/yr")[0] if page.region.currency else "",
                 rests=page.rests(network.network))


def _money(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 0.5 else DASH
