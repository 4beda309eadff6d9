"""The tables on a terminal: units, gaps, warnings and tags, none of it cut at 80 columns."""

from __future__ import annotations

import io
from dataclasses import replace

import click
import numpy as np
import pytest
from rich.console import Console

from tieline.appraisal.show import width
from tieline.cli.answers import show_answers
from tieline.cli.run import run
from tieline.cli.tables import show_appraisal
from tieline.region.tables import Table
from tieline.study import appraise


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("region") / "towns"
    assert run(["new", str(folder)]) == 0
    return appraise(folder)


def shown(result, lang, columns=80, show=show_appraisal):
    stream = io.StringIO()
    with click.Context(click.Command("show")) as context:
        context.meta["lang"] = lang
        show(Console(file=stream, width=columns), result, lang)
    return stream.getvalue()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_is_cut_and_nothing_wider_than_80_columns(towns, lang):
    programme = shown(replace(towns, answers=()), lang, show=show_answers)
    assert "0%" in programme[programme.index("china-water"):]
    for text in (shown(towns, lang), programme):
        assert "…" not in text
        assert max(map(width, text.splitlines())) <= 80


def test_chinese_tables_have_chinese_units_networks_and_tags(towns):
    text = shown(towns, "zh")
    for word in ("时户/年", "元/年", "电力", "合", "单独加入 PINT"):
        assert word in text
    for word in ("customer-h", "CNY", "power"):
        assert word not in text


def test_every_figure_has_a_tag_and_each_table_says_what_it_rests_on(towns):
    text = shown(towns, "en")
    rows = [x for x in text.splitlines() if x.strip().startswith(("apart ", "together ", "gain "))]
    assert rows
    assert all("S" in row.split()[-1] for row in rows)
    assert text.count("Rests on: computed from synthetic (S)") == 4


def test_a_planned_tie_is_priced_and_said_to_be_added_to_todays(towns):
    text = shown(towns, "en", 200)
    assert text.count("South tie (planned)") == 2
    assert text.count("added to today's") == 2
    added = towns.money["CNY"].worth.to_frame().set_index("project")["added"]
    assert added.notna().sum() == 1


def test_reliability_shows_what_is_missing_from_one(towns):
    text = shown(towns, "en", 200)
    value = towns.networks["power"].total("apart", "ASAI")
    assert "ASAI [%]" in text
    row = text[text.index("ASAI [%]"):].splitlines()[1]
    assert float(row.split()[-2]) == pytest.approx(100 * value, abs=0.02 * 100 * (1 - value))


def test_gaps_and_doubt_are_said(towns):
    power = towns.networks["power"]
    key = ("jurisdictions", "customer_hours")
    split = power.splits[key]
    gap = np.where(np.arange(len(split.gap)) == 3, 2 * split.dividend, 0.0)
    loose = replace(split, gap=gap, shapley_gap=np.full(2, split.dividend))
    changed = replace(towns, networks={"power": replace(power, splits={key: loose})})
    text = shown(changed, "en", 200)
    assert "gap, at most" in text
    assert "Customer-hours lost (not certain within the gap)" in text
    assert "The gain is not larger than its gap" in text
    assert "Customer-hours lost (not certain" not in shown(towns, "en", 200)


@pytest.mark.parametrize(("lang", "said"), [
    ("en", "exceeded before anything fails: 3"), ("zh", "3 处越限"),
])
def test_limits_exceeded_before_any_fault_are_one_line_at_the_top(towns, lang, said):
    power = towns.networks["power"]
    base = Table("base", {"violations": np.array([3.0, 0.0])})
    bad = replace(power, detail={"apart": {"base": base}, "together": {"base": base}})
    text = shown(replace(towns, networks={"power": bad}), lang, 200)
    assert said in text.splitlines()[1]
    assert said not in shown(towns, lang, 200)


def test_one_note_is_one_note(tmp_path, capsys):
    assert run(["new", str(tmp_path / "towns")]) == 0
    assert run(["check", str(tmp_path / "towns"), "--lang", "en"]) == 0
    out = capsys.readouterr().out
    assert "(s)" not in out


def test_details_stand_in_a_folder_by_network_and_the_report_is_named(tmp_path, capsys):
    assert run(["new", str(tmp_path / "towns")]) == 0
    out = tmp_path / "out"
    assert run(["appraise", str(tmp_path / "towns"), "--out", str(out), "--lang", "en"]) == 0
    assert f"Start here: {out / 'report.html'}" in capsys.readouterr().out
    assert {p.suffix for p in (out / "power").iterdir()} == {".csv", ".parquet"}
    assert (out / "power" / "loads_apart.csv").is_file()
    assert not any(p.name.startswith("power_") for p in out.iterdir())
    assert (out / "outcomes.json").is_file()


@pytest.mark.parametrize(("lang", "said"), [("en", "one fifth of it"), ("zh", "五分之一")])
def test_the_scale_of_an_example_is_said_below_the_tables(towns, lang, said):
    assert said not in shown(towns, lang)
    region = replace(towns.region, provenance={"scale": "五分之一 / one fifth of it"})
    text = shown(replace(towns, region=region), lang)
    assert said in text
    assert {"en": "五分之一", "zh": "one fifth"}[lang] not in text
