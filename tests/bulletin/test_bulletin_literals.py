"""What looks like a figure is found in both languages; what only looks like one is not."""

import random

import pytest

from tieline.publish.bulletin.literals import BOUND, QUOTED, suspects


def found(text, **options):
    return [(text[s.begin : s.end], s.sort) for s in suspects(text, **options)]


@pytest.mark.parametrize(("text", "said"), [
    ("今年签约 21 个项目", "21 个"), ("总投资256亿元", "256亿元"), ("其中70%来自上海", "70%"),
    ("２５０家企业", "２５０家"), ("第④批之外又有④个", "④个"), ("四十分钟恢复", "四十分钟"),
    ("超千万人次", "千万人次"), ("百分之四十", "百分之四十"), ("三分之二的线路", "三分之二"),
    ("数十家企业", "数十家"), ("三个主平台", "三个"), ("两条专线", "两条"), ("一半以上", "一半"),
    ("翻了两番即翻两番", "翻两番"), ("仅一个", "仅一个"), ("壹佰万元", "壹佰万元"),
    ("两大使命", "两大"),
    ("四\u200b十分钟", "四\u200b十分钟"),
    ("4\u00ad0 分钟", "4\u00ad0 分钟"),
    ("restored in 40 minutes", "40 minutes"), ("1,234.5 km2 of land", "1,234.5 km2"),
    ("twenty-one projects", "twenty-one"), ("half of it", "half"), ("two thirds", "two thirds"),
    ("dozens of firms", "dozens"), ("a hundred firms", "a hundred"), ("it doubled", "doubled"),
    ("seventy per cent", "seventy"), ("USD 7.5 million", "USD 7.5 million"), ("¥40", "¥40"),
    ("½ of them", "½ of"), ("Ⅻ", "Ⅻ"), ("10kV", "10kV"), ("5G", "5G"), ("at 09:00", "09:00"),
    ("USD40", "USD40"),
])
def test_figures_in_words_and_digits_are_found(text, said):
    assert (said, "figure") in found(text)


@pytest.mark.parametrize(("text", "said"), [
    ("2019年9月22日台风", "2019年9月22日"), ("2019-10-31 报道", "2019-10-31"),
    ("9月22日", "9月22日"), ("十月公报", "十月"), ("十二月三十一日", "十二月三十一日"),
    ("on 22 September 2019", "22 September 2019"),
    ("since October 2019", "October 2019"), ("2019 年", "2019 年"),
])
def test_days_are_found_as_days(text, said):
    assert found(text) == [(said, "date")]


@pytest.mark.parametrize("text", [
    "一体化发展十分重要", "第一个平台与第三产业", "统一部署、唯一、万一", "一个项目", "星期三开会",
    "千方百计", "半导体", "三地携手", "见图 3 和第 2 节", "section 4 and Table 2 say so",
    "the G60 corridor and S09", "tie S09F", "No one is left", "the second time",
    "a figure in the text", "高质量", "签约",
])
def test_what_only_looks_like_a_figure_is_let_pass(text):
    assert found(text) == []


@pytest.mark.parametrize("text", [
    "1. 背景", "2.1) Method of work", "一、背景", "（二）方法", "第三章 结论",
])
def test_the_number_of_a_section_may_lead_a_heading_only(text):
    assert found(text, heading=True) == []


@pytest.mark.parametrize("text", ["40 分钟", "2.5 million people", "一百二十二个项目", "122个项目"])
def test_a_heading_hides_no_figure(text):
    assert found(text, heading=True)


def test_a_reference_is_no_cover_for_an_amount():
    assert found("表 3亿元") == [("3亿元", "figure")]
    assert found("Table 3,000") == [("3,000", "figure")]


@pytest.mark.parametrize("text", [
    f"超过 {BOUND}", f"约{BOUND}", f"{BOUND}亿元", f"{BOUND}多家", f"{BOUND} 以上",
    f"more than {BOUND}", f"about {BOUND}", f"-{BOUND}", f"{BOUND} million", f"{BOUND} %",
    f"{BOUND} per cent", f"≈ {BOUND}",
])
def test_words_that_would_change_a_bound_figure_are_found(text):
    assert [sort for _, sort in found(text)] == ["around"]


@pytest.mark.parametrize("text", [
    f"签约 {BOUND}", f"附近{BOUND}", f"共 {BOUND}", f"{BOUND}-{BOUND}",
    f"in {BOUND}, {BOUND} firms",
    QUOTED,
])
def test_words_beside_a_bound_figure_are_let_pass(text):
    assert found(text) == []


def test_digits_that_stick_to_a_bound_figure_are_found():
    assert found(f"{BOUND}00 家") == [("00 家", "figure")]


def test_declared_names_are_let_pass_and_nothing_else():
    assert found("4A级景区与 40 分钟", names=["4A级"]) == [("40 分钟", "figure")]


def test_no_digit_of_any_script_gets_through():
    seen = random.Random(7)  # noqa: S311 - a test draws, nothing is kept secret
    digits = "0123456789０１２３４５６７８９٠١٢٣४५६¹²³①②③㊀Ⅷⅷ½𝟘𝟙"
    for _ in range(400):
        n = seen.randint(1, 4)
        digit = "".join(seen.choice(digits) for _ in range(n))
        before, after = seen.choice(["共", "of ", "为", "is "]), seen.choice(["家", " firms", ""])
        text = f"{before}{digit}{after}"
        assert found(text), text


def test_positions_are_those_of_the_text_though_unseen_signs_are_left_out():
    text = "\u200b\u200b共 4\u200b0 家"
    (suspect,) = suspects(text)
    assert text[suspect.begin : suspect.end] == "4\u200b0 家"
