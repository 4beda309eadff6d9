"""`tieline ledger work`: joint work, from the inbox to the settlement."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tieline.cli.ledger_options import open_place, place_argument, principal, rights_option
from tieline.cli.ledger_tables import draw, print_json
from tieline.cli.screen import screen
from tieline.cli.words import Group, Option, lang_option, language, say

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.work.desk import Desk, Task

DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
ACTIONS = (
    ("accept", "Take a case that was opened for you or handed over to you.",
     "受理向己方发起或移交的事项。"),
    ("refuse", "Send a case back to where it came from, with the reason.",
     "说明理由,将事项退回来处。"),
    ("hand-over", "Hand a case over to another jurisdiction (--to).", "将事项移交其他辖区(--to)。"),
    ("do", "Say that the work has begun.", "标明已开始办理。"),
    ("reassign", "Give a case to another role of the same jurisdiction (--role).",
     "改派本辖区其他岗位(--role)。"),
    ("evidence", "Give the evidence that the work is done (--file, or --evidence).",
     "提交办结佐证(--file 或 --evidence)。"),
    ("reject", "Send evidence back that does not suffice.", "佐证不足,退回继续办理。"),
    ("verify", "Confirm, as the one who opened the case, that it is done.",
     "由发起方核验办理结果。"),
    ("settle", "Settle and close a case (--amount, --settlement).",
     "结算并办结事项(--amount、--settlement)。"),
    ("withdraw", "Take back a case that nobody has begun to work on.", "撤回尚未办理的事项。"),
)
"""The actions a user may type, with what they do; from and to which state stands in data."""


@click.group(
    "work", cls=Group,
    help="Joint work: cases that go from hand to hand across borders.",
    zh="协同办理:跨界流转的事项。",
    examples=("tieline ledger work inbox my-region --role river_office",
              "tieline ledger work accept my-region case-12 --why 'it is ours' "
              "--as westtown:editor,river_office"),
)
@lang_option()
def work() -> None:
    """Hold the commands together."""


@work.command(
    help="Cases somebody must act on, the most urgent first.",
    zh="待办事项,最急在前。",
    examples=("tieline ledger work inbox my-region --role river_office --jurisdiction westtown",
              "tieline ledger work inbox my-region --overdue"),
)
@place_argument()
@click.option("--role", cls=Option, default="", metavar="ROLE", help="Only this role's.",
              zh="仅该岗位。")
@click.option("--jurisdiction", cls=Option, default="", metavar="ID",
              help="Only this jurisdiction's.", zh="仅该辖区。")
@click.option("--overdue", cls=Option, is_flag=True, help="Only those past their deadline.",
              zh="仅逾期事项。")
@click.option("--json", "as_json", cls=Option, is_flag=True, help="JSON on standard output.",
              zh="以 JSON 输出。")
@rights_option()
@lang_option()
def inbox(place: str, *, seen_as: str | None, as_json: bool, **narrow: Any) -> None:
    """List what is to be done."""
    with open_place(place) as opened:
        tasks = _desk(opened, seen_as).inbox(**narrow)
        if as_json:
            print_json([_task_record(t) for t in tasks])
        else:
            _draw_tasks(tasks, opened)


@work.command(
    "open",
    help="Open a case of one jurisdiction on which another is to act.",
    zh="由一辖区发起、请另一辖区办理的事项。",
    examples=("tieline ledger work open my-region water_case --owner westtown --to easttown "
              "--title 'floating plants' --why 'seen on patrol'",),
)
@place_argument()
@click.argument("workflow")
@click.option("--owner", cls=Option, required=True, metavar="ID", help="Who opens it.",
              zh="发起辖区。")
@click.option("--to", cls=Option, required=True, metavar="ID", help="Who is to act.",
              zh="办理辖区。")
@click.option("--title", cls=Option, required=True, metavar="TEXT", help="What it is.", zh="标题。")
@click.option("--id", "record", cls=Option, default="", metavar="ID",
              help="Id of the case; default: a number.", zh="事项编号;默认自动编号。")
@click.option("--about", cls=Option, default="", metavar="ID",
              help="The water, project or agreement it is about.", zh="所涉水体、项目或协议。")
@click.option("--file", "files", cls=Option, multiple=True, type=click.Path(path_type=Path),
              help="A file to keep in the ledger; may be given more than once.",
              zh="存入台账的文件;可多次给出。")
@click.option("--why", "reason", cls=Option, required=True, metavar="REASON", help="Why.",
              zh="理由。")
@rights_option()
@lang_option()
def open_(place: str, workflow: str, *, seen_as: str | None, **given: Any) -> None:
    """Open a case."""
    from tieline.ledger.files import read_uploads
    from tieline.ledger.work.desk import Deed

    values = {"name_zh": given["title"], "parent": given["about"]}
    deed = Deed(given["reason"], files=tuple(read_uploads(given["files"])),
                values={k: v for k, v in values.items() if v})
    with open_place(place) as opened:
        desk = _desk(opened, seen_as)
        receipt = desk.open(workflow, given["owner"], given["to"], deed, given["record"])
        unseen = desk.unseen_by(receipt.ids[0])
    screen().print(Text(receipt.ids[0]))
    _say_unseen(place, *unseen)


@work.command(
    help="A case's way: every step, by whom, why, with what evidence.",
    zh="事项的办理过程:每一步由谁、因何、有何佐证。",
    examples=("tieline ledger work steps my-region case-12",),
)
@place_argument()
@click.argument("case")
@rights_option()
@lang_option()
def steps(place: str, case: str, *, seen_as: str | None) -> None:
    """Show the steps of a case."""
    from dataclasses import replace

    from tieline.ledger.listing import listing, words_of

    with open_place(place) as opened:
        found = _desk(opened, seen_as).steps(case)
        columns = ("at", "jurisdiction", "role", "action", "to", "to_role", "reason",
                   "evidence", "late")
        words = words_of(
            opened.view(principal(opened, seen_as)), opened.time_zone, language())
        table = listing(found, opened.catalogue, columns, language(), words)
        draw(replace(table, rows=tuple(tuple(map(_short, r)) for r in table.rows)))


@work.command(
    help="Patrols and samplings against their plans, month by month.",
    zh="逐月对照计划,核算巡查与采样的覆盖率。",
    examples=("tieline ledger work coverage my-region --from 2019-10 --to 2019-12",),
)
@place_argument()
@click.option("--from", "first", cls=Option, required=True, metavar="MONTH",
              help="The first month, as 2019-10.", zh="首月,如 2019-10。")
@click.option("--to", "last", cls=Option, default="", metavar="MONTH",
              help="The last month; default: the first.", zh="末月;默认与首月相同。")
@rights_option()
@lang_option()
def coverage(place: str, *, seen_as: str | None, first: str, last: str) -> None:
    """Show what was done of what was planned."""
    from tieline.ledger import coverage as covered
    from tieline.ledger.listing import words_of

    months = covered.months_between(first, last or first)
    with open_place(place) as opened:
        who = principal(opened, seen_as)
        found = covered.coverage(opened, months, who)
        names = words_of(opened.view(who), opened.time_zone, language()).names
    draw(covered.coverage_listing(found, language(), names))


@work.command(
    help="Tell the next role of every case that is past its deadline.",
    zh="将全部逾期事项升级至上一级岗位。",
    examples=("tieline ledger work escalate my-region --why 'daily run'",),
)
@place_argument()
@click.option("--why", "reason", cls=Option, required=True, metavar="REASON", help="Why.",
              zh="理由。")
@rights_option()
@lang_option()
def escalate(place: str, *, seen_as: str | None, reason: str) -> None:
    """Escalate overdue cases."""
    from tieline.cli.ledger_options import actor_of
    from tieline.ledger.append import Note

    with open_place(place) as opened:
        told = _desk(opened, seen_as).escalate(Note(actor_of(None), reason, source="work"))
    screen().print(Text("\n".join(told) or say(
        "nothing is overdue that was not escalated before", "没有尚未上报的逾期事项")))


def _add(name: str, en: str, zh: str) -> None:
    extra = {"hand-over": " --to easttown", "reassign": " --role harbour_office",
             "evidence": " --file photo.jpg", "settle": " --amount 1.2万元"}
    line = f"tieline ledger work {name} my-region case-12 --why 'as agreed'{extra.get(name, '')}"

    @work.command(name, help=en, zh=zh, examples=(line,))
    @place_argument()
    @click.argument("case")
    @click.option("--why", "reason", cls=Option, required=True, metavar="REASON", help="Why.",
                  zh="理由。")
    @click.option("--to", cls=Option, default="", metavar="ID", help="The jurisdiction it goes to.",
                  zh="移交至的辖区。")
    @click.option("--role", cls=Option, default="", metavar="ROLE", help="The role that is to act.",
                  zh="应办岗位。")
    @click.option("--evidence", cls=Option, multiple=True, metavar="TEXT",
                  help="Digest and name of a file kept elsewhere; may be given more than once.",
                  zh="另处保存的文件的摘要与名称;可多次给出。")
    @click.option("--file", "files", cls=Option, multiple=True, type=click.Path(path_type=Path),
                  help="A file to keep in the ledger as evidence; may be given more than once.",
                  zh="存入台账作为佐证的文件;可多次给出。")
    @click.option("--amount", cls=Option, default="", metavar="MONEY", help="Amount settled.",
                  zh="结算金额。")
    @click.option("--settlement", cls=Option, default="", metavar="TEXT",
                  help="How it was settled.", zh="结算说明。")
    @rights_option()
    @lang_option()
    def act(place: str, case: str, *, seen_as: str | None, **given: Any) -> None:
        """Take a step."""
        from tieline.ledger.files import read_uploads
        from tieline.ledger.work.desk import Deed

        values = {"settled": given["amount"], "settlement": given["settlement"]}
        deed = Deed(given["reason"], given["to"], given["role"], given["evidence"],
                    tuple(read_uploads(given["files"])),
                    {k: v for k, v in values.items() if v})
        with open_place(place) as opened:
            desk = _desk(opened, seen_as)
            receipt = desk.act(case, name.replace("-", "_"), deed)
            unseen = desk.unseen_by(case) if given["to"] else ("", "")
        screen().print(Text(say(f"Change {receipt.change_no}, hash {receipt.hash}",
                                f"第 {receipt.change_no} 号变更,哈希 {receipt.hash}")))
        _say_unseen(place, *unseen)


for _action in ACTIONS:
    _add(*_action)


def _say_unseen(place: str, owner: str, holder: str) -> None:
    """Tell, on stderr, that who is to act cannot see the case, and what lets them."""
    if holder:
        line = (f"tieline ledger set {place} share-{owner}-{holder} --records share_rule "
                f"owner={owner} grantee={holder} 'actions=read;write' "
                "'kinds=case;case_step;file' 'fields=*' purpose=cases --why '...' "
                f"--as {owner}:steward")
        screen(error=True).print(Text(say(
            f"{holder} cannot see or act on cases of {owner}; {owner} shares them with:\n{line}",
            f"{holder} 尚不能查看和办理 {owner} 的事项;{owner} 可这样共享:\n{line}")))


def _desk(opened: Ledger, seen_as: str | None) -> Desk:
    from tieline.ledger.work.desk import Desk

    return Desk(opened, principal(opened, seen_as, "editor"))


def _task_record(task: Task) -> dict[str, Any]:
    return {"id": task.case.id, "jurisdiction": task.jurisdiction, "role": task.role,
            "deadline": task.deadline, "overdue": task.overdue, "escalated": task.escalated,
            **task.case.values}


def _short(cell: str) -> str:
    """A cell with the digests of files in it cut short; `show` and `--json` have them whole."""
    return DIGEST.sub(r"\1...", cell)


def _escalated(role: str) -> str:
    return say(f"escalated to {role}", f"已上报 {role}")


def _draw_tasks(tasks: list[Task], opened: Ledger) -> None:
    from zoneinfo import ZoneInfo

    from tieline.ledger.clock import moment
    from tieline.ledger.listing import Listing, words_of

    words = words_of(opened.view(), opened.time_zone, language())
    codes, lang = opened.catalogue.codes, language()
    zone = ZoneInfo(opened.time_zone)
    titles = ("case", "title", "sort", "state", "must act", "role", "until", "")
    titles_zh = ("事项", "标题", "类别", "状态", "应办辖区", "应办岗位", "期限", "")
    rows = tuple(
        (t.case.id, t.case.label(lang), codes["workflow"].label(str(t.case.get("workflow")), lang),
         codes["case_state"].label(str(t.case.get("state")), lang),
         words.names.get(t.jurisdiction, t.jurisdiction), codes["role"].label(t.role, lang),
         f"{moment(t.deadline).astimezone(zone):%Y-%m-%d %H:%M}" if t.deadline else "",
         " ".join(filter(None, (say("OVERDUE", "逾期") if t.overdue else "",
                                _escalated(codes["role"].label(t.escalated, lang))
                                if t.escalated else ""))))
        for t in tasks
    )
    draw(Listing(titles, titles_zh if lang == "zh" else titles, rows))
