"""What the transit engine reports for each jurisdiction."""

from __future__ import annotations

from tieline.region.model import Measure


def _reach(minutes: int) -> Measure:
    return Measure(
        f"reach_{minutes}", "person x opportunity", "more",
        label=f"Reach within {minutes} min", label_zh=f"{minutes} 分钟可达",
        meaning=f"Opportunities within {minutes} minutes of each resident, summed.",
        meaning_zh=f"每位居民 {minutes} 分钟内可达的机会数,按居民求和。",
        standard="cumulative opportunities at a percentile of the departure window (Conway 2018)",
    )


def _mean(minutes: int) -> Measure:
    return Measure(
        f"mean_reach_{minutes}", "opportunities/person", "more",
        ratio_of=(f"reach_{minutes}", "residents"),
        label=f"Opportunities within {minutes} min", label_zh=f"人均 {minutes} 分钟可达机会",
        meaning=f"Opportunities that an average resident has within {minutes} minutes.",
        meaning_zh=f"平均每位居民 {minutes} 分钟内可达的机会数。",
    )


MEASURES: tuple[Measure, ...] = (
    Measure(
        "residents", "persons", None, label="Residents", label_zh="居民",
        meaning="People who live at the places read.", meaning_zh="所读地点的居住人口。",
    ),
    *(_reach(m) for m in (15, 30, 45, 60)),
    Measure(
        "facility_minutes", "person-min/yr", "less",
        label="Minutes to the nearest facilities", label_zh="到最近设施的人分钟",
        meaning="Residents times visits a year times the mean minutes to the nearest facilities, "
        "at most the longest trip.",
        meaning_zh="居民数 × 每年次数 × 到最近设施的平均分钟数(不超过最长行程)。",
    ),
    Measure(
        "day_trip", "persons", "more", label="People who can go and return in a day",
        label_zh="可当日往返的人数",
        meaning="Residents who reach a facility after it opens, stay, and are home before the day "
        "ends.",
        meaning_zh="能在开门后到达设施、停留规定时间并在当日结束前到家的居民数。",
    ),
    Measure(
        "trip_minutes", "person-min/yr", "less", label="Minutes of trips people make",
        label_zh="出行需求的人分钟",
        meaning="Trips of the demand table times their minutes; one that is not possible counts "
        "the longest trip.",
        meaning_zh="需求表各行出行次数 × 行程分钟;不可达的按最长行程计。",
    ),
    Measure(
        "trips_possible", "trips/yr", "more", label="Trips that are possible",
        label_zh="可成行的出行",
        meaning="Trips of the demand table that take no more than the longest trip.",
        meaning_zh="需求表中不超过最长行程的出行次数。",
    ),
    Measure(
        "subsidy", "currency/yr", "less", label="Subsidy of lines", label_zh="线路补贴",
        meaning="Cost of the lines that exist less their fares, by who pays, and of shared cars "
        "brought back.",
        meaning_zh="现有线路成本减票款,加共享汽车调车费用,按承担者。",
    ),
    *(_mean(m) for m in (15, 30, 45, 60)),
    Measure(
        "mean_facility_minutes", "min/(person yr)", "less",
        ratio_of=("facility_minutes", "residents"),
        label="Minutes a resident spends to reach facilities", label_zh="人均到设施分钟",
        meaning="Minutes an average resident takes to the nearest facilities in a year.",
        meaning_zh="平均每位居民每年去最近设施所用分钟数。",
    ),
    Measure(
        "share_day_trip", "-", "more", ratio_of=("day_trip", "residents"),
        label="Share who can go and return in a day", label_zh="可当日往返的比例",
        meaning="Share of the residents who can go to a facility and return in a day.",
        meaning_zh="能当日往返设施的居民比例。",
    ),
)
