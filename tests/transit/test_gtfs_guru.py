"""A second opinion on feeds: what gtfs-guru says becomes notes, and it may be missing."""

import sys

import pytest
from lines import two_towns

from tieline.cli.run import run
from tieline.errors import InputError
from tieline.region.issues import Issues
from tieline.transit.gtfs import guru


def test_without_the_package_it_is_said_in_both_languages(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "gtfs_guru", None)
    folder = two_towns(tmp_path / "r")
    for lang, said in (("en", "the package gtfs-guru"), ("zh", "需要软件包 gtfs-guru")):
        assert run(["check", str(folder), "--gtfs-guru", "--lang", lang]) != 0
        text = " ".join("".join(capsys.readouterr()).split())
        assert said in text
        assert "Traceback" not in text


def test_what_it_says_becomes_notes_and_a_region_stays_usable(tmp_path, capsys):
    pytest.importorskip("gtfs_guru", reason="gtfs-guru is not installed")
    folder = two_towns(tmp_path / "r", projects=False)
    found = guru.validate(folder)
    assert not found.errors
    assert any("gtfs-guru" in n.found and n.file.startswith("transit/towns.zip")
               for n in found.notes)
    assert all("次" in n.message("zh") for n in found.notes)
    assert run(["check", str(folder), "--gtfs-guru", "--lang", "en"]) == 0
    assert "gtfs-guru, warning" in capsys.readouterr().out


def test_a_feed_that_cannot_be_opened_is_left_to_the_reader(tmp_path):
    pytest.importorskip("gtfs_guru", reason="gtfs-guru is not installed")
    (tmp_path / "transit").mkdir()
    (tmp_path / "transit" / "x.zip").write_bytes(b"PK no zip")
    assert not len(guru.validate(tmp_path))


def test_notices_of_one_kind_are_one_note_at_the_first_row():
    class Notice:
        def __init__(self, severity, row):
            self.severity, self.row = severity, row
            self.code, self.file, self.field = "odd", "stops.txt", "stop_name"
            self.message = "is odd"

    issues = Issues()
    guru._note([Notice("WARNING", 3), Notice("WARNING", 9), Notice("INFO", 1)], "transit/a.zip",
               issues)
    (note,) = issues
    assert note.message() == ("transit/a.zip/stops.txt, row 3, field 'stop_name': "
                              "gtfs-guru, warning odd, 2 times: is odd")


def test_the_error_carries_what_failed(tmp_path, monkeypatch):
    class Guru:
        @staticmethod
        def validate(path):
            msg = "no luck"
            raise RuntimeError(msg)

    monkeypatch.setitem(sys.modules, "gtfs_guru", Guru)
    with pytest.raises(InputError, match="gtfs-guru failed: no luck"):
        guru.validate(two_towns(tmp_path / "r", projects=False))
