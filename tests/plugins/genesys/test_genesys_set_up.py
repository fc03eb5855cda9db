"""Each step of setting up a Genesys account: what it adopts, what it makes, and what it says where it cannot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from tests.plugins.workbench import PUBLIC, Workbench, runtime
from xyper_engine.model import Account, Endpoint, Hook
from xyper_engine.testing import bare_runtime
from xyper_genesys.adapter import Genesys
from xyper_genesys.settings import GenesysSettings
from xyper_sim.server import Simulator
from xyper_sim.settings import SimSettings

CLIENT, SECRET, WEBHOOK = "client-1", "s3cret", "the-webhook-secret-of-24"
ID = "6dc01ec1-7f3a-4b52-9c70-8a1f2b3c4d5e"
URL = f"{PUBLIC}/hooks/genesys/h1"
OPEN = "/api/v2/conversations/messaging/integrations/open"
HELD = {"id": ID, "name": "Chat", "webhook_url": URL, "webhook_secret": WEBHOOK}
Json = dict[str, Any]


@dataclass
class Place(Workbench):
    """With the simulated Genesys Cloud that it is set up at."""

    sim: Simulator | None = None

    async def control(self, method: str, path: str, body: Json) -> None:
        assert self.sim is not None
        async with self.rt.http.request(method, f"{self.sim.url}/api/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()

    @property
    def cloud(self) -> Any:
        assert self.sim is not None
        return self.sim.cloud


@asynccontextmanager
async def place(name: str = ID, hook: bool = True, client: Json | None = None, **cloud: Any) -> AsyncIterator[Place]:
    """`cloud`: the simulator's settings; one integration that has our webhook, unless they say otherwise."""
    known = {"client_id": CLIENT, "client_secret": SECRET, **(client or {})}
    config = {"clients": [known], "integrations": [HELD], "create_after": 0.01, **cloud}
    async with Simulator(SimSettings.model_validate({"cloud": config})) as sim, aiohttp.ClientSession() as http:
        region = {"api": f"{sim.url}/cloud", "login": f"{sim.url}/login"}
        adapter = Genesys(GenesysSettings.model_validate({"regions": {"sim": region}, "timeout": 1}))
        account = Account(
            tenant="acme",
            endpoint=Endpoint(adapter="genesys", account=name),
            config={"region": "sim", "client_id": CLIENT},
            secrets={"client_secret": SecretStr(SECRET)},
        )
        ours = Hook(id="h1", adapter="genesys", tenant="acme", account=name, secrets=(SecretStr(WEBHOOK),))
        yield Place(account, runtime(http), adapter, ours if hook else None, sim=sim)


# --- the OAuth client ----------------------------------------------------------------------------------------------


async def test_the_token_says_whose_it_is() -> None:
    async with place(orgs=[{"id": "org-1"}]) as here:
        found = await here.make("token")
        assert (found.state, found.detail) == ("done", "It is of the organization org-1.")
        assert here.asked == ["GET /api/v2/tokens/me"]
        assert all(call.correlation and call.answer == "200" for call in here.calls)


@pytest.mark.parametrize(
    ("config", "secret", "words", "auth"),
    [
        ({}, "wrong", "refuses the OAuth client", True),
        ({"client_id": "nobody"}, SECRET, "refuses the OAuth client", True),
        ({"organization_id": "org-2"}, SECRET, "It is of the organization org-1", False),
        ({"region": "mars"}, SECRET, "which is no region of Genesys Cloud", False),
        ({"client_id": ""}, SECRET, "has no client_id", False),
    ],
)
async def test_a_token_that_will_not_do(config: Json, secret: str, words: str, auth: bool) -> None:
    async with place(orgs=[{"id": "org-1"}]) as here:
        secrets = {"client_secret": SecretStr(secret)}
        here.account = here.account.model_copy(update={"config": {**here.account.config, **config}, "secrets": secrets})
        found = await here.make("token")
        assert (found.state, found.auth) == ("failed", auth)
        assert words in found.detail
        assert found.todo
        assert secret == SECRET or all(call.correlation for call in here.calls)


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 500}, {"status": 429}])
async def test_trouble_at_genesys_says_nothing_of_the_client(fault: Json) -> None:
    async with place() as here:
        await here.control("POST", "knobs", {"side": "cloud", "fail_next": [{**fault, "count": 9}]})
        found = await here.make("token")
        assert (found.state, found.auth) == ("unknown", False)


async def test_silence_is_no_refusal() -> None:
    async with place() as here:
        await here.control("POST", "knobs", {"side": "cloud", "down": True, "down_as": "hang"})
        found = await here.make("token")
        assert (found.state, found.auth) == ("unknown", False)


async def test_permissions_are_found_by_name() -> None:
    async with place() as here:
        found = await here.make("permissions")
        assert (found.state, found.todo) == ("done", "")
        assert "conversation:message:receive, " in found.detail


