"""Every text stands in both languages, and the report uses every text there is."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tieline import publish
from tieline.publish.words import HAN, LANGUAGES, Words, in_language, texts, typeset
from tieline.region.model import STATUSES
from tieline.region.tables import COMMON

SOURCES = "\n".join(
    p.read_text(encoding="utf-8") for p in Path(publish.__path__[0]).rglob("*.py")
).replace("'", '"')
NAMED_BY_DATA = (
    "trip.walk", "trip.car", "trip.ride", "trip.apart", "trip.together", "trip.no_", "trip.yes",
    "trip.out", "trip.back", "trip.last",
    "key.class_", "class.", "status.", "failed.", "network.", "tables.", "scenario.", "terms.",
    "units.", "provenance.",
    "bulletin_units.", "bulletin_status.", "water.rule_", "spill.do_", "spill.kind_",
    "outage.do_", "outage.group_", "outage.use_",
)
"""Sections whose keys come from data: statuses, names of tables, units."""


def leaves(entry=None, path=""):
    entry = texts() if entry is None else entry
    if any(isinstance(v, str) for v in entry.values()):
        yield path, entry
    else:
        for key, inner in entry.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)


def test_every_text_stands_in_both_languages_with_the_same_fields():
    found = dict(leaves())
    assert len(found) > 350
    for key, entry in found.items():
        assert {"en", "zh"} <= set(entry), key
        assert all(entry.values()), key
        fields = [sorted(re.findall(r"{(\w+)}", entry[lang])) for lang in LANGUAGES]
        optional = {"unit"} if key.startswith("headline.") else set()
        assert set(fields[0]) - optional == set(fields[1]) - optional, key


def test_chinese_texts_are_chinese_and_english_texts_are_not():
    for key, entry in leaves():
        if key == "bulletin.other":
            continue  # the name of the other language
        assert not HAN.search(entry["en"]), key
        said = re.sub(r"{\w+}|\W", "", entry["zh"])
        if said and not key.startswith(("terms.pint", "terms.toot", "page.made_by")):
            assert HAN.search(entry["zh"]), key


def test_every_key_the_report_asks_for_is_there():
    words = Words("zh")
    asked = re.findall(r'words\(\s*"([a-z_]+(?:\.[a-z_]+)+)"', SOURCES)
    assert asked
    assert [k for k in asked if not words.has(k)] == []


def test_no_text_is_left_over():
    unused = [
        k for k, _ in leaves()
        if f'"{k}"' not in SOURCES and not k.startswith(NAMED_BY_DATA)
        and not re.search(rf'"\w*{k.rpartition(".")[2]}"', SOURCES)
        and not (".limit_" in k and f'"{k.partition(".limit_")[2]}"' in SOURCES)
    ]
    assert unused == []


def test_every_status_is_named_and_explained():
    assert next(c for c in COMMON if c.name == "status").choices == STATUSES
    for lang in LANGUAGES:
        for status in STATUSES:
            assert Words(lang).has(f"status.{status}.name")
            assert Words(lang).has(f"status.{status}.text")


def test_an_unknown_key_is_an_error():
    with pytest.raises(KeyError):
        Words("zh")("page.nothing_of_the_kind")


def test_a_bilingual_text_is_cut_to_the_half_the_reader_wants():
    assert in_language("嘉善 / Jiashan", "zh") == "嘉善"
    assert in_language("Jiashan / 嘉善", "en") == "Jiashan"
    assert in_language("夏阳街道 Xiayang", "en", None) == "Xiayang"
    assert in_language("Long Town", "zh", None) == "Long Town"
    assert in_language("a / b / 丙", "zh") == "b / 丙"


@pytest.mark.parametrize(("typed", "set_"), [
    ("示意图,不作为划界依据", "示意图\uff0c不作为划界依据"),
    ("台风当日:两条已投运", "台风当日\uff1a两条已投运"),
    ("三条(只知月份;地点未公布);2019 年", "三条\uff08只知月份\uff1b地点未公布\uff09\uff1b2019 年"),
    ("五分之一(19%); 结果", "五分之一" + "\uff08" + "19%" + "\uff09\uff1b结果"),
    ("1,200 户", "1,200 户"), ("开关 f(x), g:h 于 09:30", "开关 f(x), g:h 于 09:30"),
    ("no Chinese: (none), at all; x", "no Chinese: (none), at all; x"),
])
def test_plain_marks_beside_chinese_characters_become_chinese_ones(typed, set_):
    assert typeset(typed) == set_


def test_lists_and_units_are_written_as_the_language_does():
    assert Words("en").listed(["a", "b", "c"]) == "a, b and c"
    assert Words("zh").listed(["甲", "乙"]) == "甲、乙"
    assert Words("zh").unit("CNY/yr", "万") == ("万元/年", "每年 {n}元")
    assert Words("en").unit("CNY/yr", "million") == ("CNY million/yr", "CNY {n} a year")
    assert Words("en").unit("minutes") == ("minutes", "{n} minutes")


def test_every_unit_of_a_measure_is_named():
    units = {m.unit for e in entry_points(group="tieline.engines") for m in e.load()().measures}
    assert "person-min/yr" in units
    assert sorted(u for u in units if u != "-" and u not in texts()["units"]) == []
