"""A person is told everything that is held about them, kept under a legal hold, and forgotten: nothing is findable."""

import base64
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis

from tests.flows.admin import Admin
from tests.flows.conftest import Bridge, Build
from tests.world import eventually
from xyper_engine.access.caller import Caller
from xyper_engine.access.certificates import proved
from xyper_engine.access.roles import Role, actions_of
from xyper_engine.broker.port import Outgoing
from xyper_engine.broker.topology import queue_of
from xyper_engine.model import Endpoint, Message, dump, new_id, now
from xyper_engine.routing.eraser import erase
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import context
from xyper_engine.state.dead_letters import DeadLetter
from xyper_engine.state.dead_letters import bound as letter_bound
from xyper_engine.state.erasures import Erasure, Erasures
from xyper_engine.state.messages import bound as message_bound
from xyper_engine.state.persons import Persons
from xyper_engine.state.waiting import bound as waiting_bound
from xyper_engine.store.db import Database

MARIA, PAUL = "5511987654321", "16505550199"
TWIN = "551187654321"
"""Maria's number in the form without the 9."""
WORDS = {MARIA: "the zebra is in the cellar", PAUL: "the weather is fine"}
NOTED = "zebra-keeper"
PHOTO = (Path(__file__).parents[2] / "plugins/xyper_sim/data/samples/photo.jpg").read_bytes()
EVERYWHERE = {
    "contact_urns", "contacts", "contexts", "conversations", "dead_letters", "files", "ledger", "messages", "posts",
    "waiting",
}  # fmt: skip
"""The tables in which somebody can be found."""
BOUND: Mapping[str, Callable[[Any], str]] = {
    "messages": lambda row: message_bound(row["tenant"], row["id"]),
    "contexts": lambda row: context(row["tenant"], "context", f"{row['conversation']}:{row['version']}"),
    "waiting": lambda row: waiting_bound(row["tenant"], row["id"]),
    "dead_letters": lambda row: letter_bound(row["tenant"], row["id"]),
    "idempotency_keys": lambda row: "|".join(("idempotency", row["caller"], row["call"], row["key"])),
    "erasures": lambda row: context(row["tenant"], "erasure", row["id"]),
    "access_reports": lambda row: context(row["tenant"], "access report", row["id"]),
}
"""What a sealed body of each table is bound to."""

READS: Mapping[bytes | str, tuple[str | int, ...]] = {
    b"string": ("get",), b"hash": ("hgetall",), b"list": ("lrange", 0, -1), b"set": ("smembers",),
    b"zset": ("zrange", 0, -1), b"stream": ("xrange", "-", "+"), b"none": ("get",),
}  # fmt: skip
"""How Redis tells all of a value, by its type; `none`: the key has just expired."""


@pytest.fixture
async def desk(build: Build) -> AsyncIterator[Admin]:
    async with at_work(build, settle=0.2) as admin:
        yield admin


@pytest.fixture
async def patient_desk(build: Build) -> AsyncIterator[Admin]:
    """The second sweep begins when the test wants it."""
    async with at_work(build, settle=3600) as admin:
        yield admin


@asynccontextmanager
async def at_work(build: Build, settle: float) -> AsyncIterator[Admin]:
    """Maria and Paul wrote, sent a photo and were answered; something is noted of each, and something of each died."""
    async with build(settings={"privacy": {"settle": settle}}, graph={"limits": False}, cloud={"rate": 0}) as bridge:
        for person in (MARIA, PAUL):
            await lived(bridge, person)
        async with aiohttp.ClientSession() as http:
            _, key = await bridge.engine.rt.keys.add(
                Caller.host(), "tests", list(actions_of(Role.genesys_admin)), bridge.tenants[0].id
            )
            yield Admin(http, bridge, key)


