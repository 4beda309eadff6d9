"""In a real browser: flip a border and see the number change; break a line, scrub the plan;

hand a case over as two roles, import a workbook, travel in time; nothing serious for axe-core.

Needs the package playwright and a Chromium of the system; skipped where either is missing.
"""

import io
import re
import shutil

import openpyxl
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
    made.set_default_timeout(180_000)
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
    chapters = page.locator(".toc a").all()
    assert len(chapters) > 5
    for link in chapters:
        assert page.locator(link.get_attribute("href")).count() == 1
    # a drawing without its styles is black
    fills = page.locator("svg.game .whole, svg.game .high").evaluate_all(
        "many => many.map((e) => getComputedStyle(e).fill)")
    assert fills
    assert "rgb(0, 0, 0)" not in fills


def test_the_budget_moves_by_slider_and_shows_its_set(page, client):
    choices = "".join(
        f'<input type="radio" name="budget" id="budget-{k}"{" checked" if k == 2 else ""}>'
        f'<label for="budget-{k}">{k} links</label><div class="set">set {k}</div>'
        for k in range(3))
    plot = '<svg class="game">' + '<circle class="dot"></circle>' * 3 + "</svg>"
    drawn = client.get("/appraise?lang=en").text
    head = drawn[:drawn.index("</head>")]
    page.route("**/appraise?budgets", lambda route: route.fulfill(
        content_type="text/html", body=f"""{head}</head><body class="web">
        <main id="content"><section id="programme">{plot}
        <div class="budgets" aria-label="Budget">{choices}</div>
        </section></main></body></html>"""))
    page.goto("/appraise?budgets")
    slider = page.get_by_role("slider", name="Budget")
    shown = page.locator(".budgets .set:visible")
    assert shown.all_inner_texts() == ["set 2"]
    slider.press("Home")
    assert shown.all_inner_texts() == ["set 0"]
    assert page.locator("circle").nth(0).get_attribute("class") == "dot picked"
    slider.press("ArrowRight")
    assert shown.all_inner_texts() == ["set 1"]
    assert slider.get_attribute("aria-valuetext") == "1 links"
    page.get_by_label("2 links").check()
    assert slider.input_value() == "2"


def test_a_plan_that_nothing_was_named_for_says_what_to_do(page):
    page.goto("/respond?lang=en")
    page.get_by_label("Incident").select_option("")
    page.get_by_role("button", name="Plan", exact=True).click()
    assert "Nothing is broken yet" in page.inner_text("[role=alert]")


