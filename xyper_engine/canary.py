"""The canary: a tenant of Xyper's own, whose message travels the whole way and back, again and again.

It goes in as a signed webhook by the public door and has arrived when the ledger says so, whichever engine carried it.
It has accounts, a hook and a contact of its own, and is left out of statistics: nothing of a real tenant's is touched.
"""

import asyncio
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_urlsafe

import aiohttp
import orjson
from pydantic import SecretStr

from xyper_engine.access.caller import Caller
from xyper_engine.ending import end
from xyper_engine.errors import SettingsError, Unavailable
from xyper_engine.model import CANARY, Direction, Endpoint, new_id, now
from xyper_engine.plugins import Registry
from xyper_engine.rounds import Round
from xyper_engine.routing.pulse import Pulse
from xyper_engine.runtime import Runtime
from xyper_engine.state.pulses import CanaryView
from xyper_engine.tenant_rules import PluginRules
from xyper_engine.tenants.service import Tenants
from xyper_engine.tenants.spec import AccountSpec, HookSpec, LinkSpec, PolicySpec, TenantSpec, Written

ENDS = {Direction.inbound: "canary", Direction.outbound: "canary_desk"}
"""Which adapter's webhooks bring it, in each direction."""
SIGNATURE = "X-Canary-Signature"
_CONTACT = "canary:1"
_LOOK = 0.1


class Canary:
    def __init__(self, rt: Runtime, registry: Registry, address: str) -> None:
        missing = [name for name in ENDS.values() if name not in registry.adapters]
        if missing:
            raise SettingsError("[canary] enabled: it flies through the plugin sim: set [plugins.sim] canary = true.")
        self._rt = rt
        self._registry = registry
        self._settings = rt.settings.canary
        self._base = f"http://{_reachable(address)}"
        self.view = CanaryView()

    async def settle(self) -> None:
        """Its tenant is there. Raises `Unavailable`."""
        ends = [Endpoint(adapter=adapter, account=CANARY) for adapter in ENDS.values()]
        if all([await self._rt.directory.account(end) for end in ends]):
            return
        tenants = Tenants(self._rt.db, self._rt.keyring.sealer, PluginRules(self._registry))
        await tenants.put(Caller.engine(), _spec())
        self._rt.directory.expire()  # nobody waits for the notice of this change: the canary flies at once

    async def fly(self) -> None:
        """There and back. Never raises for what goes wrong on the way: that is what is told."""
        there = await self._carried(Direction.inbound)
        back = await self._carried(Direction.outbound) if there is not None else None
        lost = there is None or back is None
        self.view = CanaryView(
            sent=self.view.sent + 1, lost=self.view.lost + lost, inbound=there, outbound=back, last_at=now(),
            failing=lost,
        )  # fmt: skip
        if lost:
            way = "inbound" if there is None else "outbound"
            self._rt.log.error("the canary was lost", task="canary", direction=way)

    async def _carried(self, direction: Direction) -> float | None:
        """Seconds until it arrived; None where it did not."""
        began, id_ = time.monotonic(), new_id()
        try:
            async with asyncio.timeout(self._settings.patience):
                await self._send(direction, id_)
                await self._until_arrived(f"{ENDS[direction]}/{CANARY}/{id_}")
        except (TimeoutError, aiohttp.ClientError, Unavailable, SettingsError) as error:
            self._rt.metrics.canary.labels(direction.value, "lost").inc()
            self._rt.log.info("canary", task="canary", direction=direction.value, reason=type(error).__name__)
            return None
        took = time.monotonic() - began
        self._rt.metrics.canary.labels(direction.value, "arrived").inc()
        self._rt.metrics.canary_seconds.labels(direction.value).set(took)
        return took

    async def _send(self, direction: Direction, id_: str) -> None:
        adapter = ENDS[direction]
        hook = await self._rt.directory.hook(adapter, _hook(adapter))
        if hook is None or not hook.secrets:
            raise Unavailable("The canary's webhook address is gone: its tenant was changed or removed.")
        body = orjson.dumps({"account": CANARY, "contact": _CONTACT, "id": id_, "text": "canary"})
        signature = hmac.digest(hook.secrets[0].get_secret_value().encode(), body, "sha256").hex()
        headers = {"Content-Type": "application/json", SIGNATURE: signature}
        url = f"{self._base}/hooks/{adapter}/{hook.id}"
        async with self._rt.http.post(url, data=body, headers=headers) as answer:
            if answer.status != 200:
                raise Unavailable(f"The door answered {answer.status}.")

    async def _until_arrived(self, key: str) -> None:
        """Any engine may carry it: the ledger knows. Not for ever: whoever calls has a time limit."""
        outcome = None
        while outcome != "delivered":
            await asyncio.sleep(_LOOK)
            outcome = await self._rt.db.fetchval("select outcome from ledger where key = $1", key)


@asynccontextmanager
async def flying(rt: Runtime, registry: Registry, pulse: Pulse, address: str) -> AsyncIterator[None]:
    """The canary at work, where `[canary] enabled` says so. Raises `SettingsError`."""
    if not rt.settings.canary.enabled:
        yield
        return
    canary = Canary(rt, registry, address)
    pulse.canary = lambda: canary.view
    task = asyncio.create_task(_flights(rt, canary), name="canary")
    try:
        yield
    finally:
        await end(task)


async def _flights(rt: Runtime, canary: Canary) -> None:
    while True:
        began = time.monotonic()
        with Round(rt, "canary"):
            await canary.settle()
            await canary.fly()
        await asyncio.sleep(max(0.0, began + rt.settings.canary.interval - time.monotonic()))


def _spec() -> TenantSpec:
    """Kept as short as may be: nobody wants to read it."""
    ends = [f"{adapter}/{CANARY}" for adapter in ENDS.values()]
    return TenantSpec(
        id=CANARY,
        name="Canary (Xyper's own)",
        policy=PolicySpec(message_days=1, ledger_days=30, trace_days=1, dead_letter_days=1),
        accounts=tuple(AccountSpec(adapter=adapter, account=CANARY) for adapter in ENDS.values()),
        links=(LinkSpec(customer=Written.model_validate(ends[0]), agent=Written.model_validate(ends[1])),),
        hooks=tuple(
            HookSpec(id=_hook(adapter), adapter=adapter, account=CANARY, secrets=(SecretStr(token_urlsafe(32)),))
            for adapter in ENDS.values()
        ),
    )


def _hook(adapter: str) -> str:
    return f"{CANARY}-{adapter}"


def _reachable(address: str) -> str:
    """Where this process itself reaches what it listens on."""
    host, _, port = address.rpartition(":")
    anywhere = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104
    return f"{anywhere.get(host, host)}:{port}"
