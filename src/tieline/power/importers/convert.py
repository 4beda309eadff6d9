"""pandapower elements turned into rows of the native tables, as they are.

Nothing here changes a switch position or a rating. The equations are those of pandapower's
documentation of its elements (transformer: model "pi"); what has no counterpart is left out
and noted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tieline.power.importers.frames import Draft, Element, Row, schema

if TYPE_CHECKING:
    from tieline.power.importers.findings import Kind

KINDS = {"CB": "breaker", "LBS": "load_break", "LS": "load_break", "DS": "disconnector"}
"""pandapower's switch types: circuit breaker, load break switch, load switch, disconnector."""

_UNLIMITED_KA = 20.0
"""Ratings above this are placeholders in pandapower data (99999 kA) and mean no limit."""

NOT_TAKEN = (
    "trafo3w", "gen", "storage", "motor", "ward", "xward", "dcline", "asymmetric_load",
    "asymmetric_sgen", "svc", "ssc", "tcsc", "vsc", "bus_dc", "line_dc", "source_dc", "load_dc",
)


def convert(draft: Draft) -> None:
    """Fill the draft's rows from its net; element by element, in the net's order."""
    _buses(draft)
    _sources(draft)
    _each(draft, "line", "branch", _line, ("from_bus", "to_bus"))
    _each(draft, "impedance", "branch", _impedance, ("from_bus", "to_bus"))
    _each(draft, "trafo", "transformer", _transformer, ("hv_bus", "lv_bus"))
    _each(draft, "load", "load", _load, ("bus",))
    _each(draft, "sgen", "generator", _generator, ("bus",))
    _each(draft, "shunt", "shunt", _shunt, ("bus",))
    _switches(draft)
    for table in NOT_TAKEN:
        left = [e.id for e in draft.elements(table)
                if e.flag("in_service") and not (table == "gen" and e.flag("slack", default=False))]
        if left:
            draft.findings.add(
                "left_out", table, "this kind of element has no native table",
                "本软件无对应表", left,
            )


def _buses(draft: Draft) -> None:
    for e in draft.elements("bus"):
        if not e.flag("in_service"):
            draft.idle.add(e.id)
            continue
        draft.vn_kv[e.id] = e.number("vn_kv")
        row: Row = {"id": e.id, "vn_kv": e.number("vn_kv")}
        x, y = _point(draft, e)
        if math.isfinite(x) and math.isfinite(y):
            row |= {"x": x, "y": y}
        for ours, theirs in (("v_min_pu", "min_vm_pu"), ("v_max_pu", "max_vm_pu")):
            limit, column = e.number(theirs), schema("bus").column(ours)
            if not e.text(ours) and 0.5 < limit < (column.max or 0.0):
                row[ours] = limit
        draft.put("bus", e, row)
    _out_of_service(draft, "bus", sorted(draft.idle))


def _point(draft: Draft, e: Element) -> tuple[float, float]:
    """Coordinates of a bus: GeoJSON in `geo` (pandapower 3), else the table `bus_geodata`."""
    if e.text("geo"):
        try:
            x, y = json.loads(e.text("geo"))["coordinates"][:2]
            return float(x), float(y)
        except (ValueError, KeyError, TypeError, RecursionError):
            draft.issues.error(f"{draft.file}: bus {e.index}", "a GeoJSON point",
                               repr(e.text("geo")), field="geo")
    if "bus_geodata" in draft.net and e.index in draft.net["bus_geodata"].index:
        at = draft.net["bus_geodata"].loc[e.index]
        return float(at["x"]), float(at["y"])
    return math.nan, math.nan


def _sources(draft: Draft) -> None:
    _each(draft, "ext_grid", "source", _source, ("bus",))
    slack = [e for e in draft.elements("gen") if e.flag("slack", default=False)]
    for e in slack:
        if e.flag("in_service") and _there(draft, e, ("bus",)):
            draft.put("source", e, _source(draft, e) or {})
    if not draft.rows.get("source"):
        draft.issues.error(f"{draft.file}: ext_grid", "at least one source in service", "none")


def _each(
    draft: Draft, table: str, native: str,
    make: Callable[[Draft, Element], Row | None], ends: tuple[str, ...],
) -> None:
    """Convert every element in service whose buses are there."""
    out = []
    for e in draft.elements(table):
        if not e.flag("in_service") or not _there(draft, e, ends):
            out.append(e.id)
        elif row := make(draft, e):
            draft.put("generator" if row.pop("_feeds", False) else native, e, row)
    _out_of_service(draft, table, out)


def _there(draft: Draft, e: Element, ends: tuple[str, ...]) -> bool:
    """Whether every bus of the element is in service; a bus that does not exist is an error."""
    for end in ends:
        if e.bus(end) not in draft.vn_kv and e.bus(end) not in draft.idle:
            draft.issues.error(f"{draft.file}: {e.table} {e.index}", "a bus of the table bus",
                               f"'{e.bus(end)}'", field=end)
    return all(e.bus(end) in draft.vn_kv for end in ends)


