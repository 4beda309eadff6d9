"""`tieline respond` on the two towns: words on the screen, files, mistakes of the user."""

import json

import pytest

import tieline
from tieline.cli.run import run


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("towns") / "towns"
    tieline.new_region(folder)
    return folder


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_the_screen_tells_who_does_what_when(towns, capsys):
    assert run(["respond", str(towns), "--incident", "storm-1"]) == 0
    shown = capsys.readouterr().out
    for said in ("customers are back within", "waiting", "apart", "together", "EA-1-S trips",
                 "a crew of East Town", "on site", "repair EA-1", "14:", "x trips", "Draft"):
        assert said in shown
    assert "\x1b[" not in shown
    assert "…" not in shown


def test_the_screen_speaks_chinese(towns, capsys):
    assert run(["respond", str(towns), "--fault", "WA-1", "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    for said in ("西镇", "跳闸", "等待抢修", "草案，待批准"):
        assert said in shown


def test_everything_is_written_and_json_is_json(towns, tmp_path, capsys):
    out = tmp_path / "out"
    asked = ["respond", str(towns), "--incident", "storm-1", "--json", "--out", str(out)]
    assert run(asked) == 0
    record = json.loads(capsys.readouterr().out)
    assert record == json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert list(record["states"]) == ["waiting", "apart", "together"]
    names = {p.name for p in out.iterdir()}
    assert names >= {"plan.html", "orders.html", "orders-easttown.html", "orders-westtown.html",
                     "steps.csv", "steps.parquet", "outcomes.json", "loads.csv"}
    assert "West Town" in (out / "plan.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("options", "states"), [
    (["--apart"], ["waiting", "apart"]), (["--together"], ["waiting", "together"]),
    (["--open", "westtown,easttown"], ["waiting", "easttown+westtown"]),
])
def test_what_is_asked_for_is_planned(options, states, towns, capsys):
    assert run(["respond", str(towns), "--fault", "WA-1", "--json", *options]) == 0
    assert list(json.loads(capsys.readouterr().out)["states"]) == states


@pytest.mark.parametrize(("options", "said"), [
    (["--incident", "strom-1"], "storm-1"), (["--fault", "WA1-1"], "nearest"), ([], "storm-1"),
    (["--fault", "WA-1", "--open", "westtown"], "two or more"),
    (["--fault", "WA-1", "--open", "westtown,eastown"], "easttown"),
    (["--fault", "WA-1", "--network", "water"], "power"),
    (["--fault", "WA-1", "--incident", "storm-1"], "not both"),
    (["--fault", "WA-1:repair_h=soon"], "soon"),
])
def test_a_mistake_is_a_message_that_helps(options, said, towns, capsys):
    assert run(["respond", str(towns), *options]) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_a_state_is_read_and_what_is_wrong_in_it_is_named(towns, tmp_path, capsys):
    now = tmp_path / "now.csv"
    now.write_text("asset,condition\ntie-west-S,out_of_service\n", encoding="utf-8")
    assert run(["respond", str(towns), "--fault", "WA-1", "--state", str(now), "--json"]) == 0
    steps = json.loads(capsys.readouterr().out)["states"]["apart"]["steps"]
    assert "tie-west-S" not in {s["asset"] for s in steps}
    now.write_text("asset,condition\ntie-wset-S,ajar\n", encoding="utf-8")
    assert run(["respond", str(towns), "--fault", "WA-1", "--state", str(now)]) == 1
    assert "now.csv" in capsys.readouterr().err


def test_the_record_of_python_is_that_of_the_command(towns):
    response = tieline.respond(towns, "storm-1")
    assert isinstance(response, tieline.Response)
    frame = response.to_frame()
    assert set(frame["state"]) == {"waiting", "apart", "together"}
    assert response.incident.events[0].asset == "EA-1"
    assert response.total("together") < response.total("apart")


def test_ctrl_c_leaves_nothing(towns, tmp_path, capsys, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("tieline.study.response.Response.orders", stop)
    before = sorted(tmp_path.iterdir())
    out = tmp_path / "out"
    assert run(["respond", str(towns), "--fault", "WA-1", "--out", str(out)]) == 130
    assert sorted(tmp_path.iterdir()) == before
    capsys.readouterr()
