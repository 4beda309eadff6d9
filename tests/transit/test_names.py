"""What stops and lines are called in English and in Chinese."""

import pytest
from lines import feed, two_towns, write_zip
from test_feeds import STOPS, TRIP, read

import tieline
from tieline.publish.shell import words_of
from tieline.publish.trip.page import steps

HEAD = "table_name,field_name,language,translation,record_id,field_value\n"


def named(tmp_path, translations=None, **changes):
    files = feed(STOPS, ["L"], [TRIP])
    for name, (old, new) in changes.items():
        assert old in files[f"{name}.txt"]
        files[f"{name}.txt"] = files[f"{name}.txt"].replace(old, new)
    if translations is not None:
        files["translations.txt"] = HEAD + translations
    return read(tmp_path, files)


def test_without_translations_names_are_as_they_stand(tmp_path):
    found, _ = named(tmp_path)
    assert found.stops.names.tolist() == ["a", "b", "c"]
    assert found.stops.names_zh.tolist() == ["", "", ""]
    assert found.routes.names_zh.tolist() == [""]


def test_translations_are_of_a_record_or_of_a_text(tmp_path):
    found, issues = named(
        tmp_path, "stops,stop_name,zh-Hans,甲,a,\nstops,stop_name,zh,乙,,b\n"
        "stops,stop_name,fr,Quai,c,\nroutes,route_short_name,zh,一路,L,\n"
        "stops,stop_url,zh,http://example.org,c,\nagency,agency_name,zh,公司,a,\n")
    assert not len(issues)
    assert (found.agencies, found.agencies_zh) == ({"a": "A"}, {"a": "公司"})
    assert found.stops.names.tolist() == ["a", "b", "c"]
    assert found.stops.names_zh.tolist() == ["甲", "乙", ""]
    assert found.routes.names_zh.tolist() == ["一路"]


def test_the_chinese_of_the_mainland_goes_before_other_chinese(tmp_path):
    found, _ = named(tmp_path, "stops,stop_name,zh,臺,a,\nstops,stop_name,zh-CN,台,a,\n")
    assert found.stops.names_zh[0] == "台"


def test_a_feed_in_chinese_with_english_translations_has_both(tmp_path):
    found, _ = named(tmp_path, "stops,stop_name,en,Alpha,a,\nroutes,route_short_name,en,One,L,\n",
                     stops=("a,a,", "a,甲,"), routes=("L,a,L,3", "L,a,一路,3"))
    assert (found.stops.names[0], found.stops.names_zh[0]) == ("Alpha", "甲")
    assert (found.routes.names[0], found.routes.names_zh[0]) == ("One", "一路")


def test_a_column_name_zh_does_too(tmp_path):
    found, _ = named(tmp_path, routes=("route_type\nL,a,L,3", "route_type,name_zh\nL,a,L,3,一路"))
    assert found.routes.names_zh.tolist() == ["一路"]


def test_rows_that_translate_nothing_are_noted_and_columns_that_lack_are_named(tmp_path):
    _, issues = named(tmp_path, "stops,stop_name,zh,甲,,\n")
    assert [str(n) for n in issues.notes] == [
        "f.zip/translations.txt: 1 row without record_id or field_value left out"]
    files = {**feed(STOPS, ["L"], [TRIP]), "translations.txt": "table_name,language\nstops,zh\n"}
    _, issues = read(tmp_path, files)
    assert {e.field for e in issues.errors} == {"field_name", "translation"}


@pytest.mark.parametrize(("lang", "line", "stop"), [("en", "X", "s0"), ("zh", "跨界线", "甲站")])
def test_a_trip_calls_lines_and_stops_by_the_language_of_its_page(tmp_path, lang, line, stop):
    import zipfile

    folder = two_towns(tmp_path / "r")
    path = folder / "transit" / "towns.zip"
    with zipfile.ZipFile(path) as z:
        files = {n: z.read(n).decode() for n in z.namelist()}
    write_zip(path, {**files, "translations.txt": HEAD + (
        "routes,route_short_name,zh,跨界线,X,\nstops,stop_name,zh,甲站,s0,\n")})
    found = tieline.trip(folder, "A", "D", depart="08:00", return_by="18:00")
    words = words_of(lang)
    told = " ".join(text for _, _, text in steps(words, found, found.answers["together"].out))
    assert line in told
    assert stop in told
