"""An example file for a template's header, handed to Meta before the template that names it.

    which app? ─ POST /{app}/uploads ─ a session ─ POST /{session}, the bytes ─ the handle

Nothing comes of a session that is not finished, so whatever fails may simply be done again. Source: Meta, "Resumable
Upload API".
"""

import asyncio
import re
from contextlib import aclosing
from urllib.parse import quote

import aiohttp

from xyper_engine.abilities import Example
from xyper_engine.errors import Ambiguous, FarSideDown, Rejected, Unsendable
from xyper_engine.model import Account
from xyper_engine.runtime import Runtime
from xyper_whatsapp.graph import answered, app_of, at, call
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.to_wire import access_token
from xyper_whatsapp.uploads import Known

_SESSION = re.compile(r"upload:[\w.:=+/~-]+(\?sig=[\w.:=+/~-]+)?", re.ASCII)


async def hand_in(example: Example, account: Account, settings: WhatsAppSettings, rt: Runtime) -> str:
    """Meta's handle of it. Raises `Unsendable` where the app is not known, or a `SendError`."""
    app = await _app(account, settings, rt)
    try:
        async with asyncio.timeout(settings.media_timeout):
            session = await _begun(app, example, account, settings, rt)
            return await _sent(session, example, account, settings, rt)
    except TimeoutError as error:
        raise FarSideDown(f"Meta did not take the file within {settings.media_timeout:g} s: try again.") from error
    except Ambiguous as error:
        words = "The connection to Meta broke while the example was handed over: try again."
        raise FarSideDown(words, code=error.code, correlation=error.correlation) from error


async def _app(account: Account, settings: WhatsAppSettings, rt: Runtime) -> str:
    """As the account's settings name it, else as Meta says."""
    if told := account.config.get("app_id"):
        return str(told)
    try:
        found = await app_of(account, settings, rt.http)
    except Rejected:  # not every token may be asked about by itself
        found = None
    if found is None:
        words = "Meta does not say which app the access token belongs to, and example files are handed to an app: "
        raise Unsendable(f"{words}enter its id as `app_id` in the settings of {account.endpoint}.", "app_unknown")
    return found


async def _begun(app: str, example: Example, account: Account, settings: WhatsAppSettings, rt: Runtime) -> str:
    query = {"file_name": example.name, "file_length": str(example.size), "file_type": example.mime}
    answer = await call("POST", f"{quote(app, safe='')}/uploads", account, settings, rt.http, query=query)
    session = answer.get("id")
    if not isinstance(session, str) or not _SESSION.fullmatch(session):
        raise FarSideDown("Meta began no upload, and does not say why: try again.")
    return session


async def _sent(session: str, example: Example, account: Account, settings: WhatsAppSettings, rt: Runtime) -> str:
    headers = {"Authorization": f"OAuth {access_token(account)}", "file_offset": "0"}
    limit = aiohttp.ClientTimeout(total=None, connect=settings.timeout / 2)
    async with aclosing(rt.files.open(example.file)) as chunks:
        data = Known(chunks, example.size, example.mime)
        asked = rt.http.post(at(session, settings), data=data, headers=headers, timeout=limit, allow_redirects=False)
        answer = await answered(asked, "POST /upload", account)
    handle = answer.get("h")
    if not isinstance(handle, str) or not handle:
        raise FarSideDown("Meta took the example, but gave no handle for it: try again.")
    return handle
