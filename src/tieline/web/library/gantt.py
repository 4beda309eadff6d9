"""Projects in time: what was planned, what came, and the plan that held on another day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tieline.publish.markup import Html, el, join
from tieline.web.library.choosing import signal_of

if TYPE_CHECKING:
    from tieline.ledger.state import State
    from tieline.web.library.choosing import Shower

WIDTH, LEFT, ROW, TOP = 1080, 300, 34, 34
MOST_ROWS = 200
PLANNED = ("start_planned", "finish_planned")
ACTUAL = ("start_actual", "finish_actual")
LETTER, HAN = 7.6, 14.5
"""Widths of a letter and of a Chinese character in the drawing."""
Span = tuple[str, str]


@dataclass(frozen=True)
class Bars:
    """A project's bars: spans of ISO days ("" where not known), its milestones (day, name, met)."""

    id: str
    name: str
    signal: str
    planned: Span
    actual: Span
    baseline: Span
    opened: str
    milestones: tuple[tuple[str, str, bool], ...]

    @property
    def days(self) -> list[str]:
        """Every day that is known of it."""
        spans = (*self.planned, *self.actual, *self.baseline, self.opened)
        return [d for d in (*spans, *(m[0] for m in self.milestones)) if d]

    @property
    def slip_days(self) -> int | None:
        """How much later it is to end than in the baseline [days]; None if not known."""
        end = self.actual[1] or self.planned[1]
        if not end or not self.baseline[1]:
            return None
        return (date.fromisoformat(end) - date.fromisoformat(self.baseline[1])).days


def bars(
    state: State, milestones: Sequence[State], before: State | None, shower: Shower
) -> Bars | None:
    """What is known of a project in time; None if nothing is."""
    made = Bars(
        state.id, state.label(shower.lang), signal_of(state), _span(state, PLANNED),
        _span(state, ACTUAL), ("", "") if before is None else _span(before, PLANNED),
        str(state.get("opened") or ""),
        tuple(sorted((str(m.get("met") or m.get("due")), m.label(shower.lang), bool(m.get("met")))
                     for m in milestones if m.get("met") or m.get("due"))),
    )
    return made if made.days else None


def _span(state: State, names: tuple[str, str]) -> Span:
    return str(state.get(names[0]) or ""), str(state.get(names[1]) or "")


def gantt(rows: Sequence[Bars], today: str, lang: str) -> Html:
    """The chart; "" if there is nothing to draw."""
    rows = rows[:MOST_ROWS]
    days = [date.fromisoformat(d).toordinal() for r in rows for d in r.days]
    if not days:
        return Html("")
    days.append(date.fromisoformat(today).toordinal())
    first = date.fromordinal(min(days)).replace(month=1, day=1)
    last = date(date.fromordinal(max(days)).year + 1, 1, 1)
    axis = _Axis(first.toordinal(), last.toordinal())
    height = TOP + ROW * len(rows) + 8
    parts = [*_years(axis, first.year, last.year, height),
             *(join(*_row(r, k, axis, today)) for k, r in enumerate(rows)),
             el("path", d=f"M{axis.at(today):.1f} {TOP - 6}V{height}", class_="g-today")]
    title = "项目进度图" if lang == "zh" else "Projects in time"
    return el("svg", el("title", title), *parts, viewBox=f"0 0 {WIDTH} {height}", role="group",
              class_="gantt")


@dataclass(frozen=True)
class _Axis:
    first: int
    last: int

    def at(self, day: str) -> float:
        """Where a day lies in the drawing."""
        share = (date.fromisoformat(day).toordinal() - self.first) / (self.last - self.first)
        return LEFT + share * (WIDTH - LEFT - 12)


def _years(axis: _Axis, first: int, last: int, height: int) -> list[Html]:
    step = max(1, -(-(last - first) // 12))
    out = []
    for year in range(first, last, step):
        x = axis.at(f"{year}-01-01")
        out.append(el("path", d=f"M{x:.1f} {TOP - 8}V{height}", class_="g-year"))
        out.append(el("text", str(year), x=f"{x + 4:.1f}", y=TOP - 12, class_="g-label"))
    return out


def shortened(name: str) -> str:
    """The name as far as there is room for it."""
    room = LEFT - 30.0
    for k, letter in enumerate(name):
        room -= HAN if ord(letter) > 0x2E80 else LETTER
        if room < 0:
            return name[:k].rstrip() + "…"
    return name


def _row(r: Bars, k: int, axis: _Axis, today: str) -> list[Html]:
    y = TOP + ROW * k
    name = shortened(r.name)
    out = [
        el("path", d=f"M0 {y + ROW}H{WIDTH}", class_="g-line"),
        el("a", el("text", name, x=4, y=y + 22, class_="g-name"), href=f"/projects/{r.id}"),
    ]
    for span, kind, top, tall in ((r.baseline, "g-base", 25, 4), (r.planned, "g-plan", 6, 17),
                                  (r.actual, f"g-done g-{r.signal or 'none'}", 10, 9)):
        begin, end = span
        if kind.startswith("g-done") and begin and not end:
            end = max(today, begin)  # under way until the day that is looked at
        if begin and end and end >= begin:
            x = axis.at(begin)
            out.append(el("rect", x=x, y=y + top, width=max(axis.at(end) - x, 2.0), height=tall,
                          class_=kind))
        elif begin or end:
            x = axis.at(begin or end)
            out.append(el("rect", x=x - 1.0, y=y + top, width=3.0, height=tall, class_=kind))
    for day, said, met in (*r.milestones, *(((r.opened, "", True),) if r.opened else ())):
        x, mid = axis.at(day), y + 14
        out.append(el("path", el("title", f"{said} {day}".strip()),
                      d=f"M{x:.1f} {mid - 6}l6 6l-6 6l-6 -6z", class_="g-met" if met else "g-due"))
    return out
