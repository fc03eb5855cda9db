"""Fills a database with messages as they would lie there after months, with their posts, lines in the ledger, traces.

Tables are filled without indices, a month of messages by one of two processes (`filler.py`), and get them when all is
in. Traces are there for as many days as is usual. Meanwhile the server does not wait for its disk.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.bench.filler import CONTACTS, DAYS, Span, session
from tests.bench.helper import Helper, helper
from xyper_engine.keyring import Keyring
from xyper_engine.model import now
from xyper_engine.policy import Policy
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.store.db import open_database

if TYPE_CHECKING:
    from tests.bench.filler import Session

PROCESSES = 2


async def fill(settings: Settings, url: str, messages: int, tenants: int) -> float:
    """Fill the database at this address, which engines with these settings serve; the seconds it took."""
    began = time.monotonic()
    await _begin(settings, tenants)
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(_session(url)) for _ in range(2)]
        await stack.enter_async_context(_hasty(first))
        later = {table: await _without_indices(first, table) for table in ("posts", "ledger")}
        asked = {"data_dir": str(settings.data_dir), "url": url, "tenants": tenants, "messages": messages,
                 "began": (now() - timedelta(days=DAYS)).isoformat(), "indices": await _of_month(first)}  # fmt: skip
        await _months(asked)
        await asyncio.gather(_run(first, (*_MESSAGES, *later["ledger"])), _run(second, later["posts"]))
        await _run(first, _REST)
        await _traces(first)
        await first.execute("vacuum analyze")
    return time.monotonic() - began


async def sizes(url: str, messages: int, most: int = 12) -> Mapping[str, float]:
    """Bytes a message: all of it, and the largest tables and indices, those of partitions together."""
    async with _session(url) as connection:
        whole = await connection.fetchval("select pg_database_size(current_database())")
        rows = await connection.fetch(_SIZES, most)
    return {"all": whole / messages, **{row["name"]: row["size"] / messages for row in rows}}


async def _begin(settings: Settings, tenants: int) -> None:
    """The tenants, each with its data key: no two processes shall make one."""
    async with open_database(settings) as db:
        await db.execute("insert into tenants (id, name) select 'load' || n, 'L' from generate_series(0, $1) n",
                         tenants - 1)  # fmt: skip
        keyring = Keyring(db, Sealer.from_settings(settings))
        for n in range(tenants):
            await keyring.cipher(f"load{n}")


async def _months(asked: Mapping[str, Any]) -> None:
    """Whoever of the processes is free takes the next."""
    months = iter(list(_numbers(Span(datetime.fromisoformat(asked["began"]), asked["messages"]))))
    async with AsyncExitStack() as stack:
        made = [(await stack.enter_async_context(helper("tests.bench.filler")))[0] for _ in range(PROCESSES)]
        await asyncio.gather(*(_work(process, months, asked) for process in made))


async def _work(process: Helper, months: Iterator[tuple[str, tuple[int, int]]], asked: Mapping[str, Any]) -> None:
    for table, numbers in months:
        answer = await process.ask(table=table, numbers=numbers, **asked)
        assert answer["made"] == numbers[1] - numbers[0]


def _numbers(span: Span) -> Iterator[tuple[str, tuple[int, int]]]:
    """Each month's table, and the numbers of its messages."""
    last = span.at(span.messages - 1)
    for month in range(_month_of(span.began), _month_of(last) + 1):
        bounds = [datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in (month, month + 1)]
        yield f"messages_load_{month}", (span.first(bounds[0]), span.first(bounds[1]))


def _month_of(at: datetime) -> int:
    return at.year * 12 + at.month - 1


@asynccontextmanager
async def _session(url: str) -> AsyncIterator["Session"]:
    opened = await session(url)
    try:
        yield opened
    finally:
        await opened.close()


@asynccontextmanager
async def _hasty(connection: "Session") -> AsyncIterator[None]:
    """The server does not wait for its disk, and writes no page twice."""
    await _run(connection, [f"alter system set {name} = {value}" for name, value in _HASTE.items()])
    await connection.execute("select pg_reload_conf()")
    try:
        yield
    finally:
        await _run(connection, [f"alter system reset {name}" for name in _HASTE])
        await _run(connection, ("select pg_reload_conf()", "checkpoint"))


async def _run(connection: "Session", statements: Sequence[str]) -> None:
    for sql in statements:
        await connection.execute(sql)


async def _without_indices(connection: "Session", table: str) -> Sequence[str]:
    """Drops them and the primary key; the statements that make them again."""
    found = await connection.fetch(_INDICES, table)
    await _run(connection, [row["gone"] for row in found])
    return [row["made"] for row in found]


async def _of_month(connection: "Session") -> Sequence[str]:
    """What makes the indices that a month needs to become a partition, and the one of its own."""
    rows = await connection.fetch(_INDICES, "messages")
    made = [row["made"].replace(" ON ONLY public.messages ", " ON {table} ") for row in rows if not row["key"]]
    plain = [" ON ".join(("create index", sql.split(" ON ", 1)[1])) for sql in made]
    return ["alter table {table} add primary key (id)", *plain,
            "create unique index on {table} (adapter, account, external_id)"]  # fmt: skip