def _out_of_service(draft: Draft, table: str, ids: list[str]) -> None:
    if ids:
        draft.findings.add("left_out", table, "out of service, or at a bus that is",
                           "停运,或所接节点停运", ids)


def _source(draft: Draft, e: Element) -> Row:
    del draft
    return {"id": e.id, "bus": e.bus(), "vm_pu": e.number("vm_pu", 1.0),
            "va_degree": e.number("va_degree", 0.0)}


def _line(draft: Draft, e: Element) -> Row:
    n = e.number("parallel", 1.0)
    row: Row = {
        "id": e.id, "from_bus": e.bus("from_bus"), "to_bus": e.bus("to_bus"),
        "length_km": e.number("length_km"),
        "r_ohm_per_km": e.number("r_ohm_per_km") / n,
        "x_ohm_per_km": e.number("x_ohm_per_km") / n,
        "c_nf_per_km": e.number("c_nf_per_km", 0.0) * n,
        "f_hz": float(draft.net.get("f_hz", 50.0)),
    }
    rating_ka = e.number("max_i_ka") * e.number("df", 1.0) * n
    if rating_ka <= _UNLIMITED_KA:
        row["i_max_a"] = rating_ka * 1000.0
    else:
        draft.findings.add("changed", "line.max_i_ka", "no rating: no limit", "无额定电流:不限",
                           [e.id])
    kind = {"cs": "cable", "ol": "overhead"}.get(e.text("type"))
    if kind and not e.text("kind"):
        row["kind"] = kind
    if e.number("g_us_per_km", 0.0):
        draft.findings.add("left_out", "line.g_us_per_km", "conductance to earth",
                           "对地电导", [e.id])
    return row


def _impedance(draft: Draft, e: Element) -> Row | None:
    """A symmetric series impedance as a link of 1 km."""
    r, x = e.number("rft_pu"), e.number("xft_pu")
    other = e.number("rtf_pu", r), e.number("xtf_pu", x)
    shunt = [e.number(f"{k}{end}_pu", 0.0) for k in "gb" for end in "ft"]
    vn = draft.vn_kv[e.bus("from_bus")]
    z = vn * vn / e.number("sn_mva")
    if (r, x) != other or any(shunt) or not (0.0 <= r * z <= 20.0 and 0.0 <= x * z <= 20.0):
        draft.findings.add("left_out", "impedance",
                           "not symmetric, negative, above 20 ohm, or with parts to earth",
                           "不对称、为负、大于 20 欧或带对地部分", [e.id])
        return None
    draft.findings.add("changed", "impedance", "a link of 1 km without rating and failures",
                       "表示为 1 km 的连接,无限流、无故障", [e.id])
    return {"id": e.id, "from_bus": e.bus("from_bus"), "to_bus": e.bus("to_bus"),
            "length_km": 1.0, "r_ohm_per_km": r * z, "x_ohm_per_km": x * z, "kind": "link"}


def _transformer(draft: Draft, e: Element) -> Row:
    """A two-winding transformer; n in parallel are one of n times the size.

    A rating factor df becomes part of sn_mva; vk, vkr and i0 are scaled so that the
    impedances in ohm stay the same.
    """
    n, df = e.number("parallel", 1.0), e.number("df", 1.0)
    row: Row = {
        "id": e.id, "hv_bus": e.bus("hv_bus"), "lv_bus": e.bus("lv_bus"),
        "sn_mva": e.number("sn_mva") * n * df,
        "vn_hv_kv": e.number("vn_hv_kv"), "vn_lv_kv": e.number("vn_lv_kv"),
        "vk_percent": e.number("vk_percent") * df, "vkr_percent": e.number("vkr_percent") * df,
        "pfe_kw": e.number("pfe_kw", 0.0) * n, "i0_percent": e.number("i0_percent", 0.0) / df,
        "shift_degree": e.number("shift_degree", 0.0),
        "tap_pos": 0.0,
    }
    step, degree = e.number("tap_step_percent", 0.0), e.number("tap_step_degree", 0.0)
    position = e.number("tap_pos", 0.0) - e.number("tap_neutral", 0.0)
    plain = e.text("tap_changer_type") in ("Ratio", "Symmetrical") and not degree
    row["tap_side"] = e.text("tap_side") or "hv"
    row["tap_step_percent"] = step if plain else 0.0
    if plain:
        row["tap_pos"] = position
    elif position and (step or degree):
        draft.findings.add("left_out", "trafo.tap_pos", "tap changer is not a plain ratio changer",
                           "分接开关不是单纯调压", [e.id])
    if e.flag("tap_dependency_table", default=False) or e.number("tap2_pos", 0.0):
        draft.findings.add("left_out", "trafo.tap2", "second tap changer or table of impedances",
                           "第二分接开关或阻抗表", [e.id])
    return row


