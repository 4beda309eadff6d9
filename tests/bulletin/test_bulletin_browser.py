"""The published site in a real browser: figures open by keyboard, also without a script.

Needs the package playwright and a Chromium of the system; skipped where either is missing.
"""

import shutil

import pytest

from tieline.ledger import Note
from tieline.publish.bulletin.site import Edition

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
NOTE = Note("the test", "to see")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as running:
        made = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def site(desk, template, tmp_path, key):
    desk.approve(template, NOTE, "编辑 / editor")
    desk.publish(template, tmp_path / "site", Edition(("zh", "en")), key, NOTE)
    return tmp_path / "site"


@pytest.fixture
def visit(browser, site):
    """Opens a page from the disk that must not complain."""
    said, opened = [], []

    def go(name, **options):
        context = browser.new_context(**options)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda m: said.append(m.text) if m.type in {"error", "warning"} else 0)
        page.on("pageerror", lambda e: said.append(str(e)))
        page.set_default_timeout(60_000)
        page.goto((site / name).as_uri())
        return page

    yield go
    for context in opened:
        context.close()
    assert said == []


def test_a_figure_opens_by_keyboard_and_without_a_script(visit):
    page = visit("bulletins/october/zh.html", java_script_enabled=False)
    trace = page.locator(".text .trace").first
    assert not trace.is_visible()
    page.locator(".text summary").first.focus()
    page.keyboard.press("Enter")
    assert trace.is_visible()
    assert "kind=observation" in trace.inner_text()


def test_a_closed_figure_does_not_break_the_line(visit):
    page = visit("bulletins/october/en.html")
    paragraph = page.locator(".text div.p").first.bounding_box()
    line = page.evaluate("parseFloat(getComputedStyle(document.body).lineHeight)")
    assert paragraph["height"] < 2 * line


def test_search_finds_by_words_of_either_language(visit):
    page = visit("search.zh.html")
    page.fill("#search", "250 企业")
    assert page.locator("#found li").count() == 1
    page.fill("#search", "没有这样的词")
    assert page.inner_text("#said") == "没有结果。"
    page = visit("search.en.html")
    page.fill("#search", "MORE than 250")
    page.click("#found a")
    assert "en.html#" in page.url


def test_without_a_script_search_lists_every_section(visit):
    page = visit("search.zh.html", java_script_enabled=False)
    assert "搜索需要 JavaScript" in page.inner_text("noscript")
    assert not page.locator("#search").is_visible()
    assert page.locator("section li a").count() == 2


@pytest.mark.parametrize("width", [360, 1920])
def test_no_page_is_wider_than_the_screen(visit, width):
    for name in ("index.html", "bulletins/october/zh.html", "bulletins/october/en.html",
                 "search.zh.html"):
        page = visit(name, viewport={"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_languages_lead_to_each_other(visit):
    page = visit("bulletins/october/zh.html")
    page.click("text=English")
    assert page.get_attribute("html", "lang") == "en"
    page.click("text=All bulletins")
    assert page.inner_text("h1") == "Two towns: bulletins"
