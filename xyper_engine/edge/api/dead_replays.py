"""Dead letters, many at once: replayed, with their progress, or discarded."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from xyper_engine.access.roles import Action
from xyper_engine.dead_office import RATE, Chosen, DeadOffice
from xyper_engine.edge.api.dead import EVERY, OWN, GroupTold, group_told
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Given, Moment, Route, Told
from xyper_engine.runtime import Runtime
from xyper_engine.state.dead_letters import Source
from xyper_engine.state.dead_replays import Replay
from xyper_engine.state.dead_search import Wanted


class Selection(Given):
    """Which: by their ids, or all that wait and match."""

    ids: tuple[str, ...] | None = Field(None, min_length=1, max_length=1000)
    tenant: str | None = Field(None, max_length=100)
    reason: str | None = Field(None, max_length=500)
    code: str | None = Field(None, max_length=100)
    adapter: str | None = Field(None, max_length=100)
    direction: str | None = Field(None, max_length=20)
    source: Source | None = None
    since: Moment | None = None
    until: Moment | None = None
    all: bool = False
    """Said where nothing else is: all that wait."""
    dry_run: bool = False
    """Only tell what would be touched."""

    @model_validator(mode="after")
    def _chosen(self) -> Self:
        narrowed = any(getattr(self, name) is not None for name in _FILTERS)
        if (self.ids is not None) + (narrowed or self.all) != 1:
            raise ValueError("Name `ids`, or say by what they are to be found, or `all`: one of these.")
        return self

    def wanted(self) -> Wanted:
        return Wanted(ids=self.ids, **{name: getattr(self, name) for name in _FILTERS})


_FILTERS = ("tenant", "reason", "code", "adapter", "direction", "source", "since", "until")


class ReplayWish(Selection):
    rate: float = Field(RATE, ge=0.1, le=1000)
    """Letters a second, at most, of each tenant."""


class Discard(Selection):
    why: str = Field(min_length=1, max_length=1000)
    """It stays in the audit for good: name the cause, not the person."""


class ReplayTold(Told):
    id: str
    tenant: str | None
    asked_by: str
    asked_at: datetime
    rate: float
    total: int
    replayed: int
    """On their way again."""
    refused: int
    """Cannot be replayed; each letter's `detail` says why."""
    again: int
    """Died once more, and wait again."""
    left: int
    cancelled_at: datetime | None
    finished_at: datetime | None
    """Null: it is under way."""


class ChosenTold(Told):
    letters: int
    groups: tuple[GroupTold, ...]
    """The first 200 causes of them."""
    replays: tuple[ReplayTold, ...]
    """One for each tenant; none for a dry run."""


class ReplayPage(Told):
    replays: tuple[ReplayTold, ...]
    """Newest first."""
    next: str | None


class DeadReplaysApi:
    def __init__(self, rt: Runtime) -> None:
        self._office = DeadOffice(rt.db, rt.keyring)

    def routes(self) -> tuple[Route, ...]:
        return (*self._below(OWN, "of a tenant"), *self._below(EVERY, "of all that you see"))

    def _below(self, dead: str, whose: str) -> tuple[Route, ...]:
        path, read, replay = f"{dead}/replays", Action.dead_read, Action.dead_replay
        return (
            Route("POST", path, replay, self.ask, f"Have dead letters {whose} handled once more.", body=ReplayWish,
                  answer=ChosenTold, status=202),
            Route("GET", path, read, self.list, f"List the replays {whose}.", query=Page, answer=ReplayPage),
            Route("GET", f"{path}/{{replay}}", read, self.one, f"See how far a replay {whose} is.", answer=ReplayTold),
            Route("POST", f"{path}/{{replay}}/cancellation", replay, self.cancel, f"Cancel a replay {whose}.",
                  answer=ReplayTold),
            Route("POST", f"{dead}/discards", Action.dead_discard, self.discard, f"Give dead letters {whose} up.",
                  body=Discard, answer=ChosenTold),
        )  # fmt: skip

    async def ask(self, call: Call) -> ChosenTold:
        """An engine puts them behind whatever waits of their conversations, the oldest first. Of what was delivered
        meanwhile nothing is delivered twice."""
        wish: ReplayWish = call.body
        return _chosen(await self._office.replay(call.caller, call.scope, wish.wanted(), wish.rate, dry=wish.dry_run))

    async def list(self, call: Call) -> ReplayPage:
        page: Page = call.query
        found = await self._office.replays(call.scope, page.after_moment(), page.limit + 1)
        told, last = found[: page.limit], found[page.limit - 1] if len(found) > page.limit else None
        return ReplayPage(
            replays=tuple(map(_told, told)), next=cursor(last.asked_at.isoformat(), last.id) if last else None
        )

    async def one(self, call: Call) -> ReplayTold:
        return _told(await self._office.progress(call.scope, call.path("replay")))

    async def cancel(self, call: Call) -> ReplayTold:
        """What was not replayed yet waits again."""
        return _told(await self._office.cancel(call.caller, call.scope, call.path("replay")))

    async def discard(self, call: Call) -> ChosenTold:
        """They are not delivered, and leave the list of those that wait; retention drops them in its time."""
        wish: Discard = call.body
        return _chosen(await self._office.discard(call.caller, call.scope, wish.wanted(), wish.why, dry=wish.dry_run))


def _chosen(chosen: Chosen) -> ChosenTold:
    groups, replays = tuple(map(group_told, chosen.groups)), tuple(map(_told, chosen.replays))
    return ChosenTold(letters=chosen.letters, groups=groups, replays=replays)


def _told(replay: Replay) -> ReplayTold:
    return ReplayTold(**{name: getattr(replay, name) for name in Replay.__slots__})
