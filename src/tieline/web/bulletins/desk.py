"""What a worker does with bulletins: compose with its warm engines, approve, publish, ask again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tieline.ledger import clock
from tieline.ledger.append import Note
from tieline.messages import message
from tieline.web.asking import Broken

if TYPE_CHECKING:
    from tieline.ledger.rights import Principal
    from tieline.publish.bulletin.inventory import Lead
    from tieline.publish.bulletin.manifest import Verdict
    from tieline.study.bulletins import BulletinDesk
    from tieline.web.tasks import Progress, Shop

FORMATS = ("html",)
UNSIGNED = "the manifest is not signed by the key it names"


@dataclass(frozen=True)
class Draft:
    """A template as it stands: for whom it is read, from which ledger, at which change.

    `turn` makes a request that writes another than the one before, so that it is never answered
    from what is kept.
    """

    place: str
    who: Principal
    text: str
    known: int
    turn: str = ""


def opened(shop: Shop, draft: Draft, progress: Progress) -> BulletinDesk:
    """A desk on the draft's ledger that asks the shop's engines."""
    from tieline.study.bulletins import BulletinDesk

    return BulletinDesk(
        shop.folder, place=draft.place, who=draft.who,
        appraise_one=lambda scenario: shop.appraisal(scenario, progress),
        respond_to=lambda incident: shop.response(Broken(incident), progress))


def preview(shop: Shop, draft: Draft, lang: str, progress: Progress) -> dict[str, Any]:
    """What stands inside a page, or the template's problems in both languages."""
    with opened(shop, draft, progress) as desk:
        found = desk.preview(draft.text, lang, link)
    if found.bulletin is None:
        return {"html": "", "problems": [
            (p, p) if isinstance(p, str) else (p.message("en"), p.message("zh"))
            for p in found.problems]}
    return {"html": found.html, "problems": [], "id": found.bulletin.id,
            "figures": len(found.bulletin.figures)}


def approve(
    shop: Shop, draft: Draft, approver: str, reason: str, progress: Progress
) -> dict[str, Any]:
    """Record in the ledger that this text with these figures may be published."""
    note = Note(draft.who.name, reason, ", ".join(draft.who.jurisdictions), "publish")
    with opened(shop, draft, progress) as desk:
        bulletin, receipt = desk.approve(draft.text, note, approver)
    return {"id": bulletin.id, "change": receipt.change_no}


def publish(
    shop: Shop, draft: Draft, to: tuple[str, str], progress: Progress
) -> dict[str, Any]:
    """Publish what was approved, signed with this server's key.

    `to` is the folder of the site and the address at which it will stand, "" if nobody knows.
    """
    import os

    from tieline.publish.bulletin.keys import PASSPHRASE, default_key, load_key
    from tieline.publish.bulletin.site import Edition
    from tieline.publish.bulletin.template import read_template

    key = load_key(default_key(), os.environ.get(PASSPHRASE, ""))
    site, url = to
    url += "/" if url and not url.endswith("/") else ""
    note = Note(draft.who.name, "published / 发布", ", ".join(draft.who.jurisdictions), "publish")
    with opened(shop, draft, progress) as desk:
        edition = Edition(read_template(draft.text).languages, FORMATS, url)
        done = desk.publish(draft.text, Path(site), edition, key, note)
    return {"manifest": done.manifest, "new": len(done.new)}


def again(shop: Shop, draft: Draft, site: str, lang: str, progress: Progress) -> dict[str, Any]:
    """Whether the site is as it was signed, and of every figure whether it is still true."""
    from tieline.publish.bulletin.manifest import verify_site
    from tieline.publish.shell import words_of

    verdict = verify_site(Path(site))
    with opened(shop, draft, progress) as desk:
        today = clock.today(desk.ledger.time_zone)
        found = {} if verdict.broken else desk.rerun_site(Path(site), today=today)
    return {
        "holds": verdict.holds, "fingerprint": verdict.fingerprint, "files": verdict.files,
        "touched": [*verdict.added, *verdict.changed, *verdict.removed],
        "why": message(_why(verdict), lang),
        "figures": {name: [(r.verdict, r.holds, r.text(words_of(lang))) for r in many]
                    for name, many in found.items()},
    }


def _why(verdict: Verdict) -> str:
    """What is wrong with a site beyond single files; "" if nothing is."""
    if verdict.broken:
        return verdict.broken
    return "" if verdict.signature else UNSIGNED


def link(lead: Lead) -> str:
    """The page to which an item of the source leads; "" where there is none."""
    to = quote(lead.target, safe="")
    return {
        "plan": f"/respond?incident={to}", "list": f"/projects?list={to}",
        "case": f"/joint-work/new?workflow={to}", "appraisal": f"/projects/{to}",
        "record": f"/projects/{to}",
    }.get(lead.kind, "")
