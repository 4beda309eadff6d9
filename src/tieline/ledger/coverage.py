"""Patrols and samplings against what was planned, month by month.

The plan is the one of the end of the month; what was done is what the ledger says now, so that a
patrol entered a week late still counts for its month. Rights hold for both.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from tieline.errors import LedgerError
from tieline.ledger.listing import Listing

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.state import State
    from tieline.ledger.view import View

PLANS = {"boundary_water": ("patrols_per_month", "patrol"), "sampling": ("per_month", "sampling")}
"""Kind of record that holds a plan: the field that says how often, what is then done."""
WORDS = {"patrol": "巡查", "sampling": "采样"}
TITLES = {
    "month": "月份", "what": "事项", "plan": "计划", "name": "名称", "owner": "归属", "due": "应做",
    "done": "已做", "joint": "其中联合", "share": "覆盖率",
}


@dataclass(frozen=True)
class Coverage:
    """A month of one plan: how often it was due, how often it was done, how often jointly.

    Of a sampling plan, the parameter that was sampled least counts: one that has no indicator,
    or an indicator without an observation, was not sampled.
    """

    month: str
    what: str
    plan: State
    due: int
    done: int
    joint: int

    @property
    def share(self) -> float:
        """Done by due, at most 1: what is done twice does not make up for what was left out."""
        return min(1.0, self.done / self.due)


def coverage(ledger: Ledger, months: Iterable[str], who: Principal) -> list[Coverage]:
    """Every plan of these months (`2019-10`) that may be seen, in the order of months."""
    now = ledger.view(who)
    done = {"patrol": _patrols(now), "sampling": _samplings(now)}
    joint = _patrols(now, joint=True)
    out = []
    for month in sorted(set(months)):
        then = ledger.view(who, as_of=_last_day(month))
        for kind, (field, what) in PLANS.items():
            for plan in then.records(kind):
                due = int(plan.get(field) or 0)
                key = (plan.id, month)
                if due:
                    out.append(Coverage(month, what, plan, due, done[what][key], joint[key]))
    return out


def months_between(first: str, last: str) -> list[str]:
    """The months from one to another, both included."""
    begin, end = _last_day(first), _last_day(last)
    count = (end.year - begin.year) * 12 + end.month - begin.month + 1
    start = begin.year * 12 + begin.month - 1
    return [f"{(start + k) // 12}-{(start + k) % 12 + 1:02d}" for k in range(count)]


def coverage_listing(
    found: Sequence[Coverage], lang: str, names: Mapping[str, str] = MappingProxyType({})
) -> Listing:
    """A line for each month of each plan; owners by their names where these are at hand."""
    zh = lang == "zh"
    return Listing(tuple(TITLES), tuple(TITLES.values()) if zh else tuple(TITLES), tuple(
        (c.month, WORDS[c.what] if zh else c.what, c.plan.id, c.plan.label(lang),
         names.get(c.plan.owner, c.plan.owner),
         str(c.due), str(c.done), str(c.joint) if c.what == "patrol" else "", f"{c.share:.0%}")
        for c in found
    ))


def _last_day(month: str) -> date:
    try:
        year, number = (int(x) for x in month.split("-"))
        return date(year, number, monthrange(year, number)[1])
    except ValueError:
        message = f"expected a month like 2019-10, found '{month}'"
        raise LedgerError(message) from None


def _patrols(view: View, *, joint: bool = False) -> Counter[tuple[str, str]]:
    """Patrols by boundary water and month."""
    return Counter(
        (str(s.get("parent")), str(s.get("date"))[:7]) for s in view.records("patrol")
        if s.get("joint") or not joint
    )


def _samplings(view: View) -> Counter[tuple[str, str]]:
    """Samplings by plan and month: of the parameter that was sampled least."""
    plans = {s.id: s for s in view.records("sampling")}
    indicators: dict[str, list[str]] = defaultdict(list)
    for s in view.records("indicator"):
        if s.get("parent") in plans:
            indicators[s.get("parent")].append(s.id)
    seen = Counter(
        (str(s.get("parent")), str(s.get("date"))[:7]) for s in view.records("observation"))
    months = {month for _, month in seen}
    return Counter({
        (plan, month): min(seen[i, month] for i in of)
        for plan, of in indicators.items() for month in months
        if len(of) >= len(plans[plan].get("parameters") or ())
    })
