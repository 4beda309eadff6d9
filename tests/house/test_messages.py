"""Every message stands in a catalogue, in both languages, whether or not a test provokes it."""

import ast
import re
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tieline import messages
from tieline.errors import CaseError, InputError
from tieline.messages import FIELD, catalogues, counted, message, translate
from tieline.power.check import _beyond
from tieline.region.expect import expected
from tieline.region.issues import Issue, Issues
from tieline.region.schemas import engine_schemas, region_schemas

SOURCE = Path(__file__).parents[2] / "src" / "tieline"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WHAT_IS_SAID = {"error": (1, 2), "note": (1,), "refuse": (1, 2), "_refuse": (1, 2)}
"""Where calls of these names hold texts; of errors and warnings it is the first argument."""
NUMBERS = r"len\(|n\b|n_|first\[|i \+|plain\(|MAX_|1 <<|done\b|columns\b"
"""How expressions begin that are filled in as numbers."""
RAISED = {"CaseError", "InputError", "NotARegionError", "RefusedError"}
SCHEMAS = region_schemas() | engine_schemas()


def sample(node):
    """A text as the code would make it, quoted words for what is filled in; None if it is not one.

    A hint that may be empty is left out.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [sample(v) if isinstance(v, ast.Constant) else filled(v) for v in node.values]
        return "".join(parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = sample(node.left), sample(node.right)
        return None if left is None or right is None else left + right
    return None


def filled(node):
    value = node.value
    name = getattr(getattr(value, "func", None), "id", "")
    if name == "nearest" or (isinstance(value, ast.Subscript) and "hint" in ast.unparse(value)):
        return ""
    if name in ("offer", "_comma_hint", "_could_open"):
        return ""
    if name == "counted":
        return "7 " + value.args[1].value
    if node.format_spec is not None or re.match(NUMBERS, ast.unparse(value)):
        return "7"
    return ">=" if name_of(value) == "sign" else "'x'"


def name_of(value):
    return getattr(value, "id", "")


def texts_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name == "refuse" and isinstance(node.func, ast.Name):
            continue  # fills in its text itself: the tests of bad input provoke each
        if name in RAISED:
            places = (0,)
        elif name in WHAT_IS_SAID and not (name == "error" and len(node.args) < 3):
            places = WHAT_IS_SAID[name]
        else:
            continue
        for k in places:
            text = sample(node.args[k]) if k < len(node.args) else None
            if text and re.search("[a-z]{2}", text):
                yield text, f"{path.relative_to(SOURCE)}:{node.lineno}"


SAID = [s for path in sorted(SOURCE.rglob("*.py")) for s in texts_of(path)]


def test_the_search_for_messages_finds_them():
    assert len(SAID) > 100
    assert any(text.startswith("at least one customer") for text, _ in SAID)


@pytest.mark.parametrize(("text", "where"), SAID, ids=[where for _, where in SAID])
def test_every_message_in_the_code_has_chinese(text, where):
    assert translate(text) is not None, f"{where}: no Chinese in any messages.toml for: {text}"


HALF_WIDTH = re.compile("[\u4e00-\u9fff}][,;:(]|[,;:)][\u4e00-\u9fff]")


@pytest.mark.parametrize("path", [
    *sorted((SOURCE / "power" / "respond").glob("*.py")), *sorted(SOURCE.rglob("words.toml")),
], ids=lambda p: f"{p.parent.name}/{p.name}")
def test_chinese_reasons_and_pages_have_chinese_punctuation(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        said = [n.value for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant)]
        said = [s for s in said if isinstance(s, str) and "\n" not in s]
    else:
        said = [e["zh"] for part in tomllib.loads(text).values() for e in part.values()
                if isinstance(e, dict) and isinstance(e.get("zh"), str)]
    wrong = [s for s in said if CHINESE.search(s) and HALF_WIDTH.search(s)]
    assert not wrong


@pytest.mark.parametrize("path", [*catalogues()], ids=lambda p: p.parent.name)
def test_both_sides_of_a_catalogue_fit(path):
    for english, chinese in tomllib.loads(path.read_text(encoding="utf-8")).items():
        fields = set(FIELD.findall(english))
        assert set(FIELD.findall(chinese)) <= fields, english
        assert not CHINESE.search(english)
        words = re.search("[a-z]{2}", FIELD.sub("", english))
        assert CHINESE.search(chinese) or not words or english == "power ({Where})", english


def test_no_message_stands_in_two_catalogues():
    seen = [line for path in catalogues() for line in tomllib.loads(path.read_text("utf-8"))]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_columns_expect_can_be_said_in_chinese(name):
    schema = SCHEMAS[name]
    for column in schema.columns:
        assert translate(f"this column ({expected(column)})"), column
        assert not column.hint or translate(f"3 ({column.hint})"), column.hint
    if schema.required:
        assert translate(f"this table ({schema.title})") == f"有这个表（{schema.title_zh}）"


@pytest.mark.parametrize(("english", "chinese"), [
    ("the id of a row of power/branch or a row of power/bus",
     "power/branch 表中某行或 power/bus 表中某行的编号"),
    ("a number > 0 and <= 1000 [kV]", "数值 > 0 且 <= 1000 [kV]"),
    ("one of breaker, recloser, fuse", "下列之一：breaker, recloser, fuse"),
    ("'a or b' (nearest: 'a and b')", "'a or b'（最接近：'a and b'）"),
    ("'the id of x'", "'the id of x'"),
    ("12.5", "12.5"),
    ("'{x}' twice", "'{x}' 出现两次"),
    ("'it's' of 10 kV", "'it's'，电压 10 kV"),
    ("a loop closed by switch 'a', branch 'b'; no switch of it could open",
     "由开关 'a'、线路段 'b' 闭合的环；环上没有可断开的开关"),
    ("the state before the incident is expected to be radial, found a loop closed by switch 'a', "
     "'b' (normally open), expected at least one switch open of 'c', ...; sources 'g' and 'h' "
     "joined, expected at least one switch open of 'd'; and 3 more",
     "要求事件前的运行方式为辐射状，发现开关 'a', 'b'（正常断开）合上形成的环，"
     "要求以下开关至少断开一个：'c', ...；"
     "电源 'g' 与 'h' 相连，要求以下开关至少断开一个：'d'；另有 3 处"),
])
def test_messages_are_put_together_from_their_parts(english, chinese):
    assert translate(english) == chinese


@pytest.mark.parametrize("text", ["no such message", "one of a, b and something unheard of", "x"])
def test_what_no_catalogue_knows_stays_english(text):
    if text.startswith("one of"):
        assert message(text, "zh").startswith("下列之一")
    else:
        assert translate(text) is None
        assert message(text, "zh") == text


def test_no_text_is_too_long_or_too_odd():
    odd = "'" + "a', 'b' or 'c'; " * 3000 + "'"
    for text in (odd, f"{odd} twice", f"{odd} (nearest: 'x')", "(" * 5000, "{A} or {B}", "\n"):
        assert message(text, "zh")


def test_an_issue_tells_itself_in_both_languages():
    issue = Issue("power/load.csv", 5, "project", "the id of a project", "'x' (nearest: 'y')")
    assert str(issue) == issue.message("en") == (
        "power/load.csv, row 5, field 'project': expected the id of a project, "
        "found 'x' (nearest: 'y')"
    )
    assert issue.message("zh") == (
        "power/load.csv，第 5 行，字段 'project'：要求项目的编号，发现 'x'（最接近：'y'）"
    )
    assert issue.to_dict()["message"] == str(issue)
    assert issue.to_dict()["message_zh"] == issue.message("zh")


def test_errors_tell_themselves_in_both_languages():
    issues = Issues()
    issues.error("a.csv", "an id", "nothing", row=2)
    with pytest.raises(InputError) as caught:
        issues.stop()
    assert str(caught.value) == "1 problem:\na.csv, row 2: expected an id, found nothing"
    assert caught.value.message() == str(caught.value)
    assert caught.value.message("zh") == "1 个问题：\na.csv，第 2 行：要求编号，发现空值"
    other = CaseError("unknown topic 'x'; known: power")
    assert other.message("zh") == "未知的事项 'x'；已知：power"


def test_an_error_keeps_its_chinese_in_another_process():
    import pickle

    error = InputError([Issue("a.csv", 2, None, "an id", "nothing"), "something else"])
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - what we have just made
    assert again.problems == error.problems
    assert again.message("zh") == error.message("zh")


def test_an_engine_from_outside_brings_its_own_messages(tmp_path, monkeypatch):
    package = tmp_path / "ferries"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "messages.toml").write_text('"a ferry of {n} m" = "{n} m 的渡船"', encoding="utf-8")
    entry = EntryPoint("ferries", "ferries.engine:Engine", "tieline.engines")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(messages, "entry_points", lambda group: [entry])
    for known in (messages.translate, messages._catalogue):
        known.cache_clear()
    assert message("a ferry of 30 m", "zh") == "30 m 的渡船"
    assert message("nothing", "zh") == "空值"
    for known in (messages.translate, messages._catalogue):
        known.cache_clear()


@pytest.mark.parametrize(("n", "said"), [
    (1, "1 bus lies below its lowest voltage in the normal state"),
    (2, "2 buses lie below their lowest voltage in the normal state"),
])
def test_limits_are_counted_in_singular_and_plural(n, said):
    assert _beyond(n, "bus lies below", "buses lie below", "lowest voltage") == said


def test_one_is_not_said_in_the_plural():
    assert counted(1, "bus", "buses") == "1 bus"
    assert counted(0, "note") == "0 notes"
    assert counted(2, "bus", "buses") == "2 buses"
