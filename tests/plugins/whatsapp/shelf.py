"""A store of files as an adapter sees it, in memory."""

import hashlib
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime

from xyper_engine.errors import NotFound, Unavailable, XyperError
from xyper_engine.model import Endpoint
from xyper_engine.state.files import StoredFile


class Shelf:
    """Files by their ids, and what a far side keeps of them."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}
        self._bodies: dict[str, tuple[bytes, int]] = {}
        self.uploads: dict[tuple[Endpoint, str, str], str] = {}
        self.expiries: list[datetime] = []
        self.trouble: XyperError | None = None
        """What every question about uploads is answered with."""
        self.broken: XyperError | None = None
        """How every file ends."""

    def put(
        self, file_id: str, body: bytes, mime: str = "image/jpeg", *, name: str = "a.jpg", repeat: int = 1
    ) -> StoredFile:
        """A file of `body`, over and over."""
        file = StoredFile(
            id=file_id,
            tenant="acme",
            event_key="e",
            n=0,
            contact="c",
            object=file_id,
            state="stored",
            kind="image",
            mime=mime,
            name=name,
            size=len(body) * repeat,
            sha256=hashlib.sha256(body).hexdigest(),
        )
        self._files[file_id], self._bodies[file_id] = file, (body, repeat)
        return file

    async def get(self, file_id: str) -> StoredFile:
        if file_id not in self._files:
            raise NotFound(f"There is no file {file_id}.")
        return self._files[file_id]

    async def open(self, file_id: str) -> AsyncGenerator[bytes, None]:
        body, repeat = self._bodies[file_id]
        for _ in range(repeat):
            yield body
            if self.broken:
                raise self.broken

    async def uploaded(self, endpoint: Endpoint, sha256: str, mime: str) -> str | None:
        self._ask()
        return self.uploads.get((endpoint, sha256, mime))

    async def note_upload(
        self, tenant: str, endpoint: Endpoint, sha256: str, mime: str, far_id: str, expires_at: datetime
    ) -> None:
        assert tenant == "acme"
        self.uploads[endpoint, sha256, mime] = far_id
        self.expiries.append(expires_at)

    async def forget_upload(self, endpoint: Endpoint, far_id: str) -> None:
        self._ask()
        self.uploads = {key: held for key, held in self.uploads.items() if (key[0], held) != (endpoint, far_id)}

    def link(self, file_id: str, name: str) -> str:
        return f"https://xyper.example.com/files/{file_id}/{name}"

    def known(self) -> Mapping[str, str]:
        """Our file's hash → Meta's id."""
        return {sha256: far_id for (_, sha256, _), far_id in self.uploads.items()}

    def _ask(self) -> None:
        if self.trouble:
            raise self.trouble


GONE = NotFound("There is no object.")
AWAY = Unavailable("The database does not answer.")
