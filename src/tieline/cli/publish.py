"""`tieline publish` and what belongs to it: keys, and whether a published folder still holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tieline.cli.screen import Bar, print_json, screen
from tieline.cli.words import Command, Option, lang_option, language, say

if TYPE_CHECKING:
    from tieline.publish.bulletin.keys import SigningKey
    from tieline.publish.bulletin.manifest import Verdict
    from tieline.publish.bulletin.rerun import Rerun
    from tieline.study.bulletins import BulletinDesk

FOLDER = click.Path(path_type=Path)
FORMATS = ("html", "pdf")


@click.command(
    "publish", cls=Command,
    help="Publish a bulletin: a Markdown template whose figures are queries. A number that is not "
    "bound to one fails, with line and column. First --draft to look at it, then --approve, then "
    "publish into a folder that is static and signed.",
    zh="发布公报:Markdown 模板,其中的数字均为查询。未绑定的数字会报错并给出行列。先用 --draft 预览,"
    "再用 --approve 批准,然后发布到静态、带签名的文件夹。",
    examples=("tieline publish my-region bulletins/october.md --draft --out preview",
              "tieline publish my-region bulletins/october.md --approve --by editor --why agreed",
              "tieline publish my-region bulletins/october.md --lang zh --format html --format pdf "
              "--out site"),
)
@click.argument("folder", type=FOLDER)
@click.argument("template", type=FOLDER)
@click.option("--format", "formats", cls=Option, type=click.Choice(FORMATS), multiple=True,
              help="html (default) or pdf; may be given more than once.",
              zh="html(默认)或 pdf;可多次给出。")
@click.option("--both", cls=Option, is_flag=True,
              help="In every language of the template; without it, in that of --lang.",
              zh="以模板的全部语言发布;不给出时仅以 --lang 的语言。")
@click.option("--out", cls=Option, type=FOLDER, default=None,
              help="The site (tieline-site): a new folder, or one that was published before; "
              "bulletins are added, those that are there never change. With --draft, the folder "
              "for the draft (tieline-draft).",
              zh="发布文件夹(默认 tieline-site):新文件夹或以前发布的文件夹;只增加公报,已有的不变。"
              "与 --draft 同用时为草稿文件夹(默认 tieline-draft)。")
@click.option("--draft", cls=Option, is_flag=True,
              help="Only write the pages, marked as drafts, unsigned.",
              zh="仅写出标为草稿、未签名的页面。")
@click.option("--approve", "approving", cls=Option, is_flag=True,
              help="Read the figures and record in the ledger that this text with these figures "
              "may be published; needs --by and --why.",
              zh="读取数字并在台账中记录:准予发布该文本与这些数字;须给出 --by 与 --why。")
@click.option("--by", "approver", cls=Option, default="", metavar="ROLE",
              help="The role that approves; it is printed.", zh="批准的岗位;会印出。")
@click.option("--why", "reason", cls=Option, default="", metavar="REASON",
              help="Why it is approved; kept with the change.", zh="批准理由;随变更保存。")
@click.option("--key", "key_file", cls=Option, type=FOLDER, default=None, metavar="FILE",
              help="The signing key; default: $TIELINE_PUBLISHING_KEY, else "
              "~/.config/tieline/publishing-key.pem.",
              zh="签名密钥;默认为 $TIELINE_PUBLISHING_KEY,"
              "否则 ~/.config/tieline/publishing-key.pem。")
@click.option("--url", cls=Option, default="", metavar="URL",
              help="Address at which the site will stand, for the sitemap and the feed.",
              zh="站点将来的网址,用于站点地图与订阅。")
@click.option("--reads", cls=Option, type=FOLDER, default=None, metavar="FILE",
              help="Access counts (CSV: id, reads, begin, end, source) for the most-read list; "
              "without them there is none.",
              zh="访问次数(CSV:id、reads、begin、end、source),用于“最多阅读”;不给出则不列。")
@click.option("--fonts", cls=Option, type=FOLDER, multiple=True, metavar="FOLDER",
              help="Folder with fonts for the PDF; may be given more than once.",
              zh="PDF 所用字体的文件夹;可多次给出。")
@click.option("--at", "place", cls=Option, default=None, metavar="URL",
              help="The ledger, if it is not the folder's ledger.sqlite.",
              zh="台账位置(不是文件夹中的 ledger.sqlite 时)。")
@click.option("--as", "seen_as", cls=Option, metavar="JURISDICTION[:ROLE,...]", default=None,
              help="With the rights of a jurisdiction; without it, of the keeper of the ledger.",
              zh="以某辖区的权限;不给出时为台账保管者。")
@lang_option()
def publish(folder: Path, template: Path, *, draft: bool, approving: bool, **given: Any) -> None:
    """Draft, approve or publish."""
    from tieline.cli.ledger_options import open_place, principal
    from tieline.study.bulletins import BulletinDesk

    source = template if template.exists() else folder / template
    if draft and approving:
        raise click.UsageError(say("--draft or --approve, not both",
                                   "--draft 与 --approve 只能取一"))
    if approving and not (given["approver"] and given["reason"]):
        raise click.UsageError(say("--approve needs --by and --why",
                                   "--approve 须同时给出 --by 与 --why"))
    with open_place(str(given["place"] or folder)) as opened:
        who = principal(opened, given["seen_as"], "editor")
    with BulletinDesk(folder, place=given["place"], who=who) as desk:
        if draft:
            _draft(desk, source, given)
        elif approving:
            _approve(desk, source, given)
        else:
            _publish(desk, source, given)


def _draft(desk: BulletinDesk, source: Path, given: dict[str, Any]) -> None:
    from tieline.publish.bulletin.drafts import write_draft

    out = given["out"] or Path("tieline-draft")
    with Bar(say("reading figures", "读取数字中")):
        bulletin = desk.compose(source)
        written = write_draft(bulletin, out, _languages(bulletin.template.languages, given),
                              given["formats"] or ("html",), given["fonts"])
    for path in written:
        screen().print(Text(say(f"Draft: {path}", f"草稿:{path}")))


def _approve(desk: BulletinDesk, source: Path, given: dict[str, Any]) -> None:
    from tieline.cli.ledger_options import actor_of
    from tieline.ledger.append import Note

    with Bar(say("reading figures", "读取数字中")):
        bulletin, receipt = desk.approve(
            source, Note(actor_of(None), given["reason"], source="publish"), given["approver"])
    screen().print(Text(say(
        f"Approved: {bulletin.id}, {len(bulletin.figures)} figures read at change "
        f"{bulletin.read_at.get('change', 0)}. Change {receipt.change_no}, hash {receipt.hash}",
        f"已批准:{bulletin.id},{len(bulletin.figures)} 个数字,读取于第 "
        f"{bulletin.read_at.get('change', 0)} 号变更。"
        f"第 {receipt.change_no} 号变更,哈希 {receipt.hash}",
    )))


def _publish(desk: BulletinDesk, source: Path, given: dict[str, Any]) -> None:
    from tieline.cli.ledger_options import actor_of
    from tieline.ledger.append import Note
    from tieline.publish.bulletin.reads import read_reads
    from tieline.publish.bulletin.site import Edition
    from tieline.publish.bulletin.template import read_template

    key = _key(given["key_file"])
    reads = read_reads(given["reads"]) if given["reads"] else None
    url = given["url"] + ("/" if given["url"] and not given["url"].endswith("/") else "")
    edition = Edition(_languages(read_template(source).languages, given),
                      tuple(given["formats"]) or ("html",), url, reads, tuple(given["fonts"]))
    reason = given["reason"] or "published / 发布"
    with Bar(say("publishing", "发布中")):
        done = desk.publish(source, given["out"] or Path("tieline-site"), edition, key,
                            Note(actor_of(None), reason, source="publish"))
    lines = [say(f"Published: {done.folder}, state {done.sequence}, {len(done.new)} new files.",
                 f"已发布:{done.folder},第 {done.sequence} 次,新文件 {len(done.new)} 个。"),
             say(f"Manifest {done.manifest}, key {done.fingerprint}",
                 f"清单 {done.manifest},密钥 {done.fingerprint}")]
    if not url:
        lines.append(say("The address of the site is not known (--url): no sitemap is written "
                         "unless an earlier publication named it.",
                         "未给出网址(--url):除非以前给出过,否则不写站点地图。"))
    if reads is None:
        lines.append(say("No access counts were given (--reads): nothing is listed as most read.",
                         "未给出访问次数(--reads):不列“最多阅读”。"))
    screen().print(Text("\n".join(lines)))


def _languages(spoken: tuple[str, ...], given: dict[str, Any]) -> tuple[str, ...]:
    if given["both"]:
        return spoken
    lang = language()
    if lang not in spoken:
        raise click.UsageError(say(f"the bulletin speaks {', '.join(spoken)}",
                                   f"该公报的语言为 {', '.join(spoken)}"))
    return (lang,)


def _key(given: Path | None) -> SigningKey:
    from tieline.publish.bulletin.keys import PASSPHRASE, default_key, load_key

    return load_key(given or default_key(), os.environ.get(PASSPHRASE, ""))


@click.command(
    "publication-key", cls=Command,
    help="Make an Ed25519 key to sign publications: FILE, which only you may read, and FILE.pub "
    "for those who verify. A passphrase is taken from $TIELINE_KEY_PASSPHRASE.",
    zh="生成用于签名的 Ed25519 密钥:FILE(仅本人可读)与供核验者使用的 FILE.pub。口令取自 "
    "$TIELINE_KEY_PASSPHRASE。",
    examples=("tieline publication-key publishing-key.pem",),
)
@click.argument("file", type=FOLDER, required=False)
@lang_option()
def publication_key(file: Path | None) -> None:
    """Make a key."""
    from tieline.publish.bulletin.keys import PASSPHRASE, default_key, new_key

    path = file or default_key()
    public = new_key(path, os.environ.get(PASSPHRASE, ""))
    screen().print(Text(say(
        f"Key: {path} (keep it private, keep a copy), {path}.pub. "
        f"Fingerprint: {public.fingerprint}",
        f"密钥:{path}(请妥善保密并备份)、{path}.pub。指纹:{public.fingerprint}",
    )))


@click.command(
    "verify-publication", cls=Command,
    help="Whether a published folder is as it was signed: every file added, changed or removed is "
    "named. With --against REGION every figure is asked again: still true, or what changed. Exit "
    "code 1 if something does not hold.",
    zh="核验发布文件夹是否与签名时一致:逐一列出增加、改动、缺失的文件。用 --against 区域 "
    "则逐一重新查询每个数字:仍成立,或何处有变。有不符时退出码为 1。",
    examples=("tieline verify-publication site --key publishing-key.pem.pub",
              "tieline verify-publication site --against my-region"),
)
@click.argument("path", type=FOLDER)
@click.option("--key", "key_file", cls=Option, type=FOLDER, default=None, metavar="FILE",
              help="The public key that should have signed, from elsewhere.",
              zh="应当签名的公钥(另行取得)。")
@click.option("--against", cls=Option, type=FOLDER, default=None, metavar="REGION",
              help="The region whose ledger and engines are asked again.",
              zh="重新查询的区域(台账与引擎)。")
@click.option("--at", "place", cls=Option, default=None, metavar="URL",
              help="Its ledger, if it is not the folder's ledger.sqlite.",
              zh="其台账位置(不是文件夹中的 ledger.sqlite 时)。")
@click.option("--json", "as_json", cls=Option, is_flag=True, help="The verdict as JSON.",
              zh="以 JSON 输出。")
@lang_option()
def verify_publication(
    path: Path, *, key_file: Path | None, against: Path | None, place: str | None, as_json: bool
) -> None:
    """Verify a site."""
    from tieline.publish.bulletin.keys import load_public
    from tieline.publish.bulletin.manifest import verify_site

    verdict = verify_site(path, load_public(key_file) if key_file else None)
    asked = _asked_again(path, against, place) if against else {}
    if as_json:
        print_json({**verdict.to_dict(), "figures": {
            name: [{"id": r.figure.id, "verdict": r.verdict, "holds": r.holds,
                    "changed": list(r.changed), "why": r.why} for r in found]
            for name, found in asked.items()}})
    else:
        screen().print(Text("\n".join([*_verdict(path, verdict), *_figures(asked)])))
    if not verdict.holds or not all(r.holds for found in asked.values() for r in found):
        click.get_current_context().exit(1)


def _asked_again(
    path: Path, against: Path, place: str | None
) -> dict[str, tuple[Rerun, ...]]:
    from tieline.ledger import clock
    from tieline.study.bulletins import BulletinDesk

    with Bar(say("asking again", "重新查询中")), BulletinDesk(against, place=place) as desk:
        return desk.rerun_site(path, today=clock.today(desk.ledger.time_zone))


def _verdict(path: Path, verdict: Verdict) -> list[str]:
    from tieline.messages import message

    if verdict.broken:
        return [f"{path}: {message(verdict.broken, language())}"]
    lines = [say(f"added: {n}", f"增加:{n}") for n in verdict.added]
    lines += [say(f"changed: {n}", f"改动:{n}") for n in verdict.changed]
    lines += [say(f"removed: {n}", f"缺失:{n}") for n in verdict.removed]
    if not verdict.signature:
        lines.append(say("the signature is not that of the manifest: manifest.json or manifest.sig "
                         "was changed", "签名与清单不符:manifest.json 或 manifest.sig 被改动"))
    if verdict.trusted is False:
        lines.append(say(f"signed with another key: {verdict.fingerprint}",
                         f"由另一密钥签名:{verdict.fingerprint}"))
    if verdict.holds:
        lines.append(say(
            f"{path}: {verdict.files} files as they were signed, state {verdict.sequence}.",
            f"{path}:{verdict.files} 个文件与签名时一致,第 {verdict.sequence} 次发布。"))
    if verdict.trusted is None and verdict.signature:
        lines.append(say(
            f"Key {verdict.fingerprint}: compare it with one you have from elsewhere (--key).",
            f"密钥 {verdict.fingerprint}:请与另行取得的核对(--key)。"))
    return lines


def _figures(asked: dict[str, tuple[Rerun, ...]]) -> list[str]:
    from tieline.publish.shell import words_of

    words = words_of(language())
    return [f"{name} · {r.text(words)}" for name, found in asked.items() for r in found]
