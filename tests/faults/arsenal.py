"""Everything that can happen on a ground, by name."""

import asyncio
import signal
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from tests.faults.dying import Die, DieFeeding, HandOver, disarmed
from tests.faults.ground import Ground, rabbitmq_of
from tests.faults.nemeses import (
    ClockJump,
    DiskFull,
    Drained,
    FreezeEngine,
    FreezeServer,
    KillEngine,
    KillServer,
    Logins,
    Nemesis,
    Spoil,
    Tokens,
    Vendor,
    back,
)
from tests.faults.proxy import FAULTS, Proxy
from xyper_engine.boundary import Boundary

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
                yield f"{name} dies at {at}", Die(one, hooks, it.world, at, _others(it, n))
        link = it.links.get(rabbitmq_of(n))
        if link and len(it.engines) == 1:  # else another takes webhooks, and what is in the spool is overtaken
            yield f"{name} dies at fed", DieFeeding(link, Die(one, hooks, it.world, "fed"))
        if link and n == 1 and len(it.engines) > 1:
            other = it.links[rabbitmq_of(2)]
            yield from ((f"{name} is replaced at {at}", HandOver(one, link, other, hooks, at)) for at in HANDED_OVER)


def _others(it: Ground, n: int) -> list[Proxy]:
    """Between the engines beside the n-th and RabbitMQ."""
    return [it.links[rabbitmq_of(other)] for other in range(1, len(it.engines) + 1) if other != n]


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
