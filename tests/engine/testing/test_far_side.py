"""The scripted far side does what a test tells it, and shows what reached it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from xyper_engine.testing import FarSide


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    async with FarSide() as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_answers_come_in_turn_and_the_last_one_stays(far: FarSide, http: aiohttp.ClientSession) -> None:
    far.answer("GET", "/a", 503)
    far.answer("GET", "/a", json={"n": 1}, headers={"X-Of": "test"})
    seen = []
    for _ in range(3):
        async with http.get(f"{far.url}/a") as response:
            seen.append((response.status, response.headers.get("X-Of"), await response.read()))
    assert seen == [(503, None, b""), (200, "test", b'{"n": 1}'), (200, "test", b'{"n": 1}')]


async def test_requests_are_kept_as_they_came(far: FarSide, http: aiohttp.ClientSession) -> None:
    far.answer("POST", "/a", body=b"bytes")
    async with http.post(f"{far.url}/a?q=1", json={"x": [1]}) as response:
        assert await response.read() == b"bytes"
    (seen,) = await far.received(1)
    assert (seen.method, seen.path, seen.query, seen.json) == ("POST", "/a", {"q": "1"}, {"x": [1]})
    assert seen.headers["content-type"] == "application/json"


async def test_an_unscripted_route_is_not_found(far: FarSide, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{far.url}/b") as response:
        assert response.status == 404
        assert await response.text() == "GET /b has no answer in this test"


async def test_waiting_for_requests_that_never_come_ends(far: FarSide) -> None:
    with pytest.raises(TimeoutError):
        await far.received(1, within=0.01)


async def test_a_connection_can_be_reset(far: FarSide, http: aiohttp.ClientSession) -> None:
    far.answer("POST", "/a", abort=True)
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.post(f"{far.url}/a")
    assert len(far.requests) == 1


async def test_a_hanging_answer_does_not_hold_the_server_open(http: aiohttp.ClientSession) -> None:
    async with FarSide() as far:
        far.answer("GET", "/a", delay=3600)
        with pytest.raises(TimeoutError):
            await http.get(f"{far.url}/a", timeout=aiohttp.ClientTimeout(total=0.1))
