"""The second factor of those who sign in here: codes of an authenticator app (TOTP, RFC 6238), each good once, and
recovery codes for the day on which the phone is gone."""

import hashlib
import hmac
import time
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from os import urandom
from typing import TYPE_CHECKING, Any

import segno
from pyotp.totp import TOTP

from xyper_engine.keyring import Keyring
from xyper_engine.sealing import context
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

STEP = 30
"""Seconds a code is shown; the one before and the one after are taken as well."""
RECOVERY = 10
"""How many recovery codes there are."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A second factor before it is confirmed."""

    secret: str
    """To be typed into an app."""
    uri: str
    """The same, to be shown as a QR code."""
    qr: str
    """That code, as a path of SVG."""
    qr_size: int
    """Its width and height, in units of that path."""


class SecondFactor:
    """`row`: of `credentials`. All may raise `Unavailable`, and `SettingsError` for a lost master key."""

    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring

    async def offer(self, person: str, email: str) -> Offered:
        """Make one; it counts once it is confirmed, and until then the one before does."""
        secret, cipher = b32encode(urandom(20)).decode(), await self._keyring.cipher(None)
        await self._db.execute(_OFFER, person, cipher.id, cipher.seal(secret.encode(), _bound(person)))
        uri = TOTP(secret).provisioning_uri(name=email, issuer_name="Xyper")
        return Offered(secret, uri, *_drawn(uri))

    async def offered_step(self, row: Any, code: str) -> int | None:
        """The step in time that a code of the offered one belongs to; None for a wrong code."""
        return await self._step(row, "offered", code)

    async def confirm(self, connection: "Connection", row: Any, step: int) -> Sequence[str] | None:
        """From now on the offered one counts. Returns new recovery codes; None where another was offered meanwhile."""
        if await connection.execute(_CONFIRM, row["person"], step, row["offered_sealed"]) != "UPDATE 1":
            return None
        await connection.execute("delete from recovery_codes where person = $1", row["person"])
        codes = [_written(b32encode(urandom(10)).decode().lower()) for _ in range(RECOVERY)]
        await connection.executemany(
            "insert into recovery_codes (person, hash) values ($1, $2)",
            [(row["person"], _hash(_plain(code))) for code in codes],
        )
        return codes

    async def spend(self, row: Any, code: str) -> bool:
        """Whether the code is right and was not used before; it is used up then."""
        step = await self._step(row, "totp", code)
        if step is not None:
            sql = "update credentials set totp_step = $2 where person = $1 and totp_step < $2"
            return await self._db.execute(sql, row["person"], step) == "UPDATE 1"
        sql = "delete from recovery_codes where person = $1 and hash = $2"
        return await self._db.execute(sql, row["person"], _hash(_plain(code))) == "DELETE 1"

    async def drop(self, connection: "Connection", person: str) -> None:
        """Neither app nor recovery codes count any more."""
        await connection.execute(_DROP, person)

    async def _step(self, row: Any, which: str, code: str) -> int | None:
        if row[f"{which}_sealed"] is None:
            return None
        sealed = row[f"{which}_key"], row[f"{which}_sealed"]
        secret = (await self._keyring.open(None, *sealed, _bound(row["person"]))).decode()
        given, now = _plain(code).encode("utf-8", "replace"), int(time.time()) // STEP
        totp = TOTP(secret, interval=STEP)
        steps = [step for step in (now - 1, now, now + 1) if _same(totp.at(step * STEP), given)]
        return max(steps, default=None)


def _drawn(text: str) -> tuple[str, int]:
    """A QR code of it as a path of SVG, with the size of the whole."""
    code = segno.make_qr(text, error="m")
    path = ""
    for y, row in enumerate(code.matrix):
        x = 0
        for dark, modules in groupby(row):
            wide = len(list(modules))
            path += f"M{x} {y}h{wide}v1h-{wide}z" if dark else ""
            x += wide
    return path, len(code.matrix)


def _same(right: str, given: bytes) -> bool:
    return hmac.compare_digest(right.encode(), given)


def _bound(person: str) -> str:
    return context(None, f"person:{person}", "totp")


def _written(code: str) -> str:
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def _plain(code: str) -> str:
    """Without what people put in between."""
    return "".join(code.split()).replace("-", "").lower()


def _hash(code: str) -> bytes:
    """A recovery code has 80 random bits, so a fast hash is enough."""
    return hashlib.sha256(code.encode("utf-8", "replace")).digest()


_OFFER = "update credentials set offered_key = $2, offered_sealed = $3 where person = $1"

_CONFIRM = """
update credentials set totp_key = offered_key, totp_sealed = offered_sealed, totp_step = $2,
  offered_key = null, offered_sealed = null
where person = $1 and offered_sealed = $3
"""

_DROP = """
with old as (delete from recovery_codes where person = $1)
update credentials set totp_key = null, totp_sealed = null, offered_key = null, offered_sealed = null
where person = $1
"""
