"""A world to test in: tenants as settings and directory entries, and both vendors' simulators, reached over HTTP only.

The same `World` drives a simulator inside the test and one in a process of its own that outlives a killed engine.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from pydantic import SecretStr

from tests.directory import add_operator_hook, put_tenant
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.spec import AccountSpec, HookSpec, LinkSpec, TenantSpec
from xyper_sim.server import Simulator
from xyper_sim.settings import SimSettings

APP, APP_SECRET, VERIFY = "app", "meta-app-secret", "verify-me"
OPERATOR = "operator"


@dataclass(frozen=True)
class Tenant:
    """The n-th tenant: one number, one integration, one OAuth client, all named after n."""

    n: int

    @property
    def id(self) -> str:
        return f"tenant-{self.n}"

    @property
    def number(self) -> str:
        return str(106540352240000 + self.n)

    @property
    def integration(self) -> str:
        return f"00000000-0000-4000-8000-{self.n:012d}"

    @property
    def client(self) -> str:
        return f"client-{self.n}"

    @property
    def hook(self) -> str:
        return f"genesys-{self.n}"

    def spec(self) -> TenantSpec:
        whatsapp = AccountSpec(
            adapter="whatsapp",
            account=self.number,
            parent=f"waba-{self.n}",
            secrets={"access_token": SecretStr(f"token-{self.n}")},
        )
        genesys = AccountSpec(
            adapter="genesys",
            account=self.integration,
            config={"region": "sim", "client_id": self.client},
            secrets={"client_secret": SecretStr(f"secret-{self.n}")},
        )
        hook = HookSpec(
            id=self.hook, adapter="genesys", account=self.integration, secrets=(SecretStr(self.webhook_secret),)
        )
        return TenantSpec(
            id=self.id,
            name=f"Tenant {self.n}",
            accounts=(whatsapp, genesys),
            links=(LinkSpec(customer=f"whatsapp/{self.number}", agent=f"genesys/{self.integration}"),),
            hooks=(hook,),
        )

    @property
    def webhook_secret(self) -> str:
        return f"genesys-webhook-secret-{self.n}"


def simulated(tenants: Sequence[Tenant], url: str = "", **changes: Any) -> SimSettings:
    """The simulators' side of these tenants. `url` is the engine's, if it is known; `changes` are `graph`, `cloud`,
    and what concerns both.
    """
    graph: dict[str, Any] = {
        "apps": [
            {"id": APP, "secret": APP_SECRET, "verify_token": VERIFY, "webhook_url": _hook(url, "whatsapp", OPERATOR)}
        ],
        "numbers": [number_of(tenant) for tenant in tenants],
        "sent_after": 0.01,
        "delivered_after": 0.01,
        "read_after": 0.01,
        "retry_first": 0.2,
        "retry_most": 1.0,
    }
    cloud: dict[str, Any] = {
        "clients": [{"client_id": one.client, "client_secret": f"secret-{one.n}"} for one in tenants],
        "integrations": [_integration(tenant, url) for tenant in tenants],
        "published_after": 0.01,
    }
    sides = {"graph": {**graph, **changes.get("graph", {})}, "cloud": {**cloud, **changes.get("cloud", {})}}
    return SimSettings.model_validate({**changes, **sides})


def _hook(url: str, adapter: str, hook: str) -> str:
    return f"{url}/hooks/{adapter}/{hook}" if url else ""


def number_of(tenant: Tenant) -> dict[str, Any]:
    """A tenant's number, as the simulated WhatsApp is told of it."""
    return {
        "phone_number_id": tenant.number,
        "waba_id": f"waba-{tenant.n}",
        "display": f"1555{tenant.n:07d}",
        "access_token": f"token-{tenant.n}",
        "app": APP,
    }


def _integration(tenant: Tenant, url: str) -> dict[str, Any]:
    return {
        "id": tenant.integration,
        "webhook_url": _hook(url, "genesys", tenant.hook),
        "webhook_secret": tenant.webhook_secret,
        "clients": [tenant.client],
    }


def far_sides(sim_url: str) -> dict[str, Any]:
    """The plugins' settings that point at a simulator."""
    region = {"api": f"{sim_url}/cloud", "login": f"{sim_url}/login"}
    return {"whatsapp": {"graph_url": f"{sim_url}/graph"}, "genesys": {"regions": {"sim": region}}}


async def furnish(rt: Runtime, tenants: Sequence[Tenant]) -> None:
    """Put the tenants and the operator's Meta hook into the directory of a running engine."""
    sealer = Sealer.from_settings(rt.settings)
    await add_operator_hook(rt.db, sealer, "whatsapp", OPERATOR, [SecretStr(APP_SECRET)], [SecretStr(VERIFY)])
    for tenant in tenants:
        await put_tenant(rt.db, sealer, tenant.spec())


