"""Many cases from one origin: a tree of searches, each beginning with the one before it."""

from __future__ import annotations

from tieline.kernels import inner_kernel, kernel
from tieline.transit.kernels.abreast import follow_abreast, one_of
from tieline.transit.kernels.follow import complete, follow
from tieline.transit.kernels.reach import all_points, moved_points
from tieline.transit.kernels.sweep import UNREACHED, is_complete, search


@kernel
def root(  # type: ignore[no-untyped-def]
    lines, calls, foot, window, targets, level, nothing, scratch, direct, origin, out, every,
    column, logging,
) -> bool:
    """Times [s] of one origin to every point in case 0, from scratch, and all that others need.

    False if the log was too short: `log.n` tells how long it must be.
    """
    search(lines, calls, 0, foot, window, level.labels, nothing, origin, level.log, logging)
    if logging and not is_complete(level.log):
        return False
    for k in range(foot.direct_at[origin], foot.direct_at[origin + 1]):
        direct[foot.direct_to[k]] = foot.direct_s[k]
    all_points(foot, window, level, targets, scratch, direct, out, every, column)
    for k in range(foot.direct_at[origin], foot.direct_at[origin + 1]):
        direct[foot.direct_to[k]] = UNREACHED
    return True


@kernel
def branch(  # type: ignore[no-untyped-def]
    lines, calls, extra, foot, window, targets, before, level, scratch, marked, base, row, top,
    out, every, column,
) -> bool:
    """The same for a case with more lines than `before`, row `base`; others follow it in turn."""
    follow(lines, calls, extra, row, foot, window, level.labels, before.labels, before.log,
           marked, level.log, True)
    if not is_complete(level.log):
        return False
    moved_points(foot, window, level.labels, targets, scratch, before.kept, level.kept, True,
                 base, top, row, out, every, column)
    complete(level.labels, before.labels)
    return True


@kernel
def leaves(  # type: ignore[no-untyped-def]
    lines, calls, extra, offered, foot, window, targets, before, many, state, nothing, scratch,
    base, rows, top, out, every, column,
) -> None:
    """The same for the cases `rows`, which none follows; `top` is done, or the first of them."""
    follow_abreast(lines, calls, extra, rows, offered, foot, window, many, state, nothing,
                   before.log)
    for i in range(len(rows)):
        moved_points(foot, window, one_of(many, i), targets, scratch, before.kept, before.kept,
                     False, base, top if rows[i] != top else -1, rows[i], out, every, column)


@inner_kernel
def home_at(foot, labels, known, point, direct, minute) -> int:  # type: ignore[no-untyped-def]
    """Travel time [s] to one point when leaving at one minute of the window, or UNREACHED."""
    best = int(direct)
    for e in range(foot.egress_at[point], foot.egress_at[point + 1]):
        s = foot.egress_stop[e]
        if labels.last[s] >= 0:
            best = min(best, int(labels.time[s, minute]) + int(foot.egress_s[e]))
        elif known.last[s] >= 0:
            best = min(best, int(known.time[s, minute]) + int(foot.egress_s[e]))
    return best


@kernel
def way_home(foot, window, labels, known, direct, minute, out) -> None:  # type: ignore[no-untyped-def]
    """Whether each point is reached before the window's last arrival, by a search from afar.

    `minute` (n_points,) is when one leaves for the point, -1 = not at all; one must be there by
    start + most. `out` of the same shape. `known` is the search that `labels` followed.
    """
    for p in range(len(out)):
        k = minute[p]
        out[p] = False
        if 0 <= k < window.minutes:
            time = home_at(foot, labels, known, p, direct[p], k)
            out[p] = time < UNREACHED and 60 * k + time <= window.most
