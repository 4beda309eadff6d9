"""Projects as OC4IDS 0.9.5 and back.

What the standard has a place for stands there; the whole of it, with the records that belong to
the project, stands in the extension object `tieline`, so that a round trip loses nothing. The
standard has no code for a suspended project: its status is left out and stands in the extension.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.errors import InputError
from tieline.ledger.append import Entry
from tieline.ledger.money import Money
from tieline.region.cells import shown

if TYPE_CHECKING:
    from tieline.ledger.state import State
    from tieline.ledger.view import View

VERSION = "0.9"
PREFIX = "oc4ids-000000"
"""Not registered: whoever publishes gets a prefix of their own."""

STATUS = {
    "idea": "identification", "preparation": "preparation", "construction": "implementation",
    "finished": "completion", "service": "maintenance", "cancelled": "cancelled",
}
STAGES = {status: stage for stage, status in STATUS.items()} | {
    "decommissioning": "service", "decommissioned": "service"}
SECTORS = {
    "power": "energy", "energy": "energy", "water": "waterAndWaste", "transport": "transport",
    "health": "health", "education": "education", "culture": "cultureSportsAndRecreation",
    "digital": "communications", "manufacturing": "economy",
}
TYPES = {"new": "construction", "extension": "expansion", "rebuilding": "rehabilitation",
         "technical": "rehabilitation"}
CODES = {"projectStatus": STATUS, "projectSector": SECTORS, "projectType": TYPES}


def package(view: View, *, publisher: str, prefix: str = PREFIX) -> dict[str, Any]:
    """Every project that may be seen, as an OC4IDS package."""
    day = f"{view.day}T23:59:59Z"
    return {
        "version": VERSION, "uri": f"urn:tieline:{view.day}:{view.known}", "publishedDate": day,
        "publisher": {"name": publisher},
        "projects": [_project(view, s, prefix) for s in view.records("project")],
    }


def _project(view: View, state: State, prefix: str) -> dict[str, Any]:
    v = state.values
    out: dict[str, Any] = {"id": f"{prefix}-{state.id}", "language": "zh"}
    _put(out, "title", v.get("name_zh") or v.get("name"))
    _put(out, "description", v.get("description"))
    _put(out, "status", STATUS.get(v.get("stage", "")))
    _put(out, "type", TYPES.get(v.get("construction_nature", "")))
    _put(out, "sector", [SECTORS[v["sector"]]] if v.get("sector") in SECTORS else None)
    _put(out, "identifiers", [
        {"id": i, "scheme": s} for s, i in (v.get("external_ids") or {}).items()])
    if v.get("investment"):
        out["budget"] = {"amount": _value(v["investment"])}
    _put(out, "period", _period(v.get("start_planned"), v.get("finish_planned")))
    _put(out, "implementationPeriod", _period(v.get("start_actual"), v.get("finish_actual")))
    if v.get("site"):
        out["locations"] = [{"id": "1", "geometry": v["site"]}]
    if v.get("category"):
        label = view.catalogue.codes["project_category"].label(v["category"], "zh")
        out["additionalClassifications"] = [
            {"scheme": "tieline-category", "id": v["category"], "description": label}]
    unit = v.get("responsible_unit")
    if unit:
        out["parties"] = [{"id": "1", "name": unit, "roles": ["publicAuthority"]}]
        out["publicAuthority"] = {"id": "1", "name": unit}
    milestones = view.records("milestone", parent=state.id)
    _put(out, "milestones", [_milestone(m) for m in milestones])
    out["tieline"] = _whole(view, state)
    return out


def _whole(view: View, state: State) -> dict[str, Any]:
    parts = view.records(parent=state.id)
    return {"id": state.id, "kind": state.kind, "since": state.valid_from,
            "values": dict(state.values), "parts": [_whole(view, s) for s in parts]}


def _milestone(state: State) -> dict[str, Any]:
    v = state.values
    out = {"id": state.id, "type": "delivery", "status": "met" if v.get("met") else "scheduled"}
    _put(out, "title", v.get("name_zh"))
    _put(out, "dueDate", _instant(v.get("due")))
    _put(out, "dateMet", _instant(v.get("met")))
    return out


def _value(money: Mapping[str, Any]) -> dict[str, Any]:
    amount = Money.of(dict(money)).amount
    whole = amount == amount.to_integral_value()
    return {"amount": int(amount) if whole else float(amount), "currency": money["currency"]}


def _period(begin: str | None, end: str | None) -> dict[str, str] | None:
    out = {k: _instant(d) for k, d in (("startDate", begin), ("endDate", end)) if d}
    return {k: d for k, d in out.items() if d} or None


def _instant(day: str | None) -> str | None:
    return f"{day}T00:00:00Z" if day else None


def _put(out: dict[str, Any], key: str, value: Any) -> None:
    if value:
        out[key] = value


def read_package(path: Path, *, owner: str) -> list[Entry]:
    """The entries of an OC4IDS package; `owner` is whose records projects without extension are.

    Raises
    ------
    InputError
        If it is no such package.
    """
    raw = _json(path)
    projects = raw.get("projects") if isinstance(raw, Mapping) else raw
    if not isinstance(projects, list):
        message = f"{path.name}: expected an OC4IDS package with projects, found none"
        raise InputError([message])
    entries: list[Entry] = []
    problems = []
    for number, project in enumerate(projects, 1):
        try:
            entries += _entries(project, owner)
        except (ValueError, KeyError, TypeError, AttributeError):
            problems.append(f"{path.name}, project {number}: expected a project as OC4IDS has it, "
                            f"found {shown(json.dumps(project, ensure_ascii=False))}")
    if problems:
        raise InputError(problems)
    return entries


def _json(path: Path) -> Any:
    """What a JSON file holds; InputError says where it is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path.name}: expected text in UTF-8, found another at byte {error.start}"
        raise InputError([message]) from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        rest = text[error.pos :].strip().partition("\n")[0]
        message = (f"{path.name}, line {error.lineno}, column {error.colno}: expected JSON, "
                   f"found {shown(rest)}")
        raise InputError([message]) from None
    except RecursionError:
        message = f"{path.name}: expected JSON, found lists within lists without end"
        raise InputError([message]) from None


