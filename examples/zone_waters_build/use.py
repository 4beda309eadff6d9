"""What is done with the waters: synthetic sources, sections, intakes, fleets, hot spots, spills."""

from __future__ import annotations

from zone_waters_build.course import lines

Row = dict[str, object]
SYNTHETIC = "虚构;不对应任何真实企业、城镇或设施 / synthetic; no real firm, town or works"
ASSUMED = "假设 / assumed"

ITEMS: list[Row] = [
    {"id": "CODMn", "decay_per_day": 0.05}, {"id": "NH3-N", "decay_per_day": 0.10},
    {"id": "TP", "decay_per_day": 0.02, "settling_per_day": 0.03},
    {"id": "BOD5", "decay_per_day": 0.15, "settling_per_day": 0.05},
    {"id": "DO", "uses": "BOD5", "reaeration_per_day": 0.35, "saturation_mg_l": 9.1},
]
SEASONS: list[Row] = [
    {"id": "winter", "months": "12;1;2", "days": 90, "flow_factor": 0.7, "tide_factor": 1.0,
     "load_factor": 0.9, "decay_factor": 0.6, "debris_factor": 0, "wind_m_s": 3.5,
     "wind_from_deg": 320, "name": "winter", "name_zh": "冬季"},
    {"id": "spring", "months": "3;4;5", "days": 92, "flow_factor": 1.0, "tide_factor": 1.0,
     "load_factor": 1.0, "decay_factor": 0.9, "debris_factor": 0, "wind_m_s": 3.0,
     "wind_from_deg": 135, "name": "spring", "name_zh": "春季"},
    {"id": "summer", "months": "6;7;8", "days": 92, "flow_factor": 1.6, "tide_factor": 1.1,
     "load_factor": 1.2, "decay_factor": 1.4, "debris_factor": 1, "wind_m_s": 3.0,
     "wind_from_deg": 135, "name": "summer, hyacinth", "name_zh": "夏季,水葫芦生长期"},
    {"id": "autumn", "months": "9;10;11", "days": 91, "flow_factor": 0.9, "tide_factor": 1.1,
     "load_factor": 1.0, "decay_factor": 1.0, "debris_factor": 1, "wind_m_s": 2.8,
     "wind_from_deg": 45, "name": "autumn, hyacinth", "name_zh": "秋季,水葫芦高发期"},
]

# boundary, CODMn, NH3-N, TP, BOD5, DO [mg/L]
INFLOWS = """
taipu-inflow 3.6 0.12 0.06 2.0 8.2
canal-inflow 4.8 0.80 0.16 3.2 6.5
ditang-inflow 4.6 0.60 0.14 3.0 6.8
lanxi-inflow 4.7 0.65 0.15 3.0 6.6
jishui-inflow 4.9 0.70 0.15 3.2 6.6
hongqi-inflow 5.0 0.75 0.17 3.3 6.4
"""

# id, reach, position, jurisdiction, kind, CODMn, NH3-N, TP, BOD5 [kg/d], cost level
SOURCES = """
A taipu-2 0.4 wujiang industry 5200 900 95 2600 1.0
B canal-2 0.6 wujiang industry 6800 1100 120 3400 0.8
C taipu-3 0.5 wujiang municipal 2600 650 60 1300 1.2
D jishui-1 0.3 wujiang farmland 2400 420 85 1100 1.5
E luxu-1 0.4 jiashan livestock 2200 520 70 1200 1.0
F hongqi-1 0.6 jiashan industry 4200 700 85 2000 0.9
G luxu-2 0.3 jiashan municipal 2000 480 50 1000 1.1
H hongqi-2 0.6 jiashan farmland 2300 380 80 1000 1.4
I taipu-7 0.5 qingpu municipal 1800 420 45 900 1.6
J lanlu-1 0.5 qingpu aquaculture 1500 260 55 800 1.7
K dazheng-1 0.4 qingpu farmland 1700 300 60 800 1.6
L yuhui-2 0.4 qingpu livestock 900 220 32 500 1.3
"""
STEPS = ((0.25, 1.0), (0.25, 2.2), (0.2, 5.0))
"""Share of the load and factor on the cost of each step of a cost curve."""
COST = {"CODMn": 12.0, "NH3-N": 38.0, "TP": 160.0, "BOD5": 9.0}

