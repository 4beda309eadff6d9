"""`tieline ledger`, as a user types it."""

import csv
import json
import shlex
import sqlite3

import pytest

from tieline.cli.run import run


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["new", "r"]) == 0
    assert run(["ledger", "init", "r"]) == 0
    return tmp_path


def tell(line, capsys, code=0):
    capsys.readouterr()
    assert run(["ledger", *shlex.split(line)]) == code
    return capsys.readouterr()


@pytest.fixture
def filled(home, capsys):
    tell("set r p1 --records project owner=westtown name_zh=联络线 stage=preparation "
         "investment=1.5亿元 category=ecology --from 2019-01-01 --why proposed", capsys)
    tell("set r p1 stage=construction signal_override=red --from 2019-09-10 --why 'work began' "
         "--by office --for council", capsys)
    return home


def test_a_list_of_a_day_as_known_on_a_day(filled, capsys):
    line = "list r --kind ecology --jurisdiction westtown --stage {} --as-of {} --json --lang en"
    late = json.loads(tell(line.format("construction", "2019-10-31"), capsys).out)
    assert [(r["id"], r["stage"]) for r in late] == [("p1", "construction")]
    assert json.loads(tell(line.format("construction", "2019-08-01"), capsys).out) == []
    early = json.loads(tell(line.format("preparation", "2019-08-01"), capsys).out)
    assert early[0]["investment"] == {"minor": 15000000000, "currency": "CNY", "entered": "亿元"}
    assert json.loads(tell("list r --known-on 2019-10-31 --json", capsys).out) == []


def test_both_languages(filled, capsys):
    assert "在建" in tell("list r --lang zh", capsys).out
    assert "Under construction" in tell("list r --lang en", capsys).out
    assert "1.5亿元" in tell("list r --totals owner --totals signal --lang zh", capsys).out
    assert "重大生态项目" in tell("show r p1 --lang zh", capsys).out


def test_history_and_difference_say_who_and_why(filled, capsys):
    said = tell("history r p1 --lang en", capsys).out
    assert "office (for council)" in said
    assert "work began" in said
    assert "Preparation -> Under construction" in said
    said = tell("diff r --from 2019-01-01 --to 2999-01-01 --records project --lang en", capsys).out
    assert "p1" in said
    assert "office: work began" in said
    days = "diff r --from 2019-01-01 --to 2019-12-31 --records project"
    assert "0 records differ" in tell(f"{days} --lang en", capsys).out  # entered only today
    said = tell(f"{days} --known-on 2999-01-01 --lang zh", capsys).out
    assert "阶段: 前期 -> 在建" in said
    assert "office: work began" in said


@pytest.mark.parametrize("suffix", ["csv", "json", "xlsx"])
def test_a_list_in_a_file_has_no_formula(filled, capsys, suffix):
    tell("set r p2 --records project owner=westtown 'name_zh==1+1' stage=idea --why x", capsys)
    tell(f"list r --columns id --columns name_zh --out l.{suffix}", capsys)
    path = filled / f"l.{suffix}"
    if suffix == "csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            assert list(csv.reader(stream))[1:] == [["p1", "联络线"], ["p2", "'=1+1"]]
    elif suffix == "json":
        assert [r["name_zh"] for r in json.loads(path.read_text("utf-8"))] == ["联络线", "=1+1"]
    else:
        from openpyxl import load_workbook

        cell = load_workbook(path).active["B3"]
        assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_rights_narrow_what_a_command_shows(filled, capsys):
    assert json.loads(tell("list r --as easttown --json", capsys).out) == []
    assert tell("set r p1 stage=idea --why x --as easttown:editor", capsys, 1).err
    assert "p1" in tell("list r --as westtown", capsys).out


def test_rights_of_nobody_are_refused_with_the_nearest_name(filled, capsys):
    assert "nearest: 'westtown'" in tell("list r --as westown", capsys, 1).err
    assert "nearest: 'viewer'" in tell("list r --as westtown:vieuwer", capsys, 1).err
    said = tell("history r p1 --as mars:king --lang zh", capsys, 1).err
    assert "应为辖区之一" in said
    assert "应为岗位之一" in tell("list r --as westtown:king --lang zh", capsys, 1).err
    assert "p1" in tell("list r --as westtown:steward,river_office", capsys).out


