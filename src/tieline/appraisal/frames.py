"""Every table of an appraisal by the name of the file it is written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.impacts import impacts_frame

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from tieline.appraisal.programme import Programme
    from tieline.appraisal.results import Appraisal


def frames_of(appraisal: Appraisal) -> dict[str, pd.DataFrame]:
    """Tables by file name; those without a row are left out.

    outcomes, shares, coalitions, projects (natural units); prices, money_measures, money_states,
    money_shares, money_projects; solutions, interactions, leaving; cost_benefit, flows,
    compensation, tornado, portfolio, portfolio_budgets; impacts; statuses; data_notes; and in
    detail <network>/<table>_<apart or together>.
    """
    networks = appraisal.networks.values()
    frames = {
        "outcomes": appraisal.to_frame(),
        "shares": _join(s.to_frame() for n in networks for s in n.splits.values()),
        "coalitions": _join(s.coalitions_frame() for n in networks for s in n.splits.values()),
        "projects": _join(w.to_frame() for n in networks for w in n.worths.values()),
        "impacts": impacts_frame(appraisal),
        "statuses": _statuses(appraisal),
        "data_notes": _data_notes(appraisal),
        **_money(appraisal),
        **_answers(appraisal),
        **_details(appraisal),
    }
    return {name: frame for name, frame in frames.items() if len(frame)}


def _join(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One frame; columns that are empty throughout in some frame do not change their type."""
    import pandas as pd

    parts = [f for f in frames if len(f)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _money(appraisal: Appraisal) -> dict[str, pd.DataFrame]:
    money = appraisal.money.values()
    return {
        "prices": _join(m.prices_frame() for m in money),
        "money_measures": _join(m.to_frame() for m in money),
        "money_states": _join(m.states_frame() for m in money),
        "money_shares": _join(s.to_frame() for m in money for s in m.splits.values()),
        "money_projects": _join(m.worth.to_frame() for m in money if m.worth is not None),
    }


def _answers(appraisal: Appraisal) -> dict[str, pd.DataFrame]:
    """Further solutions of games, and projects as a programme."""
    answers, programmes = appraisal.answers, appraisal.programmes.values()
    return {
        "solutions": _join(a.shares_frame() for a in answers),
        "interactions": _join(a.interactions_frame() for a in answers),
        "leaving": _join(a.leaving_frame() for a in answers),
        "cost_benefit": _join(p.cost_benefit_frame() for p in programmes),
        "flows": _join(flows_frame(p) for p in programmes),
        "compensation": _join(compensation_frame(p) for p in programmes),
        "tornado": _join(p.tornado_frame() for p in programmes),
        "portfolio": _join(p.portfolio_frame() for p in programmes),
        "portfolio_budgets": _join(p.budgets_frame() for p in programmes),
    }


def flows_frame(programme: Programme) -> pd.DataFrame:
    """One row per project, discount setting, flow, year and jurisdiction with any money.

    Amounts of both sides are positive, undiscounted, at typical values. `discounting` is empty
    where a project's flows are the same under every setting.
    """
    import pandas as pd

    rows = []
    own = {a.project: a.result.flows.signed() for a in reversed(programme.appraisals)}
    varies = {a.project for a in programme.appraisals
              if not np.array_equal(a.result.flows.signed(), own[a.project])}
    told = set()
    for a in programme.appraisals:
        if a.project in told:
            continue
        if a.project not in varies:
            told.add(a.project)
        flows, setting = a.result.flows, a.result.discounting.name
        for flow in flows.flows:
            for y, j in np.argwhere(flow.amounts != 0.0).tolist():
                rows.append({
                    "project": a.project, "discounting": setting if a.project in varies else "",
                    "flow": flow.name, "side": flow.side, "year": flows.base_year + y,
                    "jurisdiction": flows.jurisdictions[j], "currency": flows.currency,
                    "amount": float(flow.amounts[y, j]), "status": flow.status})
    return pd.DataFrame(rows)


def compensation_frame(programme: Programme) -> pd.DataFrame:
    """One row per project of known cost, discount setting and jurisdiction."""
    import pandas as pd

    frames = []
    for a in programme.appraisals:
        if a.compensation is not None:
            frame = a.compensation.to_frame()
            frame.insert(0, "discounting", a.result.discounting.name)
            frame.insert(0, "project", a.project)
            frame["uncovered"] = a.compensation.uncovered
            frames.append(frame)
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _statuses(appraisal: Appraisal) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([
        {"network": network, "table": table, "status": status, "rows": n}
        for (network, table), counts in appraisal.status_tables().items()
        for status, n in counts.items()
    ])


def _data_notes(appraisal: Appraisal) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(
        [{"file": n.file, "row": n.row, "field": n.field or "", "note": n.message(),
          "note_zh": n.message("zh")} for n in appraisal.data_notes],
        columns=["file", "row", "field", "note", "note_zh"],
    )
    return frame.astype({"row": "Int64"})


def _details(appraisal: Appraisal) -> dict[str, pd.DataFrame]:
    return {
        f"{name}/{title}_{state}": table.to_frame()
        for name, network in appraisal.networks.items()
        for state, tables in network.detail.items()
        for title, table in tables.items()
    }
