"""Whether the table of ways names what there is, and each way once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.power.network import PowerNetwork
    from tieline.region.issues import Issues
    from tieline.region.tables import Table


def check_travel(network: PowerNetwork, table: Table | None, issues: Issues) -> None:
    """Both ends are crews or assets, and a pair has one time, both ways."""
    if table is None:
        return
    known = {str(i) for rows in network.tables().values() for i in rows.ids}
    known |= {c.id for c in network.response.crews or ()}
    seen: dict[frozenset[str], tuple[float, int]] = {}
    for a, b, minutes, row in zip(
        table["from"], table["to"], table["travel_min"], table.rows.tolist(), strict=True
    ):
        start, end = str(a), str(b)
        for field, name in (("from", start), ("to", end)):
            if name not in known:
                issues.error(table.file, "a crew or an asset of the grid",
                             f"'{name}'{nearest(name, known)}", row=row, field=field)
        time = float(minutes)
        before, at = seen.setdefault(frozenset((start, end)), (time, row))
        if before != time:
            issues.error(
                table.file, f"{before:g} min, as in row {at} for the same pair", f"{time:g} min",
                row=row, field="travel_min",
            )