async def lived(bridge: Bridge, person: str) -> None:
    """What is left of a person after a conversation."""
    rt, tenant, world = bridge.engine.rt, bridge.tenants[0], bridge.world
    before = len(await world.call("GET", "/api/cloud/received?kind=message&count=0&timeout=0"))
    await world.write(tenant, person, WORDS[person])
    path = f"/api/graph/numbers/{tenant.number}/media"
    photo = (await world.put_up(path, "photo.jpg", "image/jpeg", PHOTO + person.encode()))["id"]
    image = {"phone_number_id": tenant.number, "type": "image", "image": {"id": photo}}
    await world.call("POST", f"/api/graph/customers/{person}/messages", image)
    await world.reached(before + 2)
    await world.say((await world.conversation(tenant, person))["id"], f"An answer about {WORDS[person]}")
    assert await eventually(lambda: _answered(rt.db, person), 20)
    await world.settled()
    [message] = [one async for one in _kept(bridge, person)][:1]
    conversation = await rt.conversations.get(tenant.id, await _conversation(rt.db, person))
    assert conversation is not None
    await rt.contexts.patch(conversation, {"hobby": NOTED if person == MARIA else person})
    await rt.db.execute("update contacts set name = $2 where address = $1", f"tel:+{person}", f"Name of {person}")
    letter = DeadLetter(
        new_id(), tenant.id, "route", "q", message.id, None, None, None, "bug", "", dump(message), now()
    )
    await rt.dead_letters.bury(letter)
    await rt.waiting.hold(message.model_copy(update={"id": new_id()}), conversation.customer, f"tel:+{person}")
    await rt.traces.flush()


async def _answered(db: Database, person: str) -> bool:
    return bool(
        await db.fetchval("select true from messages where direction = 'outbound' and contact = $1", f"tel:+{person}")
    )


async def _conversation(db: Database, person: str) -> str:
    return str(await db.fetchval("select id from conversations where contact = $1", f"tel:+{person}"))


async def _kept(bridge: Bridge, person: str) -> AsyncIterator[Message]:
    rt = bridge.engine.rt
    rows = await rt.db.fetch("select * from messages where contact = $1 order by id", f"tel:+{person}")
    for row in rows:
        found = await rt.messages.find(_origin(row), row["external_id"])
        assert found is not None
        yield found


def _origin(row: Any) -> Endpoint:
    return Endpoint(adapter=row["adapter"], account=row["account"])


async def everything(bridge: Bridge) -> Mapping[str, bytes]:
    """All that is stored anywhere, opened where it is sealed, by place."""
    rt = bridge.engine.rt
    await rt.traces.flush()
    found: dict[str, bytes] = {}
    for table in await rt.db.fetch(
        "select relname as name from pg_class where relkind in ('r', 'p') and not relispartition "
        "and relnamespace = 'public'::regnamespace and has_table_privilege(oid, 'select')"
    ):
        rows = await rt.db.fetch(f"select *, t::text as whole_row from {table['name']} t")
        text = [row["whole_row"].encode() for row in rows]
        text += [await _opened(rt, table["name"], row) for row in rows if table["name"] in BOUND]
        found[table["name"]] = b"\n".join(text)
    async for key in rt.media.keys(before=now().replace(year=now().year + 1)):
        found[f"object {key}"] = b"".join([chunk async for chunk in rt.media.get(key)])
    found |= await cached(rt.settings.cache.url.get_secret_value())
    for file in (rt.settings.data_dir).rglob("*"):
        if file.is_file() and "postgres" not in file.parts:
            found[f"file {file.name}"] = file.read_bytes()
    return found


async def cached(url: str) -> Mapping[str, bytes]:
    """Every key of Redis with its value, whatever its type, by name; nothing where the cache is a process's memory."""
    if not url.startswith("redis"):
        return {}
    found: dict[str, bytes] = {}
    async with Redis.from_url(url) as redis:
        async for key in redis.scan_iter(count=1000):
            call, *more = READS[await redis.type(key)]
            value = await redis.execute_command(call, key, *more)  # type: ignore[no-untyped-call]
            found[f"redis {key.decode()}"] = key + b" " + repr(value).encode()
    return found


async def _opened(rt: Any, table: str, row: Any) -> bytes:
    sealed = row["body"] if table == "dead_letters" else row["sealed"]
    if sealed is None or row["key_id"] is None:
        return sealed or b""
    return bytes(await rt.keyring.open(row["tenant"], row["key_id"], sealed, BOUND[table](row)))


def traces_of(person: str, *more: str) -> list[bytes]:
    """In how many ways a person can be found."""
    forms = [base64.b64encode(bytes(n) + person.encode())[n + 1 : -4] for n in range(3)]
    return [person.encode(), WORDS[person].encode(), PHOTO + person.encode(), *forms, *(one.encode() for one in more)]


def findable(stored: Mapping[str, bytes], wanted: list[bytes]) -> set[str]:
    return {place for place, body in stored.items() if any(one in body for one in wanted)}


async def asked(desk: Admin, method: str, path: str, body: object = None) -> tuple[int, Any]:
    return await desk.ask(method, f"/api/v1/tenants/{desk.tenant.id}/people/{path}", body)


