"""Each step of setting up a WhatsApp number: what it adopts, what it makes, and what it says where it cannot."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from tests.plugins.workbench import Workbench, runtime
from xyper_engine.model import Account, Endpoint, Hook, now
from xyper_engine.testing import FarSide
from xyper_sim.server import Simulator
from xyper_sim.settings import SimSettings
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings

NUMBER, WABA, APP, TOKEN, VERIFY = "106540352242922", "102290129340398", "app", "EAAG-token", "shake"
HELD = {"phone_number_id": NUMBER, "waba_id": WABA, "display": "15550783881", "access_token": TOKEN, "app": APP}
HOOK = Hook(id="h1", adapter="whatsapp", secrets=(SecretStr("app-secret"),), verify_tokens=(SecretStr(VERIFY),))
Json = dict[str, Any]


@dataclass
class Place(Workbench):
    """With the simulated Meta that it is set up at, and our webhook, which gives challenges back while `open`."""

    sim: Simulator | None = None
    open: bool = True

    async def knock(self, request: web.Request) -> web.Response:
        tokens = [one.get_secret_value() for one in self.known.verify_tokens] if self.known else []
        if not self.open or request.query["hub.verify_token"] not in tokens:
            raise web.HTTPForbidden
        self.challenged_at = now()
        return web.Response(text=request.query["hub.challenge"])

    @property
    def graph(self) -> Any:
        assert self.sim is not None
        return self.sim.graph

    async def control(self, method: str, path: str, body: Json) -> None:
        assert self.sim is not None
        async with self.rt.http.request(method, f"{self.sim.url}/api/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def place(
    hook: Hook | None = HOOK, parent: str | None = WABA, url: str = "", **number: Any
) -> AsyncIterator[Place]:
    """`number`: what is different at Meta; `url`: the app's own webhook there."""
    graph = {"apps": [{"id": APP, "secret": "app-secret", "webhook_url": url}], "numbers": [{**HELD, **number}]}
    async with Simulator(SimSettings.model_validate({"graph": graph})) as sim, aiohttp.ClientSession() as http:
        adapter = WhatsApp(WhatsAppSettings(graph_url=f"{sim.url}/graph", timeout=1))
        account = Account(
            tenant="acme",
            endpoint=Endpoint(adapter="whatsapp", account=NUMBER),
            parent=parent,
            secrets={"access_token": SecretStr(TOKEN)},
        )
        here = Place(account, runtime(http), adapter, hook, sim=sim)
        async with _listening(here):
            yield here


@asynccontextmanager
async def _listening(here: Place) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_get("/hooks/whatsapp/h1", here.knock)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/whatsapp/h1"
    try:
        yield
    finally:
        await runner.cleanup()


# --- the token -----------------------------------------------------------------------------------------------------

DAY = 86_400


@pytest.mark.parametrize(
    ("number", "state", "words", "auth"),
    [
        ({}, "done", "valid and does not expire", False),
        ({"token_expires": int(time.time()) + 60 * DAY}, "done", "valid until 20", False),
        ({"token_expires": int(time.time()) + 3 * DAY}, "done", "Store a new one before that", False),
        ({"token_expires": 1}, "failed", "invalid or expired", True),
        ({"access_token": "another"}, "failed", "invalid or expired", True),
        ({"scopes": ["whatsapp_business_messaging"]}, "failed", "lacks whatsapp_business_management", False),
        ({"scopes": []}, "failed", "lacks whatsapp_business_management and whatsapp_business_messaging", False),
        ({"token_wabas": ["77"]}, "failed", f"not for this WhatsApp account {WABA}: it is for 77", False),
        ({"token_wabas": []}, "done", "does not expire", False),
    ],
)
async def test_what_the_token_is(number: Json, state: str, words: str, auth: bool) -> None:
    async with place(**number) as here:
        found = await here.make("token")
        assert (found.state, found.auth, words in f"{found.detail} {found.todo}") == (state, auth, True), found
        assert TOKEN not in f"{found} {here.calls}"
        assert (state == "done") or found.todo
        assert all(call.correlation for call in here.calls)


