"""What `import_pandapower` refuses, what it says then, and what it leaves untouched."""

import pytest
from pandapower_towns import problems, run, two_towns

import tieline
from tieline.errors import InputError
from tieline.power.importers import folder as folder_module
from tieline.power.importers import import_pandapower
from tieline.power.importers import pandapower as importer


@pytest.fixture
def net():
    return two_towns()


def test_every_value_out_of_range_is_named_at_once(net, tmp_path):
    net.line.loc[0, "length_km"] = -2.0
    net.line.loc[1, "length_km"] = 2000.0
    net.switch["kind"] = ["", "gate", "", "", ""]
    net.load["customers"] = ["1", "many", "1", "1"]
    text = problems(net, tmp_path)
    assert "4 problems" in text
    assert "line 0, field 'length_km': expected a number >= 0 [km], found -2.0" in text
    assert "found 2000.0 (in metres?)" in text
    assert "switch 1, field 'kind': expected one of breaker, recloser" in text
    assert "load 1, field 'customers': expected a number [customers], found 'many'" in text


def test_a_bus_or_line_that_is_not_there_is_named(net, tmp_path):
    net.load.loc[2, "bus"] = 77
    net.switch.loc[1, "element"] = 55
    text = problems(net, tmp_path)
    assert "load 2, field 'bus': expected a bus of the table bus, found 'bus77'" in text
    assert "switch 1, field 'element': expected a row of the table line, found '55'" in text


def test_a_net_without_a_source_is_refused(net, tmp_path):
    net.ext_grid["in_service"] = False
    assert "expected at least one source in service" in problems(net, tmp_path)


@pytest.mark.parametrize(("content", "message"), [
    (None, "No such file"), ("", "no JSON"), ("{", "no JSON"), ("[1]", "JSON of another kind"),
])
def test_a_file_that_is_no_net_is_refused(tmp_path, content, message):
    file = tmp_path / "grid.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        import_pandapower(file, tmp_path / "region")
    assert not (tmp_path / "region").exists()


def test_a_folder_in_use_is_never_touched(net, tmp_path):
    (tmp_path / "region").mkdir()
    (tmp_path / "region" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="a new or empty folder"):
        run(net, tmp_path)
    assert [p.name for p in (tmp_path / "region").iterdir()] == ["mine.txt"]


def test_an_imported_region_is_the_users_and_not_replaced(net, tmp_path):
    run(net, tmp_path)
    with pytest.raises(InputError, match="a new or empty folder"):
        run(net, tmp_path)


def test_what_is_written_reads_back_without_a_problem(net, tmp_path):
    net.line["failure_per_km_yr"] = 0.1
    net.switch["project"] = ["", "", "", "", "tie"]
    run(net, tmp_path)
    data = tieline.read_region(tmp_path / "region")
    assert [j.id for j in data.region.jurisdictions] == ["east", "west"]
    assert set(data.networks) == {"power"}
    assert not data.issues.errors


def test_an_interrupted_import_leaves_nothing(net, tmp_path, monkeypatch):
    def interrupt(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(folder_module, "_region_toml", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(net, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["grid.json"]


@pytest.mark.parametrize(("how", "field", "hint"), [
    ("column", "jurisdiction", "--jurisdictions supply|zone"),
    ("zone", "zone", "--jurisdictions supply|column"),
])
def test_a_net_without_any_jurisdiction_is_one_problem_with_the_way_out(
    net, tmp_path, how, field, hint
):
    net.bus[["jurisdiction", "zone"]] = None
    text = problems(net, tmp_path, jurisdictions=how)
    assert f"grid.json: bus, field '{field}': expected the jurisdiction of each bus" in text
    assert hint in text
    assert text.count("expected") == 1


def test_an_unknown_status_is_refused(net, tmp_path):
    text = problems(net, tmp_path, status="certain")
    assert "field 'status': expected one of reported, verified, approximate" in text


@pytest.mark.parametrize(("checkout", "prefix", "command"), [
    (True, ".venv", ".venv/bin/pip install -e '.[pandapower]'"),
    (True, "elsewhere", "{prefix}/bin/python -m pip install -e '.[pandapower]'"),
    (False, "else where", "'{prefix}/bin/python' -m pip install 'tieline[pandapower]'"),
])
def test_without_pandapower_the_message_says_what_to_install_where(
    net, tmp_path, monkeypatch, checkout, prefix, command
):
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    package = tmp_path / "src" / "tieline" / "power" / "importers"
    if checkout:
        package.mkdir(parents=True)
        (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    monkeypatch.setattr(importer.sys, "prefix", str(tmp_path / prefix))
    monkeypatch.setattr(importer.sys, "executable", str(tmp_path / prefix / "bin" / "python"))
    monkeypatch.setattr(importer, "__file__", str(package / "pandapower.py"))
    monkeypatch.setattr(importer.importlib, "import_module", absent)
    with pytest.raises(InputError, match="pandapower is not installed") as caught:
        run(net, tmp_path)
    assert str(caught.value).endswith(": " + command.format(prefix=tmp_path / prefix))
    assert "未安装 pandapower，请运行：" in caught.value.message("zh")
