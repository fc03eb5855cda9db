"""What the Graph API shows of its objects: numbers and media."""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

from aiohttp import BodyPartReader, web

from xyper_sim.files import Files, Stored, TooBig, mount
from xyper_sim.graph_errors import GraphError
from xyper_sim.graph_media import MOST, Blob
from xyper_sim.graph_state import GraphState
from xyper_sim.settings import Number

_NAMELESS = re.compile(r"$|Python/|python-|okhttp|Go-http-client")
"""User agents that the file host turns away: none, and what libraries say by default."""


def token_of(request: web.Request) -> str:
    """The bearer (an upload says `OAuth`), or `access_token=` of the query; "" without any."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() in ("bearer", "oauth") else request.query.get("access_token", "")


def refusal(state: GraphState, object_id: str, token: str) -> GraphError:
    """Why a bearer may not use an object: 190 for a token nobody knows, else as if the object were not there."""
    if not token:
        return GraphError(190, message="An access token is required to request this resource.")
    if not any(number.takes(token) for number in state.numbers.values()):
        return GraphError(190, message="Error validating access token: The access token is invalid.")
    text = (
        f"Unsupported post request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation"
    )
    return GraphError(100, message=text, subcode=33)


def number_view(state: GraphState, number: Number, wanted: Sequence[str]) -> dict[str, Any]:
    """A number with the fields that were asked for; what Meta does not know is left out."""
    known = _fields(state, number)
    return {"id": number.phone_number_id, **{name: known[name] for name in wanted if name in known}}


def _fields(state: GraphState, number: Number) -> dict[str, Any]:
    can = "AVAILABLE" if number.registered else "BLOCKED"
    health = {"entity_type": "PHONE_NUMBER", "id": number.phone_number_id, "can_send_message": can}
    apps = state.hooks.subscribed.get(number.waba_id, {})
    application = next((state.hooks.apps[app].webhook_url for app in apps), "")
    override = next(iter(apps.values()), "")
    return {
        "display_phone_number": number.display,
        "verified_name": number.name,
        "quality_rating": number.quality,
        "status": "CONNECTED" if number.registered else "PENDING",
        "name_status": "APPROVED",
        "code_verification_status": "VERIFIED" if number.verified else "NOT_VERIFIED",
        "platform_type": "CLOUD_API" if number.registered else "NOT_APPLICABLE",
        "throughput": {"level": "STANDARD"},
        "health_status": {"can_send_message": can, "entities": [health]},
        "webhook_configuration": {"application": application, "whatsapp_business_account": override},
        "is_official_business_account": False,
        "is_pin_enabled": bool(number.pin.get_secret_value()),
        "whatsapp_business_manager_messaging_limit": number.messaging_limit,
    }


class Objects:
    def __init__(self, state: GraphState) -> None:
        self._state = state

    async def show(self, request: web.Request) -> web.Response:
        """`GET /{phone_number_id}?fields=` or `GET /{media_id}`."""
        object_id, token = request.match_info["id"], token_of(request)
        blob = self._state.media.get(object_id)
        if blob is not None and request.query.get("phone_number_id") in (None, blob.number):
            self._own(blob, token)
            return web.json_response(self._media(request, blob))
        number = self._state.numbers.get(object_id)
        if number is None or not number.takes(token):
            raise refusal(self._state, object_id, token)
        wanted = request.query.get("fields", "id,display_phone_number,verified_name,quality_rating").split(",")
        return web.json_response(number_view(self._state, number, wanted))

    async def upload(self, request: web.Request) -> web.Response:
        """`POST /{phone_number_id}/media`, multipart: `messaging_product`, `type`, `file` → `{"id"}`."""
        number, token = self._state.numbers.get(request.match_info["number"]), token_of(request)
        if number is None or not number.takes(token):
            raise refusal(self._state, request.match_info["number"], token)
        fields, file = await _parts(request, self._state.media.files)
        if fields.get("messaging_product") != "whatsapp":
            raise GraphError(100, message="(#100) The parameter messaging_product is required.")
        if file is None:
            raise GraphError(100, message="(#100) The parameter file is required.")
        name, mime, stored = file
        blob = self._state.media.put(number.phone_number_id, fields.get("type") or mime, name, stored)
        return web.json_response({"id": blob.id})

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The address that `GET /{media_id}` gave: lives five minutes; strangers and nameless programs get a page."""
        blob = self._state.media.redeem(request.match_info["token"])
        if blob is None:
            raise _page(404, "Not Found")
        if _NAMELESS.match(request.headers.get("User-Agent", "")):
            raise _page(400, "Sorry, something went wrong.")
        number = self._state.numbers.get(blob.number)
        if number is None or not number.takes(token_of(request)):
            raise _page(401, "Authentication Error")
        return web.FileResponse(blob.stored.path, headers={"Content-Type": blob.mime})

    async def delete(self, request: web.Request) -> web.Response:
        """`DELETE /{media_id}`."""
        blob = self._state.media.get(request.match_info["id"])
        if blob is None:
            raise refusal(self._state, request.match_info["id"], token_of(request))
        self._own(blob, token_of(request))
        return web.json_response({"success": self._state.media.delete(blob.id)})

    def _own(self, blob: Blob, token: str) -> None:
        number = self._state.numbers.get(blob.number)
        if number is None or not number.takes(token):
            raise refusal(self._state, blob.id, token)

    def _media(self, request: web.Request, blob: Blob) -> dict[str, Any]:
        url = f"{mount(request)}/graph/media-download/{self._state.media.ticket(blob)}"
        shown = {"messaging_product": "whatsapp", "url": url, "mime_type": blob.mime, "sha256": blob.sha256}
        return {**shown, "file_size": blob.stored.size, "id": blob.id}


async def _parts(request: web.Request, files: Files) -> tuple[dict[str, str], tuple[str, str, Stored] | None]:
    """The form's fields, and the file as (name, MIME type, bytes on disk). Raises `GraphError` 100 or 131053."""
    if not request.content_type.startswith("multipart/"):
        raise GraphError(100, message="(#100) The parameter file is required.")
    fields: dict[str, str] = {}
    file = None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "file":
            mime = part.headers.get("Content-Type", "application/octet-stream")
            file = part.filename or "file", mime, await _kept(part, files)
        else:
            fields[part.name or ""] = await part.text()
    return fields, file


async def _kept(part: BodyPartReader, files: Files) -> Stored:
    async def chunks() -> AsyncIterator[bytes]:
        while chunk := await part.read_chunk(64 * 1024):
            yield bytes(chunk)

    try:
        return await files.keep(chunks(), MOST)
    except TooBig:
        raise GraphError(131053, "The file is larger than 100 MB") from None


def _page(status: int, words: str) -> web.HTTPException:
    """What Meta's file host says: HTML, whatever the caller can read."""
    kind = {400: web.HTTPBadRequest, 401: web.HTTPUnauthorized, 404: web.HTTPNotFound}[status]
    return kind(text=f"<html><body>{words}</body></html>", content_type="text/html")
