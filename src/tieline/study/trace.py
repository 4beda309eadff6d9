"""Whence a spill came: from concentrations seen at sections to the likeliest places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tieline.errors import CaseError
from tieline.study.reading import read, refuse_unknown

if TYPE_CHECKING:
    import pandas as pd

    from tieline.region.read import RegionData
    from tieline.water.network import WaterNetwork

LATER_D = 0.5
"""Days of flow before the first observation that is looked back to, at least."""


@dataclass(frozen=True)
class Traced:
    """The likeliest sources, the best first: one row each in `rows`.

    Columns: near (node or reach), jurisdiction, from_h, to_h, mass_kg, explains (share of what was
    seen), x, y.
    """

    rows: tuple[dict[str, Any], ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each suspect."""
        import pandas as pd

        return pd.DataFrame(list(self.rows))


def trace(
    region: RegionData | str | Path, seen: Sequence[tuple[str, float, float]], *,
    season: str = "", decay_per_day: float = 0.0, top: int = 10, scenario: str = "base",
) -> Traced:
    """Where what was seen most likely came from.

    Parameters
    ----------
    seen
        Section, hours since the run began (its tides decide), concentration [mg/L].
    season
        Flow scenario; default: boundaries as they stand.
    scenario
        Its day decides what is built.

    Raises
    ------
    InputError
        The folder cannot be used.
    CaseError
        There are no waters, a section or season is not known, or nothing can be traced.
    """
    from tieline.water.flow import simulate
    from tieline.water.spill.trace import Seen, find_source

    data = read(region)
    name = next((n for n, e in data.engines.items() if e.name == "water"), None)
    if name is None:
        problem = "this region has no waters"
        raise CaseError(problem)
    network = cast("WaterNetwork", data.networks[name])
    ids = [str(x) for x in network.sections.ids]
    seasons = [str(x) for x in network.tables["season"].ids]
    refuse_unknown("section", [s for s, _, _ in seen], ids)
    refuse_unknown("season", [season] if season else [], seasons)
    case = data.region.case("apart", topics=(), scenario=scenario)
    days = max((t for _, t, _ in seen), default=0.0) / 24.0
    flow = simulate(
        network, season=seasons.index(season) if season else -1,
        built=network.built(network.relevant.restrict(case)), days=max(days, LATER_D))
    cells = network.grid.cells_at("section")
    found = find_source(
        flow, [Seen(int(cells[ids.index(s)]), t, v) for s, t, v in seen],
        decay_per_day=decay_per_day, top=top)
    return Traced(tuple(
        {"near": near(network, s.cell),
         "jurisdiction": ";".join(network.jurisdictions[j] for j in
                                  np.flatnonzero(network.grid.cell_owner[s.cell] > 0.0)),
         "from_h": s.from_h, "to_h": s.to_h, "mass_kg": s.mass_kg, "explains": s.explains,
         "x": float(network.grid.x[s.cell]), "y": float(network.grid.y[s.cell])}
        for s in found))


def near(network: WaterNetwork, cell: int) -> str:
    """The node of a cell, or its reach and how far along it [%]."""
    if cell < len(network.nodes):
        return str(network.nodes.ids[cell])
    starts = network.grid.reach_start
    reach = int(np.searchsorted(starts, cell, side="right")) - 1
    inside = int(starts[reach + 1] - starts[reach])
    share = (cell - int(starts[reach]) + 1) / (inside + 1)
    return f"{network.reaches.ids[reach]} {share:.0%}"
