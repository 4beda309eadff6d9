"""Why each step is taken and why others are not, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.messages import singular

if TYPE_CHECKING:
    from tieline.power.respond.watch import Check

STEP = {
    "trip": (
        "protection trips for the fault on {fault}", "{fault} 故障，保护跳闸",
    ),
    "isolate": ("isolate the faulted part before back-feed", "转供前隔离故障部分"),
    "cut": (
        "part off before back-feed: what lies behind waits or is fed another way",
        "转供前断开：其后部分暂缓恢复或另路供电",
    ),
    "restore": ("bring back {customers} customers", "恢复 {customers} 户供电"),
    "restore_none": ("pass supply on", "建立供电通路"),
    "repair": ("repair {asset}", "抢修 {asset}"),
    "go": ("on the way to {asset}", "前往 {asset}"),
    "agree": (
        "agree with {who} before the border switch is operated", "操作边界开关前与 {who} 协调",
    ),
    "dead": ("close while both sides are dead", "两侧无电时合上"),
    "repaired": (
        "the part is repaired: back to the state before", "修复后恢复到事故前的供电方式",
    ),
    "portion": (
        "what lies behind waits: the cold load of all at once would pass a limit",
        "其后部分暂缓送电：全部同时恢复时冷负荷越限",
    ),
    "next": ("next portion, now that the limits have room for its cold load",
             "限值允许后分批恢复下一部分（冷负荷）"),
    "cold": (
        "last: its cold load alone passes a limit for a while, which people must allow",
        "最后恢复：仅冷负荷会短时越限，须经人员批准",
    ),
    "join": (
        "own way closed before the tie opens: handed back without interruption (closed transfer)",
        "先合后断，不停电转回（合环）",
    ),
    "part": ("tie opens again: state before the incident", "断开联络，恢复事故前方式"),
    "break": (
        "break before make: the tie opens first, {why}", "先断后合：先断开联络开关，{why}",
    ),
    "restart": (
        "the part that waits cannot come back alone within the limits: its feeder is opened for a "
        "moment and comes back whole", "待恢复部分单独送电会越限：馈线短时停电后整体送电",
    ),
    "tidy": ("back to its position before the incident", "恢复到事故前的位置"),
    "yield": (
        "customers who had no supply before give way: those who had it come back in their place",
        "事故前无电的用户让出容量，使原有供电的用户恢复",
    ),
    "make": ("own way closes: {customers} customers back", "合上原供电路径，{customers} 户恢复"),
    "idle": ("tie opens again: it feeds nobody", "断开联络开关：已无用户经其供电"),
}
NOT_JOINED = {
    "group": (
        "the two sources may not be joined", "两电源不允许合环",
    ),
    "solver": (
        "a joined state cannot be checked here (power-grid-model is not installed)",
        "无法校核合环潮流（未安装 power-grid-model）",
    ),
    "flow": ("the joined state does not solve", "合环潮流不收敛"),
    "voltage": ("the voltages on both sides differ too much", "两侧电压差过大"),
    "angle": ("the voltage angles on both sides differ too much", "两侧相角差过大"),
    "own": (
        "its own way cannot take it over while the tie feeds it",
        "联络供电期间原路径无法接回",
    ),
    "limit": ("the joined state would pass a limit", "合环后越限"),
    "transformer": (
        "a transformer lies in the loop, which is not judged", "环内有变压器，未作校核",
    ),
}
REFUSED = {
    "closed_border": (
        "not open in this case: those it touches would have to be open to each other",
        "本情形未开放：需所涉各方相互开放",
    ),
    "earthing": (
        "earthed otherwise than {asset}", "与 {asset} 中性点接地方式不同",
    ),
    "faulted": (
        "leads to the faulted part, which nobody may feed before its repair",
        "通向故障部分，修复前不得供电",
    ),
    "project": (
        "not in service that day: project {project} is not built",
        "当日未投运：项目 {project} 尚未建成",
    ),
    "out_of_service": ("out of service", "停运"),
    "broken": ("faulted itself, to be repaired first", "自身故障，须先修复"),
    "no_crew": ("no crew that may come can operate it", "无可到场操作的班组"),
    "voltage": (
        "would feed the whole part at {value:.3f} pu at {asset}, below or above {limit:.3f} pu",
        "整片转供时 {asset} 电压 {value:.3f}，越过限值 {limit:.3f}",
    ),
    "current": (
        "would load {asset} to {percent:.0f} % with the whole part",
        "整片转供时 {asset} 负载率 {percent} %",
    ),
    "source": (
        "would take {value:.1f} MVA from {asset}, which may deliver {limit:.1f} MVA",
        "整片转供时 {asset} 供电 {value:.1f} MVA，超过 {limit:.1f} MVA",
    ),
    "flow": (
        "the flow with the whole part does not solve", "整片转供时潮流不收敛",
    ),
    "reach": (
        "the whole part lies beyond the reach of the protection, at {asset}",
        "整片转供超出保护范围（{asset}）",
    ),
    "slower": (
        "not needed: it could feed the whole part after {minutes:.0f} min at the soonest",
        "未采用：最快 {minutes:.0f} 分钟才能整片转供",
    ),
    "shared": (
        "could feed the whole part alone; not together with what else is restored, or with more "
        "operations", "可单独整片转供，但与其他恢复不能同时满足限值，或操作更多",
    ),
}
LEFT = {
    "waits": (
        "{where} ({customers} customers) waits: with it, {found}",
        "{where}（{customers} 户）须等待：若一并供电，{found}",
    ),
    "cold": ("while it is cold, {found}", "冷负荷期间{found}"),
    "put_off": (
        "put off until the repair makes room: the cold load behind it would pass a limit",
        "推迟至抢修腾出裕度：其后冷负荷会越限",
    ),
    "other": (
        "every limit would hold, but not soon enough, or not for fewer customer-hours in all",
        "各限值均满足，但来不及，或总时户不会更少",
    ),
}
MOST_DIGITS = 6
FAILED = {
    "radial": ("'{where}' closes a loop", "“{where}”形成环网"),
    "fault": ("'{where}' is live and not repaired", "“{where}”带电而尚未修复"),
    "flow": ("the flow does not solve", "潮流不收敛"),
    "voltage": (
        "{value} pu at '{where}', the limit is {limit} pu",
        "“{where}”电压 {value}，限值 {limit}",
    ),
    "current": ("'{where}' is loaded to {percent} %", "“{where}”负载率 {percent} %"),
    "source": (
        "'{where}' delivers {value} MVA and may deliver {limit} MVA",
        "“{where}”供电 {value} MVA，限值 {limit} MVA",
    ),
    "reach": (
        "'{where}' lies beyond the reach of the protection", "“{where}”超出保护范围",
    ),
}


def failed(check: Check) -> tuple[str, str]:
    """English and Chinese text of a check that failed."""
    value, limit = _apart(check.value, check.limit, 3 if check.failed == "voltage" else 2)
    percent, _ = _apart(100.0 * check.value, 100.0, 0)
    return both(
        FAILED, check.failed, where=check.where, value=value, limit=limit, percent=percent,
    )


def _apart(value: float, limit: float, digits: int) -> tuple[str, str]:
    """Both with so many more decimals, up to six, that they differ where the numbers do."""
    while f"{value:.{digits}f}" == f"{limit:.{digits}f}" and digits < MOST_DIGITS:
        digits += 1
    return f"{value:.{digits}f}", f"{limit:.{digits}f}"


def both(table: dict[str, tuple[str, str]], key: str, **values: object) -> tuple[str, str]:
    """English and Chinese text of a key."""
    en, zh = table[key]
    return singular(en.format(**values)), zh.format(**values)
