"""Files on their way to Meta: handed over before the message that shows them, once for as long as Meta keeps them.

    body with our ids ─ hand_over → body with Meta's ids ─ post → refused? ─ second_thoughts → forget and try again

Whatever fails here fails for certain: no message has left yet. Source: Meta, "Media", "Upload media".
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp.payload import AsyncIterablePayload

from xyper_engine.contract import Payload
from xyper_engine.errors import FarSideDown, NotFound, Rejected, SendError, Unavailable, XyperError
from xyper_engine.model import Account, now
from xyper_engine.runtime import Runtime
from xyper_whatsapp.failures import failure, object_in
from xyper_whatsapp.limits import MEDIA
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.to_files import TYPES
from xyper_whatsapp.to_wire import access_token

_KEPT = timedelta(days=29)
"""Meta keeps a file for 30 days."""
_FAULTS = frozenset({"131052", "131053"})
_GENERAL = "100"


class MediaForgotten(SendError):
    """Meta no longer has a file that it was handed before. The next try hands it over anew."""


async def hand_over(payload: Payload, account: Account, settings: WhatsAppSettings, rt: Runtime) -> Payload:
    """The payload with Meta's ids. Raises a `SendError`, always a certain one."""
    if not payload.media:
        return payload
    try:
        async with asyncio.timeout(settings.media_timeout):
            return await _Delivery(payload, account, settings, rt).made()
    except TimeoutError as error:
        raise FarSideDown(f"Meta did not take the file within {settings.media_timeout:g} s.") from error
    except NotFound as error:
        raise Rejected(f"The file is no longer stored: {error}") from error
    except Unavailable as error:
        raise SendError(str(error)) from error


async def second_thoughts(
    error: SendError, answer: bytes, payload: Payload, account: Account, rt: Runtime
) -> SendError:
    """What a refusal of the message means where Meta may have lost one of its files: that file is forgotten here too.

    With a file that Meta had just been handed the refusal stands, or it would be handed over again and again.
    """
    lost = [
        one for one in payload.handed if error.code in _FAULTS or (error.code == _GENERAL and one.encode() in answer)
    ]
    try:
        for one in lost:
            await rt.files.forget_upload(account.endpoint, one)
    except Unavailable as trouble:
        return SendError(str(trouble))
    if not any(payload.handed[one] for one in lost):
        return error
    return MediaForgotten(f"{error} It is handed over again.", code=error.code, correlation=error.correlation)


class Known(AsyncIterablePayload):
    """A stream whose length is known, so that the request can name its own."""

    def __init__(self, chunks: AsyncIterator[bytes], size: int, mime: str) -> None:
        super().__init__(chunks, content_type=mime)
        self._size = size


class _Delivery:
    """One payload's files, one after another."""

    def __init__(self, payload: Payload, account: Account, settings: WhatsAppSettings, rt: Runtime) -> None:
        self._payload, self._account, self._settings, self._rt = payload, account, settings, rt
        self._handed: dict[str, bool] = {}

    async def made(self) -> Payload:
        names: dict[str, Mapping[str, str]] = {}
        for media in self._payload.media:
            if media.file and media.file not in names:
                names[media.file] = await self._named(media.file)
        return replace(self._payload, body=_renamed(self._payload.body, names), handed=self._handed)

    async def _named(self, file_id: str) -> Mapping[str, str]:
        """Meta's name of one file: the id from before or a new one; for what it does not take, a link to our store."""
        endpoint, files = self._account.endpoint, self._rt.files
        file = await files.get(file_id)
        known = await files.uploaded(endpoint, file.sha256, file.mime)
        if known is not None:
            self._handed[known] = True
            return {"id": known}
        try:
            new = await self._uploaded(file_id, file.size, file.mime, file.name)
        except Rejected:
            if _promised(file.mime):
                raise
            return {"link": files.link(file_id, file.name)}
        self._handed[new] = False
        await files.note_upload(self._account.tenant, endpoint, file.sha256, file.mime, new, now() + _KEPT)
        return {"id": new}

    async def _uploaded(self, file_id: str, size: int, mime: str, name: str) -> str:
        """Stream it as multipart: `messaging_product`, `type`, `file`. Answers `{"id"}`."""
        form = aiohttp.FormData({"messaging_product": "whatsapp", "type": mime})
        async with aclosing(self._rt.files.open(file_id)) as chunks:
            form.add_field("file", Known(chunks, size, mime), filename=name, content_type=mime)
            status, headers, content = await self._call(form)
        answer = object_in(content)
        if status >= 300:
            raise _certain(failure(status, headers, answer, self._payload, self._account))
        new = answer.get("id")
        if not isinstance(new, str) or not new:
            raise FarSideDown(f"Meta answered {status} to an upload without naming the file.")
        return new

    async def _call(self, form: aiohttp.FormData) -> tuple[int, Mapping[str, str], bytes]:
        """POST to `/{phone_number_id}/media`."""
        number, settings = quote(self._account.endpoint.account, safe=""), self._settings
        url = f"{settings.graph_url.rstrip('/')}/{settings.graph_version}/{number}/media"
        headers = {"Authorization": f"Bearer {access_token(self._account)}"}
        limit = aiohttp.ClientTimeout(total=None, connect=settings.timeout / 2)
        try:
            async with self._rt.http.post(
                url, data=form, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                return response.status, response.headers, await response.read()
        except aiohttp.ClientError as error:
            if isinstance(error.__cause__, XyperError):  # our own store broke off, not Meta
                raise error.__cause__ from None
            raise FarSideDown(f"The connection to Meta broke during an upload: {type(error).__name__}.") from error


def _promised(mime: str) -> bool:
    """Whether Meta's list has this type; what it does not have, it may take as a link."""
    return any(mime.partition(";")[0].strip().lower() in limit.mimes for limit in MEDIA.values())


def _certain(error: SendError) -> SendError:
    if error.certain:
        return error
    return FarSideDown(str(error), code=error.code, after=error.after, correlation=error.correlation)


def _renamed(value: Any, names: Mapping[str, Mapping[str, str]], where: str = "") -> Any:
    """The body with each file's object renamed, wherever it stands."""
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if not isinstance(value, Mapping):
        return value
    if where in TYPES and value.get("id") in names:
        return {**{key: held for key, held in value.items() if key != "id"}, **names[value["id"]]}
    return {key: _renamed(held, names, key) for key, held in value.items()}