def test_a_saved_list_narrows_and_shows_as_it_says(filled, capsys):
    tell("set r mine --records list owner=westtown name_zh=清单 query=stage=idea,construction "
         "columns=id;town --why x", capsys)
    said = tell("list r --saved mine --lang en", capsys).out
    assert said.splitlines()[0].split() == ["id", "Town"]
    assert "p1" in said
    tell("set r p1 stage=suspended --why x", capsys)
    assert "p1" not in tell("list r --saved mine", capsys).out
    assert tell("list r --saved p1", capsys, 1).err


def test_a_plan_is_traced_both_ways(filled, capsys):
    tell("set r plan-a --records plan owner=westtown name_zh=规划 --why x", capsys)
    tell("set r item-1 --records plan_item parent=plan-a name_zh=条目 code=1 --why x", capsys)
    tell("set r p1 serves=item-1 --why x", capsys)
    assert "item-1" in tell("show r p1", capsys).out
    assert "<- p1" in tell("show r item-1", capsys).out
    assert "<- item-1" in tell("show r plan-a", capsys).out


def test_an_altered_ledger_is_told_and_sets_the_exit_code(filled, capsys):
    head = tell("checkpoint r --in 'bulletin 1' --why published", capsys).out.strip()
    assert "Holds" in tell(f"verify r --head {head} --lang en", capsys).out
    tell("rebuild r", capsys)
    db = sqlite3.connect(filled / "r" / "ledger.sqlite")
    db.execute("DROP TRIGGER change_no_update")
    db.execute("UPDATE change SET reason = 'another' WHERE change_no = 2")
    db.commit()
    db.close()
    said = tell("verify r --lang en", capsys, 1).out
    assert "change 2" in said
    assert "被改动" in tell("verify r --lang zh", capsys, 1).out


@pytest.mark.parametrize("line", [
    "list nowhere", "show r nothing", "history r nothing", "set r p1 stage=foo --why x",
    "set r p1 stage --why x", "list r --columns nmae", "list r --records projekt",
    "list r --out l.doc", "verify r --head x",
])
def test_a_mistake_is_one_message(filled, capsys, line):
    said = tell(line, capsys, 1).err
    assert said
    assert "Traceback" not in said


def test_a_day_that_is_none_is_not_understood(filled, capsys):
    assert "2019-10-31" in tell("list r --as-of yesterday", capsys, 2).err


def test_init_a_second_time_leaves_the_ledger_as_it_is(filled, capsys):
    tell("init r", capsys)
    assert json.loads(tell("list r --json", capsys).out)[0]["id"] == "p1"


def test_records_to_begin_with_are_refused_by_a_ledger_that_has_begun(filled, capsys):
    (filled / "first").mkdir()
    (filled / "first" / "1.toml").write_text("", "utf-8")
    assert "first was not read" in tell("init r --records first --lang en", capsys, 1).err
    assert "未读取初始记录" in tell("init r --records first --lang zh", capsys, 1).err
    assert json.loads(tell("list r --json", capsys).out)[0]["id"] == "p1"


def test_a_mapped_column_that_the_file_lacks_is_named_with_the_nearest(filled, capsys):
    (filled / "l.csv").write_text("ID,nombre\n7,Puente\n", encoding="utf-8")
    (filled / "m.toml").write_text(
        '[columns]\n"id" = "$external"\n"nombre" = "name"\n"zzz" = "town"\n', "utf-8")
    said = tell("import r l.csv --map m.toml --lang en", capsys, 1).err
    assert "column 'id'" in said
    assert "nearest: 'ID'" in said
    said = tell("import r l.csv --map m.toml --lang zh", capsys, 1).err
    assert "文件中没有对应表所列的列" in said
    (filled / "m.toml").write_text('[columns]\n"nombre" = "name"\n"zzz" = "town"\n', "utf-8")
    assert "file lacks: zzz" in tell("import r l.csv --map m.toml --lang en", capsys).out


