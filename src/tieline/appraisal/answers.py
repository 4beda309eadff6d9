"""Answers to what is asked of a game beyond its Shapley shares: other rules, stability, pairs.

One `Answer` belongs to one kind of players and one thing that is shared: a measure of a network, or
money of one currency over all priced networks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.cba.allocation import Withdrawal, withdrawal
from tieline.appraisal.games.checks import monotone, monotone_cover, superadditive
from tieline.appraisal.games.game import Game
from tieline.appraisal.show import Cell, Sheet, Shown, number
from tieline.appraisal.solutions.solve import Solver
from tieline.errors import CaseError
from tieline.region.expect import nearest
from tieline.region.protocol import additive

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.money import Money, Range
    from tieline.appraisal.pricing import Priced
    from tieline.appraisal.results import Appraisal, NetworkAppraisal
    from tieline.appraisal.solutions.solution import CoreCheck, Interactions, LeastCore, Shares
    from tieline.appraisal.splits import PlayersKind
    from tieline.region.model import FloatArray

SOLUTIONS = (
    "shapley", "banzhaf", "nucleolus", "per-capita", "gately", "tau", "core", "interactions",
    "leaving", "owen",
)
"""What may be asked for; "all" is every one of them but Owen, which unions are named for."""

Unions = Sequence[Sequence[str]]
"""Players who join and share as one: counties of a province, projects of a kind."""

NO_UNIONS = ("the Owen value needs unions: name the players of each, or 'networks', or give "
             "jurisdictions a province in region.toml")
OF_DATA = (("networks",), ("provinces",))
"""Unions that the region knows itself."""

INDICES = ("SII", "STII", "BII")
"""Interaction of pairs: Shapley, Shapley-Taylor, Banzhaf."""

RULES = {"shapley": "shapley", "banzhaf": "banzhaf", "nucleolus": "nucleolus",
         "per-capita": "per_capita_nucleolus", "gately": "gately", "tau": "tau"}


@dataclass(frozen=True)
class Terms:
    """On what terms solutions are asked for: who shares as one, which index of pairs."""

    unions: Unions = ()
    index: str = "SII"


@dataclass(frozen=True, repr=False)
class Answer(Shown):
    """What follows from one game.

    `subject` is the network, or "" for money over all; `measure` its measure or "money". `notes`
    say what could not be answered and why. `ranges` are those of shares in money, by rule, over the
    ranges of unit values (`tieline.appraisal.spans`); `pair_range` (n, n) that of interactions,
    `leaving_ranges` (n + 1,) by who leaves: everybody's change, then what remains.
    """

    subject: str
    measure: str
    unit: str
    kind: PlayersKind
    players: tuple[str, ...]
    dividend: float
    shares: tuple[Shares, ...] = ()
    checks: tuple[CoreCheck, ...] = ()
    least_core: LeastCore | None = None
    interactions: Interactions | None = None
    withdrawals: tuple[Withdrawal, ...] = ()
    notes: tuple[str, ...] = ()
    ranges: Mapping[str, Range] = field(default_factory=dict)
    pair_range: Range | None = None
    leaving_ranges: Mapping[str, Range] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What is shared and by whom."""
        return f"{self.subject or 'money'}: {self.measure} [{self.unit}], {self.kind} play"

    def shares_frame(self) -> pd.DataFrame:
        """One row per rule and player."""
        import pandas as pd

        frames = [s.to_frame() for s in self.shares]
        checked = {check.rule: check for check in self.checks}
        for s, frame in zip(self.shares, frames, strict=True):
            check = checked.get(s.rule)
            if check is not None:
                frame["in_core"] = check.in_core
                frame["worst_group"] = "+".join(check.coalition)
                frame["lacks"] = check.lack
            if s.rule in self.ranges:
                frame["low"], frame["high"] = self.ranges[s.rule].low, self.ranges[s.rule].high
        return self._named(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame())

    def interactions_frame(self) -> pd.DataFrame:
        """One row per pair of players."""
        import pandas as pd

        found = self.interactions
        frame = pd.DataFrame() if found is None else found.to_frame()
        if self.pair_range is not None:
            places = {p: k for k, p in enumerate(self.players)}
            at = (frame["player"].map(places), frame["other"].map(places))
            frame["low"], frame["high"] = self.pair_range.low[at], self.pair_range.high[at]
        return self._named(frame)

    def leaving_frame(self) -> pd.DataFrame:
        """One row per player who leaves and player who stays or left."""
        import pandas as pd

        frames = [w.to_frame() for w in self.withdrawals]
        for w, frame in zip(self.withdrawals, frames, strict=True):
            if w.who in self.leaving_ranges:
                found = self.leaving_ranges[w.who]
                frame["change_low"], frame["change_high"] = found.low[:-1], found.high[:-1]
        return self._named(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame())

    def _named(self, frame: pd.DataFrame) -> pd.DataFrame:
        if len(frame):
            for place, name in enumerate(("subject", "measure", "kind")):
                frame.insert(place, name if name != "kind" else "players", getattr(self, name))
        return frame

    def sheets(self) -> tuple[Sheet, ...]:
        """Shares by rule side by side, then stability and pairs."""
        head = ["player", *(f"{s.rule} ({s.status})" for s in self.shares)]
        rows: list[list[Cell]] = [
            [p, *(float(s.shares[k]) for s in self.shares)] for k, p in enumerate(self.players)
        ]
        notes = [line for c in self.checks for line in (c.sheets()[0].title,)]
        if self.least_core is not None:
            notes.append(self.least_core.sheets()[0].title)
        found = [Sheet.of(self.title, head, rows, [*notes, *self.notes])]
        if self.interactions is not None:
            found += self.interactions.sheets()
        return tuple(found)


