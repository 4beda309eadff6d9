"""The Atom feed (RFC 4287) of a site, and its sitemap."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from tieline.publish.shell import CODES

if TYPE_CHECKING:
    from tieline.publish.words import Words

SPACE = uuid.UUID("5b1c8a52-0e6e-5b0b-9a4f-3d1f6c1f7a10")
"""Name space of the ids of sites and bulletins: made once, of no meaning."""


def feed(words: Words, title: str, entries: Iterable[Mapping[str, Any]], *, site: str, url: str,
         updated: str) -> str:
    """The feed of a language.

    Parameters
    ----------
    entries
        The manifest's bulletins, the newest first.
    site
        What names the site for good: the ledger's first hash, or the region's name.
    url
        Address of the site's first folder, "" if that is not known: links are then relative.
    updated
        Instant of this state of the site.
    """
    lang = words.lang
    base = f' xml:base="{escape(url)}"' if url else ""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{CODES[lang]}"{base}>',
        f"<title>{escape(title)}</title>",
        f"<id>urn:uuid:{uuid.uuid5(SPACE, f'{site} {lang}')}</id>",
        f"<updated>{escape(updated)}</updated>",
        f'<link rel="self" type="application/atom+xml" href="feed.{lang}.xml"/>',
        f'<link rel="alternate" type="text/html" href="index.{lang}.html"/>',
    ]
    for e in entries:
        lines += _entry(e, lang, site)
    return "\n".join([*lines, "</feed>", ""])


def _entry(entry: Mapping[str, Any], lang: str, site: str) -> list[str]:
    number = uuid.uuid5(SPACE, f"{site} {entry['id']} {lang}")
    return [
        "<entry>", f"<title>{escape(entry['title'][lang])}</title>", f"<id>urn:uuid:{number}</id>",
        f"<updated>{escape(entry['published'])}</updated>",
        f"<published>{escape(entry['date'])}T00:00:00Z</published>",
        f"<author><name>{escape(entry['author'][lang])}</name></author>",
        f'<category term="{escape(entry["section"]["id"])}" '
        f'label="{escape(entry["section"]["title"][lang])}"/>',
        f'<link rel="alternate" type="text/html" href="{escape(entry["pages"][lang])}"/>',
        f"<summary>{escape(entry['summary'].get(lang, ''))}</summary>", "</entry>",
    ]


def sitemap(pages: Iterable[tuple[str, str]], url: str) -> str:
    """The sitemap of pages (name from the first folder, day); addresses there must be whole."""
    rows = "\n".join(
        f"<url><loc>{escape(url + name)}</loc><lastmod>{escape(day)}</lastmod></url>"
        for name, day in pages)
    return ('<?xml version="1.0" encoding="utf-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}\n</urlset>\n')
