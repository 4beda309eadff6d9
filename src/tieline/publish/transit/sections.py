"""Lines' part of the report, from detail tables alone: what towns gain, how far one comes.

Reads `places` and `reached` of the states apart and together; it does not know the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.publish.markup import Html, el
from tieline.publish.numbers import MINUS
from tieline.publish.page import Page, cell, compared, head, paragraph, row, section, table
from tieline.publish.transit.maps import (
    BANDS_MIN,
    GAIN,
    LOSS,
    PAIRED,
    SAME,
    SHADES,
    Ground,
    gains,
    isochrones,
    key,
    towns_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from tieline.appraisal.results import NetworkAppraisal
    from tieline.publish.page import Voice

MOST_TOWNS = 40
REACH = "reach_60"


def frame(network: NetworkAppraisal, state: str, name: str) -> pd.DataFrame | None:
    """A detail table of a state; None where it has none or no rows."""
    found = network.detail.get(state, {}).get(name)
    return found.to_frame() if found is not None and len(found) else None


def _towns(page: Page, network: NetworkAppraisal) -> pd.DataFrame | None:
    """Towns with what they reach apart and together, and the gain; None without such tables.

    Together is as chosen, where the network's own tables are of that.
    """
    tables = [frame(network, s, "places") for s in compared(network)]
    if network.engine != "transit" or any(t is None for t in tables):
        return None
    places = tables[0]
    assert places is not None  # noqa: S101 - none of them is
    for state, found in zip(("apart", "together"), tables, strict=True):
        assert found is not None  # noqa: S101 - as above
        places = places.assign(**{f"{REACH}_{state}": found[REACH],
                                  f"minutes_{state}": found["facility_minutes"]})
    columns = {c: c for c in places.columns
               if c.startswith((f"{REACH}_", "minutes_"))}
    towns = towns_of(places, page.words.lang, columns)
    return towns.assign(gain=towns[f"{REACH}_together"] - towns[f"{REACH}_apart"],
                        saved=towns["minutes_apart"] - towns["minutes_together"])


def by_town(page: Page, network: NetworkAppraisal) -> Html | None:
    """What each town gains: a map and a table."""
    towns = _towns(page, network)
    if towns is None or not len(towns):
        return None
    words = page.words
    return section(
        f"{network.network}-towns", words("lines.gain_title"),
        paragraph(words("lines.gain_lead"), "lead"), _gain_figure(page, towns),
        _table(page, network, towns),
    )


def gain_map(page: Page, network: NetworkAppraisal) -> Html | None:
    """What each town gains, as a map alone."""
    towns = _towns(page, network)
    return _gain_figure(page, towns) if towns is not None and len(towns) else None


def _gain_figure(page: Page, towns: pd.DataFrame) -> Html:
    ground = Ground.of(page, page.region, towns)
    best = towns.sort_values("gain", kind="stable").iloc[-1]
    alt = page.words("lines.gain_alt", n=int((towns["gain"] > 0.0).sum()), all=len(towns),
                     town=best["title"], gain=f"{best['gain']:,.0f}")
    drawn, steps = gains(ground, towns, "gain", alt)
    return el("figure", drawn, _gain_key(page, steps, towns), captions_under(page))


def _gain_key(face: Voice, steps: list[float], towns: pd.DataFrame) -> Html:
    words = face.words
    rows = [(SAME, words("lines.same"))] if (towns["gain"] == 0.0).any() else []
    if steps:
        edges = [0.0, *steps, float(towns["gain"].max())]
        rows += [(colour, words("lines.from_to", low=f"{a:,.0f}", high=f"{b:,.0f}"))
                 for colour, a, b in zip(GAIN, edges[:-1], edges[1:], strict=True)]
    if (towns["gain"] < 0.0).any():
        rows.append((LOSS, words("lines.less")))
    return key(rows)


def captions_under(face: Voice) -> Html | None:
    """The region's captions below a map; None without."""
    told = face.captions()
    return paragraph(el("small", " · ".join(told)), "note") if told else None


def _table(page: Page, network: NetworkAppraisal, towns: pd.DataFrame) -> Html:
    words = page.words
    moved = towns[(towns["gain"] != 0.0) | (towns["saved"] != 0.0)]
    shown = moved.sort_values(["gain", "saved"], ascending=False, kind="stable").head(MOST_TOWNS)
    others = len(towns) - len(shown)
    rows = [
        row(str(t["title"]), cell(page.name(str(t["jurisdiction"])), ""),
            cell(f"{t['population']:,.0f}"), cell(f"{t[f'{REACH}_apart']:,.0f}"),
            cell(f"{t[f'{REACH}_together']:,.0f}"), cell(_signed(t["gain"], 0)),
            cell(f"{t['minutes_apart']:.1f}"), cell(f"{t['minutes_together']:.1f}"),
            cell(_signed(-t["saved"], 1)))
        for _, t in shown.iterrows()
    ]
    states = [page.state(s) for s in compared(network)]
    top = [head(words("outage.town"), numeric=False, rows=2),
           head(words("words.jurisdiction"), numeric=False, rows=2),
           head(words("outage.people"), rows=2),
           head(words("outage.reach"), span=3), head(words("outage.minutes"), span=3)]
    below = [head(k) for _ in range(2) for k in (*states, words("lines.change"))]
    return table(words("lines.gain_caption"), [top, below], rows, kind="pairs",
                 note=words("lines.others", n=others) if others else None,
                 rests=page.rests(network.network))


def _signed(value: float, digits: int) -> str:
    """A change with its sign; 0 without."""
    text = f"{value:+,.{digits}f}"
    return text.lstrip("+-") if float(text.replace(",", "")) == 0.0 else text.replace("-", MINUS)


def how_far(page: Page, network: NetworkAppraisal) -> Html | None:
    """Isochrones apart and together, from the town of each jurisdiction that gains most."""
    towns = _towns(page, network)
    found = {s: frame(network, s, "reached") for s in compared(network)}
    if towns is None or any(t is None for t in found.values()):
        return None
    words = page.words
    ground = Ground.of(page, page.region, towns, size=PAIRED)
    drawn = set() if found["apart"] is None else set(found["apart"]["origin"])
    able = towns[towns["town"].isin(drawn)]
    moved = able[(able["gain"] != 0.0) | (able["saved"] != 0.0)]
    parts = []
    for _, mine in (moved if len(moved) else able).groupby("jurisdiction", sort=False):
        best = mine.sort_values(["gain", "saved", "population"], ascending=False).iloc[0]
        tables = {s: t[t["origin"] == best["town"]] for s, t in found.items() if t is not None}
        parts.append(pair(page, ground, tables, str(best["title"])))
    return section(f"{network.network}-isochrones", words("lines.far_title"),
                   paragraph(words("lines.far_lead"), "lead"), *parts, band_key(page),
                   captions_under(page))


def pair(face: Voice, ground: Ground, tables: Mapping[str, pd.DataFrame], origin: str) -> Html:
    """The isochrones of one origin apart and together, side by side."""
    words = face.words
    return el("div", *(
        el("figure", el("h3", words("lines.from_place", place=origin, state=face.state(s))),
           isochrones(ground, t, words("lines.far_alt", place=origin, state=face.state(s),
                                       n=int((t["minutes"] < BANDS_MIN[0]).sum() - 1))))
        for s, t in tables.items()), class_="maps")


def band_key(face: Voice) -> Html:
    """What the bands mean."""
    return key([(colour, face.words("lines.within", minutes=band))
                for band, colour in zip(reversed(BANDS_MIN), reversed(SHADES), strict=True)])
