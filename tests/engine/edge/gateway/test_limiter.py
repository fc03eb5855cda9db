"""Limits on both counts: this process's own, and the one in Redis that several share."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests import servers
from xyper_engine.edge.gateway import shared_count
from xyper_engine.edge.gateway.limiter import Limiter, Rule
from xyper_engine.errors import TooMany
from xyper_engine.model import new_id


def rule(written: str) -> Rule:
    """A name of its own, so that tests on one Redis do not meet."""
    made = Rule.of(new_id(), written)
    assert made
    return made


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis that is late because the machine is busy is no Redis that is away."""
    monkeypatch.setattr(shared_count, "TIMEOUT", 10.0)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.real)])
async def limiter(request: pytest.FixtureRequest) -> AsyncIterator[Limiter]:
    redis = request.getfixturevalue("redis_server").url if request.param == "redis" else None
    made = Limiter(redis)
    yield made
    await made.close()


async def passed(limiter: Limiter, rule: Rule, tries: int, who: str = "a") -> int:
    async def one() -> bool:
        try:
            await limiter.take(rule, who)
        except TooMany:
            return False
        return True

    return sum(await asyncio.gather(*(one() for _ in range(tries))))


@pytest.mark.parametrize("amount", [1, 7, 100, 1000])
async def test_exactly_as_many_pass_as_may(limiter: Limiter, amount: int) -> None:
    assert await passed(limiter, rule(f"{amount}/minute"), amount + 50) == amount


async def test_each_one_has_a_limit_of_their_own(limiter: Limiter) -> None:
    limit = rule("3/minute")
    assert [await passed(limiter, limit, 5, who) for who in ("a", "b", "a")] == [3, 3, 0]


async def test_limits_of_one_size_do_not_meet(limiter: Limiter) -> None:
    assert [await passed(limiter, limit, 5) for limit in (rule("3/minute"), rule("3/minute"))] == [3, 3]


async def test_whoever_waits_may_go_on(limiter: Limiter) -> None:
    limit = rule("5/1 second")
    assert await passed(limiter, limit, 9) == 5
    with pytest.raises(TooMany) as refused:
        await limiter.take(limit, "a")
    assert refused.value.after >= 1
    await asyncio.sleep(2.05)  # both windows that count are over
    assert await passed(limiter, limit, 9) == 5


async def test_a_refusal_costs_no_question(limiter: Limiter) -> None:
    limit = rule("2/minute")
    await passed(limiter, limit, 3)
    with pytest.raises(TooMany):
        limiter.check(limit, "a")
    limiter.check(limit, "b")


async def test_what_is_left_is_told(limiter: Limiter) -> None:
    limit = rule("3/minute")
    left = [(await limiter.take(limit, "a")).remaining for _ in range(3)]
    assert left == [2, 1, 0]


def test_no_limit_is_no_rule() -> None:
    assert Rule.of("x", "") is None


@pytest.mark.real
async def test_two_processes_share_one_count(redis_server: servers.Redis) -> None:
    """Each takes a hundredth at a time, so they end within that of the limit."""
    limiters = [Limiter(redis_server.url) for _ in range(2)]
    limit = rule("1000/minute")
    both = await asyncio.gather(*(passed(limiter, limit, 900) for limiter in limiters))
    assert 980 <= sum(both) <= 1000
    for limiter in limiters:
        await limiter.close()


@pytest.mark.real
async def test_while_redis_is_away_each_counts_for_itself() -> None:
    async with servers.redis() as redis:
        limiter, limit = Limiter(redis.url), rule("5/minute")
        assert await passed(limiter, limit, 3) == 3
        await redis.kill()
        assert await passed(limiter, limit, 9) == 5
        assert await passed(limiter, limit, 9, "b") == 5
        await limiter.close()


async def test_a_redis_that_was_never_there_is_no_error() -> None:
    limiter, limit = Limiter("redis://127.0.0.1:1/0"), rule("5/minute")
    assert await passed(limiter, limit, 9) == 5
    await limiter.close()