def test_joint_work_from_the_inbox_to_the_settlement(home, capsys):
    for a, b in (("westtown", "easttown"), ("easttown", "westtown")):
        tell(f"set r joint-{a} --records share_rule owner={a} grantee={b} 'actions=read;write' "
             "'kinds=case;case_step' fields=* purpose='joint work' --why agreed", capsys)
    west, east = "--as westtown:editor,river_office", "--as easttown:editor,river_office"
    case = tell(f"work open r water_case --owner westtown --to easttown --title 水葫芦 "
                f"--why seen {west}", capsys).out.strip()
    assert json.loads(tell(f"work inbox r --role river_office --json {east}", capsys).out)[0][
        "id"] == case
    assert "涉水事项" in tell("work inbox r --lang zh", capsys).out
    for action in ("accept", "do", "evidence --evidence 'sha256:ab photo.jpg'"):
        tell(f"work {action} r {case} --why 'so it is' {east}", capsys)
    for action in ("verify", "settle --amount 1.2万元"):
        assert tell(f"work {action} r {case} --why no {east}", capsys, 1).err
        tell(f"work {action} r {case} --why 'so it is' {west}", capsys)
    assert "photo.jpg" in tell(f"work steps r {case}", capsys).out
    assert json.loads(tell("work inbox r --json", capsys).out) == []
    assert "nothing" in tell("work escalate r --why daily --lang en", capsys).out


def test_criteria_name_the_one_that_fails(filled, capsys):
    tell("set r p1 output_per_year=9亿元 tax_per_year=2亿元 land_mu=100 --from 2019-02-01 "
         "--why reported", capsys)
    said = tell("criteria r zone_admission --record p1 --lang en", capsys).out
    lines = {line.split("  ")[2].strip(): line for line in said.splitlines()
             if line.startswith("p1 ")}
    assert "9,000,000.00" in lines["output per mu and year, yuan"]
    assert "Fails: 联络线 (p1): output per mu and year, yuan 9,000,000.00 < 10,000,000 CNY" in said
    assert "reported" in lines["fixed investment per mu, yuan"]
    assert "csjcs.com 1466693" in said
    assert lines["output per mu and year, yuan"].rstrip().endswith("NOT met")
    assert lines["tax per mu and year, yuan"].rstrip().endswith(" met")
    assert "cannot be said" in said
    assert "zone_admission" in tell("criteria r --lang zh", capsys).out
    assert "最接近" in tell("criteria r zone_admision --lang zh", capsys, code=1).err


def test_files_and_erasure_by_command(filled, capsys):
    (filled / "a.jpg").write_bytes(b"made up")
    name = tell("attach r p1 a.jpg --why seen", capsys).out.split()[0]
    tell(f"fetch r {name}", capsys, code=1)  # a.jpg is there already
    tell(f"fetch r {name} --out b.jpg", capsys)
    assert (filled / "b.jpg").read_bytes() == b"made up"
    tell(f"erase r {name} content --why 'shows people'", capsys)
    assert "已删除" in tell(f"fetch r {name} --out c.jpg --lang zh", capsys, code=1).err
    tell("set r p1 contact='值班室 0573' --why x", capsys)
    tell("erase r p1 contact --why 'asked to'", capsys)
    tell("verify r", capsys)


def test_a_preview_names_each_sort_of_refused_cell_once(filled, capsys):
    rows = "".join(f"联{k},somewhere\n" for k in range(30))
    (filled / "l.csv").write_text("中文名称,阶段\n" + rows, "utf-8")
    said = tell("import r l.csv --owner westtown --out all.json --lang en", capsys).out
    assert said.count("'somewhere'") == 1
    assert "the same in rows 3, 4" in said
    assert "and 9 more" in said
    assert "0 new, 0 changed, 30 incomplete" in said
    refused = [x for x in json.loads((filled / "all.json").read_text("utf-8"))
               if x["match"] == "refused"]
    assert len(refused) == 30


