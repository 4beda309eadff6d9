"""The source, item by item, in our own words: where each lives, or that it is only recorded.

An item is a number. What the ledger holds of it says so in its `source` ("report, 64-66"); what is
no record stands in `inventory.csv` (codes, kinds, rules, context) with a remark; `leads.csv` says
which items lead further: to the plan of an incident, a list, a sort of case, a link that can be
appraised, and which field of the record says the item's figure. None of the source's own text is
kept.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tieline.errors import InputError
from tieline.ledger.criteria import load_programmes
from tieline.ledger.work.workflow import workflows
from tieline.publish.bulletin.figure import Figure, Query, Reading
from tieline.publish.words import LANGUAGES

if TYPE_CHECKING:
    from tieline.ledger.kinds import Field
    from tieline.ledger.state import State
    from tieline.ledger.view import View

INVENTORY, LEADS = "inventory.csv", "leads.csv"
CONTEXT = "context"
NAMED = re.compile(r"(?:报道|report)[ ,]+(\d+(?:(?:, |-)\d+)*)")
BETWEEN = re.compile(r"(?<=[\u3400-\u9fff]);(?=[\u3400-\u9fff])")
ACTIVE = ("plan", "list", "case", "appraisal")
"""Leads at whose end something can be done, the others only say where it is recorded."""


@dataclass(frozen=True)
class Lead:
    """Where an item leads: `kind` is one of ACTIVE, record, codes, kind, rule or context.

    `command` is what shows it on a terminal; "" where there is nothing to show.
    """

    kind: str
    target: str
    command: str = ""


@dataclass(frozen=True)
class Item:
    """One thing that the source reported: what it is, in both languages, and where it leads."""

    no: int
    text: Mapping[str, str]
    leads: tuple[Lead, ...]
    figures: tuple[Figure, ...] = ()

    @property
    def lives(self) -> str:
        """"lives" if something can be done there, "recorded", or "context"."""
        if any(lead.kind in ACTIVE for lead in self.leads):
            return "lives"
        return CONTEXT if all(lead.kind == CONTEXT for lead in self.leads) else "recorded"


@dataclass(frozen=True)
class Ground:
    """What leads are checked against beside the ledger: ids of incidents and of projects."""

    incidents: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()


def numbers(source: str) -> Iterator[int]:
    """The items that a record's source names: `report, 64-66` or `report, 55, 56`."""
    for said in NAMED.findall(source):
        for part in said.split(", "):
            first, _, last = part.partition("-")
            yield from range(int(first), int(last or first) + 1)


def read_inventory(
    folder: Path, view: View, ground: Ground, read: Callable[[Query], Reading]
) -> tuple[Item, ...]:
    """Every item, in the order of its number.

    Parameters
    ----------
    folder
        Where `inventory.csv` and `leads.csv` stand.
    view
        The ledger that records the items.
    read
        How a figure of a record is read from the same ledger.

    Raises
    ------
    InputError
        Naming every item that leads nowhere, and every row whose target does not exist.
    """
    told: dict[int, _Told] = defaultdict(_Told)
    for state in view.records():
        for no in numbers(str(state.get("source") or "")):
            told[no].add(state, view)
    for no, row in _rows(folder / INVENTORY):
        targets = row["where"].split(";") if row["where"] else [""]
        told[no].leads.update(dict.fromkeys(_lead(row["is"], t) for t in targets))
        told[no].say(row["remark"], row["remark_zh"])
    for no, row in _rows(folder / LEADS):
        told[no].lead_first(_lead(row["to"], row["target"]), row.get("field") or "")
    _refuse(told, view, ground)
    return tuple(
        Item(no, {lang: told[no].text(lang) for lang in LANGUAGES}, tuple(told[no].leads),
             tuple(told[no].figures(no, view, read)))
        for no in sorted(told)
    )


