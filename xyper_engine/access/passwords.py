"""Passwords: argon2id, in threads, a few at a time."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from xyper_engine.errors import Invalid, TooMany
from xyper_engine.saying import said

SHORTEST, LONGEST = 12, 512
AT_ONCE = 2
"""Each takes 64 MiB for as long as it runs."""
WAITING = 100
"""Beyond it whoever wants to sign in is asked to come again."""


class Passwords:
    """What it costs is set here and nowhere else; an older hash is renewed when its password is used next."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hashed(self, password: str) -> str:
        async with self._turns():
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def verify(self, known: str | None, password: str) -> bool:
        """Whether it is the one. Without a known hash this takes as long, and is never true."""
        if self._nobodys is None:
            self._nobodys = await self.hashed(token_hex(16))
        async with self._turns():
            return await asyncio.to_thread(self._is, known or self._nobodys, _normal(password)) and known is not None

    def is_outdated(self, known: str) -> bool:
        return self._hasher.check_needs_rehash(known)

    def _is(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False

    @asynccontextmanager
    async def _turns(self) -> AsyncIterator[None]:
        if self._waiting >= WAITING:
            raise TooMany(said("auth.busy", "Too many people sign in just now: try again in a few seconds."), 5.0)
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1


def check(password: str, *own: str) -> None:
    """Raises `Invalid` for one that is too short, or the same as something known of its owner. Nothing else is asked:
    rules about kinds of characters make passwords worse."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(
            {"password": said("auth.password.length", "{least} to {most} characters", least=SHORTEST, most=LONGEST)}
        )
    if _normal(password).casefold() in {_normal(word).casefold() for word in own}:
        raise Invalid({"password": said("auth.password.name", "not the name or the e-mail address")})


def _normal(password: str) -> str:
    """The same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)
