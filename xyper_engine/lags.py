"""How late vendors' webhooks come: from what happened at the vendor's to its arrival here.

Vendors tell whole seconds, so one webhook is known to about a second; of several the median counts.
"""

import time
from collections import defaultdict, deque
from collections.abc import Mapping
from statistics import median

KEPT = 200
RECENT = 600.0
"""Seconds after which an arrival says nothing any more."""


class Lags:
    def __init__(self) -> None:
        self._seen: dict[str, deque[tuple[float, float]]] = defaultdict(lambda: deque(maxlen=KEPT))

    def came(self, adapter: str, seconds: float) -> None:
        """Something of this vendor came, so long after it happened there."""
        self._seen[adapter].append((time.monotonic(), max(seconds, 0.0)))

    @property
    def of(self) -> Mapping[str, float]:
        """By adapter, of the last minutes."""
        since = time.monotonic() - RECENT
        recent = {name: [lag for at, lag in seen if at >= since] for name, seen in self._seen.items()}
        return {name: median(lags) for name, lags in recent.items() if lags}
