"""Speaking as an agent: from where, with whose token, and what each of Genesys' answers means."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.plugins.genesys.world import THREAD, TOKEN, account
from xyper_engine.agents import Speaker, SpeaksAsAgent
from xyper_engine.errors import Ambiguous, AuthRefused, FarSideDown, Rejected, SendError, Throttled
from xyper_engine.runtime import Runtime
from xyper_engine.testing import FarSide, bare_runtime
from xyper_genesys.adapter import Genesys
from xyper_genesys.settings import GenesysSettings, Hosts

WHOLE = f"/api/v2/conversations/{THREAD}"
PLACE = "leg-2"
SAY = f"/api/v2/conversations/messages/{THREAD}/communications/{PLACE}/messages"
TYPE = f"/api/v2/conversations/messages/{THREAD}/communications/{PLACE}/typing"
INES = Speaker(account(), THREAD, "ines", "ines-token")


@dataclass
class Cloud:
    api: FarSide
    rt: Runtime
    adapter: Genesys

    @property
    def tokens(self) -> list[str]:
        return [seen.headers["Authorization"] for seen in self.api.requests]


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with FarSide() as api, FarSide() as login, aiohttp.ClientSession() as http:
        login.answer("POST", TOKEN, json={"access_token": "client-token", "expires_in": 3600})
        settings = GenesysSettings(timeout=0.5, regions={"lab": Hosts(api=api.url, login=login.url)})
        yield Cloud(api, bare_runtime(http=http), Genesys(settings))


def part(user: str, purpose: str = "agent", *legs: tuple[str, str]) -> dict[str, Any]:
    return {"purpose": purpose, "userId": user, "messages": [{"id": id_, "state": state} for id_, state in legs]}


TALKS: dict[str, tuple[list[dict[str, Any]], str | None]] = {
    "the one connected": ([part("", "customer", ("c", "connected")), part("ines", "agent", (PLACE, "connected"))],
                          PLACE),
    "who came back": ([part("ines", "agent", ("leg-1", "disconnected")), part("ines", "agent", (PLACE, "connected"))],
                      PLACE),
    "the newer leg": ([part("ines", "agent", ("leg-1", "connected"), (PLACE, "connected"))], PLACE),
    "who left": ([part("ines", "agent", ("leg-1", "terminated"))], None),
    "who is asked": ([part("ines", "agent", ("leg-1", "alerting"))], None),
    "somebody else": ([part("leo", "agent", ("leg-1", "connected"))], None),
    "who only monitors": ([part("ines", "monitor", ("leg-1", "connected"))], None),
    "nobody": ([], None),
}  # fmt: skip


@pytest.mark.parametrize(("participants", "place"), TALKS.values(), ids=TALKS.keys())
async def test_where_somebody_speaks_from(cloud: Cloud, participants: list[dict[str, Any]], place: str | None) -> None:
    cloud.api.answer("GET", WHOLE, json={"id": THREAD, "participants": participants})
    assert isinstance(cloud.adapter, SpeaksAsAgent)
    assert await cloud.adapter.voice.place(INES, cloud.rt) == place
    assert cloud.tokens == ["Bearer ines-token"]


async def test_an_agent_who_may_not_read_it_whole(cloud: Cloud) -> None:
    """The account's own client may."""
    cloud.api.answer("GET", WHOLE, 403, json={"code": "missing.permissions"})
    cloud.api.answer("GET", WHOLE, json={"participants": [part("ines", "agent", (PLACE, "connected"))]})
    assert await cloud.adapter.voice.place(INES, cloud.rt) == PLACE
    assert cloud.tokens == ["Bearer ines-token", "Bearer client-token"]


async def test_a_line_and_its_id(cloud: Cloud) -> None:
    cloud.api.answer("POST", SAY, json={"id": "m-1"})
    cloud.api.answer("POST", TYPE, 204)
    assert await cloud.adapter.voice.say("Hello", PLACE, INES, cloud.rt) == "m-1"
    await cloud.adapter.voice.typing(PLACE, INES, cloud.rt)
    assert [seen.body for seen in cloud.api.requests] == [
        b'{"textBody":"Hello"}', b'{"typing":{"type":"On","duration":5000}}'
    ]  # fmt: skip
    assert cloud.tokens == ["Bearer ines-token"] * 2


REFUSALS: dict[str, tuple[dict[str, Any], type[SendError], bool]] = {
    "the token is over": ({"status": 401}, AuthRefused, True),
    "not a part of it": ({"status": 403, "json": {"code": "not.authorized"}}, Rejected, True),
    "it has ended": ({"status": 400, "json": {"code": "bad.request"}}, Rejected, True),
    "it is gone": ({"status": 404}, Rejected, True),
    "too often": ({"status": 429, "headers": {"Retry-After": "3"}}, Throttled, True),
    "away": ({"status": 503}, FarSideDown, True),
    "in trouble": ({"status": 500}, Ambiguous, False),
    "no id": ({"status": 200, "json": {}}, Ambiguous, False),
    "cut off": ({"abort": True}, Ambiguous, False),
    "silent": ({"delay": 2.0}, Ambiguous, False),
}


@pytest.mark.parametrize(("answer", "error", "certain"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_what_its_answers_mean(
    cloud: Cloud, answer: dict[str, Any], error: type[SendError], certain: bool
) -> None:
    cloud.api.answer("POST", SAY, **answer)
    with pytest.raises(error) as raised:
        await cloud.adapter.voice.say("Hello", PLACE, INES, cloud.rt)
    assert raised.value.certain is certain
    assert "ines-token" not in repr(INES)
