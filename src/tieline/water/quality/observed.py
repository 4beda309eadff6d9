"""Monitoring data: what a value says, flags, values below detection, monthly means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tieline.water.network import WaterNetwork

BELOW = 0.5
"""A value below the detection limit counts as this share of it (GB practice: half)."""


def value_of(text: str) -> float:
    """The concentration a cell states [mg/L]; NaN for a gap.

    "<0.025" and "0.025L" are below detection and count as half. ValueError if it is no number or
    below zero.
    """
    plain = text.strip().replace("＜", "<")
    if plain in ("", "-", "--", "/", "NA", "NaN", "nan"):
        return float("nan")
    below = plain.startswith("<") or plain.upper().endswith("L")
    number = float(plain.removeprefix("<").rstrip("lL").strip())
    if not (np.isfinite(number) and number >= 0.0):
        problem = f"'{text}' is below zero"
        raise ValueError(problem)
    return number * (BELOW if below else 1.0)


def monthly(network: WaterNetwork) -> list[tuple[int, str, dict[str, float]]]:
    """Section, month and mean of each item, over the values that are flagged ok; gaps left out."""
    rows = network.tables["observation"]
    sums: dict[tuple[int, str], dict[str, list[float]]] = {}
    for k in range(len(rows)):
        value = value_of(str(rows["value"][k]))
        if str(rows["flag"][k]) != "ok" or np.isnan(value):
            continue
        month = str(np.datetime64(rows["time"][k], "M"))
        item = str(network.tables["item"].ids[rows["item"][k]])
        place = sums.setdefault((int(rows["section"][k]), month), {})
        place.setdefault(item, []).append(value)
    return [
        (section, month, {item: float(np.mean(values)) for item, values in items.items()})
        for (section, month), items in sorted(sums.items())
    ]