def _power(e: Element, sign: float) -> Row:
    scale = e.number("scaling", 1.0) * 1000.0 * sign
    return {"id": e.id, "bus": e.bus(), "p_kw": e.number("p_mw") * scale,
            "q_kvar": e.number("q_mvar", 0.0) * scale}


def _load(draft: Draft, e: Element) -> Row:
    if any(e.number(f"const_{k}_{s}percent", 0.0) for k in "zi" for s in ("", "p_", "q_")):
        draft.findings.add("changed", "load.const_z_percent",
                           "voltage dependence left out: constant power",
                           "不计电压特性,按恒功率", [e.id])
    if e.number("p_mw") * e.number("scaling", 1.0) < 0.0:
        draft.findings.add("changed", "load.p_mw", "negative: a generator", "为负:按电源", [e.id])
        return {**_power(e, -1.0), "_feeds": True}
    return _power(e, 1.0)


def _generator(draft: Draft, e: Element) -> Row | None:
    if e.number("p_mw") * e.number("scaling", 1.0) < 0.0:
        draft.findings.add("changed", "sgen.p_mw", "negative: a load without customers",
                           "为负:按无用户的负荷", [e.id])
        draft.put("load", e, {**_power(e, -1.0), "customers": 0.0})
        return None
    return _power(e, 1.0)


def _shunt(draft: Draft, e: Element) -> Row:
    vn = draft.vn_kv[e.bus()]
    scale = e.number("step", 1.0) * 1000.0 * (vn / e.number("vn_kv", vn)) ** 2
    return {"id": e.id, "bus": e.bus(), "p_kw": e.number("p_mw", 0.0) * scale,
            "q_kvar": e.number("q_mvar") * scale}


_ELEMENTS = {"l": ("line", "branch"), "t": ("trafo", "transformer"), "b": ("bus", "bus")}


def _switches(draft: Draft) -> None:
    there = {"branch": _made(draft, "branch"), "transformer": _made(draft, "transformer"),
             "bus": _made(draft, "bus")}
    out, untyped, stiff, rated = [], [], [], []
    for e in draft.elements("switch"):
        theirs, ours = _ELEMENTS.get(e.text("et"), ("", ""))
        element = f"{theirs}{e.number('element'):.0f}"
        if ours and e.number("element") not in draft.net[theirs].index:
            draft.issues.error(f"{draft.file}: switch {e.index}", f"a row of the table {theirs}",
                               f"'{e.text('element')}'", field="element")
        if not _there(draft, e, ("bus",)) or element not in there.get(ours, set()):
            out.append(e.id)
            continue
        row: Row = {"id": e.id, "bus": e.bus(), "element": element, "element_kind": ours,
                    "normal": "closed" if e.flag("closed") else "open"}
        if not e.text("kind"):
            row["kind"] = KINDS.get(e.text("type"), "load_break")
            if e.text("type") not in KINDS:
                untyped.append(e.id)
                row["status"] = "assumption"
        if e.number("z_ohm", 0.0):
            stiff.append(e.id)
        if math.isfinite(e.number("in_ka")):
            rated.append(e.id)
        draft.put("switch", e, row)
    _note_switches(draft, out, untyped, stiff, rated)


def _note_switches(
    draft: Draft, out: list[str], untyped: list[str], stiff: list[str], rated: list[str]
) -> None:
    notes: tuple[tuple[Kind, str, str, str, list[str]], ...] = (
        ("left_out", "switch", "at something that is not taken over", "所接元件未导入", out),
        ("missing", "switch.kind", "neither `kind` nor a known `type`: load_break is assumed",
         "无 kind,type 亦不识别:假设为 load_break", untyped),
        ("left_out", "switch.z_ohm", "impedance of the switch", "开关阻抗", stiff),
        ("left_out", "switch.in_ka", "current rating of the switch; lines have theirs",
         "开关额定电流(线路另有)", rated),
    )
    for kind, where, text, text_zh, ids in notes:
        if ids:
            draft.findings.add(kind, where, text, text_zh, ids)


def _made(draft: Draft, table: str) -> set[str]:
    return {row["id"] for row in draft.rows.get(table, [])}


def project_rows(draft: Draft) -> list[dict[str, Any]]:
    """Rows of projects.csv: the file's own table `project`, and every id a row names."""
    rows: dict[str, dict[str, Any]] = {}
    for e in draft.elements("project"):
        if e.text("id"):
            rows[e.text("id")] = {k: v for k, v in e.values.items() if e.text(k)}
    named = {str(row[key]) for made in draft.rows.values() for row in made
             for key in ("project", "unless_project") if row.get(key)}
    for project in sorted(named - set(rows)):
        rows[project] = {"id": project, "name": project}
    undated = [p for p, row in rows.items() if not row.get("opened")]
    if undated:
        draft.findings.add("missing", "project.opened",
                           "no date: counts as built while region.toml has no study_date, "
                           "as never opened once it has",
                           "无投运日期:region.toml 无 study_date 时视为已建成,有则视为未投运",
                           undated)
    return list(rows.values())
