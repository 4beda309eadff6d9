"""The pages that lead to the bulletins: by section and day, most read, search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tieline.publish.bulletin.frame import Frame, document
from tieline.publish.bulletin.value import say_when
from tieline.publish.markup import Html, el, join
from tieline.publish.words import LANGUAGES, Words, in_language, typeset

Entry = Mapping[str, Any]


def index_page(words: Words, site: Mapping[str, Any], languages: Sequence[str]) -> str:
    """The first page of a language: bulletins by section, the newest first."""
    lang = words.lang
    entries = [e for e in site["bulletins"] if lang in e["pages"]]
    title = words("site.of", region=site["region"][lang])
    by_section: dict[str, list[Entry]] = {}
    for e in entries:
        by_section.setdefault(e["section"]["id"], []).append(e)
    sections = [
        el("section", el("h2", found[0]["section"]["title"][lang]),
           el("ul", *(_entry(e, words, site) for e in found), class_="entries"),
           id=f"section-{name}")
        for name, found in by_section.items()
    ]
    others = {x: f"index.{x}.html" for x in languages if x != lang}
    return document(
        words, title, Frame(others=others), _head(words, title, site),
        *sections, _most_read(words, site, entries), _foot(words, site))


def _head(words: Words, title: str, site: Mapping[str, Any]) -> Html:
    cut = str(site["caption"]).replace("；", ";").split(";")
    return el(
        "header", el("p", words("bulletin.kicker"), class_="kicker"), el("h1", title),
        el("p", words("site.text"), class_="p lead"),
        *(el("p", typeset(in_language(c.strip(), words.lang)), class_="caption")
          for c in cut if c.strip()))


def _entry(entry: Entry, words: Words, site: Mapping[str, Any]) -> Html:
    lang = words.lang
    corrected = [e["id"] for e in site["bulletins"] if e.get("corrects") == entry["id"]]
    pdf = entry["pdfs"].get(lang)
    return el(
        "li", el("h3", el("a", entry["title"][lang], href=entry["pages"][lang])),
        el("time", say_when(entry["date"], words), datetime=entry["date"]),
        el("a", words("bulletin.pdf"), href=pdf) if pdf else None,
        el("p", entry["summary"].get(lang, "")),
        *(el("p", words("site.corrected", id=c), class_="draft") for c in corrected))


def _most_read(words: Words, site: Mapping[str, Any], entries: Sequence[Entry]) -> Html:
    reads = site.get("reads")
    if not reads:
        return el("p", words("site.no_reads"), class_="note")
    known = {e["id"]: e for e in entries}
    items = [
        el("li", el("a", known[i]["title"][words.lang], href=known[i]["pages"][words.lang]), " ",
           el("small", words("site.reads", n=f"{n:,}")))
        for i, n in reads["counts"] if i in known
    ]
    told = words("site.reads_text", begin=say_when(reads["begin"], words),
                 end=say_when(reads["end"], words), source=in_language(reads["source"], words.lang))
    return el("section", el("h2", words("site.most_read")), el("ol", *items),
              el("p", told, class_="note"), id="most-read")


def _foot(words: Words, site: Mapping[str, Any]) -> Html:
    lang = words.lang
    links = [el("a", words("site.feed"), href=f"feed.{lang}.xml"),
             el("a", words("site.manifest"), href="manifest.json")]
    return el(
        "footer", el("p", join(*(join(x, " ") for x in links))),
        el("p", words("site.sequence", n=site["sequence"], day=say_when(site["made"][:10], words))),
        el("p", words("site.signed", fingerprint=site["fingerprint"])),
        el("p", el("code", "tieline verify-publication PATH")),
        el("p", words("page.unofficial")))


def search_page(words: Words, found: Sequence[Mapping[str, str]], languages: Sequence[str]) -> str:
    """The search of a language: with a script by words, without one a list of every section."""
    lang = words.lang
    others = {x: f"search.{x}.html" for x in languages if x != lang}
    ask = el(
        "div", el("label", words("site.search_for"), for_="search"),
        el("input", type="search", id="search", autocomplete="off", aria_describedby="hint"),
        el("p", words("site.search_hint"), id="hint", class_="note"),
        el("p", "", id="said", role="status", data_found=words("site.found"),
           data_nothing=words("site.nothing")),
        el("ul", id="found", class_="entries"), id="ask", hidden=True)
    every = el("ul", *(el("li", el("a", e["title"], href=e["href"])) for e in found))
    frame = Frame(others=others, scripts=(f"search-{lang}.js", "search.js"))
    return document(
        words, words("site.search"), frame, el("h1", words("site.search")), ask,
        el("noscript", el("p", words("site.no_script"))),
        el("section", el("h2", words("site.all_sections")), every))


def languages_of(bulletins: Sequence[Entry]) -> tuple[str, ...]:
    """The languages of the site, Chinese first."""
    return tuple(x for x in LANGUAGES if any(x in e["pages"] for e in bulletins))
