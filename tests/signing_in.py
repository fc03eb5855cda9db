"""A world to sign in to: an engine's public side, a simulated Genesys with people, and browsers with windows."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from yarl import URL

from tests.directory import put_tenant
from tests.world import Tenant, World, far_sides, furnish, simulated, world_of
from xyper_engine.access.caller import Caller
from xyper_engine.cli.parts import NoBroker
from xyper_engine.edge.server import address_of, bind, public_app, serving
from xyper_engine.plugins import load
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.tenants.spec import AccountSpec, TenantSpec

ONE, TWO = Tenant(1), Tenant(2)
ORG, FOREIGN = "5ed0b6a4-0000-4000-8000-000000000001", "5ed0b6a4-0000-4000-8000-000000000002"
APP = "panel-1"
PAGES = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PEOPLE: list[dict[str, Any]] = [
    {"id": "ines", "name": "Ines, an agent", "email": "ines@example.com"},
    {"id": "sofia", "name": "Sofia, a supervisor", "roles": ["Supervisor"]},
    {"id": "ada", "name": "Ada, an administrator", "permissions": ["messaging:integration:edit"]},
    {"id": "gone", "name": "Gone, deactivated", "roles": ["admin"], "state": "inactive"},
    {"id": "eve", "name": "Eve, of another organisation", "org": FOREIGN, "roles": ["admin"]},
]


def tenant(one: Tenant = ONE, **config: Any) -> TenantSpec:
    """As it stands in the directory, set up for signing in."""
    spec, login = one.spec(), {"login_client_id": APP, "organization_id": ORG, **config}
    accounts = (spec.accounts[0], AccountSpec.model_validate({
        **spec.accounts[1].model_dump(), "config": {**spec.accounts[1].config, **login},
        "secrets": spec.accounts[1].secrets,
    }))  # fmt: skip
    return spec.model_copy(update={"accounts": accounts})


@dataclass
class Window:
    """A browser: cookies of its own, and it wants pages. Redirects are followed by hand."""

    http: aiohttp.ClientSession
    last: str = ""
    """The page that it shows."""

    async def go(self, url: str | URL) -> tuple[int, URL | None]:
        """The answer's status, and where it sends the browser."""
        async with self.http.get(URL(url, encoded=True), headers=PAGES, allow_redirects=False) as answer:
            return await self._shown(answer)

    async def choose(self, login: URL, person: str) -> URL:
        """On Genesys' page: where it sends the browser back to."""
        form = {**dict(parse_qsl(login.raw_query_string)), "person": person}
        async with self.http.post(login.with_query(None), data=form, allow_redirects=False) as answer:
            _, back = await self._shown(answer)
        assert back, self.last
        return back

    async def post(self, url: str, body: object) -> tuple[int, dict[str, Any]]:
        async with self.http.post(url, json=body) as answer:
            return answer.status, await answer.json()

    async def _shown(self, answer: aiohttp.ClientResponse) -> tuple[int, URL | None]:
        self.last, where = await answer.text(), answer.headers.get("Location")
        return answer.status, URL(where, encoded=True) if where else None


@dataclass
class SignInWorld:
    rt: Runtime
    url: str
    genesys: World
    stack: AsyncExitStack
    conversation: str = ""
    """Of Ines with a customer."""
    http: aiohttp.ClientSession = field(init=False)

    async def window(self) -> Window:
        jar = aiohttp.CookieJar(unsafe=True)
        return Window(await self.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar)))

    def auth(self, step: str, one: Tenant = ONE) -> str:
        return f"{self.url}/widget/{one.id}/auth/{step}"

    async def new(self, window: Window, conversation: str | None = "", one: Tenant = ONE) -> dict[str, Any]:
        """Begun from a page beside this conversation: `sid` and `secret`."""
        body = {} if conversation is None else {"conversation": conversation or self.conversation}
        status, begun = await window.post(self.auth("new", one), body)
        assert status == 200, begun
        return begun

    async def to_login(self, window: Window, sid: str, more: str = "") -> URL:
        status, login = await window.go(self.auth(f"start?sid={sid}{more}"))
        assert login, window.last
        assert status == 303
        return login

    async def came_back(self, window: Window, sid: str, person: str = "ines") -> tuple[int, URL | None]:
        """Through the login and back: what the callback answers."""
        return await window.go(await window.choose(await self.to_login(window, sid), person))

    async def proof(self, window: Window, sid: str, *, short: bool = False) -> str:
        status, body = await window.post(self.auth("proof"), {"sid": sid, "short": short})
        assert status == 200, body
        return str(body["proof"])

    async def finish(self, window: Window, begun: Mapping[str, Any], proof: str) -> tuple[int, dict[str, Any]]:
        return await window.post(self.auth("finish"), {**begun, "proof": proof})

    async def signed_in(self, person: str = "ines", conversation: str | None = "") -> Caller:
        """All of it, in one browser."""
        page, window = await self.window(), await self.window()
        begun = await self.new(page, conversation)
        status, where = await self.came_back(window, begun["sid"], person)
        assert (status, where) == (303, URL(self.auth(f"done?sid={begun['sid']}"))), window.last
        status, granted = await self.finish(page, begun, await self.proof(window, begun["sid"]))
        assert status == 200, granted
        return await self.rt.access.prove(granted["access_token"])

    async def refused(self, person: str, conversation: str | None = "") -> str:
        """What the window says."""
        window = await self.window()
        begun = await self.new(window, conversation)
        status, where = await self.came_back(window, begun["sid"], person)
        assert (status, where) == (403, None), window.last
        status, told = await window.post(self.auth("proof"), {"sid": begun["sid"]})
        assert status == 403, told
        return window.last


@asynccontextmanager
async def signing_in(settings: Settings, **cloud: Any) -> AsyncIterator[SignInWorld]:
    """`cloud`: further settings of the simulated Genesys."""
    cloud |= {"orgs": [{"id": ORG}, {"id": FOREIGN}], "people": PEOPLE}
    async with AsyncExitStack() as stack:
        genesys = await stack.enter_async_context(world_of(simulated([ONE, TWO], cloud=cloud)))
        rt, url = await stack.enter_async_context(engine(settings, genesys.url))
        await furnish(rt, [TWO])
        await put_tenant(rt.db, Sealer.from_settings(rt.settings), tenant())
        back = f"{url}/widget/{ONE.id}/auth/callback"
        await genesys.call("PUT", f"/api/cloud/login_clients/{APP}", {"redirect_uris": [back]})
        world = SignInWorld(rt, url, genesys, stack)
        world.conversation = await _conversation(genesys, "ines")
        yield world


async def _conversation(genesys: World, person: str) -> str:
    """One that this person takes part in."""
    begun = await genesys.call(
        "POST", "/api/cloud/conversations", {"integration": ONE.integration, "address": "393331234567"}
    )
    await genesys.call("PUT", f"/api/cloud/conversations/{begun['id']}/person", {"id": person})
    return str(begun["id"])


@asynccontextmanager
async def engine(settings: Settings, genesys: str = "") -> AsyncIterator[tuple[Runtime, str]]:
    """The public side only: nothing here is a message."""
    sockets = bind("127.0.0.1:0", "listen")
    plugins = far_sides(genesys) if genesys else {}
    settings = settings.model_copy(update={"plugins": plugins}).listening_on(address_of(sockets[0]))
    registry = load(settings)
    async with open_runtime(settings, given=NoBroker()) as rt, serving(public_app(rt, registry), sockets, 0.2):
        yield rt, settings.public_url