class World:
    """Customers and agents, as the simulator's control API lets a test play them."""

    def __init__(self, http: aiohttp.ClientSession, url: str, sim: Simulator | None = None) -> None:
        self._http = http
        self._sim = sim
        self.url = url

    async def hush(self) -> None:
        """Before an engine of this process stops: a call in its last moment would leave a socket behind."""
        if self._sim is not None:
            await self._sim.hush()

    async def write(self, tenant: Tenant, customer: str, text: str, **more: str) -> str:
        """A customer writes; returns the wamid."""
        body = {"phone_number_id": tenant.number, "text": text, **more}
        answer = await self.call("POST", f"/api/graph/customers/{customer}/messages", body)
        return str(answer["id"])

    async def say(self, conversation: str, text: str) -> str:
        """An agent answers; returns Genesys' message id."""
        answer = await self.call("POST", f"/api/cloud/conversations/{conversation}/messages", {"text": text})
        return str(answer["id"])

    async def reached(self, count: int, kind: str = "message", timeout: float = 30.0) -> list[dict[str, Any]]:
        """What the simulated Genesys has taken, once it is `count`; fails with what there is."""
        found = await self.call("GET", f"/api/cloud/received?kind={kind}&count={count}&timeout={timeout}")
        assert len(found) >= count, f"Genesys has {len(found)} of {count} {kind}s"
        return list(found)

    async def sent(self, count: int = 0, timeout: float = 30.0, status: str | None = None) -> list[dict[str, Any]]:
        """What the simulated WhatsApp has accepted (and brought to `status`), once it is `count`."""
        rows: list[dict[str, Any]] = []

        async def enough() -> bool:
            rows[:] = (await self.call("GET", "/api/graph/sent"))["sent"]
            return sum(status in (None, row["status"]) for row in rows) >= count

        assert await eventually(enough, timeout), f"WhatsApp has {[(row['status']) for row in rows]}, not {count}"
        return rows

    async def conversation(self, tenant: Tenant, customer: str) -> dict[str, Any]:
        """The Genesys conversation of a customer, with its messages."""
        for one in await self.call("GET", "/api/cloud/conversations"):
            if one["integration"] == tenant.integration and one["address"].lstrip("+") == customer:
                return dict(await self.call("GET", f"/api/cloud/conversations/{one['id']}"))
        raise AssertionError(f"{customer} has no conversation at {tenant.id}")

    async def violations(self) -> list[dict[str, Any]]:
        return list(await self.call("GET", "/api/cloud/violations"))

    async def knobs(self, side: str, **values: Any) -> None:
        await self.call("POST", "/api/knobs", {"side": side, **values})

    async def settled(self, timeout: float = 30.0) -> dict[str, Any]:
        """Wait until no webhook is under way."""
        return dict(await self.call("POST", f"/api/webhooks/settled?timeout={timeout}"))

    async def connect(self, tenants: Sequence[Tenant], engine: str) -> None:
        """Tell the simulators where the engine's webhooks are."""
        await self.call("PUT", f"/api/graph/apps/{APP}", {"webhook_url": _hook(engine, "whatsapp", OPERATOR)})
        for one in tenants:
            url = _hook(engine, "genesys", one.hook)
            await self.call("PUT", f"/api/cloud/integrations/{one.integration}", {"webhook_url": url})

    async def call(self, method: str, path: str, body: object = None) -> Any:
        async with self._http.request(method, self.url + path, json=body) as answer:
            assert answer.status == 200, f"{method} {path}: {answer.status} {await answer.text()}"
            return await answer.json()

    async def put_up(self, path: str, name: str, mime: str, body: bytes) -> dict[str, Any]:
        """Hand a file to a simulator; what it says of it."""
        target = f"{self.url}{path}?filename={name}"
        async with self._http.post(target, data=body, headers={"Content-Type": mime}) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def fetch(self, url: str) -> bytes:
        """A file, as a browser would get it."""
        async with self._http.get(url if "://" in url else self.url + url) as answer:
            assert answer.status == 200, f"{url}: {answer.status} {await answer.text()}"
            return await answer.read()


async def eventually(condition: Any, timeout: float = 30.0) -> bool:
    """Whether `await condition()` comes true in time."""
    try:
        async with asyncio.timeout(timeout):
            while not await condition():  # noqa: ASYNC110  it may lie in another process
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False
    return True


@asynccontextmanager
async def world_of(settings: SimSettings) -> AsyncIterator[World]:
    """Both simulators inside this process, on a free port."""
    async with Simulator(settings) as sim, aiohttp.ClientSession() as http:
        yield World(http, sim.url, sim)
