"""One token per client, asked for once, renewed in time, and sent to its own region only."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from tests.plugins.genesys.world import MESSAGES, TOKEN, message, world
from xyper_engine.errors import AuthRefused, FarSideDown, Misconfigured, SendError, Throttled
from xyper_engine.testing import FarSide
from xyper_genesys.regions import Region
from xyper_genesys.tokens import PAUSE, Credentials, Tokens


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Desk:
    login: FarSide
    http: aiohttp.ClientSession
    clock: Clock
    tokens: Tokens

    def client(self, client_id: str = "client-1", secret: str = "s3cret") -> Credentials:
        return Credentials(Region("lab", "http://127.0.0.1:1", self.login.url), client_id, secret)

    async def get(self, client_id: str = "client-1", secret: str = "s3cret") -> str:
        return await self.tokens.get(self.http, self.client(client_id, secret))

    def grants(self, *tokens: str, expires_in: object = 1000) -> None:
        for token in tokens:
            self.login.answer("POST", TOKEN, json={"access_token": token, "expires_in": expires_in})


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with make_desk() as made:
        yield made


@asynccontextmanager
async def make_desk(timeout: float = 5.0) -> AsyncIterator[Desk]:
    clock = Clock()
    async with FarSide() as login, aiohttp.ClientSession() as http:
        yield Desk(login, http, clock, Tokens(timeout, clock))


async def landed() -> None:
    """Waits for the renewals under way."""
    flights = [task for task in asyncio.all_tasks() if task.get_name().startswith("token ")]
    async with asyncio.timeout(5):
        await asyncio.gather(*flights, return_exceptions=True)


async def test_it_asks_as_genesys_documents(desk: Desk) -> None:
    desk.grants("t1")
    assert await desk.get("Clïent", "sécret") == "t1"
    (seen,) = desk.login.requests
    assert seen.headers["Authorization"] == "Basic " + b64encode("Clïent:sécret".encode()).decode()
    assert (seen.headers["Content-Type"], seen.body) == (
        "application/x-www-form-urlencoded",
        b"grant_type=client_credentials",
    )


async def test_many_senders_ask_once(desk: Desk) -> None:
    desk.grants("t1", "t2")
    assert set(await asyncio.gather(*(desk.get() for _ in range(50)))) == {"t1"}
    assert len(desk.login.requests) == 1


async def test_a_sender_that_gives_up_does_not_cost_the_others_their_token(desk: Desk) -> None:
    desk.grants("t1")
    first, second = asyncio.create_task(desk.get()), asyncio.create_task(desk.get())
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "t1"
    assert len(desk.login.requests) == 1


async def test_each_client_and_each_secret_has_its_own(desk: Desk) -> None:
    desk.grants("t1", "t2", "t3")
    assert [await desk.get("a"), await desk.get("b"), await desk.get("a", "rotated")] == ["t1", "t2", "t3"]
    assert [await desk.get("a"), await desk.get("a", "rotated")] == ["t1", "t3"]


async def test_it_is_renewed_behind_the_senders_backs(desk: Desk) -> None:
    desk.grants("t1", "t2")
    await desk.get()
    desk.clock.now += 799
    assert (await desk.get(), len(desk.login.requests)) == ("t1", 1)
    desk.clock.now += 1
    assert [await desk.get() for _ in range(3)] == ["t1"] * 3
    await landed()
    assert (await desk.get(), len(desk.login.requests)) == ("t2", 2)


async def test_a_renewal_that_fails_is_tried_again_after_a_pause_only(desk: Desk) -> None:
    desk.grants("t1")
    desk.login.answer("POST", TOKEN, 500)
    desk.grants("t2")
    await desk.get()
    desk.clock.now += 800
    for pause, asked in ((0.0, 2), (PAUSE - 1, 2), (1.0, 3)):
        desk.clock.now += pause
        assert await desk.get() == "t1"
        await landed()
        assert len(desk.login.requests) == asked
    assert await desk.get() == "t2"


async def test_one_that_ended_is_never_used(desk: Desk) -> None:
    desk.grants("t1", "t2")
    await desk.get()
    desk.clock.now += 1000
    assert await desk.get() == "t2"


@pytest.mark.parametrize("life", [None, "soon", -1, 0])
async def test_a_life_that_is_not_named_is_the_shortest(desk: Desk, life: object) -> None:
    desk.grants("t1", "t2", expires_in=life)
    await desk.get()
    desk.clock.now += 299
    assert await desk.get() == "t1"
    await landed()
    desk.clock.now += 1
    assert await desk.get() == "t2"


REFUSALS: dict[str, tuple[int, object, type[SendError], str]] = {
    "a wrong secret": (401, {"error": "invalid_client", "error_description": "no such"}, AuthRefused, "no such"),
    "a wrong client": (400, {"error": "invalid_client"}, AuthRefused, "client_id and client_secret"),
    "a redirect": (302, None, Misconfigured, "check region"),
    "too many": (429, None, Throttled, "pause"),
    "trouble": (500, None, FarSideDown, "HTTP 500"),
    "maintenance": (503, {}, FarSideDown, "HTTP 503"),
    "no token": (200, {"token": "x"}, FarSideDown, "HTTP 200"),
    "no object": (200, ["x"], FarSideDown, "HTTP 200"),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_a_refusal_in_words(desk: Desk, case: str) -> None:
    status, answer, error, words = REFUSALS[case]
    headers = {"Retry-After": "7", "ININ-Correlation-Id": "c-1", "Location": f"{desk.login.url}/elsewhere"}
    desk.login.answer("POST", TOKEN, status, json=answer, headers=headers)
    with pytest.raises(error, match=words) as caught:
        await desk.get()
    assert (caught.value.correlation, caught.value.certain) == ("c-1", True)
    assert caught.value.after == (7.0 if error is Throttled else None)
    assert "s3cret" not in str(caught.value)
    assert len(desk.login.requests) == 1


async def test_a_pause_without_a_length(desk: Desk) -> None:
    desk.login.answer("POST", TOKEN, 429)
    with pytest.raises(Throttled) as caught:
        await desk.get()
    assert caught.value.after is None


async def test_a_login_that_gives_no_answer_has_taken_nothing() -> None:
    async with make_desk() as desk:
        desk.login.answer("POST", TOKEN, abort=True)
        with pytest.raises(FarSideDown, match="no clear answer"):
            await desk.get()


async def test_every_waiting_sender_hears_of_a_failure(desk: Desk) -> None:
    desk.login.answer("POST", TOKEN, 401)
    outcomes = await asyncio.gather(*(desk.get() for _ in range(5)), return_exceptions=True)
    assert [type(one) for one in outcomes] == [AuthRefused] * 5
    assert len(desk.login.requests) == 1


async def test_a_token_that_someone_else_has_replaced_is_not_replaced_again(desk: Desk) -> None:
    desk.grants("t1", "t2")
    await desk.get()
    assert await desk.tokens.renew(desk.http, desk.client(), "older") == "t1"
    assert await desk.tokens.renew(desk.http, desk.client(), "t1") == "t2"
    assert len(desk.login.requests) == 2


async def test_a_request_that_was_broken_off_is_made_again(desk: Desk) -> None:
    desk.grants("t1")
    sender = asyncio.create_task(desk.get())
    await asyncio.sleep(0)
    (flight,) = (task for task in asyncio.all_tasks() if task.get_name().startswith("token "))
    flight.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sender
    assert await desk.get() == "t1"


def test_a_secret_shows_in_no_representation() -> None:
    client = Credentials(Region("lab", "http://127.0.0.1:1", "http://127.0.0.1:1"), "client-1", "s3cret")
    assert "s3cret" not in repr(client)
    assert "s3cret" not in repr(client.key)


async def test_a_refused_token_is_replaced_once_for_all_senders() -> None:
    async with world("old", "new") as far:
        for status in (401, 401, 401, 200):
            far.api.answer("POST", MESSAGES, status, json={"id": "m"})
        posted = await asyncio.gather(*(far.say(message()) for _ in range(3)))
        assert [one.id for one in posted] == ["m"] * 3
        assert sorted(far.tokens_used) == ["new"] * 3 + ["old"] * 3
        assert len(far.login.requests) == 2


async def test_a_new_token_that_is_refused_too_needs_a_person() -> None:
    async with world("old", "new") as far:
        far.api.answer("POST", MESSAGES, 401, json={"message": "Invalid login credentials."})
        with pytest.raises(Misconfigured, match="refused too"):
            await far.say(message())
        assert far.tokens_used == ["old", "new"]


async def test_no_token_follows_a_redirect() -> None:
    async with world() as far, FarSide() as stranger:
        far.api.answer("POST", MESSAGES, 307, headers={"Location": f"{stranger.url}/steal"})
        with pytest.raises(Misconfigured, match="redirect is never followed"):
            await far.say(message())
        assert stranger.requests == []
