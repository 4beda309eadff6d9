"""A template that the tests of bulletins share, and parts to change it by."""

from datetime import date

DAY = date(2019, 10, 31)

HEAD = """\
+++
id = "october"
date = 2019-10-31
as_of = 2019-10-31
section = { id = "zone", zh = "区域", en = "The region" }

[title]
zh = "秋季公报"
en = "October"

[summary]
zh = "{{bulletin:as_of}}的数字。"
en = "Figures of {{bulletin:as_of}}."

[figure.firms]
from = "ledger"
kind = "observation"
where = { parent = "firms" }
field = "value"

[figure.total]
from = "ledger"
record = "flagships"
field = "total"

[figure.opened]
from = "ledger"
record = "bridge"
field = "opened"

[figure.planned]
from = "ledger"
kind = "project"
list = "flagships"
field = "investment"
total = "amount"
label = { zh = "清单成员投资", en = "Investment of the members" }
+++
"""

BODY = """\
:::zh
# 企业
园区有企业 {{firms}}，**清单总额** {{total}}，成员合计 {{planned}}。
:::
:::en
# Firms
There are {{firms}} firms; *the list* says {{total}}, its members {{planned}}.
:::

| {{opened:label}} |
|---|
| {{opened}} |
"""

TEXT = HEAD + "\n" + BODY


def with_body(zh, en="Nothing."):
    """The template with other paragraphs added to its text."""
    return f"{TEXT}\n:::zh\n{zh}\n:::\n:::en\n{en}\n:::\n"
