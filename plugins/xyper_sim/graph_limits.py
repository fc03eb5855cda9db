"""Meta's send limits: one token bucket per number, one per pair of number and customer."""

import time

from xyper_sim.graph_errors import GraphError
from xyper_sim.settings import GraphConfig


class Bucket:
    """Starts full, refills steadily."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst, self._left, self._at = rate, burst, burst, time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Limits:
    """Raises the error of the limit that a send exceeds."""

    def __init__(self, config: GraphConfig, time_scale: float) -> None:
        self._config, self._scale = config, time_scale
        self._numbers: dict[str, Bucket] = {}
        self._pairs: dict[tuple[str, str], Bucket] = {}

    def check(self, number: str, customer: str) -> None:
        """Count one message. Raises `GraphError` 130429 or 131056."""
        if not self._config.limits:
            return
        pair = self._pairs.get((number, customer))
        if pair is None:
            pair = self._pairs[number, customer] = self._bucket(self._config.pair_rate, self._config.pair_burst)
        if not pair.take():
            raise GraphError(131056)
        whole = self._numbers.get(number)
        if whole is None:
            rate = self._config.number_rate
            whole = self._numbers[number] = self._bucket(rate, max(rate, 1.0))
        if not whole.take():
            raise GraphError(130429)

    def _bucket(self, rate: float, burst: float) -> Bucket:
        return Bucket(rate / self._scale, burst)
