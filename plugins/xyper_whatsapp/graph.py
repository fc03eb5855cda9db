"""Calls to Meta's Graph API that manage an account, rather than send a message."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import orjson
from yarl import URL

from xyper_engine.contract import Payload
from xyper_engine.errors import Ambiguous, FarSideDown, Rejected, SendError
from xyper_engine.model import Account
from xyper_engine.saying import Quoted, said
from xyper_engine.steps import Called
from xyper_whatsapp.failures import failure, object_in
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.to_wire import access_token


async def call(
    method: str,
    path: str,
    account: Account,
    settings: WhatsAppSettings,
    http: aiohttp.ClientSession,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    note: Callable[[Called], None] = lambda _called: None,
) -> Mapping[str, Any]:
    """The answer's object. `path` follows the version, its parts quoted. Raises a `SendError` with Meta's own words.

    `note` is told of the call once it is answered.
    """
    headers = {"Authorization": f"Bearer {access_token(account)}", "Content-Type": "application/json"}
    limit = aiohttp.ClientTimeout(total=settings.timeout, connect=settings.timeout / 2)
    data = None if body is None else orjson.dumps(body)
    asked = http.request(
        method, at(path, settings), params=query, data=data, headers=headers, timeout=limit, allow_redirects=False
    )
    return await answered(asked, f"{method} /{path}", account, note)


def at(path: str, settings: WhatsAppSettings) -> URL:
    """Its address; what Meta has named itself stays as it is."""
    return URL(f"{settings.graph_url.rstrip('/')}/{settings.graph_version}/{path}", encoded=True)


async def answered(
    asked: AbstractAsyncContextManager[aiohttp.ClientResponse],
    what: str,
    account: Account,
    note: Callable[[Called], None] = lambda _called: None,
) -> Mapping[str, Any]:
    """The object that a request is answered with. Raises a `SendError`."""
    try:
        async with asked as response:
            answer = object_in(await response.read())
            note(_called(what, response.status, response.headers, answer))
            if response.status < 300 and answer:
                return answer
            raise _refusal(response.status, response.headers, answer, account)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _silence(what.partition(" ")[0], error) from error


async def ask(
    path: str, account: Account, settings: WhatsAppSettings, http: aiohttp.ClientSession, **query: str
) -> Mapping[str, Any]:
    """The answer to a question: whatever fails about it fails for certain, since nothing was told."""
    try:
        return await call("GET", path, account, settings, http, query=query)
    except Ambiguous as error:
        raise FarSideDown(str(error), code=error.code, correlation=error.correlation) from error


async def app_of(account: Account, settings: WhatsAppSettings, http: aiohttp.ClientSession) -> str | None:
    """The id of the app that the account's token belongs to; None where Meta does not say."""
    answer = await ask("debug_token", account, settings, http, input_token=access_token(account))
    data = answer.get("data")
    found = data.get("app_id") if isinstance(data, dict) else None
    return str(found) if isinstance(found, str | int) and found else None


def _silence(method: str, error: Exception) -> SendError:
    kind = Quoted(type(error).__name__)
    if method == "GET" or isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return FarSideDown(said("whatsapp.silent", "Meta did not answer ({error}).", error=kind))
    words = "Meta did not answer ({error}). Whether it took the change is not known: look before you repeat it."
    return Ambiguous(said("whatsapp.unclear", words, error=kind))


def _refusal(status: int, headers: Mapping[str, str], answer: Mapping[str, Any], account: Account) -> SendError:
    error = failure(status, headers, answer, Payload("manage", {}), account)
    if not isinstance(error, Rejected):
        return error
    # For a template Meta explains itself in words meant for people; elsewhere it does not.
    fault = answer.get("error")
    told = [fault.get("error_user_title"), fault.get("error_user_msg")] if isinstance(fault, dict) else []
    words = ": ".join(one.rstrip(".") for one in told if isinstance(one, str) and one)
    refused = said("whatsapp.refused", "Meta refuses: {words}.", words=Quoted(words)) if words else str(error)
    return Rejected(refused, code=error.code, correlation=error.correlation)


def _called(what: str, status: int, headers: Mapping[str, str], answer: Mapping[str, Any]) -> Called:
    error = answer.get("error")
    fault = error if isinstance(error, dict) else {}
    numbers = " ".join(str(one) for one in (status, fault.get("code"), fault.get("error_subcode")) if one)
    return Called(what, numbers, str(fault.get("fbtrace_id") or headers.get("x-fb-trace-id") or ""))
