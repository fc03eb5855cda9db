"""To forget a person: all that is stored of them goes, in small steps, each of which can be done again.

What bears their name goes by it; what belongs to their messages goes by those; and what merely mentions them (a far
side's id has the number within it, a dead letter is a whole body) is opened and searched. Bytes that another person's
message brought too stay that one's. Statistics and the audit hold nobody.

Only what came until the moment of the request goes: who writes after it is somebody new, who may be in the middle of a
conversation when this is done a second time. When an event came is told by its id.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from xyper_engine.errors import NotFound
from xyper_engine.keyring import Keyring
from xyper_engine.media.port import MediaStore
from xyper_engine.state import whereabouts as find
from xyper_engine.state.access_reports import opened_names
from xyper_engine.state.consents import Consents
from xyper_engine.state.contexts import Contexts
from xyper_engine.state.dead_letters import bound as letter_bound
from xyper_engine.state.erasures import Erasure, removed
from xyper_engine.state.mapping import Mappings
from xyper_engine.state.persons import Person
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

_PATIENT = 600.0
"""Seconds for one statement: who looks within ids reads a table as a whole."""


class Eraser:
    def __init__(
        self,
        db: Database,
        keyring: Keyring,
        store: MediaStore,
        contexts: Contexts,
        mapping: Mappings,
        consents: Consents,
    ) -> None:
        self._db = db
        self._keyring = keyring
        self._store = store
        self._contexts = contexts
        self._mapping = mapping
        self._consents = consents

    async def sweep(self, erasure: Erasure, person: Person) -> None:
        """All of it. Raises `Unavailable`: what was not done is done next time."""
        work = _Sweep(self, erasure, person)
        for step in (work.messages, work.mentions, work.letters, work.answers, work.reports):
            await step()
        for step in (work.conversations, work.contacts):
            await step()
            await self._mapping.moved(person.tenant)


class _Sweep:
    def __init__(self, eraser: Eraser, erasure: Erasure, person: Person) -> None:
        self._of = eraser
        self._erasure = erasure.id
        self._until = erasure.asked_at
        self._tenant = person.tenant
        self._person = person
        self._names = list(person.names)
        self._patterns = list(person.patterns)

    async def messages(self) -> None:
        """With what became of each, and their files."""
        async for rows in self._batches(find.MESSAGES, self._names, self._until):
            await self._forget([row["key"] for row in rows], [row["id"] for row in rows])

    async def mentions(self) -> None:
        """What was never kept whole: its id is in the ledger, in what was posted, or in a file's row."""
        for sql in (find.FILES, find.POSTED, find.ENDED):  # a file's age is told by the ledger, too
            after = ""
            while rows := await self._fetch(
                sql, self._tenant, self._names, self._patterns, after, 10 * find.BATCH, self._until
            ):
                after = rows[-1]["key"]
                theirs = [row for row in rows if row["named"] or self._person.mentioned(row["text"].encode())]
                if theirs:
                    await self._forget([row["key"] for row in theirs], [one for row in theirs for one in row["events"]])

    async def conversations(self) -> None:
        """With their contexts and threads, what waits in them, and what a comparison with the far side found."""
        await self._aliases()
        async for rows in self._batches(find.CONVERSATIONS, self._names, self._until):
            ids = [row["id"] for row in rows]
            threads = await self._fetch(find.THREADS, self._tenant, ids)
            async with self._step() as counted:
                await counted.gone("traces", "traces", "conversation = any($2::text[])", ids)
                await counted.gone("findings", "findings", "conversation = any($2)", ids)
                await counted.gone("findings", "reconciled", "conversation = any($2)", ids)
                await counted.gone("sends", "sends", "conversation = any($2::text[])", ids)
                await counted.connection.execute(find.SESSIONS, self._tenant, ids)
                await counted.gone("conversations", "conversations", "id = any($2)", ids)
                await self._uncached(rows, threads)
        await self._renewed()

    async def _aliases(self) -> None:
        """Another contact's conversation goes on without a name that has become this person's."""
        async with self._step() as counted:
            await counted.connection.execute(find.ALIASES, self._tenant, self._names, timeout=_PATIENT)

    async def _renewed(self) -> None:
        """Those that went on when this was asked for: what was in them before goes, once; the rest is a new one's.

        Their contexts go whole: a value does not tell when it was noted.
        """
        rows = await self._fetch(find.RENEWED, self._tenant, self._names, self._until)
        ids = [row["id"] for row in rows]
        threads = await self._fetch(find.EARLIER, self._tenant, ids, self._until)
        async with self._step() as counted:
            old = (ids, self._until)
            await counted.gone("traces", "traces", "conversation = any($2::text[]) and received_at <= $3", *old)
            await counted.gone("findings", "findings", "conversation = any($2::text[]) and occurred_at <= $3", *old)
            await counted.gone("findings", "reconciled", "conversation = any($2::text[]) and at <= $3", *old)
            await counted.gone("sends", "sends", "conversation = any($2::text[]) and id < xyper_first_id($3)", *old)
            await counted.gone("contexts", "contexts", "conversation = any($2::text[])", ids)
            await counted.gone("threads", "threads", "conversation = any($2::text[]) and ended_at <= $3", *old)
            await counted.connection.execute(find.ANEW, self._tenant, ids)
            await self._uncached(rows, threads)

    async def _uncached(self, rows: Sequence[Any], threads: Sequence[Any]) -> None:
        """Before it is certain: whatever breaks off, the rows still tell what the cache is to forget."""
        for row in rows:
            await self._of._contexts.forget(row["id"], row["context_version"])
            own = [one["thread"] for one in threads if one["conversation"] == row["id"]]
            await self._of._mapping.forget(self._tenant, row["id"], own)

    async def letters(self) -> None:
        """Dead letters are searched: one that nobody could read is no person's by any column."""
        after = ""
        while rows := await self._fetch(find.LETTERS, self._tenant, after, find.BATCH, self._until):
            after = rows[-1]["id"]
            ids = [row["id"] for row in rows if await self._told(row)]
            # Not as the tenant: some are no tenant's.
            async with self._of._db.transaction() as connection:
                await connection.execute("delete from dead_letters where id = any($1::text[])", ids)
                await removed(connection, self._erasure, {"dead_letters": len(ids)})

    async def _told(self, letter: Any) -> bool:
        """Also in why it died, which a vendor or a plugin put into words."""
        if self._person.mentioned(letter["detail"].encode()):
            return True
        return await self._mentioned(letter, "body", letter_bound(letter["tenant"], letter["id"]))

    async def answers(self) -> None:
        """The API's answers that are kept for whoever repeats a call."""
        rows = await self._fetch(find.ANSWERS, self._tenant, self._until)
        told = [row for row in rows if await self._mentioned(row, "sealed", "|".join(("idempotency", *_answer(row))))]
        async with self._step() as counted:
            for row in told:
                await counted.gone("answers", "idempotency_keys", "(caller, call, key) = ($2, $3, $4)", *_answer(row))

    async def reports(self) -> None:
        """Access reports that somebody might still fetch."""
        rows = await self._fetch(find.REPORTS, self._tenant, self._until)
        about = [row["id"] for row in rows if set(self._names) & set(await opened_names(self._of._keyring, row))]
        async with self._step() as counted:
            await counted.gone("reports", "access_reports", "id = any($2::text[])", about)

    async def contacts(self) -> None:
        """At the end: by them the rest is found. Whoever writes again stays known, by what they are called then."""
        names, own = self._names, list(self._person.contacts)
        async with self._step() as counted:
            old = 'contact = any($2::text[]) and id collate "C" < xyper_first_id($3)'
            await counted.gone("waiting", "waiting", old, names, self._until)
            await counted.gone("holds", "holds", "released_at is not null and names && $2::text[]", names)
            if await counted.connection.fetchval(find.WRITES_AGAIN, self._tenant, names, self._until, timeout=_PATIENT):
                await counted.connection.execute(find.UNPROVED, self._tenant, own, names, self._until)
                return
            of_urn, of_contact = "(contact = any($2) or urn = any($3))", "(id = any($2) or address = any($3))"
            await self._consents(counted)
            await counted.gone("names", "contact_urns", of_urn, own, names)
            await counted.gone("contacts", "contacts", of_contact, own, names)

    async def _consents(self, counted: "_Counted") -> None:
        """Whoever opted out must not be written to after this either: of their decisions keyed hashes stay."""
        for row in await counted.connection.fetch(
            find.CONTACTS, self._tenant, list(self._person.contacts), self._names
        ):
            kept = await self._of._consents.forget(counted.connection, self._tenant, row["id"])
            counted.counts["consents"] = counted.counts.get("consents", 0) + kept

    async def _forget(self, keys: Sequence[str], ids: Sequence[str]) -> None:
        """Events, with all that is known of them."""
        async with self._step() as counted:
            posted = await self._fetch(find.POSTS_OF, list(keys))
            events = [*ids, *(row["event_id"] for row in posted)]
            await self._drop_files(counted.connection, keys)
            await counted.gone("files", "files", "event_key = any($2::text[])", keys)
            await counted.gone("traces", "traces", "(message = any($2::text[]) or event_id = any($2::text[]))", events)
            await counted.gone("findings", "findings", "key = any($2::text[])", [*keys, *events])
            await counted.gone("waiting", "waiting", "id = any($2::text[])", events)
            await counted.gone("posts", "posts", "key = any($2::text[])", keys)
            await counted.gone("ledger", "ledger", "key = any($2::text[])", keys)
            await counted.gone("messages", "messages", "id = any($2::text[])", ids)

    async def _drop_files(self, connection: "Connection", keys: Sequence[str]) -> None:
        """The bytes go before the rows do: whatever breaks off, the rows still tell what is to go."""
        await connection.fetch(find.LOCKED, self._tenant, list(keys))
        for row in await connection.fetch(find.ALONE, self._tenant, list(keys)):
            if row["object"]:
                await self._of._store.delete(row["object"])
            await connection.execute(
                "delete from uploads where (tenant, sha256) = ($1, $2)", self._tenant, row["sha256"]
            )

    async def _mentioned(self, row: Any, column: str, bound: str) -> bool:
        body: bytes = row[column]
        if row["key_id"] is not None:
            try:
                body = await self._of._keyring.open(row["tenant"], row["key_id"], body, bound)
            except NotFound:  # its key was destroyed, so it says nothing to anybody
                return False
        return self._person.mentioned(body)

    async def _batches(self, sql: str, *values: object) -> AsyncIterator[Sequence[Any]]:
        """Until there are none: who handles a batch removes it."""
        while rows := await self._fetch(sql, self._tenant, *values):
            yield rows

    async def _fetch(self, sql: str, *values: object) -> Sequence[Any]:
        async with self._of._db.connection() as connection:
            return await connection.fetch(sql, *values, timeout=_PATIENT)

    @asynccontextmanager
    async def _step(self) -> AsyncIterator["_Counted"]:
        """One transaction; what it removed is noted in it."""
        async with self._of._db.tenant(self._tenant) as connection:
            counted = _Counted(connection, self._tenant)
            yield counted
            await removed(connection, self._erasure, counted.counts)


class _Counted:
    """Deletes, and counts what went."""

    def __init__(self, connection: "Connection", tenant: str) -> None:
        self.connection = connection
        self.counts: dict[str, int] = {}
        self._tenant = tenant

    async def gone(self, kind: str, table: str, which: str, *values: object) -> None:
        """Delete from a table of the tenant's; `which` counts its values from $2."""
        sql = f"delete from {table} where tenant = $1 and {which}"  # noqa: S608  constants
        done = await self.connection.execute(sql, self._tenant, *values, timeout=_PATIENT)
        self.counts[kind] = self.counts.get(kind, 0) + int(done.rpartition(" ")[2])


def _answer(row: Any) -> tuple[str, str, str]:
    """What names it."""
    return row["caller"], row["call"], row["key"]