BETWEEN = "\N{EN DASH}"
"""Between the ends of a border in a note: each end is then told by its name."""


def asked_solutions(asked: Sequence[str], unions: Unions = ()) -> tuple[str, ...]:
    """The solutions asked for, "all" spelled out; CaseError with the nearest name.

    CaseError too if the Owen value is asked for without unions, and for a union of one player.
    """
    for union in unions:
        if tuple(union) not in OF_DATA and len({*union}) < 2:
            msg = ("a union is two or more players, or 'networks', or 'provinces'; found "
                   f"'{', '.join(union)}'")
            raise CaseError(msg)
    return _spelled(asked, unions)


def _spelled(asked: Sequence[str], unions: Unions) -> tuple[str, ...]:
    """The same with unions by their players, of which one may play alone."""
    if "owen" in asked and not unions:
        raise CaseError(NO_UNIONS)
    for name in asked:
        if name not in (*SOLUTIONS, "all"):
            msg = f"solution '{name}' is not known{nearest(name, SOLUTIONS)}; "
            raise CaseError(msg + f"there is: {', '.join((*SOLUTIONS, 'all'))}")
    every = tuple(s for s in SOLUTIONS if s != "owen" or s in asked)
    return every if "all" in asked else tuple(dict.fromkeys(asked))


def asked_index(name: str) -> str:
    """The interaction index of that name, in any case; CaseError with what there is."""
    if name.upper() not in INDICES:
        msg = f"interaction index '{name}' is not known; there is: {', '.join(INDICES)}"
        raise CaseError(msg)
    return name.upper()


def answers_of(
    appraisal: Appraisal, asked: Sequence[str], terms: Terms = Terms()
) -> tuple[Answer, ...]:
    """Every split of an appraisal, and every sampled game, with the solutions asked for."""
    wanted = _spelled(asked, terms.unions)
    found: list[Answer] = []
    for money in appraisal.money.values():
        for kind, part in money.splits.items():
            game = Game(part.players, part.split.table, part.unit)
            found.append(answer(Solver(game), wanted, kind, measure="money", terms=terms))
    for network in appraisal.networks.values():
        for (kind, name), split in network.splits.items():
            if split.table.any():
                game = Game(split.players, split.table, split.unit)
                found.append(answer(Solver(game), wanted, kind, subject=network.network,
                                    measure=name, terms=terms))
        found += _sampled(network, wanted, terms)
    return tuple(found)


def priced_samples(
    priced: Sequence[Priced], typical: FloatArray, unit: str, asked: Sequence[str],
    terms: Terms = Terms(),
) -> tuple[Answer, ...]:
    """Sampled games in money at typical prices, network by network."""
    wanted = _spelled(asked, terms.unions)
    return tuple(
        answer(sampled.solver(p.weights @ typical, unit), wanted, kind,
               subject=p.network.network, measure="money", terms=terms)
        for p in priced for kind, sampled in p.network.sampled.items()
    )


def priced_sums(
    priced: Sequence[Priced], typical: FloatArray, money: Money, asked: Sequence[str],
    how: Terms = Terms(),
) -> tuple[Answer, ...]:
    """Games of more players than one table is made for, exact as sums of the networks' games."""
    wanted = _spelled(asked, how.unions)
    found = []
    kinds = dict.fromkeys(k for p in priced for k in p.network.plays)
    for kind in (k for k in kinds if k not in money.splits):
        if any(kind in p.network.broken or kind in p.network.sampled for p in priced):
            continue
        terms: list[Any] = [(played.players, played.table(p.weights @ typical)) for p in priced
                 if (played := p.network.plays.get(kind)) is not None]
        players = tuple(dict.fromkeys(x for names, _ in terms for x in names))
        solver = Solver(Game.from_sum(players, terms, money.unit))
        found.append(answer(solver, wanted, kind, measure="money", terms=how))
    return tuple(found)


