"""Traces kept: none is refused, whatever the clock says; what is lost is counted; what is old goes by the day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import asyncpg
import orjson
import pytest

from tests.conftest import Configure
from tests.engine.state.test_ledger import receipt
from tests.engine.test_model import CONTACT, MESSAGE
from xyper_engine import tracing
from xyper_engine.broker.port import Outgoing
from xyper_engine.errors import Unavailable
from xyper_engine.metrics import Metrics
from xyper_engine.model import AnyEvent, Message, Status, Typing, new_id, now
from xyper_engine.spans import Spans
from xyper_engine.state import traces as module
from xyper_engine.state.timeline import timelines
from xyper_engine.state.traces import Traces
from xyper_engine.store.db import Database
from xyper_engine.tracing import UNTRACED, Trace

At = Callable[[datetime], None]


@pytest.fixture
def traces(db: Database, configure: Configure) -> Traces:
    settings, metrics = configure(), Metrics()
    return Traces(db, metrics, settings, Spans(settings.otel, metrics, None))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> At:
    """That of the traces: the database's goes right."""

    def turn(at: datetime) -> None:
        for one in (tracing, module):
            monkeypatch.setattr(one, "time", SimpleNamespace(time=at.timestamp))

    return turn


def said(**more: Any) -> Message:
    return MESSAGE.model_copy(update={"id": new_id(), "tenant": "acme", **more})


def begun(traces: Traces, event: AnyEvent, *, again: bool = False) -> Trace:
    return traces.begin(event, event.received_at.timestamp(), again=again)


async def keep(traces: Traces, **more: Any) -> str:
    """One message's trace, as it is written; its id."""
    message = said(**more)
    traces.ended(begun(traces, message), "delivered", "")
    await traces.flush()
    return message.id


async def places(db: Database) -> list[str]:
    return [row["place"] for row in await db.fetch("select tableoid::regclass::text as place from traces order by at")]


def lost(traces: Traces) -> float | None:
    return traces._metrics.registry.get_sample_value("xyper_traces_lost_total")


@pytest.mark.parametrize("days", [-4000, 2, 4000])
async def test_none_is_refused_whatever_the_clock_says(db: Database, traces: Traces, clock: At, days: int) -> None:
    clock(datetime.now(UTC) + timedelta(days=days))
    id_ = await keep(traces)
    async with db.connection() as connection:
        [line] = await timelines(connection, id_, "acme")
    assert (line.outcome, lost(traces)) == ("delivered", 0)
    assert (await places(db) == ["traces_other"]) == (days != 2)


async def test_what_is_replayed_long_afterwards_is_a_trace_of_today(db: Database, traces: Traces) -> None:
    await keep(traces, received_at=now() - timedelta(days=90))
    assert await places(db) == [f"traces_{datetime.now(UTC):%Y%m%d}"]


async def test_where_nobody_made_room_in_time_it_is_made_later_and_strays_move_in(
    db: Database, traces: Traces, clock: At
) -> None:
    day = datetime.now(UTC) + timedelta(days=4)
    clock(day)
    await keep(traces)
    assert await db.fetchval("select xyper_extend_traces(4)") == 2
    assert await places(db) == [f"traces_{day:%Y%m%d}"]
    assert await db.fetchval("select xyper_extend_traces(4)") == 0


async def test_old_days_go_as_a_whole_and_strays_with_them(db: Database, url: str, traces: Traces, clock: At) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "create table traces_20260101 partition of traces for values from ('2026-01-01 Z') to ('2026-01-02 Z')"
    )
    await connection.close()
    for at in (datetime(2026, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC), datetime.now(UTC)):
        clock(at)
        await keep(traces)
    assert (await places(db))[:2] == ["traces_other", "traces_20260101"]
    assert await traces.sweep() == 1
    assert await places(db) == [f"traces_{datetime.now(UTC):%Y%m%d}"]
    assert await traces.sweep() == 0


async def test_each_tenants_are_kept_as_long_as_it_says(db: Database, traces: Traces, clock: At) -> None:
    await db.execute(
        "insert into tenants (id, name, policy) values ('brief', 'B', $1), ('long', 'L', $2)",
        {"trace_days": 2}, {"trace_days": 30},
    )  # fmt: skip
    clock(datetime.now(UTC) - timedelta(days=3))
    for tenant in ("brief", "long"):
        await keep(traces, tenant=tenant)
    clock(datetime.now(UTC))
    await keep(traces, tenant="brief")
    await traces.sweep()
    rows = await db.fetch("select tenant from traces order by at")
    assert [row["tenant"] for row in rows] == ["long", "brief"]


