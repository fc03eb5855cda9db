"""The calls to Meta's Graph API, and what their failures mean."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson

from xyper_engine.contract import Payload, Posted, Target
from xyper_engine.errors import Ambiguous, FarSideDown
from xyper_engine.model import Account
from xyper_engine.runtime import Runtime
from xyper_whatsapp.failures import correlation, failure, object_in
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.to_wire import access_token
from xyper_whatsapp.uploads import second_thoughts

_MESSAGES = "/{version}/{phone_number_id}/messages"


async def post(payload: Payload, to: Target, settings: WhatsAppSettings, rt: Runtime) -> Posted:
    """POST it to `/{phone_number_id}/messages`; its files have been handed over. Raises a `SendError`."""
    account = to.account
    url, body = f"{_node(account, settings)}/messages", orjson.dumps(payload.body)
    with to.trace.call("POST", _MESSAGES, payload.body) as call:
        status, headers, content = await _call(rt.http, "POST", url, access_token(account), settings.timeout, body)
        answer = object_in(content)
        call.answered(status, answer, correlation(headers, answer))
    if status >= 300:
        error = failure(status, headers, answer, payload, account)
        raise await second_thoughts(error, content, payload, account, rt)
    if payload.action != "message":
        return Posted("")
    if wamid := _wamid(answer):
        return Posted(wamid)
    raise Ambiguous(f"Meta answered {status} without a message id.")


async def _call(
    http: aiohttp.ClientSession, method: str, url: str, token: str, timeout: float, body: bytes | None = None
) -> tuple[int, Mapping[str, str], bytes]:
    """One call. A failure before the request left is `FarSideDown`, a later one `Ambiguous`."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    # Half of the time for connecting: when that runs out, nothing can have been taken.
    limit = aiohttp.ClientTimeout(total=timeout, connect=timeout / 2)
    try:
        async with http.request(
            method, url, data=body, headers=headers, timeout=limit, allow_redirects=False
        ) as response:
            return response.status, response.headers, await response.read()
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise FarSideDown(f"Meta cannot be reached: {type(error).__name__}.") from error
    except TimeoutError as error:
        raise Ambiguous(f"Meta did not answer within {timeout:g} s.") from error
    except aiohttp.ClientError as error:
        raise Ambiguous(f"The connection to Meta broke before its answer: {type(error).__name__}.") from error


def _node(account: Account, settings: WhatsAppSettings) -> str:
    return f"{settings.graph_url.rstrip('/')}/{settings.graph_version}/{quote(account.endpoint.account, safe='')}"


def _wamid(answer: Mapping[str, Any]) -> str:
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    wamid = first.get("id") if isinstance(first, dict) else None
    return wamid if isinstance(wamid, str) else ""
