"""A response made by hand: two members, eight customers, one tie across the border.

West's feeder W0-W1-W2 fails in W1: five customers behind it and one in it are out; the tie brings
five back after 40 min, the sixth waits ten hours; East agrees and lends its source.
"""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from tieline.appraisal.response import Response
from tieline.power.measures import MEASURES
from tieline.region.model import (
    Case,
    Event,
    Incident,
    Jurisdiction,
    Note,
    Outcome,
    Plan,
    Project,
    Step,
)
from tieline.region.protocol import additive
from tieline.region.region import Region
from tieline.region.tables import Table

NAMES = [m.name for m in additive(MEASURES)]
CAPTION = ("示意图,不作为划界依据 / schematic, not for demarcation; "
           "演示·非官方 / demonstration, unofficial")
REPAIR_S, BACK_S = 36000.0, 2400.0


def table(name, columns, rows):
    made = {}
    for k, column in enumerate(columns.split()):
        values = [r[k] for r in rows]
        text = bool(values) and isinstance(values[0], str)
        made[column] = np.array(values, dtype=object if text or not values else None)
    return Table(name, made)


def outcome(hours, tables=None):
    values = np.zeros((2, len(NAMES)))
    values[:, NAMES.index("customers")] = (6.0, 2.0)
    values[0, NAMES.index("interruptions")] = 6.0
    values[0, NAMES.index("customer_hours")] = hours
    values[0, NAMES.index("energy_not_supplied")] = 10.0 * hours
    return Outcome(values, np.zeros_like(values), tables or {})


def supply(*rows):
    return table("supply", "time_s jurisdiction customers_out kw_out",
                 [(t, j, n, 10.0 * n) for t, j, n in rows])


def loads(back):
    rows = [(f"u{k}", "west", 1.0, s / 3600.0, s, how, via) for k, (s, how, via) in
            enumerate(back)]
    return table("loads", "id jurisdiction customers out_h back_s how via", rows)


WAITED = [(REPAIR_S, "repair", "")] * 6
HELPED = [(BACK_S, "border", "T")] * 5 + [(REPAIR_S, "repair", "")]


def steps(*, helped=True):
    first = [
        Step(0.0, 0.0, "protection", "trip", "Q1", "fault", {"Q1": "open"}, "故障",
             jurisdiction="west", phase="trip", customers=-6.0),
    ]
    tie = [
        Step(0.0, 900.0, "crew of west", "go", "Q2", "on the way to Q2", jurisdiction="west",
             phase="isolate"),
        Step(900.0, 1140.0, "crew of west", "open", "Q2", "isolate", {"Q2": "open"}, "隔离",
             jurisdiction="west", phase="isolate"),
        Step(1140.0, 2340.0, "control room of west", "agree", "T", "agree with east",
             reason_zh="与 east 协调", jurisdiction="west", agrees=("east",), remote=True,
             phase="restore"),
        Step(2340.0, BACK_S, "control room of west", "close", "T", "bring back 5 customers",
             {"T": "closed"}, "恢复 5 户", jurisdiction="west", agrees=("east",), remote=True,
             phase="restore", customers=5.0),
    ] if helped else []
    last = [
        Step(0.0, REPAIR_S - 60.0, "crew 7", "repair", "L1", "repair L1", {"L1": "repaired"},
             jurisdiction="west", crew="7", phase="repair"),
        Step(REPAIR_S - 60.0, REPAIR_S, "control room of west", "close", "Q1", "repaired",
             {"Q1": "closed"}, jurisdiction="west", remote=True, phase="return",
             customers=1.0 if helped else 6.0),
    ]
    after = [
        Step(REPAIR_S, REPAIR_S + 60.0, "control room of east", "open", "T", "break before make",
             {"T": "open"}, jurisdiction="east", agrees=("west",), remote=True, phase="return",
             customers=-5.0),
        Step(REPAIR_S + 60.0, REPAIR_S + 360.0, "crew of west", "close", "Q2", "own way",
             {"Q2": "closed"}, jurisdiction="west", phase="return", customers=5.0),
    ] if helped else []
    return tuple(first + tie + last + after)


