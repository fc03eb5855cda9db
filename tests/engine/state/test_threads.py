"""The agent side's conversations, one after another: who is asked about when, and what an answer may end."""

from datetime import timedelta

import pytest

from tests.directory import put_tenant
from tests.engine.state.test_ledger import GENESYS, WHATSAPP
from tests.engine.state.test_tracking import LINK, said, spec
from tests.engine.tenants.world import sealer
from tests.engine.test_model import CONTACT
from xyper_engine.conversation import Conversation
from xyper_engine.model import Contact, now
from xyper_engine.participant import Participant
from xyper_engine.state.conversations import Conversations
from xyper_engine.state.threads import CLAIMED, Due, Threads
from xyper_engine.store.db import Database

AGENT = Participant(id="p-1", purpose="agent", user="u-1")
SOON, LATER = timedelta(0), timedelta(hours=1)


@pytest.fixture(autouse=True)
async def tenants(db: Database) -> None:
    await put_tenant(db, sealer(), spec("acme", WHATSAPP.account, GENESYS.account))
    await put_tenant(db, sealer(), spec("other", "2002", "desk-2"))


@pytest.fixture
def threads(db: Database) -> Threads:
    return Threads(db)


async def goes_on(db: Database, thread: str, contact: Contact = CONTACT) -> Conversation:
    """The agent side named its conversation."""
    conversations = Conversations(db)
    await conversations.threaded(LINK, contact, thread)
    found = await conversations.find(LINK, contact.address)
    assert found is not None
    return found


async def told(threads: Threads, conversation: Conversation) -> list[tuple[str, bool, str | None]]:
    found = await threads.of(conversation.tenant, conversation.id)
    return [(one.thread, one.reopened, one.ended_by) for one in found]


async def asked(threads: Threads) -> Due:
    [due] = await threads.due(0, 10)
    return due


async def test_one_thread_follows_another_and_an_old_one_may_be_opened_again(db: Database, threads: Threads) -> None:
    conversation = await goes_on(db, "t-1")
    for thread in ("t-1", "t-2", "t-1"):
        await goes_on(db, thread)
    assert await told(threads, conversation) == [("t-1", True, None), ("t-2", False, "next"), ("t-1", False, "next")]
    assert await threads.of("other", conversation.id) == []


async def test_an_end_closes_the_thread_and_the_conversation_at_once(db: Database, threads: Threads) -> None:
    conversation = await goes_on(db, "t-1")
    due, at = await asked(threads), now()
    assert await threads.ended(due, at, "agent", [AGENT])
    [one] = await threads.of("acme", conversation.id)
    assert (one.ended_at, one.ended_by, one.participants) == (at, "agent", (AGENT,))
    known = await Conversations(db).find(LINK, CONTACT.address)
    assert known is not None
    assert known.ended_at == at
    assert not await threads.ended(due, now(), "policy"), "it has ended already"
    assert await told(threads, await goes_on(db, "t-1")) == [("t-1", True, None), ("t-1", False, "agent")]


async def test_a_customer_who_wrote_after_the_question_keeps_it_open(db: Database, threads: Threads) -> None:
    conversation = await goes_on(db, "t-1")
    due = await asked(threads)
    await Conversations(db).heard(LINK, said("wamid.1", contact=CONTACT))
    assert not await threads.ended(due, now(), "agent", [AGENT])
    [one] = await threads.of("acme", conversation.id)
    assert (one.ended_at, one.participants) == (None, (AGENT,))


async def test_who_claimed_it_has_it_for_itself(db: Database, threads: Threads) -> None:
    await goes_on(db, "t-1")
    assert (await asked(threads)).checks == 1
    assert await threads.due(0, 10) == []
    await db.execute("update threads set check_at = check_at - $1::interval", CLAIMED)
    assert (await asked(threads)).checks == 2, "whoever claimed it is no more"


async def test_it_is_asked_about_again_when_its_time_has_come(db: Database, threads: Threads) -> None:
    conversation = await goes_on(db, "t-1")
    for put_off in (True, False):
        for again, left in ((LATER, 0), (SOON, 1)):
            await db.execute("update threads set check_at = now()")
            due = await asked(threads)
            await (threads.put_off(due, again) if put_off else threads.seen(due, [AGENT], again))
            assert len(await threads.due(0, 10)) == left
    [one] = await threads.of("acme", conversation.id)
    assert one.participants == (AGENT,)
    assert one.seen_at is not None


async def test_no_more_are_claimed_than_wanted_the_longest_due_first(db: Database, threads: Threads) -> None:
    for n in range(3):
        await goes_on(db, f"t-{n}", CONTACT.model_copy(update={"address": f"tel:+49{n}", "aliases": ()}))
    assert [len(await threads.due(0, 2)) for _ in range(3)] == [2, 1, 0]


async def test_where_a_customer_wrote_a_moment_ago_nobody_asks(db: Database, threads: Threads) -> None:
    await goes_on(db, "t-1")
    await Conversations(db).heard(LINK, said("wamid.1", contact=CONTACT))
    assert await threads.due(60, 10) == []
    assert await db.fetchval("select check_at > now() + interval '50 seconds' from threads")


async def test_a_trigger_is_heard_for_its_own_open_threads_alone(db: Database, threads: Threads) -> None:
    await goes_on(db, "t-1")
    await threads.seen(await asked(threads), [], LATER)
    assert [await threads.soon(tenant, thread) for tenant, thread in (("other", "t-1"), ("acme", "t-9"))] == [False] * 2
    assert await threads.due(0, 10) == []
    assert await threads.soon("acme", "t-1")
    due = await asked(threads)
    assert (due.thread, due.agent, due.active) == ("t-1", GENESYS, True)
    await threads.ended(due, now(), "agent")
    assert not await threads.soon("acme", "t-1")


async def test_a_suspended_tenants_are_told_apart(db: Database, threads: Threads) -> None:
    await goes_on(db, "t-1")
    await db.execute("update tenants set state = 'suspended' where id = 'acme'")
    assert not (await asked(threads)).active
