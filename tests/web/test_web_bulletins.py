"""Bulletins in the pages: written, refused with line and column, approved, published, asked again;
and the source, each item of which leads to a page that is there."""

import re
from pathlib import Path

import httpx
import pytest
from serving import serving
from waiting import WAIT_S, settled

from tieline.publish.bulletin.keys import new_key
from tieline.web.app import create_app
from tieline.web.bulletins import pages
from tieline.web.desk import Desk
from tieline.web.library.keeping import Library

ZONE = Path(__file__).parents[2] / "examples" / "demonstration-zone"
TEXT = """+++
id = "{name}"
date = 2020-08-01
as_of = 2020-08-01
section = {{ id = "towns", zh = "两镇", en = "The towns" }}
title = {{ zh = "项目", en = "Projects" }}

[figure.cost]
from = "ledger"
record = "p1"
field = "investment"
+++
:::zh
投资{{{{cost}}}}{more}。
:::
:::en
It costs {{{{cost}}}}{more}.
:::
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return tmp_path_factory.mktemp("published") / "site"


@pytest.fixture(scope="module")
def publishing(desk, library, site, tmp_path_factory):
    """The address of a server that publishes; its workers know the key."""
    with serving(create_app(desk, library=library, site=site, close=False)) as found:
        yield found


@pytest.fixture
def writer(publishing):
    with httpx.Client(base_url=publishing, timeout=WAIT_S, trust_env=False,
                      headers={"origin": publishing}) as made:
        yield made


def test_a_bulletin_is_written_with_its_figures_bound(writer):
    answer = writer.post("/bulletins", data={"name": "first"})
    assert answer.headers["location"] == "/bulletins/first"
    writer.post("/bulletins/first", data={"text": TEXT.format(name="first", more="")})
    page = settled(writer, "/bulletins/first?lang=zh").text
    assert '<div class="bulletin">' in page
    assert re.search("200 ?万元", page.split('<div class="bulletin">')[1])
    assert 'action="/bulletins/first/approve"' in page


def test_a_text_that_another_saved_in_between_is_not_replaced_unawares(writer):
    first, second = (TEXT.format(name="both", more="" if k else " ") for k in range(2))
    writer.post("/bulletins/both", data={"text": first})
    page = settled(writer, "/bulletins/both?lang=en").text
    base = re.search(r'name="base" value="([0-9a-f]{64})"', page)[1]
    assert writer.post("/bulletins/both", data={"text": second, "base": base}).status_code == 303
    late = writer.post("/bulletins/both?lang=en", data={"text": "mine", "base": base})
    assert late.status_code == 422
    assert "somebody saved another text" in late.text
    assert ">mine</textarea>" in late.text
    now = re.search(r'name="base" value="([0-9a-f]{64})"', late.text)[1]
    assert second.splitlines()[1] in settled(writer, "/bulletins/both").text.replace("&#34;", '"')
    assert writer.post("/bulletins/both", data={"text": "mine", "base": now}).status_code == 303


def test_a_draft_too_many_is_refused_in_words(writer, monkeypatch):
    monkeypatch.setattr(pages, "MOST_DRAFTS", 0)
    refused = writer.post("/bulletins?lang=en", data={"name": "one-more"})
    assert refused.status_code == 422
    assert "no more are kept" in refused.text


@pytest.mark.parametrize(("more", "said"), [(" 13", "13"), ("{{none}}", "none")])
def test_a_bare_figure_is_refused_with_line_and_column(writer, more, said):
    writer.post("/bulletins/bare", data={"text": TEXT.format(name="bare", more=more)})
    page = settled(writer, "/bulletins/bare?lang=en").text
    told = page[page.index('role="alert"'):]
    assert said in told[:1200]
    assert re.search(r"line \d+, column \d+", told)
    assert 'action="/bulletins/bare/approve"' not in page


def test_figures_are_picked_by_words(writer):
    page = writer.get("/bulletins/pick?words=p1&lang=en").text
    assert 'record = &#34;p1&#34;' in page
    assert "CNY" in page or "元" in page


@pytest.mark.parametrize(("name", "status"), [
    ("../x", 422), ("", 422), ("UPPER", 422), ("a" * 90, 422)])
def test_a_name_that_is_no_name_is_refused(writer, name, status):
    assert writer.post("/bulletins", data={"name": name}).status_code == status
    assert writer.get("/bulletins/none").status_code == 404


def test_who_may_not_write_bulletins_may_not(entering):
    looker = entering("looker")
    assert looker.post("/bulletins", data={"name": "mine"}).status_code == 403
    assert looker.get("/bulletins").status_code == 200


def test_what_was_not_approved_is_not_published(writer, site):
    writer.post("/bulletins/second", data={"text": TEXT.format(name="second", more="")})
    refused = writer.post("/bulletins/second/publish", data={})
    assert refused.status_code == 422
    assert not site.exists()


def test_published_tampered_with_and_found_out(towns, library, tmp_path, monkeypatch):
    new_key(tmp_path / "key.pem")
    monkeypatch.setenv("TIELINE_PUBLISHING_KEY", str(tmp_path / "key.pem"))
    folder = tmp_path / "site"
    desk = Desk(towns, n_workers=1)
    try:
        with serving(create_app(desk, library=library, site=folder, close=False,
                                site_url="https://zone.example")) as address, \
                httpx.Client(base_url=address, timeout=WAIT_S, trust_env=False,
                             headers={"origin": address}) as client:
            client.post("/bulletins/third", data={"text": TEXT.format(name="third", more="")})
            settled(client, "/bulletins/third")
            done = client.post("/bulletins/third/approve",
                               data={"approver": "editor", "reason": "checked"})
            assert done.status_code == 303
            assert client.post("/bulletins/third/publish", data={}).status_code == 303
            page = settled(client, "/bulletins?lang=en").text
            assert "files stand as they were signed" in page
            assert 'class="holds"' in page
            published = client.get("/site/bulletins/third/zh.html")
            assert re.search("200 ?万元", published.text)
            assert "https://zone.example/bulletins/third/zh.html" in client.get(
                "/site/sitemap.xml").text
            for path in ("/site/../accounts.sqlite", "/site/%2e%2e/x", "/site/nothing.html"):
                assert client.get(path).status_code == 404
            altered = folder / "bulletins" / "third" / "zh.html"
            altered.write_bytes(altered.read_bytes() + b" ")
            assert client.get("/site/bulletins/third/zh.html").status_code == 409
            assert client.get("/site/bulletins/third/en.html").status_code == 200
            page = settled(client, "/bulletins?lang=en").text
            assert "bulletins/third/zh.html" in page
            assert 'role="alert"' in page
            (folder / "search.js").unlink()
            assert client.get("/site/search.js").status_code == 409
            for name, spoilt, said in (("manifest.sig", b"eA==", "not signed by the key"),
                                       ("manifest.json", b"{", "a manifest that cannot be read"),
                                       ("manifest.json", None, "no manifest")):
                if spoilt is None:
                    (folder / name).unlink()
                else:
                    (folder / name).write_bytes(spoilt)
                told = settled(client, "/bulletins?lang=en").text
                assert said in told[told.index('role="alert"'):], name
                assert client.get("/site/").status_code in (404, 409)
    finally:
        desk.close()


def test_every_item_of_the_source_leads_to_a_page_that_is_there():
    desk = Desk(ZONE, n_workers=1)
    library = Library.of_demonstration(ZONE)
    try:
        with serving(create_app(desk, library=library, close=False)) as address, \
                httpx.Client(base_url=address, timeout=WAIT_S, trust_env=False) as client:
            for lang in ("zh", "en"):
                page = settled(client, f"/source?lang={lang}").text
                rows = page[page.index("inventory"):]
                links = set(re.findall(r'href="(/[^"]+)"', rows))
                assert {x.split("?")[0].rsplit("/", 1)[0] for x in links} >= {"", "/projects"}
            for start in ("/respond?incident=", "/projects?list=", "/joint-work/new?workflow="):
                assert any(x.startswith(start) for x in links), start
            for link in links:
                assert client.get(link.replace("&amp;", "&")).status_code == 200, link
        with serving(create_app(desk, close=False)) as address, \
                httpx.Client(base_url=address, timeout=WAIT_S, trust_env=False) as client:
            page = settled(client, "/source?lang=en").text
            assert "no ledger yet" in page
            assert set(re.findall(r'href="(/[^"]+)"', page[page.index("inventory"):])) >= {
                x for x in links if not x.startswith("/feeds/")}
    finally:
        library.close()
        desk.close()
