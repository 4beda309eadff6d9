"""What the water engine reports for each jurisdiction."""

from __future__ import annotations

from tieline.region.model import Measure

MEASURES: tuple[Measure, ...] = (
    Measure(
        "cleaning_cost", "currency/yr", "less",
        label="Cost of cleaning", label_zh="保洁费用",
        meaning="What its own boats cost in a year: shifts, hours, fees at landings.",
        meaning_zh="本方保洁船全年费用:班次、工时与上岸处置费。",
    ),
    Measure(
        "boat_hours", "boat-h/yr", "less",
        label="Boat-hours", label_zh="保洁船工时",
        meaning="Hours its boats are under way or at work in a year.",
        meaning_zh="本方保洁船全年航行与作业小时数。",
    ),
    Measure(
        "debris_left", "t/yr", "less",
        label="Debris left", label_zh="未清漂浮物",
        meaning="What gathers in its waters in a year and no boat can collect.",
        meaning_zh="其水域一年中聚集而无船可清的漂浮物。",
    ),
    Measure(
        "abatement_cost", "currency/yr", "less",
        label="Cost of abatement", label_zh="削减费用",
        meaning="What the cuts at its own sources cost in a year.",
        meaning_zh="其污染源全年削减费用。",
    ),
    Measure(
        "quality_damage", "currency/yr", "less",
        label="Damage of exceedance", label_zh="超标损失",
        meaning="Days times mg/L above the limits at its sections, at the damage they state.",
        meaning_zh="其断面超标浓度乘天数,按所列单位损失计。",
    ),
    Measure(
        "exceedance_days", "section-days/yr", "less",
        label="Section-days above target", label_zh="断面超标天数",
        meaning="Days of a year that its sections are above the limit in at least one item, "
        "by the mean of each flow scenario.",
        meaning_zh="一年中其断面至少一项超标的天数,按各来水情景均值判定。",
        standard="GB 3838-2002",
    ),
    Measure(
        "intake_hours", "h/yr", "less",
        label="Intake hours lost", label_zh="取水中断小时",
        meaning="Hours its intakes are out of service through the spills of table spill in a year.",
        meaning_zh="因突发污染(表 spill)一年中其取水口停用的小时数。",
    ),
    Measure(
        "people_hours", "people-h/yr", "less",
        label="People-hours without raw water", label_zh="断水人时",
        meaning="Intake hours lost times the people supplied.",
        meaning_zh="取水中断小时乘供水人口。",
    ),
    Measure(
        "days_met", "section-days/yr", None,
        label="Section-days within target", label_zh="断面达标天数",
        meaning="Days of a year that its sections are within every limit.",
        meaning_zh="一年中其断面各项均达标的天数。",
    ),
    Measure(
        "section_days", "section-days/yr", None,
        label="Section-days judged", label_zh="断面考核天数",
        meaning="Its sections that have limits, times the days of the year.",
        meaning_zh="其有限值的断面数乘全年天数。",
    ),
    Measure(
        "compliance", "-", "more", ratio_of=("days_met", "section_days"),
        label="Share of days within target", label_zh="水质达标率",
        meaning="Share of section-days within every limit.",
        meaning_zh="断面达标天数占考核天数之比。",
        standard="GB 3838-2002",
    ),
)
COLUMN = {m.name: k for k, m in enumerate(m for m in MEASURES if m.ratio_of is None)}
"""Column of each additive measure in an outcome."""
