"""Quick replies over HTTP: agents keep their own, supervisors and administrators those that all share."""

from dataclasses import replace
from typing import Any

from pydantic import Field

from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action, Role
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.edge.widget.given import GivenPart
from xyper_engine.errors import Forbidden, NotFound
from xyper_engine.runtime import Runtime
from xyper_engine.state.replies import Replies, Reply

_ALL = "/widget/api/v1/tenants/{tenant}/replies"
_ONE = f"{_ALL}/{{id}}"
_SHORTCUT = r"^[^\s/]{1,32}$"


class NewReply(Given):
    shortcut: str = Field(pattern=_SHORTCUT)
    """What is typed behind `/`."""
    folder: str = Field("", max_length=60)
    text: str = Field(min_length=1, max_length=4096, pattern=r"\S")
    parts: tuple[GivenPart, ...] | None = Field(None, min_length=1, max_length=1)
    """Of one that is more than words."""
    shared: bool = False


class Change(Given):
    """What is left out stays."""

    version: int
    """The one that was read."""
    shortcut: str | None = Field(None, pattern=_SHORTCUT)
    folder: str | None = Field(None, max_length=60)
    text: str | None = Field(None, min_length=1, max_length=4096, pattern=r"\S")
    parts: tuple[GivenPart, ...] | None = Field(None, min_length=1, max_length=1)
    shared: bool | None = None


class ReplyTold(Told):
    id: str
    shortcut: str
    folder: str
    text: str
    parts: tuple[dict[str, Any], ...] | None
    shared: bool
    own: bool
    """Whether it is one's own."""
    version: int


class ReplyList(Told):
    replies: tuple[ReplyTold, ...]


class RepliesApi:
    def __init__(self, rt: Runtime) -> None:
        self._replies = Replies(rt.db)

    def routes(self) -> tuple[Route, ...]:
        act = Action.widget_act
        return (
            Route("GET", _ALL, act, self.list, "List the quick replies that one may use.", answer=ReplyList),
            Route("POST", _ALL, act, self.add, "Add a quick reply.", body=NewReply, answer=ReplyTold, status=201),
            Route("PATCH", _ONE, act, self.change, "Change a quick reply.", body=Change, answer=ReplyTold),
            Route("DELETE", _ONE, act, self.remove, "Delete a quick reply."),
        )

    async def list(self, call: Call) -> ReplyList:
        found = await self._replies.of(call.tenant, call.caller.id)
        return ReplyList(replies=tuple(_told(one) for one in found))

    async def add(self, call: Call) -> ReplyTold:
        given: NewReply = call.body
        reply = Reply("", _whose(call.caller, shared=given.shared), given.shortcut, given.folder, given.text,
                      _parts(given.parts), 0)  # fmt: skip
        return _told(await self._replies.add(call.caller, call.tenant, reply))

    async def change(self, call: Call) -> ReplyTold:
        given: Change = call.body
        known = await self._own(call)
        named = given.model_dump(exclude_unset=True, exclude={"shared", "parts"}, exclude_none=True)
        if "parts" in given.model_fields_set:
            named["parts"] = _parts(given.parts)
        if given.shared is not None and given.shared != (known.person is None):
            named["person"] = _whose(call.caller, shared=given.shared)
        return _told(await self._replies.change(call.caller, call.tenant, replace(known, **named)))

    async def remove(self, call: Call) -> None:
        await self._replies.remove(call.caller, call.tenant, (await self._own(call)).id)

    async def _own(self, call: Call) -> Reply:
        """One that the caller may change. Raises `NotFound` also for somebody else's."""
        found = await self._replies.get(call.tenant, call.path("id"))
        if found.person is None:
            _whose(call.caller, shared=True)
        elif found.person != call.caller.id:
            raise NotFound(f"There is no quick reply {found.id}.")
        return found


def _whose(caller: Caller, *, shared: bool) -> str | None:
    if caller.kind != "person" and not shared:
        raise Forbidden("Only a person can have quick replies of their own: share it.")
    if shared and caller.role is Role.agent:
        raise Forbidden("Only supervisors and administrators change what all share: keep it as your own.")
    return None if shared else caller.id


def _parts(given: tuple[GivenPart, ...] | None) -> list[dict[str, Any]] | None:
    return [part.model_dump(mode="json") for part in given] if given else None


def _told(one: Reply) -> ReplyTold:
    return ReplyTold(
        id=one.id, shortcut=one.shortcut, folder=one.folder, text=one.text,
        parts=tuple(dict(part) for part in one.parts) if one.parts else None, shared=one.person is None,
        own=one.person is not None, version=one.version,
    )  # fmt: skip
