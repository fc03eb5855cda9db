"""New secrets are proved to Genesys before anything relies on them; what it may have taken is said to be unclear."""

from base64 import b64decode
from typing import Any

import pytest
from pydantic import SecretStr

from tests.plugins.genesys.world import OPEN, TOKEN, World, account, world
from xyper_engine.abilities import ProvesSecrets, Trial
from xyper_engine.errors import Ambiguous, FarSideDown, Misconfigured, Rejected, SendError, Unsupported
from xyper_engine.model import Account, Endpoint, Hook

URL = "https://xyper.example/hooks/genesys/h1"
NEW = "a-new-webhook-secret"
SECRET = "outboundNotificationWebhookSignatureSecretToken"
HELD = {"name": "WhatsApp", "outboundNotificationWebhookUrl": URL, SECRET: "an-old-webhook-secret"}
KEPT = HELD | {SECRET: NEW}
SECOND = account().model_copy(update={"endpoint": Endpoint(adapter="genesys", account="second")})
OF_SECOND = OPEN.rpartition("/")[0] + "/second"


async def prove(far: World, name: str, *accounts: Account, hook: bool = True) -> None:
    assert isinstance(far.adapter, ProvesSecrets)
    held = Hook(id="h1", adapter="genesys") if hook else None
    await far.adapter.prove(Trial(name, SecretStr(NEW), accounts or [account()], held, URL), far.rt)


async def test_a_client_secret_gets_a_token() -> None:
    async with world() as far:
        await prove(far, "client_secret", hook=False)
        [asked] = far.login.requests
        assert b64decode(asked.headers["Authorization"].removeprefix("Basic ")) == f"client-1:{NEW}".encode()


async def test_a_wrong_one_is_refused_in_the_logins_words() -> None:
    async with world() as far:
        far.login.answer("POST", TOKEN, 401, json={"error": "invalid_client", "description": "authentication failed"})
        await far.rt.http.post(f"{far.login.url}{TOKEN}")  # the world's own answer
        with pytest.raises(Misconfigured, match="authentication failed"):
            await prove(far, "client_secret", hook=False)


async def test_a_webhook_secret_is_written_and_read_back() -> None:
    async with world() as far:
        for shown in (HELD, KEPT):
            far.api.answer("GET", OPEN, json=shown)
        far.api.answer("PATCH", OPEN, json=KEPT)
        await prove(far, "secret")
        assert [seen.method for seen in far.api.requests] == ["GET", "PATCH", "GET"]
        assert far.api.requests[1].json == {"name": "WhatsApp", SECRET: NEW}


async def test_only_integrations_that_call_this_webhook_are_told() -> None:
    async with world() as far:
        far.api.answer("GET", OPEN, json=HELD | {"outboundNotificationWebhookUrl": "https://elsewhere.example"})
        with pytest.raises(Rejected, match="set it in Genesys first"):
            await prove(far, "secret")
        for shown in (HELD, KEPT):
            far.api.answer("GET", OF_SECOND, json=shown)
        far.api.answer("PATCH", OF_SECOND, json=KEPT)
        await prove(far, "secret", account(), SECOND)


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        ([("GET", {"status": 500})], FarSideDown, "500"),
        ([("GET", {"abort": True})], FarSideDown, "no clear answer"),
        ([("GET", {"status": 404, "json": {}})], Misconfigured, "is an Open Messaging integration"),
        ([("GET", {"json": HELD}), ("PATCH", {"status": 403, "json": {}})], Misconfigured, "integration:edit"),
        ([("GET", {"json": HELD}), ("PATCH", {"status": 400, "json": {}})], Rejected, "400"),
        ([("GET", {"json": HELD}), ("PATCH", {"abort": True})], Ambiguous, "no clear answer"),
        ([("GET", {"json": HELD}), ("PATCH", {"json": KEPT})], Ambiguous, "shows another one"),
        ([("GET", {"json": HELD}), ("PATCH", {"json": KEPT}), ("GET", {"status": 500})], Ambiguous, "it kept it"),
    ],
)  # fmt: skip
async def test_a_failure_says_whether_genesys_may_use_it(
    answers: list[tuple[str, dict[str, Any]]], error: type[SendError], words: str
) -> None:
    async with world() as far:
        for method, answer in answers:
            far.api.answer(method, OPEN, **answer)
        with pytest.raises(error, match=words):
            await prove(far, "secret")


async def test_one_of_two_that_was_told_makes_it_unclear() -> None:
    async with world() as far:
        for shown in (HELD, KEPT):
            far.api.answer("GET", OPEN, json=shown)
        far.api.answer("PATCH", OPEN, json=KEPT)
        far.api.answer("GET", OF_SECOND, json=HELD)
        far.api.answer("PATCH", OF_SECOND, 403, json={})
        with pytest.raises(Ambiguous, match="1 of the hook's integrations have the new secret already"):
            await prove(far, "secret", account(), SECOND)


@pytest.mark.parametrize(("name", "hook"), [("verify_token", True), ("secret", False), ("client_secret", True)])
async def test_what_genesys_does_not_know_cannot_be_proved(name: str, hook: bool) -> None:
    async with world() as far:
        with pytest.raises(Unsupported, match=name):
            await prove(far, name, hook=hook)
