"""Tokens, permissions and rate limits of the simulated Genesys Cloud."""

from typing import Any

import pytest

from tests.plugins.sim.cloud_world import CLIENT, INTEGRATION, MESSAGE, basic, inbound, world


async def test_a_token_for_the_right_secret() -> None:
    async with world(token_seconds=1234) as here:
        answer = await here.oauth(basic())
        assert answer.status == 200
        assert answer.body["token_type"] == "bearer"
        assert answer.body["expires_in"] == 1234
        assert (await here.call("GET", "tokens/me", token=answer.body["access_token"])).status == 200


@pytest.mark.parametrize(
    ("authorization", "grant", "status", "error"),
    [
        (basic(secret="wrong"), "client_credentials", 401, "invalid_client"),
        (basic(client="nobody"), "client_credentials", 400, "invalid_client"),
        ("Basic %%%", "client_credentials", 400, "invalid_request"),
        (None, "client_credentials", 400, "invalid_client"),
        (basic(), "password", 400, "unsupported_grant_type"),
    ],
    ids=["wrong secret", "unknown client", "no base64", "no header", "another grant"],
)
async def test_no_token(authorization: str | None, grant: str, status: int, error: str) -> None:
    async with world() as here:
        answer = await here.oauth(authorization, grant)
        assert (answer.status, answer.body["error"]) == (status, error)
        assert answer.body["description"] == answer.body["error_description"]
        assert "ININ-Correlation-Id" in answer.headers


@pytest.mark.parametrize(("token", "code"), [("", "authentication.required"), ("forged", "bad.credentials")])
async def test_a_call_without_a_valid_token(token: str, code: str) -> None:
    async with world() as here:
        answer = await here.call("POST", MESSAGE, inbound(), token=token)
        assert (answer.status, answer.body["code"], answer.body["status"]) == (401, code, 401)
        assert answer.body["contextId"] == answer.headers["ININ-Correlation-Id"]


async def test_tokens_expire_and_can_be_revoked(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("xyper_sim.cloud_access.time", clock)
    async with world(token_seconds=60) as here:
        clock.now += 59
        assert (await here.call("GET", "organizations/me")).status == 200
        clock.now += 2
        assert (await here.call("GET", "organizations/me")).body["code"] == "bad.credentials"
        await here.log_in()
        assert (await here.call("GET", "organizations/me")).status == 200
        assert await here.control("DELETE", "cloud/tokens") == {"revoked": 1}
        assert (await here.call("GET", "organizations/me")).status == 401


async def test_a_missing_permission_is_named() -> None:
    async with world() as here:
        await here.control("PUT", f"cloud/clients/{CLIENT}", {"permissions": ["conversation:message:view"]})
        answer = await here.post(MESSAGE, inbound())
        assert (answer.status, answer.body["code"]) == (403, "missing.permissions")
        assert "conversation:message:receive" in answer.body["message"]
        assert answer.body["messageParams"] == {"permissions": "conversation:message:receive"}
        assert await here.control("GET", "cloud/received") == []


async def test_an_integration_of_other_clients() -> None:
    async with world() as here:
        await here.control("PUT", f"cloud/integrations/{INTEGRATION}", {"clients": ["another"]})
        assert (await here.post(MESSAGE, inbound())).body["code"] == "not.authorized"
        assert (await here.call("GET", "conversations/messaging/integrations/open")).body["entities"] == []


async def test_the_rate_limit_tells_how_far_one_is() -> None:
    async with world(rate=3) as here:
        told = [(await here.post(MESSAGE, inbound())).headers for _ in range(3)]
        assert [headers["inin-ratelimit-count"] for headers in told] == ["1", "2", "3"]
        assert {headers["inin-ratelimit-allowed"] for headers in told} == {"3"}
        refused = await here.post(MESSAGE, inbound())
        seconds = refused.headers["Retry-After"]
        assert refused.status == 429
        assert refused.body["code"] == "too.many.requests.retry.after"
        assert refused.body["message"] == f"Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds"
        assert 1 <= int(seconds) <= 60
        assert refused.headers["inin-ratelimit-reset"] == seconds
        stats = await here.control("GET", "cloud/stats")
        assert (stats["received"], stats["throttled"]) == (3, 1)


@pytest.mark.parametrize(
    "off", [{"rate": 0}, {"clients": [{"client_id": CLIENT, "client_secret": "client-secret", "rate": 0}]}]
)
async def test_no_rate_limit_no_headers(off: dict[str, Any]) -> None:
    async with world(**off) as here:
        answer = await here.post(MESSAGE, inbound())
        assert answer.status == 200
        assert not [name for name in answer.headers if name.lower().startswith("inin-ratelimit")]


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now
