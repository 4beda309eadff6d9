"""The published folder: approved first, static, signed, never changed; what is touched is named."""

import base64
import json
import os
import shutil
import sys
import xml.etree.ElementTree as ET
from datetime import date

import pytest
from bulletin_text import DAY, TEXT

from tieline.errors import InputError, LedgerError, RightsError
from tieline.ledger import Entry, Note, Principal
from tieline.publish.bulletin.keys import PublicKey, SigningError, load_key, load_public, new_key
from tieline.publish.bulletin.manifest import verify_site
from tieline.publish.bulletin.reads import read_reads
from tieline.publish.bulletin.site import Edition
from tieline.study.bulletins import BulletinDesk

NOTE = Note("the test", "to see")
BOTH = Edition(("zh", "en"))
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def site(tmp_path):
    return tmp_path / "site"


def publish(desk, source, site, key, edition=BOTH):
    desk.approve(source, NOTE, "编辑 / editor")
    return desk.publish(source, site, edition, key, NOTE)


def files(site):
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def second(template, name="november"):
    path = template.with_name(f"{name}.md")
    path.write_text(TEXT.replace('id = "october"', f'id = "{name}"'), encoding="utf-8")
    return path


def test_what_is_not_approved_is_not_published(desk, template, site, key):
    with pytest.raises(LedgerError, match="not approved"):
        desk.publish(template, site, BOTH, key, NOTE)
    assert not site.exists()


def test_a_template_changed_since_its_approval_is_not_published(desk, template, site, key):
    desk.approve(template, NOTE, "editor")
    template.write_text(TEXT.replace("园区", "该园区"), encoding="utf-8")
    with pytest.raises(LedgerError, match="was changed since it was approved"):
        desk.publish(template, site, BOTH, key, NOTE)


def test_a_figure_corrected_since_its_approval_is_named(desk, template, site, key):
    desk.approve(template, NOTE, "editor")
    desk.ledger.commit(NOTE, [Entry(record="firms-2019", values={"value": "> 240家"},
                                    valid_from=DAY)])
    with pytest.raises(LedgerError, match="corrected since bulletin 'october' was approved: firms"):
        desk.publish(template, site, BOTH, key, NOTE)
    publish(desk, template, site, key)
    assert "240" in (site / "bulletins/october/zh.html").read_text("utf-8")


def test_a_published_site_holds_and_the_ledger_keeps_where(desk, template, site, key):
    done = publish(desk, template, site, key)
    verdict = verify_site(site, key.public)
    assert verdict.holds
    assert verdict.files == len(files(site)) - 2
    state = desk.ledger.view().record("bulletin-october")
    assert (state.get("state"), state.get("manifest")) == ("published", done.manifest)
    (point,) = desk.ledger.view().records("checkpoint")
    read_at = json.loads((site / "bulletins/october/figures.json").read_text("utf-8"))["read_at"]
    assert (point.get("change_no"), point.get("hash")) == (read_at["change"], read_at["hash"])
    assert desk.ledger.verify().holds


def test_the_page_says_who_approved_it_and_is_no_draft(desk, template, site, key):
    publish(desk, template, site, key)
    page = (site / "bulletins/october/en.html").read_text("utf-8")
    assert "Approved by editor" in page
    assert "Draft" not in page
    assert read_at(site)["hash"] in page


def read_at(site):
    return json.loads((site / "manifest.json").read_text("utf-8"))["ledger"]


def tamper_added(site):
    (site / "bulletins" / "october" / "more.html").write_text("x")
    return "added", "bulletins/october/more.html"


def tamper_hidden(site):
    (site / ".hidden").write_text("x")
    return "added", ".hidden"


def tamper_folder(site):
    (site / "empty").mkdir()
    return "added", "empty/"


def tamper_changed(site):
    path = site / "bulletins" / "october" / "zh.html"
    path.write_text(path.read_text("utf-8").replace("250", "950"), encoding="utf-8")
    return "changed", "bulletins/october/zh.html"


