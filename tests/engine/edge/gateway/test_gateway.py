"""What every call of the API meets, whatever it asks for: headers, problems, limits, a second try, other origins."""

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import Field
from structlog.testing import capture_logs

from tests.conftest import Configure
from tests.engine.edge.front import OWN, UNLIMITED, Front, opened
from xyper_engine.access.roles import Action
from xyper_engine.edge.gateway import Gateway
from xyper_engine.edge.problems import problems
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.errors import Ambiguous, Conflict
from xyper_engine.routing.housekeeper import sweep

ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Server": "xyper",
    "X-Content-Type-Options": "nosniff",
}


PATH = "/api/v1/tenants/{tenant}/works"


class Wish(Given):
    word: str = Field(max_length=100)


class Made(Told):
    id: str
    secret: str


class Workshop:
    """Routes that make something, once with each word, and note how often."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.begun = asyncio.Event()

    def routes(self) -> list[Route]:
        may = Action.tenants_read
        return [
            Route("POST", PATH, may, self.make, "Make.", body=Wish, answer=Made, status=201),
            Route("POST", "/api/v1/works", may, self.make, "Make.", body=Wish, answer=Made, status=201, timeout=0.2),
            Route("POST", "/api/v1/small", may, self.make, "Make.", body=Wish, answer=Made, body_limit=64),
        ]  # fmt: skip

    async def make(self, call: Call) -> Made:
        wish: Wish = call.body
        self.begun.set()
        await self.go_on.wait()
        if wish.word == "conflict" and not self.made:
            self.made.append(wish.word)
            raise Conflict("It is there.")
        self.made.append(wish.word)
        if wish.word == "unclear":
            raise Ambiguous("No answer came.")
        return Made(id=f"{len(self.made)}", secret="shown-once-zq7")


@pytest.fixture
def shop() -> Workshop:
    return Workshop()


@pytest.fixture
async def works(front: Front, shop: Workshop) -> Any:
    """The same front, with the workshop's routes behind a gateway of their own."""
    app = web.Application(middlewares=[problems])
    Gateway(front.rt).attach(app, shop.routes())
    async with TestClient(TestServer(app)) as http:
        yield Front(http, front.rt, tuple(shop.routes()), front.key)


async def make(
    works: Front, word: str, key: str = "", path: str = f"{OWN}/works", proof: str | None = None
) -> ClientResponse:
    headers = {"Idempotency-Key": key} if key else {}
    return await works.ask("POST", path, key=proof, json={"word": word}, headers=headers)


async def detail(answer: ClientResponse) -> str:
    assert answer.content_type == "application/problem+json"
    return str((await answer.json())["detail"])


# Headers and problems


@pytest.mark.parametrize("path", [f"{OWN}/templates", f"{OWN}/nothing", "/api/v1/tenants/nobody/templates"])
async def test_every_answer_is_sealed_against_browsers(front: Front, path: str) -> None:
    answer = await front.ask("GET", path)
    headers = ALWAYS if answer.status != 404 or "templates" in path else {"X-Content-Type-Options": "nosniff"}
    assert {name: answer.headers.get(name) for name in headers} == headers
    assert "Strict-Transport-Security" not in answer.headers
    uuid.UUID(answer.headers["X-Correlation-Id"])


async def test_over_https_browsers_are_told_to_stay_there(configure: Configure, url: str) -> None:
    async with opened(configure, url, {"server": {"public_url": "https://xyper.example.com"}}) as front:
        answer = await front.ask("GET", f"{OWN}/templates")
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("GET", "/api/v1/nothing", {}, 404),
        ("PATCH", f"{OWN}/templates", {}, 405),
        ("POST", f"{OWN}/templates", {"data": b"x" * 262_145}, 413),
        ("POST", f"{OWN}/templates", {"data": b"<x/>", "headers": {"Content-Type": "text/xml"}}, 415),
        ("POST", f"{OWN}/templates", {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("GET", f"{OWN}/templates?nonsense=1", {}, 422),
    ],
)
async def test_each_refusal_is_a_problem_in_words(
    front: Front, method: str, path: str, more: Mapping[str, Any], status: int
) -> None:
    answer = await front.ask(method, path, **more)
    body = await answer.json()
    assert (answer.status, answer.content_type, body["status"]) == (status, "application/problem+json", status)
    assert body["instance"] == f"urn:uuid:{answer.headers['X-Correlation-Id']}"
    assert body["title"]
    assert body["detail"]


async def test_405_says_what_would_be_allowed(front: Front) -> None:
    assert "GET" in (await front.ask("PATCH", f"{OWN}/templates")).headers["Allow"]


async def test_a_routes_own_limit_of_the_body_holds(works: Front) -> None:
    assert (await make(works, "x" * 40, path="/api/v1/small")).status == 200
    assert (await make(works, "x" * 60, path="/api/v1/small")).status == 413


async def test_a_body_in_chunks_has_the_same_limit(works: Front) -> None:
    async def chunks() -> Any:
        for _ in range(10):
            yield b'{"word": "x"}   '

    headers = {"Content-Type": "application/json"}
    assert (await works.ask("POST", "/api/v1/small", data=chunks(), headers=headers)).status == 413