async def forgotten(desk: Admin, person: str) -> Mapping[str, Any]:
    """The erasure, once it is done."""
    status, told = await asked(desk, "POST", "erasures", {"person": person})
    assert status == 202, told
    last: dict[str, Any] = {}

    async def done() -> bool:
        last.update((await asked(desk, "GET", f"erasures/{told['id']}"))[1])
        return last["finished_at"] is not None

    assert await eventually(done, 30), last
    return last


async def test_nothing_is_findable_of_who_was_forgotten(desk: Admin) -> None:
    bridge, rt = desk.bridge, desk.bridge.engine.rt
    before = await everything(bridge)
    assert findable(before, traces_of(MARIA, NOTED)) >= EVERYWHERE
    [late] = [one async for one in _kept(bridge, MARIA)][:1]
    done = await forgotten(desk, TWIN)
    stored = await everything(bridge)
    assert findable(stored, traces_of(MARIA, NOTED, TWIN, f"Name of {MARIA}")) == set()
    assert findable(stored, traces_of(PAUL)) >= EVERYWHERE
    stated = proved(done["certificate"])
    assert (stated["jti"], stated["sub"], stated["removed"]["messages"]) == (done["id"], done["person"], 3)
    assert [line["action"] for line in await _audit(rt.db)] == ["person.erase", "person.erased"]

    # What was queued before is dropped; what comes later is of somebody new.
    await rt.broker.publish([Outgoing(queue_of(late), late.id, dump(late))])
    reached = len(await bridge.world.call("GET", "/api/cloud/received?kind=message&count=0&timeout=0"))
    await bridge.world.write(desk.tenant, MARIA, "hello again")
    await bridge.world.reached(reached + 1)
    rows = await rt.db.fetch("select contact, direction from messages where contact = $1", f"tel:+{MARIA}")
    assert [tuple(row) for row in rows] == [(f"tel:+{MARIA}", "inbound")]


@pytest.mark.parametrize("late", [False, True], ids=["between the sweeps", "before the first"])
async def test_who_writes_after_the_request_is_somebody_new(patient_desk: Admin, late: bool) -> None:
    desk = patient_desk
    bridge, rt, world = desk.bridge, desk.bridge.engine.rt, desk.bridge.world
    erasure = await _requested(desk, MARIA, late)
    reached = len(await world.call("GET", "/api/cloud/received?kind=message&count=0&timeout=0"))
    answered = len(await world.sent())
    await world.write(desk.tenant, MARIA, "hello again")
    await world.reached(reached + 1)
    await world.say((await world.conversation(desk.tenant, MARIA))["id"], "welcome back")
    await world.sent(answered + 1, status="read")
    await world.settled()
    conversation = await rt.conversations.get(desk.tenant.id, await _conversation(rt.db, MARIA))
    assert conversation is not None
    await rt.traces.flush()
    if not late:
        await rt.contexts.patch(conversation, {"mood": "curious"})
    new = await _left(rt.db, erasure.asked_at)

    for stage in ("swept_at", "finished_at") if late else ("finished_at",):
        await _swept(rt, erasure, stage)
    left = await _left(rt.db, erasure.asked_at)
    assert {what: min(n, new[what]) for what, n in left.items()} == new  # a receipt may have come meanwhile
    assert (new["messages"], new["ledger"] >= 2, new["posts"] >= 2, new["conversations"]) == (2, True, True, 1)
    old = [WORDS[MARIA].encode(), PHOTO + MARIA.encode(), NOTED.encode()]
    assert findable(await everything(bridge), old) == set()
    messages = [one async for one in _kept(bridge, MARIA)]
    assert [one.direction for one in messages] == ["inbound", "outbound"]
    assert (await rt.contexts.of(conversation)).values == ({} if late else {"mood": "curious"})

    # Delivered once more it is known, and the agent still reaches the customer.
    await rt.broker.publish([Outgoing(queue_of(one), one.id, dump(one)) for one in messages])
    await world.say((await world.conversation(desk.tenant, MARIA))["id"], "one more thing")
    await world.sent(answered + 2, status="read")
    await world.settled()
    assert len(await world.call("GET", "/api/cloud/received?kind=message&count=0&timeout=0")) == reached + 1
    assert len(await world.sent()) == answered + 2


