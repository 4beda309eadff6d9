"""A response as tables by the name of their file, and as one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tieline.region.protocol import additive

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.response import Response
    from tieline.region.model import Plan, Step

TABLES = ("supply", "loads", "checks", "refused", "donors", "settlement", "repairs",
          "hits", "choices", "booms", "frames",
          "losses", "towns", "trips", "offers")
"""Tables of a plan that are written beside its steps, one file for all states."""


def plan_frames(response: Response) -> dict[str, pd.DataFrame]:
    """Tables by file name, the state in the first column; those without a row are left out."""
    import pandas as pd

    frames = {"outcomes": response.to_frame(), "steps": _steps(response)}
    for name in TABLES:
        parts = []
        for state in response.states:
            table = response.table(state, name)
            if table is not None and len(table):
                frame = table.to_frame()
                frame.insert(0, "state", state)
                parts.append(frame)
        if parts:
            frames[name] = pd.concat(parts, ignore_index=True)
    return {name: frame for name, frame in frames.items() if len(frame)}


def _steps(response: Response) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([
        {"state": state, **step_record(k, s)}
        for state, plan in response.plans.items() for k, s in enumerate(plan.steps, 1)
    ])


def step_record(number: int, step: Step) -> dict[str, Any]:
    """A step as a flat row: changes as "switch=open;...", agreement as "a;b"."""
    return {
        "step": number, "start_s": step.start_s, "end_s": step.end_s, "phase": step.phase,
        "actor": step.actor, "jurisdiction": step.jurisdiction, "crew": step.crew,
        "crew_of": step.home, "action": step.action, "asset": step.asset, "remote": step.remote,
        "agrees": ";".join(step.agrees),
        "changes": ";".join(f"{k}={v}" for k, v in step.changes.items()),
        "customers": step.customers, "reason": step.reason, "reason_zh": step.reason_zh,
    }


def plan_record(response: Response) -> dict[str, Any]:
    """The whole response as what JSON can hold; what is not a number is None."""
    import json

    incident = response.incident
    return {
        "region": response.region.name, "network": response.network,
        "engine": response.engine, "version": response.version, "digest": response.digest,
        "scenario": response.scenario,
        "note": "draft for approval; decision support, never connected to control systems",
        "incident": {
            "id": incident.id, "start": incident.start.isoformat(),
            "events": [{"asset": e.asset, "kind": e.kind, **dict(e.parameters)}
                       for e in incident.events],
        },
        "states": {s: _state(response, s) for s in response.states},
        "tables": {
            name: json.loads(frame.to_json(orient="records", double_precision=15))
            for name, frame in plan_frames(response).items() if name not in {"outcomes", "steps"}
        },
        "notes": [n.text for n in response.notes],
    }


def _state(response: Response, state: str) -> dict[str, Any]:
    names = [m.name for m in additive(response.measures)]
    values = response.outcome(state).values
    record: dict[str, Any] = {"outcome": {
        j: dict(zip(names, map(float, row), strict=True))
        for j, row in zip(response.jurisdictions, values, strict=True)
    }}
    if state in response.plans:
        record |= _plan(response.plans[state])
    return record


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "proof": plan.proof, "gap": plan.gap, "nodes": plan.nodes,
        "notes": [n.text for n in plan.notes],
        "steps": [step_record(k, s) for k, s in enumerate(plan.steps, 1)],
    }
