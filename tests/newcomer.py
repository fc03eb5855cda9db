"""A tenant that has yet to be onboarded: credentials are all it has, and its vendors know nothing of us."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from pydantic import SecretStr

from tests.conftest import Configure
from tests.directory import add_operator_hook, put_tenant
from tests.world import APP_SECRET, OPERATOR, VERIFY, Tenant, World, far_sides, number_of, simulated, world_of
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role, actions_of
from xyper_engine.engine import Engine, opened
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.spec import AccountSpec, LinkSpec, TenantSpec

ONE = Tenant(1)
NEW = f"new-{ONE.id}"
MARIA = "393331234567"
Json = dict[str, Any]


def spec(**changes: Any) -> TenantSpec:
    """The tenant as its operator writes it down: no integration, no webhook address yet."""
    whatsapp, _ = ONE.spec().accounts
    genesys = AccountSpec(
        adapter="genesys",
        account=NEW,
        name="Desk",
        config={"region": "sim", "client_id": ONE.client},
        secrets={"client_secret": SecretStr(f"secret-{ONE.n}")},
    )
    link = LinkSpec(customer=f"whatsapp/{ONE.number}", agent=f"genesys/{NEW}")
    return TenantSpec(id=ONE.id, name="Tenant 1", accounts=(whatsapp, genesys), links=(link,)).model_copy(
        update=changes
    )


def vendors(**cloud: Any) -> Any:
    """Both simulators, which have a number and an OAuth client and nothing else."""
    number = {**number_of(ONE), "registered": False, "subscribed": False}
    return simulated(
        [ONE],
        graph={"numbers": [number]},
        cloud={"integrations": [], "create_after": 0.05, "create_flow": "f", **cloud},
    )


@dataclass
class Stage:
    """An engine with the newcomer in its directory, both vendors, and a client of the API."""

    engine: Engine
    world: World
    http: aiohttp.ClientSession
    key: str

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Json]:
        return await self.call(method, f"/api/v1/tenants/{ONE.id}/{path}", body)

    async def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Json]:
        proof = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        url = f"http://{self.engine.address}{path}"
        async with self.http.request(method, url, json=body, headers=proof) as answer:
            return answer.status, await answer.json()

    async def run(self, **body: Any) -> None:
        """Have it run; the answer comes at once."""
        status, told = await self.ask("POST", "onboarding/run", body)
        assert (status, told["state"]) == (202, "running")

    async def steps(self) -> dict[str, Json]:
        """Each step by its name."""
        _, told = await self.ask("GET", "onboarding")
        return {one["step"]: one for one in told["steps"]}

    async def state(self) -> str:
        return str((await self.ask("GET", "onboarding"))[1]["state"])


@asynccontextmanager
async def stage(
    configure: Configure, sim: Any = None, *, furnished: bool = True, **settings: Any
) -> AsyncIterator[Stage]:
    """`settings`: sections of the engine's. Where it is not `furnished`, the tenant is not in the directory yet."""
    async with world_of(sim or vendors()) as world, aiohttp.ClientSession() as http:
        onboarding = {"check_every": 0, "wait": 30, **settings.pop("onboarding", {})}
        limits = {"address": "", "key": "", "tenant": ""}  # tests ask again and again until something is so
        values = {"plugins": far_sides(world.url), "onboarding": onboarding, "limits": limits, **settings}
        async with opened(configure(values)) as engine:
            sealer = Sealer.from_settings(engine.rt.settings)
            secrets = [SecretStr(APP_SECRET)], [SecretStr(VERIFY)]
            await add_operator_hook(engine.rt.db, sealer, "whatsapp", OPERATOR, *secrets)
            if furnished:
                await put_tenant(engine.rt.db, sealer, spec())
            role = Role.xyper_admin
            _, key = await engine.rt.keys.add(Caller.host(), "tests", list(actions_of(role)))
            try:
                yield Stage(engine, world, http, key)
            finally:
                await world.hush()