def test_a_preview_shows_what_a_new_record_would_say(filled, capsys):
    (filled / "n.csv").write_text(
        "name_zh,owner,stage,investment,town\n全新,easttown,在建,273万元,北镇\n", "utf-8")
    said = tell("import r n.csv --lang zh --out n.json", capsys).out
    (line,) = [x for x in said.splitlines() if "全新" in x]
    assert "在建" in line
    assert "273万元" in line
    assert "easttown" not in line
    (row,) = json.loads((filled / "n.json").read_text("utf-8"))
    assert "273万元" in row["file"]
    assert "北镇" in row["file"]
    tell("import r n.csv --accept --why new", capsys)
    (written,) = json.loads(tell("list r --jurisdiction easttown --json", capsys).out)
    assert (written["investment"]["minor"], written["town"]) == (273000000, "北镇")


def test_an_unknown_code_is_refused_and_a_title_is_taken(filled, capsys):
    found = json.loads(tell("list r --stage 在建 --signal red --json", capsys).out)
    assert [r["id"] for r in found] == ["p1"]
    assert "在建(construction)" in tell("list r --stage build --lang zh", capsys, code=1).err
    assert "nearest: 'westtown'" in tell("list r --jurisdiction westown", capsys, code=1).err


def test_a_list_of_before_the_ledger_says_so(filled, capsys):
    said = tell("list r --known-on 2019-01-01 --lang zh", capsys).out
    assert "尚无任何变更" in said
    assert "归属" in said


def test_a_file_whose_columns_are_unknown_is_told_how_to_map_them(filled, capsys):
    (filled / "l.csv").write_text("id,nombre\n7,Puente\n", encoding="utf-8")
    said = tell("import r l.csv --lang zh", capsys).out
    assert '"nombre" = ' in said
    assert "列“归属”" in said


def test_a_case_its_holder_cannot_see_is_told_with_the_line_that_shares_it(tmp_path, capsys):
    import shlex

    place = str(tmp_path / "towns")
    assert run(["new", place]) == 0
    assert run(["ledger", "init", place]) == 0
    capsys.readouterr()
    asked = ["ledger", "work", "open", place, "water_case", "--owner", "westtown", "--to",
             "easttown", "--title", "algae", "--why", "seen", "--as",
             "westtown:river_office,editor"]
    mine = ["ledger", "work", "inbox", place, "--as", "easttown:river_office,editor"]
    assert run(asked) == 0
    told = capsys.readouterr()
    case = told.out.strip()
    assert "easttown cannot see" in told.err
    assert run(mine) == 0
    assert case not in capsys.readouterr().out
    assert run(shlex.split(told.err.splitlines()[-1])[1:]) == 0
    capsys.readouterr()
    assert run(mine) == 0
    assert case in capsys.readouterr().out
    assert run(asked) == 0
    assert "cannot see" not in capsys.readouterr().err
    act = ["ledger", "work", "refuse", place, case, "--why", "not our reach", "--as",
           "easttown:river_office,editor"]
    assert run(act) == 0
    act = ["ledger", "work", "reassign", place, case, "--why", "theirs", "--role",
           "harbour_office", "--as", "westtown:river_office,editor"]
    assert run(act) == 0
    capsys.readouterr()
    assert run(["ledger", "work", "steps", place, case]) == 0
    opened, refused, reassigned = capsys.readouterr().out.splitlines()[1:4]
    assert "East Town" in opened
    assert refused.count("West Town") == 1
    assert "harbour_office" in reassigned


