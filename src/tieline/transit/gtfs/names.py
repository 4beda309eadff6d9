"""What stops and lines are called in English and in Chinese: columns, and translations.txt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.messages import counted
from tieline.transit.gtfs.sheet import Sheet, require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tieline.region.issues import Issues

ZH = ("zh-hans", "zh-cn", "zh", "zh-hans-cn")
EN = ("en", "en-gb", "en-us")
Texts = dict[tuple[str, str, str], str]


class Translations:
    """Rows of translations.txt: by table, field and language, of a record or of a text."""

    def __init__(self, sheet: Sheet | None, issues: Issues) -> None:
        self._of_record: dict[tuple[str, str, str, str], str] = {}
        self._of_text: dict[tuple[str, str, str, str], str] = {}
        if sheet is None or not require(
            sheet, ("table_name", "field_name", "language", "translation"), issues
        ):
            return
        names = ("table_name", "field_name", "language", "translation", "record_id", "field_value")
        empty = 0
        for table, field, language, said, record, text in zip(
            *(sheet.texts(n) for n in names), strict=True
        ):
            key = str(table), str(field), str(language).strip().lower()
            if record:
                self._of_record[*key, str(record)] = str(said)
            elif text:
                self._of_text[*key, str(text)] = str(said)
            else:
                empty += 1
        if empty:
            issues.note(sheet.file, f"{counted(empty, 'row')} without record_id or field_value "
                        "left out")

    @property
    def empty(self) -> bool:
        """Whether nothing is translated."""
        return not self._of_record and not self._of_text

    def of(
        self, table: str, field: str, languages: Sequence[str], record: str, text: str
    ) -> str:
        """What a field of a record is in the first of the languages that it is given in, or ""."""
        for language in languages:
            key = table, field, language
            found = self._of_record.get((*key, record)) or self._of_text.get((*key, text))
            if found:
                return found
        return ""


def names_of(
    sheet: Sheet, key: str, fields: Mapping[str, NDArray[Any]], translations: Translations
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Names in English, and in Chinese where they differ (else ""), row by row.

    `fields` are the texts of the columns a name may stand in, the first that is not empty counts.
    A Chinese name comes from translations.txt, else from a column `name_zh`; where there is an
    English translation instead, what the feed itself calls it is the Chinese one.
    """
    table = sheet.file.rsplit("/", 1)[-1].removesuffix(".txt")
    given = sheet.texts("name_zh")
    if translations.empty:
        first, *others = fields.values()
        for other in others:
            first = np.where(first != "", first, other)
        return first, given
    names, chinese = [], []
    for i, record in enumerate(sheet.texts(key)):
        field, text = next(
            ((f, str(v[i])) for f, v in fields.items() if v[i] != ""), (next(iter(fields)), ""))
        english = translations.of(table, field, EN, str(record), text)
        zh = translations.of(table, field, ZH, str(record), text) or str(given[i])
        names.append(english or text)
        chinese.append(zh or (text if english else ""))
    return np.array(names, dtype=object), np.array(chinese, dtype=object)
