"""Nemeses: what happens to an installation, each a small object with `strike()` and `heal()`.

Those at whose strike an engine ends at a boundary are in `dying.py`; all that can happen somewhere, by name, in
`arsenal.py`; and which of it does, and when, is `schedule.py`'s to say.
"""

import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

import psutil

from tests.faults.proxy import Fault, Proxy
from tests.faults.service import Service
from tests.server import Server
from tests.world import World, eventually

Kind = Literal["kill", "freeze", "network", "vendor", "disk", "clock", "boundary"]
CALM: Mapping[str, Any] = {
    "down": False, "down_as": "503", "fail_rate": 0, "fail_next": [], "latency_ms": 0, "accept_then_timeout": 0,
    "accept_then_reset": 0, "accept_then_500": 0, "answer_after_ms": 0, "duplicate_webhooks": 0,
    "reorder_webhooks": False, "batch": 1,
}  # fmt: skip


class Nemesis(Protocol):
    @property
    def kind(self) -> Kind: ...

    async def strike(self) -> None: ...

    async def heal(self) -> None: ...


@dataclass(frozen=True, slots=True)
class KillServer:
    server: Server
    kind: Kind = "kill"

    async def strike(self) -> None:
        await self.server.kill()

    async def heal(self) -> None:
        with suppress(RuntimeError):
            await self.server.start()
            return
        await self.server.start()  # on a busy machine one start may take too long


@dataclass(frozen=True, slots=True)
class FreezeServer:
    server: Server
    kind: Kind = "freeze"

    async def strike(self) -> None:
        await self.server.pause()

    async def heal(self) -> None:
        await self.server.resume()


@dataclass(frozen=True, slots=True)
class KillEngine:
    service: Service
    hooks: Proxy
    kind: Kind = "kill"

    async def strike(self) -> None:
        await self.service.down()

    async def heal(self) -> None:
        self.service.up()
        await back(self.service, self.hooks)


@dataclass(frozen=True, slots=True)
class FreezeEngine:
    service: Service
    kind: Kind = "freeze"

    async def strike(self) -> None:
        self.service.signal(signal.SIGSTOP)

    async def heal(self) -> None:
        self.service.signal(signal.SIGCONT)


@dataclass(frozen=True, slots=True)
class Drained:
    """A trouble of RabbitMQ's, which is over when no engine keeps anything back for it any more.

    What one engine stored on its own disk may be overtaken by what others take after it has died.
    """

    trouble: Nemesis
    services: Sequence[Service]

    @property
    def kind(self) -> Kind:
        return self.trouble.kind

    async def strike(self) -> None:
        await self.trouble.strike()

    async def heal(self) -> None:
        await self.trouble.heal()
        for one in self.services:
            await eventually(partial(_nothing_kept, one), 30)


async def _nothing_kept(service: Service) -> bool:
    return bool((await service.health()).get("spool", {}).get("messages") == 0)


@dataclass(frozen=True, slots=True)
class Spoil:
    """The way between the engines and somebody."""

    link: Proxy
    fault: Fault
    kind: Kind = "network"

    async def strike(self) -> None:
        self.link.spoil(self.fault)

    async def heal(self) -> None:
        self.link.spoil(None)


@dataclass(frozen=True, slots=True)
class Vendor:
    """One of the simulators' knobs."""

    world: World
    side: str
    knobs: Mapping[str, Any]
    kind: Kind = "vendor"

    async def strike(self) -> None:
        await self.world.knobs(self.side, **self.knobs)

    async def heal(self) -> None:
        await self.world.knobs(self.side, **{name: CALM[name] for name in self.knobs})


@dataclass(frozen=True, slots=True)
class Tokens:
    """Genesys' access tokens end, all at once, in the middle of everything."""

    world: World
    kind: Kind = "vendor"

    async def strike(self) -> None:
        await self.world.call("DELETE", "/api/cloud/tokens")

    async def heal(self) -> None:
        await self.strike()


@dataclass(frozen=True, slots=True)
class Logins:
    """WhatsApp's access tokens do not hold, until they do again."""

    world: World
    numbers: Mapping[str, str]
    """Each with its token."""
    kind: Kind = "vendor"

    async def strike(self) -> None:
        for number in self.numbers:
            await self.world.call("PUT", f"/api/graph/numbers/{number}", {"access_token": "another one"})

    async def heal(self) -> None:
        for number, token in self.numbers.items():
            await self.world.call("PUT", f"/api/graph/numbers/{number}", {"access_token": token})


@dataclass(frozen=True, slots=True)
class DiskFull:
    """The engine cannot write a file beyond its first page: as on a full disk, and needs no rights of anybody's."""

    service: Service
    kind: Kind = "disk"

    async def strike(self) -> None:
        self._limit(8192)

    async def heal(self) -> None:
        self._limit(psutil.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(self.service.engine.pid).rlimit(psutil.RLIMIT_FSIZE, (size, psutil.RLIM_INFINITY))


@dataclass(frozen=True, slots=True)
class ClockJump:
    service: Service
    seconds: float
    kind: Kind = "clock"

    async def strike(self) -> None:
        self.service.set_clock(self.seconds)

    async def heal(self) -> None:
        self.service.set_clock(0)


async def back(service: Service, hooks: Proxy) -> None:
    """Once the engine answers; the vendors then call it again, and no longer the one that stood in for it."""
    if not await service.answers():
        raise RuntimeError(f"An engine does not come back: {service.engine.tail()}")
    hooks.turn_back()
