"""Approval: the ledger keeps which text with which figures was approved, by which role, when."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from tieline.errors import LedgerError
from tieline.ledger import clock
from tieline.ledger.append import Entry, Note, Receipt
from tieline.publish.bulletin.compose import Approval, Bulletin
from tieline.publish.bulletin.figure import canonical
from tieline.publish.bulletin.html import Writer
from tieline.publish.shell import words_of

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.state import State
    from tieline.publish.bulletin.template import Template

KIND = "bulletin"
APPROVED, PUBLISHED = "approved", "published"


def record_id(bulletin: str) -> str:
    """The record of a bulletin in the ledger."""
    return f"{KIND}-{bulletin}"


def approve(
    ledger: Ledger, bulletin: Bulletin, note: Note, approver: str, who: Principal
) -> Receipt:
    """Record that this text with these figures may be published.

    Raises
    ------
    LedgerError
        If it is published already, or `who` may not.
    """
    known = _state(ledger, bulletin.id)
    if known is not None and known.get("state") == PUBLISHED:
        message = (f"bulletin '{bulletin.id}' is published and cannot be changed; "
                   "publish a correction under another id (corrects)")
        raise LedgerError(message)
    titles = {lang: Writer(bulletin, words_of(lang)).plain(parts)
              for lang, parts in bulletin.template.titles.items()}
    values = {
        "name": titles.get("en"), "name_zh": titles.get("zh"), "date": bulletin.template.date,
        "state": APPROVED, "approver": approver, "template": bulletin.template.digest,
        "digest": bulletin.digest, "corrects": bulletin.template.corrects or None,
        "figures": canonical({k: f.digest for k, f in bulletin.figures.items()}),
        "read_at": int(bulletin.read_at.get("change") or ledger.head[0]),
        "owner": bulletin.template.owner or None,
    }
    return ledger.commit(note, [Entry(KIND, record_id(bulletin.id), values)], who=who)


def approved(ledger: Ledger, template: Template) -> tuple[Approval, State]:
    """The approval of exactly this template, and its record.

    Raises
    ------
    LedgerError
        If there is none, or the template was changed since.
    """
    state = _state(ledger, template.id)
    if state is None or state.get("state") not in (APPROVED, PUBLISHED):
        message = f"bulletin '{template.id}' is not approved; see `tieline publish --approve`"
        raise LedgerError(message)
    if state.get("template") != template.digest:
        message = f"the template of bulletin '{template.id}' was changed since it was approved"
        raise LedgerError(message)
    written = [h for h in ledger.history(state.id)
               if any(s.field in ("digest", "state") and s.after != PUBLISHED for s in h.steps)]
    last = written[-1]
    at = clock.day_of(last.at, ledger.time_zone)
    return Approval(str(state.get("approver")), at.isoformat(), last.change_no), state


def refuse_changed(bulletin: Bulletin, state: State) -> Bulletin:
    """The bulletin with its approval's figures; LedgerError naming each that is another."""
    if bulletin.digest == state.get("digest"):
        return bulletin
    was = json.loads(str(state.get("figures")))
    here = {k: f.digest for k, f in bulletin.figures.items()}
    names = ", ".join(k for k in sorted({*was, *here}) if was.get(k) != here.get(k))
    message = f"figures of bulletin '{bulletin.id}' are others than those approved: {names}"
    raise LedgerError(message)


def with_approval(bulletin: Bulletin, approval: Approval) -> Bulletin:
    """The bulletin, no draft any more."""
    return replace(bulletin, approval=approval)


def require_rights(ledger: Ledger, bulletin: Bulletin, who: Principal) -> None:
    """Raise RightsError unless `who` may record that it is published."""
    ledger.guard(who).require("write", KIND, bulletin.template.owner, ["state"])


def record_published(
    ledger: Ledger, bulletin: Bulletin, place: str, manifest: str, note: Note, who: Principal
) -> Receipt:
    """Record where it was published, and that the head which it prints was made public."""
    head = bulletin.read_at if ledger.guard(who).may("write", "checkpoint", "") else {}
    entries = [Entry(KIND, record_id(bulletin.id), {
        "state": PUBLISHED, "published": place, "manifest": manifest})]
    if head:
        entries.append(Entry("checkpoint", None, {
            "change_no": head["change"], "hash": head["hash"],
            "published": f"bulletin {bulletin.id}, {place}"}))
    return ledger.commit(note, entries, who=who)


def _state(ledger: Ledger, bulletin: str) -> State | None:
    day: date = clock.today(ledger.time_zone)
    return ledger.view(as_of=day).record(record_id(bulletin))
