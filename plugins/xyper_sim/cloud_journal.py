"""For audits: what the simulated Genesys Cloud took, in order, and what the middleware should not have done."""

import asyncio
import time
from typing import Any

Json = dict[str, Any]


class Journal:
    """`received`: `{n, kind, at, integration, address, body, …}`; `violations`: `{n, rule, about, detail, at}`."""

    def __init__(self) -> None:
        self.received: list[Json] = []
        self.violations: list[Json] = []
        self._more = asyncio.Event()

    def take(self, kind: str, integration: str, address: str, body: Json, **more: str) -> None:
        """Note an accepted call: a `message`, an `event` or a `receipt`."""
        entry = {"n": len(self.received) + 1, "kind": kind, "at": time.time(), "integration": integration}
        self.received.append({**entry, "address": address, **more, "body": body})
        self._more.set()

    def blame(self, rule: str, about: str, detail: str) -> None:
        """Note what the middleware must not do. `about` is the id of a message."""
        entry = {"n": len(self.violations) + 1, "rule": rule, "about": about, "detail": detail, "at": time.time()}
        self.violations.append(entry)

    def taken(self, after: int = 0, kind: str | None = None) -> list[Json]:
        """What was received behind the first `after` entries, of one kind or of all."""
        return [entry for entry in self.received[after:] if kind in (None, entry["kind"])]

    async def reach(self, count: int, after: int = 0, kind: str | None = None, timeout: float = 10.0) -> list[Json]:
        """Wait until `count` of them are there, or until time is up: then what there is."""
        deadline = asyncio.get_running_loop().time() + timeout
        try:
            async with asyncio.timeout_at(deadline):
                while len(found := self.taken(after, kind)) < count:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            return self.taken(after, kind)
        return found

    def forget(self) -> None:
        """Begin anew."""
        self.received.clear()
        self.violations.clear()
