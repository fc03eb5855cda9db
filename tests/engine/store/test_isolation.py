"""A tenant's connection sees and writes nothing of another tenant, with no help from the SQL that is sent."""

from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from xyper_engine.store.db import Database

ROWS: dict[str, dict[str, Any]] = {
    "tenants": {"name": "A name"},
    "mapping_revisions": {"revision": 1},
    "parents": {"adapter": "whatsapp", "parent": "{tenant}"},
    "accounts": {"adapter": "whatsapp", "account": "{tenant}", "parent": "{tenant}"},
    "links": {
        "id": "{tenant}",
        "customer_adapter": "whatsapp",
        "customer_account": "{tenant}",
        "agent_adapter": "whatsapp",
        "agent_account": "{tenant}",
    },
    "hooks": {"id": "{tenant}", "adapter": "whatsapp"},
    "data_keys": {"id": "{tenant}", "master": "m", "wrapped": b"w"},
    "secrets": {"owner": "hook:{tenant}", "name": "secret", "key_id": "k", "sealed": b"s", "id": "{tenant}"},
    "secret_uses": {"id": "{tenant}", "used_at": datetime(2026, 11, 22, tzinfo=UTC)},
    "onboardings": {"by": {}},
    "onboarding_steps": {"adapter": "whatsapp", "account": "{tenant}", "step": "s", "place": 0, "title": "t"},
    "health": {"adapter": "whatsapp", "account": "{tenant}", "step": "s", "place": 0, "state": "ok"},
    "health_rounds": {"due_at": datetime(2026, 11, 22, tzinfo=UTC)},
    "budgets": {
        "share": 99.9,
        "seconds": 10,
        "good": 1,
        "total": 1,
        "kept": 1.0,
        "burn_hour": 0.0,
        "burn_six": 0.0,
        "burn_day": 0.0,
    },
    "alerts": {"id": "{tenant}", "topic": "dead", "subject": "s", "words": "w"},
    "alert_channels": {"id": "{tenant}", "kind": "email", "name": "n", "key_id": "k", "sealed": b"s"},
    "alert_posts": {"id": "{tenant}", "channel": "{tenant}", "body": {}},
    "challenges": {"hook": "{tenant}"},
    "conversations": {
        "id": "{tenant}",
        "customer_adapter": "whatsapp",
        "customer_account": "{tenant}",
        "agent_adapter": "genesys",
        "agent_account": "g",
        "contact": "tel:+1",
    },
    "threads": {"conversation": "{tenant}", "thread": "t", "reopened": False},
    "contexts": {
        "conversation": "{tenant}",
        "version": 1,
        "key_id": "k",
        "sealed": b"s",
        "expires_at": datetime(2026, 11, 22, tzinfo=UTC),
    },
    "sends": {
        "id": "{tenant}",
        "conversation": "{tenant}",
        "adapter": "genesys",
        "account": "g",
        "thread": "t",
        "person": "p",
        "session": "s",
        "key": "k",
        "digest": b"d",
        "line": b"l",
        "key_id": "k",
        "sealed": b"s",
    },
    "quick_replies": {"id": "{tenant}", "shortcut": "s", "text": "t"},
    "ledger": {"key": "{tenant}", "event_id": "e", "outcome": "delivered"},
    "posts": {
        "key": "{tenant}",
        "n": 0,
        "event_id": "e",
        "adapter": "whatsapp",
        "account": "{tenant}",
        "external_id": "x",
        "contact": "tel:+1",
        "origin_adapter": "genesys",
        "origin_account": "g",
        "last": True,
    },
    "dead_letters": {"id": "{tenant}", "source": "route", "queue": "q", "reason": "r", "body": b"b"},
    "pulses": {"engine": "{tenant}", "told": {}},
    "dead_replays": {"id": "{tenant}", "asked_by": "b", "rate": 1.0, "total": 0},
    "contacts": {"id": "{tenant}", "adapter": "whatsapp", "address": "tel:+1"},
    "consents": {
        "id": "{tenant}",
        "contact": "{tenant}",
        "kind": "marketing",
        "given": False,
        "source": "api",
        "at": datetime(2026, 11, 22, tzinfo=UTC),
        "by": "b",
    },
    "contact_urns": {"adapter": "whatsapp", "urn": "tel:+1", "contact": "{tenant}"},
    "messages": {
        "id": "0199-{tenant}",
        "adapter": "whatsapp",
        "account": "{tenant}",
        "external_id": "x",
        "direction": "inbound",
        "contact": "tel:+1",
        "occurred_at": datetime(2026, 11, 22, tzinfo=UTC),
        "key_id": "k",
        "sealed": b"s",
    },
    "api_keys": {"id": "{tenant}", "name": "A name", "hash": b"h", "actions": []},
    "idempotency_keys": {"caller": "key/1", "call": "POST /x", "key": "{tenant}", "digest": b"d"},
    "audit": {
        "chain": "{tenant}",
        "seq": 1,
        "who": "w",
        "action": "a",
        "subject": "s",
        "body": "{{}}",
        "hash": b"h",
    },
    "people": {
        "id": "{tenant}",
        "method": "genesys",
        "subject": "{tenant}",
        "role": "agent",
        "state": "active",
    },
    "sessions": {
        "id": "{tenant}",
        "person": "{tenant}",
        "address": "192.0.2.1",
        "agent": "",
        "expires_at": datetime(2026, 11, 22, tzinfo=UTC),
    },
    "sign_ins": {
        "id": "{tenant}",
        "secret_hash": b"h",
        "key_id": "k",
        "sealed": b"s",
        "expires_at": datetime(2026, 11, 22, tzinfo=UTC),
    },
    "vendor_tokens": {
        "session": "{tenant}",
        "adapter": "genesys",
        "account": "{tenant}",
        "key_id": "k",
        "sealed": b"s",
        "expires_at": datetime(2026, 11, 22, tzinfo=UTC),
    },
    "files": {
        "id": "{tenant}",
        "event_key": "{tenant}",
        "n": 0,
        "contact": "tel:+1",
        "state": "stored",
        "kind": "image",
        "mime": "image/png",
        "name": "a.png",
        "size": 1,
        "sha256": "ab",
    },
    "uploads": {
        "adapter": "whatsapp",
        "account": "{tenant}",
        "sha256": "ab",
        "mime": "image/png",
        "far_id": "1",
        "expires_at": datetime(2026, 11, 22, tzinfo=UTC),
    },
    "templates": {"adapter": "whatsapp", "account": "{tenant}", "name": "hello", "language": "en", "far_id": "1"},
    "traces": {
        "message": "{tenant}",
        "event_id": "{tenant}",
        "received_at": datetime(2026, 11, 22, tzinfo=UTC),
        "at": datetime(2026, 11, 22, tzinfo=UTC),
        "steps": "[]",
    },
    "reconciliations": {"id": "{tenant}", "cause": "asked", "since": datetime(2026, 11, 22, tzinfo=UTC)},
    "reconciled": {"reconciliation": "{tenant}", "conversation": "c", "calls": 1, "compared": 0},
    "findings": {
        "reconciliation": "{tenant}",
        "conversation": "c",
        "what": "missed",
        "key": "k",
        "occurred_at": datetime(2026, 11, 22, tzinfo=UTC),
    },
    "waiting": {
        "id": "{tenant}",
        "adapter": "whatsapp",
        "account": "{tenant}",
        "contact": "tel:+1",
        "key_id": "k",
        "sealed": b"s",
    },
    "holds": {
        "id": "{tenant}",
        "reason": "r",
        "held_by": "w",
        "released_at": datetime(2026, 11, 22, tzinfo=UTC),
        "released_by": "w",
        "released_why": "r",
    },
    "erasures": {"id": "{tenant}", "person": "p", "key_id": "k", "sealed": b"s", "asked_by": "w"},
    "tombstones": {"mark": 1, "erased_at": datetime(2026, 11, 22, tzinfo=UTC)},
    "access_reports": {
        "id": "{tenant}",
        "key_id": "k",
        "sealed": b"s",
        "expires_at": datetime(2026, 11, 22, tzinfo=UTC),
    },
    "statistics_hours": {
        "measure": "messages",
        "at": datetime(2026, 11, 22, tzinfo=UTC),
        "number": "whatsapp/{tenant}",
        "direction": "inbound",
        "kind": "text",
        "label": "delivered",
        "n": 1,
    },
    "statistics_days": {
        "measure": "messages",
        "at": date(2026, 11, 22),
        "number": "whatsapp/{tenant}",
        "direction": "inbound",
        "kind": "text",
        "label": "delivered",
        "n": 1,
    },
}

