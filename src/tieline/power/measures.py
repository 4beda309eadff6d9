"""What the power engine reports for each jurisdiction."""

from __future__ import annotations

from tieline.region.model import Measure

HOURS_PER_YEAR = 8760.0

MEASURES: tuple[Measure, ...] = (
    Measure(
        "customers", "customers", None,
        label="Customers", label_zh="用户数",
        meaning="Customers served; one per MV customer (public transformer or dedicated user).",
        meaning_zh="供电用户数;中压用户每户计 1(公变台区或专变用户)。",
        standard="DL/T 836; IEEE 1366",
    ),
    Measure(
        "interruptions", "customer-interruptions/yr", "less",
        label="Customer interruptions", label_zh="停电户次",
        meaning="Sustained interruptions in a year, each counted once per customer it reaches.",
        meaning_zh="一年中持续停电次数,按受影响用户计。",
        standard="IEEE 1366",
    ),
    Measure(
        "customer_hours", "customer-h/yr", "less",
        label="Customer-hours lost", label_zh="停电时户数",
        meaning="Hours without supply in a year, added over customers.",
        meaning_zh="一年中各用户停电小时数之和。",
        standard="DL/T 836",
    ),
    Measure(
        "energy_not_supplied", "kWh/yr", "less",
        label="Energy not supplied", label_zh="缺供电量",
        meaning="Energy that customers would have taken while they were without supply (ENS).",
        meaning_zh="停电期间用户本应使用的电量。",
        standard="DL/T 836; Billinton and Allan 1996",
    ),
    Measure(
        "service_hours", "customer-h/yr", None,
        label="Customer-hours served", label_zh="供电时户数",
        meaning="Customers times 8760 h less the customer-hours lost.",
        meaning_zh="用户数乘 8760 小时减停电时户数。",
    ),
    Measure(
        "demand_hours", "customer-h/yr", None,
        label="Customer-hours demanded", label_zh="应供时户数",
        meaning="Customers times 8760 h.",
        meaning_zh="用户数乘 8760 小时。",
    ),
    Measure(
        "SAIFI", "1/(customer yr)", "less", ratio_of=("interruptions", "customers"),
        label="SAIFI", label_zh="平均停电次数 SAIFI",
        meaning="Interruptions an average customer has in a year.",
        meaning_zh="每用户每年平均停电次数。",
        standard="IEEE 1366; DL/T 836 (AITC)",
    ),
    Measure(
        "SAIDI", "h/(customer yr)", "less", ratio_of=("customer_hours", "customers"),
        label="SAIDI", label_zh="平均停电时间 SAIDI",
        meaning="Hours an average customer is without supply in a year.",
        meaning_zh="每用户每年平均停电小时数。",
        standard="IEEE 1366; DL/T 836 (AIHC)",
    ),
    Measure(
        "CAIDI", "h/interruption", "less", ratio_of=("customer_hours", "interruptions"),
        label="CAIDI", label_zh="每次停电平均时间 CAIDI",
        meaning="Mean length of an interruption.",
        meaning_zh="每次停电的平均持续时间。",
        standard="IEEE 1366",
    ),
    Measure(
        "ASAI", "-", "more", ratio_of=("service_hours", "demand_hours"),
        label="ASAI", label_zh="供电可靠率 ASAI",
        meaning="Share of demanded customer-hours that were served (RS in DL/T 836).",
        meaning_zh="供电时户数占应供时户数之比(DL/T 836 的 RS)。",
        standard="IEEE 1366; DL/T 836 (RS)",
    ),
    Measure(
        "AENS", "kWh/(customer yr)", "less", ratio_of=("energy_not_supplied", "customers"),
        label="AENS", label_zh="户均缺供电量 AENS",
        meaning="Energy not supplied to an average customer in a year.",
        meaning_zh="每用户每年平均缺供电量。",
        standard="Billinton and Allan 1996",
    ),
)
