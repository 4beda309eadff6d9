"""The published site: bulletins that never change, and the pages that lead to them, all signed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.errors import InputError
from tieline.ledger import clock
from tieline.publish.bulletin.feed import feed, sitemap
from tieline.publish.bulletin.frame import STYLE, Frame
from tieline.publish.bulletin.html import Writer
from tieline.publish.bulletin.index import index_page, languages_of, search_page
from tieline.publish.bulletin.keys import SigningError, SigningKey
from tieline.publish.bulletin.manifest import MANIFEST, digest_of_file, seal, verify_site
from tieline.publish.bulletin.page import render
from tieline.publish.bulletin.pdf import render_pdf
from tieline.publish.bulletin.sections import as_script, sections_json
from tieline.publish.shell import words_of
from tieline.region.write import replacing_folder

if TYPE_CHECKING:
    from tieline.publish.bulletin.compose import Bulletin
    from tieline.publish.bulletin.reads import Reads

BULLETINS = "bulletins"
FORMATS = ("html", "pdf")
SCRIPT = Path(__file__).with_name("search.js")


@dataclass(frozen=True)
class Edition:
    """What to publish of a bulletin and how: languages, formats, the site's address, counts."""

    languages: tuple[str, ...]
    formats: tuple[str, ...] = ("html",)
    url: str = ""
    reads: Reads | None = None
    fonts: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Published:
    """What was published: the folder, the new files, the manifest's digest."""

    folder: Path
    new: tuple[str, ...]
    manifest: str
    sequence: int
    fingerprint: str


def publish_site(
    bulletin: Bulletin, out: Path, edition: Edition, key: SigningKey, *, site_id: str
) -> Published:
    """Add an approved bulletin to a site, or begin one; the whole folder is replaced at once.

    Raises
    ------
    InputError
        If the folder is something else, was touched since it was signed, or holds another
        bulletin of that id.
    SigningError
        If another key signed it.
    """
    assert bulletin.approval is not None  # noqa: S101 - the caller approves
    before = _before(out, key)
    files = _files(bulletin, edition, before.get("files", {}))
    entry = _entry(bulletin, edition, before)
    made = clock.now()
    others = [e for e in before.get("bulletins", []) if e["id"] != bulletin.id]
    known = next((e for e in before.get("bulletins", []) if e["id"] == bulletin.id), None)
    entry["published"] = known["published"] if known else made[:19] + "Z"
    site = {
        "region": dict(bulletin.house.name), "caption": bulletin.house.caption,
        "sequence": int(before.get("sequence", 0)) + 1, "made": made[:19] + "Z",
        "previous": before.get("digest", ""), "url": edition.url or before.get("url", ""),
        "reads": edition.reads.to_json() if edition.reads else None, "site": site_id,
        "ledger": dict(bulletin.read_at), "fingerprint": key.public.fingerprint,
        "bulletins": sorted([*others, entry], key=lambda e: (e["date"], e["id"]), reverse=True),
    }
    with replacing_folder(out) as folder:
        if before:
            shutil.copytree(out / BULLETINS, folder / BULLETINS)
        for name, raw in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(raw)
        _lead(folder, site)
        digest = seal(folder, site, key)
        if _before(out, key).get("digest") != before.get("digest"):
            _refuse(out, "a site that nobody touches while it is published to", "a change")
    return Published(out, tuple(files), digest, site["sequence"], key.public.fingerprint)


def _before(out: Path, key: SigningKey) -> dict[str, Any]:
    """The manifest of the site that is there, with its digest; {} if there is none yet."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return {}
    if not out.is_dir() or not (out / MANIFEST).is_file():
        _refuse(out, "a site of bulletins, or a new or empty folder", "something else")
    found = verify_site(out, key.public)
    if found.broken or not found.signature:
        _refuse(out, "a site whose signature holds", found.broken or "another signature")
    if not found.trusted:
        message = f"{out}: this site is signed with another key: {found.fingerprint}"
        raise SigningError(message)
    touched = [*found.added, *found.changed, *found.removed]
    if touched:
        _refuse(out, "a site that was not touched since it was signed", ", ".join(touched[:5]))
    return {**found.manifest, "digest": digest_of_file(out / MANIFEST)}


def _refuse(out: Path, expected: str, found: str) -> None:
    message = f"{out}: expected {expected}, found {found}"
    raise InputError([message])


def _files(
    bulletin: Bulletin, edition: Edition, present: Mapping[str, Any]
) -> dict[str, bytes]:
    """The bulletin's files by name; those that stand already stay as they are."""
    home = f"{BULLETINS}/{bulletin.id}"
    both = tuple(edition.languages)
    files = {f"{home}/figures.json": bulletin.figures_json().encode(),
             f"{home}/style.css": STYLE.read_bytes()}
    for lang in both:
        if "pdf" in edition.formats and f"{home}/{lang}.pdf" not in present:
            files[f"{home}/{lang}.pdf"] = render_pdf(bulletin, lang, edition.fonts)
        files[f"{home}/sections.{lang}.json"] = sections_json(bulletin, lang).encode()
        printed = f"{home}/{lang}.pdf" in present or "pdf" in edition.formats
        frame = Frame(root="../../", others={x: f"{x}.html" for x in both if x != lang},
                      pdf=f"{lang}.pdf" if printed else "")
        files[f"{home}/{lang}.html"] = render(bulletin, lang, frame).encode()
    return {n: raw for n, raw in files.items() if n not in present}


