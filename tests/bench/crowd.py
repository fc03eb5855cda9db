"""Many tenants, and two bad neighbours: a far side that takes calls and never answers, and a customer base that floods.

The same webhooks go through a fresh engine twice, without and with the bad ones; what counts is how long the others'
messages take from the webhook to their far side.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from tests.bench.helper import Helper, helper
from tests.bench.load import wamid
from tests.bench.rounds import HOOK
from tests.bench.stage import Engine, pointed
from tests.servers import PostgreSQL
from tests.world import APP_SECRET, Tenant
from xyper_engine.model import new_id


@dataclass(frozen=True)
class Crowd:
    """How large it is."""

    tenants: int = 200
    seconds: float = 10.0
    rate: float = 1.0
    """Webhooks a second of a good tenant; Genesys allows 5 calls."""
    flood: float = 200.0
    """Those of the flooding one, and of the one whose far side is dead."""


async def crowd(plan: Crowd, broker: Mapping[str, str], postgres: PostgreSQL) -> dict[str, float]:
    """p99 in milliseconds of the good tenants `alone` and `beside` the bad ones, and their ratio.

    `even` is the same number of webhooks as with the bad ones, but all from good tenants: what the load alone costs.
    """
    alone = await _once(plan, broker, postgres, bad=False)
    beside = await _once(plan, broker, postgres, bad=True)
    more = 2 * (plan.flood - plan.rate) / plan.tenants
    even = await _once(replace(plan, rate=plan.rate + more), broker, postgres, bad=False)
    figures = {"alone_p99_ms": alone, "beside_p99_ms": beside, "even_p99_ms": even}
    return {**figures, "ratio": beside / alone, "ratio_to_even": beside / even}


async def _once(plan: Crowd, broker: Mapping[str, str], postgres: PostgreSQL, *, bad: bool) -> float:
    async with AsyncExitStack() as stack:
        load, _ = await stack.enter_async_context(helper("tests.bench.load"))
        far, at = await stack.enter_async_context(helper("tests.bench.far", "300"))
        _, dead = await stack.enter_async_context(helper("tests.bench.far", "hang"))
        tenants = [Tenant(n) for n in range(1, plan.tenants + 1)]
        given = {"broker": dict(broker), "database": {"url": await postgres.database()}}
        if "prefix" in broker:
            given["broker"]["prefix"] = f"{new_id()}."
        engine = Engine({**given, **pointed(at["port"], dead=dead["port"], client_rate=300)})
        await engine.furnish(tenants, dead=1 if bad else None)
        await stack.enter_async_context(engine)
        return await _shot(plan, load, far, engine.port, tenants, bad=bad)


async def _shot(plan: Crowd, load: Helper, far: Helper, port: int, tenants: list[Tenant], *, bad: bool) -> float:
    await _latencies(1.0, load, far, port, _mixed(Crowd(plan.tenants, 1.0, 1.0), tenants, bad=False), tenants[2:])
    seconds = await _latencies(plan.seconds, load, far, port, _mixed(plan, tenants, bad=bad), tenants[2:])
    return sorted(seconds)[min(len(seconds) * 99 // 100, len(seconds) - 1)] * 1000


async def _latencies(
    seconds: float, load: Helper, far: Helper, port: int, webhooks: list[list[str]], good: Sequence[Tenant]
) -> list[float]:
    """Of each message of a good tenant: seconds from the webhook to the far side."""
    await far.ask(begin=True)
    series, numbers = new_id()[-12:], {tenant.number for tenant in good}
    shot = await load.ask(
        port=port, path=HOOK, secret=APP_SECRET, series=series, plan=webhooks, connections=64, moments=True,
        rate=len(webhooks) / seconds,
    )  # fmt: skip
    if shot["bad"]:
        raise RuntimeError(f"{shot['bad']} webhooks were not answered with 200.")
    names = {wamid(series, n): shot["sent_at"][n] for n, (number, _) in enumerate(webhooks) if number in numbers}
    seen = await far.ask(names=list(names), timeout=60)
    return [seen["at"][name] - sent for name, sent in names.items()]


def _mixed(plan: Crowd, tenants: list[Tenant], *, bad: bool) -> list[list[str]]:
    """[number, customer] of every webhook, evenly mixed."""
    weights = [plan.flood if bad and tenant.n <= 2 else plan.rate for tenant in tenants]
    moments: list[tuple[float, str, str]] = []
    for tenant, weight in zip(tenants, weights, strict=True):
        count = int(weight * plan.seconds)
        moments += [
            ((k + tenant.n / len(tenants)) / count, tenant.number, str(16505550000 + k % 50)) for k in range(count)
        ]
    return [[number, customer] for _, number, customer in sorted(moments)]