async def _requested(desk: Admin, person: str, late: bool) -> Erasure:
    """The request. Nobody sweeps again by itself, or with `late` even once."""
    rt, tenant = desk.bridge.engine.rt, desk.tenant.id
    cipher, whom = await rt.keyring.cipher(tenant), await Persons(rt.db).one(tenant, person)
    erasures = Erasures(rt.db, rt.keyring)
    async with rt.db.tenant(tenant) as connection:
        erasure = await erasures.ask(connection, cipher, whom, "tests")
        await connection.execute("update erasures set due_at = 'infinity' where id = $1", erasure.id)
    if not late:
        await _swept(rt, erasure, "swept_at")
    return erasure


async def _swept(rt: Runtime, erasure: Erasure, stage: str) -> None:
    """It falls due now; comes as far as that."""
    await rt.db.execute("update erasures set due_at = now() where id = $1", erasure.id)
    await erase(rt)
    reached = f"select {stage} is not null from erasures where id = $1"
    assert await eventually(lambda: rt.db.fetchval(reached, erasure.id), 10)


async def _left(db: Database, since: datetime) -> Mapping[str, int]:
    """How much there is of what came later."""
    row = await db.fetchrow(
        """
        select (select count(*) from messages where id >= xyper_first_id($1)) as messages,
          (select count(*) from ledger where event_id collate "C" >= xyper_first_id($1)) as ledger,
          (select count(*) from posts where event_id collate "C" >= xyper_first_id($1)) as posts,
          (select count(*) from traces where received_at > $1) as traces,
          (select count(*) from conversations where contact = $2) as conversations,
          (select count(*) from contacts where address = $2) as contacts,
          (select count(*) from contact_urns where urn = $2) as names,
          (select count(*) from threads where ended_at is null) as threads
        """,
        since, f"tel:+{MARIA}",
    )  # fmt: skip
    assert row is not None
    return dict(row)


async def _audit(db: Database) -> list[Any]:
    return await db.fetch("select action from audit where action like 'person.%' order by seq")


async def test_a_report_tells_everything_once_and_by_its_link_only(desk: Admin) -> None:
    status, told = await asked(desk, "POST", "reports", {"person": f"+{MARIA}"})
    assert status == 201, told
    body = await desk.bridge.world.fetch(told["url"])
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        texts = {name: archive.read(name) for name in archive.namelist()}
    assert WORDS[MARIA] in texts["messages.html"].decode()
    assert [one["direction"] for one in json.loads(texts["messages.json"])] == ["inbound", "inbound", "outbound"]
    assert json.loads(texts["conversations.json"])[0]["context"] == {"hobby": NOTED}
    assert json.loads(texts["person.json"])[0]["name"] == f"Name of {MARIA}"
    assert len(json.loads(texts["dead_letters.json"])) == 1
    assert PHOTO + MARIA.encode() in [texts[name] for name in texts if name.startswith("files/")]
    assert not any(PAUL.encode() in text for text in texts.values())
    await forgotten(desk, MARIA)
    async with aiohttp.ClientSession() as http, http.get(told["url"]) as answer:
        assert answer.status == 404


async def test_who_is_held_is_not_forgotten(desk: Admin) -> None:
    for person, keeps in ((f"+{MARIA}", MARIA), (None, PAUL)):
        status, hold = await asked(desk, "POST", "holds", {"person": person, "reason": "case 4711"})
        assert (status, hold["everybody"], MARIA in str(hold)) == (201, person is None, False)
        [found] = (await asked(desk, "POST", "search", {"person": f"+{keeps}"}))[1]["people"]
        assert (found["hold"], found["messages"]) == (hold["id"], 3)
        status, told = await asked(desk, "POST", "erasures", {"person": f"+{keeps}"})
        assert (status, hold["id"] in told["detail"]) == (409, True)
        assert (await asked(desk, "POST", f"holds/{hold['id']}/release", {"reason": "closed"}))[0] == 200
        assert (await asked(desk, "POST", f"holds/{hold['id']}/release", {"reason": "closed"}))[0] == 409
    assert len((await asked(desk, "GET", "holds"))[1]["holds"]) == 2
    noted = await desk.bridge.engine.rt.db.fetch("select action, body from audit where action like 'hold.%'")
    assert len(noted) == 4
    assert not any(word in line["body"] for line in noted for word in ("4711", "closed"))
    assert (await forgotten(desk, MARIA))["state"] == "done"


async def test_whom_nobody_knows(desk: Admin) -> None:
    assert (await asked(desk, "POST", "search", {"person": "+4930123456"}))[1] == {"people": []}
    assert (await asked(desk, "POST", "erasures", {"person": "+4930123456"}))[0] == 404
