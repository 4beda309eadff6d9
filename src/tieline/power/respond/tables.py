"""What a plan comes to: outcome by jurisdiction and the tables that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.power.measures import MEASURES
from tieline.power.respond.refused import refused_rows
from tieline.power.respond.rules import touched
from tieline.power.respond.settle import donor_rows, settlement_rows
from tieline.power.respond.watch import edge_name, zone_name
from tieline.power.respond.words import failed
from tieline.region.model import Note, Outcome
from tieline.region.protocol import additive
from tieline.region.tables import Table

if TYPE_CHECKING:
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.plan import Answer
    from tieline.power.respond.situation import Situation
    from tieline.region.model import Step

MINUTE_S = 60.0


def outcome_of(situation: Situation, answer: Answer, horizon_h: float) -> Outcome:
    """Customers, interruptions, customer-hours and energy lost, by jurisdiction, in this event.

    Service and demand are those of the hours until all is normal again (`horizon_h`, the later of
    this plan and of waiting). The gap is booked on customer-hours, where the customers are out.
    """
    ground, history = situation.ground, answer.history
    network = ground.network
    n_j = len(network.jurisdictions)
    loads = network.loads
    at = np.flatnonzero(ground.load_zone >= 0)
    zone = ground.load_zone[at]
    own = loads["jurisdiction"][at]
    customers = loads["customers"][at]
    out = history.out_h[zone]
    kw = loads["p_kw"][at] * situation.level.load_factor

    def by(values: Any) -> Any:
        return np.bincount(own, weights=values, minlength=n_j)

    total, hours = by(customers), by(customers * out)
    columns = {
        "customers": total, "interruptions": by(customers * history.times_lost[zone]),
        "customer_hours": hours, "energy_not_supplied": by(kw * out),
        "service_hours": total * horizon_h - hours, "demand_hours": total * horizon_h,
    }
    names = [m.name for m in additive(MEASURES)]
    values = np.column_stack([columns[n] for n in names])
    gap = np.zeros_like(values)
    if answer.gap > 0.0 and hours.sum() > 0.0:
        part = answer.gap * hours / hours.sum()
        gap[:, names.index("customer_hours")] = part
        gap[:, names.index("service_hours")] = part
    return Outcome(values, gap)


def tables_of(
    situation: Situation, limits: Electric, answer: Answer, steps: tuple[Step, ...]
) -> dict[str, Table]:
    """Every table of a plan by name."""
    donors = donor_rows(situation, limits, answer)
    return {
        "steps": _step_table(steps),
        "supply": _supply(situation, answer),
        "loads": _loads(situation, answer),
        "checks": _checks(situation, answer),
        "refused": _table("refused", refused_rows(situation, limits, answer),
                          "asset reason reason_zh who next_best"),
        "donors": _table(
            "donors", donors, "source jurisdiction before_mva during_mva limit_mva "
            "reserve_before_mva reserve_during_mva carried_kwh hours",
        ),
        "settlement": _table(
            "settlement", settlement_rows(situation, limits, answer),
            "from to carried_kwh reserve_mva_h amount currency",
        ),
        "repairs": _repairs(situation, answer),
    }


def waiting_tables(
    situation: Situation, answer: Answer, steps: tuple[Step, ...]
) -> dict[str, Table]:
    """What is shown of waiting, with the columns of a plan."""
    return {
        "steps": _step_table(steps), "supply": _supply(situation, answer),
        "loads": _loads(situation, answer),
    }


def _table(name: str, rows: list[dict[str, Any]], columns: str) -> Table:
    """Rows as a table; numbers as floats, all else as texts."""
    made: dict[str, Any] = {}
    for column in columns.split():
        values = [r[column] for r in rows]
        numeric = bool(values) and all(isinstance(v, (int, float)) for v in values)
        made[column] = np.array(values, float if numeric else object)
    return Table(name, made)


def _step_table(steps: tuple[Step, ...]) -> Table:
    rows = [
        {
            "step": k, "start_min": s.start_s / MINUTE_S, "end_min": s.end_s / MINUTE_S,
            "actor": s.actor, "jurisdiction": s.jurisdiction, "phase": s.phase,
            "action": s.action, "asset": s.asset, "agrees": ";".join(s.agrees),
            "customers": s.customers, "reason": s.reason, "reason_zh": s.reason_zh,
        }
        for k, s in enumerate(steps, start=1)
    ]
    return _table("steps", rows, "step start_min end_min actor jurisdiction phase action asset "
                  "agrees customers reason reason_zh")


def _supply(situation: Situation, answer: Answer) -> Table:
    """Customers and kW out after each change, by jurisdiction; equal between two rows."""
    ground = situation.ground
    network = ground.network
    kw = np.zeros_like(ground.customers)
    loads = network.loads
    at = np.flatnonzero(ground.load_zone >= 0)
    np.add.at(kw, (ground.load_zone[at], loads["jurisdiction"][at]), loads["p_kw"][at])
    kw *= situation.level.load_factor
    out = situation.dark.copy()
    rows: list[dict[str, Any]] = []

    def add(at_h: float) -> None:
        for j, name in enumerate(network.jurisdictions):
            rows.append({
                "time_s": round(at_h * 3600.0, 3), "jurisdiction": name,
                "customers_out": float(ground.customers[out, j].sum()),
                "kw_out": float(kw[out, j].sum()),
            })

    add(0.0)
    for act in answer.history.acts:
        if act.kind == "trip" or not (act.gained or act.lost):
            continue
        out[list(act.gained)] = False
        out[list(act.lost)] = True
        if rows and rows[-1]["time_s"] == round(act.end_h * 3600.0, 3):
            del rows[-len(network.jurisdictions):]
        add(act.end_h)
    return _table("supply", rows, "time_s jurisdiction customers_out kw_out")


def _loads(situation: Situation, answer: Answer) -> Table:
    """Every customer without supply: hours out, and how it came back first (inf = never)."""
    ground, history = situation.ground, answer.history
    network = ground.network
    loads = network.loads
    rows = []
    crossing = {e for e in range(len(ground.edges)) if not ground.edges.normal[e]}
    for k in np.flatnonzero(ground.load_zone >= 0).tolist():
        zone = int(ground.load_zone[k])
        if history.out_h[zone] <= 0.0 and not situation.dark[zone]:
            continue
        how, via = _how(situation, answer, zone, crossing)
        rows.append({
            "id": str(loads.ids[k]), "bus": str(network.buses.ids[loads["bus"][k]]),
            "jurisdiction": network.jurisdictions[loads["jurisdiction"][k]],
            "class": str(loads["class"][k]), "customers": float(loads["customers"][k]),
            "out_h": float(history.out_h[zone]),
            "back_s": float(round(history.first_back_h[zone] * 3600.0, 3)),
            "how": how, "via": via,
        })
    return _table("loads", rows, "id bus jurisdiction class customers out_h back_s how via")


def _how(
    situation: Situation, answer: Answer, zone: int, crossing: set[int]
) -> tuple[str, str]:
    """How a zone first came back: upstream, own or border (through a tie), or repair."""
    chosen = answer.choice.feeds
    edges = situation.ground.edges
    z = zone
    if not np.isfinite(answer.choice.time_h[zone]) or (
        answer.history.first_back_h[zone] > answer.choice.time_h[zone] + 1e-6
        and answer.history.first_back_h[zone] in answer.schedule.done_h
    ):
        return "repair", ""
    for _ in range(situation.ground.n_zones):
        e = int(chosen[z])
        if e < 0:
            break
        if e in crossing:
            kind = "border" if touched(situation, e).sum() > 1 else "own"
            return kind, edge_name(situation, e)
        z = int(edges.zb[e] if edges.za[e] == z else edges.za[e])
    return "upstream", ""


def _checks(situation: Situation, answer: Answer) -> Table:
    """What was found in the changed feeders after each switching."""
    rows = []
    for act in answer.history.acts:
        if act.kind in ("trip", "repair"):
            continue
        c = act.check
        rows.append({
            "time_s": round(act.end_h * 3600.0, 3), "asset": edge_name(situation, act.edge),
            "action": act.kind, "ok": "yes" if c.ok else "no", "failed": c.failed,
            "v_min_pu": c.v_min, "v_min_bus": c.v_min_bus,
            "loading_max_percent": 100.0 * c.loading, "loading_branch": c.loading_asset,
            "value": c.value, "limit": c.limit, "where": c.where,
        })
    return _table("checks", rows, "time_s asset action ok failed v_min_pu v_min_bus "
                  "loading_max_percent loading_branch value limit where")


def _repairs(situation: Situation, answer: Answer) -> Table:
    rows = [
        {
            "asset": situation.repairs[t.job.repair].asset, "crew": t.crew,
            "start_s": round(t.leave_h * 3600.0, 3), "end_s": round(t.end_h * 3600.0, 3),
            "zone": zone_name(situation, situation.repairs[t.job.repair].zones[0]),
        }
        for t in answer.schedule.jobs if t.job.kind == "repair"
    ]
    return _table("repairs", rows, "asset crew start_s end_s zone")


def notes_of(situation: Situation, answer: Answer) -> tuple[Note, ...]:
    """What the reader should know: assumed times, lost sources, states that failed."""
    notes = []
    assumed = [r.asset for r in situation.repairs if r.assumed]
    if assumed:
        hours = situation.ground.network.response.repair_h
        names = ", ".join(assumed[:5])
        notes.append(Note(
            f"repair time not given for {names}: {hours:g} h assumed",
            f"{names} 未注明修复时间，按 {hours:g} 小时计",
        ))
    if situation.absent:
        names = ", ".join(situation.absent[:5])
        notes.append(Note(
            f"not built in this case, so its condition changes nothing: {names}",
            f"此情形下尚未建成，所给状态不起作用：{names}",
        ))
    if not situation.after.live[situation.ground.sources.zone].any():
        notes.append(Note(
            "every source is lost: nobody can come back before one is repaired",
            "所有电源均失去：任一电源修复之前无法恢复供电",
        ))
    elif not situation.after.live[situation.ground.weight > 0].any():
        notes.append(Note(
            "the faults cut every source off from the customers: nobody is fed just after them",
            "故障使所有电源与用户隔断：故障后无人有电",
        ))
    if not situation.ground.network.switches.ids.size:
        notes.append(Note(
            "the network has no switches: nothing can be isolated or back-fed, only repaired",
            "电网没有开关：无法隔离与转供，只能等待抢修",
        ))
    if not answer.choice.finished:
        notes.append(Note(
            f"the search stopped at its limit after {answer.choice.states} states; a better plan "
            f"could save at most {answer.gap:.3g} weighted customer-hours",
            f"搜索达到上限（{answer.choice.states} 个状态）；"
            f"更优方案最多再少 {answer.gap:.3g} 加权时户",
        ))
    for act in answer.history.failed:
        found, found_zh = failed(act.check)
        name = edge_name(situation, act.edge)
        notes.append(Note(
            f"check failed after '{name}': {found}", f"“{name}”操作后校核不通过：{found_zh}",
        ))
    notes += _at_the_end(situation, answer)
    if not answer.history.normal:
        notes.append(Note(
            "not every switch could be brought back to its position before the incident",
            "并非所有开关都能恢复到事故前的位置",
        ))
    return tuple(notes)


def _at_the_end(situation: Situation, answer: Answer) -> list[Note]:
    """Ties that stay closed, and customers who stay out."""
    notes = []
    for edge in answer.history.kept:
        name = edge_name(situation, edge)
        notes.append(Note(
            f"'{name}' stays closed: it feeds customers who had no supply before the incident",
            f"“{name}”保持合上：经其供电的用户在事故前已停电",
        ))
    out = situation.dark.copy()
    for act in answer.history.acts:
        if act.kind != "trip":
            out[list(act.gained)] = False
            out[list(act.lost)] = True
    out &= situation.before.live
    left = float(situation.ground.customers[out].sum())
    if left > 0.0:
        notes.append(Note(
            f"{left:g} customers are still without supply at the end of this plan: their way is "
            "repaired, but cannot carry what they draw within the limits",
            f"方案结束时仍有 {left:g} 户停电：其供电路径已修复，但在限值内无法承载其负荷",
        ))
    return notes
