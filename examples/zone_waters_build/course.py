"""Rivers and lakes: nodes and reaches along the lines of the public map, widths assumed."""

from __future__ import annotations

import math

DRAWN = ("位置手绘于公开示意图,约 0.01 度;高程、面积为假设 / "
         "place drawn by hand after public schematic maps, about 0.01 degree; levels and "
         "surfaces assumed")
SHAPED = ("走向手绘;长度按折线;宽度、糙率、河底为假设 / "
          "course drawn by hand; length of the line; width, roughness and bed assumed")

# id, jurisdiction, kind, bed_m, level_m, area_m2, lon, lat, name, name_zh
NODES = """
taipu-head wujiang junction -1.5 1.6 0 120.495 31.009 Taipu_head 太浦河首
pingwang wujiang junction -1.5 1.5 60000 120.640 30.988 Pingwang 平望
lili wujiang junction -1.5 1.45 30000 120.735 31.003 Lili 黎里
fenhu wujiang lake -0.6 1.4 6400000 120.828 31.005 Fenhu_Lake 汾湖
luxu-top wujiang junction -1.5 1.4 30000 120.856 31.010 Luxutang_top 芦墟塘口
jinze qingpu junction -1.8 1.35 30000 120.905 31.021 Jinze 金泽
dingzha jiashan junction -1.8 1.35 30000 120.945 31.018 Dingzha 丁栅
changbai jiashan lake -0.6 1.3 1500000 120.946 31.007 Changbaidang 长白荡
liantang qingpu junction -2.0 1.3 40000 121.045 31.024 Liantang 练塘
mao qingpu junction -2.5 1.25 60000 121.083 31.028 Mao_River 泖河
sanjiao qingpu junction -4.0 1.2 80000 121.178 30.962 Huangpu_head 三角渡
yuhui jiashan junction -1.2 1.3 20000 120.975 30.966 Yuhui 俞汇
yuhui-end qingpu junction -1.5 1.25 30000 121.020 30.958 Yuhuitang_end 俞汇塘尾
xitang jiashan junction -1.2 1.35 30000 120.886 30.924 Xitang 西塘
jiashan-town jiashan junction -1.2 1.35 30000 120.918 30.850 Jiashan_town 嘉善县城
hongqi-head jiashan junction -1.2 1.4 20000 120.770 30.897 Hongqitang_head 红旗塘首
hongqi-border jiashan junction -1.5 1.3 30000 120.996 30.948 Hongqitang_end 红旗塘尾
dianshan qingpu lake -0.6 1.4 62000000 120.971 31.120 Dianshan_Lake 淀山湖
lanlu qingpu junction -2.0 1.35 40000 121.045 31.063 Lanlugang 拦路港
yuandang wujiang lake -0.6 1.4 12900000 120.885 31.077 Yuandang_Lake 元荡
jishui-head wujiang junction -1.0 1.5 20000 120.805 31.135 Jishuigang_head 急水港首
canal-north wujiang junction -1.5 1.55 30000 120.640 31.120 Grand_Canal_north 运河北
shengze wujiang junction -1.5 1.45 30000 120.698 30.905 Shengze 盛泽
canal-south wujiang junction -1.5 1.4 30000 120.712 30.885 Grand_Canal_south 运河南
ditang-head wujiang junction -1.2 1.55 20000 120.505 30.918 Ditang_head 頔塘首
lanxi-head wujiang junction -1.2 1.5 20000 120.560 30.870 Lanxitang_head 澜溪塘首
"""

# id, from, to, width_m, left, right, name, name_zh; "-" = as at from_node
REACHES = """
taipu-1 taipu-head pingwang 120 - - Taipu_River 太浦河
taipu-2 pingwang lili 120 - - Taipu_River 太浦河
taipu-3 lili fenhu 130 - - Taipu_River 太浦河
taipu-4 fenhu luxu-top 130 wujiang jiashan Taipu_River 太浦河
taipu-5 luxu-top jinze 140 wujiang jiashan Taipu_River 太浦河
taipu-6 jinze dingzha 150 qingpu jiashan Taipu_River 太浦河
taipu-7 dingzha liantang 150 qingpu qingpu Taipu_River 太浦河
taipu-8 liantang mao 160 - - Taipu_River 太浦河
mao-1 mao sanjiao 180 - - Mao_River 泖河-斜塘
lanlu-1 dianshan lanlu 110 - - Lanlugang 拦路港
lanlu-2 lanlu mao 120 - - Lanlugang 拦路港
jishui-1 jishui-head dianshan 60 wujiang qingpu Jishuigang 急水港
yuan-1 yuandang dianshan 40 wujiang qingpu Yuandang_mouth 元荡口
luxu-1 luxu-top xitang 40 wujiang jiashan Luxutang 芦墟塘
luxu-2 xitang jiashan-town 40 jiashan jiashan Luxutang 芦墟塘
yuhui-1 changbai yuhui 35 jiashan jiashan Yuhuitang 俞汇塘
yuhui-2 yuhui yuhui-end 40 qingpu jiashan Yuhuitang 俞汇塘
yuhui-3 yuhui-end sanjiao 60 qingpu qingpu Yuhuitang 俞汇塘
hongqi-1 hongqi-head xitang 55 - - Hongqitang 红旗塘
hongqi-2 xitang hongqi-border 60 - - Hongqitang 红旗塘
mouth-1 dingzha changbai 12 jiashan jiashan Changbaidang_mouth 长白荡口
dazheng-1 hongqi-border yuhui-end 70 qingpu jiashan Dazhengtang 大蒸塘
canal-1 canal-north pingwang 80 - - Grand_Canal 京杭运河
canal-2 pingwang shengze 80 - - Grand_Canal 京杭运河
canal-3 shengze canal-south 80 - - Grand_Canal 京杭运河
ditang-1 ditang-head pingwang 60 - - Ditang 頔塘
lanxi-1 lanxi-head pingwang 60 - - Lanxitang 澜溪塘
"""

