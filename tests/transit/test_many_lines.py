"""More lines than an exact split takes: shares estimated with their intervals."""

import pytest
from lines import feed, two_towns

import tieline

NIGHT = 12


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The line across, one more beside it, and twelve that run when nobody is counted."""
    stops = {"n0": (121.0, 31.0, "west"), "n1": (121.07, 31.0, "east")}
    names = [f"N{k}" for k in range(NIGHT)]
    trips = [(f"t{k}", n, [("n0", 7200, 7200), ("n1", 8400, 8400)]) for k, n in enumerate(names)]
    trips += [(f"b{t}", "B", [("n0", t, t), ("n1", t + 700, t + 700)])
              for t in range(6 * 3600, 20 * 3600, 1800)]
    folder = two_towns(tmp_path_factory.mktemp("many") / "r",
                       more_feeds=[feed(stops, [*names, "B"], trips)])
    (folder / "projects.csv").write_text(
        "id,name,opened\nfast,Fast line,\nacross,Line X,2019-01-01\nbeside,Line B,2019-01-01\n"
        + "".join(f"{n},{n},2019-01-01\n" for n in names))
    with (folder / "transit" / "assets.csv").open("a") as f:
        f.write("B,beside,\n" + "".join(f"{n},{n},\n" for n in names))
    return tieline.appraise(folder, budget=150, detail=False, solutions=("shapley",))


def test_shares_beyond_twelve_lines_are_estimated_around_the_true_ones(report):
    """Two of fourteen matter: their exact split is that of a game of two."""
    frame = report.frames()["solutions"]
    mine = frame[(frame["players"] == "projects") & (frame["rule"] == "shapley")
                 & (frame["measure"] == "reach_60")].set_index("player")
    assert set(mine["status"]) == {"estimated"}
    assert len(mine) == NIGHT + 2
    worth = report.frames()["projects"]
    worth = worth[(worth["measure"] == "reach_60") & (worth["jurisdiction"] == "")]
    worth = worth.set_index("project")
    assert worth.loc["across", "of_all"] > 0.0
    for line in ("across", "beside"):
        exact = (worth.loc[line, "pint"] + worth.loc[line, "toot"]) / 2.0
        assert mine.loc[line, "lo"] - 1e-6 <= exact <= mine.loc[line, "hi"] + 1e-6
    assert mine["share"].sum() == pytest.approx(worth.loc["across", "of_all"])
    idle = mine.drop(index=["across", "beside"])
    assert ((idle["lo"] <= 1e-6) & (idle["hi"] >= -1e-6)).all()