def answer(
    solver: Solver, asked: Sequence[str], kind: PlayersKind, *, subject: str = "",
    measure: str = "", terms: Terms = Terms(),
) -> Answer:
    """One game with the solutions asked for; what cannot be answered is noted.

    Where two or more of a union play, the Owen value is among them.
    """
    game, notes = solver.game, [] if not solver.countable else list(_kind_notes(solver, kind))

    def tried(ask: Callable[[], object]) -> object:
        try:
            return ask()
        except CaseError as error:
            notes.append(str(error))
            return None

    shares: list[Shares] = []
    for name in asked:
        if name in RULES:
            found = tried(lambda rule=RULES[name]: solver.shares(rule))  # type: ignore[misc]
            if found is not None:
                shares.append(found)  # type: ignore[arg-type]
    joined = unions_in(game.players, terms.unions)
    if joined:
        found = tried(lambda: solver.owen(joined))
        if found is not None:
            shares.append(found)  # type: ignore[arg-type]
    core = "core" in asked and game.n > 1
    checks = tuple(solver.core_check(s) for s in shares if s.rule != "banzhaf") if core else ()
    pairs = None
    if "interactions" in asked and game.n > 1:
        pairs = tried(lambda: solver.interactions(terms.index))
    leaving = _leaving(solver) if "leaving" in asked and kind == "jurisdictions" else ()
    notes += [note for s in shares for note in s.notes]
    return Answer(
        subject, measure, game.unit, kind, game.players, _dividend(solver), tuple(shares), checks,
        solver.least_core() if core else None, pairs, leaving,  # type: ignore[arg-type]
        tuple(dict.fromkeys(notes)),
    )


def _leaving(solver: Solver) -> tuple[Withdrawal, ...]:
    """What becomes of everybody if one leaves, one after the other; none if not countable."""
    game = solver.game
    if not solver.countable:
        return ()
    return tuple(withdrawal(game.players, solver.gains, p, game.unit) for p in game.players)


def unions_in(players: Sequence[str], unions: Unions) -> list[tuple[str, ...]]:
    """Unions of those who play, everybody else alone.

    Empty if no two of a union play, unless each player is in one: counties of as many provinces.
    """
    found = [u for u in (tuple(p for p in union if p in players) for union in unions) if u]
    taken = {p for u in found for p in u}
    if not any(len(u) > 1 for u in found) and (len(taken) < len(players) or len(players) < 2):
        return []
    return found + [(p,) for p in players if p not in taken]


def _dividend(solver: Solver) -> float:
    if solver.countable:
        return float(solver.gains[-1])
    return float(solver.worth(np.ones((1, solver.game.n), bool))[0])


def _sampled(network: NetworkAppraisal, asked: Sequence[str], terms: Terms) -> list[Answer]:
    found = []
    for kind, sampled in network.sampled.items():
        for k, m in enumerate(additive(network.measures)):
            weights = np.zeros((len(network.jurisdictions), len(additive(network.measures))))
            weights[:, k] = 1.0
            if m.sign and any(v[:, k].any() for v in sampled.known.values() if v.ndim == 2):
                found.append(answer(sampled.solver(weights, m.unit), asked, kind,
                                    subject=network.network, measure=m.name, terms=terms))
    return found


LESS = {"borders": "less, both open,", "projects": "less, both built,"}
"""How what replaces each other is told: nothing is lost, it is less than each by itself."""


def _kind_notes(solver: Solver, kind: PlayersKind) -> list[str]:
    """What the reader should know of the game itself: where joining destroys value."""
    notes, game = [], solver.game
    unit = f" [{game.unit}]" if game.unit else ""

    def group(mask: int) -> str:
        if kind == "borders":  # "a+b" is one of them
            return " + ".join(b.replace("+", BETWEEN) for b in game.coalition(mask))
        return " + ".join(game.coalition(mask))

    joined = superadditive(solver.gains)
    if not joined.holds:
        left, right, lack = group(joined.left), group(joined.right), number(joined.lack)
        notes.append(f"not superadditive: {left} and {right} lose {lack}{unit} by joining"
                     if kind == "jurisdictions" else
                     f"not superadditive: {left} and {right} are worth {lack}{unit} {LESS[kind]} "
                     "than the sum of each by itself")
    grows = monotone(solver.gains)
    if not grows.holds:
        who, others, lack = group(grows.right), group(grows.left), number(grows.lack)
        whole = number(float(monotone_cover(solver.gains)[-1]))
        cover = f"if nobody need be used, all together are worth {whole}{unit}"
        notes.append(f"not monotone: {who} makes {others} lose {lack}{unit}; {cover}" if others
                     else f"not monotone: {who} alone is worth {lack}{unit} less than nothing; "
                     f"{cover}")
    return notes
