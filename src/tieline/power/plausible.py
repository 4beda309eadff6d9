"""Rows that cannot describe real equipment, though each of their fields could."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tieline.power.network import PowerNetwork, Settings
    from tieline.region.issues import Issues
    from tieline.region.tables import Table

LEAST_RATIO, MOST_RATIO = 0.75, 1.35
"""Rated over nominal voltage ratio of a transformer, with its tap."""
MOST_TAP_PERCENT = 30.0
EASE = 1.0 + 1e-9


def check_plausible(
    network: PowerNetwork, tables: Mapping[str, Table | None], issues: Issues
) -> None:
    """Report transformers and voltage limits that contradict themselves."""
    _check_limits(network.settings, tables["bus"], issues)
    if tables["transformer"] is not None:
        _check_transformers(network, tables["transformer"], issues)


def _check_limits(settings: Settings, bus: Table | None, issues: Issues) -> None:
    """The lowest voltage lies below the highest."""
    if not settings.v_min_pu < settings.v_max_pu:
        issues.error(
            "region.toml", f"less than v_max_pu = {settings.v_max_pu:g} [pu]",
            f"{settings.v_min_pu:g}", field="power.v_min_pu",
        )
    if bus is None:
        return
    low = np.where(np.isnan(bus["v_min_pu"]), settings.v_min_pu, bus["v_min_pu"])
    high = np.where(np.isnan(bus["v_max_pu"]), settings.v_max_pu, bus["v_max_pu"])
    own = ~np.isnan(bus["v_min_pu"]) | ~np.isnan(bus["v_max_pu"])
    for i in np.flatnonzero(own & ~(low < high)):
        issues.error(
            bus.file, f"less than the highest voltage, {high[i]:g} [pu]", f"{low[i]:g}",
            row=int(bus.rows[i]), field="v_min_pu",
        )


def _check_transformers(network: PowerNetwork, table: Table, issues: Issues) -> None:
    """Sides, ratio, tap and short-circuit voltage fit together; notes on no-load losses."""
    t, vn = network.transformers, network.buses["vn_kv"]
    hv, lv = vn[t["hv_bus"]], vn[t["lv_bus"]]

    def refuse(where: NDArray[np.bool_], field: str, expected: str, *shown: str) -> None:
        for i in np.flatnonzero(where):
            values = {name: table[name][i] for name in shown} | {"hv": hv[i], "lv": lv[i]}
            issues.error(
                table.file, expected.format(**values), f"{_plain(table[field][i])}",
                row=int(table.rows[i]), field=field,
            )

    refuse(hv < lv, "hv_bus", "a bus of at least the voltage at lv_bus, {lv:g} kV")
    refuse(
        t["vkr_percent"] > t["vk_percent"] * EASE, "vkr_percent",
        "at most vk_percent = {vk_percent:g} [%]", "vk_percent",
    )
    tap = t["tap_pos"] * t["tap_step_percent"]
    far = np.abs(tap) > MOST_TAP_PERCENT
    refuse(
        far, "tap_pos",
        f"a tap within {MOST_TAP_PERCENT:g} % (steps of {{tap_step_percent:g}} %)",
        "tap_step_percent",
    )
    rated_hv = np.where(np.isnan(t["vn_hv_kv"]), hv, t["vn_hv_kv"])
    rated_lv = np.where(np.isnan(t["vn_lv_kv"]), lv, t["vn_lv_kv"])
    ratio = rated_hv / rated_lv * lv / hv
    odd = (hv >= lv) & ~((ratio >= LEAST_RATIO) & (ratio <= MOST_RATIO))
    field = "vn_lv_kv" if np.isnan(table["vn_hv_kv"]).all() else "vn_hv_kv"
    refuse(odd, field, "rated voltages near those of its buses, {hv:g} kV and {lv:g} kV")
    least = t["pfe_kw"] / (t["sn_mva"] * 10.0)
    for i in np.flatnonzero((t["i0_percent"] > 0.0) & (t["i0_percent"] * EASE < least)):
        issues.note(
            table.file, f"transformer '{t.ids[i]}': i0_percent is less than pfe_kw alone draws, "
            f"{least[i]:.3g} %; taken as that",
        )


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else f"'{value}'"
