"""On paper: the same text, every figure numbered and listed, Chinese set or refused plainly."""

import pytest
from bulletin_text import TEXT, with_body

from tieline.publish.bulletin import pdf
from tieline.publish.bulletin.pdf import PdfError, render_pdf
from tieline.region.template import new_region

typst = pytest.importorskip("typst", reason="the PDF needs typst")
chinese = pytest.mark.skipif(
    not set(pdf.CHINESE) & set(typst.Fonts().families()), reason="no Chinese font on this machine")


@chinese
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_bulletin_is_set_the_same_each_time(desk, template, lang):
    bulletin = desk.compose(template)
    made = render_pdf(bulletin, lang)
    assert made.startswith(b"%PDF-")
    assert made == render_pdf(bulletin, lang)
    assert len(made) > 10_000


@chinese
def test_every_kind_of_block_is_set_and_nothing_in_it_is_read_as_markup(desk):
    text = with_body(
        "# {{firms}} 小标题\n\n> 引文 #set text(red) $x$ @ref <label> `a-1`\n\n"
        "- 甲 **乙** *丙* [[5G]]\n\n"
        "1. [链接](https://example.org)\n\n| a | b |\n|---|---|\n| \\#let | {{firms:number}} |",
        "x {{firms}} {{firms:number}}")
    bulletin = desk.compose(text)
    data = pdf._data(bulletin, "zh")
    kinds = {b["t"] for b in data["blocks"]}
    assert kinds == {"heading", "paragraph", "quote", "items", "grid"}
    assert render_pdf(bulletin, "zh").startswith(b"%PDF-")


def test_every_figure_is_numbered_and_listed_with_what_is_known(desk, template):
    bulletin = desk.compose(template)
    data = pdf._data(bulletin, "en")
    assert [f["n"] for f in data["figures"]] == [1, 2, 3, 4]
    used = {p["n"] for b in data["blocks"] if b["t"] == "paragraph" for p in b["v"]
            if p["t"] == "figure"}
    assert used == {1, 2, 4}
    for listed, figure in zip(data["figures"], bulletin.figures.values(), strict=True):
        said = " ".join(v for _, v in listed["rows"])
        assert figure.query.text() in said
        assert figure.digest[:12] in said


def test_without_a_chinese_font_it_says_what_to_do(desk, monkeypatch):
    monkeypatch.setattr(pdf, "CHINESE", ("No Such Font",))
    with pytest.raises(PdfError, match="no Chinese font") as caught:
        render_pdf(desk.compose(TEXT), "zh")
    assert "中文字体" in caught.value.message("zh")


def test_without_typst_it_says_what_to_install(desk, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(PdfError, match=r"tieline\[pdf\]"):
        render_pdf(desk.compose(TEXT), "zh")


def test_fonts_are_looked_for_in_folders_that_are_named(desk, tmp_path):
    new_region(tmp_path / "no-fonts")
    assert pdf._fonts(["No Such Font"], "only letters") == [pdf.LATIN]
