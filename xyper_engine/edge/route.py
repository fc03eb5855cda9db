"""Routes of the JSON API as data: what a route takes, gives and demands stands in one place.

The gateway guards them, `openapi.py` describes them, and tests walk them for every role and a foreign tenant, so a new
route cannot be forgotten by any of the three.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action


class Given(BaseModel):
    """What a client sends. A field that is not documented is refused: it is misspelt, or an attempt."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """What a client is told."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a route by somebody who may make it, with a body and a query that were found valid."""

    request: web.Request
    caller: Caller
    body: Any = None
    """An instance of the route's `body`."""
    query: Any = None
    """An instance of the route's `query`."""

    @property
    def tenant(self) -> str:
        """The tenant in the path. Only on routes that have one; the caller sees it."""
        return self.request.match_info["tenant"]

    def path(self, name: str) -> str:
        return self.request.match_info[name]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler gives back where a model alone does not say it all."""

    value: BaseModel | None = None
    status: int | None = None
    """None: the route's own."""
    etag: str | None = None
    """Without its quotes. The gateway answers 304 to whoever has this one already."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    """As aiohttp writes it. A `{tenant}` in it is checked against the caller before the handler is called."""
    action: Action | None
    """What the caller must be allowed to do. None: anybody, also unproved; only for signing in and the like."""
    handler: Callable[[Call], Awaitable[BaseModel | Answer | None]]
    summary: str
    """One sentence for the reader of the API's description."""
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    """None: there is nothing to tell, 204."""
    status: int = 200
    """Of a success."""
    creates: bool = field(default=False)
    """True where a repeated call would make a second thing: the gateway then honours `Idempotency-Key`."""

    @property
    def code(self) -> int:
        return 204 if self.answer is None else self.status
