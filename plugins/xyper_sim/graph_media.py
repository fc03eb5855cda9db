"""Meta's media store: what was uploaded, its short-lived download addresses, and which file may be sent as what."""

import base64
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xyper_sim.files import Files, Stored

MOST = 100 * 1024 * 1024
"""Bytes of the largest file that Meta takes."""
_URL_LIVES = 300.0  # seconds
_MB, _KB = 1024 * 1024, 1024

KINDS = ("image", "video", "audio", "document", "sticker")
ALLOWED: Mapping[str, frozenset[str] | None] = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "audio": frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
    "sticker": frozenset({"image/webp"}),
    "document": None,  # others than the documented ones are taken too
}
LARGEST = {"image": 5 * _MB, "video": 16 * _MB, "audio": 16 * _MB, "document": MOST, "sticker": 500 * _KB}
_BEGINS: Mapping[str, tuple[int, bytes]] = {
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/png": (0, b"\x89PNG"),
    "image/webp": (8, b"WEBP"),
    "video/mp4": (4, b"ftyp"),
    "audio/mp4": (4, b"ftyp"),
    "audio/ogg": (28, b"OpusHead"),
    "application/pdf": (0, b"%PDF"),
}


@dataclass(frozen=True, slots=True)
class Blob:
    id: str
    number: str
    """The phone_number_id it belongs to."""
    mime: str
    filename: str
    stored: Stored

    @property
    def bare(self) -> str:
        """The MIME type without its parameters."""
        return self.mime.partition(";")[0].strip().lower()

    @property
    def sha256(self) -> str:
        """Hex, as `GET /{media_id}` has it; webhooks have `sha256_base64`."""
        return self.stored.digest.hex()

    @property
    def sha256_base64(self) -> str:
        return base64.b64encode(self.stored.digest).decode()

    def fault(self, kind: str) -> str:
        """Why it cannot be sent as this kind (error 131053); "" where it can."""
        allowed, begins = ALLOWED[kind], _BEGINS.get(self.bare)
        if allowed is not None and self.bare not in allowed:
            return f"{self.bare} is not supported as {kind}"
        if begins is not None and not self.stored.head()[begins[0] :].startswith(begins[1]):
            return f"The file is not of its declared type {self.bare}"
        return f"The file is larger than {kind} may be" if self.stored.size > LARGEST[kind] else ""


class MediaShelf:
    """What was uploaded, and which download tokens are valid until when."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._blobs: dict[str, Blob] = {}
        self._tokens: dict[str, tuple[str, float]] = {}

    def put(self, number: str, mime: str, filename: str, stored: Stored) -> Blob:
        blob = Blob(str(secrets.randbelow(9 * 10**14) + 10**14), number, mime, filename, stored)
        self._blobs[blob.id] = blob
        return blob

    def get(self, media_id: str) -> Blob | None:
        return self._blobs.get(media_id)

    def delete(self, media_id: str) -> bool:
        return self._blobs.pop(media_id, None) is not None

    def ticket(self, blob: Blob) -> str:
        """A token for one download address; it lives five minutes."""
        token = secrets.token_urlsafe(16)
        self._tokens[token] = (blob.id, time.monotonic() + _URL_LIVES)
        return token

    def redeem(self, token: str) -> Blob | None:
        media_id, until = self._tokens.get(token, ("", 0.0))
        return self._blobs.get(media_id) if until > time.monotonic() else None


def references(body: Any, kind: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every `{"id"}` or `{"link"}` of a file in a send request, wherever it stands, with its kind."""
    if isinstance(body, list):
        for item in body:
            yield from references(item)
    elif isinstance(body, dict):
        if kind in KINDS and ("id" in body or "link" in body):
            yield kind, body
            return
        for name, value in body.items():
            yield from references(value, name)
