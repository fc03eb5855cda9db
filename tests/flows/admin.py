"""Who changes secrets in these tests, by the public API only."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.flows.conftest import Bridge, Build
from tests.world import APP_SECRET, OPERATOR, VERIFY, Tenant
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role, actions_of

NEW = {
    "access_token": "a-new-token-of-Metas",
    "client_secret": "a-new-client-secret",
    "secret": "a-new-app-secret",
}
OURS = "/api/v1/hooks/secrets"


class Admin:
    def __init__(self, http: aiohttp.ClientSession, bridge: Bridge, key: str) -> None:
        self._http, self._key, self.bridge = http, key, bridge
        self.tenant = bridge.tenants[0]
        self.theirs = f"/api/v1/tenants/{self.tenant.id}/secrets"
        self.number = f"account:whatsapp/{self.tenant.number}"
        self.client = f"account:genesys/{self.tenant.integration}"
        self.desk = f"hook:{self.tenant.hook}"
        self.operator = f"hook:{OPERATOR}"

    async def ask(
        self, method: str, path: str, body: object = None, more: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """`more`: further headers."""
        headers = {"Authorization": f"Bearer {self._key}", **(more or {})}
        async with self._http.request(method, self.bridge.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def rotate(self, path: str, owner: str, name: str, **more: object) -> Mapping[str, Any]:
        status, told = await self.ask("POST", f"{path}/rotate", {"owner": owner, "name": name, **more})
        assert status == 200, told
        return dict(told)

    async def refused(self, path: str, owner: str, name: str, **more: object) -> tuple[int, str]:
        """And nothing is changed by it."""
        before = await self.all()
        status, told = await self.ask("POST", f"{path}/rotate", {"owner": owner, "name": name, **more})
        assert await self.all() == before
        return status, told["detail"]

    async def all(self) -> list[Mapping[str, Any]]:
        """Every secret there is, with what is known of its use by now."""
        await self.bridge.engine.rt.uses.flush(self.bridge.engine.rt.db)
        found = [(await self.ask("GET", path))[1]["secrets"] for path in (self.theirs, OURS)]
        return [{**one, "used_at": None} for some in found for one in some]

    async def of(self, path: str, owner: str, name: str) -> list[Mapping[str, Any]]:
        """The values of one name, newest first, with their last use."""
        await self.bridge.engine.rt.uses.flush(self.bridge.engine.rt.db)
        found = (await self.ask("GET", f"{path}?owner={owner}"))[1]["secrets"]
        return [one for one in found if one["name"] == name]


@asynccontextmanager
async def administered(build: Build, **more: Any) -> AsyncIterator[Admin]:
    async with build(cloud={"rate": 0}, graph={"limits": False}, **more) as bridge, aiohttp.ClientSession() as http:
        _, key = await bridge.engine.rt.keys.add(Caller.host(), "tests", list(actions_of(Role.xyper_admin)))
        yield Admin(http, bridge, key)


def assert_discreet(capfd: pytest.CaptureFixture[str], *more: str) -> None:
    """Something was logged, and no secret."""
    logged = "".join(capfd.readouterr())
    assert "ready" in logged
    own = ("token-1", "secret-1", Tenant(1).webhook_secret, APP_SECRET, VERIFY, *NEW.values(), *more)
    assert [value for value in own if value in logged] == []