def tamper_figures(site):
    path = site / "bulletins" / "october" / "figures.json"
    path.write_text(path.read_text("utf-8").replace('"250"', '"950"'), encoding="utf-8")
    return "changed", "bulletins/october/figures.json"


def tamper_removed(site):
    (site / "search.js").unlink()
    return "removed", "search.js"


@pytest.mark.parametrize("tamper", [tamper_added, tamper_hidden, tamper_folder, tamper_changed,
                                    tamper_figures, tamper_removed])
def test_every_file_added_changed_or_removed_is_named(desk, template, site, key, tamper):
    publish(desk, template, site, key)
    what, name = tamper(site)
    verdict = verify_site(site, key.public)
    assert not verdict.holds
    assert verdict.signature
    assert getattr(verdict, what) == (name,)
    assert sum(len(getattr(verdict, k)) for k in ("added", "changed", "removed")) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_in_place_of_a_file_is_named(desk, template, site, key, tmp_path):
    publish(desk, template, site, key)
    twin = tmp_path / "twin.css"
    twin.write_bytes((site / "style.css").read_bytes())
    (site / "style.css").unlink()
    (site / "style.css").symlink_to(twin)
    (site / "away").symlink_to(tmp_path)
    verdict = verify_site(site, key.public)
    assert verdict.changed == ("style.css",)
    assert verdict.added == ("away",)


