"""In a real browser: a bulletin from template to published page, a figure opened, tampering named.

Needs the package playwright and a Chromium of the system; skipped where either is missing.
"""

import re
import shutil
import subprocess
import sys

import pytest
from serving import serving
from test_web_bulletins import TEXT

from tieline.publish.bulletin.keys import new_key
from tieline.web.app import create_app
from tieline.web.desk import Desk

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture
def site(tmp_path):
    return tmp_path / "site"


@pytest.fixture
def publishing(towns, library, site, tmp_path, monkeypatch):
    """The address of a server whose worker knows a key."""
    new_key(tmp_path / "key.pem")
    monkeypatch.setenv("TIELINE_PUBLISHING_KEY", str(tmp_path / "key.pem"))
    desk = Desk(towns, n_workers=1)
    try:
        with serving(create_app(desk, library=library, site=site, close=False)) as found:
            yield found
    finally:
        desk.close()


@pytest.fixture
def page(publishing):
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        made = browser.new_context(base_url=publishing).new_page()
        made.set_default_timeout(120_000)
        yield made
        browser.close()


def test_a_bulletin_is_written_previewed_approved_published_and_watched(page, site):
    page.goto("/bulletins?lang=en")
    page.get_by_label("Name of a new bulletin").fill("summer")
    page.get_by_role("button", name="Begin it").click()
    page.wait_for_url("**/bulletins/summer")
    assert "[figure" in TEXT
    page.get_by_label("Template").fill(TEXT.format(name="summer", more=" 13"))
    page.get_by_role("button", name="Save and preview").click()
    refused = page.locator("section [role=alert]")
    refused.wait_for()
    assert re.search(r"line \d+, column \d+", refused.inner_text())
    assert page.locator("summary", has_text="Approve").count() == 0

    page.get_by_label("Template").fill(TEXT.format(name="summer", more=""))
    page.get_by_role("button", name="Save and preview").click()
    page.wait_for_selector("div.bulletin")
    assert "It costs" in page.inner_text("div.bulletin")

    page.locator("summary", has_text="Approve").click()
    page.get_by_label("Role that approves").fill("project office")
    page.get_by_label("Reason").fill("checked with both towns")
    page.get_by_role("button", name="Approve").click()
    page.locator(".tagline .chip", has_text="approved").wait_for()
    page.get_by_role("button", name="Publish").click()
    page.locator(".tagline .chip", has_text="published").wait_for()

    page.goto("/bulletins")
    page.locator(".done", has_text="stand as they were signed").wait_for()
    page.get_by_role("link", name="Open it").click()
    page.get_by_role("link", name=re.compile("Projects|项目")).first.click()
    page.goto(re.sub(r"zh\.html$", "en.html", page.url))
    figure = page.locator("details.figure").first
    assert not figure.locator("dl").is_visible()
    figure.locator("summary").click()
    told = figure.inner_text()
    assert figure.locator("dl").is_visible()
    for word in ("p1", "investment", "2020-08-01", "Change", "Status", "synthetic", "CNY"):
        assert word.casefold() in told.casefold(), (word, told)
    assert re.search(r"[0-9a-f]{12}", told)

    published = site / "bulletins" / "summer" / "en.html"
    published.write_bytes(published.read_bytes().replace(b"It costs", b"It c0sts"))
    page.goto("/bulletins")
    page.locator("section [role=alert]", has_text="bulletins/summer/en.html").wait_for()
    assert page.goto("/site/bulletins/summer/en.html").status == 409
    done = subprocess.run(
        [sys.executable, "-m", "tieline", "verify-publication", str(site), "--lang", "en"],
        capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode != 0
    assert "bulletins/summer/en.html" in done.stdout + done.stderr
