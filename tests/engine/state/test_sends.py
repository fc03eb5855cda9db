"""Sends of the widget as they are kept: one per key, one at a time, and gone with the person and with time."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.conftest import Configure
from tests.directory import add_tenant
from tests.engine.state.test_access_zip import LINK, MARIA, told, wrote
from tests.engine.tenants.world import DESK, acme
from xyper_engine.access.caller import Caller
from xyper_engine.errors import Conflict
from xyper_engine.model import Direction, Message, new_id, now
from xyper_engine.parts import MediaKind, Text
from xyper_engine.privacy_office import PrivacyOffice
from xyper_engine.routing.eraser import erase
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.sealing import Sealer
from xyper_engine.state.files import Owner
from xyper_engine.state.retention import Retention
from xyper_engine.state.send import Send, Wish, Wording

LEASE = 30.0


@pytest.fixture
async def rt(configure: Configure, url: str) -> AsyncIterator[Runtime]:
    settings = configure({"database": {"url": url}})
    async with open_runtime(settings) as opened:
        await add_tenant(opened.db, Sealer.from_settings(settings), acme())
        yield opened


@pytest.fixture
async def wish(rt: Runtime) -> Wish:
    """What Ines wants to be sent to Maria."""
    await wrote(rt, "Hello")
    await rt.conversations.threaded(LINK, MARIA, "t-1")
    found = await rt.conversations.find(LINK, MARIA.address)
    assert found
    wording = Wording(parts=(Text(text="Good day"),), line="Good  day\n")
    return Wish("acme", found.id, DESK, "t-1", "ines", "s-1", "key-1", wording, asked=b"body")


async def test_one_for_a_key_and_a_person(rt: Runtime, wish: Wish) -> None:
    first = await rt.sends.begin(wish)
    assert (await rt.sends.begin(wish)).id == first.id
    assert (first.state, first.wording) == ("new", wish.wording)
    with pytest.raises(Conflict, match="something else"):
        await rt.sends.begin(replace(wish, asked=b"another"))
    assert (await rt.sends.begin(replace(wish, person="leo", asked=b"another"))).id != first.id
    assert await rt.sends.known_by("acme", "leo", "key-2") is None
    assert [one.person for one in await rt.sends.of("acme", wish.conversation)] == ["ines", "leo"]


async def test_one_at_a_time_in_the_order_of_the_clicks(rt: Runtime, wish: Wish) -> None:
    first, second = [await rt.sends.begin(replace(wish, key=f"key-{n}")) for n in range(2)]
    assert await rt.sends.due(10) == [wish.conversation]
    claimed, was = await claim(rt, wish)
    assert (claimed.id, was, claimed.tries) == (first.id, "new", 1)
    assert await rt.sends.claim(wish.conversation, LEASE) is None, "the second waits for the first"
    assert await rt.sends.posted(claimed, "g-1")
    claimed, was = await claim(rt, wish)
    assert (claimed.id, was) == (second.id, "new")


async def test_whoever_comes_late_changes_nothing(rt: Runtime, wish: Wish) -> None:
    send = await rt.sends.begin(wish)
    slow, _ = await claim(rt, wish, lease=0.0)
    other, was = await claim(rt, wish)
    assert (other.id, was, other.began_at) == (send.id, "posting", slow.began_at)
    assert not await rt.sends.posted(slow, "g-1")
    assert not await rt.sends.put_off(slow, "new", 0.0)
    assert await rt.sends.refused(other, "genesys_refused", "No.")
    kept = await rt.sends.get("acme", send.id)
    assert (kept.state, kept.code, kept.words, kept.far_id) == ("refused", "genesys_refused", "No.", None)


async def test_what_waits_holds_up_nobody_and_can_be_taken_back(rt: Runtime, wish: Wish) -> None:
    waiting = await rt.sends.begin(replace(wish, waits=True))
    assert await rt.sends.due(10) == []
    later = await rt.sends.begin(replace(wish, key="key-2"))
    claimed, _ = await claim(rt, wish)
    assert claimed.id == later.id
    assert await rt.sends.posted(claimed, "g-1")
    assert not await rt.sends.withdraw("acme", waiting.id, "leo")
    assert await rt.sends.withdraw("acme", waiting.id, "ines")
    await rt.db.execute("update conversations set window_until = now() + interval '1 hour'")
    assert await rt.sends.due(10) == []
    assert (await rt.sends.get("acme", waiting.id)).wording is None


async def test_which_line_is_whose(rt: Runtime, wish: Wish) -> None:
    """By its id; by its words only while it is not known."""
    send = await rt.sends.begin(wish)
    assert await matches(rt, wish, "g-1", "Good day") == [], "nobody has begun with it"
    claimed, _ = await claim(rt, wish)
    assert await matches(rt, wish, "g-1", " Good day") == [(send.id, "posting", False)]
    assert await matches(rt, wish, "g-1", "Good night") == []
    assert await rt.sends.posted(claimed, "g-1")
    assert await matches(rt, wish, "g-2", "Good day") == []
    assert await matches(rt, wish, "g-1", "whatever Genesys made of it") == [(send.id, "posted", True)]
    assert await rt.sends.paired(send.id, "m-1") == wish.person
    assert await rt.sends.paired(send.id, "m-1") is None, "whose it is, is counted once"
    assert await matches(rt, wish, "g-1", "Good day") == [(send.id, "paired", True)]
    assert {id_: one.key for id_, one in (await rt.sends.keys("acme", ["m-1", "m-2"])).items()} == {"m-1": "key-1"}
    assert await rt.sends.known(DESK, ["g-1", "g-2"]) == {"g-1"}


async def test_they_go_with_time_and_uploads_that_nobody_sent_the_next_day(rt: Runtime, wish: Wish) -> None:
    files = [await upload(rt, wish, f"BEGIN:VCARD {n}".encode()) for n in range(2)]
    send = await rt.sends.begin(replace(wish, files=(files[0],)))
    await rt.db.execute("update files set created_at = now() - interval '25 hours'")
    await Retention(rt.db, rt.media).sweep()
    assert [(await rt.files.get(one)).state for one in files] == ["stored", "gone"]
    assert (await rt.sends.get("acme", send.id)).id == send.id
    await rt.db.execute("update sends set id = '0180' || substr(id, 5)")
    await Retention(rt.db, rt.media).sweep()
    assert await rt.sends.of("acme", wish.conversation) == []


async def test_the_person_is_told_of_them_and_they_go_with_the_person(rt: Runtime, wish: Wish) -> None:
    send = await rt.sends.begin(wish)
    [unsent] = (await told(rt))["unsent.json"]
    assert (unsent["id"], unsent["parts"][0]["text"]) == (send.id, "Good day")
    await PrivacyOffice(rt.db, rt.keyring, rt.media, "").erase(Caller.host(), "acme", MARIA.address)
    await erase(rt)
    assert await rt.db.fetchval("select count(*) from sends") == 0


async def claim(rt: Runtime, wish: Wish, lease: float = LEASE) -> tuple[Send, str]:
    claimed = await rt.sends.claim(wish.conversation, lease)
    assert claimed
    return claimed


async def matches(rt: Runtime, wish: Wish, far_id: str, line: str) -> list[tuple[str, str, bool]]:
    message = Message(
        id=new_id(), direction=Direction.outbound, origin=DESK, tenant="acme", contact=MARIA, external_id=far_id,
        occurred_at=now(), parts=(Text(text=line),),
    )  # fmt: skip
    return [(one.id, one.state, one.certain) for one in await rt.sends.matches(message, wish.conversation)]


async def upload(rt: Runtime, wish: Wish, body: bytes) -> str:
    owner = Owner("acme", f"upload/{wish.conversation}/{new_id()}", 0, MARIA.address, MediaKind.document)
    return (await rt.files.keep_bytes(owner, body, mime="text/vcard", name="a.vcf")).id