# id, from, to, owner, width_m, sill_m, remote, project
GATES = """
syn-gate-A dingzha changbai jiashan 12 -0.8 yes syn-sluice
syn-gate-B jinze yuandang qingpu 12 -0.8 yes -
syn-gate-C lili yuandang wujiang 10 -0.8 no -
syn-gate-D luxu-top xitang wujiang 10 -0.8 no -
syn-gate-E hongqi-border yuhui jiashan 8 -0.8 yes -
"""

# id, node, kind, value, tide amplitude, what
BOUNDARIES = """
taipu-inflow taipu-head flow 70 0 太浦河来水,假设 / assumed, in the 50-300 m3/s of reports
canal-inflow canal-north flow 12 0 假设 / assumed
ditang-inflow ditang-head flow 14 0 假设 / assumed
lanxi-inflow lanxi-head flow 10 0 假设 / assumed
jishui-inflow jishui-head flow 22 0 假设 / assumed
hongqi-inflow hongqi-head flow 16 0 假设 / assumed
canal-outflow canal-south flow -14 0 假设 / assumed
jiashan-outflow jiashan-town flow -6 0 假设 / assumed
huangpu-tide sanjiao level 1.1 0.75 下游潮位,M2 振幅假设 / tide downstream, amplitude of M2 assumed
"""

RIVER_KM = 1.5
SLUICE = {"mouth-1": "syn-sluice"}
"""Open water that a synthetic sluice would close."""


def lines(text: str) -> list[list[str]]:
    """The rows of a block, split at blanks; what follows the last wanted column is one text."""
    return [line.split() for line in text.strip().splitlines()]


def km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance of two places [lon, lat] in km."""
    mean = math.radians((a[1] + b[1]) / 2.0)
    return math.hypot((a[0] - b[0]) * 111.32 * math.cos(mean), (a[1] - b[1]) * 110.57)


def node_rows() -> list[dict[str, object]]:
    """Rows of water/node."""
    return [
        {"id": r[0], "jurisdiction": r[1], "kind": r[2], "bed_m": r[3], "level_m": r[4],
         "area_m2": r[5], "x": r[6], "y": r[7], "name": r[8].replace("_", " "), "name_zh": r[9],
         "status": "approximate", "source": DRAWN}
        for r in lines(NODES)
    ]


def reach_rows() -> list[dict[str, object]]:
    """Rows of water/reach; rivers wind, so that a line is lengthened by a tenth."""
    place = {r[0]: (float(r[6]), float(r[7])) for r in lines(NODES)}
    found: list[dict[str, object]] = []
    for r in lines(REACHES):
        length = 1.1 * km(place[r[1]], place[r[2]])
        found.append({
            "id": r[0], "from_node": r[1], "to_node": r[2], "length_m": round(length * 1000.0),
            "width_m": r[3], "side_slope": 2, "depth_m": 7, "roughness": 0.025,
            "cells": max(round(length / RIVER_KM), 1),
            "jurisdiction_left": "" if r[4] == "-" else r[4],
            "jurisdiction_right": "" if r[5] == "-" else r[5],
            "name": r[6].replace("_", " "), "name_zh": r[7],
            "unless_project": SLUICE.get(r[0], ""), "status": "assumption", "source": SHAPED,
        })
    return found


def gate_rows() -> list[dict[str, object]]:
    """Rows of water/gate: placeholders, none a real sluice."""
    return [
        {"id": r[0], "from_node": r[1], "to_node": r[2], "jurisdiction": r[3], "width_m": r[4],
         "sill_m": r[5], "height_m": 6, "delay_min": 30, "move_min": 15, "remote": r[6],
         "name": f"synthetic gate {r[0][-1]}", "name_zh": f"虚构闸 {r[0][-1]}",
         "project": "" if r[7] == "-" else r[7], "status": "synthetic",
         "source": "虚构;不对应任何真实水闸 / synthetic; no real sluice"}
        for r in lines(GATES)
    ]


def boundary_rows() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Rows of water/boundary and of water/tide."""
    found, tides = [], []
    for line in BOUNDARIES.strip().splitlines():
        name, node, kind, value, tide, source = line.split(maxsplit=5)
        common = {"status": "assumption", "source": source}
        found.append({"id": name, "node": node, "kind": kind, "value": value, **common})
        if float(tide):
            tides.append({"boundary": name, "name": "M2", "amplitude_m": tide,
                          "period_h": 12.4206, **common})
    return found, tides
