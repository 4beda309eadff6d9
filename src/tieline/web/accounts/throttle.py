"""How often somebody may try: a few failures in a while, then a pause."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

MOST_KEYS = 10_000
"""Names and addresses remembered at once; the oldest are forgotten first."""


class Throttle:
    """At most `most` failures of one key within `window_s` seconds."""

    def __init__(
        self, most: int, window_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._window_s, self._clock = most, window_s, clock
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """Seconds until the key may try again; 0 if it may now."""
        with self._lock:
            times = self._recent(key)
            if len(times) < self._most:
                return 0.0
            return max(0.0, times[0] + self._window_s - self._clock())

    def fail(self, key: str) -> None:
        """Remember a failure."""
        with self._lock:
            times = self._recent(key)
            times.append(self._clock())
            self._failed[key] = times
            self._failed.move_to_end(key)
            while len(self._failed) > MOST_KEYS:
                self._failed.popitem(last=False)

    def forget(self, key: str) -> None:
        """Begin anew after a success."""
        with self._lock:
            self._failed.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        times = self._failed.get(key, deque(maxlen=self._most))
        while times and times[0] + self._window_s <= self._clock():
            times.popleft()
        return times
