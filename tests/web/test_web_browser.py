"""In a real browser: flip a border and see the number change; break a line, scrub the plan.

Needs the package playwright and a Chromium of the system; skipped where either is missing.
"""

import re
import shutil

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
CHOSEN = ".numeral[data-measure=customer_hours] .chosen"


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as running:
        made = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def page(browser, server):
    """A page that must not complain: no error of script, nothing refused by the policy."""
    context = browser.new_context(base_url=server)
    made = context.new_page()
    said = []
    made.on("console", lambda m: said.append(m.text) if m.type in {"error", "warning"} else None)
    made.on("pageerror", lambda e: said.append(str(e)))
    made.set_default_timeout(120_000)
    yield made
    context.close()
    assert said == []


def number(page):
    return page.inner_text(CHOSEN).splitlines()[-1]


def test_flipping_a_border_changes_the_number(page):
    page.goto("/?lang=en")
    together = number(page)
    page.get_by_role("switch").first.press("Space")
    page.wait_for_function(
        "([where, before]) => !document.querySelector(where).innerText.endsWith(before)",
        arg=[CHOSEN, together])
    apart = page.inner_text(".numeral[data-measure=customer_hours] .apart").splitlines()[-1]
    assert number(page) == apart != together
    assert "Updated" in page.inner_text("#said")
    assert "open=" not in page.url
    page.wait_for_selector("#chart svg.map")
    page.get_by_role("button", name="All open").click()
    page.wait_for_function(
        "([where, now]) => document.querySelector(where).innerText.endsWith(now)",
        arg=[CHOSEN, together])
    page.reload()
    assert number(page) == together


def test_a_link_that_is_taken_out_changes_the_number_too(page):
    page.goto("/?lang=zh")
    before = number(page)
    page.locator("input[name=built]:checked").first.uncheck()
    page.wait_for_function(
        "([where, before]) => !document.querySelector(where).innerText.endsWith(before)",
        arg=[CHOSEN, before])
    assert "已更新" in page.inner_text("#said")


def test_a_line_is_broken_on_the_map_and_the_plan_is_scrubbed(page):
    page.goto("/respond?lang=en")
    page.wait_for_selector("#picker svg")
    with page.expect_response(re.compile("/assets$")) as found:
        page.reload()
    ident, x0, y0, x1, y1 = next(a for a in found.value.json()["assets"] if a[0] == "WA-1")
    box = page.locator("#picker svg").bounding_box()
    scale = box["width"] / float(page.locator("#picker svg").get_attribute("viewBox").split()[2])
    page.locator("#picker svg").click(
        position={"x": (x0 + x1) / 2 * scale, "y": (y0 + y1) / 2 * scale})
    assert page.input_value("#fault") == ident
    assert page.input_value("#incident") == ""
    page.get_by_role("button", name="Plan", exact=True).click()
    page.wait_for_selector("#scrub:not([hidden])")
    page.evaluate("""() => {
        const moment = document.getElementById("moment");
        moment.value = 0; moment.dispatchEvent(new Event("input"));
    }""")
    dark = page.locator("path.dark").count()
    first = page.inner_text("figure[data-state=together] .now")
    assert dark > 0
    assert not re.search(r": 0 customers", first)
    page.locator("#moment").press("End")
    assert page.locator("path.dark").count() == 0
    assert re.search(r": 0 customers", page.inner_text("figure[data-state=together] .now"))
    assert "after the fault" in page.locator("#moment").get_attribute("aria-valuetext")


def test_the_appraisal_follows_its_job(page):
    page.goto("/appraise?scenario=base&lang=en")
    page.wait_for_selector("section#power-worth")


@pytest.mark.parametrize(("width", "height"), [(360, 740), (820, 1180), (3840, 2160)])
def test_no_page_is_wider_than_the_screen(browser, server, width, height):
    context = browser.new_context(base_url=server, viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(120_000)
    for address in ("/?chart=1", "/respond?incident=storm-1", "/appraise"):
        page.goto(address)
        page.wait_for_selector("section h2")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    context.close()


def test_without_script_everything_still_works(browser, server):
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto("/?lang=en")
    together = number(page)
    page.get_by_role("switch").first.uncheck()
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**set=1**")
    assert number(page) != together
    page.get_by_role("link", name="Respond").click()
    page.get_by_role("button", name="Plan", exact=True).click()
    assert "storm-1" in page.url
    context.close()