def test_an_overdue_case_is_escalated_once_and_says_to_whom(tmp_path, capsys):
    from datetime import UTC, datetime, timedelta

    from tieline.ledger import Ledger, Principal
    from tieline.ledger.work.desk import Deed, Desk

    place = tmp_path / "towns"
    assert run(["new", str(place)]) == 0
    assert run(["ledger", "init", str(place)]) == 0
    with Ledger.open(str(place / "ledger.sqlite")) as ledger:
        who = Principal("w", ("westtown",), ("editor", "river_office"))
        Desk(ledger, who, now=datetime.now(UTC) - timedelta(days=9)).open(
            "water_case", "westtown", "easttown", Deed("seen", values={"name_zh": "旧案"}))
    escalate = ["ledger", "work", "escalate", str(place), "--why", "daily", "--lang", "en"]
    assert run(escalate) == 0
    assert run(["ledger", "work", "inbox", str(place), "--overdue", "--lang", "en"]) == 0
    assert "OVERDUE escalated to river chief" in capsys.readouterr().out
    assert run(escalate) == 0
    assert "that was not escalated before" in capsys.readouterr().out


def test_totals_of_a_list_count_its_members_alone(filled, capsys):
    tell("set r p2 --records project owner=westtown name_zh=二 stage=construction "
         "investment=1亿元 category=ecology --from 2019-01-01 --why proposed", capsys)
    tell("set r first --records list owner=westtown name_zh=清单 --from 2019-01-01 --why opened",
         capsys)
    tell("set r m1 --records membership owner=westtown list=first member=p1 --from 2019-01-01 "
         "--why listed", capsys)
    totals = json.loads(tell("list r --list first --totals owner --json", capsys).out)
    assert [(t["records"], t["minor"]) for t in totals] == [(1, 15000000000)]
    assert json.loads(tell("list r --totals owner --json", capsys).out)[0]["records"] == 2
    assert "first" in tell("list r --list frist --totals owner --lang en", capsys, code=1).err


def test_a_server_that_is_not_there_is_one_message(home, capsys):
    said = tell("list postgresql://127.0.0.1:1/x --lang zh", capsys, code=1)
    assert "Traceback" not in said.err
    assert "数据库服务器是否已启动" in said.err


def test_totals_say_what_of_them_is_synthetic(filled, capsys):
    assert "synthetic" not in tell("list r --totals owner --lang en", capsys).out
    tell("set r p2 --records project owner=westtown name_zh=占位 stage=construction "
         "status=synthetic investment=2亿元 category=ecology --from 2019-01-01 "
         "--why filling", capsys)
    total = json.loads(tell("list r --totals owner --json", capsys).out)[0]
    assert (total["records"], total["minor"]) == (2, 35000000000)
    assert (total["synthetic_records"], total["synthetic_minor"]) == (1, 20000000000)
    assert "其中合成(虚构)" in tell("list r --totals owner --lang zh", capsys).out


def test_the_projects_of_one_list_go_to_the_table_of_a_region_and_come_back(filled, capsys):
    tell("set r p1 network_project=tie price_year=2019 --why x", capsys)
    tell("set r ties --records list owner=westtown name_zh=联络线 --why x", capsys)
    tell("set r m --records membership owner=westtown list=ties member=p1 --why x", capsys)
    tell("export r r/projects.csv --list ties", capsys)
    text = (filled / "r" / "projects.csv").read_text("utf-8")
    assert text.splitlines()[0].endswith(" list ties")
    assert "150000000,,,,CNY,2019" in text
    (filled / "r" / "projects.csv").write_text(text.replace("CNY,2019", "CNY,2020"), "utf-8")
    said = tell("import r r/projects.csv --lang en", capsys).out
    assert "Year of the prices" in said
    assert "1 rows: 0 new, 1 changed" in said
    said = tell("export r l.json --list ties --lang zh", capsys, code=1)
    assert "仅用于 .csv" in said.err + said.out


def test_observations_show_of_what_they_are_and_are_never_added(filled, capsys):
    tell("set r firms --records indicator owner=westtown name=Firms name_zh=企业 --why x", capsys)
    for n, more in enumerate(("value='> 250'", "money=350亿元", "money=21亿元")):
        tell(f"set r o{n} --records observation owner=westtown parent=firms date=2019 "
             f"{more} --why x", capsys)
    said = tell("list r --records observation --lang en", capsys).out
    assert "Firms (firms)" in said
    assert "<- o0  2019, > 250 (Belongs to)" in tell("show r firms --lang en", capsys).out
    assert "> 250" in said
    said = tell("list r --records observation --totals jurisdiction --lang en", capsys).out
    assert "371" not in said
    assert "Counted only" in said
    (total,) = json.loads(
        tell("list r --records observation --totals owner --json", capsys).out)
    assert (total["records"], total["currency"], total["minor"]) == (3, "", 0)