# id, reach, position, jurisdiction, neighbours, water, target
SECTIONS = """
S1 taipu-2 0.9 wujiang - river III
S2 taipu-5 0.7 jiashan wujiang;qingpu river II
S3 taipu-7 0.4 qingpu jiashan;wujiang river II
S4 taipu-8 0.5 qingpu - river III
S5 luxu-1 0.8 jiashan wujiang river III
S6 hongqi-2 0.9 jiashan qingpu river III
S7 dazheng-1 0.7 qingpu jiashan river III
S8 yuhui-2 0.5 qingpu jiashan river III
S9 canal-3 0.5 wujiang - river IV
S10 lanlu-2 0.3 qingpu - river III
"""
LAKES = """
L1 dianshan qingpu wujiang
L2 yuandang wujiang qingpu
L3 fenhu wujiang jiashan
"""

# id, node, jurisdiction, flow_m3s, people
INTAKES = """
P jinze qingpu 3 600000
Q changbai jiashan 2 300000
R lili wujiang 1.5 200000
"""

# id, node, jurisdiction, project
DEPOTS = """
syn-depot-qingpu liantang qingpu -
syn-depot-wujiang lili wujiang -
syn-depot-jiashan xitang jiashan -
syn-depot-jinze jinze qingpu syn-depot
"""
LANDINGS = """
syn-landing-1 liantang qingpu 70
syn-landing-2 jinze qingpu 75
syn-landing-3 lili wujiang 60
syn-landing-4 fenhu wujiang 65
syn-landing-5 xitang jiashan 60
syn-landing-6 changbai jiashan 65
"""
# id, depot, jurisdiction, number, capacity_t, speed, work t/h, per shift, per h, project
BOATS = """
syn-boat-qp-large syn-depot-qingpu qingpu 4 20 10 10 900 210 -
syn-boat-qp-small syn-depot-qingpu qingpu 4 12 9 4 420 110 -
syn-boat-wj-large syn-depot-wujiang wujiang 3 20 10 10 900 200 -
syn-boat-wj-small syn-depot-wujiang wujiang 4 12 9 4 400 100 -
syn-boat-js-large syn-depot-jiashan jiashan 2 20 10 10 880 195 -
syn-boat-js-small syn-depot-jiashan jiashan 4 12 9 4 400 100 -
syn-boat-jz-large syn-depot-jinze qingpu 2 20 10 10 900 210 syn-depot
"""
# id, reach, position, load_t
SPOTS = """
syn-spot-01 taipu-1 0.7 14
syn-spot-02 taipu-2 0.5 18
syn-spot-03 taipu-3 0.6 16
syn-spot-04 taipu-4 0.5 24
syn-spot-05 taipu-5 0.3 30
syn-spot-06 taipu-5 0.8 26
syn-spot-07 taipu-6 0.5 28
syn-spot-08 taipu-7 0.3 14
syn-spot-09 taipu-8 0.5 12
syn-spot-10 luxu-1 0.3 16
syn-spot-11 luxu-1 0.8 12
syn-spot-12 yuhui-2 0.5 18
syn-spot-13 dazheng-1 0.5 20
syn-spot-14 hongqi-2 0.5 10
syn-spot-15 jishui-1 0.6 18
syn-spot-16 yuan-1 0.5 16
syn-spot-17 lanlu-1 0.5 10
syn-spot-18 canal-2 0.5 10
"""
# id, reach, position, kind, kg, hours, limit, season, start_h, per_year, name
SPILLS = """
syn-spill-1 taipu-2 0.4 tracer 3000 2 0.02 autumn 3 0.2
syn-spill-2 taipu-5 0.2 tracer 1200 2 0.02 winter 0 0.2
syn-raft-1 taipu-3 0.5 raft 60000 6 0.5 autumn 0 0
"""