async def _traces(connection: "Session") -> None:
    """Of each message of the last days, as one engine would have told them, and of its read receipt."""
    days = Policy().trace_days
    await connection.execute(_TRACED_DAYS.replace("{days}", str(days)))
    for sql in _TRACES:
        await connection.execute(sql, days)


_HASTE = {"fsync": "off", "full_page_writes": "off"}

_INDICES = """
select c.conname is not null as key,
  case when c.conname is null then format('drop index %s', i.indexrelid::regclass)
    else format('alter table %s drop constraint %I', i.indrelid::regclass, c.conname) end as gone,
  case when c.conname is null then pg_get_indexdef(i.indexrelid)
    else format('alter table %s add constraint %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
    end as made
from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype = 'p'
where i.indrelid = $1::text::regclass order by 1 desc
"""

_SIZES = r"""
select regexp_replace(relname, '\d{5,8}', '…') as name, sum(pg_relation_size(oid))::float8 as size from pg_class
where relkind in ('r', 'i', 't') and relnamespace in ('public'::regnamespace, 'pg_toast'::regnamespace)
group by 1 order by 2 desc limit $1
"""

# The months make room for what an engine made when it started, save the present one's and those to come.
_MESSAGES = (
    "drop table messages_before",
    """
    do $$
    declare
      load record;
      month timestamptz;
    begin
      for load in select relname, substring(relname from '[0-9]+$')::int as n from pg_class
        where relname ~ '^messages_load_[0-9]+$' order by 2
      loop
        month := make_timestamptz(load.n / 12, load.n % 12 + 1, 1, 0, 0, 0, 'UTC');
        execute format('alter table messages attach partition %I for values from (%L) to (%L)', load.relname,
          xyper_first_id(month), xyper_first_id(month + interval '1 month'));
      end loop;
    end $$
    """,
)

# Every contact's conversation goes on at the agents' side.
_REST = (
    """insert into accounts (tenant, adapter, account)
       select id, a, id from tenants, unnest(array['whatsapp', 'genesys']) a where starts_with(id, 'load')
       on conflict do nothing""",
    f"""insert into conversations (id, tenant, customer_adapter, customer_account, agent_adapter, agent_account,
         contact, thread)
       select id || contact, id, 'whatsapp', id, 'genesys', id, contact, md5(id || contact)::uuid::text
       from (select id, 'tel:+4915' || lpad(substr(id, 5), 2, '0') || lpad(n::text, 7, '0') as contact
             from tenants, generate_series(0, {CONTACTS - 1}) n where starts_with(id, 'load')) t""",
    """insert into threads (conversation, tenant, thread, reopened, check_at)
       select id, tenant, thread, false, now() + interval '1 day' from conversations
       where starts_with(tenant, 'load')""",
)

# As `xyper_extend_traces` makes those of today and the days to come.
_TRACED_DAYS = """
do $$
declare
  day date;
  name text;
begin
  for n in 1..{days} loop
    day := current_date - n;
    name := 'traces_' || to_char(day, 'YYYYMMDD');
    execute format('create table public.%I (like traces including defaults)', name);
    execute format('alter table traces attach partition public.%I for values from (%L) to (%L)', name, day, day + 1);
  end loop;
end $$
"""

_TRACES = (
    """
    insert into traces (tenant, message, event_id, conversation, received_at, at, steps)
    select tenant, id, id, tenant || contact, occurred_at, occurred_at + interval '120 ms', jsonb_build_array(
      jsonb_build_array(2.1, 'stored', jsonb_build_object('request', md5(id))),
      jsonb_build_array(4.3, 'taken', '{"kind": "message", "direction": "inbound"}'::jsonb),
      jsonb_build_array(5.2, 'transformer', '{"name": "language", "did": "changed", "ms": 0.2}'::jsonb),
      jsonb_build_array(6.0, 'rendered', '{"payloads": 1}'::jsonb),
      jsonb_build_array(6.4, 'waited for the rate limit', '{"ms": 31.5}'::jsonb),
      jsonb_build_array(38.2, 'called', jsonb_build_object('method', 'POST', 'status', 202, 'ms', 74.6, 'route',
        '/api/v2/conversations/messages/{integration}/inbound/open/message', 'correlation', md5(id)::uuid)),
      jsonb_build_array(115.9, 'ended', '{"outcome": "delivered"}'::jsonb))::text
    from messages where id >= xyper_first_id(current_date - $1::int)
    """,
    """
    insert into traces (tenant, message, event_id, conversation, received_at, at, steps)
    select tenant, message, md5(message)::uuid::text, conversation, at, at + interval '90 ms', jsonb_build_array(
      jsonb_build_array(3.0, 'taken', '{"kind": "receipt", "direction": "outbound", "status": "read"}'::jsonb),
      jsonb_build_array(4.1, 'called', jsonb_build_object('method', 'POST', 'status', 200, 'ms', 81.0, 'route',
        '/{version}/{phone_number_id}/messages', 'correlation', md5(message))),
      jsonb_build_array(86.0, 'ended', '{"outcome": "delivered"}'::jsonb))::text
    from traces where event_id = message and at >= current_date - $1::int and starts_with(tenant, 'load')
    """,
)
