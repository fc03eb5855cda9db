"""Dead letters through the whole bridge: mended, replayed in order behind what waits, and delivered once."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.flows.conftest import Bridge, Build
from tests.letters import replay
from tests.world import eventually
from xyper_engine.access.caller import Caller
from xyper_engine.dead_office import DeadOffice, message_of
from xyper_engine.model import now
from xyper_engine.state.dead_letters import DeadLetter
from xyper_engine.state.dead_replays import Replay
from xyper_engine.state.dead_search import Wanted

MARIA = "393331234567"
SETTINGS = {"retry": {"first": 0.05, "most": 0.1, "hold": 2.0}, "breaker": {"failures": 1000}}
REFUSAL = {"status": 400, "code": 131009}


@pytest.fixture(params=["embedded"])
async def parts() -> dict[str, object]:
    """The broker's own part of it is the same for every publish."""
    return {}


async def talk(bridge: Bridge) -> str:
    await bridge.world.write(bridge.tenants[0], MARIA, "hello")
    await bridge.world.reached(1)
    return str((await bridge.world.conversation(bridge.tenants[0], MARIA))["id"])


async def died(bridge: Bridge, count: int) -> Sequence[DeadLetter]:
    """Oldest first, once there are so many."""
    found: list[DeadLetter] = []

    async def there() -> bool:
        found[:] = reversed(await bridge.engine.rt.dead_letters.list())
        return len(found) >= count

    assert await eventually(there), found
    return found


async def refused(bridge: Bridge, conversation: str, *texts: str) -> Sequence[DeadLetter]:
    """What agents say, refused by WhatsApp for good."""
    await bridge.world.knobs("graph", fail_next=[{**REFUSAL, "count": len(texts)}])
    for text in texts:
        await bridge.world.say(conversation, text)
    letters = await died(bridge, len(texts))
    await bridge.world.knobs("graph", fail_next=[])
    return letters


async def said(bridge: Bridge, count: int) -> list[str]:
    return [row["text"] for row in await bridge.world.sent(count)]


async def ended(bridge: Bridge, asked: Replay) -> Replay:
    office, found = DeadOffice(bridge.engine.rt.db, bridge.engine.rt.keyring), [asked]

    async def done() -> bool:
        found[0] = await office.progress(None, asked.id)
        return found[0].finished_at is not None

    assert await eventually(done), found
    return found[0]


async def test_all_of_one_cause_come_in_the_order_in_which_they_were_said(build: Build) -> None:
    async with build(settings=SETTINGS) as bridge:
        letters = await refused(bridge, await talk(bridge), *"abcde")
        # One that died once more died last, and still came second.
        await bridge.engine.rt.dead_letters.bury(replace(letters[1], died_at=now()))
        [asked] = await replay(bridge.engine.rt)
        told = await ended(bridge, asked)
        assert await said(bridge, 5) == list("abcde")
        assert (told.total, told.replayed, told.refused, told.left) == (5, 5, 0, 0)


async def test_twice_replayed_is_once_delivered(build: Build) -> None:
    async with build(settings=SETTINGS) as bridge:
        conversation = await talk(bridge)
        [letter] = await refused(bridge, conversation, "once")
        for _ in range(3):
            for one in await replay(bridge.engine.rt, [letter.id]):
                await ended(bridge, one)
        await bridge.world.say(conversation, "after")
        assert await said(bridge, 2) == ["once", "after"]
        await bridge.world.settled()
        assert len(await said(bridge, 2)) == 2


async def test_a_crash_between_the_queue_and_the_note_of_it_doubles_nothing(build: Build) -> None:
    """As two engines that both believe it is theirs: each publishes it."""
    async with build(settings=SETTINGS) as bridge:
        rt, conversation = bridge.engine.rt, await talk(bridge)
        [letter] = await refused(bridge, conversation, "once")
        [first] = await replay(rt, [letter.id])
        await ended(bridge, first)
        await rt.db.execute("update dead_letters set replayed_at = null where id = $1", letter.id)
        await rt.db.execute("update dead_replays set finished_at = null, leased_until = null, cancelled_at = null")
        await ended(bridge, first)
        await bridge.world.say(conversation, "after")
        assert await said(bridge, 2) == ["once", "after"]


async def test_a_replay_does_not_overtake_what_waits_of_the_same_conversation(build: Build) -> None:
    async with build(
        settings={**SETTINGS, "retry": {"first": 0.05, "most": 0.1}}, waits={"unknown_wait": 0.2}
    ) as bridge:
        conversation = await talk(bridge)
        [letter] = await refused(bridge, conversation, "died")
        await bridge.world.knobs("graph", fail_next=[{"status": 503, "code": 131016, "count": 1000}])
        for text in ("head", "behind"):
            await bridge.world.say(conversation, text)
        await eventually(lambda: _retried(bridge))
        [asked] = await replay(bridge.engine.rt, [letter.id])
        await ended(bridge, asked)
        await bridge.world.knobs("graph", fail_next=[])
        assert await said(bridge, 3) == ["head", "behind", "died"]


async def _retried(bridge: Bridge) -> bool:
    return b"xyper_retries_total{" in bridge.engine.rt.metrics.text()


async def test_one_that_is_mended_is_sent_as_it_is_now_and_known_as_it_was_sent(build: Build) -> None:
    async with build(settings=SETTINGS) as bridge:
        rt = bridge.engine.rt
        [letter] = await refused(bridge, await talk(bridge), "the wrong words")
        office = DeadOffice(rt.db, rt.keyring)
        parts = [{"type": "text", "text": "the right words"}]
        await office.mend(Caller.host(), letter.tenant, letter.id, parts, letter.version)
        await replay(rt, [letter.id])
        assert await said(bridge, 1) == ["the right words"]
        event = message_of(await rt.dead_letters.show(letter.id))
        assert event is not None
        kept = await rt.messages.find(event.origin, event.external_id)
        assert kept is not None
        assert kept.text == "the right words"


async def test_at_a_rate_it_is_followed_and_cancelled(build: Build) -> None:
    async with build(settings=SETTINGS) as bridge:
        rt = bridge.engine.rt
        await refused(bridge, await talk(bridge), *"abc")
        office = DeadOffice(rt.db, rt.keyring)
        [asked] = await replay(rt, rate=0.5)
        assert await said(bridge, 1) == ["a"]
        assert (await office.progress(None, asked.id)).replayed <= 1
        cancelled = await office.cancel(Caller.host(), None, asked.id)
        assert cancelled.left == 0
        assert len(await office.page(None, Wanted(), None, 9)) == 2
        [rest] = await replay(rt)
        assert (await ended(bridge, rest)).total == 2
        assert await said(bridge, 3) == list("abc")


async def test_what_fails_again_dies_again_and_is_counted(build: Build) -> None:
    async with build(settings=SETTINGS) as bridge:
        [letter] = await refused(bridge, await talk(bridge), "no")
        await bridge.world.knobs("graph", fail_next=[REFUSAL])
        [asked] = await replay(bridge.engine.rt, [letter.id])
        await ended(bridge, asked)
        [again] = await died(bridge, 1)
        assert again.died_at > letter.died_at
        told = await DeadOffice(bridge.engine.rt.db, bridge.engine.rt.keyring).progress(None, asked.id)
        assert (told.replayed, told.again) == (1, 1)
