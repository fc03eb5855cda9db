"""Nemeses: what happens to an installation, each a small object with `strike()` and `heal()`.

`arsenal(ground)` is all that can happen there, by name; which of it does, and when, is `schedule.py`'s to say.
"""

import asyncio
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol, get_args

import psutil

from tests.faults.ground import Ground, rabbitmq_of
from tests.faults.proxy import CUT, FAULTS, Fault, Proxy
from tests.faults.service import Service
from tests.server import Server
from tests.world import World, eventually
from xyper_engine.boundary import Boundary

Kind = Literal["kill", "freeze", "network", "vendor", "disk", "clock", "boundary"]


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
class Die:
    """The engine ends at a boundary; where that is not reached in time, when it is healed."""

    service: Service
    hooks: Proxy
    world: World
    at: Boundary
    kind: Kind = "boundary"

    async def strike(self) -> None:
        if self.at == "unclear":
            for side in ("graph", "cloud"):
                await self.world.knobs(side, accept_then_reset=2)
        await self.service.down()
        before = len(self.service.ends)
        self.service.up(self.at)
        await self.service.answers()
        await self.service.died(before, DEATH)

    async def heal(self) -> None:
        await disarmed(self.service)
        await back(self.service, self.hooks)


@dataclass(frozen=True, slots=True)
class DieFeeding:
    """The engine ends when RabbitMQ has what was stored while it was away, and the spool has it still."""

    link: Proxy
    """Between this engine and RabbitMQ."""
    die: Die
    kind: Kind = "boundary"

    async def strike(self) -> None:
        await self.die.service.down()
        self.link.spoil(CUT)
        self.die.service.up("fed")
        await back(self.die.service, self.die.hooks)
        before = len(self.die.service.ends)
        await asyncio.sleep(2.0)
        self.link.spoil(None)
        await self.die.service.died(before, DEATH)

    async def heal(self) -> None:
        await self.die.heal()


@dataclass(frozen=True, slots=True)
class HandOver:
    """An engine freezes at a boundary, RabbitMQ loses it and gives its messages to another; then it goes on.

    The other one loses RabbitMQ for a moment before, so that it is this one that has the messages.
    """

    service: Service
    link: Proxy
    """Between this engine and RabbitMQ."""
    other: Proxy
    """Between the other one and RabbitMQ."""
    hooks: Proxy
    at: Boundary
    nth: int = 3
    kind: Kind = "boundary"

    async def strike(self) -> None:
        await self.service.down()
        self.service.up(f"{self.at}:{self.nth}:stop")
        await back(self.service, self.hooks)
        self.other.spoil(CUT)
        frozen = await self.service.stands(DEATH)
        self.other.spoil(None)
        if frozen:
            self.service.fatal = ""
            self.link.spoil(CUT)

    async def heal(self) -> None:
        self.service.signal(signal.SIGCONT)
        await asyncio.sleep(0.5)  # what it had in its hands it still does, cut off as it is
        self.link.spoil(None)
        await disarmed(self.service)
        await back(self.service, self.hooks)


async def disarmed(service: Service) -> None:
    """Where the engine was to end at a boundary and did not: it is started anew, for it would do so some day."""
    if service.fatal:
        await service.down()
        service.up()


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


DEATH = 10.0
"""Seconds for an engine that answers to come to the boundary at which it ends."""
CALM: Mapping[str, Any] = {
    "down": False, "down_as": "503", "fail_rate": 0, "fail_next": [], "latency_ms": 0, "accept_then_timeout": 0,
    "accept_then_reset": 0, "accept_then_500": 0, "answer_after_ms": 0, "duplicate_webhooks": 0,
    "reorder_webhooks": False, "batch": 1,
}  # fmt: skip
STORMS: Mapping[str, tuple[dict[str, Any], ...]] = {
    "graph": (
        {"status": 400, "code": 130429, "count": 40, "headers": {"Retry-After": "1"}},
        {"status": 400, "code": 131056, "count": 10},
    ),
    "cloud": ({"status": 429, "count": 60, "headers": {
        "Retry-After": "1", "inin-ratelimit-count": "300", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "1",
    }},),
}  # fmt: skip
MOODS: Mapping[str, Mapping[str, Any]] = {
    "answers 503": {"down": True},
    "resets": {"down": True, "down_as": "reset"},
    "hangs": {"down": True, "down_as": "hang"},
    "answers 500 now and then": {"fail_rate": 0.3},
    "is slow": {"latency_ms": 700},
    "takes and says nothing": {"accept_then_timeout": 3},
    "takes and hangs up": {"accept_then_reset": 6},
    "takes and answers 500": {"accept_then_500": 6},
    "answers after its webhook": {"answer_after_ms": 400},
    "sends webhooks twice": {"duplicate_webhooks": 0.5},
    "sends webhooks out of order": {"reorder_webhooks": True},
    "sends webhooks twice and out of order": {"duplicate_webhooks": 0.5, "reorder_webhooks": True},
}
NOT_BY_ITSELF: frozenset[Boundary] = frozenset({"fed", "buried"})
"""For one there has to be a spool, and of what is buried nothing may arrive: `test_buried.py` has that."""
HANDED_OVER: tuple[Boundary, ...] = ("taken", "found", "prepared", "claimed", "posted", "noted", "settled", "applied")
JUMPS = (3600.0, -900.0, 90.0)