def test_totals_are_named_as_the_options_that_narrow(filled, capsys):
    by_kind = json.loads(tell("list r --totals kind --json", capsys).out)
    assert [t["category"] for t in by_kind] == ["ecology"]
    assert by_kind == json.loads(tell("list r --totals category --json", capsys).out)
    mixed = json.loads(tell("list r --records all --totals records --json", capsys).out)
    assert {"project", "jurisdiction"} <= {t["kind"] for t in mixed}
    (everything,) = json.loads(tell("list r --records all --totals stage --stage construction "
                                    "--json", capsys).out)
    assert (everything["records"], everything["minor"]) == (1, 0)  # kinds are not added


def test_a_list_shows_its_members_by_name(filled, capsys):
    tell("set r ties --records list owner=westtown name_zh=清单 --why x", capsys)
    tell("set r m --records membership owner=westtown list=ties member=p1 number=7 --why x",
         capsys)
    assert "<- m  7, 联络线 (p1) (清单)" in tell("show r ties --lang zh", capsys).out
    assert "<- m  清单 (ties), 7 (Member)" in tell("show r p1 --lang en", capsys).out
    assert "联络线 (p1)" in tell("list r --records membership --lang zh", capsys).out


def test_names_of_other_records_obey_the_rights(filled, capsys):
    tell("set r p2 --records project owner=easttown name_zh=密项 stage=idea --why x", capsys)
    tell("set r step --records milestone owner=westtown name_zh=开工 parent=p2 due=2020-01-01 "
         "--why x", capsys)
    assert "密项" in tell("history r step --lang zh", capsys).out
    said = tell("history r step --as westtown:viewer --lang zh", capsys).out
    assert "p2" in said
    assert "密项" not in said


def test_roles_are_said_in_words(filled, capsys):
    tell("work open r water_case --owner westtown --to easttown --title 水葫芦 --id c --why x",
         capsys)
    assert "河长办" in tell("work inbox r --lang zh", capsys).out
    assert "river office" in tell("work steps r c --lang en", capsys).out
    assert json.loads(tell("work inbox r --json", capsys).out)[0]["role"] == "river_office"


def test_rows_written_without_a_refused_cell_are_named_before_and_after(filled, capsys):
    (filled / "l.csv").write_text(
        "名称,阶段,归属,计划开工,类别\n桥,在建,westtown,2019-13-40,生态\n路,在建,westtown,,生态\n"
        "闸,乱,westtown,,生态\n", "utf-8")
    said = tell("import r l.csv --lang en", capsys).out
    assert "1 rows would be written without their refused cells:" in said
    assert "    row 2 without 计划开工" in said
    assert "2 new, 0 changed, 1 incomplete" in said
    said = tell("import r l.csv --accept --why x --lang zh", capsys).out
    assert "1 行已写入" in said
    assert "第 2 行缺：计划开工" in said
    there = {r.get("name_zh"): r for r in json.loads(tell("list r --json", capsys).out)}
    assert set(there) == {"联络线", "桥", "路"}
    assert "start_planned" not in there["桥"]
    assert there["桥"]["category"] == "ecology"
    err = tell("import r l.csv --doubtful-new --lang zh", capsys, code=1).err
    assert "须与 --accept 同用" in err


