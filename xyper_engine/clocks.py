"""Clocks: how far ours is from those of the servers that we call, by the `Date` of their answers.

Signatures, tokens and windows depend on ours. A `Date` is cut to the second and says when the answer was made, so one
answer is known to about a second; of several the median counts.
"""

import time
from collections import deque
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from statistics import median

import aiohttp
from aiohttp.connector import Connection

HOSTS = 50
"""Of whom it is known, at most."""
_LAST = 9
_EVERY = 5.0
"""Seconds between two looks at one host's."""
_HALF = 0.5
"""What was cut off a `Date`, on average."""


class Clocks:
    def __init__(self) -> None:
        self._heard: dict[str, deque[float]] = {}
        self._next: dict[str, float] = {}

    @property
    def skews(self) -> Mapping[str, float]:
        """Seconds by which each host's clock is ahead of ours."""
        return {host: median(heard) for host, heard in self._heard.items()}

    def heard(self, host: str, date: str, at: float) -> None:
        """An answer's `Date`, at our time."""
        if host not in self._heard and len(self._heard) >= HOSTS:
            return
        try:
            theirs = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        self._heard.setdefault(host, deque(maxlen=_LAST)).append(theirs + _HALF - at)

    def noted(self, answer: aiohttp.ClientResponse) -> None:
        """An answer's head has come; of a busy host it is looked at now and then."""
        host, moment = answer.url.raw_host or "", time.monotonic()
        if moment < self._next.get(host, 0.0) or (date := answer.headers.get("Date")) is None:
            return
        if host in self._next or len(self._next) < HOSTS:
            self._next[host] = moment + _EVERY
            self.heard(host, date, time.time())

    def response_class(self) -> type[aiohttp.ClientResponse]:
        """What a client's answers are made of: cheaper than aiohttp's own hooks, which every call walks through."""
        clocks = self

        class Dated(aiohttp.ClientResponse):
            async def start(self, connection: Connection) -> aiohttp.ClientResponse:
                answer = await super().start(connection)
                clocks.noted(answer)
                return answer

        return Dated