def _entries(project: Mapping[str, Any], owner: str) -> Iterator[Entry]:
    extension = project.get("tieline")
    if isinstance(extension, Mapping):
        yield from _from_whole(extension)
        return
    amount = (project.get("budget") or {}).get("amount") or {}
    values: dict[str, Any] = {
        "owner": owner, "name_zh": project.get("title"), "description": project.get("description"),
        "stage": STAGES.get(project.get("status", ""), "unknown"),
        "sector": next((k for k, v in SECTORS.items() if v in project.get("sector", ())), None),
        "construction_nature": next(
            (k for k, v in TYPES.items() if v == project.get("type")), None),
        "external_ids": {"oc4ids": str(project["id"])},
        "responsible_unit": (project.get("publicAuthority") or {}).get("name"),
    }
    if amount.get("amount") is not None and amount.get("currency"):
        values["investment"] = f"{amount['amount']} {amount['currency']}"
    for field, (part, key) in _PERIODS.items():
        at = (project.get(part) or {}).get(key)
        values[field] = str(at)[:10] if at else None
    geometry = next((loc["geometry"] for loc in project.get("locations", ())
                     if "geometry" in loc), None)
    if isinstance(geometry, Mapping):
        values["site"] = {k: geometry[k] for k in ("type", "coordinates")}
    yield Entry("project", None, {k: v for k, v in values.items() if v is not None})


_PERIODS = {
    "start_planned": ("period", "startDate"), "finish_planned": ("period", "endDate"),
    "start_actual": ("implementationPeriod", "startDate"),
    "finish_actual": ("implementationPeriod", "endDate"),
}


def _from_whole(extension: Mapping[str, Any]) -> Iterator[Entry]:
    yield Entry(extension["kind"], extension["id"], dict(extension["values"]),
                date.fromisoformat(extension["since"]))
    for part in extension["parts"]:
        yield from _from_whole(part)
