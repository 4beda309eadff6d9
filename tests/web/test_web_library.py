"""The library of projects: what the pages say is what the ledger says, on any day."""

import html
import io
import re
import xml.etree.ElementTree as ET

import openpyxl
import pytest

ROOT = "/api/v1"


def test_the_list_and_its_totals_are_those_of_the_ledger(client, library):
    view = library.opened().view()
    page = client.get("/projects?lang=en").text
    found = view.records("project")
    assert f"{len(found)} projects" in page
    for t in view.totals(("owner",)):
        assert f"<td class=\"n\">{t.records}</td>" in page
    narrowed = client.get("/projects?lang=en&category=ecology&signal=red").text
    assert "1 projects" in narrowed
    assert "/projects/p0" in narrowed
    assert "1 projects" in client.get("/projects?list=l0&lang=en").text
    assert "1 projects" in client.get("/projects?q=made+59&lang=en").text


def test_every_project_stands_on_some_page_of_the_list(client, library):
    seen = set()
    for page in (1, 2, 3):
        text = client.get(f"/projects?page={page}").text
        seen |= set(re.findall(r'href="/projects/(p\d+)"', text))
    assert seen >= {f"p{k}" for k in range(60)}


def test_another_day_shows_what_held_then(client):
    assert "red" not in client.get("/projects?as_of=2020-06-30&q=made+0&lang=en").text.split(
        "<tbody>")[-1]
    early = client.get("/projects/p0?as_of=2020-06-30&lang=en").text
    late = client.get("/projects/p0?as_of=2020-07-01&lang=en").text
    assert "2020-12-31" in early.split("History")[0]
    assert "2021-06-30" in late.split("History")[0]
    assert "2021-06-30" not in early.split("History")[0]
    assert client.get("/projects/p0?as_of=2018-12-31").status_code == 404
    assert client.get("/projects/p0?known_on=2018-12-31").status_code == 404


def test_a_project_shows_its_history_its_parts_and_why(client):
    page = client.get("/projects/p0?lang=en").text
    for said in ("the river was higher than thought", "roof", "hurry", "a list",
                 "2020-12-31", "2021-06-30"):
        assert said in page


def test_the_chart_draws_plan_actual_and_baseline(client):
    page = client.get("/projects/gantt?q=made+0&baseline=2020-06-30&lang=en").text
    for kind in ("g-plan", "g-done g-red", "g-base", "g-due"):
        assert f'class="{kind}"' in page
    assert '<td class="n">181</td>' in page  # 30 June 2021 against 31 December 2020


def test_the_map_counts_by_jurisdiction(client, library):
    view = library.opened().view()
    page = client.get("/projects/map?lang=en").text
    for owner in ("easttown", "westtown"):
        n = len(view.records("project", owner=owner))
        assert f'<td class="n">{n}</td>' in page
    assert page.count('class="s-site') >= 60


def test_supervision_says_what_is_late_on_a_day(client):
    late = client.get("/supervision?lang=en&as_of=2020-11-02").text
    assert "signal red" in late
    on_time = client.get("/supervision?lang=en&as_of=2020-10-01").text
    assert "signal red" not in on_time
    assert "hurry" in on_time


def test_a_workbook_goes_out_is_changed_and_comes_back(client, library):
    book = openpyxl.load_workbook(io.BytesIO(client.get("/projects/template.xlsx").content))
    sheet = book.worksheets[0]
    names = [c.value for c in sheet[2]]
    row = next(r for r in sheet.iter_rows(min_row=3) if r[0].value == "p7")
    town = row[names.index("town")]
    town.value, town.data_type = "=HYPERLINK(1)", "s"
    row[len(names) - 1].value = "as reported"
    out = io.BytesIO()
    book.save(out)
    files = {"file": ("monthly.xlsx", out.getvalue())}
    before = library.opened().head[0]
    shown = client.post("/projects/exchange?lang=en", files=files, data={"owner": ""}).text
    assert "1 changed" in shown
    assert library.opened().head[0] == before
    digest = re.search(r'name="digest" value="(\w+)"', shown)[1]
    done = client.post("/projects/exchange/accept", data={
        "digest": digest, "reason": "as reported", "owner": ""}, follow_redirects=True)
    assert done.status_code == 200
    state = library.opened().view().record("p7")
    assert state.get("town") == "=HYPERLINK(1)"
    history = library.opened().history("p7")
    assert history[-1].reason == "as reported"
    assert "monthly" in history[-1].source or "sha256" in history[-1].source


@pytest.mark.parametrize(("asked", "n"), [("list=l0", 1), ("q=made+59", 1), ("", None)])
def test_the_totals_are_of_the_projects_that_are_listed(client, library, asked, n):
    page = client.get(f"/projects?lang=en&{asked}").text
    rows = re.findall(r'<tr><th scope="row">[^<]*</th><td class="n">(\d+)</td>', page)
    everything = len(library.opened().view().records("project"))
    assert everything > 1
    assert sum(map(int, rows)) == (n or everything)


