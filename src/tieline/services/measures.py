"""What the services engine reports for each jurisdiction's residents."""

from __future__ import annotations

from tieline.region.model import Measure

NAMES = {
    "health": ("hospitals", "医院"), "library": ("libraries", "图书馆"),
    "culture": ("stages", "舞台"), "school": ("schools", "学校"),
}


def _additive(subject: str) -> tuple[Measure, ...]:
    name, zh = NAMES[subject]
    return (
        Measure(
            f"{subject}_near", "persons", "more", label=f"People near {name} they may use",
            label_zh=f"就近有可用{zh}的人数",
            meaning=f"Residents with one of the {name} they may use within the minutes set.",
            meaning_zh=f"在设定分钟数内有可用{zh}的居民数。",
        ),
        Measure(
            f"{subject}_capacity", "capacity", "more", label=f"Capacity of {name} taken",
            label_zh=f"取得的{zh}容量",
            meaning=f"Capacity of {name} that residents take, shared among all who may come "
            "(E2SFCA); over all jurisdictions it sums to what is used.",
            meaning_zh=f"居民分得的{zh}容量(E2SFCA,由所有可用者分享);各地之和为被使用的容量。",
            standard="Luo and Qi 2009",
        ),
        Measure(
            f"{subject}_minutes", "person-min", "less", label=f"Minutes to the nearest of {name}",
            label_zh=f"到最近{zh}的人分钟",
            meaning=f"Residents times the minutes to the nearest of the {name} they may use, at "
            "most the longest trip.",
            meaning_zh=f"居民数 × 到最近可用{zh}的分钟数(不超过最长行程)。",
        ),
    )


def _ratios(subject: str) -> tuple[Measure, ...]:
    name, zh = NAMES[subject]
    return (
        Measure(
            f"{subject}_share_near", "-", "more", ratio_of=(f"{subject}_near", "people"),
            label=f"Share near {name}", label_zh=f"就近有{zh}的比例",
            meaning=f"Share of residents near one of the {name} they may use.",
            meaning_zh=f"就近有可用{zh}的居民比例。",
        ),
        Measure(
            f"{subject}_mean_minutes", "min", "less", ratio_of=(f"{subject}_minutes", "people"),
            label=f"Mean minutes to the nearest of {name}", label_zh=f"到最近{zh}的平均分钟",
            meaning=f"Minutes of an average resident to the nearest of the {name}.",
            meaning_zh=f"平均每位居民到最近可用{zh}的分钟数。",
        ),
    )


MEASURES: tuple[Measure, ...] = (
    Measure("people", "persons", None, label="Residents", label_zh="居民",
            meaning="People who live at the places read.", meaning_zh="所读地点的居住人口。"),
    *(m for s in NAMES for m in _additive(s)),
    Measure(
        "titles", "person x title", "more", label="Titles residents may borrow",
        label_zh="居民可借的书目",
        meaning="Titles of a resident's own libraries and of those open to them, less what their "
        "own have already; added over residents.",
        meaning_zh="本地图书馆与相互开放的图书馆的书目(扣除本馆已有者),按居民求和。",
    ),
    Measure(
        "shows", "persons", "more", label="People with a show near", label_zh="附近有演出的人数",
        meaning="Residents with at least one show of a touring troupe within the minutes set.",
        meaning_zh="在设定分钟数内一年至少有一场巡演的居民数。",
    ),
    *(m for s in NAMES for m in _ratios(s)),
)
