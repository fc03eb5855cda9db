"""Meta's media store: what was uploaded, and its short-lived download addresses."""

import hashlib
import secrets
import time
from dataclasses import dataclass

_URL_LIVES = 300.0  # seconds


@dataclass(frozen=True, slots=True)
class Blob:
    id: str
    number: str
    """The phone_number_id it belongs to."""
    mime: str
    filename: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


class MediaShelf:
    """Holds uploads in memory, and which download tokens are valid until when."""

    def __init__(self) -> None:
        self._blobs: dict[str, Blob] = {}
        self._tokens: dict[str, tuple[str, float]] = {}

    def put(self, number: str, mime: str, filename: str, data: bytes) -> Blob:
        blob = Blob(str(secrets.randbelow(9 * 10**14) + 10**14), number, mime, filename, data)
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
