"""New secrets are proved to Meta before anything relies on them; a question that fails is never an unclear telling."""

import hmac
from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from tests.plugins.whatsapp.accounts import NUMBER, TOKEN, account
from xyper_engine.abilities import ProvesSecrets, Trial
from xyper_engine.errors import Ambiguous, FarSideDown, Misconfigured, Rejected, SendError, Unsupported
from xyper_engine.model import Account, Hook
from xyper_engine.runtime import Runtime
from xyper_engine.testing import FarSide, bare_runtime
from xyper_whatsapp import proofs
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings

URL = "https://xyper.example/hooks/whatsapp/h"
HERE, THERE = f"/v25.0/{NUMBER.account}", "/v25.0/999"
SUBSCRIPTIONS, APPS = "/v25.0/app-1/subscriptions", "/v25.0/77/subscribed_apps"
WHATSAPP = {
    "object": "whatsapp_business_account",
    "callback_url": URL,
    "fields": [{"name": "messages", "version": "v25.0"}, {"name": "account_update", "version": "v25.0"}],
}
FAILED = {"error": {"code": 2200, "message": "(#2200) Callback verification failed: HTTP Status Code = 403"}}


@pytest.fixture
async def rt() -> AsyncIterator[Runtime]:
    async with aiohttp.ClientSession() as http:
        yield bare_runtime(http=http)


async def prove(graph: FarSide, rt: Runtime, name: str, *accounts: Account, hook: bool = True) -> None:
    adapter = WhatsApp(WhatsAppSettings(graph_url=graph.url))
    assert isinstance(adapter, ProvesSecrets)
    held = Hook(id="h", adapter="whatsapp", secrets=(SecretStr("current"),)) if hook else None
    await adapter.prove(Trial(name, SecretStr("new"), accounts or [below()], held, URL), rt)


def below(number: str = NUMBER.account, token: str | None = TOKEN) -> Account:
    return account(token, number).model_copy(update={"parent": "77"})


def set_up(graph: FarSide, *subscriptions: object, overrides: tuple[object, ...] = ()) -> None:
    graph.answer("GET", "/v25.0/debug_token", json={"data": {"app_id": "app-1", "is_valid": True}})
    graph.answer("GET", SUBSCRIPTIONS, json={"data": subscriptions})
    graph.answer("GET", APPS, json={"data": overrides})


async def test_an_access_token_reads_its_number(graph: FarSide, rt: Runtime) -> None:
    graph.answer("GET", HERE, json={"id": NUMBER.account})
    await prove(graph, rt, "access_token", hook=False)
    assert graph.requests[0].headers["Authorization"] == "Bearer new"


async def test_an_app_secret_signs_a_call(graph: FarSide, rt: Runtime) -> None:
    graph.answer("GET", HERE, json={"id": NUMBER.account})
    await prove(graph, rt, "secret")
    assert graph.requests[0].query["appsecret_proof"] == hmac.new(b"new", TOKEN.encode(), "sha256").hexdigest()


async def test_where_one_token_is_broken_another_number_does(graph: FarSide, rt: Runtime) -> None:
    graph.answer("GET", HERE, 401, json={"error": {"code": 190}})
    graph.answer("GET", THERE, json={"id": "999"})
    await prove(graph, rt, "secret", below(), below("999"))
    with pytest.raises(Misconfigured, match="access token is invalid"):
        await prove(graph, rt, "secret", below())


@pytest.mark.parametrize("name", ["secret", "verify_token"])
async def test_without_any_token_meta_cannot_be_asked(graph: FarSide, rt: Runtime, name: str) -> None:
    with pytest.raises(Misconfigured, match="so Meta cannot be asked"):
        await prove(graph, rt, name, below(token=None))
    assert graph.requests == []


async def test_a_wrong_app_secret_is_refused_with_what_to_do(graph: FarSide, rt: Runtime) -> None:
    words = "Invalid appsecret_proof provided in the API argument"
    graph.answer("GET", HERE, 400, json={"error": {"code": 100, "message": words}})
    with pytest.raises(Rejected, match=rf"{words}.* Copy it again"):
        await prove(graph, rt, "secret")


async def test_a_verify_token_is_written_with_what_was_subscribed_before(graph: FarSide, rt: Runtime) -> None:
    set_up(graph, {"object": "page", "callback_url": URL}, WHATSAPP)
    graph.answer("POST", SUBSCRIPTIONS, json={"success": True})
    await prove(graph, rt, "verify_token")
    [told] = [seen for seen in graph.requests if seen.method == "POST"]
    assert told.headers["Authorization"] == "Bearer app-1|current"
    assert told.json == {
        "object": "whatsapp_business_account", "callback_url": URL, "fields": "messages,account_update",
        "verify_token": "new",
    }  # fmt: skip


async def test_an_override_is_written_anew_as_well(graph: FarSide, rt: Runtime) -> None:
    set_up(graph, overrides=({"override_callback_uri": URL},))
    graph.answer("POST", APPS, json={"success": True})
    await prove(graph, rt, "verify_token", below(), below("999"))
    [told] = [seen for seen in graph.requests if seen.method == "POST"]
    assert (told.path, told.json) == (APPS, {"override_callback_uri": URL, "verify_token": "new"})


async def test_a_webhook_that_meta_does_not_call_has_no_use_for_a_token(graph: FarSide, rt: Runtime) -> None:
    set_up(graph, {**WHATSAPP, "callback_url": "https://elsewhere.example"}, overrides=({},))
    with pytest.raises(Rejected, match="set the webhook up first"):
        await prove(graph, rt, "verify_token")


@pytest.mark.parametrize(("failures", "passes"), [(2, True), (3, False)])
async def test_a_handshake_is_tried_again_for_a_moment(
    graph: FarSide, rt: Runtime, monkeypatch: pytest.MonkeyPatch, failures: int, passes: bool
) -> None:
    """The process that answers it may not have heard of the new token yet."""
    monkeypatch.setattr(proofs, "_PAUSE", 0.01)
    set_up(graph, WHATSAPP)
    for _ in range(failures):
        graph.answer("POST", SUBSCRIPTIONS, 400, json=FAILED)
    graph.answer("POST", SUBSCRIPTIONS, json={"success": True})
    with nullcontext() if passes else pytest.raises(Rejected, match="Callback verification failed"):
        await prove(graph, rt, "verify_token")


@pytest.mark.parametrize(
    ("method", "path", "answer", "error"),
    [
        ("GET", "/v25.0/debug_token", {"status": 500, "body": b"?"}, FarSideDown),
        ("GET", SUBSCRIPTIONS, {"abort": True}, FarSideDown),
        ("POST", SUBSCRIPTIONS, {"abort": True}, Ambiguous),
        ("POST", SUBSCRIPTIONS, {"status": 500, "body": b"?"}, Ambiguous),
        ("GET", "/v25.0/debug_token", {"json": {"data": {}}}, Misconfigured),
    ],
)
async def test_only_a_telling_can_be_unclear(
    graph: FarSide, rt: Runtime, method: str, path: str, answer: dict[str, Any], error: type[SendError]
) -> None:
    graph.answer(method, path, **answer)
    set_up(graph, WHATSAPP)
    with pytest.raises(error):
        await prove(graph, rt, "verify_token")


@pytest.mark.parametrize(("name", "hook"), [("secret", False), ("access_token", True), ("client_secret", False)])
async def test_what_meta_does_not_know_cannot_be_proved(graph: FarSide, rt: Runtime, name: str, hook: bool) -> None:
    with pytest.raises(Unsupported, match=name):
        await prove(graph, rt, name, hook=hook)
