"""Monitoring data by month: means of what was measured, and the class they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.water.monitoring import measured

if TYPE_CHECKING:
    from tieline.water.network import WaterNetwork


def monthly(network: WaterNetwork) -> list[tuple[int, str, dict[str, float]]]:
    """Section, month and mean of each item [mg/L] over usable values, in order.

    Suspect and missing values are left out, values below detection count as half of their limit.
    """
    found: dict[tuple[int, str], dict[str, float]] = {}
    items = network.tables["item"].ids
    for section in range(len(network.sections)):
        for item in range(len(items)):
            values = measured(network, section, item)
            months = values.time.astype("datetime64[M]")
            for month in np.unique(months):
                place = found.setdefault((section, str(month)), {})
                place[str(items[item])] = float(values.value[months == month].mean())
    return [(section, month, means) for (section, month), means in sorted(found.items())]
