"""Pages: every figure opens its query; no script, no outside, nothing unbound; both languages."""

import re
from html.parser import HTMLParser

import pytest
from bulletin_text import TEXT, with_body

from tieline.ledger import Entry, Note
from tieline.publish.bulletin.page import parts, render
from tieline.publish.bulletin.value import say
from tieline.publish.words import Words

VOID = {"meta", "link", "br", "input"}


class Reader(HTMLParser):
    """Checks nesting; collects what is opened, addresses, and text outside of figures."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.hrefs, self.bare, self.details, self.tags = [], [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        if given.get("id"):
            self.ids.append(given["id"])
        self.hrefs += [given[k] for k in ("href", "src") if k in given]
        if tag not in VOID:
            self.open.append((tag, given.get("class", "")))
        if tag == "details":
            self.details.append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        within = [t for t, _ in self.open]
        if "details" in within:
            self.details[-1] += data
        elif ("div", "text") in self.open:
            self.bare.append(data)


def read(page):
    reader = Reader()
    reader.feed(page)
    assert not reader.open
    return reader


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_figure_opens_its_query_day_change_value_and_status(desk, template, lang):
    bulletin = desk.compose(template)
    words = Words(lang)
    page = read(render(bulletin, lang))
    for figure in bulletin.figures.values():
        (opened,) = [d for d in page.details if figure.query.text() in d]
        assert say(figure.reading.value, words) in opened
        assert str(figure.reading.read_at["change"]) in opened
        assert figure.reading.read_at["hash"][:12] in opened
        assert words(f"status.{figure.reading.status}.name") in opened
        assert figure.digest[:12] in opened
        assert f"figure-{figure.id}" in page.ids
        assert f"#figure-{figure.id}" in page.hrefs


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_digit_stands_outside_of_a_figure(desk, template, lang):
    page = read(render(desk.compose(template), lang))
    assert page.bare
    assert not re.search(r"\d", "".join(page.bare))


def test_a_page_needs_no_script_and_nothing_from_outside(desk, template):
    page = render(desk.compose(template), "zh")
    reader = read(page)
    assert "default-src &#x27;none&#x27;" in page
    assert "unsafe" not in page
    assert not [t for t, _ in reader.tags if t == "script"]
    assert not [h for h in reader.hrefs if h.startswith(("http:", "https:", "//"))]
    assert not re.search(r"\son\w+=", page)
    assert len(reader.ids) == len(set(reader.ids))


def test_what_opens_stands_in_no_paragraph_or_heading(desk):
    every = "# {{firms}}\n\n{{firms}}\n\n> {{firms}}"
    text = with_body(every, every)
    page = render(desk.compose(text), "zh")
    for block in re.findall(r"<(p|h\d)\b[^>]*>(.*?)</\1>", page, re.DOTALL):
        assert "<details" not in block[1]


def test_a_draft_says_so(desk, template):
    assert "草稿" in render(desk.compose(template), "zh")
    assert "Draft: not approved" in render(desk.compose(template), "en")


def test_markup_in_records_and_templates_is_text(desk):
    desk.ledger.commit(Note("the test", "x"), [Entry(record="firms", values={
        "name_zh": "<script>alert()</script>", "name": "<b>x</b>"}, valid_from=None)])
    text = with_body("<img src=x onerror=alert()>", "<i>x</i>")
    text = text.replace("as_of = 2019-10-31", "as_of = 2099-01-01")
    page = render(desk.compose(text), "zh")
    reader = read(page)
    assert not [t for t, _ in reader.tags if t in ("script", "img", "b")]
    assert "&lt;script&gt;" in page


def test_quoted_literals_are_marked_and_listed(desk):
    page = render(desk.compose(with_body("启用 [[5G]] 健康屋")), "zh")
    assert 'class="unbound"' in page
    assert "引述而未绑定的数字" in page
    assert "引述而未绑定的数字" not in render(desk.compose(TEXT), "zh")


def test_the_same_bulletin_gives_the_same_page(desk, template):
    assert render(desk.compose(template), "en") == render(desk.compose(template), "en")


def test_a_page_with_its_own_frame_takes_the_parts(desk, template):
    inner = "".join(parts(desk.compose(template), "zh"))
    assert "<html" not in inner
    assert "<details" in inner


def test_a_preview_shows_the_draft_or_the_problems(desk, template):
    shown = desk.preview(template.read_text("utf-8"), "en")
    assert "Draft" in shown.html
    assert not shown.problems
    broken = desk.preview(with_body("40 分钟"), "zh")
    assert broken.bulletin is None
    assert broken.problems[0].to_dict()["line"] > 1
    assert "要求" in broken.problems[0].message("zh")