async def test_a_token_that_may_not_be_asked_about_is_no_fault() -> None:
    async with FarSide() as far, aiohttp.ClientSession() as http:
        words = "(#100) You must provide an app access token, or a user access token that is an owner of the app"
        far.answer("GET", "/v25.0/debug_token", 400, json={"error": {"code": 100, "message": words}})
        adapter = WhatsApp(WhatsAppSettings(graph_url=far.url))
        at = Endpoint(adapter="whatsapp", account=NUMBER)
        account = Account(tenant="acme", endpoint=at, parent=WABA, secrets={"access_token": SecretStr(TOKEN)})
        found = await Workbench(account, runtime(http), adapter).make("token")
        assert (found.state, "Meta does not say" in found.detail) == ("done", True)


@pytest.mark.parametrize("fault", [{"status": 500, "code": 2}, {"status": 503}, {"status": 400, "code": 80007}])
async def test_trouble_at_meta_says_nothing_of_the_token(fault: Json) -> None:
    async with place() as here:
        await here.control("POST", "knobs", {"side": "graph", "fail_next": [{**fault, "count": 9}]})
        found = await here.make("token")
        assert (found.state, found.auth) == ("unknown", False)


async def test_silence_is_no_refusal() -> None:
    async with place() as here:
        await here.control("POST", "knobs", {"side": "graph", "down": True, "down_as": "hang"})
        found = await here.make("token")
        assert (found.state, found.auth) == ("unknown", False)


@pytest.mark.parametrize(
    ("parent", "token", "words"), [(None, TOKEN, "add it as `parent`"), (WABA, "", "has no access_token")]
)
async def test_an_account_that_lacks_something(parent: str | None, token: str, words: str) -> None:
    async with place(parent=parent) as here:
        here.account = here.account.model_copy(update={"secrets": {"access_token": SecretStr(token)}})
        found = await here.make("token")
        assert (found.state, words in found.detail) == ("failed", True), found
        assert here.calls == []


# --- the number ----------------------------------------------------------------------------------------------------


async def test_a_number_that_is_registered_is_left_alone() -> None:
    async with place() as here:
        found = await here.make("number")
        assert (found.state, found.detail) == ("done", "Demo Company, GREEN, CONNECTED")
        assert (found.quality, found.messaging_limit) == ("GREEN", "TIER_250")
        assert here.asked == [f"GET /{NUMBER}"]


async def test_a_number_tells_its_quality_and_its_limit() -> None:
    async with place(quality="YELLOW", messaging_limit="TIER_UNLIMITED") as here:
        found = await here.look("number")
        assert (found.state, found.quality, found.messaging_limit) == ("done", "YELLOW", "TIER_UNLIMITED")


async def test_a_number_is_registered_with_a_pin_that_was_kept_first() -> None:
    async with place(registered=False) as here:
        assert (await here.look("number")).detail == "It is not registered (Demo Company, GREEN, PENDING)."
        assert (await here.make("number")).state == "done"
        held = here.graph.numbers[NUMBER]
        assert held.pin.get_secret_value() == here.kept["pin"]
        assert len(here.kept["pin"]) == 6


async def test_the_pin_that_is_kept_is_the_one_that_is_used() -> None:
    async with place(registered=False, pin="123456") as here:
        found = await here.make("number")
        assert (found.state, "secret `pin`" in found.todo) == ("failed", True)
        await here.keep("pin", "123456")
        assert (await here.make("number")).state == "done"


async def test_a_number_that_is_not_verified_is_for_a_person() -> None:
    async with place(registered=False, verified=False) as here:
        found = await here.make("number")
        assert (found.state, "WhatsApp Manager" in found.todo) == ("failed", True)


async def test_a_number_of_somebody_else() -> None:
    async with place() as here:
        here.account = here.account.model_copy(update={"endpoint": Endpoint(adapter="whatsapp", account="1")})
        found = await here.make("number")
        assert (found.state, "copy it again from WhatsApp Manager" in found.detail) == ("failed", True)


BLOCKED = {
    "can_send_message": "BLOCKED",
    "entities": [{"entity_type": "WABA", "errors": [{"error_code": 141006, "error_description": "No payment method"}]}],
}


