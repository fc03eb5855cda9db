"""What `xyper dead` does with dead letters. The engine replays; a command only asks it to, and watches."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from rich.console import Console

from xyper_engine.access.caller import Caller
from xyper_engine.dead_office import Chosen, DeadOffice
from xyper_engine.keyring import Keyring
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.state.dead_letters import DeadLetter
from xyper_engine.state.dead_replays import Replay
from xyper_engine.state.dead_search import Group, Wanted
from xyper_engine.store.db import open_database

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds to wait for an engine to begin; what it then does may take as long as it likes."""
_POLL = 0.1
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Done:
    complete: bool
    lines: tuple[str, ...]


async def with_office(settings: Settings, work: Callable[[DeadOffice], Awaitable[T]]) -> T:
    async with open_database(settings) as db:
        return await work(DeadOffice(db, Keyring(db, Sealer.from_settings(settings))))


async def all_groups(office: DeadOffice, wanted: Wanted) -> list[Group]:
    """The largest first."""
    found: list[Group] = []
    while page := await office.groups(None, wanted, found[-1].key if found else None, _PAGE):
        found += page
    return sorted(found, key=lambda group: -group.letters)


async def listed(office: DeadOffice, wanted: Wanted, limit: int) -> list[DeadLetter]:
    return list(await office.page(None, wanted, None, limit))


async def named(office: DeadOffice, wanted: Wanted) -> Wanted:
    """With whole ids instead of their beginnings. Raises `NotFound`."""
    if wanted.ids is None:
        return wanted
    return replace(wanted, ids=[(await office.one(None, letter)).id for letter in wanted.ids])


async def replay(office: DeadOffice, wanted: Wanted, rate: float, *, wait: bool) -> Done:
    wanted = await named(office, wanted)
    chosen = await office.replay(Caller.host(), None, wanted, rate)
    if not chosen.replays:
        return Done(True, ("There are no dead letters to replay.",))
    if not wait:
        return Done(True, tuple(f"Replay {one.id} of {one.total} is asked for." for one in chosen.replays))
    ended = await _wait(office, [one.id for one in chosen.replays])
    return Done(*_told(ended, await _back(office, wanted)))


async def would(office: DeadOffice, wanted: Wanted, rate: float) -> Chosen:
    return await office.replay(Caller.host(), None, await named(office, wanted), rate, dry=True)


async def _wait(office: DeadOffice, ids: Sequence[str]) -> Sequence[Replay]:
    """Until they have ended; or until patience does, where no engine does anything."""
    until, before = time.monotonic() + PATIENCE, -1
    with Console(stderr=True, markup=False).status("") as status:
        while True:
            found = [await office.progress(None, replay) for replay in ids]
            left = sum(one.left for one in found)
            if left != before:
                before, until = left, time.monotonic() + PATIENCE
            if all(one.finished_at for one in found) or time.monotonic() > until:
                return found
            status.update(f"{sum(one.replayed for one in found)} of {sum(one.total for one in found)} replayed")
            await asyncio.sleep(_POLL)


async def _back(office: DeadOffice, wanted: Wanted) -> Sequence[DeadLetter]:
    """Those that wait again, with the reason."""
    return await office.page(None, wanted, None, _PAGE)


def _told(replays: Sequence[Replay], back: Sequence[DeadLetter]) -> tuple[bool, tuple[str, ...]]:
    total, done, left = (sum(getattr(one, name) for one in replays) for name in ("total", "replayed", "left"))
    ours = {one.id for one in replays}
    failed = [letter for letter in back if letter.replay in ours]
    again = sum(letter.detail.startswith("replay: ") is False for letter in failed)
    lines = [f"{done - again} of {total} replayed."]
    lines += [
        f"{letter.id} did not pass: {letter.reason}, {letter.detail.removeprefix('replay: ')}" for letter in failed
    ]
    if left and not done and not failed:
        lines.append("No engine took them up: is one running? They are replayed as soon as one is.")
    elif left:
        lines.append(f"{left} are still under way.")
    return not left and not failed and done == total, tuple(lines)
