"""Files come in matched, compared and refused cell by cell; they go out and come back the same."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from small_ledger import NOTE, project

from tieline.errors import InputError
from tieline.ledger import Entry, Principal
from tieline.ledger.exchange.mapping import Columns, load_mapping
from tieline.ledger.exchange.match import plain_name
from tieline.ledger.exchange.network import projects_table
from tieline.ledger.exchange.oc4ids import package, read_package
from tieline.ledger.exchange.preview import Decision, accept, preview
from tieline.ledger.exchange.source import read_source
from tieline.ledger.exchange.template import write_template
from tieline.ledger.ledger import KEEPER

SHARED = Path(__file__).parents[3] / "shared" / "data" / "projects"
published = pytest.mark.skipif(not SHARED.is_dir(), reason="the published lists are not here")


def look(ledger, path, mapping=None, who=KEEPER):
    mapping = mapping or Columns(constants={"owner": "jiashan", "stage": "unknown"})
    source = read_source(path, encoding=mapping.encoding, separator=mapping.separator)
    return preview(ledger, source, mapping, who)


def take(ledger, found, **decision):
    return accept(ledger, found, NOTE, Decision(**decision), who=KEEPER)


def sheet(path, rows, above=()):
    book = Workbook()
    for row in (*above, *rows):
        book.active.append(row)
    book.save(path)
    return path


MESSY = [
    ["编号", "中文名称", "总投资(万元)", "计划开工", "项目类别", "阶段", "说明"],
    [None, "占位项目 甲(虚构)", "15000", "2019年9月10日", "生态", "在建", "x"],
    [None, "占位项目 乙(虚构)", "1.5亿", "2019/9/10", "重大产业项目", "前期工作", "x"],
    [None, "占位项目 丙(虚构)", "约3亿元", date(2019, 9, 10), "民生", "投运", "x"],
    [None, "占位项目 丁(虚构)", "超2,000.5", "2019.9.10", "no such", "-", "x"],
    [None, "占位项目 戊(虚构)", "7.5亿美元", "soon", "创新", "停工", "x"],
    [None, "占位项目 己(虚构)", "一亿", "2019-02-30", "创新", "谋划", "x"],
    [None, None, "100", None, "创新", "谋划", None],
    [None, None, None, None, None, None, None],
]


@pytest.mark.parametrize("form", ["xlsx", "gb18030", "utf-8-sig", "semicolons"])
def test_a_messy_workbook_survives_or_is_refused_cell_by_cell(ledger, tmp_path, form):
    above = [["示范区项目清单(虚构)"], ["单位:万元", None, None, "表一"]]
    path = tmp_path / ("list.xlsx" if form == "xlsx" else "list.csv")
    if form == "xlsx":
        sheet(path, MESSY, above)
    else:
        encoding, mark = (form, ",") if form != "semicolons" else ("utf-8", ";")
        with path.open("w", encoding=encoding, newline="") as stream:
            csv.writer(stream, delimiter=mark).writerows(
                ["" if c is None else str(c) for c in row] for row in MESSY)
    found = look(ledger, path)
    assert sorted(r.column for r in found.refused) == sorted(
        ["Name in Chinese", "项目类别", "计划开工", "计划开工", "总投资(万元)"])
    assert [r.row - found.rows[0].row for r in found.rows if not r.cells] == [6]
    assert found.unused == ("说明",)
    take(ledger, found)
    money = {s.get("name_zh", "")[5:6]: s.get("investment") for s in
             ledger.view().records("project")}
    assert [(m["minor"], m["currency"], m.get("relation", "=")) for m in (
        money["甲"], money["乙"], money["丙"], money["丁"], money["戊"])] == [
        (15_000_000_000, "CNY", "="), (15_000_000_000, "CNY", "="), (30_000_000_000, "CNY", "~"),
        (2_000_500_000, "CNY", ">"), (75_000_000_000, "USD", "=")]
    assert money["己"] is None
    assert {str(s.get("start_planned")) for s in ledger.view().records("project")} == {
        "2019-09-10", "None"}
    source = ledger.changes(1)[0].source
    assert f"sha256={found.source.digest}" in source


def test_the_same_id_with_another_name_is_doubtful(ledger, tmp_path):
    mapping = Columns(columns={"no": "$external", "name": "name"}, scheme="city",
                      constants={"owner": "jiashan", "stage": "unknown"})
    first = sheet(tmp_path / "a.xlsx", [["no", "name"], ["1", "School A"], ["2", "Road B"]])
    take(ledger, look(ledger, first, mapping))
    second = sheet(tmp_path / "b.xlsx", [
        ["no", "name"], ["1", "Clinic of the north"], ["7", "Road B"], ["3", "School a."],
        ["4", "Bridge C"]])
    found = look(ledger, second, mapping)
    assert [r.match.how for r in found.rows] == ["doubtful", "name", "name", "new"]
    assert "School A" in found.rows[0].match.remark
    assert len(take(ledger, found)) == 1
    names = sorted(s.get("name") for s in ledger.view().records("project"))
    assert names == ["Bridge C", "Road B", "School a."]
    found = look(ledger, second, mapping)
    take(ledger, found, doubtful=frozenset(r.row for r in found.rows))
    assert "Clinic of the north" in [s.get("name") for s in ledger.view().records("project")]


def test_one_record_is_not_two_rows(ledger, tmp_path):
    ledger.commit(NOTE, [project()])
    path = sheet(tmp_path / "a.xlsx", [["中文名称", "所在镇(街道)"], ["占位项目(虚构)", "北镇"],
                                       ["占位项目(虚构)", "南镇"]])
    found = look(ledger, path)
    assert [r.match.how for r in found.rows] == ["name", "doubtful"]


def filled(ledger):
    ledger.commit(NOTE, [
        project("p1", investment="1.5亿元", category="ecology", town="=1+1", site={
            "type": "Point", "coordinates": [120.9, 30.9]},
            payers={"jiashan": "0.5", "qingpu": "0.5"}, output_per_year="超2.5亿元",
            external_ids={"gbt40058": "2019-330421-78-01-123456"}, partners=["qingpu", "wujiang"],
            life_years="30", start_planned="2019-09-10", sector="power",
            responsible_unit="虚构单位"),
        project("p2", owner="qingpu", investment="约3.25亿美元", stage="suspended"),
        Entry("milestone", "m1", {"parent": "p1", "name_zh": "开工", "due": "2019-09-10"},
              date(2019, 1, 1)),
    ])
    return ledger


def test_a_workbook_written_and_read_back_changes_nothing(ledger, tmp_path):
    filled(ledger)
    path = tmp_path / "work.xlsx"
    assert write_template(ledger.view(), "project", path) == 2
    found = look(ledger, path)
    assert not found.refused
    assert not [r for r in found.rows if r.cells]
    assert [r.match.how for r in found.rows] == ["id", "id"]
    book = load_workbook(path)
    first = book.worksheets[0]
    assert first.row_dimensions[2].hidden
    assert first.freeze_panes == "B3"
    assert book.worksheets[1].sheet_state == "hidden"
    assert [c.value for c in first[1]][-1] == "更新理由"
    assert all(c.data_type == "s" for row in first.iter_rows(min_row=3) for c in row if c.value)
    lists = [v.formula1 for v in first.data_validations.dataValidation if v.type == "list"]
    assert lists
    assert all(f.startswith("=codes!$") for f in lists)


def edit(path, record, field, value, reason="更新"):
    book = load_workbook(path)
    first = book.worksheets[0]
    keys = [c.value for c in first[2]]
    row = next(r for r in first.iter_rows(min_row=3) if r[0].value == record)
    row[keys.index(field)].value = value
    row[keys.index("$reason")].value = reason
    book.save(path)


def test_a_workbook_is_compared_on_three_sides(ledger, tmp_path):
    filled(ledger)
    path = tmp_path / "work.xlsx"
    write_template(ledger.view(), "project", path)
    edit(path, "p1", "stage", "在建", "开工(虚构)")
    edit(path, "p2", "town", "东镇", "更正(虚构)")
    ledger.commit(NOTE, [Entry(record="p1", values={"responsible_unit": "另一单位(虚构)"})])
    found = look(ledger, path)
    assert [(r.match.record, [c.field for c in r.cells]) for r in found.rows] == [
        ("p1", ["stage"]), ("p2", ["town"])]
    take(ledger, found)
    now = ledger.view().record("p1")
    assert (now.get("stage"), now.get("responsible_unit")) == ("construction", "另一单位(虚构)")
    assert [h.reason for h in ledger.history("p1")][-1] == "开工(虚构)"
    ledger.commit(NOTE, [Entry(record="p2", values={"town": "西镇"})])
    found = look(ledger, path)
    (cell,) = next(r for r in found.rows if r.match.record == "p2").cells
    assert (cell.seen, cell.stands, cell.wanted, cell.conflict) == (None, "西镇", "东镇", True)
    with pytest.raises(InputError, match="others changed it"):
        take(ledger, found)


def test_a_changed_row_of_a_workbook_needs_a_reason(ledger, tmp_path):
    filled(ledger)
    path = tmp_path / "work.xlsx"
    write_template(ledger.view(), "project", path)
    edit(path, "p1", "stage", "在建", None)
    with pytest.raises(InputError, match="expected a reason"):
        take(ledger, look(ledger, path))


def test_a_workbook_holds_what_its_reader_may_see(ledger, tmp_path):
    filled(ledger)
    who = Principal("office", ("qingpu",))
    assert write_template(ledger.view(who), "project", tmp_path / "w.xlsx") == 1
    assert [p["tieline"]["id"] for p in package(ledger.view(who), publisher="x")["projects"]] == [
        "p2"]


def test_oc4ids_makes_the_round_trip_without_loss(ledger, tmp_path):
    from small_ledger import make_ledger

    filled(ledger)
    path = tmp_path / "p.json"
    path.write_text(json.dumps(package(ledger.view(), publisher="x"), ensure_ascii=False), "utf-8")
    with make_ledger(tmp_path / "other.sqlite") as other:
        other.commit(NOTE, read_package(path, owner="jiashan"))
        for record in ("p1", "p2", "m1"):
            a, b = ledger.view().record(record), other.view().record(record)
            assert dict(a.values) == dict(b.values)
            assert (a.kind, a.valid_from) == (b.kind, b.valid_from)


@published
def test_oc4ids_keeps_to_the_published_schema(ledger):
    jsonschema = pytest.importorskip("jsonschema")
    folder = SHARED / "oc4ids-0.9.5-schema"
    schema = json.loads((folder / "project-schema.json").read_text("utf-8"))
    check = jsonschema.Draft4Validator(schema)
    found = package(filled(ledger).view(), publisher="x")
    assert not [e.message for p in found["projects"] for e in check.iter_errors(p)]
    assert {"version", "uri", "publishedDate", "projects", "publisher"} <= set(found)


@published
def test_a_published_oc4ids_file_comes_in(ledger):
    path = SHARED / "oc4ids-examples" / "oc4ids-0.9.5-example.json"
    ledger.commit(NOTE, read_package(path, owner="jiashan"))
    found = ledger.view().records("project")
    assert found
    assert all("oc4ids" in s.get("external_ids") for s in found)


CITY = Columns(
    columns={"id": "$external", "ID": "$external", "nombre": "name", "etapa": "stage",
             "monto_contrato": "investment", "barrio": "town", "fecha_inicio": "start_actual"},
    constants={"owner": "jiashan", "stage": "unknown"}, units={"investment": "ARS"},
    words={"stage": {"Finalizada": "finished", "En obra": "construction",
                     "Proyecto": "preparation"}},
    scheme="city", dates="dmy",
)


@published
def test_three_editions_of_a_real_list_come_to_a_preview_a_person_can_judge(ledger):
    from dataclasses import replace

    folder = SHARED / "ba-obras"
    first = look(ledger, folder / "ba-obras-2019-11.csv", CITY)
    assert first.counts["new"] == len(first.rows) == 991
    take(ledger, first, valid_from=date(2019, 11, 10))
    second = look(ledger, folder / "ba-obras-2023-01.csv", CITY)
    assert len(second.rows) == 1308
    known = {s.get("external_ids")["city"]: s for s in ledger.view().records("project")}
    for r in second.rows:  # no id is trusted under a name that is not alike
        if r.match.how == "source":
            continue
        ids = [c.wanted["city"] for c in r.cells if c.field == "external_ids"]
        if ids and ids[0] in known and r.match.record:
            assert r.match.how == "name"
            assert plain_name(r.name) == plain_name(ledger.view().record(
                r.match.record).get("name"))
    assert second.counts["doubtful"] > 200
    take(ledger, second, valid_from=date(2023, 1, 10))
    third = look(ledger, folder / "ba-obras-2024-06.csv",
                 replace(CITY, encoding="mac_roman", decimal=","))
    assert len(third.rows) == 1525
    take(ledger, third, valid_from=date(2024, 6, 20))
    assert ledger.verify().holds


@published
def test_two_editions_of_a_bank_list_show_what_changed(ledger):
    def columns(status):
        return Columns(
            columns={"id": "$external", "project_name": "name", status: "stage",
                     "closingdate": "finish_planned", "curr_project_cost": "investment"},
            constants={"owner": "jiashan", "stage": "unknown"}, units={"investment": "USD"},
            words={"stage": {"Active": "construction", "Closed": "finished",
                             "Pipeline": "preparation", "Dropped": "cancelled"}},
            scheme="bank", dates="mdy", stable_ids=True)

    folder = SHARED / "worldbank"
    take(ledger, look(ledger, folder / "wb-projects-china-2024-08-29.csv",
                      columns("projectstatusdisplay")), valid_from=date(2024, 8, 29))
    found = look(ledger, folder / "wb-projects-china-2025-03-31.csv", columns("status"))
    assert not found.refused
    changed = [c.field for r in found.rows if r.match.record for c in r.cells]
    assert changed.count("stage") == 6


def test_the_table_of_network_projects_is_read_by_a_region(ledger, tmp_path):
    from tieline.region.template import new_region

    region = new_region(tmp_path / "towns")
    ledger.commit(NOTE, [project(
        "t1", network_project="tie-north", investment="120万元", opened="2019-09-10",
        name="Tie", status="announced", payers={"westtown": "1"})])
    view = ledger.view()
    text = projects_table(view, ledger.hash_of(view.known))
    assert text.startswith(f"# ledger change {view.known}:")
    assert "tie-north,Tie,占位项目(虚构),2019-09-10,1200000," in text
    (region / "projects.csv").write_text(text, "utf-8")
    from tieline.region.issues import Issues
    from tieline.region.read import read_region_folder

    issues = Issues()
    folder = read_region_folder(region, issues)
    assert [p.id for p in folder.region.projects] == ["tie-north"]
    assert folder.region.projects[0].capex == 1_200_000


@pytest.mark.parametrize(("name", "data"), [
    ("a.xlsx", b"no workbook"), ("a.csv", b"\x00\x01"), ("a.csv", b""), ("a.csv", b"x,y\n1,2\n"),
    ("a.json", b"[1"), ("a.json", b'{"projects": [1]}'),
])
def test_what_is_no_list_is_refused_in_one_message(ledger, tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError):
        read_package(path, owner="jiashan") if name.endswith("json") else look(ledger, path)


def test_a_mapping_is_a_file(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text('dates = "dmy"\n[columns]\nnombre = "name"\n', "utf-8")
    assert load_mapping(path).columns == {"nombre": "name"}
    path.write_text("colums = 1\n", "utf-8")
    with pytest.raises(InputError, match="mapping of columns"):
        load_mapping(path)


def test_cells_of_a_workbook_keep_their_rows_their_whole_numbers_and_their_errors(
        ledger, tmp_path):
    rows = [["中文名称", "阶段", "备注", "用地面积"], ["占位项目(虚构)", "在建", 12, 3.5],
            ["占位项目 二(虚构)", "在建", 1.5, "#N/A"]]
    blank = [[None], [None]]
    clean = read_source(sheet(tmp_path / "a.xlsx", [*rows[:2]], above=blank))
    assert clean.rows == ((4, ["占位项目(虚构)", "在建", 12, 3.5]),)
    found = look(ledger, sheet(tmp_path / "b.xlsx", rows, above=blank))
    (refusal,) = found.refused
    assert (refusal.row, refusal.found) == (5, "'#N/A'")
    assert [c.wanted for c in found.rows[0].cells if c.field == "remark"] == ["12"]


def test_a_preview_of_many_rows_holds_each_once_and_reads_the_same_every_time(ledger, tmp_path):
    rows = [["中文名称", "阶段"], *([f"占位项目 {k}(虚构)", "在建"] for k in range(300))]
    found = look(ledger, sheet(tmp_path / "a.xlsx", rows))
    assert list(found.rows) == list(found.rows)
    assert list(found.rows[5:7]) == [found.rows[5], found.rows[6]]
    assert found.rows[-1].name == "占位项目 299(虚构)"
    take(ledger, found)
    assert look(ledger, tmp_path / "a.xlsx").counts["name"] == 300
    assert not [r for r in look(ledger, tmp_path / "a.xlsx").rows if r.cells]


def test_a_sign_in_a_column_of_pesos_is_pesos_and_a_refused_cell_is_shown_as_it_stands(
    ledger, tmp_path
):
    file = tmp_path / "list.csv"
    file.write_text("id;nombre;monto_contrato\n1;One;$ 5.046.647\n2;Two;88,626,475\n",
                    encoding="utf-8")
    from dataclasses import replace

    found = look(ledger, file, replace(CITY, decimal=","))
    money = next(c.wanted for c in found.rows[0].cells if c.field == "investment")
    assert (money["minor"], money["currency"]) == (504664700, "ARS")
    assert [r.found for r in found.refused] == ["'88,626,475'"]


@pytest.mark.parametrize("remark", [
    "no record 'x'", "id 91 was 'Barrio 20: Cancha' (project-1)", "3 records of that name",
    "3 records of that name; id 91 was 'A' (project-1)", "row 4 is project-1 already"])
def test_remarks_of_a_preview_speak_chinese(remark):
    from tieline.messages import translate

    assert translate(remark)
    assert not translate(remark).isascii()


def test_the_table_of_network_projects_comes_back_with_costs_and_their_year(ledger, tmp_path):
    ledger.commit(NOTE, [
        project("t1", network_project="tie-north", name="Tie", status="announced"),
        project("t2", network_project="tie-south")])
    path = tmp_path / "projects.csv"
    path.write_text(projects_table(ledger.view(), ledger.head[1]), "utf-8")
    assert not [r.cells for r in look(ledger, path, Columns()).rows if r.cells]

    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()[1:]))
    rows[0] |= {"capex": "1.5e6", "currency": "CNY", "price_year": "2019", "life_years": "25",
                "payers": "qingpu:0.5;jiashan:0.5", "opex_per_year": "2.5"}
    rows[1]["price_year"] = "next"
    rows.append({"id": "tie-new", "name": "New tie", "capex": "10", "currency": "USD"})
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    found = look(ledger, path, Columns(constants={"owner": "jiashan"}))
    assert [r.match.how for r in found.rows] == ["id", "id", "new"]
    assert [(r.row, r.column) for r in found.refused] == [(3, "price_year")]
    take(ledger, found)
    north = ledger.view().record("t1")
    assert north.get("investment") == {"minor": 150_000_000, "currency": "CNY", "entered": "CNY"}
    assert north.get("opex_per_year")["minor"] == 250
    assert (north.get("price_year"), north.get("life_years")) == (2019, "25")
    assert north.get("status") == "announced"
    back = list(csv.DictReader(projects_table(ledger.view(), "").splitlines()[1:]))
    assert back[0] | {"capex": "1.5e6", "payers": "qingpu:0.5;jiashan:0.5"} == rows[0]
    assert (back[0]["capex"], back[0]["opex_per_year"]) == ("1500000", "2.5")
    assert (back[2]["id"], back[2]["capex"], back[2]["currency"]) == ("tie-new", "10", "USD")
