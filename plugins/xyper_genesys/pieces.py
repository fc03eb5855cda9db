"""Files and places in what Genesys says → parts. Pure."""

import re
from collections.abc import Iterator
from typing import TypeGuard

from xyper_engine.model import Part
from xyper_engine.parts import Location, Media, MediaKind, Source, Text
from xyper_genesys.reading import Json, string, whole, word, words

_KINDS = {"image": MediaKind.image, "video": MediaKind.video, "audio": MediaKind.audio}
_RECORDED_MIME = re.compile(r"opus|^audio/webm", re.IGNORECASE)
_RECORDED_NAME = re.compile(r"\.opus$|voice|recording", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def attachment(found: Json) -> Iterator[Part]:
    """A file, or a link. Genesys names a file's address, and where it does not, an id to ask for."""
    url, ident = string(found, "url"), string(found, "id")
    if word(found, "mediaType") == "link" and url:
        yield Text(text="\n".join(words(found, "text", "url")))
    elif url or ident:
        mime, name, sha256 = string(found, "mime"), string(found, "filename"), string(found, "sha256")
        yield Media(
            kind=_kind(word(found, "mediaType"), mime, name),
            mime=mime,
            name=name or None,
            caption=string(found, "text") or None,
            size=whole(found, "contentSizeBytes"),
            sha256=sha256.lower() if _SHA256.fullmatch(sha256) else None,
            source=Source(id=ident or None, url=url or None),
        )


def linked(url: str, kind: MediaKind) -> list[Media]:
    """The picture or film of a card: an address and nothing more."""
    return [Media(kind=kind, source=Source(url=url))] if url.strip() else []


def place(found: Json) -> Iterator[Part]:
    """A place, if it says where it is; else its words."""
    latitude, longitude = found.get("latitude"), found.get("longitude")
    if _degrees(latitude, 90) and _degrees(longitude, 180):
        name, address, url = (string(found, key) or None for key in ("text", "address", "url"))
        yield Location(latitude=latitude, longitude=longitude, name=name, address=address, url=url)
    elif said := words(found, "text", "address", "url"):
        yield Text(text="\n".join(said))


def _kind(media_type: str, mime: str, name: str) -> MediaKind:
    """The MIME type decides where it says something, else Genesys' own `mediaType`."""
    kind = _KINDS.get(mime.partition("/")[0].lower()) or _KINDS.get(media_type, MediaKind.document)
    recorded = _RECORDED_MIME.search(mime) or _RECORDED_NAME.search(name)
    return MediaKind.voice if kind is MediaKind.audio and recorded else kind


def _degrees(value: object, most: int) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most