@pytest.mark.parametrize(
    ("health", "words"), [(BLOCKED, "No payment method"), ({"can_send_message": "BLOCKED"}, "does not say why")]
)
async def test_a_number_that_meta_blocks_says_why(health: Json, words: str) -> None:
    async with FarSide() as far, aiohttp.ClientSession() as http:
        far.answer("GET", f"/v25.0/{NUMBER}", json={"platform_type": "CLOUD_API", "health_status": health})
        at = Endpoint(adapter="whatsapp", account=NUMBER)
        account = Account(tenant="acme", endpoint=at, secrets={"access_token": SecretStr(TOKEN)})
        bench = Workbench(account, runtime(http), WhatsApp(WhatsAppSettings(graph_url=far.url)))
        found = await bench.make("number")
        assert (found.state, words in found.detail) == ("failed", True)


# --- who is told ---------------------------------------------------------------------------------------------------


async def test_an_app_is_subscribed_with_our_address_and_the_handshake_is_seen() -> None:
    async with place(subscribed=False) as here:
        assert (await here.look("subscription")).detail == "No app is subscribed to the WhatsApp account."
        assert (await here.look("challenge")).state == "missing"
        found = await here.make("subscription")
        assert (found.state, found.detail) == ("done", f"Meta calls {here.url}.")
        assert here.graph.hooks.subscribed[WABA] == {APP: here.url}
        assert (await here.make("challenge")).detail.startswith(f"Meta called {here.url} on ")


async def test_an_app_whose_own_address_is_ours_needs_no_override() -> None:
    async with place() as here:
        await here.control("PUT", f"graph/apps/{APP}", {"webhook_url": here.url})
        assert (await here.make("subscription")).state == "done"
        assert here.graph.hooks.subscribed[WABA] == {APP: ""}
        found = await here.make("challenge")
        assert found.state == "done", "to see the handshake, the address is written once more"
        assert here.graph.hooks.subscribed[WABA] == {APP: here.url}


async def test_another_address_is_replaced() -> None:
    async with place(url="http://127.0.0.1:1/elsewhere") as here:
        found = await here.look("subscription")
        assert found.detail == f"Meta calls http://127.0.0.1:1/elsewhere and not {here.url}."
        assert (await here.make("subscription")).state == "done"


async def test_a_hook_without_a_verify_token_gets_one() -> None:
    async with place(HOOK.model_copy(update={"verify_tokens": ()})) as here:
        assert (await here.make("subscription")).state == "done"
        assert here.known is not None
        assert len(here.known.verify_tokens) == 1
        assert here.known.secrets == HOOK.secrets


async def test_without_a_hook_it_says_how_to_make_one() -> None:
    async with place(None) as here:
        for step in ("subscription", "challenge"):
            found = await here.make(step)
            assert (found.state, "xyper tenants hook" in found.todo) == ("failed", True)


async def test_an_address_that_meta_does_not_reach_says_what_to_look_at() -> None:
    async with place(subscribed=False) as here:
        here.open = False
        found = await here.make("subscription")
        assert (found.state, "xyper serve" in found.todo) == ("failed", True)
        assert "HTTP Status Code = 403" in found.detail
        assert VERIFY not in f"{found} {here.calls}"


async def test_an_address_that_is_too_long_is_said_before_meta_says_it() -> None:
    async with place(subscribed=False) as here:
        here.url = f"https://xyper.example.com/{'x' * 200}"
        found = await here.make("subscription")
        assert (found.state, "public_url" in found.todo) == ("failed", True)
        assert not [one for one in here.asked if one.startswith("POST")]


async def test_an_override_of_the_number_itself_counts_more() -> None:
    async with FarSide() as far, aiohttp.ClientSession() as http:
        configured = {"phone_number": "https://old.example.com", "application": "https://x"}
        far.answer("GET", f"/v25.0/{NUMBER}", json={"webhook_configuration": configured})
        far.answer(
            "GET", f"/v25.0/{WABA}/subscribed_apps", json={"data": [{"whatsapp_business_api_data": {"id": "1"}}]}
        )
        far.answer("POST", f"/v25.0/{WABA}/subscribed_apps", json={"success": True})
        at = Endpoint(adapter="whatsapp", account=NUMBER)
        account = Account(tenant="acme", endpoint=at, parent=WABA, secrets={"access_token": SecretStr(TOKEN)})
        bench = Workbench(account, runtime(http), WhatsApp(WhatsAppSettings(graph_url=far.url)), HOOK)
        found = await bench.make("subscription")
        assert (found.state, "the number itself has an override" in found.todo.lower()) == ("failed", True)
