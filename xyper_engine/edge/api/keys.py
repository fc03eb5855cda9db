"""API keys: a tenant's, for its administrators; those that open every tenant, for Xyper's."""

from datetime import datetime

from pydantic import AwareDatetime, Field

from xyper_engine.access.keys import ApiKey
from xyper_engine.access.roles import Action
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.errors import Malformed
from xyper_engine.runtime import Runtime

_ALL, _OWN = "/api/v1/keys", "/api/v1/tenants/{tenant}/keys"


class Key(Told):
    id: str
    tenant: str | None
    name: str
    actions: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    """To the minute."""


class KeyPage(Told):
    keys: tuple[Key, ...]
    next: str | None
    """Where the next page begins; null at the end."""


class NewKey(Given):
    name: str = Field(max_length=100, examples=["Data warehouse, read only"])
    actions: tuple[Action, ...] = Field(max_length=len(Action))
    """What it may do: nothing that you may not."""
    expires_at: AwareDatetime | None = None
    """In 365 days at most, and if left out."""


class MadeKey(Told):
    key: Key
    secret: str
    """What goes after `Authorization: Bearer`. It is shown now and never again."""


class KeysApi:
    def __init__(self, rt: Runtime) -> None:
        self._keys = rt.keys

    def routes(self) -> tuple[Route, ...]:
        read, change = Action.keys_read, Action.keys_change
        return tuple(
            route
            for path, whose in ((_ALL, "of your own realm"), (_OWN, "of a tenant"))
            for route in (
                Route("GET", path, read, self.list, f"List the API keys {whose}, newest first, ended ones too.",
                      query=Page, answer=KeyPage),
                Route("POST", path, change, self.add, f"Make one of the API keys {whose}.", body=NewKey,
                      answer=MadeKey, status=201, careful=True),
                Route("DELETE", f"{path}/{{id}}", change, self.revoke, f"Revoke one of the API keys {whose}, at once.",
                      careful=True),
            )
        )  # fmt: skip

    async def list(self, call: Call) -> KeyPage:
        page: Page = call.query
        found = await self._keys.list(call.scope, page.limit, _before(page))
        more = cursor(found[-1].created_at.isoformat(), found[-1].id) if len(found) == page.limit else None
        return KeyPage(keys=tuple(map(told, found)), next=more)

    async def add(self, call: Call) -> MadeKey:
        given: NewKey = call.body
        key, secret = await self._keys.add(call.caller, given.name, given.actions, call.scope, given.expires_at)
        return MadeKey(key=told(key), secret=secret)

    async def revoke(self, call: Call) -> None:
        await self._keys.revoke(call.caller, call.path("id"), call.scope)


def told(key: ApiKey) -> Key:
    """A key as programs are told of it."""
    return Key.model_validate(key, from_attributes=True)


def _before(page: Page) -> tuple[datetime, str] | None:
    key = page.after(str, str)
    try:
        return (datetime.fromisoformat(str(key[0])), str(key[1])) if key else None
    except ValueError:
        raise Malformed("cursor: give back `next` of the page before, unchanged.") from None
