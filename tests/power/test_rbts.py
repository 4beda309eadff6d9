"""RBTS bus 2: cases A and E as published, A to F as an independent program has them."""

import csv
from pathlib import Path

import pytest
import rbts
import twin
from twin_folder import Folder

SHARED = Path(__file__).parents[3] / "shared" / "oracles" / "power" / "rbts_bus2"
PUBLISHED = [
    ("A", "SAIFI", "0.248"), ("A", "SAIDI", "3.61"), ("A", "CAIDI", "14.55"),
    ("A", "ASAI", "0.999588"), ("A", "ENS", "37.746"), ("A", "AENS", "19.78"),
    ("E", "SAIFI", "0.248"), ("E", "SAIDI", "0.77"), ("E", "CAIDI", "3.08"), ("E", "ENS", "8.84"),
]
FIGURES = [(c, f) for c in rbts.CASES for f in ("SAIFI", "SAIDI", "CAIDI", "ASAI", "ENS", "AENS")]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("rbts")
    return {c: rbts.write_rbts(home / c, c) for c in rbts.CASES}


@pytest.fixture(scope="module")
def by_twin(folders: dict[str, Path]) -> dict[str, dict[str, float]]:
    return {
        c: rbts.indices(twin.evaluate(Folder.read(f))["town"]) for c, f in folders.items()
    }


@pytest.fixture(scope="module")
def by_engine(folders: dict[str, Path]) -> dict[str, dict[str, float]]:
    from engine_runs import outcome_of

    return {c: rbts.indices(outcome_of(f)["town"]) for c, f in folders.items()}


@pytest.mark.parametrize(("letter", "figure", "text"), PUBLISHED)
def test_twin_and_engine_reach_the_published_figure(
    by_twin: dict[str, dict[str, float]], by_engine: dict[str, dict[str, float]],
    letter: str, figure: str, text: str,
) -> None:
    assert rbts.as_given(by_twin[letter][figure], text) == text
    assert rbts.as_given(by_engine[letter][figure], text) == text


@pytest.mark.parametrize(("letter", "figure"), FIGURES)
def test_the_twin_reaches_the_figure_of_the_independent_program(
    by_twin: dict[str, dict[str, float]], letter: str, figure: str
) -> None:
    text = rbts.expected(letter)[figure]
    assert rbts.as_given(by_twin[letter][figure], text) == text


@pytest.mark.parametrize(("letter", "figure"), FIGURES)
def test_the_engine_reaches_the_figure_of_the_independent_program(
    by_engine: dict[str, dict[str, float]], letter: str, figure: str
) -> None:
    text = rbts.expected(letter)[figure]
    assert rbts.as_given(by_engine[letter][figure], text) == text


@pytest.mark.parametrize("letter", ["A", "D", "E"])
def test_a_neighbouring_feeder_as_alternative_supply_only_loses_the_fault_of_the_supply(
    tmp_path: Path, by_twin: dict[str, dict[str, float]], letter: str
) -> None:
    folder = rbts.write_rbts(tmp_path / letter, letter, neighbours=True)
    ens = rbts.indices(twin.evaluate(Folder.read(folder))["town"])["ENS"]
    supply_fault = 0.065 * 1e-5 * 12.291 * (5.0 - 1.0)
    assert ens - by_twin[letter]["ENS"] == pytest.approx(supply_fault, rel=1e-6)


def test_the_tables_agree_with_the_shared_oracle() -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared oracle folder is not beside this repository")
    with (SHARED / "rbts_bus2_sections.csv").open(encoding="utf-8", newline="") as file:
        theirs = {r["section"]: r for r in csv.DictReader(file)}
    for mine in rbts.rows_of("sections"):
        other = theirs.pop(mine["section"])
        for name, column in (
            ("length_km", "length_km"), ("failure_per_km_yr", "line_fail_per_km_yr"),
            ("repair_h", "line_repair_h"), ("transformer_failure_per_yr", "trafo_fail_per_yr"),
        ):
            assert float(mine[name]) == float(other[column])
        assert (mine["from_bus"], mine["to_bus"]) == (other["from_bus"], other["to_bus"])
        at_upper_end = {"head": "U", "lateral": "U", "main": "N", "supply": "D"}[mine["role"]]
        assert other["breaker_or_fuse_end_caseA"] == at_upper_end
        assert (other["disconnector_end_caseA"] == "U") == (mine["role"] == "main")
    assert not theirs
    with (SHARED / "rbts_bus2_loadpoints.csv").open(encoding="utf-8", newline="") as file:
        points = {r["bus"]: r for r in csv.DictReader(file) if r["is_load_point"] == "1"}
    for mine in rbts.rows_of("load_points"):
        other = points.pop(mine["bus"])
        assert float(mine["average_load_mw"]) == float(other["avg_load_MW"])
        assert float(mine["customers"]) == float(other["customers"])
    assert not points
