"""The committed demonstration zone as plain rows, and the paths of its parts."""

import csv
from pathlib import Path

ROOT = Path(__file__).parents[2]
ZONE = ROOT / "examples" / "demonstration-zone"


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a table of the zone, such as power/bus."""
    with (ZONE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tables() -> list[Path]:
    """Every CSV file of the zone, inputs included."""
    return sorted(ZONE.rglob("*.csv"))


def normally_open() -> set[str]:
    """Branches that a normally open switch keeps apart from one of their ends."""
    return {s["element"] for s in rows("power/switch") if s["normal"] == "open"}


def neighbours(without: set[str]) -> dict[str, list[tuple[str, str]]]:
    """For each bus its (bus, branch) neighbours over all branches but those."""
    found: dict[str, list[tuple[str, str]]] = {b["id"]: [] for b in rows("power/bus")}
    for branch in rows("power/branch"):
        if branch["id"] not in without:
            a, b = branch["from_bus"], branch["to_bus"]
            found[a].append((b, branch["id"]))
            found[b].append((a, branch["id"]))
    return found


def reach(start: set[str], without: set[str]) -> set[str]:
    """Buses reached from these over all branches but those."""
    around = neighbours(without)
    seen, front = set(start), list(start)
    while front:
        for bus, _ in around[front.pop()]:
            if bus not in seen:
                seen.add(bus)
                front.append(bus)
    return seen
