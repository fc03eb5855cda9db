"""Routes of the JSON API as data: what a route takes, gives and demands stands in one place.

The gateway guards them, `openapi.py` describes them, and tests walk them for every role and a foreign tenant, so a new
route cannot be forgotten by any of the three.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action
from xyper_engine.errors import Outdated, Unconditional
from xyper_engine.view import View

_VERSION = re.compile(r'"([0-9]{1,18})"', re.ASCII)
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _written_out(value: object) -> object:
    """A number is none, though it could be taken for seconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and not _DATED.match(value)):
        raise ValueError("must begin with a date as 2026-11-25")
    return value


Day = Annotated[date, BeforeValidator(_written_out)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]
"""As RFC 3339 writes it, with its zone."""


class Given(BaseModel):
    """What a client sends. A field that is not documented is refused: it is misspelt, or an attempt."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Told(View):
    """What a client is told."""


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

    @property
    def scope(self) -> str | None:
        """Whose data this is about: the tenant in the path, else the caller's own; None: no tenant's."""
        return self.request.match_info.get("tenant", self.caller.tenant)

    def path(self, name: str) -> str:
        return self.request.match_info[name]

    @property
    def version(self) -> int | None:
        """What the client has read and means to change, from `If-Match`; None for `*`: whatever there is.

        Raises `Unconditional` where it does not say, and `Outdated` for what was never a version.
        """
        given = self.request.headers.get("If-Match", "").strip()
        if given == "*":
            return None
        if not given:
            raise Unconditional("Send `If-Match` with the `ETag` of what you have read: nobody's change is lost then.")
        if (tag := _VERSION.fullmatch(given)) is None:
            raise Outdated("`If-Match` holds no `ETag` of this: read it again, then repeat the change.")
        return int(tag[1])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler gives back where a model alone does not say it all."""

    value: BaseModel | None = None
    status: int | None = None
    """None: the route's own."""
    etag: str | None = None
    """Without its quotes. The gateway answers 304 to whoever has this one already."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterator[bytes] | None = None
    """What is no JSON of a model, e.g. an export that is sent as it is read."""
    content_type: str = "application/octet-stream"
    """Of `body`."""


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
    body_limit: int = 262_144
    """Bytes."""
    timeout: float = 30.0
    """Seconds for the handler; what is streamed afterwards may take longer."""
    content: tuple[str, ...] = ()
    """The types of an answer that is no JSON."""
    streamed: bool = False
    """True where the handler itself reads the request's body, as it comes."""
    keyed: bool = False
    """True where the handler itself sees to `Idempotency-Key`, which the client must send."""
    conditional: bool = False
    """True where the handler asks for `Call.version`: a change of what others may change, too."""
    careful: bool = False
    """True for what cannot be undone, or gives power: at the dashboard's page it wants a fresh proof of who asks."""

    asks: bool = False
    """True where a POST changes nothing: it is one so that what is asked for does not stand in an address."""

    @property
    def replayed(self) -> bool:
        """Whether the gateway answers a second call with one `Idempotency-Key` as it answered the first."""
        own = self.keyed or self.streamed or self.asks
        return self.method == "POST" and self.action is not None and not own

    @property
    def code(self) -> int:
        return 204 if self.answer is None and not self.content else self.status
