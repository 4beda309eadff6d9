"""Whether what incidents.csv says is hit stands in the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.region.cells import NEAREST_FOR
from tieline.region.expect import nearest
from tieline.region.issues import Issues
from tieline.region.schemas import region_schemas

if TYPE_CHECKING:
    from tieline.power.network import PowerNetwork
    from tieline.region.folder import RegionFolder

ASSETS = ("branch", "transformer", "switch", "source", "bus", "load", "generator")
"""Tables whose rows can be hit; "branch:ID" names one of them where several have the id."""


def check_assets(network: PowerNetwork, folder: RegionFolder, issues: Issues) -> None:
    """Report each asset of this network's incidents that no table of the grid has."""
    table = folder.table("incidents", region_schemas()["incidents"], Issues())
    if table is None:
        return
    tables = network.tables()
    ids = {name: {str(i) for i in tables[name].ids} for name in ASSETS}
    hints: dict[str, str] = {}
    for of, asset, row in zip(table["network"], table["asset"], table.rows, strict=True):
        kind, _, rest = str(asset).partition(":")
        known = ids.get(kind, set()) if rest else set()
        if of != "power" or rest in known or any(asset in some for some in ids.values()):
            continue
        if asset not in hints:
            few = len(hints) < NEAREST_FOR
            hints[asset] = nearest(asset, sorted(set().union(*ids.values()))) if few else ""
        issues.error(
            table.file, "an asset of the grid", f"'{asset}'{hints[asset]}", row=int(row),
            field="asset",
        )
