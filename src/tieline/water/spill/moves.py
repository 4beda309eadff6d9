"""What may be ordered of gates and pumps when something is spilt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tieline.water.flow import Order
    from tieline.water.network import WaterNetwork

ASSETS = {"gate": "opening", "pump": "setting"}
"""Tables of what can be moved, in the order of their faces; the column of where they stand."""


@dataclass(frozen=True, order=True)
class Move:
    """One gate or pump to one setting: 0 shut or stopped, 1 open or running."""

    table: str
    row: int
    setting: float

    @property
    def asset(self) -> tuple[str, int]:
        """What is moved."""
        return self.table, self.row


@dataclass(frozen=True)
class Asset:
    """A gate or pump and the settings that may be ordered of it."""

    table: str
    row: int
    settings: tuple[float, ...]

    @property
    def asset(self) -> tuple[str, int]:
        """As of a move."""
        return self.table, self.row

    @property
    def moves(self) -> tuple[Move, ...]:
        """One move for each setting."""
        return tuple(Move(self.table, self.row, s) for s in self.settings)


def settings_of(text: Any) -> tuple[float, ...]:
    """The settings of a cell "0;0.5;1", sorted, none of "-".

    ValueError if one is no number from 0 to 1.
    """
    parts = [p.strip() for p in str(text).split(";") if p.strip() not in ("", "-")]
    found = sorted({float(p) for p in parts})
    if not all(0.0 <= s <= 1.0 for s in found):
        raise ValueError(text)
    return tuple(found)


def assets_of(network: WaterNetwork) -> tuple[Asset, ...]:
    """Every gate and pump that may be moved, gates first; a weir has no leaf to move."""
    found = []
    for table in ASSETS:
        rows = network.tables[table]
        for row in range(len(rows)):
            settings = settings_of(rows["ordered"][row])
            if settings and (table != "gate" or rows["kind"][row] == "gate"):
                found.append(Asset(table, row, settings))
    return tuple(found)


def label(network: WaterNetwork, move: Move | Order) -> str:
    """The id of a gate that is shut; of all else with its setting, "G1=0.5"."""
    name = str(network.tables[move.table].ids[move.row])
    shut = move.table == "gate" and move.setting == 0.0
    return name if shut else f"{name}={move.setting:g}"
