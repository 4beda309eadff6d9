"""How far one comes, what towns gain: tables behind the pictures, sections of the report."""

import re

import numpy as np
import pytest
from lines import two_towns

import tieline
from tieline.transit.place import great_circle_m
from tieline.transit.reached import FAST


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tieline.read_region(two_towns(tmp_path_factory.mktemp("pages") / "r"))


@pytest.fixture(scope="module")
def report(data):
    return tieline.appraise(data)


def reached(data, origin="A"):
    engine, network = data.engines["transit"], data.networks["transit"]
    cases = {s: data.case(s) for s in ("apart", "together")}
    return {s: {k: t.to_frame() for k, t in tables.items()}
            for s, tables in engine.reached(network, cases, origin).items()}


def test_stops_and_places_within_an_hour_agree(data):
    """From a stop one walks on: a place is there when the best stop's walk is over, or sooner."""
    network = data.networks["transit"]
    speed = network.settings.pace.speed_m_s * 60.0 / network.settings.detour
    for tables in reached(data).values():
        stops = tables["reached"][tables["reached"]["metres_per_min"] < FAST]
        for k, minutes in enumerate(tables["places"]["minutes"]):
            metres = great_circle_m(
                stops["lon"].to_numpy(), stops["lat"].to_numpy(), network.points.lon[k],
                network.points.lat[k])
            walked = np.where(metres <= stops["most_m"], stops["minutes"] + metres / speed, np.inf)
            # a stop's percentile and that of a place may come from different minutes
            assert minutes == pytest.approx(walked.min(), abs=1.01) or (
                minutes == np.inf and walked.min() > 60.0)


def test_together_nothing_is_farther_than_apart(data):
    found = reached(data)
    for name in ("A", "B", "C", "D"):
        found = reached(data, name)
        assert (found["together"]["places"]["minutes"]
                <= found["apart"]["places"]["minutes"]).all()
    assert len(found["together"]["reached"]) > len(found["apart"]["reached"])


def test_an_origin_is_where_one_is_at_once(data):
    first = reached(data)["apart"]["reached"].iloc[0]
    assert (first["origin"], first["minutes"], first["lon"]) == ("A", 0.0, 121.001)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_shows_what_towns_gain_and_how_far_one_comes(report, lang):
    page = report.report(lang)
    for said in {"zh": ("各镇得益", "一小时能到多远", "从A出发，携手"),
                 "en": ("What each town gains", "How far one comes", "From A, together")}[lang]:
        assert said in page
    section = page[page.index('id="transit-isochrones"'):]
    maps = re.findall(r"<svg[^>]*class=\"map\".*?</svg>", section, re.DOTALL)
    apart, together = (len(re.findall(r"M\d+ \d+h0", m)) for m in maps[:2])
    assert together > apart > 0


def test_the_gain_by_town_is_the_difference_of_the_means(report):
    """Towns' gains, weighted by people, sum to the gain of the measure."""
    found = report.networks["transit"]
    places = {s: found.detail[s]["places"].to_frame() for s in ("apart", "together")}
    gain = (places["together"]["reach_60"] - places["apart"]["reach_60"]) @ (
        places["apart"]["population"])
    total = found.total("together", "reach_60") - found.total("apart", "reach_60")
    assert gain == pytest.approx(total)
    assert total > 0.0


def test_a_town_is_the_places_that_name_it(tmp_path):
    folder = two_towns(tmp_path / "r")
    path = folder / "transit" / "point.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    town = ["town", "", "A", "", "C"]
    path.write_text("\n".join(f"{r},{t}" for r, t in zip(rows, town, strict=True)) + "\n",
                    encoding="utf-8")
    data = tieline.read_region(folder)
    engine, network = data.engines["transit"], data.networks["transit"]
    assert [p[0] for p in engine.places(network)] == ["A", "C"]
    assert network.points.towns == (0, 0, 2, 2)


def cells_of(page, caption):
    """Cells of a table of a page, row by row."""
    part = page[page.index(f">{caption}<"):]
    body = part[part.index("<tbody>"): part.index("</tbody>")]
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", r) for r in body.split("<tr")[1:]]


def test_the_report_tells_what_a_line_costs_earns_and_who_pays(report):
    rows = cells_of(report.report("en"), "What each line costs and who pays, together")
    # X costs 20,000, carries 1,000 at 5 each; west and east pay the rest in equal parts.
    # P is not built.
    assert rows == [
        ["X", "20,000", "5,000", "15,000", "7,500", "7,500"],
        ["Sum", "20,000", "5,000", "15,000", "7,500", "7,500"]]


