"""Files of the simulated Genesys Cloud: those that agents send, and those that it fetched from the middleware.

An agent's file is served under a pre-signed address on the download host, as Genesys does: whoever has the address
may fetch it for a while, and a token has no business there. A customer's file is fetched at once, by the address in
its attachment and nothing else.
"""

import hmac
import secrets
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from aiohttp import web

from xyper_sim import files
from xyper_sim.files import Files, Stored, TooBig, mount

MOST = 25 * 1024 * 1024
"""Bytes of the largest attachment."""
_PATIENCE = 30.0  # seconds
_LIVES = 3600  # seconds that a pre-signed address is good for
_XML = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>'
_TYPES = {"image": "Image", "video": "Video", "audio": "Audio"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CloudFile:
    mime: str
    filename: str
    stored: Stored
    id: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def media_type(self) -> str:
        return _TYPES.get(self.mime.partition("/")[0], "File")


class CloudFiles:
    """All of them, by id."""

    def __init__(self, shelf: Files) -> None:
        self.shelf = shelf
        self.leaks = 0
        """How often a token was sent to the download host."""
        self._files: dict[str, CloudFile] = {}
        self._key = secrets.token_bytes(32)

    def put(self, mime: str, filename: str, stored: Stored) -> CloudFile:
        made = CloudFile(mime, filename, stored)
        self._files[made.id] = made
        return made

    def get(self, name: str) -> CloudFile:
        """Raises `ValueError`."""
        if (found := self._files.get(name)) is None:
            raise ValueError(f"there is no file {name}")
        return found

    def attachment(self, file: CloudFile, base: str) -> Json:
        """As the webhook tells an agent's file."""
        expires = int(time.time()) + _LIVES
        query = urlencode({"Expires": expires, "Signature": self.signature(file.id, str(expires))})
        return {
            "id": file.id,
            "mediaType": file.media_type,
            "url": f"{base}/api-downloads/{file.id}/{quote(file.filename, safe='')}?{query}",
            "mime": file.mime,
            "filename": file.filename,
            "contentSizeBytes": file.stored.size,
        }

    def signature(self, name: str, expires: str) -> str:
        return hmac.new(self._key, f"{name}/{expires}".encode(), sha256).hexdigest()

    async def fetch(self, attachment: Json) -> Json:
        """Fetch a customer's file: `{"file", "mime", "size"}` as served, or `{"problem": words}`."""
        limit = aiohttp.ClientTimeout(total=_PATIENCE)
        try:
            async with aiohttp.ClientSession(timeout=limit) as http, http.get(str(attachment["url"])) as answer:
                if answer.status != 200:
                    return {"problem": f"HTTP {answer.status}"}
                stored = await self.shelf.keep(answer.content.iter_chunked(64 * 1024), MOST)
                mime = answer.headers.get("Content-Type", "application/octet-stream")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, TooBig) as error:
            return {"problem": f"{type(error).__name__}"}
        made = self.put(mime, str(attachment.get("filename") or "file"), stored)
        return {"file": made.id, "mime": mime, "size": stored.size}


class FileDoor:
    """HTTP: the pre-signed download, and what the desk uploads and shows."""

    def __init__(self, shelf: CloudFiles) -> None:
        self._shelf = shelf

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api-downloads/{id}/{name}", self.download),
            web.post("/api/cloud/files", self.upload),
            web.get("/api/cloud/files/{id}", self.show),
        ]

    async def download(self, request: web.Request) -> web.StreamResponse:
        """`GET /api-downloads/{id}/{name}?Expires=&Signature=`: 403 for a wrong or old one."""
        name, expires = request.match_info["id"], request.query.get("Expires", "")
        given = request.query.get("Signature", "")
        good = hmac.compare_digest(self._shelf.signature(name, expires).encode(), given.encode())
        if "Authorization" in request.headers:
            self._shelf.leaks += 1
        if not good or int(expires) < time.time():
            raise web.HTTPForbidden(text=_XML, content_type="application/xml")
        file = self._shelf.get(name)
        return web.FileResponse(file.stored.path, headers={"Content-Type": file.mime})

    async def upload(self, request: web.Request) -> web.Response:
        """`POST /api/cloud/files?filename=`, the file as the body, its MIME type as Content-Type: the attachment."""
        mime = request.headers.get("Content-Type", "application/octet-stream")
        try:
            stored = await self._shelf.shelf.keep(request.content.iter_chunked(64 * 1024), MOST)
        except TooBig as error:
            raise ValueError(f"the file is too big: {error}") from None
        made = self._shelf.put(mime, request.query.get("filename", "file"), stored)
        return web.json_response(self._shelf.attachment(made, mount(request)))

    async def show(self, request: web.Request) -> web.StreamResponse:
        """`GET /api/cloud/files/{id}`: for the desk page."""
        file = self._shelf.get(request.match_info["id"])
        return files.answer(file.stored.path, file.mime, file.filename)
