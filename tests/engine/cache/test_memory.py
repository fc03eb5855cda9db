"""What only the embedded cache promises: its bound, and time as its own clock tells it."""

from xyper_engine.cache.memory import OVERHEAD, MemoryCache


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_what_was_not_used_for_longest_goes_first() -> None:
    cache = MemoryCache(limit=3 * (OVERHEAD + 2))
    for key in "abc":
        await cache.set(key, b"1", 60)
    await cache.get("a")
    await cache.set("d", b"1", 60)
    assert [await cache.get(key) for key in "abcd"] == [b"1", None, b"1", b"1"]


async def test_replacing_and_deleting_give_the_room_back() -> None:
    cache = MemoryCache(limit=2 * (OVERHEAD + 2))
    for _ in range(10):
        await cache.set("a", b"1", 60)
        await cache.set("b", b"1", 60)
        await cache.delete("b")
    assert await cache.get("a") == b"1"


async def test_a_value_larger_than_the_whole_cache_is_not_kept() -> None:
    cache = MemoryCache(limit=OVERHEAD + 10)
    await cache.set("a", b"x" * 100, 60)
    assert await cache.get("a") is None


async def test_a_value_ends_to_the_second() -> None:
    clock = Clock()
    cache = MemoryCache(clock=clock)
    await cache.set("a", b"1", 10)
    clock.seconds = 9.9
    assert await cache.get("a") == b"1"
    clock.seconds = 10.0
    assert await cache.get("a") is None