def quality() -> dict[str, list[Row]]:
    """Items, seasons, inflows, sources, loads, abatement, sections."""
    names = ("CODMn", "NH3-N", "TP", "BOD5")
    sources, loads, steps = [], [], []
    for r in lines(SOURCES):
        common = {"status": "synthetic", "source": SYNTHETIC}
        sources.append({
            "id": f"syn-source-{r[0]}", "reach": r[1], "position": r[2], "jurisdiction": r[3],
            "kind": r[4], "name": f"synthetic source {r[0]}", "name_zh": f"虚构污染源 {r[0]}",
            **common})
        for item, kg in zip(names, r[5:9], strict=True):
            loads.append({"source_id": f"syn-source-{r[0]}", "item": item, "kg_per_day": kg,
                          **common})
            for share, factor in STEPS:
                steps.append({
                    "source_id": f"syn-source-{r[0]}", "item": item,
                    "kg_per_day": round(float(kg) * share, 2),
                    "cost_per_kg": round(COST[item] * float(r[9]) * factor, 2), **common})
    # A works and an interceptor that are placeholders: cheaper steps at two sources.
    for source, project, item, kg in (
        ("syn-source-A", "syn-treatment", "NH3-N", 300),
        ("syn-source-A", "syn-treatment", "TP", 30),
        ("syn-source-E", "syn-interceptor", "NH3-N", 150),
        ("syn-source-E", "syn-interceptor", "BOD5", 300),
    ):
        steps.append({"source_id": source, "item": item, "kg_per_day": kg, "cost_per_kg": 1,
                      "project": project, "status": "synthetic", "source": SYNTHETIC})
    sections: list[Row] = [
        {"id": f"syn-section-{r[0]}", "reach": r[1], "position": r[2], "jurisdiction": r[3],
         "neighbours": "" if r[4] == "-" else r[4], "water": r[5], "target": r[6],
         "damage_per_mg_l_day": 60000, "status": "assumption",
         "source": "断面位置虚构;目标类别按公开的水功能目标,近似 / place synthetic; target after "
         "public function targets, approximate"}
        for r in lines(SECTIONS)
    ]
    sections += [
        {"id": f"syn-section-{r[0]}", "node": r[1], "jurisdiction": r[2], "neighbours": r[3],
         "water": "lake", "target": "IV", "items": "CODMn;NH3-N;TP;BOD5;DO",
         "damage_per_mg_l_day": 60000, "status": "assumption",
         "source": "目标类别近似 / target approximate"}
        for r in lines(LAKES)
    ]
    target: list[Row] = [
        {"section": s["id"], "item": "TP", "limit_mg_l": 0.1 if s["water"] == "lake" else 0.2
         if s["target"] != "II" else 0.1, "damage_per_mg_l_day": 900000, "status": "assumption",
         "source": "总磷数值小,单位损失另计 / phosphorus has small numbers: its own damage"}
        for s in sections
    ]
    agreement: list[Row] = [
        {"id": "syn-index", "section": "syn-section-S2", "upstream": "wujiang",
         "downstream": "jiashan", "item": item, "weight": weight, "status": "synthetic",
         "source": "指数为方法演示,无任何协议 / the index shows the method, there is no agreement"}
        for item, weight in (("CODMn", 0.25), ("NH3-N", 0.25), ("TP", 0.5))
    ]
    inflows = [
        {"boundary": r[0], "item": item, "mg_l": v, "status": "assumption", "source": ASSUMED}
        for r in lines(INFLOWS) for item, v in zip((*names, "DO"), r[1:], strict=True)
    ]
    given = {"status": "assumption", "source": ASSUMED}
    return {
        "item": [{**r, **given} for r in ITEMS], "season": [{**r, **given} for r in SEASONS],
        "inflow_item": inflows, "source": sources, "load": loads, "abatement": steps,
        "section": sections, "target": target, "agreement": agreement,
    }


def work() -> dict[str, list[Row]]:
    """Intakes, depots, landings, boats, hot spots, spills: all placeholders."""
    common = {"status": "synthetic", "source": SYNTHETIC}
    spots = {
        **common, "source": "聚集量为假设;单价与船只能力在公开报道范围内 / "
        "amounts assumed; prices and capacities within public reports"}
    return {
        "intake": [
            {"id": f"syn-intake-{r[0]}", "node": r[1], "jurisdiction": r[2], "flow_m3s": r[3],
             "people": r[4], "name": f"synthetic intake {r[0]}", "name_zh": f"虚构取水口 {r[0]}",
             **common} for r in lines(INTAKES)],
        "depot": [
            {"id": r[0], "node": r[1], "jurisdiction": r[2],
             "project": "" if r[3] == "-" else r[3], **common} for r in lines(DEPOTS)],
        "landing": [
            {"id": r[0], "node": r[1], "jurisdiction": r[2], "cost_per_t": r[3],
             "unload_min": 20, **common} for r in lines(LANDINGS)],
        "boat": [
            {"id": r[0], "depot": r[1], "jurisdiction": r[2], "number": r[3], "capacity_t": r[4],
             "speed_km_h": r[5], "work_t_per_h": r[6], "shift_start_h": 6, "shift_h": 10,
             "cost_per_shift": r[7], "cost_per_h": r[8], "project": "" if r[9] == "-" else r[9],
             **spots} for r in lines(BOATS)],
        "hotspot": [
            {"id": r[0], "reach": r[1], "position": r[2], "load_t": r[3], "opens_h": 6,
             "closes_h": 18, "growth_per_day": 0.05, **spots} for r in lines(SPOTS)],
        "spill": [
            {"id": r[0], "reach": r[1], "position": r[2], "kind": r[3], "mass_kg": r[4],
             "hours": r[5], "limit_mg_l": r[6], "season": r[7], "start_h": r[8],
             "per_year": r[9], "days": 4, "name": f"{r[0][4:]} (synthetic)",
             "name_zh": f"{r[0][4:]}(虚构)", **common} for r in lines(SPILLS)],
    }