def arsenal(it: Ground) -> dict[str, Nemesis]:
    """Everything that can happen on this ground."""
    return dict([*_of_engines(it), *_of_servers(it), *_of_links(it), *_of_vendors(it)])


def _of_engines(it: Ground) -> Iterator[tuple[str, Nemesis]]:
    hooks = it.links["hooks"]
    for n, one in enumerate(it.engines, 1):
        name = f"engine {n}"
        yield f"kill {name}", KillEngine(one, hooks)
        yield f"freeze {name}", FreezeEngine(one)
        yield f"fill the disk of {name}", DiskFull(one)
        if one.clock:
            yield from ((f"the clock of {name} jumps {by:+.0f}", ClockJump(one, by)) for by in JUMPS)
        for at in get_args(Boundary):
            if at not in NOT_BY_ITSELF:
                yield f"{name} dies at {at}", Die(one, hooks, it.world, at)
        link = it.links.get(rabbitmq_of(n))
        if link and len(it.engines) == 1:  # else another takes webhooks, and what is in the spool is overtaken
            yield f"{name} dies at fed", DieFeeding(link, Die(one, hooks, it.world, "fed"))
        if link and n == 1 and len(it.engines) > 1:
            other = it.links[rabbitmq_of(2)]
            yield from ((f"{name} is replaced at {at}", HandOver(one, link, other, hooks, at)) for at in HANDED_OVER)


def _of_servers(it: Ground) -> Iterator[tuple[str, Nemesis]]:
    for name, server in it.servers.items():
        for does, nemesis in (("kill", KillServer(server)), ("freeze", FreezeServer(server))):
            shared = name == "rabbitmq" and len(it.engines) > 1
            yield f"{does} {name}", Drained(nemesis, it.engines) if shared else nemesis


def _of_links(it: Ground) -> Iterator[tuple[str, Nemesis]]:
    for name, link in it.links.items():
        if len(it.engines) == 1 or not name.startswith("rabbitmq"):
            yield from ((f"{name}: {fault.name}", Spoil(link, fault)) for fault in FAULTS)


def _of_vendors(it: Ground) -> Iterator[tuple[str, Nemesis]]:
    for side, called in (("graph", "WhatsApp"), ("cloud", "Genesys")):
        yield from ((f"{called} {mood}", Vendor(it.world, side, knobs)) for mood, knobs in MOODS.items())
        yield f"{called} throttles", Vendor(it.world, side, {"fail_next": STORMS[side]})
    yield "WhatsApp batches", Vendor(it.world, "graph", {"batch": 20})
    yield "Genesys' tokens end", Tokens(it.world)
    yield "WhatsApp's tokens do not hold", Logins(it.world, {one.number: f"token-{one.n}" for one in it.tenants})


async def settle(it: Ground) -> None:
    """All is well everywhere, whatever had been going on."""
    for link in it.links.values():
        link.spoil(None)
    await it.world.call("DELETE", "/api/knobs")
    for server in it.servers.values():
        await server.resume()
        if not server.running:
            await server.start()
    for one in it.engines:
        one.set_clock(0)
        await DiskFull(one).heal()
        one.signal(signal.SIGCONT)
        await disarmed(one)
        one.up()
    await asyncio.gather(*(back(one, it.links["hooks"]) for one in it.engines))