def test_json_that_is_none_is_said_with_line_and_column(filled, capsys):
    (filled / "p.json").write_text('{"version": "0.9",\n "projects": [ {"id": 1,} ]}', "utf-8")
    said = tell("import r p.json --lang en", capsys, code=1).err
    assert "p.json, line 2, column 25: expected JSON, found '} ]}'" in said
    assert "第 2 行第 25 列" in tell("import r p.json --lang zh", capsys, code=1).err
    for text, wrong in (('{"projects": [5, {"x": 1}]}', "project 2"), ("{}", "with projects"),
                        ("", "line 1, column 1: expected JSON, found nothing")):
        (filled / "p.json").write_text(text, "utf-8")
        said = tell("import r p.json --lang en", capsys, code=1).err
        assert wrong in said
        assert "Error" not in said
    (filled / "p.json").write_bytes("名称".encode("gb18030"))
    assert "UTF-8" in tell("import r p.json --lang zh", capsys, code=1).err


def test_the_mapping_to_begin_with_names_every_column(filled, capsys):
    (filled / "l.csv").write_text("序号,工程,投资额,阶段\n1,甲,1亿元,在建\n", "utf-8")
    said = tell("import r l.csv --lang zh", capsys).out
    draft = said[said.index("kind = "):]
    assert '"序号" = "$external"   # 来源自己的编号' in draft
    assert '# "工程" = "..."' in draft
    assert '"投资额" = "investment"' in draft
    draft = draft.replace('# "工程" = "..."', '"工程" = "name_zh"').replace(
        'owner = "..."', 'owner = "westtown"')
    (filled / "l.toml").write_text(draft, "utf-8")
    assert "1 行：新增 1" in tell("import r l.csv --map l.toml --lang zh", capsys).out


def test_a_saved_list_is_narrowed_by_the_names_of_the_options_on_any_day(filled, capsys):
    tell("set r s --records list owner=westtown name_zh=清单 'query=kind=ecology "
         "jurisdiction=westtown' 'columns=id;stage' --why x", capsys)
    for more in ("", "--as-of 2019-02-01"):  # of a day before the list was saved, too
        found = json.loads(tell(f"list r --saved s {more} --json", capsys).out)
        assert [r["id"] for r in found] == ["p1"]
    assert json.loads(tell("list r --saved s --kind industry --json", capsys).out) == []
    tell("set r s 'query=knd=ecology' --why x", capsys)
    assert "nearest: 'kind'" in tell("list r --saved s --lang en", capsys, code=1).err


def test_a_list_says_what_is_on_it_beside_what_was_reported(filled, capsys):
    tell("set r s --records list owner=westtown name_zh=清单 count=2 total=3亿元 --why x", capsys)
    tell("set r p2 --records project owner=westtown name_zh=占位 stage=idea status=synthetic "
         "investment=0.5亿元 --why x", capsys)
    for n in (1, 2):
        tell(f"set r m{n} --records membership owner=westtown list=s member=p{n} --why x", capsys)
    assert "2 records on it, 2亿元 (0.5亿元 of it synthetic)" in tell(
        "show r s --lang en", capsys).out
    assert "清单内 2 条记录,2亿元 (其中合成 0.5亿元)" in tell("show r s --lang zh", capsys).out


def test_only_whole_rows_are_written_if_told_so(filled, capsys):
    (filled / "l.csv").write_text(
        "名称,阶段,归属,计划开工\n桥,在建,westtown,2019-13-40\n路,在建,westtown,\n", "utf-8")
    assert "--accept" in tell("import r l.csv --only-whole --lang en", capsys, code=1).err
    said = tell("import r l.csv --only-whole --accept --why x --lang en", capsys).out
    assert "were written without" not in said
    there = {r.get("name_zh") for r in json.loads(tell("list r --json", capsys).out)}
    assert there == {"联络线", "路"}


def test_settings_that_are_none_are_said_without_python_words(filled, capsys):
    (filled / "l.csv").write_text("a\n1\n", "utf-8")
    for text, zh in (("kind = \n", "第 1 行有误"), ("[colums]", "未知的键 'colums'")):
        (filled / "m.toml").write_text(text, "utf-8")
        said = tell("import r l.csv --map m.toml --lang zh", capsys, code=1).err
        assert zh in said
        assert "__init__" not in said
    rules = filled / "r" / "ledger" / "rules"
    rules.mkdir(parents=True)
    (rules / "criteria.toml").write_text('[p]\ntitle = "x"\n', "utf-8")
    assert "缺少键 'criterion'" in tell("criteria r --lang zh", capsys, code=1).err
    said = tell("set r newp stage=idea --why x --lang en", capsys, code=1).err
    assert "a record that is there, or the kind of a new one" in said


