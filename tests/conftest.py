"""Whatever Tieline tells a user in any test, it can tell in Chinese."""

import sys

import pytest

from tieline.errors import InputError, TielineError
from tieline.messages import translate
from tieline.region.issues import Issues

FOR_PROGRAMMERS = "tieline.testing"


def room(depth):
    """The module that speaks, if it is one of Tieline's that speaks to users."""
    name = sys._getframe(depth).f_globals.get("__name__", "")
    return name if name.startswith("tieline.") and name != FOR_PROGRAMMERS else None


@pytest.fixture(autouse=True)
def every_message_has_chinese(monkeypatch):
    told = {}
    error, note, make, make_input = (
        Issues.error, Issues.note, TielineError.__init__, InputError.__init__,
    )

    def spy_error(self, file, expected, found, **where):
        if room(2):
            told.update({expected: None, found: None})
        error(self, file, expected, found, **where)

    def spy_note(self, file, found, **where):
        if room(2):
            told[found] = None
        note(self, file, found, **where)

    def spy_make(self, *parts):
        if room(2) and not isinstance(self, InputError):
            told[str(parts[0])] = None
        make(self, *parts)

    def spy_input(self, problems):
        if room(2):
            told.update(dict.fromkeys(p for p in problems if isinstance(p, str)))
        make_input(self, problems)

    monkeypatch.setattr(Issues, "error", spy_error)
    monkeypatch.setattr(Issues, "note", spy_note)
    monkeypatch.setattr(TielineError, "__init__", spy_make)
    monkeypatch.setattr(InputError, "__init__", spy_input)
    yield
    unsaid = [text for text in told if translate(text) is None]
    assert not unsaid, "no Chinese in any messages.toml for: " + " | ".join(unsaid)
