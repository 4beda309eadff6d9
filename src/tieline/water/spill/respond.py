"""The plan for a spill: told, warned, closed, where booms and boats go, when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.model import Note, Outcome, Plan, Step
from tieline.water.cleaning.task import TOPIC as CLEANING
from tieline.water.detail import table_of
from tieline.water.measures import COLUMN
from tieline.water.quality.plan import open_matrix
from tieline.water.spill.booms import boom_steps, booms
from tieline.water.spill.event import spills_of
from tieline.water.spill.moves import ASSETS, label
from tieline.water.spill.plan import ALARMS, Answer, answer, groups
from tieline.water.spill.tables import HIT_COLUMNS, hit_row

if TYPE_CHECKING:
    from tieline.region.model import Case, Incident
    from tieline.region.tables import Table
    from tieline.water.network import WaterNetwork

HOUR_S = 3600.0
FRAME_H = 1.0
"""Concentrations of the pages are kept every hour."""


def respond(network: WaterNetwork, case: Case, incident: Incident) -> Plan:
    """What to do about an incident of one or more spills, each planned for by itself."""
    spills = spills_of(network, incident)
    answers = [answer(network, case, s) for s in spills]
    closed = type(case)(frozenset(), case.built, case.scenario)
    waiting = [answer(network, closed, a.spill, act=False, base=a.base) for a in answers]
    steps: list[Step] = []
    for found in answers:
        steps += _steps(network, case, found)
    exhaustive = all(c.exhaustive for a in answers for _, c in a.chosen)
    tried = sum(len(c.tried) for a in answers for _, c in a.chosen)
    outcome = _outcome(network, answers, tables=True)
    value = float(outcome.values[:, COLUMN["people_hours"]].sum())
    return Plan(
        steps=tuple(steps), outcome=outcome, waiting=_outcome(network, waiting, tables=True),
        proof="optimal" if exhaustive else "heuristic",
        gap=0.0 if exhaustive else value, bound=value if exhaustive else 0.0, objective=value,
        nodes=tried, notes=tuple(_notes(network, answers)),
        tables={t.name: t for t in _tables(network, case, answers)},
    )


def _outcome(network: WaterNetwork, answers: list[Answer], *, tables: bool) -> Outcome:
    values = np.zeros((len(network.jurisdictions), len(COLUMN)))
    columns = [COLUMN["intake_hours"], COLUMN["people_hours"]]
    for found in answers:
        values[:, columns] += found.by_jurisdiction(network)
    made = {t.name: t for t in _hits(network, answers)} if tables else {}
    return Outcome(values, np.zeros_like(values), made)


def _steps(network: WaterNetwork, case: Case, found: Answer) -> list[Step]:
    spill, ids = found.spill, network.jurisdictions
    own = [int(j) for j in np.flatnonzero(network.grid.cell_owner[spill.cell] > 0.0)]
    known = found.known_h
    steps = [Step(0.0, spill.detect_h * HOUR_S, ids[own[0]], "detect", spill.id,
                  f"{spill.mass_kg:g} kg within {spill.hours:g} h", jurisdiction=ids[own[0]],
                  reason_zh=f"{spill.hours:g} 小时内泄漏 {spill.mass_kg:g} 千克", phase="alarm")]
    told = groups(open_matrix(network, case, ALARMS))
    for j in np.flatnonzero(np.isfinite(known)):
        if j in own:
            continue
        at = float(known[j]) * HOUR_S
        if told[own, j].any():
            steps.append(Step(at, at, ids[own[0]], "alarm", ids[j], "alarms are shared",
                              jurisdiction=ids[own[0]], agrees=(ids[j],), phase="alarm",
                              reason_zh="共享预警", changes={f"known:{ids[j]}": "yes"}))
        else:
            steps.append(Step(at, at, ids[j], "find", ids[j], "found in its own water, not told",
                              jurisdiction=ids[j], phase="alarm",
                              reason_zh="未获通报,在本方水域自行发现",
                              changes={f"known:{ids[j]}": "yes"}))
    steps += _gate_steps(network, found)
    steps += _intake_steps(network, found)
    steps += boom_steps(network, booms(network, case, found, open_matrix(network, case, CLEANING)))
    return sorted(steps, key=lambda s: (s.start_s, s.phase, s.asset))


WORDS = {
    ("gate", "less"): ("close", "keeps the spill from the intakes of those who plan together",
                       "使污染避开共同决策各方的取水口"),
    ("gate", "more"): ("open", "leads the spill away from the intakes of those who plan together",
                       "将污染引离共同决策各方的取水口"),
    ("pump", "less"): ("stop", "keeps the spill from the intakes of those who plan together",
                       "使污染避开共同决策各方的取水口"),
    ("pump", "more"): ("run", "leads the spill away from the intakes of those who plan together",
                       "将污染引离共同决策各方的取水口"),
}
POSITIONS = {0.0: "closed", 1.0: "open"}


def _gate_steps(network: WaterNetwork, found: Answer) -> list[Step]:
    ids = network.jurisdictions
    steps = []
    together = {j: members for members, _ in found.chosen for j in members}
    for order in found.orders:
        rows = network.tables[order.table]
        owner = int(rows["jurisdiction"][order.row])
        agrees = tuple(ids[k] for k in together.get(owner, ()) if k != owner)
        start = order.time_h - float(rows["delay_min"][order.row]) / 60.0
        takes = float(rows["move_min"][order.row]) / 60.0 if order.table == "gate" else 0.0
        name = str(rows.ids[order.row])
        usual = float(rows[ASSETS[order.table]][order.row])
        less = order.setting == 0.0 or order.setting < usual
        action, why, zh = WORDS[order.table, "less" if less else "more"]
        position = POSITIONS.get(order.setting, f"{order.setting:g}")
        if position not in POSITIONS.values():
            why, zh = f"to {order.setting:.0%}: {why}", f"调至 {order.setting:.0%}:{zh}"
        steps.append(Step(
            start * HOUR_S, (order.time_h + takes) * HOUR_S, ids[owner], action, name, why,
            changes={f"{order.table}:{name}": position}, jurisdiction=ids[owner], agrees=agrees,
            remote=order.table == "gate" and bool(rows["remote"][order.row]), phase="gates",
            reason_zh=zh))
    return steps


def _intake_steps(network: WaterNetwork, found: Answer) -> list[Step]:
    rows, ids = network.tables["intake"], network.jurisdictions
    steps = []
    for hit in found.hits:
        if hit.kind != "intake" or hit.hours <= 0.0:
            continue
        name, owner = str(rows.ids[hit.row]), ids[hit.jurisdiction]
        warned = bool(found.known_h[hit.jurisdiction] <= hit.first_h)
        end = hit.last_h + (0.0 if warned else float(rows["flush_h"][hit.row]))
        why = "tainted water is coming" if warned else "tainted water was taken in: flushed"
        zh = "受污染水团将至" if warned else "已取入受污染水,须冲洗"
        start = hit.first_h if warned else float(
            min(max(found.known_h[hit.jurisdiction], hit.first_h), end))
        steps.append(Step(
            start * HOUR_S, end * HOUR_S, owner, "shut", name, why, jurisdiction=owner,
            phase="intakes", reason_zh=zh, changes={f"intake:{name}": "shut"}))
    return steps


def _notes(network: WaterNetwork, answers: list[Answer]) -> list[Note]:
    notes = []
    for found in answers:
        refused = sum(c.refused for _, c in found.chosen)
        if refused:
            notes.append(Note(
                f"{refused} choices of gates were refused: they would flood a bank",
                f"{refused} 种闸门组合因会漫溢堤岸而被舍弃"))
        slow = [network.jurisdictions[j] for j in np.flatnonzero(~np.isfinite(found.known_h))]
        if slow:
            notes.append(Note(f"the spill is never noticed in: {', '.join(slow)}",
                              f"以下辖区始终未察觉:{'、'.join(slow)}"))
        if not found.orders:
            notes.append(Note("no gate or pump that may be moved helps", "可调度的闸泵均无助益"))
    notes.append(Note(
        "when each knows follows from the run without orders; what is ordered stays so to the end; "
        "a choice is proved best among moving each gate or pump at once, to a setting of its "
        "table, or not at all",
        "各方获知时刻按不调度时推演;所下指令保持至推演结束;"
        "最优性仅就每座闸、泵即刻调至表列开度或不调度而言"))
    return notes


def _hits(network: WaterNetwork, answers: list[Answer]) -> list[Table]:
    rows = [[a.spill.id, *hit_row(network, h)] for a in answers for h in a.hits]
    return [table_of("hits", f"spill {HIT_COLUMNS}", rows)]


def _tables(network: WaterNetwork, case: Case, answers: list[Answer]) -> list[Table]:
    choices: list[list[Any]] = []
    for found in answers:
        for members, chosen in found.chosen:
            who = "+".join(network.jurisdictions[j] for j in members)
            for choice in chosen.tried:
                moved = ";".join(label(network, m) for m in choice.moves)
                choices.append([found.spill.id, who, moved, *choice.value,
                                int(choice.moves == chosen.best.moves)])
    rel = open_matrix(network, case, CLEANING)
    placed = [[a.spill.id, *b.cells(network)]
              for a in answers for b in booms(network, case, a, rel)]
    return [t for t in (
        *_hits(network, answers),
        table_of("choices", "spill members orders people_hours intake_hours section_hours "
                 "peaks chosen", choices),
        table_of("booms", "spill boat jurisdiction place kind leaves_h there_h spill_there_h "
                 "passes_share", placed),
        _frames(network, answers),
    ) if len(t)]


def _frames(network: WaterNetwork, answers: list[Answer]) -> Table:
    """Concentration of every node each hour: what the time slider of the pages shows."""
    rows: list[list[Any]] = []
    nodes = network.nodes
    for found in answers:
        run = found.course
        every = max(round(FRAME_H / run.step_h), 1)
        for t in range(0, len(run.hours), every):
            at = run.mg_l[t, network.grid.node_cell]
            rows += [[found.spill.id, float(run.hours[t]), str(nodes.ids[i]), float(at[i])]
                     for i in np.flatnonzero(at > 1e-3 * found.spill.limit_mg_l)]
    return table_of("frames", "spill time_h node mg_l", rows)