def test_the_report_tells_who_travels_by_group_apart_and_together(report):
    rows = cells_of(report.report("zh"), "分人群的出行")
    commuter, visitor = rows
    assert commuter[:5] == ["通勤者", "250", "0", "250", "–"]
    assert commuter[6:] == ["–", "5.0"]
    # From D one comes to B on foot and by the lines of both towns, sooner by the line across.
    assert visitor[:4] == ["游客", "100", "100", "100"]
    assert float(visitor[5]) < float(visitor[4])


@pytest.fixture(scope="module")
def in_yuan(tmp_path_factory):
    """The same towns with people in thousands, money in yuan, a fare that is not known, and a
    group whose trips nobody can make."""
    folder = two_towns(tmp_path_factory.mktemp("yuan") / "r")
    text = (folder / "region.toml").read_text(encoding="utf-8")
    (folder / "region.toml").write_text('currency = "CNY"\n' + text.replace(
        "most_min = 90", "most_min = 60"), encoding="utf-8")
    line = folder / "transit" / "line.csv"
    line.write_text(line.read_text(encoding="utf-8").replace("X,5,", "X,,"), encoding="utf-8")
    with (folder / "transit" / "point.csv").open("a", encoding="utf-8") as f:
        f.write("far,121.9,31.9,east,10,0\n")
    with (folder / "transit" / "demand.csv").open("a", encoding="utf-8") as f:
        f.write("3,far,A,resident,10\n4,A,D,commuter,900000\n")
    return tieline.appraise(folder)


def test_the_levels_of_a_headline_have_the_word_of_their_scale(in_yuan):
    from tieline.publish.page import Page
    from tieline.publish.summary import headline
    from tieline.publish.words import Words

    network = in_yuan.networks["transit"]
    said = headline(Page(in_yuan, Words("en")), network)
    unit = r"[\d.,]+ (million|billion) "
    assert re.search(rf"gains {unit}.*: {unit}when each.*, {unit}when all", said), said


def test_money_of_lines_is_in_the_currency_of_the_region(in_yuan, report):
    network = in_yuan.networks["transit"]
    assert network.measure("subsidy").unit == network.worths["subsidy"].unit == "CNY/yr"
    assert report.networks["transit"].measure("subsidy").unit == "currency/yr"
    assert "local money" not in in_yuan.report("en")


def test_the_report_says_what_fares_leave_out_and_who_can_never_go(in_yuan):
    page = in_yuan.report("en")
    # Nothing is known of the fare of X: at least 0, and its fares are not counted as any.
    commuter = cells_of(page, "Trips people make by group")[0]
    assert commuter[-1] in ("≥ 0.0", "–")
    assert "fares of X unknown" in page or commuter[-1] == "–"
    assert "apart or together: residents" in page
    assert cells_of(page, "What each line costs and who pays, together")[0] == [
        "X", "20,000", "unknown", "20,000", "10,000", "10,000"]
    assert "均无法成行，各自与携手皆然：居民" in in_yuan.report("zh")


def test_every_measure_a_line_changes_is_in_the_table_of_its_worth(in_yuan):
    import io

    from rich.console import Console

    from tieline.cli.tables import show_appraisal

    out = io.StringIO()
    show_appraisal(Console(file=out, width=200), in_yuan, "en")
    text = " ".join(out.getvalue().split())
    table = text[text.index("worth of each project"):]
    below = table[table.index("No link changes, for the region"):]
    network = in_yuan.networks["transit"]
    for name, w in network.worths.items():
        sums = [x.sum(axis=-1) for x in (w.pint, w.toot, w.planned_gain, w.of_all)]
        moved = any(np.abs(s).max(initial=0.0) > 1e-6 for s in sums)
        place = table[: -len(below)] if moved else below
        assert w.measure.title("en") in place, name
    assert network.worths["reach_60"].toot.any()


def test_what_only_shifts_among_jurisdictions_moves_nothing():
    from tieline.appraisal.splits import Worth
    from tieline.transit.measures import MEASURES

    zero = np.zeros((1, 2))

    def worth(toot):
        return Worth("n", MEASURES[1], "", ("a", "b"), ("p",), zero, np.array([toot]), None,
                     np.zeros(2), (), np.zeros((0, 2)), zero, zero, np.zeros((0, 2)))

    assert not worth([0.1 + 0.2, -0.3]).moves
    assert worth([0.3, -0.2]).moves
    assert worth([1e-12, 0.0]).moves


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_has_each_link_in_every_measure(in_yuan, lang):
    said = {"en": "in every measure", "zh": "对各指标的影响"}[lang]
    page = in_yuan.report(lang)
    part = page[page.index(said):]
    part = part[: part.index("</table>")]
    network = in_yuan.networks["transit"]
    for w in network.worths.values():
        assert (w.measure.title(lang) in part) == w.moves, w.measure.name