def plan(*, helped=True, proof="optimal", gap=0.0):
    curve = supply((0.0, "west", 6.0), (0.0, "east", 0.0), (REPAIR_S, "west", 0.0))
    waiting = outcome(60.0, {"supply": curve, "loads": loads(WAITED)})
    if not helped:
        tables = {"supply": curve, "loads": loads(WAITED)}
        return Plan(steps(helped=False), outcome(60.0), waiting, "optimal", tables=tables)
    tables = {
        "supply": supply(
            (0.0, "west", 6.0), (0.0, "east", 0.0), (BACK_S, "west", 1.0), (REPAIR_S, "west", 0.0),
            (REPAIR_S + 60.0, "west", 5.0), (REPAIR_S + 360.0, "west", 0.0)),
        "loads": loads(HELPED),
        "checks": table(
            "checks", "time_s asset action ok failed v_min_pu loading_max_percent where",
            [(1140.0, "Q2", "open", "yes", "", float("nan"), 0.0, ""),
             (BACK_S, "T", "close", "yes", "", 0.962, 64.0, ""),
             (REPAIR_S + 360.0, "Q2", "close", "no", "voltage", 0.91, 40.0, "W2")]),
        "refused": table(
            "refused", "asset reason reason_zh who next_best",
            [("T2", "would load L9 to 130 %", "L9 负载率 130 %", "", "T;west"),
             ("T3", "not open: east, west", "未开放：east、west", "east;west", "")]),
        "donors": table(
            "donors", "source jurisdiction before_mva during_mva limit_mva reserve_before_mva "
            "reserve_during_mva", [("E-source", "east", 3.0, 4.5, 10.0, 7.0, 5.5)]),
        "settlement": table(
            "settlement", "from to carried_kwh reserve_mva_h amount currency",
            [("east", "west", 460.0, 14.0, 92.5, "CNY")]),
    }
    hours = 5 * BACK_S / 3600.0 + 10.0 + 5 * 300.0 / 3600.0
    return Plan(steps(), outcome(hours), waiting, proof, gap=gap, nodes=12,
                notes=(Note("one <note>", "一条<附注>"),), tables=tables)


def picture():
    xs = {"W0": 0.0, "W1": 1.0, "W2": 2.0, "E0": 4.0, "E1": 3.0}
    buses = table("buses", "id x y jurisdiction town zone", [
        ("W0", 0.0, 0.0, "west", "西镇 West", 0), ("W1", 1.0, 0.0, "west", "西镇 West", 1),
        ("W2", 2.0, 0.0, "west", "西镇 West", 2), ("E1", 3.0, 0.0, "east", "东镇 East", 3),
        ("E0", 4.0, 0.0, "east", "东镇 East", 3)])
    lines = [("L1", "W0", "W1", "west", 1), ("L2", "W1", "W2", "west", 2),
             ("LT", "W2", "E1", "west", 4), ("L3", "E1", "E0", "east", 3)]
    branches = table("branches", "id kind from_bus to_bus jurisdiction x0 y0 x1 y1 zone", [
        (i, "branch", a, b, j, xs[a], 0.0, xs[b], 0.5 * (i == "L2"), z)
        for i, a, b, j, z in lines])
    switches = table("switches", "id bus element kind normal jurisdictions project x y", [
        ("Q1", "W0", "L1", "breaker", "closed", "west", "", 0.0, 0.0),
        ("Q2", "W1", "L2", "load_break", "closed", "west", "", 1.0, 0.0),
        ("T", "W2", "LT", "tie", "open", "east;west", "link", 2.0, 0.0),
        ("TE", "E1", "LT", "load_break", "closed", "east;west", "link", 3.0, 0.0)])
    sources = table("sources", "id x y jurisdiction", [
        ("W-source", 0.0, 0.0, "west"), ("E-source", 4.0, 0.0, "east")])
    known = table("loads", "id bus zone customers jurisdiction", [
        *((f"u{k}", "W2", 2, 1.0, "west") for k in range(5)), ("u5", "W1", 1, 1.0, "west"),
        ("e0", "E0", 3, 2.0, "east")])
    return {"buses": buses, "branches": branches, "switches": switches, "sources": sources,
            "loads": known}


def response(*, states=("waiting", "apart", "together"), drawn=True, **options):
    made = {"apart": plan(helped=False), "together": plan(**options)}
    region = Region(
        "Two towns & more", "两镇", (Jurisdiction("west", "West", "西镇"),
                                     Jurisdiction("east", "East", "东镇")),
        (Project("link", "The link", "联络线", opened=date(2019, 1, 1)),),
        study_date=date(2020, 1, 1), caption=CAPTION,
    )
    case = Case(frozenset({("power", "east", "west")}), frozenset({"link"}))
    incident = Incident("storm-1", "power", datetime(2019, 9, 22, 23, 30),  # noqa: DTZ001 - local
                        (Event("L1", "pole_broken"),))
    plans = {s: made[s] for s in states if s in made}
    return Response(
        region, "power", "power", "1", "0123456789abcdef", additive(MEASURES), incident, states,
        dict.fromkeys(plans, case), plans, picture() if drawn else {},
        {"power/bus": {"synthetic": 5}, "incidents": {"reported": 1}},
    )