def test_a_row_with_a_refused_cell_is_named_and_may_be_left_out(client, library):
    owner = library.opened().view().record("p7").get("owner")
    text = f"名称,阶段,归属,计划开工\n新桥,在建,{owner},2019-13-40\n新路,在建,{owner},\n"
    files = {"file": ("rows.csv", text.encode())}
    shown = client.post("/projects/exchange?lang=zh", files=files, data={"owner": ""}).text
    assert "写入但不含被拒收单元格的行：2" in shown
    assert "应为 日期，如 2019-09-10" in shown
    digest = re.search(r'name="digest" value="(\w+)"', shown)[1]
    done = client.post("/projects/exchange/accept", data={
        "digest": digest, "reason": "x", "owner": "", "whole": "yes"}, follow_redirects=True)
    assert done.status_code == 200
    names = {s.get("name_zh") for s in library.opened().view().records("project")}
    assert "新路" in names
    assert "新桥" not in names


def test_a_foreign_list_is_read_by_a_mapping_that_is_suggested_and_mended(client, library):
    owner = library.opened().view().record("p7").get("owner")
    text = "工程名,进展,总额(亿)\n甲桥(虚构),在干,1.2\n乙桥(虚构),在干,3\n"
    files = {"file": ("他处.csv", text.encode())}
    first = client.post("/projects/exchange?lang=en", files=files, data={"owner": owner})
    assert first.status_code == 422
    assert "他处.csv: expected columns titled as fields" in first.text
    draft = html.unescape(re.search(r'<textarea id="mapping"[^>]*>(.*?)</textarea>', first.text,
                                    re.DOTALL)[1])
    assert '# "工程名" = "..."' in draft
    assert "<code>investment</code>" in first.text
    digest = re.search(r'name="digest" value="(\w+)"', first.text)[1]
    again = {"digest": digest, "name": "他处.csv", "owner": owner}
    for spoilt, said in (("[columns\n", "expected a mapping of columns"),
                         ("columns = 1\n", "key &#39;columns&#39;: expected a table"),
                         ('dates = "xyz"\n', "expected one of ymd, dmy, mdy")):
        refused = client.post("/projects/exchange?lang=en", data={**again, "mapping": spoilt},
                              files={"none": ("", b"")})
        assert refused.status_code == 422
        assert said in refused.text
        assert spoilt.strip() in html.unescape(refused.text)
    mapping = ('[columns]\n"工程名" = "name_zh"\n"进展" = "stage"\n"总额(亿)" = "investment"\n'
               '[units]\ninvestment = "亿元"\n[words.stage]\n"在干" = "construction"\n')
    shown = client.post("/projects/exchange?lang=en", data={**again, "mapping": mapping},
                        files={"none": ("", b"")})
    assert shown.status_code == 200
    assert "2 rows: 2 new" in shown.text
    sent = {k: html.unescape(v) for k, v in re.findall(
        r'name="(digest|name|owner)" value="([^"]*)"', shown.text.split("accept")[-1])}
    done = client.post("/projects/exchange/accept", follow_redirects=True, data={
        **sent, "mapping": mapping, "reason": "their list"})
    assert done.status_code == 200
    found = [s for s in library.opened().view().records("project")
             if s.get("name_zh") == "甲桥(虚构)"]
    assert [s.get("stage") for s in found] == ["construction"]
    assert "他处.csv" in library.opened().history(found[0].id)[-1].source


def test_no_cell_that_goes_out_is_a_formula(client):
    text = client.get("/projects/list.csv").content.decode("utf-8-sig")
    assert not re.search(r'(^|,)"?[=+@-]', text, re.MULTILINE)
    book = openpyxl.load_workbook(io.BytesIO(client.get("/projects/list.xlsx").content))
    assert not any(c.data_type == "f" for row in book.worksheets[0].iter_rows() for c in row)


def test_the_feed_names_each_change_with_its_records(client, library):
    feed = ET.fromstring(client.get("/feeds/changes.atom?lang=en").content)
    space = {"a": "http://www.w3.org/2005/Atom"}
    titles = [t.text for t in feed.findall("a:entry/a:title", space)]
    assert "the river was higher than thought" in titles
    assert feed.find("a:updated", space).text
    narrowed = client.get("/feeds/changes.atom?kind=supervision&lang=en").text
    assert narrowed.count("<entry>") == 1


