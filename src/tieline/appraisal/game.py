"""Games of cooperation: who plays, which case each coalition is, and what it is worth.

v(S) = sum over the counted jurisdictions j of [W_j(S) - W_j(nobody)], with W turned so that more
is better. Three kinds of players:

- jurisdictions: all pairs inside S are open, no other; only members of S are counted, what falls
  on outsiders is kept beside (`outsiders`);
- borders: exactly the pairs in S are open; every jurisdiction is counted;
- projects: everybody together, built = what always stands + S; every jurisdiction is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from tieline.appraisal.games.coalitions import members as members
from tieline.appraisal.games.game import MAX_PLAYERS as MAX_PLAYERS
from tieline.appraisal.games.game import Game as Game
from tieline.appraisal.games.game import check_count as check_count
from tieline.region.model import Case, pairs_of

if TYPE_CHECKING:
    from tieline.appraisal.splits import PlayersKind
    from tieline.region.model import FloatArray, Outcome, Pair

T = TypeVar("T")

Links = frozenset[tuple[str, str, str]]
"""Topics and the two jurisdictions open to each other for them, as in `Case.open`."""

EVERY_CASE = 12
"""Up to so many players of a network every coalition is a case: 4,096."""

NOTHING = 1e-12
"""Part of what is summed below which a sum is rounding: the same moved between jurisdictions."""


@dataclass(frozen=True)
class Setting:
    """What the players of a network play in.

    `jurisdictions` in the order of outcomes; `topics` of the engine, and those of other networks
    that it feels (lines to a hospital across the border); `pairs` the network can feel;
    `candidates` its projects that the reference holds, `always` the rest of the reference.
    `allowed` holds the links that may be open at most; None = all.
    """

    jurisdictions: tuple[str, ...]
    topics: tuple[str, ...]
    pairs: tuple[Pair, ...]
    candidates: tuple[str, ...]
    always: frozenset[str]
    scenario: str = "base"
    allowed: Links | None = None

    @property
    def reference(self) -> frozenset[str]:
        """Every project built in the reference."""
        return self.always | frozenset(self.candidates)

    def case(self, pairs: Iterable[Pair], built: frozenset[str] | None = None) -> Case:
        """The case in which exactly these pairs are open, in all topics that are allowed."""
        links = frozenset((t, a, b) for a, b in pairs for t in self.topics)
        if self.allowed is not None:
            links &= self.allowed
        return Case(links, self.reference if built is None else built, self.scenario)

    def together(self, built: frozenset[str] | None = None) -> Case:
        """Everybody open to everybody."""
        return self.case(pairs_of(self.jurisdictions), built)

    def players(self, kind: PlayersKind) -> tuple[str, ...]:
        """Ids of the players of a kind; a border is "a+b"."""
        if kind == "jurisdictions":
            return self.jurisdictions
        if kind == "borders":
            return tuple(f"{a}+{b}" for a, b in self.pairs)
        return self.candidates

    def cases(self, kind: PlayersKind) -> tuple[Case, ...]:
        """Case of each coalition by bitmask; CaseError if there are too many players."""
        players = self.players(kind)
        check_count(len(players), kind)
        masks = range(1 << len(players))
        if kind == "jurisdictions":
            return tuple(self.case(pairs_of(_subset(players, m))) for m in masks)
        if kind == "borders":
            return tuple(self.case(_subset(self.pairs, m)) for m in masks)
        return tuple(self.together(self.always | set(_subset(players, m))) for m in masks)


@dataclass(frozen=True)
class Play:
    """Everything a kind of players can gain, before any measure or price is chosen.

    `gains`, `gaps` have shape (2^n, n_jurisdictions, n_measures): W_j(S) - W_j(nobody), positive
    is better, and how far it may be from exact; `counted` (2^n, n_jurisdictions) says whose gain
    belongs to v(S). `jurisdictions` play, or a border or project does (`direct`).
    """

    kind: PlayersKind
    players: tuple[str, ...]
    gains: FloatArray
    gaps: FloatArray
    counted: FloatArray

    @property
    def direct(self) -> bool:
        """Whether gains fall on the players themselves."""
        return self.kind == "jurisdictions"

    def table(self, weights: FloatArray) -> FloatArray:
        """Shape (2^n, ...): v(S) for weights of shape (n_jurisdictions, n_measures, ...)."""
        return _settled(self.gains * self.counted[:, :, None], weights)

    def outside(self, weights: FloatArray) -> FloatArray:
        """Shape (2^n, ...): gain of those not counted."""
        return _settled(self.gains * (1.0 - self.counted[:, :, None]), weights)

    def falls(self, weights: FloatArray) -> FloatArray:
        """Shape (n_jurisdictions, ...): what falls on each when all cooperate."""
        return np.asarray(np.einsum("jm,jm...->j...", self.gains[-1], weights))

    def falls_gap(self, weights: FloatArray) -> FloatArray:
        """Shape (n_jurisdictions, ...): bound on the error of `falls`."""
        return np.asarray(np.einsum("jm,jm...->j...", self.gaps[-1], np.abs(weights)))

    def gap(self, weights: FloatArray) -> FloatArray:
        """Shape (2^n, ...): bound on the error of v(S)."""
        return np.tensordot(self.gaps * self.counted[:, :, None], np.abs(weights), axes=2)


def play(
    setting: Setting, kind: PlayersKind, outcomes: Mapping[Case, Outcome], signs: FloatArray
) -> Play:
    """What each coalition of a kind gains, from the outcomes of `setting.cases(kind)`."""
    players = setting.players(kind)
    cases = setting.cases(kind)
    base = outcomes[cases[0]]
    gains = np.stack([outcomes[c].values - base.values for c in cases]) * signs
    gaps = np.stack([outcomes[c].gap_against(base) for c in cases])
    gaps[0] = 0.0
    counted = np.ones(gains.shape[:2])
    if kind == "jurisdictions":
        masks = np.arange(len(cases))[:, None]
        counted = (masks >> np.arange(len(players)) & 1).astype(np.float64)
    for array in (gains, gaps, counted):
        array.setflags(write=False)
    return Play(kind, players, gains, gaps, counted)


def embed(table: FloatArray, players: Sequence[str], among: Sequence[str]) -> FloatArray:
    """Shape (2^len(among), ...): the game played among more players, the others null."""
    check_count(len(among), "players")
    masks = np.arange(1 << len(among))
    inner = np.zeros_like(masks)
    for k, player in enumerate(players):
        inner |= (masks >> list(among).index(player) & 1) << k
    return table[inner]


def _subset(items: Sequence[T], mask: int) -> tuple[T, ...]:
    return tuple(x for k, x in enumerate(items) if mask >> k & 1)


def _settled(gains: FloatArray, weights: FloatArray) -> FloatArray:
    """Gains (m, n_jurisdictions, n_measures) weighed: nobody is worth 0, nor what cancels out."""
    table = np.tensordot(gains, weights, axes=2)
    table[np.abs(table) <= NOTHING * np.tensordot(np.abs(gains), np.abs(weights), axes=2)] = 0.0
    table[0] = 0.0
    return np.asarray(table)
