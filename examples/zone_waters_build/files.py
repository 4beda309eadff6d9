"""Every file of the region folder."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from zone_waters_build.course import boundary_rows, gate_rows, node_rows, reach_rows
from zone_waters_build.use import SYNTHETIC, quality, work

MEMBERS = (
    ("qingpu", "Qingpu", "青浦"), ("wujiang", "Wujiang", "吴江"),
    ("jiashan", "Jiashan", "嘉善"),
)
CAPTION = ("示意图,不作为划界依据 / schematic, not for demarcation; 演示·非官方 / demonstration, "
           "unofficial")
PROJECTS = (
    ("syn-sluice", "synthetic sluice", "虚构水闸", 15_000_000, 300_000, 40,
     "jiashan:0.5;qingpu:0.5"),
    ("syn-depot", "synthetic depot", "虚构船舶基地", 6_000_000, 400_000, 25,
     "jiashan:0.3;qingpu:0.4;wujiang:0.3"),
    ("syn-treatment", "synthetic treatment works", "虚构处理厂", 30_000_000, 1_500_000, 25,
     "wujiang:1"),
    ("syn-interceptor", "synthetic interceptor", "虚构截污管", 12_000_000, 200_000, 40,
     "jiashan:1"),
)

OURS = {"status": "assumption",
        "source": "本示例的假设,无人如此报告 / assumed for this example, reported by nobody"}
IMPACTS: list[dict[str, object]] = [
    {"name": "Look and smell of the water", "name_zh": "水体观感", "project": "",
     "jurisdiction": "", "direction": "better", "amount": "", "unit": "",
     "words": "fewer rafts of plants where people walk; nobody has counted what that is worth",
     "words_zh": "人们散步之处漂浮植物减少;价值未经测算", **OURS},
    {"name": "Passages closed while gates are shut", "name_zh": "闸门关闭期间断航",
     "project": "syn-sluice", "jurisdiction": "jiashan", "direction": "worse", "amount": "",
     "unit": "", "words": "boats wait; ship movements are not in the data",
     "words_zh": "船舶须等候;数据中没有船舶流量", **OURS},
]


OUTLINES = Path(__file__).resolve().parents[1] / "demonstration-zone" / "jurisdictions.geojson"
"""The zone's outlines, drawn by hand once."""


def build_files() -> Mapping[str, str]:
    """Every file by its name, as text; the same on every run."""
    boundaries, tides = boundary_rows()
    tables: dict[str, list[dict[str, object]]] = {
        "node": node_rows(), "reach": reach_rows(), "gate": gate_rows(), "boundary": boundaries,
        "tide": tides, **quality(), **work(),
    }
    files = {f"water/{name}.csv": to_csv(rows) for name, rows in tables.items()}
    files["jurisdictions.geojson"] = OUTLINES.read_text(encoding="utf-8")
    common = {"status": "synthetic", "source": SYNTHETIC}
    files["projects.csv"] = to_csv([
        {"id": p[0], "name": p[1], "name_zh": p[2], "opened": "2020-01-01", "capex": p[3],
         "opex_per_year": p[4], "life_years": p[5], "payers": p[6], "currency": "CNY",
         "price_year": 2019, **common} for p in PROJECTS])
    files["values.csv"] = to_csv([
        {"measure": name, "jurisdiction": "", "value_per_unit": value, "currency": "CNY",
         "events_per_year": "", "price_year": 2019, "low": low, "high": high,
         "status": "assumption", "source": source}
        for name, value, low, high, source in (
            ("cleaning_cost", 1, 1, 1, "本身即为元 / is yuan already"),
            ("abatement_cost", 1, 1, 1, "本身即为元 / is yuan already"),
            ("quality_damage", 1, 0.5, 2, "假设的单位损失 / assumed damage"),
            ("people_hours", 0.5, 0.2, 1, "假设:断水人时 / assumed, an hour without raw water"),
        )])
    files["scenarios.csv"] = to_csv([
        {"id": "base", "date": "", "season": "", "name": "whole year", "name_zh": "全年",
         "status": "assumption", "source": "各来水情景按天数加权 / flow scenarios by their days"},
        {"id": "autumn_only", "date": "", "season": "autumn", "name": "autumn alone",
         "name_zh": "仅秋季", "status": "assumption", "source": "压力情景 / a stress case"},
    ])
    files["incidents.csv"] = to_csv([
        {"id": "drill-2020", "network": "water", "start": "2020-10-12T08:00:00",
         "asset": "syn-spill-1", "kind": "tracer", "parameters": "", **common},
        {"id": "raft-2020", "network": "water", "start": "2020-10-12T08:00:00",
         "asset": "syn-raft-1", "kind": "raft", "parameters": "", **common},
    ])
    files["impacts.csv"] = to_csv(IMPACTS)
    files["region.toml"] = _region()
    template = Path(__file__).with_name("README.template.md")
    files["README.md"] = template.read_text(encoding="utf-8")
    return files


PROVINCES = {"qingpu": "上海市 / Shanghai", "wujiang": "江苏省 / Jiangsu",
             "jiashan": "浙江省 / Zhejiang"}


def _region() -> str:
    def quote(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    parts = [
        'name = "Waters of the demonstration zone"', 'name_zh = "示范区水系"',
        "study_date = 2020-12-31", 'currency = "CNY"', "price_year = 2019",
        'coordinates = "schematic"', f"caption = {quote(CAPTION)}", 'networks = ["water"]',
    ]
    for name, en, zh in MEMBERS:
        province = quote(PROVINCES[name])
        parts += ["", "[[jurisdiction]]", f"id = {quote(name)}", f"name = {quote(en)}",
                  f"name_zh = {quote(zh)}", 'currency = "CNY"', 'time_zone = "Asia/Shanghai"',
                  f"province = {province}"]
    parts += ["", "[water]", "days = 7", "warmup_days = 3", "cell_m = 1500", "level_m = 1.4",
              "record_s = 600", "cleaning_iterations = 200"]
    return "\n".join(parts) + "\n"


def to_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """The rows as CSV text, their columns in order of appearance, status and source last."""
    names = list(dict.fromkeys(k for r in rows for k in r))
    names = [n for n in names if n not in ("status", "source")] + ["status", "source"]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write the files into the folder as UTF-8 with plain line ends."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
