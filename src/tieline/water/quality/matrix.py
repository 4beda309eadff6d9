"""What a load anywhere does to quality at each section: transfer matrices by flow scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.reactions import Rates
from tieline.water.transport import Tracers, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tieline.water.flow import Flow
    from tieline.water.network import WaterNetwork

    Floats = NDArray[np.float64]

DAY_S = 86400.0
G_S_PER_KG_DAY = 1000.0 / DAY_S
SATURATION_MG_L = 9.09
"""Oxygen in fresh water at 20 degrees and sea level (Benson and Krause 1984)."""
SETTLED = 1e-4
"""Repeats of a flow end when no mean changes by more than this share of the largest of its kind."""
MOST_PASSES = 60
LEAP = 3
"""Every so many passes what is still to come is guessed from what came."""
SLOWEST = 0.95
MOST_COLUMNS = 256
"""Tracers carried at once."""
MONTHS = 12


@dataclass(frozen=True)
class Response:
    """What reaches the watched cells under one flow scenario, whatever the loads are.

    `per_load` (n_items, n_cells, n_sources): mg/L for 1 kg/d; for oxygen it is the *deficit* that
    1 kg/d of the organic item brings. `background` (n_items, n_cells, n_boundaries): mg/L (deficit
    for oxygen) that comes in with the water of each boundary. `passes` is how often the flow was
    repeated until nothing changed.
    """

    per_load: Floats
    background: Floats
    passes: int


@dataclass(frozen=True)
class _Columns:
    """Tracers: item of each, the source or the boundary it is of (the other is -1), its parent."""

    item: NDArray[np.int64]
    source: NDArray[np.int64]
    boundary: NDArray[np.int64]
    parent: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.item)


def respond(
    network: WaterNetwork, flow: Flow, cells: Sequence[int] | NDArray[np.int64]
) -> Response:
    """The response of cells to every source and boundary, in the steady rhythm of a flow.

    The flow is repeated, each time from the concentrations it ended with, until the means settle.
    """
    n_items, n_sources = len(network.tables["item"]), len(network.sources)
    watched = np.asarray(cells, np.int64)
    per_load = np.zeros((n_items, len(watched), n_sources))
    background = np.zeros((n_items, len(watched), len(network.boundaries)))
    passes = 0
    for columns in _columns(network, flow.season):
        mean, n = _settle(network, flow, columns, watched)
        passes = max(passes, n)
        for k in range(len(columns)):
            if columns.source[k] >= 0:
                per_load[columns.item[k], :, columns.source[k]] = mean[:, k] * G_S_PER_KG_DAY
            else:
                background[columns.item[k], :, columns.boundary[k]] = mean[:, k]
    return Response(per_load, background, passes)


def _columns(network: WaterNetwork, season: int) -> list[_Columns]:
    """The tracers to carry, in parts; an organic item stands beside its oxygen deficit."""
    items = network.tables["item"]
    uses = items["uses"]
    loaded = [np.unique(network.tables["load"]["source_id"][network.tables["load"]["item"] == i])
              for i in range(len(items))]
    entering = inflow_mg_l(network, season)
    parts: list[_Columns] = []
    rows: list[tuple[int, int, int, int]] = []
    for i in np.flatnonzero(uses < 0):
        takers = np.flatnonzero(uses == i)
        places = [(int(s), -1) for s in loaded[i]]
        enters = np.any(entering[:, [i, *takers]] != 0.0, axis=1)
        places += [(-1, b) for b in np.flatnonzero(enters).tolist()]
        for source, boundary in places:
            if len(rows) + 1 + len(takers) > MOST_COLUMNS:
                parts.append(_made(rows))
                rows = []
            parent = len(rows)
            rows.append((int(i), source, boundary, -1))
            rows += [(int(t), source, boundary, parent) for t in takers]
    return [*parts, _made(rows)] if rows else parts


def _made(rows: list[tuple[int, int, int, int]]) -> _Columns:
    return _Columns(*(np.array(column, np.int64) for column in zip(*rows, strict=True)))


def inflow_mg_l(network: WaterNetwork, season: int) -> Floats:
    """What water brings in at each boundary, (n_boundaries, n_items); the deficit for oxygen."""
    rows, items = network.tables["inflow_item"], network.tables["item"]
    found = np.zeros((len(network.boundaries), len(items)))
    for general in (True, False):
        mine = rows["season"] == -1 if general else (rows["season"] == season) & (season >= 0)
        for k in np.flatnonzero(mine):
            item, value = int(rows["item"][k]), float(rows["mg_l"][k])
            if items["uses"][item] >= 0:
                value = max(saturation(network, item) - value, 0.0)
            found[rows["boundary"][k], item] = value
    return found


def saturation(network: WaterNetwork, item: int) -> float:
    """Oxygen at saturation [mg/L]; that of 20 degrees where the item gives none."""
    given = float(network.tables["item"]["saturation_mg_l"][item])
    return SATURATION_MG_L if np.isnan(given) else given


def _settle(
    network: WaterNetwork, flow: Flow, columns: _Columns, watched: NDArray[np.int64]
) -> tuple[Floats, int]:
    items = network.tables["item"]
    loss = items["decay_per_day"][columns.item] + items["settling_per_day"][columns.item]
    fed = np.zeros(len(columns))
    taking = np.flatnonzero(columns.parent >= 0)
    loss[taking] = items["reaeration_per_day"][columns.item[taking]]
    fed[taking] = items["decay_per_day"][columns.item[columns.parent[taking]]]
    own = np.flatnonzero((columns.source >= 0) & (columns.parent < 0))
    given = inflow_mg_l(network, flow.season)
    beyond = np.zeros((len(network.boundaries), len(columns)))
    for k in np.flatnonzero(columns.boundary >= 0):
        b = columns.boundary[k]
        beyond[b, k] = given[b, columns.item[k]]
    initial: Floats | None = None
    change: Floats | None = None
    places = network.grid.cells_at("source")
    for n in range(1, MOST_PASSES + 1):
        carried = run(flow, Tracers(
            len(columns), places[columns.source[own]], own, np.ones(len(own)),
            Rates(loss, columns.parent, fed), beyond, initial,
        ), observe=watched)
        ended = carried.final
        if initial is None:
            initial = ended
            continue
        before, change = change, ended - initial
        largest = np.maximum(np.abs(ended).max(axis=0), 1e-30)
        if float((np.abs(change).max(axis=0) / largest).max()) < SETTLED:
            return carried.mean, n
        initial = ended
        if n % LEAP == 0 and before is not None:
            initial = np.maximum(ended + change * _ahead(before, change), 0.0)
    return carried.mean, MOST_PASSES


def _ahead(before: Floats, change: Floats) -> Floats:
    """How many more such changes lie ahead, by tracer (Aitken 1926): the slowest lake decides.

    Rivers settle at once, lakes over many times the flow; what is left shrinks by the same share
    each time.
    """
    size = (before**2).sum(axis=0)
    ratio = np.divide((before * change).sum(axis=0), size, out=np.zeros_like(size),
                      where=size > 0.0)
    ratio = np.clip(ratio, 0.0, SLOWEST)
    return np.asarray(ratio / (1.0 - ratio))


def loads_kg_day(network: WaterNetwork, season: int) -> Floats:
    """Loads (n_items, n_sources) [kg/d] in a season: its own rows, else those of the year."""
    rows = network.tables["load"]
    found = np.zeros((len(network.tables["item"]), len(network.sources)))
    special = np.zeros_like(found, dtype=bool)
    here = (rows["season"] == season) & (season >= 0)
    special[rows["item"][here], rows["source_id"][here]] = True
    for k in np.flatnonzero(here | (rows["season"] == -1)):
        at = int(rows["item"][k]), int(rows["source_id"][k])
        if here[k] or not special[at]:
            found[at] += rows["kg_per_day"][k]
    factor = 1.0 if season < 0 else float(network.tables["season"]["load_factor"][season])
    return found * factor


def seasons_of(network: WaterNetwork) -> tuple[tuple[int, float], ...]:
    """Flow scenarios and the days of a year each stands for; (-1, 365) without any."""
    rows = network.tables["season"]
    if not len(rows):
        return ((-1, 365.0),)
    return tuple((k, float(rows["days"][k])) for k in range(len(rows)))


def months_of(network: WaterNetwork) -> tuple[int, ...]:
    """The flow scenario of each month, -1 where none is named for it."""
    rows = network.tables["season"]
    found = [-1] * MONTHS
    for k in range(len(rows)):
        for part in str(rows["months"][k]).replace(",", ";").split(";"):
            if part.strip().isdigit() and 1 <= int(part) <= MONTHS:
                found[int(part) - 1] = k
    return tuple(found)
