"""The two clocks of an address: `as_of`, when it was true; `known_on`, what was known by then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tieline.web.choice import checked_day

if TYPE_CHECKING:
    from starlette.requests import Request

    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.view import View


@dataclass(frozen=True)
class When:
    """A day to read on; None is today, and all that is known.

    `clocks` says that there are two: the region has its study date alone.
    """

    as_of: date | None = None
    known_on: date | None = None
    clocks: bool = True

    def view(self, ledger: Ledger, who: Principal) -> View:
        """The ledger on that day, for who asks."""
        return ledger.view(who, as_of=self.as_of, known_on=self.known_on)

    @property
    def query(self) -> str:
        """As it stands in an address: "" or "as_of=...&known_on=..."."""
        given = (("as_of", self.as_of), ("known_on", self.known_on))
        return "&".join(f"{k}={d.isoformat()}" for k, d in given if d is not None)


def when_of(request: Request) -> When:
    """The days an address asks for; CaseError for what is no day of this age."""
    given = request.query_params
    return When(checked_day(given.get("as_of", "")), checked_day(given.get("known_on", "")))
