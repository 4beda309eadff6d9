"""Rows that cannot describe real waters, though each of their fields could."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.region.issues import Issues
    from tieline.region.tables import Table
    from tieline.water.network import WaterNetwork


def check_plausible(
    network: WaterNetwork, tables: Mapping[str, Table | None], issues: Issues
) -> None:
    """Report what contradicts itself, as errors, and what is unlikely, as notes."""
