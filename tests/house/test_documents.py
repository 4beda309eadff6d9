"""The documents say what is there, all of it, in both languages."""

import importlib.util
import re
import shlex
from pathlib import Path

import click
import pytest

from tieline.cli.commands import tieline as program
from tieline.cli.run import run
from tieline.region.issues import Issue
from tieline.region.protocol import find_engines

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *(
    p for p in DOCS.rglob("*.md") if not {"_build", "generated"} & set(p.relative_to(DOCS).parts)
)])
IDS = [str(p.relative_to(ROOT)) for p in PAGES]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def load_generator():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = load_generator()
COMMANDS = dict(generate.walk())


def blocks(path, language):
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def command_lines(path):
    for block in blocks(path, "shell"):
        for line in block.splitlines():
            if line.startswith("tieline "):
                yield line
    yield from re.findall(r"`(tieline [^`]+)`", path.read_text(encoding="utf-8"))


def check_command_line(line):
    """Follow the words to a command; every option named is one of its own."""
    words = shlex.split(line.split("#")[0])[1:]
    command = program
    while words and isinstance(command, click.Group) and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    known = {o for p in command.params for o in p.opts} | {"--help"}
    assert isinstance(command, click.Command)
    if isinstance(command, click.Group):
        assert all(w.startswith("-") for w in words), line
    assert {w for w in words if w.startswith("--")} <= known, line


def test_the_readme_opens_with_the_two_commands():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:3]
    assert lines[1].startswith("make demo")
    assert lines[2].startswith("make test")


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_commands_in_the_documents_exist(path):
    for line in command_lines(path):
        check_command_line(line)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = "\n".join(blocks(path, "shell")) + "\n".join(
        re.findall(r"`(make [a-z]+)", path.read_text(encoding="utf-8"))
    )
    assert set(re.findall(r"^make ([a-z]+)", shown, re.MULTILINE)) <= targets


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_links_in_the_documents_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if not target.startswith(("http:", "https:")):
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_explained_in_both_languages(name):
    command = COMMANDS[name]
    assert command.help
    assert CHINESE.search(command.zh)
    assert command.examples
    for example in command.examples:
        check_command_line(example)
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "version":
            assert parameter.help, parameter.name
            assert CHINESE.search(parameter.zh), parameter.name
    assert f"`{name}`" in generate.commands_page()


def test_the_readme_lists_every_command():
    for page in ("README.md", "README.zh.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for name, command in COMMANDS.items():
            if not isinstance(command, click.Group):
                assert f"`{name}" in text, f"{page}: {name}"


@pytest.mark.parametrize("name", generate.schemas())
def test_every_column_is_explained_in_both_languages(name):
    schema = generate.schemas()[name]
    page = generate.tables_page().split(f"## `{name}` -", 1)[1].split("\n## ", 1)[0]
    assert schema.title
    assert schema.meaning
    assert CHINESE.search(schema.title_zh)
    assert CHINESE.search(schema.meaning_zh)
    for column in schema.columns:
        assert column.meaning, column.name
        assert CHINESE.search(column.meaning_zh), column.name
        assert f"| `{column.name}` |" in page


def test_every_engine_and_measure_is_explained_in_both_languages():
    measures, engines = generate.measures_page(), generate.engines_page()
    assert find_engines()
    for name, engine in find_engines().items():
        assert f"## {name}\n" in engines
        assert (type(engine).__doc__ or "").strip()
        for m in engine.measures:
            assert f"| `{m.name}` {m.label} {m.label_zh} |" in measures
            assert m.label
            assert m.meaning
            assert m.unit
            assert CHINESE.search(m.label_zh)
            assert CHINESE.search(m.meaning_zh)


def glossary():
    lines = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines()[4:]
    return [[c.strip() for c in line.strip("|").split("|")] for line in lines]


def test_every_term_is_translated_and_explained():
    terms = [r[0] for r in glossary()]
    assert len(terms) == len(set(terms))
    for row in glossary():
        assert len(row) == 4
        assert all(row), row


def test_every_term_is_used():
    parts = [p.read_text(encoding="utf-8") for p in PAGES if p.name != "GLOSSARY.md"]
    parts += [p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.toml")]
    parts += [p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.py")]
    used = re.sub(r"[\s-]+", " ", "\n".join(parts)).lower()
    for row in glossary():
        words = [w.strip().lower().replace("-", " ") for w in row[0].split(",")]
        chinese = re.split("[、()()]", row[1])
        assert any(w in used for w in [*words, *filter(None, chinese)]), row[0]


def test_the_measures_of_power_are_in_the_glossary():
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    for name in ("SAIFI", "SAIDI", "CAIDI", "ASAI", "AENS", "customer-hours", "时户数"):
        assert name in text


@pytest.fixture(scope="module")
def my_region(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    assert run(["new", str(folder / "my-region")]) == 0
    return folder


# The examples on importing need a file of another program; they run in the importer's own tests.
RUNNABLE = [p for p in PAGES if blocks(p, "python") and p.name != "pandapower.md"]


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda p: str(p.relative_to(ROOT)))
def test_examples_in_python_run(path, my_region, monkeypatch):
    monkeypatch.chdir(my_region)
    names = {}
    for block in blocks(path, "python"):
        exec(compile(block, str(path), "exec"), names)  # noqa: S102 - our own documents


@pytest.mark.parametrize("page", ["tutorial.md", "tutorial-zh.md"])
def test_the_tutorial_runs(tmp_path, monkeypatch, capsys, page):
    monkeypatch.chdir(tmp_path)
    for line in command_lines(DOCS / page):
        assert run(shlex.split(line)[1:]) == 0, line
    capsys.readouterr()
    assert (tmp_path / "result" / "report.html").is_file()
    described = (DOCS / "reference" / "results.md").read_text(encoding="utf-8")
    for written in (tmp_path / "result").rglob("[!.]*"):
        where = written.relative_to(tmp_path / "result").with_suffix("").as_posix()
        name = re.sub(r"_(apart|together)$", "", where)
        assert written.is_dir() or f"`{name}`" in described, name


def test_the_tutorials_show_the_same_in_both_languages():
    english, chinese = (
        [line.replace(" --lang zh", "") for line in command_lines(DOCS / page)]
        for page in ("tutorial.md", "tutorial-zh.md")
    )
    assert english == chinese
    text = (DOCS / "tutorial-zh.md").read_text(encoding="utf-8")
    issue = Issue("power/branch.csv", 2, "length_km", "a number 0..200 [km]", "2500 (in metres?)")
    assert issue.message("zh") in text
