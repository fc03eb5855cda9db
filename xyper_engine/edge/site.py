"""A connection of aiohttp's: refused where it is no HTTP, and ended where a request of it does not come to its end."""

import time
from typing import Any

from aiohttp import web

from xyper_engine.edge.problems import unreadable

UNFINISHED = 60.0
"""Seconds that a request may take to come whole, however slow its sender."""
SLOWEST = 1000.0
"""Bytes a second that it must bring from then on: a large file may come for minutes, a dribble may not."""


class Site(web.RequestHandler):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._begun = False
        """Whether a part of a head is there."""
        self._since, self._bytes = 0.0, 0
        """Of the request that comes: since when, and how much."""

    def data_received(self, data: bytes) -> None:
        before = self._request_count
        if not self._is_unfinished():
            self._since, self._bytes = time.monotonic(), 0
        self._bytes += len(data)
        super().data_received(data)
        if data and self._current_request is None:
            self._begun = self._request_count == before

    def is_late(self, moment: float) -> bool:
        lasted = moment - self._since
        return self._is_unfinished() and lasted > UNFINISHED and self._bytes < lasted * SLOWEST

    def _is_unfinished(self) -> bool:
        request = self._current_request
        return self._begun if request is None else not request.content.is_eof()

    def end(self) -> None:
        """Without a word: whoever dribbles would not listen."""
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002  aiohttp's own method
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002
    ) -> web.StreamResponse:
        """What is not even HTTP is refused like all else; aiohttp would log and repeat its bytes."""
        return unreadable(status, exc)