async def test_while_somebody_reads_for_long_nothing_is_made_or_dropped_and_nobody_fails(
    db: Database, url: str, traces: Traces
) -> None:
    reader = await asyncpg.connect(url)
    async with reader.transaction():
        await reader.execute("select * from traces")
        assert await db.fetchval("select xyper_extend_traces(9)") == 0
        assert await db.fetchval("select xyper_drop_traces(-9)") == 0
        await keep(traces)
    await reader.close()
    assert await db.fetchval("select xyper_drop_traces(-9)") == 3


async def test_more_than_there_is_room_for_are_lost_and_counted(
    db: Database, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROOM", 3)
    monkeypatch.setattr(module, "GROUP", 2)
    for _ in range(5):
        traces.ended(begun(traces, said()), "delivered", "")
    await traces.flush()
    assert (await db.fetchval("select count(*) from traces"), lost(traces)) == (3, 2)
    await keep(traces)
    assert (await db.fetchval("select count(*) from traces"), lost(traces)) == (4, 2)


async def test_while_the_database_is_away_they_wait(
    db: Database, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(traces, "_write", away)
        await keep(traces)
    assert await places(db) == []
    await traces.flush()
    assert (len(await places(db)), lost(traces)) == (1, 0)


async def test_what_cannot_be_written_costs_only_itself(db: Database, traces: Traces) -> None:
    trace = begun(traces, said())
    trace.within("a zero byte: \x00")
    traces.ended(trace, "delivered", "")
    await traces.flush()
    assert lost(traces) == 1
    await keep(traces)
    assert len(await places(db)) == 1


async def test_the_edges_note_is_part_of_it_with_an_id_that_is_one(db: Database, traces: Traces) -> None:
    for request, facts in (("req-1", {"request": "req-1"}), ("<b>Maria</b>", {}), (None, {})):
        message = said()
        traces.stored([Outgoing("q", message.id, b"")], request)
        traces.ended(begun(traces, message, again=True), "filtered", "ledger")
        await traces.flush()
        steps = orjson.loads(await db.fetchval("select steps from traces where message = $1", message.id))
        assert [(what, told) for _, what, told in steps] == [
            ("stored", facts),
            ("taken", {"kind": "message", "direction": message.direction, "again": True}),
            ("ended", {"outcome": "filtered", "why": "ledger"}),
        ]


async def test_what_the_edge_noted_is_forgotten_where_nobody_takes_it(
    traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROOM", 2)
    for n in range(4):
        traces.stored([Outgoing("q", str(n), b"")], None)
    assert list(traces._stored) == ["2", "3"]


async def test_a_receipt_that_concerned_nobody_else_is_no_row(db: Database, traces: Traces) -> None:
    for calls, outcome, rows in ((0, "filtered", 0), (1, "filtered", 1), (0, "delivered", 2)):
        trace = begun(traces, receipt(Status.failed, "wamid.1").model_copy(update={"tenant": "acme"}))
        for _ in range(calls):
            with trace.call("POST", "/receipt", {}) as call:
                call.answered(200, {})
        traces.ended(trace, outcome, "")
        await traces.flush()
        assert len(await places(db)) == rows


async def test_typing_is_nothing_to_remember(traces: Traces) -> None:
    typing = Typing(
        direction=MESSAGE.direction, origin=MESSAGE.origin, tenant="acme", contact=CONTACT, external_id="t",
        occurred_at=now(),
    )  # fmt: skip
    assert begun(traces, typing) is UNTRACED
    traces.tried(UNTRACED, "away", 1.0)
    traces.ended(UNTRACED, "filtered", "")
    assert not traces._waiting


async def test_bodies_are_told_by_their_shape_where_a_call_was_not_taken(db: Database, traces: Traces) -> None:
    trace = begun(traces, said())
    for status in (200, 400):
        with trace.call("POST", "/m", {"text": "secret", "type": "text"}) as call:
            call.answered(status, {"code": status}, "corr-1")
    traces.tried(trace, "rejected", None)
    await traces.flush()
    steps = orjson.loads(await db.fetchval("select steps from traces"))
    taken, refused = (facts for _, what, facts in steps if what == "called")
    assert ("sent" in taken, taken["correlation"]) == (False, "corr-1")
    assert (refused["sent"], refused["answer"]) == ({"text": "<6 characters>", "type": "text"}, {"code": 400})
    assert steps[-1][1:] == ["given up", {"reason": "rejected"}]
