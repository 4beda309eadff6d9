"""Who may do what: one function, asked by every list, sum, history, export and write.

A jurisdiction's own people do to its records what their role allows. Others see and do only what
a share rule of the owner says: which kinds, which fields, for what purpose, from when to when.
Rules are records themselves, so that their history is kept; whatever day is read, it is today's
rules that decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tieline.errors import RightsError

if TYPE_CHECKING:
    from tieline.ledger.kinds import Catalogue

EVERY = "*"
"""In a rule: every owner, everybody, every kind, every field."""

ROLES: Mapping[str, frozenset[str]] = {
    "viewer": frozenset({"read"}),
    "editor": frozenset({"read", "write"}),
    "steward": frozenset({"read", "write", "share", "erase"}),
}
"""What each role may do to the records of its own jurisdictions."""

EVERYTHING = frozenset({EVERY})

ALWAYS = frozenset({"owner", "parent"})
"""Who sees anything of a record sees to whom and to what it belongs."""


@dataclass(frozen=True)
class Principal:
    """Who asks: a name for the record, their jurisdictions, their roles.

    `everything` is the keeper of the ledger, or the single user of a file of their own.
    """

    name: str
    jurisdictions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ("editor",)
    everything: bool = False


@dataclass(frozen=True)
class Rule:
    """What an owner lets a jurisdiction do, on which kinds and fields, from when to when."""

    owner: str
    grantee: str
    actions: frozenset[str]
    kinds: frozenset[str]
    fields: frozenset[str]
    begins: str = ""
    ends: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Rule:
        """From a record of kind `share_rule`."""
        return cls(
            values["owner"], values["grantee"], frozenset(values.get("actions") or ("read",)),
            frozenset(values["kinds"]), frozenset(values["fields"]),
            values.get("begins") or "", values.get("ends") or "",
        )

    def holds(self, day: str) -> bool:
        """Whether it is in force on that day."""
        return (not self.begins or self.begins <= day) and (not self.ends or day <= self.ends)


def permitted(
    who: Principal, action: str, owner: str, kind: str, rules: Iterable[Rule], day: str
) -> frozenset[str]:
    """The fields on which `who` may do `action` to records of a kind of an owner, today.

    `frozenset({"*"})` is every field, the empty set none.
    """
    if who.everything:
        return EVERYTHING
    if owner in who.jurisdictions and any(action in ROLES.get(r, ()) for r in who.roles):
        return EVERYTHING
    # A viewer at home is no more than a viewer abroad.
    if not any(action in ROLES.get(r, ()) for r in who.roles):
        return frozenset()
    fields: frozenset[str] = frozenset()
    for rule in rules:
        if (rule.owner in (owner, EVERY) and rule.grantee in (*who.jurisdictions, EVERY)
                and rule.holds(day) and action in rule.actions and rule.kinds & {kind, EVERY}):
            fields |= rule.fields
    if EVERY in fields:
        return EVERYTHING
    return fields | ALWAYS if fields and action == "read" else fields


def public_rules(catalogue: Catalogue) -> tuple[Rule, ...]:
    """The rules by which everybody reads the kinds that are public."""
    return tuple(
        Rule(EVERY, EVERY, frozenset({"read"}), frozenset({name}), frozenset({EVERY}))
        for name in catalogue if catalogue[name].public
    )


@dataclass(frozen=True)
class Guard:
    """The policy with its rules and day at hand, for one who asks."""

    who: Principal
    rules: tuple[Rule, ...]
    catalogue: Catalogue
    today: str

    def fields(self, action: str, kind: str, owner: str) -> frozenset[str]:
        """The fields on which this may be done; {"*"} is all."""
        return permitted(self.who, action, owner, kind, self.rules, self.today)

    def may(self, action: str, kind: str, owner: str, fields: Iterable[str] = ()) -> bool:
        """Whether this may be done on all these fields - on any field at all if none is named."""
        allowed = self.fields(action, kind, owner)
        return bool(allowed) and (EVERY in allowed or set(fields) <= allowed)

    def require(self, action: str, kind: str, owner: str, fields: Iterable[str] = ()) -> None:
        """Raise RightsError unless this may be done."""
        if self.who.everything:
            return
        if kind == "share_rule" and action == "write":
            action = "share"
        wanted = list(fields)
        if not self.may(action, kind, owner, wanted):
            message = (
                f"{self.who.name} may not {action} {', '.join(wanted) or 'anything'} of "
                f"{kind} records of {owner or 'nobody'}"
            )
            raise RightsError(message)

    def owners(self, kind: str, owners: Iterable[str], needed: Iterable[str]) -> list[str] | None:
        """Those owners whose records of a kind may be read by the needed fields; None: all."""
        needed = list(needed)
        if EVERY in self.fields("read", kind, EVERY):
            return None
        return [o for o in owners if self.may("read", kind, o, needed)]