def _entry(bulletin: Bulletin, edition: Edition, before: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest says of the bulletin, joined with what was published of it before."""
    known = next((e for e in before.get("bulletins", []) if e["id"] == bulletin.id), None)
    if known is not None and known["digest"] != bulletin.digest:
        message = (f"bulletin '{bulletin.id}' is published and cannot be changed; "
                   "publish a correction under another id (corrects)")
        raise InputError([message])
    template, home = bulletin.template, f"{BULLETINS}/{bulletin.id}"
    kept = known or {"pages": {}, "pdfs": {}}
    pages = {**kept["pages"], **{x: f"{home}/{x}.html" for x in edition.languages}}
    pdfs = {**kept["pdfs"], **({x: f"{home}/{x}.pdf" for x in edition.languages}
                               if "pdf" in edition.formats else {})}
    writers = {x: Writer(bulletin, words_of(x)) for x in template.languages}
    assert bulletin.approval is not None  # noqa: S101 - the caller approves
    return {
        "id": bulletin.id, "date": template.date.isoformat(), "digest": bulletin.digest,
        "section": {"id": template.section.id, "title": dict(template.section.title)},
        "title": {x: w.plain(template.titles[x]) for x, w in writers.items()},
        "summary": {x: w.plain(template.summaries[x]) for x, w in writers.items()
                    if x in template.summaries},
        "author": dict(bulletin.house.name), "corrects": template.corrects,
        "approved": {"by": bulletin.approval.by, "on": bulletin.approval.at,
                     "change": bulletin.approval.change},
        "read_at": dict(bulletin.read_at), "figures": len(bulletin.figures),
        "pages": pages, "pdfs": pdfs,
    }


def _lead(folder: Path, site: Mapping[str, Any]) -> None:
    """Every page that leads to bulletins, made anew."""
    languages = languages_of(site["bulletins"])
    texts = {"style.css": STYLE.read_text(encoding="utf-8"),
             "search.js": SCRIPT.read_text(encoding="utf-8")}
    for lang in languages:
        words = words_of(lang)
        entries = [e for e in site["bulletins"] if lang in e["pages"]]
        found = list(_found(folder, entries, lang))
        texts[f"index.{lang}.html"] = index_page(words, site, languages)
        texts[f"search.{lang}.html"] = search_page(words, found, languages)
        texts[f"search-{lang}.js"] = as_script(found)
        texts[f"feed.{lang}.xml"] = feed(
            words, words("site.of", region=site["region"][lang]), entries, site=site["site"],
            url=site["url"], updated=site["made"])
    texts["index.html"] = texts[f"index.{languages[0]}.html"]
    if site["url"]:
        texts["sitemap.xml"] = sitemap(_pages(site, languages), site["url"])
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _pages(site: Mapping[str, Any], languages: Sequence[str]) -> Iterable[tuple[str, str]]:
    day = site["made"][:10]
    yield from ((f"index.{x}.html", day) for x in languages)
    for e in site["bulletins"]:
        yield from ((name, e["published"][:10]) for name in e["pages"].values())


def _found(
    folder: Path, entries: Sequence[Mapping[str, Any]], lang: str
) -> Iterable[dict[str, str]]:
    for e in entries:
        path = folder / BULLETINS / e["id"] / f"sections.{lang}.json"
        for s in json.loads(path.read_text(encoding="utf-8")):
            yield {"title": s["title"], "text": s["text"],
                   "href": f"{e['pages'][lang]}#{s['anchor']}"}
