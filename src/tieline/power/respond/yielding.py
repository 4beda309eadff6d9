"""Who had supply before the incident comes before those whom only the plan feeds."""

from __future__ import annotations

from copy import deepcopy

import numpy as np

from tieline.power.respond.stage import EPS
from tieline.power.respond.wayback import WayBack


class Yielding(WayBack):
    """Takes back the room that customers without supply before the incident were given."""

    def _give_way(self) -> None:
        """Open a kept tie where that brings back more of those who had supply before."""
        for tie in sorted(self.now.kept):
            waiting = self._left_out()
            if waiting < EPS:
                return
            saved = deepcopy(self.now), self.fleet.copy(), self.via.copy(), self.waited_h
            lists = list(self.put_off), set(self.parted)
            self.now.kept.discard(tie)
            end = self._alone("open", tie, self._clock(), why="yield")
            self._way_back(end, end, handed=True)
            self._warm(np.inf)
            self._at_last()
            if self._left_out() > waiting - EPS:
                self.now, self.fleet, self.via, self.waited_h = saved
                self.put_off, self.parted = lists

    def _left_out(self) -> float:
        """Customers by priority who had supply before and have none now, though all is sound."""
        now, situation = self.now, self.situation
        left = situation.before.live & now.sound & ~now.tree.live
        return float(np.sum(situation.ground.weight[left]))
