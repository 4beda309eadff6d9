"""`tieline publish`, `verify-publication`, `publication-key`: messages, exit codes, languages."""

import json
from datetime import date

import pytest

from tieline.cli.run import run
from tieline.ledger import Entry, Note
from tieline.ledger.begin import begin
from tieline.region.template import new_region

TEXT = """\
+++
id = "october"
date = 2019-10-31
as_of = 2019-10-31
section = { id = "zone", zh = "区域", en = "The region" }
title = { zh = "公报", en = "Bulletin" }

[figure.cost]
from = "ledger"
record = "bridge"
field = "investment"
+++
:::zh
桥的投资为 {{cost}}。
:::
:::en
The bridge costs {{cost}}.
:::
"""


@pytest.fixture
def region(tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("TIELINE_KEY_PASSPHRASE", raising=False)
    monkeypatch.setenv("TIELINE_PUBLISHING_KEY", str(tmp_path / "key.pem"))
    monkeypatch.chdir(tmp_path)
    new_region("r")
    with begin(tmp_path / "r", tmp_path / "r" / "ledger.sqlite", "the test") as made:
        made.commit(Note("the test", "x"), [Entry("project", "bridge", {
            "owner": "westtown", "name": "Bridge", "name_zh": "桥", "stage": "idea",
            "status": "reported", "source": "a report", "investment": "1.5亿元",
        }, date(2019, 10, 31))])
    (tmp_path / "october.md").write_text(TEXT, encoding="utf-8")
    return tmp_path





@pytest.fixture
def site(region):
    assert run(["publication-key", "key.pem"]) == 0
    assert run(["publish", "r", "october.md", "--approve", "--by", "editor", "--why", "ok"]) == 0
    assert run(["publish", "r", "october.md", "--both", "--out", "site"]) == 0
    return region / "site"


def test_from_draft_to_a_site_that_holds(region, site, capsys):
    capsys.readouterr()
    assert run(["verify-publication", "site", "--key", "key.pem.pub", "--against", "r"]) == 0
    shown = capsys.readouterr().out
    assert "files as they were signed" in shown
    assert "october · Bridge: CNY 150 million, still true" in shown


def test_a_draft_is_written_in_the_language_asked_for(region, capsys):
    assert run(["publish", "r", "october.md", "--draft", "--lang", "zh", "--out", "prev"]) == 0
    assert "草稿" in capsys.readouterr().out
    assert "1.5 亿元" in (region / "prev" / "october-zh.html").read_text("utf-8")
    assert not (region / "prev" / "october-en.html").exists()


def test_a_bare_literal_is_refused_with_line_and_column_in_both_languages(region, capsys):
    (region / "october.md").write_text(TEXT.replace("桥的", "40 分钟，桥的"), encoding="utf-8")
    assert run(["publish", "r", "october.md", "--draft"]) == 1
    assert "october.md, line 14, column 1: expected a bound figure" in capsys.readouterr().err
    assert run(["publish", "r", "october.md", "--draft", "--lang", "zh"]) == 1
    assert "october.md，第 14 行第 1 列：要求绑定的数字" in capsys.readouterr().err
    assert not (region / "tieline-site").exists()


def test_what_is_touched_is_named_and_the_exit_code_is_1(region, site, capsys):
    (site / "more.txt").write_text("x")
    (site / "search.js").unlink()
    (site / "index.html").write_text("x")
    capsys.readouterr()
    assert run(["verify-publication", "site"]) == 1
    assert capsys.readouterr().out.splitlines()[:3] == [
        "added: more.txt", "changed: index.html", "removed: search.js"]
    assert run(["verify-publication", "site", "--lang", "zh"]) == 1
    assert "增加：more.txt" in capsys.readouterr().out
    assert run(["verify-publication", "site", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["changed"] == ["index.html"]


def test_a_figure_that_was_corrected_is_said_and_the_exit_code_is_1(region, site, capsys):
    assert run(["ledger", "set", "r", "bridge", "investment=1.6亿元", "--from", "2019-10-31",
                "--why", "wrong"]) == 0
    capsys.readouterr()
    assert run(["verify-publication", "site", "--against", "r"]) == 1
    assert "was CNY 150 million, is CNY 160 million (value changed)" in capsys.readouterr().out
    assert run(["verify-publication", "site", "--against", "r", "--json"]) == 1
    (figure,) = json.loads(capsys.readouterr().out)["figures"]["october"]
    assert figure["verdict"] == "corrected"


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["publish", "r", "october.md"], 1, "expected a key, found none"),
    (["publish", "r", "nowhere.md", "--draft"], 1, "nowhere.md"),
    (["publish", "nowhere", "october.md", "--draft"], 1, "nowhere"),
    (["publish", "r", "october.md", "--approve", "--by", "editor"], 2, "--approve needs"),
    (["publish", "r", "october.md", "--approve", "--draft"], 2, "not both"),
    (["publish", "r", "october.md", "--format", "doc"], 2, "doc"),
    (["verify-publication", "nowhere"], 1, "no manifest"),
    (["verify-publication", "r", "--key", "october.md"], 1, "public key in PEM"),
])
def test_a_mistake_is_a_message_not_a_traceback(region, capsys, arguments, code, said):
    assert run(arguments) == code
    shown = capsys.readouterr()
    assert said in shown.out + shown.err
    assert "Traceback" not in shown.err


def test_a_bulletin_that_is_not_approved_is_not_published(region, capsys):
    assert run(["publication-key", "key.pem"]) == 0
    assert run(["publish", "r", "october.md", "--lang", "zh"]) == 1
    assert "未经批准" in capsys.readouterr().err


def test_a_language_the_bulletin_does_not_speak_is_refused(region, capsys):
    text = TEXT.replace('id = "october"', 'id = "october"\nlanguages = ["zh"]')
    text = text[: text.index(":::en")]
    (region / "october.md").write_text(text, encoding="utf-8")
    assert run(["publish", "r", "october.md", "--draft", "--lang", "en"]) == 2
    assert "the bulletin speaks zh" in capsys.readouterr().err


def test_the_fingerprint_is_told_where_the_key_is_made_and_where_it_is_verified(site, capsys):
    assert run(["publication-key", "other.pem", "--lang", "zh"]) == 0
    assert "指纹：" in capsys.readouterr().out
    assert run(["verify-publication", "site", "--key", "other.pem.pub"]) == 1
    assert "another key" in capsys.readouterr().out
    assert run(["publication-key", "other.pem"]) == 1
