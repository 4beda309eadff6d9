"""A response to a spill: its pages and tables, and the joint work it opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieline.appraisal.show import Sheet
from tieline.study.response import Response

if TYPE_CHECKING:
    from tieline.appraisal.show import Cell
    from tieline.ledger.append import Receipt
    from tieline.ledger.work.desk import Deed, Desk

WORKFLOW = "water_case"
MEASURES = ("intake_hours", "people_hours")


@dataclass(frozen=True, repr=False)
class SpillResponse(Response):
    """A response whose harm is intakes without water, not customers without supply."""

    def report(self, lang: str = "zh") -> str:
        """The plan as one HTML page that needs no network."""
        from tieline.publish.water.spill import render

        return render(self, lang)

    def orders(self, lang: str = "zh", jurisdiction: str | None = None) -> str:
        """Draft order sheets to print: of one jurisdiction, or of all that have something to do."""
        from tieline.publish.water.spill import render_orders

        return render_orders(self, lang, jurisdiction)

    def ordered(self) -> list[str]:
        """Jurisdictions that have order sheets."""
        from tieline.publish.drafts import ordered

        return ordered(self)

    def sheets(self) -> tuple[Sheet, ...]:
        """The states by hours of intakes and people; the steps of the plan shown first."""
        rows: list[list[Cell]] = [
            [s, *(self.total(s, m) for m in MEASURES), *(self.saved(s, m) for m in MEASURES)]
            for s in self.states
        ]
        head = ("state", "intake-h", "people-h", "saved [intake-h]", "saved [people-h]")
        steps: list[list[Cell]] = [
            [k, s.start_s / 3600.0, s.end_s / 3600.0, s.jurisdiction, s.action, s.asset,
             ";".join(s.agrees)] for k, s in enumerate(self.plan.steps, 1)
        ]
        titles = ("#", "from [h]", "to [h]", "who", "what", "asset", "agrees")
        notes = [f"proof: {self.plan.proof}, choices of gates tried: {self.plan.nodes}"]
        return (
            Sheet.of(f"{self.incident.id} ({self.network})", head, rows),
            Sheet.of(f"steps, {self.led}", titles, steps, notes),
        )

    def hit(self, state: str | None = None) -> tuple[str, ...]:
        """Jurisdictions whose waters it comes to, in the order it does; of the state led with."""
        table = self.table(state or self.led, "hits")
        if table is None:
            return ()
        frame = table.to_frame()
        waters = frame[(frame["kind"] == "waters") & (frame["hours_above"] > 0.0)]
        ranked = waters.sort_values(["first_h", "jurisdiction"])["jurisdiction"]
        return tuple(dict.fromkeys(str(j) for j in ranked))


def open_cases(response: SpillResponse, desk: Desk, *, reason: str = "") -> tuple[Receipt, ...]:
    """Open a water case of joint work for every other jurisdiction that the spill comes to.

    `desk` is that of the river office where it happens: whose waters it reaches first. The cases
    hold no route or person, only the plan's identity and when the spill arrives.

    Raises
    ------
    LedgerError
        The desk's principal may not open cases for that jurisdiction.
    """
    return tuple(desk.open(WORKFLOW, d.owner, d.to, d.deed)
                 for d in case_drafts(response, reason=reason))


@dataclass(frozen=True)
class CaseDraft:
    """A case that a spill asks for: whose, to whom, with what."""

    owner: str
    to: str
    deed: Deed


def case_drafts(response: SpillResponse, *, reason: str = "") -> tuple[CaseDraft, ...]:
    """The cases that `open_cases` would open, in the order in which the spill arrives."""
    from tieline.ledger.work.desk import Deed

    reached = response.hit()
    if len(reached) < 2:
        return ()
    owner, names = reached[0], {j.id: j for j in response.region.jurisdictions}
    table = response.table(response.led, "hits")
    assert table is not None  # noqa: S101 - somebody was hit
    frame = table.to_frame()
    first = frame[frame["kind"] == "waters"].set_index("jurisdiction")["first_h"]
    incident = response.incident
    made = []
    for other in reached[1:]:
        hours = float(first[other])
        made.append(CaseDraft(owner, other, Deed(
            reason or f"spill {incident.id} reaches {other} after {hours:.1f} h",
            values={
                "name": f"Spill {incident.id}: {names[owner].name} to {names[other].name}",
                "name_zh": f"突发污染 {incident.id}:{names[owner].label('zh')}至"
                           f"{names[other].label('zh')}",
                "subject": f"plan of {response.led}, network {response.digest[:12]}; "
                           f"arrives {hours:.1f} h after {incident.start.isoformat()}",
            })))
    return tuple(made)
