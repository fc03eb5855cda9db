"""A signed webhook, as https://www.standardwebhooks.com has it: there are libraries for those who take it.

`webhook-signature` is HMAC-SHA256 over `<id>.<timestamp>.<the raw bytes>` with the bytes of the secret; the id stays
the same when it is tried again, and the timestamp does not.
"""

import base64
import hmac
import time
from secrets import token_bytes

import aiohttp

from xyper_engine.alerting.mail import Untold
from xyper_engine.errors import Rejected
from xyper_engine.guard import Guard, parsed
from xyper_engine.saying import Quoted, said

WHAT = "The webhook's address"
_PREFIX = "whsec_"
_SHOWN = 200
"""Characters of what a receiver says that are told."""


def new_secret() -> str:
    return _PREFIX + base64.b64encode(token_bytes(32)).decode()


def signature(secret: str, id_: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = b".".join((id_.encode(), str(timestamp).encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


def judged(url: str, hosts: tuple[str, ...]) -> None:
    """What can be told of an address before any look-up. Raises `Rejected`."""
    Guard(hosts, what=WHAT).check(parsed(url, what=WHAT))


async def send(url: str, secret: str, id_: str, body: bytes, hosts: tuple[str, ...], seconds: float) -> str:
    """What the receiver said, in words. Raises `Untold`."""
    guard, at = Guard(hosts, what=WHAT), int(time.time())
    headers = {
        "Content-Type": "application/json", "User-Agent": "xyper/1", "webhook-id": id_, "webhook-timestamp": str(at),
        "webhook-signature": signature(secret, id_, at, body),
    }  # fmt: skip
    try:
        address = parsed(url, what=WHAT)
        guard.check(address)
    except Rejected as error:
        raise Untold(str(error)) from None
    try:
        connector = aiohttp.TCPConnector(resolver=guard, use_dns_cache=False, force_close=True)
        limits, jar = aiohttp.ClientTimeout(total=seconds), aiohttp.DummyCookieJar()
        async with (
            aiohttp.ClientSession(connector=connector, cookie_jar=jar, timeout=limits) as http,
            http.post(address, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            told = (await answer.content.read(_SHOWN)).decode("utf-8", "replace")
    except Rejected as error:
        raise Untold(str(error)) from None
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        kind, host = Quoted(type(error).__name__), address.host or ""
        raise Untold(said("pager.silent", "{host} does not answer ({error}).", host=host, error=kind)) from None
    if not 200 <= answer.status < 300:
        raise Untold(_answered(address.host or "", answer.status, " ".join(told.split())))
    return _answered(address.host or "", answer.status, "")


def _answered(host: str, status: int, more: str) -> str:
    if not more:
        return said("pager.answered", "{host} answers {status}.", host=host, status=str(status))
    words = "{host} answers {status}: {words}."
    return said("pager.said", words, host=host, status=str(status), words=Quoted(more))
