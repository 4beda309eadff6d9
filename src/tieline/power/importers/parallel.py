"""Transformers that run in parallel between the same busbars, taken as one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tieline.power.importers.areas import parts

if TYPE_CHECKING:
    from tieline.power.importers.frames import Draft, Row

ALIKE = ("vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "tap_side", "tap_pos",
         "tap_step_percent", "shift_degree", "jurisdiction", "project", "unless_project")
"""What must be equal for two transformers to share their load as one of their sizes together."""
WORST = ("failure_per_yr", "repair_h")


def merge_parallel(draft: Draft) -> None:
    """Take transformers in parallel as one of their sizes together, without the others' switches.

    They are in parallel if closed bus-bus switches join their busbars on both sides and no switch
    of theirs is open: a loop in a grid that is otherwise radial. The flow stays the same; that one
    may fail alone is lost, so the highest of their failure rates counts for all together.
    """
    switches, rows = draft.rows.get("switch", []), draft.rows.get("transformer", [])
    busbar = parts(draft.vn_kv, (
        (s["bus"], s["element"]) for s in switches
        if s["element_kind"] == "bus" and s["normal"] == "closed"
        and not s.get("project") and not s.get("unless_project")
    ))
    out = {s["element"] for s in switches
           if s["element_kind"] == "transformer" and s["normal"] == "open"}
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row["id"] not in out:
            sides = (busbar[row["hv_bus"]], busbar[row["lv_bus"]])
            groups[*sides, *(row.get(name) for name in ALIKE)].append(row)
    gone: set[str] = set()
    for first, *others in groups.values():
        if others:
            _add(first, others)
            ids = [row["id"] for row in others]
            gone |= set(ids)
            draft.findings.add("changed", "trafo", "in parallel: one transformer of their size",
                               "并列运行:合为一台,容量相加", [first["id"], *ids])
    if gone:
        draft.rows["transformer"] = [row for row in rows if row["id"] not in gone]
        draft.rows["switch"] = [
            s for s in switches
            if s["element_kind"] != "transformer" or s["element"] not in gone
        ]


def _add(first: Row, others: list[Row]) -> None:
    """Make the first as large as all; no-load current [%] is that of all on their sizes."""
    every = [first, *others]
    size = sum(row["sn_mva"] for row in every)
    no_load = sum(row.get("i0_percent", 0.0) * row["sn_mva"] for row in every) / size
    iron = sum(row.get("pfe_kw", 0.0) for row in every)
    first.update(sn_mva=size, i0_percent=no_load, pfe_kw=iron)
    for name in WORST:
        given = [row[name] for row in every if name in row]
        if given:
            first[name] = max(given)
