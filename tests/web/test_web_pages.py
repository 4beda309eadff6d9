"""Every page in both languages, without script, with the engine's own values."""

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import pytest
from waiting import settled

import tieline
from tieline import web
from tieline.publish.words import HAN
from tieline.web.guard import POLICY
from tieline.web.pages import Said, texts

ROOM = Path(web.__path__[0])
PAGES = ("/", "/respond", "/respond?incident=storm-1", "/respond/orders?incident=storm-1",
         "/appraise", "/no-such-page", "/?show=nowhere", "/?as_of=2019-06-30", "/projects",
         "/projects/gantt?baseline=2020-01-01", "/projects/map", "/projects/exchange",
         "/supervision", "/joint-work", "/joint-work/new")
BORDER = "power:easttown:westtown"
VOID = {"meta", "link", "input", "br", "col", "rect", "circle", "line", "path", "img"}


class Reader(HTMLParser):
    """Tags, attributes, and whether every element that was opened is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:  # a drawing's path may hold its title
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("address", PAGES)
def test_every_page_speaks_both_languages_and_holds_nothing_that_could_run(client, address, lang):
    joint = "&" if "?" in address else "?"
    page = settled(client, f"{address}{joint}lang={lang}")
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    found = read(page.text)
    attributes = {name for _, attrs in found.tags for name in attrs}
    assert "style" not in attributes
    assert not {a for a in attributes if a.startswith("on")}
    scripts = [a for t, a in found.tags if t == "script"]
    assert all(a["src"].startswith("/static/") for a in scripts)
    assert not [t for t, _ in found.tags if t == "style"]
    assert dict(found.tags)["html"]["lang"] == {"zh": "zh-Hans", "en": "en"}[lang]
    assert bool(HAN.search("".join(found.text).replace("中文", ""))) == (lang == "zh")


def test_every_field_of_a_form_has_a_name_that_is_read_out(client):
    for address in ("/", "/respond", "/appraise", "/projects", "/projects/gantt",
                    "/projects/exchange", "/joint-work", "/joint-work/new"):
        found = read(settled(client, address).text)
        labels = {a.get("for") for t, a in found.tags if t == "label"}
        for tag, a in found.tags:
            if tag in {"select", "input"} and a.get("type") not in {"hidden", "checkbox", "radio"}:
                assert a["id"] in labels, a
        ids = [a["id"] for _, a in found.tags if "id" in a]
        assert len(ids) == len(set(ids))


def test_chinese_comes_first_and_the_choice_of_a_language_stays(client):
    assert 'lang="zh-Hans"' in client.get("/").text[:60]
    assert 'lang="en"' in client.get("/?lang=en").text[:60]
    assert 'lang="en"' in client.get("/respond").text[:60]
    assert 'lang="zh-Hans"' in client.get("/respond?lang=zh").text[:60]


def shown(page, measure="customer_hours"):
    """The figures of a measure on the region's page, in the order of the three states."""
    numeral = re.search(
        rf'<div class="numeral" data-measure="{measure}">(.*?)</div>', page, re.DOTALL)
    return [v.replace(",", "") for v in re.findall(r"</small>([^<]+)</span>", numeral[1])]


@pytest.mark.parametrize("opened", ["together", "apart"])
@pytest.mark.parametrize("n_built", [None, 0, 1])
def test_without_script_the_page_shows_what_the_engine_computes(client, towns, opened, n_built):
    data = tieline.read_region(towns)
    engine, network = data.engines["power"], data.networks["power"]
    built = sorted(data.region.reference()) if n_built is None else [
        p.id for p in data.region.projects][:n_built]
    query = {"set": "1", "lang": "en", "built": built}
    query |= {"open": BORDER} if opened == "together" else {}
    figures = shown(settled(client, f"/?{urlencode(query, doseq=True)}").text)
    column = [m.name for m in engine.measures].index("customer_hours")
    for text, state in zip(figures, ("apart", opened, "together"), strict=True):
        outcome, = engine.evaluate(network, [data.case(state, built=built)])
        assert float(text) == pytest.approx(float(outcome.values[:, column].sum()), rel=2e-3)


def test_a_box_that_is_not_ticked_is_closed_and_a_ticked_one_stays(client):
    page = client.get("/?set=1&scenario=base").text
    boxes = [a for t, a in read(page).tags if t == "input" and a.get("type") == "checkbox"]
    assert boxes
    assert not [a for a in boxes if "checked" in a]
    page = client.get(f"/?set=1&open={BORDER}").text
    ticked = [a["value"] for t, a in read(page).tags if t == "input" and "checked" in a
              and a["type"] == "checkbox"]
    assert ticked == [BORDER]


