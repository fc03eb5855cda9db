"""The pages' files, `GET /static/<hash>/…`: whatever changes has another address, so a browser never asks twice.

The hash is of all of them together. They are read once, and compressed when somebody first wants them so; what is not
among those that were read does not exist, whatever the path says.
"""

import gzip
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from aiohttp import web

from xyper_engine.settings import root

PREFIX = "/static"
PARTS = ("shared", "widget", "admin")
"""The folders of `widget_static/` that are served so."""
_FILE = re.compile(rf'="{PREFIX}/({"|".join(PARTS)})/')
_TYPES = {".js": "text/javascript", ".json": "application/json", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
_PACKED = frozenset({".woff2", ".png", ".webp", ".ico"})
"""What compression makes no smaller."""
_ALWAYS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Asset:
    name: str
    body: bytes = field(repr=False)

    @cached_property
    def etag(self) -> str:
        return f'"{blake2b(self.body, digest_size=12).hexdigest()}"'

    @cached_property
    def packed(self) -> bytes | None:
        """None where it gains nothing."""
        if Path(self.name).suffix in _PACKED:
            return None
        small = gzip.compress(self.body, 9, mtime=0)
        return small if len(small) < len(self.body) else None

    @property
    def type(self) -> str:
        suffix = Path(self.name).suffix
        found = _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
        return f"{found}; charset=utf-8" if found.startswith("text/") or found.endswith("json") else found


class Assets:
    """`fresh`: look again whether files have changed, as whoever works on them wants it."""

    def __init__(self, folder: Path | None = None, *, fresh: bool = False) -> None:
        self._folder = folder or root() / "widget_static"
        self._fresh = fresh
        self._stamp: object = None
        self._read: tuple[str, dict[str, Asset]] | None = None

    @property
    def base(self) -> str:
        """Under which address they lie now."""
        return f"{PREFIX}/{self._now()[0]}"

    def page(self, name: str) -> str:
        """A page's HTML; `/static/` before a file's name in it became that address."""
        html, base = self._now()[1][name].body.decode(), self.base
        return _FILE.sub(rf'="{base}/\1/', html)

    def routes(self) -> list[web.RouteDef]:
        return [web.get(f"{PREFIX}/{{hash:[0-9a-f]{{16}}}}/{{name:.+}}", self.serve)]

    async def serve(self, request: web.Request) -> web.Response:
        hash_, files = self._now()
        asset = files.get(request.match_info["name"])
        if asset is None or request.match_info["hash"] != hash_:
            raise web.HTTPNotFound(text="There is no such file any more: load the page again.")
        headers = {**_ALWAYS, "ETag": asset.etag}
        if asset.etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = asset.type
        packed = asset.packed if "gzip" in request.headers.get("Accept-Encoding", "") else None
        if packed is not None:
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=asset.body if packed is None else packed, headers=headers)

    def _now(self) -> tuple[str, dict[str, Asset]]:
        stamp = tuple(path.stat().st_mtime_ns for path in self._paths()) if self._fresh or self._read is None else None
        if self._read is None or (self._fresh and stamp != self._stamp):
            self._stamp, self._read = stamp, self._load()
        return self._read

    def _load(self) -> tuple[str, dict[str, Asset]]:
        names = {path.relative_to(self._folder).as_posix(): path for path in self._paths()}
        files = {name: Asset(name, path.read_bytes()) for name, path in sorted(names.items())}
        digest = blake2b(digest_size=8)
        for name, asset in files.items():
            digest.update(f"{name}\0{asset.etag}\0".encode())
        return digest.hexdigest(), files

    def _paths(self) -> Iterator[Path]:
        for part in PARTS:
            yield from sorted(path for path in (self._folder / part).rglob("*") if path.is_file())
