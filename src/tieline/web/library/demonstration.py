"""What the demonstration's ledger is furnished with: made-up projects in time, cases under way.

All of it is synthetic and says so in its name; days are counted from today, so that some deadlines
lie ahead and some are past.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tieline.ledger.append import Entry, Note
from tieline.ledger.clock import today
from tieline.ledger.ledger import KEEPER
from tieline.ledger.work.desk import Deed, Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.ledger.ledger import Ledger

MADE_UP = {"status": "synthetic", "source": "演示用,虚构 / for the demonstration, made up"}
MARK, MARK_EN = "(虚构)", "(made up)"
WHY = "演示用,虚构 / for the demonstration, made up"


@dataclass(frozen=True)
class Plan:
    """A made-up project: days from today at which it begins and ends, as planned, as it went."""

    name: str
    name_en: str
    category: str
    stage: str
    first_plan: tuple[int, int]
    plan: tuple[int, int]
    actual: tuple[int | None, int | None]
    late_milestone: int | None = None


PLANS = (
    Plan("跨界河道整治", "Cross-border river works", "ecology", "construction",
         (-420, 60), (-400, 130), (-390, None), -75),
    Plan("水质联合监测站", "Joint water quality station", "ecology", "finished",
         (-500, -200), (-500, -200), (-490, -150)),
    Plan("公交换乘枢纽", "Bus interchange", "infrastructure", "construction",
         (-200, 250), (-200, 250), (-180, None), -10),
    Plan("社区卫生共享中心", "Shared community clinic", "livelihood", "preparation",
         (40, 400), (90, 480), (None, None)),
)


def furnish(ledger: Ledger) -> None:
    """Add made-up projects, a supervision list, and cases at different points of their way."""
    members = [s.id for s in ledger.view().records("jurisdiction")]
    if len(members) < 2:
        return
    day = today(ledger.time_zone)
    note = Note("demonstration", WHY, source="demonstration")
    ledger.commit(note, list(_first_plans(day, members)))
    ledger.commit(note, list(_as_it_went(day)))
    _work(ledger, members)


def _first_plans(day: date, members: Sequence[str]) -> Iterator[Entry]:
    for k, p in enumerate(PLANS):
        begun = day + timedelta(days=min(p.first_plan[0], -100) - 30)
        yield Entry("project", f"made-up-{k + 1}", {
            "owner": members[k % len(members)], "name_zh": p.name + MARK,
            "name": f"{p.name_en} {MARK_EN}", "category": p.category, "stage": "preparation",
            "start_planned": _at(day, p.first_plan[0]), "finish_planned": _at(day, p.first_plan[1]),
            "investment": f"{(k + 2) * 3}000万元", **MADE_UP,
        }, begun)


def _as_it_went(day: date) -> Iterator[Entry]:
    for k, p in enumerate(PLANS):
        values: dict[str, Any] = {
            "stage": p.stage, "start_planned": _at(day, p.plan[0]),
            "finish_planned": _at(day, p.plan[1]),
            "start_actual": _at(day, p.actual[0]), "finish_actual": _at(day, p.actual[1]),
            "signal_rule": "red" if (p.late_milestone or 0) < -60 else
            "yellow" if p.late_milestone else "green",
        }
        since = day - timedelta(days=60)
        parent = f"made-up-{k + 1}"
        yield Entry("", parent, {n: v for n, v in values.items() if v}, since)
        if p.late_milestone is None:
            continue
        due = _at(day, p.late_milestone)
        yield Entry("milestone", None, {
            "parent": parent, "name_zh": "主体完工" + MARK, "name": f"Main works {MARK_EN}",
            "due": due, **MADE_UP}, since)
        yield Entry("supervision", None, {
            "parent": parent, "name_zh": f"{p.name}:主体完工" + MARK, "list": "演示督办清单" + MARK,
            "name": f"{p.name_en}: main works {MARK_EN}", "deadline": due,
            "responsible_unit": "虚构单位", **MADE_UP}, since)


def _work(ledger: Ledger, members: Sequence[str]) -> None:
    """Cases: one just opened, one overdue, one on its way over two borders with evidence."""
    a, b, c = members[0], members[1], members[-1]
    now = datetime.now(UTC)

    def at(hours: float) -> Desk:
        return Desk(ledger, KEEPER, now=now - timedelta(hours=hours))

    def opened(hours: float, sort: str, way: tuple[str, str], zh: str, en: str) -> str:
        values = {"name_zh": zh + MARK, "name": f"{en} {MARK_EN}", **MADE_UP}
        name = f"case-demonstration-{sort.replace('_', '-')}-{int(hours)}"
        return at(hours).open(sort, *way, Deed(WHY, values=values), name).ids[0]

    opened(1, "water_case", (a, b), "界河水葫芦聚集", "Water hyacinth on the border river")
    opened(30, "water_case", (b, a), "断面氨氮升高", "Ammonia rising at the section")
    case = opened(70, "water_case", (c, a), "跨界漂浮垃圾", "Floating litter across the border")
    for hours, action, deed in (
        (68, "accept", Deed(WHY)), (66, "hand_over", Deed(WHY, to=b)), (60, "accept", Deed(WHY)),
        (50, "do", Deed(WHY)), (20, "evidence", Deed(WHY, evidence=("现场照片(虚构)",))),
    ):
        at(hours).act(case, action, deed)
    opened(2, "line_change", (b, c), "示范线增设站点", "One more stop on the joint bus line")


def _at(day: date, days: int | None) -> str | None:
    return None if days is None else (day + timedelta(days=days)).isoformat()