async def test_what_takes_too_long_is_given_up(works: Front, shop: Workshop) -> None:
    shop.go_on.clear()
    answer = await make(works, "slow", path="/api/v1/works")
    assert (answer.status, "look before you try again" in await detail(answer)) == (504, True)


async def test_a_database_that_is_away_is_503_in_words(front: Front) -> None:
    await front.ask("GET", f"{OWN}/templates")  # the key is known now
    front.rt.db._pool.terminate()
    answer = await front.ask("GET", f"{OWN}/audit")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert "[database] url" in await detail(answer)


# The same call twice


async def test_a_call_that_is_sent_twice_is_made_once(works: Front, shop: Workshop) -> None:
    first, again = await make(works, "a", "k1"), await make(works, "a", "k1")
    assert (first.status, await first.json()) == (again.status, await again.json()) == (201, {"id": "1", **SECRET})
    assert (again.headers["Idempotency-Replayed"], shop.made) == ("true", ["a"])
    assert "Idempotency-Replayed" not in first.headers


SECRET = {"secret": "shown-once-zq7"}


async def test_without_a_key_it_is_made_twice(works: Front, shop: Workshop) -> None:
    await make(works, "a")
    await make(works, "a")
    assert shop.made == ["a", "a"]


async def test_a_key_holds_for_one_caller_and_one_address(works: Front, shop: Workshop) -> None:
    await make(works, "a", "k1")
    await make(works, "a", "k1", path="/api/v1/works")
    assert (await make(works, "a", "k1")).status == 201
    await works.ask(
        "POST", f"{OWN}/works", key=await works.new_key(), json={"word": "a"}, headers={"Idempotency-Key": "k1"}
    )
    assert shop.made == ["a", "a", "a"]


async def test_a_key_with_another_body_is_refused(works: Front, shop: Workshop) -> None:
    await make(works, "a", "k1")
    answer = await make(works, "b", "k1")
    assert (answer.status, "another body" in await detail(answer), shop.made) == (422, True, ["a"])


async def test_while_the_first_one_runs_a_second_is_refused(works: Front, shop: Workshop) -> None:
    shop.go_on.clear()
    first = asyncio.create_task(make(works, "a", "k1"))
    await shop.begun.wait()
    second = await make(works, "a", "k1")
    assert (second.status, "under way" in await detail(second)) == (409, True)
    shop.go_on.set()
    assert ((await first).status, shop.made) == (201, ["a"])


async def test_of_many_at_once_one_is_made(works: Front, shop: Workshop) -> None:
    answers = await asyncio.gather(*(make(works, "a", "k1") for _ in range(20)))
    assert shop.made == ["a"]
    assert {answer.status for answer in answers} <= {201, 409}
    assert (await make(works, "a", "k1")).status == 201


async def test_an_error_that_changed_nothing_frees_the_key(works: Front, shop: Workshop) -> None:
    assert (await make(works, "conflict", "k1")).status == 409
    assert (await make(works, "conflict", "k1")).status == 201


async def test_what_ended_unclearly_is_never_made_again(works: Front, shop: Workshop) -> None:
    assert (await make(works, "unclear", "k1")).status == 502
    again = await make(works, "unclear", "k1")
    assert (again.status, "ended unclearly" in await detail(again), shop.made) == (409, True, ["unclear"])


async def test_a_time_limit_is_an_unclear_end(works: Front, shop: Workshop) -> None:
    shop.go_on.clear()
    assert (await make(works, "a", "k1", path="/api/v1/works")).status == 504
    assert (await make(works, "a", "k1", path="/api/v1/works")).status == 409


async def test_a_body_that_is_refused_does_not_use_the_key_up(works: Front, shop: Workshop) -> None:
    assert (await make(works, "x" * 101, "k1")).status == 422
    assert (await make(works, "a", "k1")).status == 201


@pytest.mark.parametrize("key", ["a b", "é", "x" * 256])
async def test_a_key_that_is_none(works: Front, shop: Workshop, key: str) -> None:
    assert ((await make(works, "a", key)).status, shop.made) == (400, [])


async def test_for_a_tenant_that_is_not_there_it_is_404(works: Front) -> None:
    assert (await make(works, "a", "k1", path="/api/v1/tenants/nobody/works")).status == 404


async def test_an_answer_is_kept_sealed(works: Front) -> None:
    await make(works, "a", "k1")
    rows = await works.rt.db.fetch("select * from idempotency_keys")
    assert len(rows) == 1
    assert "zq7" not in str(dict(rows[0]))


async def test_what_was_asked_is_not_found_by_trying(works: Front) -> None:
    """A body may hold somebody's number: its digest is keyed."""
    await make(works, "a", "k1")
    [row] = await works.rt.db.fetch("select digest from idempotency_keys")
    keyed = [await works.rt.keyring.cipher(whose) for whose in ("acme", None)]
    digests = [cipher.digest(b'\0{"word": "a"}') for cipher in keyed]
    assert (row["digest"] == digests[0], digests[0] != digests[1]) == (True, True)