BORN = frozenset({"mapping_revisions"})
"""Tables whose row begins with the tenant."""
WRITTEN_ONCE = frozenset({"audit"})
"""Tables in which nobody may change or remove a row, not even its own."""


def insert(table: str, tenant: str) -> tuple[str, list[Any]]:
    row = {"id" if table == "tenants" else "tenant": tenant}
    row |= {key: value.format(tenant=tenant) if isinstance(value, str) else value for key, value in ROWS[table].items()}
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    return f"insert into {table} ({', '.join(row)}) values ({places})", list(row.values())


@pytest.fixture
async def filled(db: Database) -> Database:
    """One row of each table for the tenants a and b."""
    for table in [table for table in ROWS if table not in BORN]:
        for tenant in ("a", "b"):
            sql, values = insert(table, tenant)
            await db.execute(sql, *values)
    return db


async def test_every_table_with_a_tenant_is_in_this_proof(db: Database) -> None:
    found = await db.fetch("select table_name from information_schema.columns where column_name = 'tenant'")
    assert {row[0] for row in found} | {"tenants"} == set(ROWS)
    unprotected = await db.fetch(
        "select relname from pg_class where relname = any($1) and not (relrowsecurity and relforcerowsecurity)",
        list(ROWS),
    )
    assert unprotected == []


