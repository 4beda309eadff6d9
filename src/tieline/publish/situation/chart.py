"""The map of one state, and the tables that say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.figures import swatch
from tieline.publish.ground import ground_table
from tieline.publish.kinds import KINDS, grid_of
from tieline.publish.markup import Html, el, join
from tieline.publish.page import cell, head, row, table
from tieline.publish.power import COLUMNS, ties_table
from tieline.publish.power_map import MapData, draw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.appraisal.results import NetworkAppraisal
    from tieline.publish.kinds import Grid
    from tieline.publish.page import Page
    from tieline.region.tables import Table


def can_draw(tables: Mapping[str, Table]) -> bool:
    """Whether an engine's detail tables hold what the map of a grid needs."""
    return all(
        name in tables and len(tables[name]) > 0
        and set(COLUMNS[name].split()) <= set(tables[name].columns)
        for name in ("loads", "branches")
    )


def chart(
    page: Page, network: NetworkAppraisal, tables: Mapping[str, Table], state: str
) -> Html | None:
    """The map of a state ("apart", "chosen", "together") with its legend and ties as tables."""
    if not can_draw(tables):
        return None
    words, grid = page.words, grid_of(tables)
    data = MapData.of(page, tables, (), np.zeros(len(grid.branches), bool))
    rests = page.rests(network.network)
    title = words(f"situation.{state}")
    counts = {k: f"{grid.customers(k):,.0f}" for k in ("border", "own", "repair")}
    alt = words("situation.map_alt", state=title, **counts)
    captions = {t.casefold(): t for t in [*page.captions(), words("page.schematic")]}.values()
    usable = any(t.usable for t in data.ties)
    figure = el(
        "figure", draw(data, grid.branches, KINDS, alt, usable=usable),
        el("figcaption", words("situation.map_caption", state=title), " ", rests.marks,
           el("small", " · ".join(captions)),
           el("small", words("map.laid_out")) if data.laid_out else None),
    )
    return join(figure, el(
        "details", el("summary", words("situation.map_table")), _legend(page, grid, data),
        ties_table(page, data, rests), ground_table(page), class_="equal",
    ))


def _legend(page: Page, grid: Grid, data: MapData) -> Html:
    words = page.words
    rows = [
        row(join(swatch(f"w-{k}", "line"), " ", words(f"map.{k}")),
            cell(words("map.customers", n=f"{grid.customers(k):,.0f}")))
        for k in KINDS if grid.customers(k)
    ]
    opened = sum(t.usable for t in data.ties)
    counts = (("ties", "1", opened), ("ties_shut", "1", len(data.ties) - opened),
              ("ties_own", "", data.n_own))
    rows += [
        row(join(el("span", mark, class_=f"mark {kind}", aria_hidden="true"), " ",
                 words(f"map.{kind}")), cell(words("map.places", n=f"{n:,}")))
        for kind, mark, n in counts if n
    ]
    heads = [head(words("map.kind"), numeric=False), head(words("recovery.customers"))]
    return table(words("map.legend"), [heads], rows, kind="maplegend")
