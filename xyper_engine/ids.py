"""Ids of ours and the moments in them: UUIDv7 (RFC 9562)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils import uuid7

_EPOCH = datetime.fromtimestamp(0, UTC)


def now() -> datetime:
    """The present moment, in UTC, with its zone."""
    return datetime.now(UTC)


def new_id() -> str:
    """A UUIDv7 (RFC 9562): sorts by time, so it also keeps the database's indexes compact."""
    return str(uuid7())


def first_id(at: datetime) -> str:
    """What is smaller than every id from this moment on, and greater than all before; in SQL, `xyper_first_id`."""
    text = f"{(at - _EPOCH) // timedelta(milliseconds=1):012x}"
    return f"{text[:8]}-{text[8:]}"


def made_at(id_: str) -> datetime:
    """When an id of ours was made: a UUIDv7 begins with it, in milliseconds."""
    return datetime.fromtimestamp((UUID(id_).int >> 80) / 1000, UTC)
