"""A Meta app at the simulated Meta: calls proved with its secret, several tokens, and where its webhooks lead."""

import hashlib
import hmac

import pytest

from tests.plugins.sim.ground import APP, NUMBER, SECRET, TOKEN, World, receiver, world

SUBSCRIPTIONS = f"/graph/v25.0/{APP}/subscriptions"
OBJECT = "whatsapp_business_account"


def proof(secret: str, token: str = TOKEN) -> str:
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def _number(here: World, query: str = "", token: str = TOKEN) -> int:
    return (await here.call("GET", f"/graph/v25.0/{NUMBER}?{query}", **bearer(token)))[0]


@pytest.mark.parametrize(("secret", "status"), [(SECRET, 200), ("another", 200), ("wrong", 400)])
async def test_a_proof_is_checked_with_every_secret_of_the_app(secret: str, status: int) -> None:
    async with world() as here:
        await here.call("PUT", f"/api/graph/apps/{APP}", {"further_secrets": ["another"]})
        assert await _number(here, f"appsecret_proof={proof(secret)}") == status


async def test_a_system_user_may_have_several_tokens() -> None:
    async with world() as here:
        assert await _number(here, token="another") == 401
        await here.call("PUT", f"/api/graph/numbers/{NUMBER}", {"further_tokens": ["another"]})
        assert (await _number(here, token="another"), await _number(here)) == (200, 200)


async def test_a_subscription_is_written_once_its_webhook_gives_the_challenge_back() -> None:
    async with world() as here, receiver() as other:
        mine = f"{APP}|{SECRET}"
        body = {"object": OBJECT, "callback_url": other.url, "fields": "messages,calls", "verify_token": "v"}
        assert await here.call("POST", SUBSCRIPTIONS, body, **bearer(mine)) == (200, {"success": True})
        [one] = (await here.call("GET", SUBSCRIPTIONS, **bearer(mine)))[1]["data"]
        assert (one["object"], one["callback_url"], one["active"]) == (OBJECT, other.url, True)
        assert [field["name"] for field in one["fields"]] == ["messages", "calls"]


@pytest.mark.parametrize(
    ("body", "token", "code"),
    [
        ({}, f"{APP}|wrong", 190),
        ({}, TOKEN, 190),
        ({"fields": ""}, f"{APP}|{SECRET}", 100),
        ({"object": "page"}, f"{APP}|{SECRET}", 100),
        ({}, f"{APP}|{SECRET}", 2200),
    ],
    ids=["another secret", "a number's token", "no fields", "another object", "nobody there"],
)
async def test_one_that_is_refused_changes_nothing(body: dict[str, str], token: str, code: int) -> None:
    async with world() as here:
        before = await here.call("GET", SUBSCRIPTIONS, **bearer(f"{APP}|{SECRET}"))
        whole = {"object": OBJECT, "callback_url": "http://127.0.0.1:1", "fields": "messages", "verify_token": "v"}
        assert (await here.call("POST", SUBSCRIPTIONS, whole | body, **bearer(token)))[1]["error"]["code"] == code
        assert await here.call("GET", SUBSCRIPTIONS, **bearer(f"{APP}|{SECRET}")) == before