class _Told:
    """What is known of one item while it is put together."""

    def __init__(self) -> None:
        self.leads: dict[Lead, None] = {}
        self._words: dict[tuple[str, str], None] = {}
        self._states: list[State] = []
        self._field = ""

    def add(self, state: State, view: View) -> None:
        """A record of the ledger; an observation speaks for its indicator."""
        self.leads[_lead("record", state.id)] = None
        self._states.append(state)
        kind = view.catalogue[state.kind]
        if state.kind == "indicator":
            self.say(*(state.label(lang) for lang in ("en", "zh")))
        elif state.kind != "observation":
            self.say(f"{kind.title}: {state.label('en')}", f"{kind.title_zh}：{state.label('zh')}")

    def say(self, en: str, zh: str) -> None:
        """Words for it."""
        self._words[en, zh] = None

    def lead_first(self, lead: Lead, field: str) -> None:
        """Where it leads before all else; it is context no more."""
        rest = [x for x in self.leads if x.kind != CONTEXT]
        self.leads = dict.fromkeys([lead, *rest])
        self._field = field

    def text(self, lang: str) -> str:
        """All words for it in a language."""
        if lang == "zh":
            return "；".join(BETWEEN.sub("；", w[1]) for w in self._words)
        return "; ".join(w[0] for w in self._words)

    def figures(self, no: int, view: View, read: Callable[[Query], Reading]) -> Iterator[Figure]:
        """The figures of its records, each as an object."""
        for state in self._states:
            for name, field in view.catalogue[state.kind].fields.items():
                wanted = _is_figure(field) and self._field in ("", name)
                if not wanted or state.get(name) is None:
                    continue
                query = Query("ledger", {"record": state.id, "field": name, "as_of": view.day})
                reading = read(query)
                en, zh = reading.label
                label = (en, zh) if state.kind == "observation" else (
                    f"{en}: {field.title}", f"{zh}：{field.title_zh}")
                yield Figure(f"item-{no}-{state.id}-{name}", label, query, reading)


def _is_figure(field: Field) -> bool:
    return field.type in ("measure", "money") or (field.type == "number" and bool(field.unit))


def _rows(path: Path) -> list[tuple[int, Mapping[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        message = f"{path.name}: expected a table, found none"
        raise InputError([message]) from None
    rows: list[tuple[int, Mapping[str, str]]] = []
    for row in csv.DictReader(text.splitlines()):
        first, _, last = (row.get("no") or "").partition("-")
        if not first.isdecimal() or not (last or first).isdecimal():
            message = f"{path.name}: expected the number of an item, found '{row.get('no')}'"
            raise InputError([message])
        rows += [(no, row) for no in range(int(first), int(last or first) + 1)]
    return rows


COMMANDS = {
    "plan": "tieline respond REGION --incident {target}",
    "list": "tieline ledger list REGION --list {target}",
    "case": "tieline ledger work open REGION {target}",
    "appraisal": "tieline appraise REGION",
    "record": "tieline ledger show REGION {target}",
}


def _lead(kind: str, target: str) -> Lead:
    return Lead(kind, target, COMMANDS.get(kind, "").format(target=target))


def _refuse(told: Mapping[int, _Told], view: View, ground: Ground) -> None:
    """Raise with every item that is not there, says nothing, or leads to what does not exist."""
    there = _checks(view, ground)
    wrong = []
    for no in range(1, max(told, default=0) + 1):
        if no not in told or not told[no].leads:
            wrong.append(f"item {no}: expected where it lives, found nothing")
            continue
        if not all(told[no].text(lang).strip("；; ") for lang in LANGUAGES):
            wrong.append(f"item {no}: expected words in both languages, found none")
        wrong += [
            f"item {no}: expected what there is, found {lead.kind} '{lead.target}'"
            for lead in told[no].leads
            if lead.kind not in there or not there[lead.kind](lead.target)
        ]
    if wrong:
        raise InputError(wrong)


def _checks(view: View, ground: Ground) -> dict[str, Callable[[str], bool]]:
    """By kind of lead, whether a target exists."""
    rules = load_programmes()

    def listed(name: str) -> bool:
        return bool(view.records("membership", where={"list": name}))

    return {
        "plan": lambda name: name in ground.incidents,
        "appraisal": lambda name: name in ground.projects,
        "list": listed,
        "case": lambda name: name in workflows(),
        "record": lambda name: view.record(name) is not None,
        "codes": lambda name: name in view.catalogue.codes,
        "kind": lambda name: name in view.catalogue,
        "rule": lambda name: name in rules,
        CONTEXT: lambda name: not name,
    }