async def test_after_a_day_a_key_is_free_again(works: Front, shop: Workshop) -> None:
    await make(works, "a", "k1")
    await works.rt.db.execute("update idempotency_keys set created_at = now() - interval '25 hours'")
    await make(works, "b", "k1")
    assert shop.made == ["a", "b"]


# Limits


async def test_a_limit_is_told_before_and_after_it_is_reached(configure: Configure, url: str) -> None:
    async with opened(configure, url, {"limits": {**UNLIMITED, "key": "3/minute", "address": "100/minute"}}) as front:
        answers = [await front.ask("GET", f"{OWN}/templates") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers[:3]] == ["2", "1", "0"]
    assert answers[0].headers["RateLimit-Limit"] == "3"
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert int(answers[3].headers["RateLimit-Reset"]) <= 60


@pytest.mark.parametrize("limit", ["key", "address", "tenant"])
async def test_each_limit_counts_for_itself(configure: Configure, url: str, limit: str) -> None:
    async with opened(configure, url, {"limits": {**UNLIMITED, limit: "1/minute"}}) as front:
        other = await front.new_key()
        assert (await front.ask("GET", f"{OWN}/templates")).status == 200
        refused = await front.ask("GET", f"{OWN}/templates")
        assert (refused.status, f"({limit})" in await detail(refused)) == (429, True)
        spared = await front.ask("GET", f"{OWN}/templates", key=other)
        assert spared.status == (200 if limit == "key" else 429)


async def test_a_foreign_tenants_limit_is_not_spent_by_a_stranger(configure: Configure, url: str) -> None:
    async with opened(configure, url, {"limits": {**UNLIMITED, "tenant": "1/minute"}}) as front:
        await front.rt.db.execute("insert into tenants (id, name) values ('other', 'Other')")
        stranger = await front.new_key("other")
        assert (await front.ask("GET", f"{OWN}/templates", key=stranger)).status == 404
        assert (await front.ask("GET", f"{OWN}/templates")).status == 200


async def test_webhooks_never_pass_the_limits(configure: Configure, url: str) -> None:
    """Under a limit of one call a minute, each webhook of a hundred gets the hooks' own answer."""
    every = dict.fromkeys(UNLIMITED, "1/minute")
    async with opened(configure, url, {"limits": every}) as front:
        path = "/hooks/genesys/acme-genesys"
        answers = [
            await front.http.post(path, json={}, headers={"X-Hub-Signature-256": "sha256=x"}) for _ in range(100)
        ]
    assert {answer.status for answer in answers} == {403}
    assert not any(name.startswith("RateLimit") for answer in answers for name in answer.headers)


# Other origins

HOME = "https://admin.example.com"


async def test_no_other_origin_may_read_anything_by_default(front: Front) -> None:
    answer = await front.ask("GET", f"{OWN}/templates", headers={"Origin": HOME})
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    assert (await front.ask("OPTIONS", f"{OWN}/templates", headers={"Origin": HOME})).status == 405


async def test_an_origin_that_is_named_may(configure: Configure, url: str) -> None:
    async with opened(configure, url, {"server": {"cors_origins": [HOME]}}) as front:
        asked = {"Origin": HOME, "Access-Control-Request-Method": "POST"}
        preflight = await front.ask("OPTIONS", f"{OWN}/templates", key="", headers=asked)
        assert (preflight.status, preflight.headers["Access-Control-Allow-Origin"]) == (204, HOME)
        assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
        refused = await front.ask("GET", f"{OWN}/templates", key="", headers={"Origin": HOME})
        assert (refused.status, refused.headers["Access-Control-Allow-Origin"]) == (401, HOME)
        stranger = await front.ask("GET", f"{OWN}/templates", headers={"Origin": f"{HOME}.evil.example"})
        assert "Access-Control-Allow-Origin" not in stranger.headers
        for answer in (preflight, refused, stranger):
            assert answer.headers["Vary"] == "Origin"
            assert "Access-Control-Allow-Credentials" not in answer.headers


# What is kept of it


async def test_one_line_tells_who_called_what_and_nothing_of_what_it_was_about(configure: Configure, url: str) -> None:
    with capture_logs() as lines:
        async with opened(configure, url) as front:
            await front.ask("GET", f"{OWN}/templates?account=zq7-secret")
            await front.ask("GET", f"{OWN}/templates", key="")
    calls = [line for line in lines if line["event"] == "call"]
    told = [(line["method"], line["route"], line["status"], line["tenant"], line["by"][:4]) for line in calls]
    route = "/api/v1/tenants/{tenant}/templates"
    assert told == [("GET", route, 404, "acme", "key/"), ("GET", route, 401, "acme", "nobo")]
    assert all(line["correlation_id"] and line["ms"] >= 0 for line in calls)
    assert "zq7" not in str(calls)


async def test_keys_and_answers_are_swept_after_a_day(works: Front) -> None:
    await make(works, "a", "k1")
    await works.rt.db.execute("update idempotency_keys set created_at = now() - interval '25 hours'")
    await make(works, "a", "k2")
    await sweep(works.rt)
    assert [row["key"] for row in await works.rt.db.fetch("select key from idempotency_keys")] == ["k2"]
