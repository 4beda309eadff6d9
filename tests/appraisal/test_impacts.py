"""What counts in money, in figures and in words, side by side: nothing left out, nothing added."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import tieline
from tieline.appraisal.impacts import Listed, impacts_frame, impacts_of
from tieline.appraisal.pricing import money_of
from tieline.cli.run import run
from tieline.region.protocol import additive

ROWS = (
    "name,name_zh,project,jurisdiction,direction,amount,unit,words,words_zh,status,source\n"
    "Trust,互信,,,better,,,crews know each other,抢修队相互熟悉,synthetic,made up\n"
    "Noise,噪声,tie,easttown,worse,3,dwellings,,,synthetic,made up\n"
)


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("impacts") / "towns"
    assert run(["new", str(folder)]) == 0
    tie = tieline.read_region(folder).region.projects[0].id
    (folder / "impacts.csv").write_text(ROWS.replace("tie,", f"{tie},"), encoding="utf-8")
    return folder


def test_every_measure_and_every_row_stands_in_exactly_one_rank(towns):
    result = tieline.appraise(towns)
    listed = impacts_of(result)
    network = result.networks["power"]
    measures = {m.name for m in additive(network.measures) if m.sign}
    priced = {m for money in result.money.values() for _, m in money.by_measure}
    assert {x.measure for x in listed if x.rank == "monetised"} == priced & measures
    assert {x.measure for x in listed if x.rank == "quantified" and x.measure} == measures - priced
    assert [x.name for x in listed if x.given] == ["Noise", "Trust"]
    assert [x.rank for x in listed] == sorted(
        (x.rank for x in listed), key=["monetised", "quantified", "qualitative"].index)


def test_money_and_figures_are_those_of_the_appraisal(towns):
    result = tieline.appraise(towns)
    frame = impacts_frame(result)
    whole = frame[(frame["rank"] == "monetised") & (frame.jurisdiction == "")]
    (money,) = result.money.values()
    assert whole.money.sum() == pytest.approx(money.splits["jurisdictions"].dividend.typical)
    parts = frame[(frame["rank"] == "monetised") & (frame.jurisdiction != "")]
    assert parts.groupby("measure").gain.sum().to_dict() == pytest.approx(
        whole.set_index("measure").gain.to_dict())


@pytest.mark.parametrize(("lang", "told"), [
    ("en", ("in words", "crews know each other", "3 dwellings", "synthetic")),
    ("zh", ("定性", "抢修队相互熟悉", "合成")),
])
def test_impacts_are_shown_by_command_and_in_the_report(towns, tmp_path, capsys, lang, told):
    out = tmp_path / "out"
    words = ["appraise", str(towns), "--players", "jurisdictions", "--lang", lang]
    assert run([*words, "--out", str(out)]) == 0
    shown = capsys.readouterr().out.replace("\n", " ")
    page = (out / "report.html").read_text(encoding="utf-8")
    for text in told:
        assert text.split()[0] in shown
        assert text in page
    assert (out / "impacts.csv").is_file()


@pytest.mark.parametrize(("row", "expected"), [
    ("A,,,,better,3,,,,synthetic,x", "expected the unit of the amount, found nothing"),
    ("A,,,,better,,,,,synthetic,x", "expected an amount with its unit, or words, found neither"),
    ("A,,nowhere,,better,3,t,,,synthetic,x", "'nowhere'"),
    ("A,,,nowhere,good,3,t,,,synthetic,x", "'good'"),
])
def test_a_row_that_says_nothing_is_refused(towns, tmp_path, row, expected):
    import shutil

    folder = tmp_path / "towns"
    shutil.copytree(towns, folder)
    (folder / "impacts.csv").write_text(
        ROWS.partition("\n")[0] + "\n" + row + "\n", encoding="utf-8")
    assert any(expected in e.message() for e in tieline.check(folder).errors)
    assert not any(e.message("zh").isascii() for e in tieline.check(folder).errors)


def test_what_one_gives_another_is_no_gain_of_all_by_rounding():
    moved = Listed("quantified", "m", "m", "persons", by=np.array([0.1, 0.2, -0.3]))
    assert moved.by.sum() != 0.0
    assert moved.total == 0.0
    assert moved.moves
    assert Listed("quantified", "m", "m", "persons", by=np.array([0.1, 0.0])).total == 0.1


def test_one_price_is_at_one_end_for_winners_and_losers_alike(towns):
    """West gains 100 kWh, East loses 90: at 8 to 15 a kWh all gain 80 to 150, not -550 to 780."""
    result = tieline.appraise(towns, detail=False)
    (money,) = result.money.values()
    network = result.networks["power"]
    apart, together = network.outcomes["apart"], network.outcomes["together"]
    k = [m.name for m in additive(network.measures)].index("energy_not_supplied")
    values = apart.values.copy()
    values[:, k] -= np.array([100.0, -90.0])
    moved = replace(network, outcomes={**network.outcomes,
                                       "together": replace(together, values=values)})
    made = money_of("CNY", money.prices, {"power": moved}).of_measure["power",
                                                                      "energy_not_supplied"]
    np.testing.assert_allclose([made.low, made.typical, made.high], [80.0, 120.0, 150.0])
    listed = Listed("quantified", "x", "x", "h", by=np.array([0.1 + 0.2, -0.3]))
    assert listed.total == 0.0
    assert listed.moves