@pytest.mark.parametrize(("path", "status"), [
    ("/projects?page=0", 422), ("/projects?page=x", 422), ("/projects?by=nothing", 422),
    ("/projects?as_of=2019-13-01", 422), ("/projects?as_of=9999-12-31", 422),
    ("/projects?as_of=0001-01-01", 422), ("/projects/none", 404), ("/projects/list.exe", 422),
    ("/projects/gantt?baseline=tomorrow", 422), ("/projects?category=%00", 200),
    ("/joint-work/none", 404), ("/evidence/none", 404),
])
def test_what_cannot_be_shown_is_said(client, path, status):
    assert client.get(path).status_code == status


def test_records_totals_and_history_come_by_the_api_on_any_day(client, library):
    view = library.opened().view()
    record = client.get(f"{ROOT}/records", params={"owner": "easttown", "limit": 5}).json()
    assert record["total"] == len(view.records("project", owner="easttown"))
    assert len(record["items"]) == 5
    then = client.get(f"{ROOT}/records/p0", params={"as_of": "2020-06-30"}).json()
    assert then["values"]["finish_planned"] == "2020-12-31"
    assert client.get(f"{ROOT}/records/none").status_code == 404
    history = client.get(f"{ROOT}/records/p0/history").json()
    assert [h["valid_from"] for h in history][:2] == ["2019-01-01", "2020-07-01"]
    totals = client.get(f"{ROOT}/totals", params={"by": "category"}).json()
    assert sum(t["records"] for t in totals) == len(view.records("project"))


def test_a_change_by_the_api_is_written_or_refused_whole(client, library):
    ledger = library.opened()
    before = ledger.head[0]
    given = {"reason": "found on site", "entries": [
        {"record": "p9", "values": {"town": "North"}}, {"record": "p9", "values": {"town": "N"}}]}
    done = client.post(f"{ROOT}/changes", json=given)
    assert done.status_code == 201
    assert ledger.hash_of(done.json()["change_no"]) == done.json()["hash"]
    wrong = {"reason": "x", "entries": [
        {"record": "p9", "values": {"town": "S"}}, {"kind": "nothing", "values": {}}]}
    refused = client.post(f"{ROOT}/changes", json=wrong)
    assert refused.status_code == 422
    assert refused.json()["detail_zh"]
    stale = {"reason": "x", "entries": [{"record": "p9", "values": {"town": "S"}, "base": before}]}
    assert client.post(f"{ROOT}/changes", json=stale).status_code == 409
    assert ledger.head[0] == before + 1


def test_cases_follow_the_day_by_the_api(client):
    for day, built in (("1990-01-01", False), ("2100-01-01", True)):
        record = client.get(f"{ROOT}/region", params={"as_of": day}).json()
        assert bool(record["reference"]["built"]) == built


def test_a_foreign_list_is_read_by_a_mapping_written_on_the_page(client, library):
    owner = library.opened().view().record("p7").get("owner")
    files = {"file": ("foreign.csv", "Nummer,Vorhaben\n1,Neue Brücke\n".encode())}
    asked = client.post("/projects/exchange?lang=en", files=files, data={"owner": ""})
    assert asked.status_code == 422
    assert "# &#34;Vorhaben&#34;" in asked.text  # a draft, whose columns a person is to name
    digest = re.search(r'name="digest" value="(\w+)"', asked.text)[1]
    mapping = ('[columns]\nVorhaben = "name"\n[constants]\ncategory = "ecology"\n'
               f'stage = "construction"\nowner = "{owner}"\nstatus = "reported"\n')
    again = {"digest": digest, "name": "foreign.csv", "owner": "", "mapping": mapping}
    shown = client.post("/projects/exchange?lang=en", data=again).text
    assert "1 new" in shown
    done = client.post("/projects/exchange/accept", data={**again, "reason": "x"},
                       follow_redirects=True)
    assert done.status_code == 200
    assert "Neue Brücke" in {s.get("name") for s in library.opened().view().records("project")}


@pytest.mark.parametrize("mapping", [
    "columns = 3", "[columns]\nx = 1", 'kind = "dragon"', "[words]\nname = 1", "nonsense",
    'dates = "soon"', 'words = "x"', "stable_ids = 1", 'encoding = "klingon"',
    'separator = "abc"',
])
def test_a_mapping_that_is_none_is_refused_in_words(client, mapping):
    files = {"file": ("foreign.csv", "名称,阶段\n甲,在建\n".encode())}
    asked = client.post("/projects/exchange?lang=en", files=files, data={"mapping": mapping})
    assert asked.status_code == 422
    assert 'role="alert"' in asked.text
    assert mapping.splitlines()[0][:4] in asked.text  # it can be mended and sent again


@pytest.mark.parametrize("asked", ["category=zz", "owner=zz", "list=zz"])
def test_a_word_of_the_filter_that_is_not_known_is_shown_as_such(client, asked):
    page = client.get(f"/projects?lang=en&{asked}")
    assert page.status_code == 200
    assert '<option value="zz" selected>zz: not known here</option>' in page.text
    assert "not known here" not in client.get("/projects?lang=en").text