def test_an_amount_without_its_yuan_is_shown_with_it(filled, capsys):
    (filled / "l.csv").write_text("名称,阶段,归属,总投资(万元)\n桥,在建,westtown,约3亿\n", "utf-8")
    assert "≈ 3亿元" in tell("import r l.csv --lang zh", capsys).out


def test_a_point_that_may_part_thousands_is_pointed_out(filled, capsys):
    text = "名称,阶段,归属,总投资(元)\n桥,在建,westtown,{}\n"
    for cell, told in (("273.000", True), ("2.730.000", True), ("273.5", False), ("1.2345", False)):
        (filled / "l.csv").write_text(text.format(cell), "utf-8")
        said = tell("import r l.csv --lang en", capsys).out.replace("\n", " ")
        assert ("if it parts thousands" in said) is told, cell
    (filled / "m.toml").write_text(
        'decimal = ","\n[columns]\n"名称" = "name_zh"\n"阶段" = "stage"\n"归属" = "owner"\n'
        '"总投资(元)" = "investment"\n[units]\ninvestment = "元"\n', "utf-8")
    (filled / "l.csv").write_text(text.format("273.000"), "utf-8")
    said = tell("import r l.csv --map m.toml --lang en", capsys).out
    assert "273,000元" in said
    assert "parts thousands" not in said


def test_totals_say_how_many_records_they_leave_out_by_the_rights(filled, capsys):
    tell("set r rule --records share_rule owner=westtown grantee=easttown actions=read "
         "kinds=project 'fields=name_zh;stage' purpose=x --why x", capsys)
    said = tell("list r --totals jurisdiction --as easttown:viewer --lang en", capsys).out
    assert "1 records that may be seen are left out" in said
    assert "left out" not in tell("list r --totals jurisdiction --lang en", capsys).out


def test_days_in_the_wrong_order_are_refused_not_compared_to_nothing(filled, capsys):
    said = tell("diff r --from 2020-01-01 --to 2019-01-01 --lang en", capsys, 1).err
    assert "--from: expected a day until 2019-01-01" in said


@pytest.mark.parametrize(("old", "new"), [
    (b'"currency":"CNY"', b'"curreocy":"CNY"'), (b'"stage":', b'"stbge":'),
    ("联络线".encode(), "联络线".encode()[:-1] + b"\xff"),
])
def test_commands_on_an_altered_ledger_say_that_it_is_damaged(filled, capsys, old, new):
    path = filled / "r" / "ledger.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for left in filled.glob("r/ledger.sqlite-*"):
        left.unlink()
    path.write_bytes(path.read_bytes().replace(old, new))
    for line in ("list r", "show r p1", "history r p1", "export r o.xlsx"):
        capsys.readouterr()
        code = run(["ledger", *shlex.split(line), "--lang", "en"])
        assert code in (0, 1)
        said = capsys.readouterr().err
        assert "damaged" in said if code else not said, line
    assert "does not hold" in tell("verify r --lang en", capsys, 1).out


def test_columns_may_be_given_in_one_word_and_a_list_that_is_none_is_named(filled, capsys):
    apart = tell("list r --columns id --columns stage --lang en", capsys).out
    for together in ("id,stage", "'id;stage'"):
        assert tell(f"list r --columns {together} --lang en", capsys).out == apart
    tell("set r weekly --records list owner=westtown name_zh=x query=stage=construction --why x",
         capsys)
    assert "no list 'weeky' (nearest: 'weekly')" in tell(
        "list r --saved weeky --lang en", capsys, 1).err


def test_a_list_of_nothing_has_the_titles_of_its_kind(filled, capsys):
    full = tell("list r --lang en", capsys).out.splitlines()[0].split()
    assert tell("list r --stage idea --lang en", capsys).out.splitlines()[0].split() == full