async def test_a_wildcard_allows_what_is_below_it() -> None:
    async with place(
        client={"permissions": ["conversation:message:*", "conversation:*:*", "messaging:*:view"]}
    ) as here:
        found = await here.make("permissions")
        assert (found.state, "messaging:integration:add" in found.todo) == ("done", True), found


NEEDED = [
    "conversation:message:receive", "conversation:message:view", "conversation:communication:view",
    "messaging:integration:view",
]  # fmt: skip


@pytest.mark.parametrize("missing", NEEDED)
async def test_a_missing_permission_is_named(missing: str) -> None:
    async with place(client={"permissions": [one for one in NEEDED if one != missing]}) as here:
        found = await here.make("permissions")
        assert (found.state, found.auth) == ("failed", False)
        assert f"It lacks {missing} (to " in found.detail
        assert "Roles/Permissions" in found.todo


async def test_what_only_setting_up_needs_is_a_hint() -> None:
    async with place(client={"permissions": NEEDED}) as here:
        found = await here.make("permissions")
        assert found.state == "done"
        assert "routing:message:manage (to see that a flow takes its messages)" in found.todo


@pytest.mark.parametrize(
    ("permissions", "state", "words"),
    [
        ([*NEEDED, "messaging:setting:view"], "done", "It may: messaging:integration:view and messaging:setting:view."),
        (["messaging:setting:view"], "failed", "It lacks messaging:integration:view"),
    ],
)
async def test_a_client_that_may_not_ask_is_watched(permissions: list[str], state: str, words: str) -> None:
    async with place(client={"permissions": permissions, "reads_itself": False}) as here:
        found = await here.make("permissions")
        assert (found.state, words in found.detail) == (state, True), found


# --- the integration -----------------------------------------------------------------------------------------------


async def test_an_integration_that_has_our_webhook_is_left_alone() -> None:
    async with place() as here:
        found = await here.make("integration")
        assert (found.state, here.asked) == ("done", [f"GET {OPEN}/{ID}"])


async def test_a_new_one_is_made_once_with_the_secret_that_was_kept_first() -> None:
    async with place("new-acme", hook=False, integrations=[]) as here:
        found = await here.make("integration")
        assert (found.state, found.account) == ("done", here.account.endpoint.account)
        [made] = here.cloud.integrations.values()
        assert here.known is not None
        assert made.webhook_secret == here.known.secrets[0]
        assert made.webhook_url == f"{PUBLIC}/hooks/genesys/made"
        assert made.webhook_headers == {"X-Xyper-Tenant": "acme"}
        assert (await here.make("created")).state in ("waiting", "done")


async def test_a_creation_whose_answer_was_lost_is_adopted() -> None:
    async with place("new-acme") as here:
        found = await here.make("integration")
        assert (found.state, found.account, found.detail) == ("done", ID, "'Chat' is there already.")
        assert len(here.cloud.integrations) == 1


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({"webhook_url": "https://old.example.com/genesys"}, "Its webhook URL is https://old.example.com/genesys"),
        ({"webhook_url": ""}, "Its webhook URL is not set"),
        ({"webhook_secret": "another-secret-of-20"}, "It signs with a secret that is not"),
    ],
)
async def test_one_that_calls_somebody_else_is_set_right(held: Json, words: str) -> None:
    async with place(integrations=[{**HELD, "webhook_headers": {"X-Proxy": "1"}, **held}]) as here:
        before = await here.look("integration")
        assert (before.state, words in before.detail) == ("missing", True), before
        assert "another-secret" not in before.detail
        assert (await here.make("integration")).state == "done"
        one = here.cloud.integrations[ID]
        assert (one.name, one.webhook_url, one.webhook_secret.get_secret_value()) == ("Chat", URL, WEBHOOK)
        assert one.webhook_headers == {"X-Proxy": "1", "X-Xyper-Tenant": "acme"}


async def test_one_without_a_hook_of_ours_gets_one() -> None:
    async with place(hook=False) as here:
        assert (await here.look("integration")).detail == "There is no webhook address for it."
        assert (await here.make("integration")).state == "done"


@pytest.mark.parametrize(
    ("name", "client", "words"),
    [
        ("6dc01ec1-0000-4b52-9c70-8a1f2b3c4d5e", {}, "There is no such Open Messaging integration"),
        ("new-acme", {"permissions": ["messaging:integration:view"]}, "messaging:integration:add"),
        (ID, {"permissions": []}, "messaging:integration:view"),
    ],
)
async def test_an_integration_that_cannot_be_had(name: str, client: Json, words: str) -> None:
    async with place(name, client=client, integrations=[HELD] if name == ID else []) as here:
        found = await here.make("integration")
        assert (found.state, found.auth, words in found.detail) == ("failed", False, True), found
        assert found.todo


