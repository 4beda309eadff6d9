"""Control rules of a SWMM file as native rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tieline.water.swmm.units import hours_of

if TYPE_CHECKING:
    from tieline.water.swmm.draft import Draft
    from tieline.water.swmm.links import Links

SENSE = {">": "above", ">=": "above", "<": "below", "<=": "below"}
MOVED = ("PUMP", "ORIFICE", "WEIR", "OUTLET")
ON = {"ON": 1.0, "OFF": 0.0, "OPEN": 1.0, "CLOSED": 0.0}


@dataclass
class _Rule:
    """A rule as it is gathered: conditions, and settings by asset."""

    name: str
    conditions: list[dict[str, Any]] = field(default_factory=list)
    then: dict[str, float] = field(default_factory=dict)
    otherwise: dict[str, float] = field(default_factory=dict)
    priority: float = 0.0
    where: str = "IF"
    strange: str = ""


class Controls:
    """Goes through [CONTROLS]; what cannot be said in native rules is named and left out."""

    def __init__(self, draft: Draft, links: Links) -> None:
        self.draft, self.links = draft, links
        self.length = draft.units.length
        self.variables: dict[str, str] = {}
        self.differences: dict[str, tuple[str, str]] = {}

    def take(self) -> None:
        """Take over every rule."""
        self.draft.used.add("CONTROLS")
        rule: _Rule | None = None
        for line in self.draft.sections.get("CONTROLS", ()):
            key = line.words[0].upper()
            if key == "RULE":
                self._finish(rule)
                rule = _Rule(line.words[1])
            elif rule is None:
                self._name(line.words)
            else:
                self._clause(rule, key, line.words[1:])
        self._finish(rule)

    def _name(self, words: Sequence[str]) -> None:
        """VARIABLE a = NODE n HEAD, EXPRESSION e = a - b."""
        rest = [w for w in words[2:] if w != "="]
        if words[0].upper() == "VARIABLE" and len(rest) == 3 and (
            rest[0].upper(), rest[2].upper()) == ("NODE", "HEAD"):
            self.variables[words[1]] = rest[1]
        elif len(rest) == 3 and rest[1] == "-" and {rest[0], rest[2]} <= set(self.variables):
            self.differences[words[1]] = (self.variables[rest[0]], self.variables[rest[2]])

    def _clause(self, rule: _Rule, key: str, words: Sequence[str]) -> None:
        if key in ("IF", "THEN", "ELSE"):
            rule.where = key
        try:
            if key == "PRIORITY":
                rule.priority = float(words[0])
            elif key == "OR":
                rule.strange = "OR"
            elif rule.where == "IF":
                rule.conditions.append(self._condition(words))
            else:
                asset, value = self._action(words)
                (rule.then if rule.where == "THEN" else rule.otherwise)[asset] = value
        except (KeyError, ValueError, IndexError):
            rule.strange = " ".join(words)

    def _condition(self, words: Sequence[str]) -> dict[str, Any]:
        if words[0] in self.differences:
            a, b = self.differences[words[0]]
            return {"quantity": "difference", "node": a, "other_node": b,
                    "sense": SENSE[words[1]], "value": float(words[2]) * self.length}
        kind = words[0].upper()
        if kind == "NODE":
            self.draft.beds[words[1]]
            quantity = {"DEPTH": "depth", "HEAD": "level"}[words[2].upper()]
            return {"quantity": quantity, "node": words[1], "sense": SENSE[words[3]],
                    "value": float(words[4]) * self.length}
        if kind != "SIMULATION":
            raise KeyError(kind)
        quantity = {"CLOCKTIME": "hour", "TIME": "elapsed"}[words[1].upper()]
        return {"quantity": quantity, "sense": SENSE[words[2]], "value": hours_of(words[3])}

    def _action(self, words: Sequence[str]) -> tuple[str, float]:
        if words[0].upper() not in MOVED or self.links.links[words[1]][0] not in ("gate", "pump"):
            raise KeyError(words[0])
        text = words[-1].upper()
        return words[1], ON[text] if text in ON else min(max(float(text), 0.0), 1.0)

    def _finish(self, rule: _Rule | None) -> None:
        if rule is None:
            return
        if rule.strange or not rule.conditions or not rule.then:
            self.draft.left_out("rule", "a rule that native rules cannot say",
                                "无法以本格式表达的规则", rule.name)
            return
        for k, (asset, value) in enumerate(rule.then.items()):
            name = rule.name if len(rule.then) == 1 else f"{rule.name}_{k + 1}"
            for condition in rule.conditions:
                self.draft.add("rule", id=name, asset=asset, **condition, setting=value,
                               otherwise=rule.otherwise.get(asset), priority=rule.priority)
