"""One HTTP call to Genesys: an answer, whatever its status, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import aiohttp
import orjson
from yarl import URL

from xyper_engine.errors import Ambiguous, FarSideDown
from xyper_engine.saying import Quoted, said


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: Any
    """The parsed JSON; None where it is none."""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def field(self, name: str) -> str:
        """A field of the body that is a non-empty string; else ""."""
        found = self.body.get(name) if isinstance(self.body, dict) else None
        return found if isinstance(found, str) else ""

    @property
    def correlation(self) -> str | None:
        """What Genesys' support asks for."""
        return self.headers.get("ININ-Correlation-Id") or self.field("contextId") or None


async def exchange(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    timeout: float,
    headers: Mapping[str, str],
    data: bytes | None,
) -> Answer:
    """Raises `FarSideDown` where the request certainly never left, `Ambiguous` where that is not certain.

    Redirects are answers, not followed: they could carry a token to a host outside its region.
    """
    payload = None if data is None else aiohttp.BytesPayload(data)  # spares aiohttp the search for what fits bytes
    try:
        response = await http.request(
            method, address(url), data=payload, headers=headers, timeout=_limits(timeout), allow_redirects=False
        )
        body = await response.read()  # to its end, or to its error: either gives the connection back
        return Answer(response.status, response.headers, _json(body))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        host, kind = URL(url).host or "", Quoted(type(error).__name__)
        raise FarSideDown(
            said("genesys.unreached", "{host} cannot be reached: {error}.", host=host, error=kind)
        ) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        host, kind = URL(url).host or "", Quoted(type(error).__name__)
        raise Ambiguous(
            said("genesys.unclear", "{host} gave no clear answer: {error}.", host=host, error=kind)
        ) from error


@lru_cache(1024)
def address(url: str) -> URL:
    """Most calls go to a few addresses, and to take one apart takes as long as to write the request."""
    return URL(url, encoded=True)


@lru_cache(16)
def _limits(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, connect=seconds / 2)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
