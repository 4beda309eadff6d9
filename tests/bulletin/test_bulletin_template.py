"""A template is read as it stands; every problem is told with its line and column."""

import pytest
from bulletin_text import BODY, HEAD, TEXT, with_body
from hypothesis import given, settings
from hypothesis import strategies as st

from tieline.errors import InputError
from tieline.publish.bulletin.check import bound_ids, check, literals
from tieline.publish.bulletin.nodes import Bound, Grid, Heading, Items, Quote, Styled, Text
from tieline.publish.bulletin.problems import Problems
from tieline.publish.bulletin.syntax import read_text
from tieline.publish.bulletin.template import read_template


def blocks(text, lang="zh"):
    problems = Problems("x.md")
    made = read_text(text, 1, ("zh", "en"), problems)[lang]
    return made, [str(p) for p in problems.found]


def told(text):
    """Problems of reading and checking a template, in order."""
    try:
        template = read_template(text)
    except InputError as error:
        return [str(p) for p in error.told]
    problems = Problems("bulletin.md")
    check(template, problems)
    return [str(p) for p in problems.found]


def where(text, what):
    """Line and column of a text within a template, counted from 1."""
    at = text.index(what)
    return f"line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)}"


def test_the_shared_template_has_no_problem():
    assert told(TEXT) == []


@pytest.mark.parametrize("literal", ["40 分钟", "两条专线", "2019年9月22日", "12410", "70%"])
def test_a_bare_literal_is_told_with_line_and_column(literal):
    text = with_body(f"开头几句，**恢复**用时{literal}。")
    (problem,) = told(text)
    assert f"bulletin.md, {where(text, literal)}: expected a bound" in problem


def test_a_bare_literal_in_english_is_told():
    text = with_body("无。", "It took *forty* minutes.")
    (problem,) = told(text)
    assert where(text, "forty") in problem


def test_a_literal_split_by_emphasis_is_told_where_it_begins():
    text = with_body("用时四**十分**钟。")
    (problem,) = told(text)
    assert where(text, "四") in problem


@pytest.mark.parametrize("wrapped", [
    "[40 分钟](https://example.org)", "> 40 分钟", "- 40 分钟", "# 40 分钟",
    "| 40 分钟 |\n|---|\n| a |",
    "`40 分钟`", "&#52;0 分钟", "`about 40 minutes`",
])
def test_no_markup_hides_a_literal(wrapped):
    assert any("expected a bound figure" in p for p in told(with_body(wrapped)))


def test_titles_summaries_and_labels_are_checked_too():
    text = TEXT.replace("秋季公报", "秋季公报：40 分钟")
    text = text.replace('en = "Figures of', 'en = "All 30 of')
    text = text.replace("清单成员投资", "清单成员投资 300 万元")
    problems = told(text)
    assert len(problems) == 3
    assert any(where(text, "40 分钟") in p for p in problems)
    assert any("label without figures" in p for p in problems)


def test_a_quoted_literal_and_a_declared_name_pass_and_are_listed():
    text = with_body("启用 [[5G]] 健康屋，4A级景区。")
    text = text.replace("[title]", 'names = ["4A级"]\n\n[title]', 1)
    assert told(text) == []
    assert literals(read_template(text), "zh") == ("5G", "4A级")
    assert literals(read_template(text), "en") == ()


@pytest.mark.parametrize("name", ["平台", "9B级"])
def test_names_must_look_like_figures_and_occur(name):
    text = TEXT.replace("[title]", f'names = ["{name}"]\n\n[title]', 1)
    (problem,) = told(text)
    assert name in problem


def test_ids_and_commands_may_stand_as_code():
    assert told(with_body("见 `tie-S09-F01` 与 `tieline ledger show REGION p-12`。")) == []


def test_an_unknown_figure_is_answered_with_the_nearest():
    text = with_body("{{frims}}", "{{frims}}")
    assert all("nearest: 'firms'" in p for p in told(text))
    assert where(text, "{{frims}}") in told(text)[0]


def test_a_figure_may_not_stand_inside_a_link():
    (problem,) = told(with_body("[见 {{firms}}](https://example.org)", "{{firms}}"))
    assert "outside of a link" in problem


def test_a_figure_that_nobody_states_is_told():
    text = TEXT.replace("，成员合计 {{planned}}", "").replace(", its members {{planned}}", "")
    (problem,) = told(text)
    assert "'planned'" in problem


def test_both_languages_state_the_same_figures():
    text = TEXT.replace(", its members {{planned}}", "")
    (problem,) = told(text)
    assert "'planned', which 'en' leaves out" in problem