def test_a_case_is_handed_over_as_two_roles_on_a_phone(browser, server):
    context = browser.new_context(base_url=server, viewport={"width": 360, "height": 740},
                                  has_touch=True)
    page = context.new_page()
    page.set_default_timeout(180_000)

    def work_as(town, role):
        page.goto("/joint-work?lang=en")
        page.get_by_label("Working as").select_option(f"{town}:editor,{role}")
        page.get_by_role("button", name="Change", exact=True).click()

    def deed(name, reason, file=None):
        box = page.locator("details", has=page.locator("summary", has_text=name))
        if box.get_attribute("open") is None:
            box.locator("summary").click()
        if file is not None:
            box.locator("input[type=file]").set_input_files(file)
        box.get_by_label("Reason").fill(reason)
        box.get_by_role("button", name=name, exact=True).click()

    work_as("easttown", "river_office")
    page.get_by_role("link", name="Open a case").click()
    page.get_by_label("Sort").select_option("water_case")
    page.get_by_label("Opened by").select_option("easttown")
    page.get_by_label("To", exact=True).select_option("westtown")
    page.get_by_label("Title").fill("漂浮物(虚构)")
    page.get_by_label("Reason").fill("seen on patrol")
    page.get_by_role("button", name="Open it").click()
    case = page.url
    assert page.locator("summary", has_text="Accept").count() == 0
    work_as("westtown", "river_office")
    page.goto(case)
    deed("Accept", "ours")
    deed("Begin", "boat sent")
    deed("Give evidence", "cleared", {
        "name": "after.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + b"0" * 90})
    assert "after.png" in page.inner_text("main")
    work_as("easttown", "river_office")
    page.goto(case)
    deed("Verify", "seen to be clean")
    page.get_by_label("Amount").fill("12000 CNY")
    page.get_by_label("How it was settled").fill("by turns")
    deed("Settle", "as agreed")
    assert "Nobody has to act any more" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_a_workbook_is_imported_and_another_day_is_looked_at(page, client):
    book = openpyxl.load_workbook(io.BytesIO(client.get("/projects/template.xlsx").content))
    sheet = book.worksheets[0]
    names = [c.value for c in sheet[2]]
    row = next(r for r in sheet.iter_rows(min_row=3) if r[0].value == "p11")
    row[names.index("town")].value = "Newplace"
    row[len(names) - 1].value = "moved"
    out = io.BytesIO()
    book.save(out)
    page.goto("/projects/exchange?lang=en")
    page.get_by_label("Workbook or CSV file").set_input_files({
        "name": "p.xlsx", "buffer": out.getvalue(),
        "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"})
    page.get_by_role("button", name="Show what it would change").click()
    assert "Newplace" in page.inner_text("main")
    page.get_by_label("Reason of the change").fill("monthly report")
    page.get_by_role("button", name="Write it into the ledger").click()
    assert "Written: change" in page.inner_text("[role=status]")
    page.goto("/projects/p11")
    assert "Newplace" in page.inner_text(".fields")
    page.get_by_label("As of").fill("2020-01-01")
    page.get_by_role("button", name="Go there").click()
    page.wait_for_url("**as_of=2020-01-01**")
    assert "Newplace" not in page.inner_text(".fields")


def test_the_map_comes_closer_by_button(page):
    page.goto("/projects/map?lang=en")
    before = page.locator("svg.map").get_attribute("viewBox")
    page.get_by_role("button", name="Bring the map closer").click()
    assert page.locator("svg.map").get_attribute("viewBox") != before
    page.get_by_role("button", name="Move the map away").click()
    assert page.locator("svg.map").get_attribute("viewBox").split()[2:] == before.split()[2:]


@pytest.mark.parametrize(("lang", "addresses"), [
    ("zh", ("/", "/respond?incident=storm-1", "/appraise", "/projects", "/projects/p0",
            "/projects/gantt?baseline=2020-01-01", "/projects/map", "/projects/exchange",
            "/supervision", "/joint-work", "/joint-work/new")),
    ("en", ("/", "/projects/p0", "/joint-work")),
])
def test_axe_finds_nothing_serious(browser, server, lang, addresses):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright",
                              reason="axe-core is not installed").Axe()
    # axe is put into the page, which the policy of the pages forbids
    context = browser.new_context(base_url=server, bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(180_000)
    for address in addresses:
        joint = "&" if "?" in address else "?"
        page.goto(f"{address}{joint}lang={lang}")
        page.wait_for_selector("h1, h2")
        found = axe.run(page).response["violations"]
        serious = [(v["id"], v["nodes"][0]["html"][:200]) for v in found
                   if v["impact"] in {"serious", "critical"}]
        assert serious == [], address
    context.close()


@pytest.mark.parametrize(("width", "height"), [(360, 740), (820, 1180), (3840, 2160)])
def test_no_page_is_wider_than_the_screen(browser, server, width, height):
    context = browser.new_context(base_url=server, viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(180_000)
    for address in ("/?chart=1", "/respond?incident=storm-1", "/appraise", "/projects",
                    "/projects/p0", "/projects/gantt", "/supervision", "/joint-work",
                    "/projects/exchange"):
        page.goto(address)
        page.wait_for_selector("section h2, h1")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    context.close()


def test_without_script_everything_still_works(browser, server):
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(180_000)
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