@pytest.mark.parametrize("table", ROWS)
async def test_a_tenant_touches_only_its_own(filled: Database, table: str) -> None:
    owner = "id" if table == "tenants" else "tenant"
    async with filled.tenant("a") as connection:
        assert [row[owner] for row in await connection.fetch(f"select * from {table}")] == ["a"]
        if table in WRITTEN_ONCE:
            return
        assert await connection.execute(f"update {table} set {owner} = {owner} where {owner} = 'b'") == "UPDATE 0"
        assert await connection.execute(f"delete from {table} where {owner} = 'b'") == "DELETE 0"
    assert await filled.fetchval(f"select count(*) from {table} where {owner} = 'b'") == 1


@pytest.mark.parametrize("table", WRITTEN_ONCE)
@pytest.mark.parametrize("change", ["update {} set tenant = 'a'", "delete from {}"])
async def test_what_was_written_stays(filled: Database, table: str, change: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await filled.execute(change.format(table))


@pytest.mark.parametrize("table", ROWS)
async def test_a_tenant_writes_nothing_in_another_name(filled: Database, table: str) -> None:
    sql, values = insert(table, "c")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with filled.tenant("a") as connection:
            await connection.execute(sql, *values)


PROOFS = ("credentials", "recovery_codes", "one_time_tokens", "sign_in_tries", "refresh_tokens", "signing_keys")


@pytest.mark.parametrize("table", PROOFS)
async def test_what_proves_people_is_no_tenants_to_see(filled: Database, table: str) -> None:
    async with filled.tenant("a") as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await connection.fetch(f"select * from {table}")


async def test_without_a_name_nothing_is_seen(filled: Database) -> None:
    for nobody in ("", "no-such-tenant"):
        async with filled.tenant(nobody) as connection:
            assert await connection.fetch("select * from tenants") == []


async def test_the_name_ends_with_the_transaction(filled: Database) -> None:
    async with filled.tenant("a"):
        pass
    assert await filled.fetchval("select current_user") == "xyper_engine"
    assert await filled.fetchval("select coalesce(current_setting('xyper.tenant', true), '')") == ""


async def test_a_superuser_login_is_bound_as_well(filled: Database) -> None:
    who = await filled.fetchrow("select session_user, rolsuper from pg_roles where rolname = session_user")
    assert who is not None
    assert who["rolsuper"]
    assert await filled.fetchval("select rolsuper or rolbypassrls from pg_roles where rolname = current_user") is False
    async with filled.connection() as connection:
        await connection.execute("reset all")
        await connection.execute("reset role")
        assert await connection.fetchval("select current_user") == "xyper_engine"


async def test_a_link_cannot_reach_into_another_tenant(filled: Database) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await filled.execute("insert into links values ('x', 'a', 'whatsapp', 'a', 'whatsapp', 'b')")
