"""Writing: rows to CSV, and the files of the region beside the grid."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from demonstration_zone_build.inputs import scale

if TYPE_CHECKING:
    from demonstration_zone_build.grid import Grid, Value
    from demonstration_zone_build.inputs import Inputs, Row

COLUMNS = {
    "bus": "id jurisdiction vn_kv x y town status source",
    "source": "id bus vm_pu s_max_mva parallel_group status source",
    "branch": "id from_bus to_bus length_km r_ohm_per_km x_ohm_per_km c_nf_per_km i_max_a kind "
    "failure_per_km_yr repair_h jurisdiction project status source",
    "switch": "id bus element element_kind kind normal control operate_min travel_min "
    "coordination_min authority jurisdiction project status source",
    "load": "id bus p_kw q_kvar customers class failure_per_yr repair_h status source",
    "level": "id hours_per_yr load_factor status source",
    "crew": "id jurisdiction work available_min status source",
    "settle": "from to per_kwh per_mva_h currency status source",
}


def to_csv(columns: str, rows: Sequence[Mapping[str, Value]]) -> str:
    """The rows as CSV text with these columns; a missing value is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns.split(), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def grid_files(grid: Grid, inputs: Inputs) -> dict[str, str]:
    """The native tables of power by file name."""
    rows: dict[str, Sequence[Mapping[str, Value]]] = {
        "bus": grid.bus, "source": grid.source, "branch": grid.branch, "switch": grid.switch,
        "load": grid.load, "level": list(inputs.raw["levels"]),
        "crew": list(inputs.raw["crews"]), "settle": list(inputs.raw["settle"]),
    }
    return {f"power/{name}.csv": to_csv(COLUMNS[name], rows[name]) for name in COLUMNS}


def region_files(inputs: Inputs, faulted: Sequence[str]) -> dict[str, str]:
    """region.toml, outlines, projects, scenarios, values and the incident."""
    return {
        "region.toml": _region_toml(inputs),
        "jurisdictions.geojson": _outlines(inputs),
        "ground.geojson": _ground(inputs),
        "projects.csv": _projects(inputs),
        "scenarios.csv": to_csv(
            "id date load_factor name name_zh status source", inputs.raw["scenarios"]
        ),
        "values.csv": to_csv(
            "measure jurisdiction value_per_unit currency events_per_year price_year source low "
            "high status", inputs.raw["values"],
        ),
        "incidents.csv": _incident(faulted),
    }


def _projects(inputs: Inputs) -> str:
    """The three real ties: what is reported; cost, life and payers are not, so they stay empty."""
    columns = (
        "id name name_zh opened capex opex_per_year life_years payers currency price_year "
        "status source"
    )
    return to_csv(columns, inputs.raw["projects"])


def _incident(faulted: Sequence[str]) -> str:
    source = (
        "有报道:2019-09-22 台风中俞汇附近数条线路断杆、倒杆,26 + 4 个变压器 40 分钟恢复,"
        "减少 285 时户;反推:断在哪些虚构线段,以及钟点(不详) / "
        "reported: broken and leaning poles on several lines near Yuhui in the typhoon of "
        "2019-09-22, 26 + 4 transformers back in 40 min, 285 customer-hours saved; calibrated: "
        "which synthetic spans, and the hour, which is not known"
    )
    rows: list[dict[str, Value]] = [
        {
            "id": "yuhui-2019-09-22", "network": "power", "start": "2019-09-22T09:00:00",
            "asset": asset, "kind": "pole_broken", "status": "calibrated", "source": source,
        }
        for asset in faulted
    ]
    return to_csv("id network start asset kind status source", rows)


def _outlines(inputs: Inputs) -> str:
    names = {r["id"]: r for r in inputs.raw["jurisdictions"]}
    corners: dict[str, list[list[float]]] = {}
    for row in inputs.raw["outlines"]:
        corners.setdefault(row["jurisdiction"], []).append([float(row["lon"]), float(row["lat"])])
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": key, "name": names[key]["name"], "name_zh": names[key]["name_zh"],
                "status": "approximate",
                "source": "drawn by hand at 0.01 degree; schematic, not for demarcation "
                "(示意图,不作为划界依据)",
            },
            "geometry": {"type": "Polygon", "coordinates": [[*points, points[0]]]},
        }
        for key, points in corners.items()
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, indent=1) + "\n"


def _ground(inputs: Inputs) -> str:
    """Waters and facilities for the map, row by row of a shape's points."""
    features: dict[str, dict[str, Any]] = {}
    for row in inputs.raw["ground"]:
        at = [float(row["lon"]), float(row["lat"])]
        known = {k: row[k] for k in ("id", "kind", "name", "name_zh", "status", "source")}
        made = features.setdefault(row["id"], {
            "type": "Feature", "properties": known,
            "geometry": {"type": row["shape"], "coordinates": []}})
        made["geometry"]["coordinates"].append(at)
    for feature in features.values():
        geometry = feature["geometry"]
        points = geometry["coordinates"]
        if geometry["type"] == "Point":
            geometry["coordinates"] = points[0]
        elif geometry["type"] == "Polygon":
            geometry["coordinates"] = [[*points, points[0]]]
    collection = {"type": "FeatureCollection", "features": list(features.values())}
    return json.dumps(collection, ensure_ascii=False, indent=1) + "\n"


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


PROVINCES = {"qingpu": "上海市 / Shanghai", "wujiang": "江苏省 / Jiangsu",
             "jiashan": "浙江省 / Zhejiang"}


def _jurisdiction(row: Row) -> str:
    return "\n".join((
        "[[jurisdiction]]",
        f"id = {_quote(row['id'])}",
        f"name = {_quote(row['name'])}",
        f"name_zh = {_quote(row['name_zh'])}",
        'currency = "CNY"',
        'time_zone = "Asia/Shanghai"',
        f"province = {_quote(PROVINCES[row['id']])}",
        f"status = {_quote(row['status'])}",
        f"source = {_quote(row['source'])}",
    ))


def _region_toml(inputs: Inputs) -> str:
    head = "\n".join((
        'name = "Yangtze River Delta demonstration zone"',
        'name_zh = "长三角生态绿色一体化发展示范区"',
        "study_date = 2020-12-31",
        'currency = "CNY"',
        "price_year = 2019",
        'coordinates = "schematic"',
        'caption = "示意图,不作为划界依据 / schematic, not for demarcation; '
        '演示·非官方 / demonstration, unofficial"',
        'networks = ["power"]',
    ))
    members = [_jurisdiction(r) for r in inputs.raw["jurisdictions"]]
    provenance = ["[provenance]"]
    size = scale(inputs)
    provenance += [
        f"{r['key']} = {_quote(r['text'].format(**size))}" for r in inputs.raw["provenance"]
    ]
    power = "\n".join((
        "[power]",
        "v_min_pu = 0.93",
        "v_max_pu = 1.07",
        "i_max_percent = 100",
        f"operate_remote_min = {inputs.rates['operate_remote']:g}",
        f"operate_manual_min = {inputs.rates['operate_manual']:g}",
        f"travel_manual_min = {inputs.rates['travel_rural']:g}",
        "coordination_min = 20",
    ))
    return "\n\n".join((head, *members, "\n".join(provenance), power)) + "\n"
