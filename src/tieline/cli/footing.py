"""What stands below an appraisal's tables on a terminal: data, terms, what has no price, notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tieline.cli.marks import status_word
from tieline.cli.words import say
from tieline.messages import counted, message
from tieline.publish.words import in_language
from tieline.region.model import STATUSES

if TYPE_CHECKING:
    from tieline.cli.tables import Teller

NOTES_SHOWN = 3


def footing(teller: Teller) -> Sequence[str]:
    """The lines below the tables."""
    appraisal, words = teller.appraisal, teller.words
    counts = appraisal.statuses()
    rows = say(", ", "、").join(
        f"{status_word(s, words)} {counts[s]:,}" for s in STATUSES if counts.get(s)
    )
    lines = ["", say(
        f"What this rests on, rows of data: {rows}.", f"数据依据(行数):{rows}。"
    )]
    scale = appraisal.region.provenance.get("scale", "")
    lines += [in_language(scale, words.lang)] if scale else []
    lines += [say(
        "PINT: the project alone, put in; TOOT: the project taken out of all; "
        "everybody together.",
        "PINT:仅加入该项目;TOOT:从全部中去掉该项目;均在各方携手时。",
    )]
    if any(o.gap.any() for n in appraisal.networks.values() for o in n.outcomes.values()):
        lines.append(say(
            "Gap: how far a figure may be from the best the method could miss; a gain smaller "
            "than its gap is not certain. In money: at typical values.",
            "间隙:该数字与方法可能遗漏的最优值之差的上限;小于其间隙的增益并不确定。金额按典型单价计。",
        ))
    for network, names in appraisal.unpriced.items():
        titles = [appraisal.networks[network].measure(n).title(words.lang) for n in names]
        if titles:
            lines.append(say(f"Not priced in {network}: {', '.join(titles)}.",
                             f"{teller.network(network)}未计价:{'、'.join(titles)}。"))
    return [
        *lines, *(message(n, words.lang) for n in appraisal.every_note()), *_data_notes(teller)
    ]


def _data_notes(teller: Teller) -> Iterable[str]:
    """How much reading noted, the first of it, and where all of it is."""
    notes, lang = teller.appraisal.data_notes, teller.words.lang
    if not notes:
        return
    yield ""
    yield say(f"{counted(len(notes), 'note')} on the data:", f"数据提示 {len(notes)} 条:")
    for note in notes[:NOTES_SHOWN]:
        yield f"  {note.message(lang)}"
    if len(notes) > NOTES_SHOWN:
        yield say(
            f"  ... and {len(notes) - NOTES_SHOWN} more; all of them: tieline check, "
            "or data_notes.csv of --out",
            f"  另有 {len(notes) - NOTES_SHOWN} 条;全部见 tieline check,"
            "或 --out 写出的 data_notes.csv",
        )