def test_a_manifest_made_to_fit_does_not_hold(desk, template, site, key):
    publish(desk, template, site, key)
    _, name = tamper_changed(site)
    path = site / "manifest.json"
    given = json.loads(path.read_text("utf-8"))
    import hashlib
    given["files"][name]["sha256"] = hashlib.sha256((site / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(given), encoding="utf-8")
    verdict = verify_site(site, key.public)
    assert not verdict.changed
    assert not verdict.signature
    assert not verdict.holds


def test_a_site_signed_anew_by_another_key_is_found_by_who_knows_the_key(
    desk, template, site, key, tmp_path
):
    publish(desk, template, site, key)
    other_file = tmp_path / "other.pem"
    new_key(other_file)
    other = load_key(other_file)
    from tieline.publish.bulletin.manifest import seal
    given = json.loads((site / "manifest.json").read_text("utf-8"))
    tamper_changed(site)
    seal(site, {k: v for k, v in given.items() if k not in ("files", "key")}, other)
    assert verify_site(site).holds  # nobody said which key: one key signed all of it
    assert verify_site(site).trusted is None
    verdict = verify_site(site, key.public)
    assert verdict.trusted is False
    assert not verdict.holds


@pytest.mark.parametrize("damage", [
    b"", b"{}", b"[]", b"null", b'{"format":"tieline-site/1"}', b"\xff\xfe", b"[" * 5000,
    b'{"format":"tieline-site/1","key":{"public":"!"},"files":{}}',
    b'{"format":"tieline-site/1","key":{"public":"AAAA"},"files":[]}',
])
def test_a_manifest_of_any_sort_is_answered_without_an_error(desk, template, site, key, damage):
    publish(desk, template, site, key)
    (site / "manifest.json").write_bytes(damage)
    assert not verify_site(site, key.public).holds
    (site / "manifest.sig").write_bytes(damage)
    assert not verify_site(site, key.public).holds
    (site / "manifest.sig").unlink()
    assert verify_site(site, key.public).broken


def test_a_manifest_that_names_files_elsewhere_reads_none_of_them(tmp_path, key):
    secret = tmp_path / "secret"
    secret.write_text("x")
    folder = tmp_path / "site"
    folder.mkdir()
    given = {"format": "tieline-site/1", "files": {"../secret": {"sha256": "0" * 64, "bytes": 1}},
             "key": {"public": base64.b64encode(key.public.raw).decode()}}
    raw = json.dumps(given).encode()
    (folder / "manifest.json").write_bytes(raw)
    (folder / "manifest.sig").write_bytes(base64.b64encode(key.sign(raw)))
    assert verify_site(folder).removed == ("../secret",)


def test_nothing_there_is_said(tmp_path):
    assert verify_site(tmp_path / "nowhere").broken


def test_what_was_published_never_changes_when_more_is(desk, template, site, key):
    publish(desk, template, site, key)
    before = files(site)
    first = json.loads(before["manifest.json"])
    publish(desk, second(template), site, key)
    after = files(site)
    for name, raw in before.items():
        if name.startswith("bulletins/"):
            assert after[name] == raw
    now = json.loads(after["manifest.json"])
    import hashlib
    assert now["previous"] == hashlib.sha256(before["manifest.json"]).hexdigest()
    assert now["sequence"] == first["sequence"] + 1
    assert [e["id"] for e in now["bulletins"]] == ["october", "november"]
    assert verify_site(site, key.public).holds


def test_a_published_bulletin_cannot_be_approved_or_published_otherwise(
    desk, template, site, key
):
    publish(desk, template, site, key)
    template.write_text(TEXT.replace("园区", "该园区"), encoding="utf-8")
    with pytest.raises(LedgerError, match="is published and cannot be changed"):
        desk.approve(template, NOTE, "editor")
    with pytest.raises(LedgerError, match="was changed since it was approved"):
        desk.publish(template, site, BOTH, key, NOTE)


def test_another_region_s_bulletin_of_the_same_id_is_refused(desk, template, site, key, tmp_path):
    publish(desk, template, site, key)
    other = tmp_path / "other"
    shutil.copytree(desk.folder, other)
    with BulletinDesk(other) as twin:
        twin.ledger.commit(NOTE, [Entry(record="bulletin-october", values={"state": "withdrawn"})])
        text = second(other / "bulletins" / "october.md", "x")
        text.write_text(TEXT.replace("园区", "该园区"), encoding="utf-8")
        twin.approve(text, NOTE, "editor")
        with pytest.raises(InputError, match="is published and cannot be changed"):
            twin.publish(text, site, BOTH, key, NOTE)


def test_a_language_may_be_added_later(desk, template, site, key):
    publish(desk, template, site, key, Edition(("zh",)))
    assert not (site / "bulletins/october/en.html").exists()
    before = files(site)
    desk.publish(template, site, Edition(("en",)), key, NOTE)
    after = files(site)
    assert "bulletins/october/en.html" in after
    assert all(after[n] == raw for n, raw in before.items() if n.startswith("bulletins/"))
    assert verify_site(site, key.public).holds


def test_publishing_again_adds_nothing(desk, template, site, key):
    publish(desk, template, site, key)
    assert desk.publish(template, site, BOTH, key, NOTE).new == ()


def test_a_site_that_was_touched_is_not_published_to(desk, template, site, key):
    publish(desk, template, site, key)
    _, name = tamper_changed(site)
    before = files(site)
    with pytest.raises(InputError, match=name):
        publish(desk, second(template), site, key)
    assert files(site) == before


def test_a_folder_of_something_else_is_left_alone(desk, template, site, key):
    site.mkdir()
    (site / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="something else"):
        publish(desk, template, site, key)
    assert [p.name for p in site.iterdir()] == ["thesis.txt"]


def test_a_site_of_another_key_is_refused(desk, template, site, key, tmp_path):
    publish(desk, template, site, key)
    new_key(tmp_path / "other.pem")
    with pytest.raises(SigningError, match="another key"):
        publish(desk, second(template), site, load_key(tmp_path / "other.pem"))


def test_a_failure_leaves_the_site_as_it_was(desk, template, site, key, monkeypatch):
    publish(desk, template, site, key)
    before = files(site)

    def fail(*_):
        message = "no space left"
        raise OSError(message)

    desk.approve(second(template), NOTE, "editor")
    monkeypatch.setattr("tieline.publish.bulletin.site.seal", fail)
    with pytest.raises(OSError, match="no space"):
        desk.publish(second(template), site, BOTH, key, NOTE)
    assert files(site) == before
    assert sorted(p.name for p in site.parent.iterdir() if p.name.startswith(".")) == []


def test_rights_are_asked_before_anything_is_published(desk, template, site, key):
    publish(desk, second(template), site, key)
    desk.approve(template, NOTE, "editor")
    desk.ledger.commit(NOTE, [Entry("share_rule", "see", {
        "owner": "westtown", "grantee": "easttown", "kinds": ["*"], "fields": ["*"],
        "purpose": "to read"})])
    before = files(site)
    with BulletinDesk(desk.folder, who=Principal("easttown", ("easttown",))) as other, \
            pytest.raises(RightsError):
        other.publish(template, site, BOTH, key, NOTE)
    assert files(site) == before


def test_feed_and_sitemap_name_every_bulletin(desk, template, site, key):
    edition = Edition(("zh", "en"), url="https://bulletins.example/")
    publish(desk, template, site, key, edition)
    publish(desk, second(template), site, key)
    feed = ET.parse(site / "feed.zh.xml").getroot()
    entries = feed.findall(f"{ATOM}entry")
    assert [e.find(f"{ATOM}title").text for e in entries] == ["秋季公报"] * 2
    assert len({e.find(f"{ATOM}id").text for e in entries}) == 2
    for required in ("title", "id", "updated"):
        assert feed.find(f"{ATOM}{required}") is not None
        assert all(e.find(f"{ATOM}{required}") is not None for e in entries)
    for e in entries:
        assert (site / e.find(f"{ATOM}link").get("href")).is_file()
    places = [x.text for x in ET.parse(site / "sitemap.xml").getroot().iter(f"{MAP}loc")]
    assert "https://bulletins.example/bulletins/november/en.html" in places
    assert all((site / p.removeprefix("https://bulletins.example/")).is_file() for p in places)


def test_without_an_address_no_sitemap_is_written(desk, template, site, key):
    publish(desk, template, site, key)
    assert not (site / "sitemap.xml").exists()


def test_most_read_is_listed_from_counts_only(desk, template, site, key, tmp_path):
    publish(desk, template, site, key)
    assert "本站也不统计访问者" in (site / "index.zh.html").read_text("utf-8")
    counts = tmp_path / "reads.csv"
    period = "2019-11-01,2019-11-30,网站 / web desk"
    counts.write_text(f"id,reads,begin,end,source\noctober,12,{period}\nunknown,99,{period}\n",
                      encoding="utf-8")
    desk.publish(template, site, Edition(("zh", "en"), reads=read_reads(counts)), key, NOTE)
    page = (site / "index.en.html").read_text("utf-8")
    assert "12 reads" in page
    assert "given by: web desk" in page
    assert "99 reads" not in page


@pytest.mark.parametrize("row", ["october,-1,2019-11-01,2019-11-30,x",
                                 "october,1,soon,2019-11-30,x", ",1,2019-11-01,2019-11-30,x",
                                 "october,1,2019-11-01,2019-11-30,", "",
                                 "a,1,2019-11-01,2019-11-30,x\nb,1,2019-11-01,2019-11-30,y"])
def test_counts_that_are_none_are_refused(tmp_path, row):
    path = tmp_path / "reads.csv"
    path.write_text(f"id,reads,begin,end,source\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError):
        read_reads(path)


def test_search_finds_the_figures_of_every_section(desk, template, site, key):
    publish(desk, template, site, key)
    text = (site / "search-zh.js").read_text("utf-8")
    entries = json.loads(text.removeprefix("window.tielineSections = ").rstrip().rstrip(";"))
    assert any("超过 250 家" in e["text"] for e in entries)
    for e in entries:
        page, _, anchor = e["href"].partition("#")
        assert f'id="{anchor}"' in (site / page).read_text("utf-8")
    assert "<" not in text.removeprefix("window")


def test_a_correction_is_shown_at_what_it_corrects(desk, template, site, key):
    publish(desk, template, site, key)
    path = second(template)
    path.write_text(path.read_text("utf-8").replace("date =", 'corrects = "october"\ndate =', 1),
                    encoding="utf-8")
    publish(desk, path, site, key)
    assert "已由 november 更正" in (site / "index.zh.html").read_text("utf-8")


def test_every_page_forbids_what_is_not_its_own(desk, template, site, key):
    publish(desk, template, site, key)
    for path in site.rglob("*.html"):
        page = path.read_text("utf-8")
        assert "default-src &#x27;none&#x27;" in page
        assert "unsafe" not in page
        assert " style=" not in page
        assert "<style" not in page


def test_a_rerun_of_the_site_says_what_changed(desk, template, site, key):
    publish(desk, template, site, key)
    assert all(r.verdict == "same" for r in desk.rerun_site(site)["october"])
    desk.ledger.commit(NOTE, [Entry(record="firms-2019", values={"value": "> 240家"},
                                    valid_from=DAY)])
    later = desk.rerun_site(site, today=date(2020, 1, 1))["october"]
    found = {r.figure.id: r.verdict for r in later}
    assert found["firms"] == "corrected"
    (site / "bulletins/october/figures.json").write_text("{}")
    with pytest.raises(InputError, match="figures of a bulletin"):
        desk.rerun_site(site)


def test_keys_are_private_and_never_overwritten(tmp_path):
    path = tmp_path / "keys" / "key.pem"
    public = new_key(path)
    assert load_key(path).public == public == load_public(tmp_path / "keys" / "key.pem.pub")
    with pytest.raises(SigningError, match="never overwritten"):
        new_key(path)
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600
        path.chmod(0o644)
        with pytest.raises(SigningError, match="only its owner"):
            load_key(path)


def test_a_key_may_have_a_passphrase(tmp_path):
    new_key(tmp_path / "key.pem", "correct horse")
    assert b"ENCRYPTED" in (tmp_path / "key.pem").read_bytes()
    assert load_key(tmp_path / "key.pem", "correct horse").sign(b"x")
    for wrong in ("", "battery"):
        with pytest.raises(SigningError, match="passphrase"):
            load_key(tmp_path / "key.pem", wrong)


def test_what_is_no_key_is_said(tmp_path, key_file):
    with pytest.raises(SigningError, match="found none"):
        load_key(tmp_path / "nowhere.pem")
    bad = tmp_path / "bad.pem"
    bad.write_text("x")
    bad.chmod(0o600)
    with pytest.raises(SigningError, match="PEM"):
        load_key(bad)
    with pytest.raises(SigningError, match="public key in PEM"):
        load_public(bad)
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec
    other = ec.generate_private_key(ec.SECP256R1())
    bad.write_bytes(other.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8,
                                        form.NoEncryption()))
    with pytest.raises(SigningError, match="another sort of key"):
        load_key(bad)
    bad.write_bytes(other.public_key().public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(SigningError, match="another sort of key"):
        load_public(bad)


def test_a_signature_is_only_for_its_message(key):
    signed = key.sign(b"a")
    assert key.public.signed(b"a", signed)
    assert not key.public.signed(b"b", signed)
    assert not key.public.signed(b"a", signed[:-1])
    assert not PublicKey(b"\0" * 32).signed(b"a", signed)


def test_the_environment_says_where_the_key_is(monkeypatch, tmp_path):
    from tieline.publish.bulletin.keys import default_key
    monkeypatch.setenv("TIELINE_PUBLISHING_KEY", os.fspath(tmp_path / "k"))
    assert default_key() == tmp_path / "k"
    monkeypatch.delenv("TIELINE_PUBLISHING_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", os.fspath(tmp_path))
    assert default_key() == tmp_path / "tieline" / "publishing-key.pem"
