"""A response told in one language: times, actors, actions, states, assets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tieline.appraisal.asked import FAULTS
from tieline.publish.numbers import DASH, MINUS, scale_for
from tieline.publish.page import Voice
from tieline.publish.words import typeset

if TYPE_CHECKING:
    from tieline.appraisal.response import Response
    from tieline.publish.words import Words
    from tieline.region.model import Step
    from tieline.region.region import Region
    from tieline.region.tables import Table

DIGITS = 4
"""Significant digits of customer-hours: half an hour of one customer is seen among hundreds."""
SECONDS_MATTER = 120.0
ROOM = "control room of "
CREW = "crew "
CREW_OF = "crew of "
NOBODY = "crew not in the table"
NAMED = 6
TITLED = 2
"""Faulted assets named in a list and in a title; of more, the number is given."""


@dataclass(frozen=True)
class Face(Voice):
    """A response about to be told in one language."""

    response: Response
    words: Words

    @property
    def region(self) -> Region:
        """The region of the response."""
        return self.response.region

    def state(self, label: str) -> str:
        """A state as the reader calls it; members open to each other by their names."""
        known = self.words.get(f"state.{label}", "")
        return known or self.words("state.members", names=self.name(label))

    @property
    def supposed(self) -> bool:
        """Whether the faults were only asked, so that the clock says nothing."""
        return self.response.incident.id == FAULTS

    def heading(self) -> str:
        """What the page is about."""
        if not self.supposed:
            return self.words("plan.title", id=self.response.incident.id)
        return self.words("plan.title_faults", assets=self.faulted(TITLED))

    def faulted(self, most: int = NAMED) -> str:
        """The assets that broke; of many, the first and how many more."""
        assets = list(dict.fromkeys(e.asset for e in self.response.incident.events))
        if len(assets) <= most:
            return self.words.listed(assets)
        shown = ", ".join(assets[:most])
        return self.words("plan.more", shown=shown, more=len(assets) - most)

    def lasting(self, seconds: float) -> str:
        """A duration: seconds below two minutes, else minutes, else hours and minutes."""
        words = self.words
        if not math.isfinite(seconds):
            return DASH if math.isnan(seconds) else words("say.never")
        whole = round(seconds)
        if whole < SECONDS_MATTER:
            if whole < 60:
                return words("duration.s", s=whole)
            minutes, rest = divmod(whole, 60)
            return (words("duration.min_s", m=minutes, s=rest) if rest
                    else words("duration.min", m=minutes))
        minutes = round(whole / 60)
        if minutes < 60:
            return words("duration.min", m=minutes)
        hours, rest = divmod(minutes, 60)
        return (words("duration.h_min", h=f"{hours:,}", m=rest) if rest
                else words("duration.h", h=f"{hours:,}"))

    def mark(self, seconds: float) -> str:
        """A moment after the start: +0:40, with seconds only where there are some."""
        whole = round(seconds)
        hours, rest = divmod(whole, 3600)
        minutes, left = divmod(rest, 60)
        return f"+{hours}:{minutes:02}" + (f":{left:02}" if left else "")

    def clock(self, seconds: float) -> str:
        """The time of day; nothing where the start is only supposed."""
        if self.supposed:
            return ""
        start = self.response.incident.start
        moment = start + timedelta(seconds=round(seconds))
        days = (moment.date() - start.date()).days
        text = f"{moment:%H:%M}" + (f":{moment:%S}" if moment.second else "")
        return self.words("duration.days_later", clock=text, n=days) if days else text

    def actor(self, step: Step) -> str:
        """Who does a step."""
        words, who = self.words, step.actor
        if who == "protection":
            return words("actor.protection")
        if who.startswith(ROOM):
            return words("actor.control_room", name=self.name(who.removeprefix(ROOM)))
        if who == NOBODY:
            return words("actor.nobody")
        if who.startswith(CREW_OF):
            return words("actor.crew_of", name=self.name(who.removeprefix(CREW_OF)))
        if who.startswith(CREW):
            return words("actor.crew", name=who.removeprefix(CREW))
        return who

    def operation(self, step: Step) -> str:
        """What is done to what."""
        words = self.words
        what = words.get(f"action.{step.action}", step.action)
        if step.action == "trip":
            return f"{step.asset} {what}"
        return f"{what} {step.asset}"

    def reason(self, step: Step) -> str:
        """Why, in the engine's words; who must agree by name; "" where what is done says why."""
        if step.action in ("go", "repair"):
            return ""
        if step.action == "agree" and step.agrees:
            return self.words("steps.agree", names=self.words.listed(self.names(step.agrees)))
        return self.told(step.reason, step.reason_zh)

    def lends(self, step: Step) -> str:
        """Who lends the crew of a step; "" if it is of who orders it."""
        if not step.lender:
            return ""
        return self.words("steps.lends", name=self.name(step.lender), crew=step.crew)

    def consents(self, step: Step) -> str:
        """Who must agree to a step, and who lends the crew."""
        told = [*self.names(step.agrees), *([self.lends(step)] if step.lender else [])]
        return self.words.listed(told)

    def told(self, text: str, text_zh: str = "") -> str:
        """A text of the engine in the reader's language."""
        return (text_zh if self.words.lang == "zh" else "") or text

    def refusal(self, found: Table, row: int) -> tuple[str, str]:
        """Why a tie is not used, with members by their names; and what is used instead."""
        words = self.words
        who = str(found["who"][row]) if "who" in found.columns else ""
        zh = str(found["reason_zh"][row]) if "reason_zh" in found.columns else ""
        why = self.told(str(found["reason"][row]), zh)
        if who:
            why = words("refused.border", names=words.listed(self.names(who.split(";"))))
        best = [x for x in str(found["next_best"][row]).split(";") if x]
        return why, words.listed(best)

    def scenario(self) -> str:
        """The scenario by the name its row gives it."""
        name = self.response.scenario
        row = self.region.scenarios.get(name)
        given = str(row.get("name_zh" if self.words.lang == "zh" else "name", "")) if row else ""
        return typeset(given) or self.words.get(f"scenario.{name}", name)

    def class_name(self, name: str) -> str:
        """A class of customers as the reader calls it."""
        return self.words.get(f"class.{name}", name)

    def counted(self, name: str, customers: float) -> str:
        """How many customers of a class."""
        return self.words("class.counted", n=f"{customers:,.0f}", name=self.class_name(name))

    def where(self, step: Step) -> str:
        """Whose ground the step is on."""
        return self.name(step.jurisdiction) if step.jurisdiction else ""

    def hours(self, value: float, *others: float) -> str:
        """Customer-hours as a bare number, with the digits that all of these need."""
        scale = scale_for([value, *others], "customer-h", self.words, digits=DIGITS,
                          bare=True)
        text = scale.text(value)
        return text.rstrip("0").rstrip(".") if "." in text else text

    def change(self, customers: float) -> str:
        """Customers that a step brings back or interrupts."""
        if not customers:
            return ""
        return (MINUS if customers < 0 else "+") + f"{abs(customers):,.0f}"