def test_a_day_decides_which_links_stand(client, towns):
    region = tieline.read_region(towns).region
    for day in ("1990-01-01", "2100-01-01"):
        page = client.get(f"/?set=1&by_day=1&day={day}").text
        ticked = {a["value"] for t, a in read(page).tags
                  if t == "input" and a.get("name") == "built" and "checked" in a}
        assert ticked == region.built_by(type(region.study_date or 0).fromisoformat(day))


def test_the_map_and_its_table_come_with_the_page_or_after_it(client):
    page = client.get("/?chart=1").text
    assert 'class="map"' in page
    part = client.get("/region/chart?show=apart").text
    assert part.count("<svg") >= 1
    assert "<table" in part


def test_apart_and_together_are_drawn_beside_each_other(client):
    whole = {s: client.get(f"/region/chart?show={s}").text for s in ("apart", "together")}
    maps = {s: re.search(r"<svg.*?</svg>", text, re.DOTALL)[0] for s, text in whole.items()}
    beside = client.get("/region/chart?show=beside").text
    assert beside.count('class="map"') == 2
    assert 'class="maps beside"' in beside
    assert maps["apart"] != maps["together"]
    assert beside.index(maps["apart"]) < beside.index(maps["together"])
    assert 'value="beside"' in client.get("/").text
    assert client.get("/region/chart?show=both").status_code == 422


def test_the_plan_says_when_each_line_is_alive_again(client):
    page = settled(client, "/respond?incident=storm-1&lang=en").text
    assert set(re.findall(r'data-state="(\w+)"', page)) == {"waiting", "apart", "together"}
    assert re.search(r'data-back="\d', page)
    assert re.search(r'data-curve="0:\d', page)
    assert 'id="moment"' in page
    assert "Draft" in page
    assert "/respond/orders?incident=storm-1&amp;jurisdiction=" in page


def test_assets_are_named_by_hand_too_and_a_wrong_name_is_answered_with_the_nearest(client):
    page = settled(client, "/respond?fault=WA-1%20EA-1&lang=en")
    assert page.status_code == 200
    assert "WA-1" in page.text
    wrong = client.get("/respond?fault=WA-11&lang=en")
    assert wrong.status_code == 422
    assert "WA-1" in wrong.text
    assert "role=\"alert\"" in wrong.text


def test_script_in_a_name_is_shown_as_text(client):
    page = client.get("/respond?fault=%3Cscript%3Ealert(1)%3C/script%3E&lang=en")
    assert page.status_code == 422
    assert "<script>alert" not in page.text


def test_the_appraisal_is_that_of_the_report(client, towns):
    page = settled(client, "/appraise?lang=en").text
    report = tieline.appraise(towns).report("en")
    for chapter in re.findall(r"<section .*?</section>", report, re.DOTALL)[:4]:
        assert chapter in page


def test_files_of_the_browser_are_few_small_and_named_by_their_content(client):
    page = client.get("/respond").text
    names = re.findall(r'"(/static/[^"]+)"', page)
    total = 0
    for name in set(names):
        file = client.get(name)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
        assert file.headers["content-security-policy"] == POLICY
        total += len(file.content)
    assert total < 100_000
    for wrong in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/words.toml"):
        assert client.get(wrong).status_code == 404


def test_every_text_stands_in_both_languages_and_is_used():
    used = "\n".join(p.read_text(encoding="utf-8") for p in (
        *(ROOM / "templates").iterdir(), *ROOM.rglob("*.py")))
    listed = tomllib.loads((ROOM / "words.toml").read_text(encoding="utf-8"))
    assert listed == texts()
    joined = re.findall(r'"(\w+\.\w*)" ?~', used)  # keys that are put together: "nav." ~ key
    for section, entries in listed.items():
        for key, entry in entries.items():
            assert set(entry) == {"en", "zh"}
            assert HAN.search(entry["zh"])
            assert not HAN.search(entry["en"])
            assert re.findall(r"{\w+}", entry["en"]) == re.findall(r"{\w+}", entry["zh"])
            assert f'"{section}.{key}"' in used or f"'{section}.{key}'" in used or any(
                f"{section}.{key}".startswith(j) for j in joined), key
    for key in re.findall(r't\(["\'](\w+\.\w+)["\'][,)]', used):
        assert Said("zh")(key)
