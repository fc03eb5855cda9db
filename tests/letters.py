"""Dead letters as tests deal with them: buried by the hundred, or replayed as the command line would."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.engine.test_model import MESSAGE
from xyper_engine.access.caller import Caller
from xyper_engine.dead_office import DeadOffice
from xyper_engine.model import Direction, Message, dump, now
from xyper_engine.runtime import Runtime
from xyper_engine.state.dead_letters import DeadLetter
from xyper_engine.state.dead_replays import Replay
from xyper_engine.state.dead_search import Wanted


async def replay(rt: Runtime, ids: Sequence[str] | None = None, rate: float = 1000.0) -> Sequence[Replay]:
    """Ask for these, or for all that wait."""
    office = DeadOffice(rt.db, rt.keyring)
    return (await office.replay(Caller.host(), None, Wanted(ids=ids), rate)).replays


def message(name: str, text: str = "hello", tenant: str = "acme") -> Message:
    """An agent's, with an id that is `name`."""
    parts = [{"type": "text", "text": text}]
    values = {**MESSAGE.model_dump(), "id": name, "external_id": name, "tenant": tenant, "parts": parts}
    return Message.model_validate({**values, "direction": Direction.outbound})


def letter(
    name: str, *, tenant: str | None = "acme", reason: str = "rejected", code: str = "", died_at: datetime | None = None
) -> DeadLetter:
    event = message(name, tenant=tenant or "")
    return DeadLetter(
        name, tenant, "route", f"out.{tenant}", name, "genesys", "1", None, reason, "", dump(event), died_at or now(),
        code=code, direction="outbound",
    )  # fmt: skip


async def bury_many(rt: Runtime, count: int, tenant: str = "acme") -> None:
    """Quickly: rows as they are, of five causes, a second apart."""
    first = letter("0")
    await rt.dead_letters.bury(first)
    await rt.db.execute(_COPY, first.id, count, tenant, now() - timedelta(hours=3))


_COPY = """
insert into dead_letters (id, tenant, source, queue, event_id, adapter, account, reason, code, direction, body, key_id,
                          died_at)
select lpad(n::text, 8, '0'), $3, source, queue, n::text, adapter, account, reason, (n % 5)::text, direction,
  body || repeat('x', 3000)::bytea, key_id, $4::timestamptz + n * interval '1 second'
from dead_letters, generate_series(1, $2::int) n where id = $1
"""