@pytest.mark.parametrize(
    ("held", "state", "words"),
    [
        ({"create_status": "Initiated"}, "waiting", "still making"),
        ({"create_status": "Error", "create_error": "No licence"}, "failed", "No licence"),
        ({}, "done", "Completed and Active"),
    ],
)
async def test_the_making_is_followed(held: Json, state: str, words: str) -> None:
    async with place(integrations=[{**HELD, **held}]) as here:
        found = await here.look("created")
        assert (found.state, words in found.detail) == (state, True), found


async def test_without_a_flow_it_says_what_to_do_in_genesys() -> None:
    async with place(integrations=[{**HELD, "flow": "", "recipient": "r-1"}]) as here:
        found = await here.make("flow")
        assert (found.state, "Architect" in found.todo, "'Chat'" in found.todo) == ("waiting", True, True)
        await here.control("PUT", f"cloud/integrations/{ID}", {"flow": "flow-7"})
        found = await here.make("flow")
        assert (found.state, found.detail) == ("done", "The flow flow-7.")
        assert here.asked[-1] == "GET /api/v2/routing/message/recipients/r-1"


# --- profiles ------------------------------------------------------------------------------------------------------


async def test_files_of_every_kind_are_let_through() -> None:
    async with place(integrations=[{**HELD, "supported_content": "standard"}]) as here:
        assert (await here.look("content")).detail == "The profile 'Default' holds some back: outbound."
        found = await here.make("content")
        assert (found.state, "files of every kind" in found.detail) == ("done", True)
        await here.control("PUT", f"cloud/integrations/{ID}", {"supported_content": "standard"})
        await here.make("content")
        names = [one["name"] for one in here.cloud.profiles.kept["supportedcontent"].values()]
        assert names.count("Xyper: files of every kind") == 1, "the one that is there is taken again"


async def test_typing_is_switched_on_in_place_of_a_default() -> None:
    async with place(integrations=[{**HELD, "messaging_setting": "standard"}]) as here:
        assert (await here.look("typing")).state == "missing"
        assert (await here.make("typing")).detail == "'Xyper: typing' shows it."
        default = here.cloud.profiles.kept["settings"]["standard"]
        assert default["event"]["typing"]["on"]["inbound"] == "Disabled", "the organization's default is left alone"


async def test_typing_is_switched_on_in_the_administrators_own_setting() -> None:
    async with place() as here:
        story = {"content": {"story": {"reply": {"inbound": "Enabled"}}}}
        own = here.cloud.profiles.add("settings", {"name": "Ours", **story})
        await here.control("PUT", f"cloud/integrations/{ID}", {"messaging_setting": own["id"]})
        assert (await here.make("typing")).detail == "'Ours' shows it."
        assert own["content"] == story["content"]


@pytest.mark.parametrize("step", ["content", "typing", "flow", "widget"])
async def test_what_may_not_be_seen_names_its_permission(step: str) -> None:
    async with place(client={"permissions": NEEDED}) as here:
        found = await here.look(step)
        assert (found.state, found.auth) == ("failed", False)
        assert "missing the following permission(s): " in found.detail
        assert not here.step(step).needed


# --- the widget ----------------------------------------------------------------------------------------------------


async def test_the_widget_is_installed_once_and_what_an_administrator_chose_stays() -> None:
    async with place() as here:
        assert (await here.look("widget")).detail == "It is not installed."
        found = await here.make("widget")
        assert (found.state, "groups" in found.todo) == ("done", True)
        [app] = here.cloud.apps.values()
        properties = app.config["properties"]
        assert properties["url"].startswith(f"{PUBLIC}/widget/acme/?gcConversationId={{{{gcConversationId}}}}&")
        assert properties["communicationTypeFilter"] == "open"
        assert app.config["advanced"]["lifecycle"]["hooks"] == dict.fromkeys(
            ("bootstrap", "focus", "blur", "stop"), True
        )
        properties["groups"], app.state = ["agents"], "DISABLED"
        properties["url"] = f"{PUBLIC}/widget/acme/?old=1"
        assert (await here.look("widget")).state == "missing"
        found = await here.make("widget")
        assert (found.state, found.todo, len(here.cloud.apps)) == ("done", "", 1)
        assert app.config["properties"]["groups"] == ["agents"]
        assert app.state == "ENABLED"


async def test_one_that_was_installed_and_never_configured_is_taken_up() -> None:
    async with place() as here:
        await here.make("widget")
        [app] = here.cloud.apps.values()
        app.config, app.state = {}, "DISABLED"
        assert (await here.make("widget")).state == "done"
        assert len(here.cloud.apps) == 1


async def test_an_address_without_https_is_refused_in_genesys_words() -> None:
    async with place() as here:
        here.rt = bare_runtime(http=here.rt.http, settings=SimpleNamespace(public_url="http://xyper.example.com"))
        found = await here.make("widget")
        assert (found.state, "url must be https" in found.detail) == ("failed", True)
