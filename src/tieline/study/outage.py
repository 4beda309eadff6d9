"""A response to a suspended line or a closed stop: who loses what, what stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.show import Sheet
from tieline.study.response import Response

if TYPE_CHECKING:
    from tieline.appraisal.show import Cell
    from tieline.region.model import FloatArray

MINUTES = ("trip_minutes", "facility_minutes")


@dataclass(frozen=True, repr=False)
class LineResponse(Response):
    """A response whose harm is minutes and places out of reach, not customers without supply."""

    def report(self, lang: str = "zh") -> str:
        """The plan as one HTML page that needs no network."""
        from tieline.publish.transit.outage import render

        return render(self, lang)

    def orders(self, lang: str = "zh", jurisdiction: str | None = None) -> str:
        """Draft order sheets to print: of one jurisdiction, or of all that have something to do."""
        from tieline.publish.transit.outage import render_orders

        return render_orders(self, lang, jurisdiction)

    def ordered(self) -> list[str]:
        """Jurisdictions that have order sheets."""
        from tieline.publish.drafts import ordered

        return ordered(self)

    def lost(self, state: str, *, planned: bool) -> FloatArray:
        """Person-minutes lost by jurisdiction while it lasts, shape (n_jurisdictions,).

        Of a state, with nothing standing in or as planned. Losses are those of each place and each
        row of the demand table: nobody's gain is counted against another's loss.
        """
        return self._minutes(state, f"{'planned' if planned else 'waiting'}_lost")

    def gained(self, state: str, *, planned: bool) -> FloatArray:
        """Person-minutes others win by jurisdiction while it lasts, as of `lost`."""
        return self._minutes(state, f"{'planned' if planned else 'waiting'}_gained")

    def _minutes(self, state: str, column: str) -> FloatArray:
        table = self.table(state, "losses")
        out = np.zeros(len(self.jurisdictions))
        if table is None:
            return out
        frame = table.to_frame()
        mine = frame[frame["measure"].isin(MINUTES)]
        for j, value in mine.groupby("jurisdiction")[column].sum().items():
            out[self.jurisdictions.index(str(j))] = float(value)
        return out

    def sheets(self) -> tuple[Sheet, ...]:
        """Person-minutes lost by state; the offers; the steps of the plan shown first."""
        rows: list[list[Cell]] = [
            [s, *(float(x(s, planned=planned).sum()) for planned in (False, True)
                  for x in (self.lost, self.gained))]
            for s in self.plans
        ]
        head = ("state", "lost, nothing done [person-min]", "gained, nothing done [person-min]",
                "lost as planned [person-min]", "gained as planned [person-min]")
        steps: list[list[Cell]] = [
            [k, s.start_s / 3600.0, s.end_s / 3600.0, s.jurisdiction, s.action, s.asset,
             ";".join(s.agrees)] for k, s in enumerate(self.plan.steps, 1)
        ]
        titles = ("#", "from [h]", "to [h]", "who", "what", "asset", "agrees")
        notes = [f"proof: {self.plan.proof}, choices of offers tried: {self.plan.nodes}"]
        return (
            Sheet.of(f"{self.incident.id} ({self.network})", head, rows),
            Sheet.of(f"steps, {self.led}", titles, steps, notes),
        )
