"""The public side of an engine in the test's own process: its routes behind the gateway, the tenant acme, and keys."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from tests.conftest import Configure
from tests.directory import add_tenant
from tests.engine.tenants.world import acme
from xyper_engine.access.caller import Caller
from xyper_engine.access.people import Method
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.cli.parts import NoBroker
from xyper_engine.edge import api
from xyper_engine.edge.route import Route
from xyper_engine.edge.server import public_app
from xyper_engine.edge.widget.assets import Assets
from xyper_engine.plugins import load
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.sealing import Sealer

UNLIMITED = {"address": "", "refused": "", "sign_in": "", "person": "", "key": "", "tenant": ""}

OWN = "/api/v1/tenants/acme"


@dataclass
class Front:
    http: TestClient[web.Request, web.Application]
    rt: Runtime
    routes: tuple[Route, ...]
    key: str
    """Opens everything."""

    @property
    def app(self) -> web.Application:
        assert isinstance(self.http.server, TestServer)
        return self.http.server.app

    async def ask(
        self, method: str, path: str, *, key: str | None = None, headers: Mapping[str, str] | None = None, **more: Any
    ) -> ClientResponse:
        """`key`: another one; "" for none."""
        shown = self.key if key is None else key
        proof = {"Authorization": f"Bearer {shown}"} if shown else {}
        return await self.http.request(method, path, headers={**proof, **(headers or {})}, **more)

    async def token(self, role: Role, tenant: str | None) -> str:
        """An access token of somebody who just signed in."""
        method: Method = "oidc" if tenant is None else "genesys"
        subject = f"{role}@{tenant}"
        person = await self.rt.access.people.arrived(method, subject, tenant=tenant, role=role, name="Ada")
        return (await self.rt.access.sessions.begin(person, address="192.0.2.1")).access_token

    async def new_key(self, tenant: str | None = "acme", actions: Sequence[Action] | None = None) -> str:
        role = Role.genesys_admin if tenant else Role.xyper_admin
        _, key = await self.rt.keys.add(Caller.host(), "tests", list(actions or actions_of(role)), tenant)
        return key


@asynccontextmanager
async def opened(configure: Configure, url: str, values: Mapping[str, Any] | None = None) -> AsyncIterator[Front]:
    """An engine's public side on this database, with these settings besides."""
    settings = configure({"database": {"url": url}, "limits": UNLIMITED, **(values or {})})
    async with open_runtime(settings, given=NoBroker()) as rt:
        await add_tenant(rt.db, Sealer.from_settings(settings), acme())
        registry = load(settings)
        _, key = await rt.keys.add(Caller.host(), "tests", list(actions_of(Role.xyper_admin)))
        async with TestClient(TestServer(public_app(rt, registry))) as http:
            yield Front(http, rt, api.routes(rt, registry, Assets()), key)
