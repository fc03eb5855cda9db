"""What `xyper dead` does with the table of dead letters. The engine replays; a command only asks it to."""

import asyncio
import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from rich.console import Console

from xyper_engine import logs
from xyper_engine.keyring import Keyring
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.state.dead_letters import DeadLetter, DeadLetters
from xyper_engine.store.db import Database, open_database

PATIENCE = 10.0
"""Seconds to wait for the engine."""
_POLL = 0.1
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Done:
    complete: bool
    lines: tuple[str, ...]


async def listed(settings: Settings, tenant: str | None, limit: int) -> list[DeadLetter]:
    async with open_database(settings) as db:
        return list(await _letters(settings, db).list(tenant=tenant, limit=limit))


async def one(settings: Settings, letter: str) -> DeadLetter:
    """Raises `NotFound`."""
    async with open_database(settings) as db:
        return await _letters(settings, db).show(letter)


async def replay_these(settings: Settings, ids: Sequence[str]) -> Done:
    """Raises `NotFound`; then none was asked for."""
    async with open_database(settings) as db:
        letters = _letters(settings, db)
        return await _replay(letters, [(await letters.show(letter)).id for letter in ids])


async def replay_all(settings: Settings, tenant: str | None) -> Done:
    async with open_database(settings) as db:
        letters = _letters(settings, db)
        return await _replay(letters, [letter.id for letter in await letters.list(tenant=tenant, limit=_ALL)])


def _letters(settings: Settings, db: Database) -> DeadLetters:
    return DeadLetters(db, Keyring(db, Sealer.from_settings(settings)))


async def _replay(letters: DeadLetters, ids: Sequence[str]) -> Done:
    if not ids:
        return Done(True, ("There are no dead letters to replay.",))
    await letters.ask_replay(ids)
    await _wait(letters, frozenset(ids))
    return _told([await letters.show(letter) for letter in ids])


async def _wait(letters: DeadLetters, ids: frozenset[str]) -> None:
    """Until the engine has dealt with all of them, or patience ends."""
    until = time.monotonic() + PATIENCE
    with Console(stderr=True, markup=False).status("") as status:
        while time.monotonic() < until:
            left = sum(letter.id in ids for letter in await letters.asked())
            if not left:
                return
            status.update(f"{len(ids) - left} of {len(ids)} replayed")
            await asyncio.sleep(_POLL)


def _told(letters: Sequence[DeadLetter]) -> Done:
    done = [letter for letter in letters if letter.replayed_at is not None]
    left = [letter for letter in letters if letter.replayed_at is None and letter.replay_asked is not None]
    back = [letter for letter in letters if letter not in done and letter not in left]
    lines = [f"{len(done)} of {len(letters)} replayed."]
    lines += [f"{letter.id} did not pass: {letter.reason}, {letter.detail.removeprefix('replay: ')}" for letter in back]
    if left and not done and not back:
        lines.append("No engine took them up: is one running? They are replayed as soon as one is.")
    elif left:
        lines.append(f"{len(left)} are still under way.")
    return Done(len(done) == len(letters), tuple(lines))


def body_of(letter: DeadLetter, raw: bool) -> Any:
    """The body as JSON, `{"base64": …}` where it is none. Without `raw`, people's names and words are hidden."""
    try:
        body = orjson.loads(letter.body)
    except orjson.JSONDecodeError:
        body = {"base64": base64.b64encode(letter.body).decode()} if raw else {"bytes": len(letter.body)}
    return body if raw else logs.redact(None, "", {"event": body})["event"]
