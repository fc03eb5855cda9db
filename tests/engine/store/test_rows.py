"""Rows as one parameter come out as they went in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

AT = datetime(2026, 11, 22, 23, 59, 59, 123456, tzinfo=UTC)
KINDS = "a text, b smallint, c bigint, d boolean, e timestamptz, f text[], g float8, h jsonb"
ROWS: Sequence[Sequence[Any]] = (
    ("plain", 1, 2**62, True, AT, "{x,y}", 0.5, {"k": [1]}),
    ('"quoted" \\ {} \' é 🙂\n\t', -1, -1, False, AT, "{}", -1e300, []),
    (None, None, None, None, None, None, None, {"n": None}),
    ("", 0, 0, False, AT, "{}", 0.0, "text"),
    (None, None, None, None, None, None, None, None),
)


async def test_every_kind_of_value(db: Database) -> None:
    found = await db.fetch(f"select * from {given(KINDS)} g", ROWS)
    wanted = [[*row[:5], _list(row[5]), *row[6:]] for row in ROWS]
    assert [list(row) for row in found] == wanted


@pytest.mark.parametrize("kind", [one.split()[1] for one in KINDS.split(", ")])
async def test_nothing_is_null_in_every_kind_of_column(db: Database, kind: str) -> None:
    """JSON's null is a value of `jsonb`: as such it would win every `coalesce`."""
    assert await db.fetchval(f"select a is null from {given(f'a {kind}')} g", [[None]])


async def test_what_json_cannot_hold_travels_beside(db: Database) -> None:
    bodies = [b"\x00\xff", b"", None]
    found = await db.fetch(f"select * from {given('a text', 'b bytea')} g", [["x"], ["y"], ["z"]], bodies)
    assert [tuple(row) for row in found] == [("x", bodies[0]), ("y", bodies[1]), ("z", None)]


async def test_no_rows(db: Database) -> None:
    assert await db.fetch(f"select * from {given('a text, b jsonb')} g", []) == []


@pytest.mark.parametrize("kind", ["text", "timestamptz", "boolean"])
async def test_a_column_alone(db: Database, kind: str) -> None:
    assert await db.fetchval(f"select count(a) from {given(f'a {kind}')} g", [[None], [None]]) == 0


def _list(written: str | None) -> list[str] | None:
    return None if written is None else [word for word in written.strip("{}").split(",") if word]