def test_the_bulletin_speaks_of_its_own_days():
    assert told(with_body("{{bulletin:date}}", "{{bulletin:as_of}}")) == []
    assert told(with_body("{{bulletin}}", "{{bulletin:when}}"))


@pytest.mark.parametrize(("old", "new", "said"), [
    ('id = "october"', 'id = "October 2019"', "small letters"),
    ("date = 2019-10-31", 'date = "soon"', "a day like 2019-10-31"),
    ("as_of = 2019-10-31", "as_of = 2019-10-31T09:00:00", "a day like 2019-10-31"),
    ('en = "October"', 'fr = "Octobre"', "title in every language"),
    ('section = {', 'sektion = {', "'sektion' (nearest: 'section')"),
    ('from = "ledger"\nrecord = "bridge"', 'record = "bridge"', 'from = "ledger"'),
    ("+++\nid", "id", "between two lines +++"),
    ("[title]", "[title", "settings in TOML"),
    ("[figure.opened]", '[figure."<opened>"]', "an id of letters"),
    ("[figure.opened]", "[figure.bulletin]", "not 'bulletin'"),
    (":::zh\n", ":::zh\n:::zh\n", "the end of the part above"),
    (":::zh\n", ":::fr\n", "a language of the bulletin"),
    ("{{firms}}，", "{{firms}，", "a figure such as"),
    ("{{firms}}，", "{{firms:value}}，", "one of number, label"),
    ("企业 {{firms}}", "企业 [[]] {{firms}}", "a quoted literal"),
    ("园区", "![x](y.png)园区", "no pictures"),
    ("园区", "[x](javascript:alert)园区", "an address with https://"),
    ("| {{opened}} |", "| {{opened}} | x |", "a row of 1 cells"),
])
def test_what_is_wrong_with_a_template_is_told(old, new, said):
    assert old in TEXT
    problems = told(TEXT.replace(old, new, 1))
    assert any(said in p for p in problems), problems


def test_every_problem_is_told_at_once():
    text = with_body("40 分钟，约 {{firms}}，{{nobody}}", "{{firms}}")
    assert len(told(text)) == 3
    # settings come first: the text cannot be judged without them
    assert len(told(text.replace("date = 2019-10-31", "date = 1", 1))) == 1


def test_problems_speak_chinese():
    with pytest.raises(InputError) as caught:
        read_template(TEXT.replace('id = "october"', "id = 3"))
    assert "第 2 行第 1 列：要求 id = 由小写字母" in caught.value.message("zh")


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "b.md"
    path.write_bytes(TEXT.encode("gb18030"))
    with pytest.raises(InputError, match="UTF-8"):
        read_template(path)


def test_a_file_with_windows_line_ends_is_read_alike(tmp_path):
    path = tmp_path / "b.md"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode("utf-8-sig"))
    assert read_template(path).blocks == read_template(TEXT).blocks


def test_blocks_are_read_as_written():
    made, problems = blocks("""# 标题 *x*
段落 **强** `a-1`
续行
> 引
> 文
- 甲
- 乙
  续
1. 丙

| a | b |
|---|:--|
| c\\|d | {{e}} |
""")
    assert not problems
    heading, paragraph, quote, items, grid = made
    assert isinstance(heading, Heading)
    assert isinstance(quote, Quote)
    assert isinstance(items, Items)
    assert len(items.items) == 3
    assert isinstance(grid, Grid)
    assert "".join(p.text for p in grid.rows[0][0]) == "c|d"
    assert isinstance(grid.rows[0][1][0], Bound)
    assert paragraph.parts[1] == Styled("strong", paragraph.parts[1].parts)
    said = "".join(p.text for p in paragraph.parts if isinstance(p, Text))
    assert said.split() == ["段落", "续行"]


def test_lines_of_chinese_join_without_a_space_others_with_one():
    made, _ = blocks("甲\n乙\nc\nd")
    assert "".join(p.text for p in made[0].parts) == "甲乙 c d"


def test_a_language_reads_its_own_parts_and_what_is_common():
    text = "common\n\n:::zh\n甲\n:::\n:::en\na\n:::"
    assert len(blocks(text)[0]) == 2
    assert blocks(text, "en")[0][1].parts[0].text == "a"


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="ab#*[]{}()`>|-:.1 一二个\\\n\t<&", max_size=80))
def test_no_text_breaks_the_reader_and_every_digit_is_told(text):
    problems = told(f"{HEAD}\n{BODY}\n{text}")
    assert all("line" in p or "expected" in p for p in problems)
    template = HEAD + "\n" + BODY + "\n" + text
    try:
        made = read_template(template)
    except InputError:
        return
    assert set(bound_ids(made, "zh")) >= {"firms"}
