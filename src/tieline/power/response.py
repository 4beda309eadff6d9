"""What a region says about responding to incidents: crews, ways, the present state, settlement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.region.model import FloatArray
    from tieline.region.tables import Table


@dataclass(frozen=True)
class Crew:
    """Who operates on site or repairs; `bus` "" = where travel times of switches begin."""

    id: str
    jurisdiction: str
    work: str = "both"
    bus: str = ""
    available_h: float = 0.0


@dataclass(frozen=True)
class SettleRule:
    """What `giver` is owed by `taker` ("" = any) for carrying its customers."""

    giver: str
    taker: str
    per_kwh: float
    per_mva_h: float
    currency: str = ""


@dataclass(frozen=True)
class Response:
    """Crews (None = one for every job), ways (from, to, hours), state, rules and settings."""

    crews: tuple[Crew, ...] | None = None
    travel: tuple[tuple[str, str, float], ...] = ()
    state: tuple[tuple[str, str], ...] = ()
    settle: tuple[SettleRule, ...] = ()
    currency: str = ""
    cold_load_factor: float = 1.0
    cold_load_after_h: float = 1.0
    repair_h: float = 4.0
    km_per_unit: float = float("nan")
    km_per_h: float = 30.0
    parallel_angle_degree: float = 10.0
    parallel_voltage: float = 0.10

    def pickup(self, out_h: FloatArray) -> FloatArray:
        """Demand after interruptions of these lengths [h], as a multiple of the normal one."""
        share = 1.0 * (out_h > 0.0)
        if self.cold_load_after_h > 0.0:
            share = np.minimum(1.0, out_h / self.cold_load_after_h)
        return np.asarray(1.0 + (self.cold_load_factor - 1.0) * share)


def response(
    tables: Mapping[str, Table | None], settings: Mapping[str, Any], currency: str
) -> Response:
    """The record from the tables crew, travel, state and settle and the section [power]."""

    def rows(name: str) -> list[dict[str, Any]]:
        table = tables.get(name)
        if table is None:
            return []
        return [{k: c[i] for k, c in table.columns.items()} for i in range(len(table))]

    km = settings["km_per_unit"]
    crews = tuple(
        Crew(str(r["id"]), str(r["jurisdiction"]), str(r["work"]), str(r["bus"]),
             float(r["available_min"]) / 60.0)
        for r in rows("crew")
    )
    return Response(
        crews=crews if tables.get("crew") is not None else None,
        travel=tuple(
            (str(r["from"]), str(r["to"]), float(r["travel_min"]) / 60.0) for r in rows("travel")
        ),
        state=tuple((str(r["asset"]), str(r["condition"])) for r in rows("state")),
        settle=tuple(
            SettleRule(str(r["from"]), str(r["to"]), float(r["per_kwh"]), float(r["per_mva_h"]),
                       str(r["currency"]) or currency)
            for r in rows("settle")
        ),
        currency=currency,
        cold_load_factor=settings["cold_load_factor"],
        cold_load_after_h=settings["cold_load_after_min"] / 60.0,
        repair_h=settings["repair_default_h"],
        km_per_unit=float("nan") if km is None else float(np.float64(km)),
        km_per_h=settings["travel_km_per_h"],
        parallel_angle_degree=settings["parallel_angle_degree"],
        parallel_voltage=settings["parallel_voltage_percent"] / 100.0,
    )
