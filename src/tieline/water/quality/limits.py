"""What must be met where: the limits of every section and item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.quality.matrix import saturation
from tieline.water.quality.standard import CLASSES, SATURATED, standard_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.water.network import WaterNetwork


@dataclass(frozen=True)
class Limits:
    """One entry for each section and item that is judged.

    `limit_mg_l` as written (least for oxygen); `most` what the computed quantity may be: the limit
    itself, or for oxygen the deficit it leaves. `damage_day` [currency per mg/L and day].
    """

    section: NDArray[np.int64]
    item: NDArray[np.int64]
    limit_mg_l: NDArray[np.float64]
    most: NDArray[np.float64]
    damage_day: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.section)


def limits_of(network: WaterNetwork) -> Limits:
    """The limits of every section: of its class, or its own where table `target` gives one."""
    sections, items, own = network.sections, network.tables["item"], network.tables["target"]
    rows: list[tuple[int, int, float, float, float]] = []
    for r in range(len(sections)):
        judged = sections["items"][r] or range(len(items))
        for i in (*judged, *(int(x) for x in own["item"][own["section"] == r])):
            if any(row[0] == r and row[1] == i for row in rows):
                continue
            limit = class_limit(network, r, int(i))
            damage = float(sections["damage_per_mg_l_day"][r])
            for k in np.flatnonzero((own["section"] == r) & (own["item"] == i)):
                limit = float(own["limit_mg_l"][k])
                given = float(own["damage_per_mg_l_day"][k])
                damage = damage if np.isnan(given) else given
            if np.isnan(limit):
                continue
            most = limit
            if items["uses"][i] >= 0:
                most = saturation(network, int(i)) - limit
            rows.append((r, int(i), limit, most, damage))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    return Limits(
        np.array(columns[0], np.int64), np.array(columns[1], np.int64),
        np.array(columns[2], np.float64), np.array(columns[3], np.float64),
        np.array(columns[4], np.float64),
    )


def class_limit(network: WaterNetwork, section: int, item: int) -> float:
    """The limit of a section's target class for an item [mg/L]; NaN if there is none."""
    sections = network.sections
    standard = standard_of(str(network.tables["item"].ids[item]))
    limits = standard.limits(str(sections["water"][section])) if standard else ()
    if not standard or not limits:
        return float("nan")
    number = CLASSES.index(str(sections["target"][section]))
    limit = limits[number]
    if standard.least and number == 0:
        return min(limit, SATURATED * saturation(network, item))
    return limit
