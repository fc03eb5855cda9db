"""Files, and what every other part is made of: one message in Meta's words. Source: Meta, "Media messages".

A file of ours stands in a body as `{"id": <our id>}`; `uploads.py` puts Meta's id in its place when it is posted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xyper_engine.errors import Unsupported
from xyper_engine.parts import Media, MediaKind
from xyper_whatsapp.limits import CAPTION, CAPTIONED, MEDIA, STATIC_STICKER, TEXT

TYPES = frozenset({"image", "video", "audio", "document", "sticker"})
"""Meta's names of the objects that hold a file."""
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Said:
    """One message: its `type`, the object of that name, and the files of ours that it shows."""

    type: str
    content: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    files: tuple[Media, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        return {"type": self.type, self.type: self.content}


def text(words: str, *, preview: bool = False) -> Said:
    """Raises `Unsupported` for a text that is too long."""
    if len(words) > TEXT:
        raise Unsupported(f"The text has {len(words)} characters, and WhatsApp takes at most {TEXT}.")
    return Said("text", {"preview_url": preview, "body": words})


def bears(media: Media, caption: str) -> bool:
    """Whether the file can carry these words under it."""
    return media.kind in CAPTIONED and len(caption) <= CAPTION


def file(media: Media) -> Iterator[Said]:
    """The file with its caption, or, where it cannot bear one, with a text behind it. Raises `Unsupported`."""
    caption = media.caption if media.caption and media.caption.strip() else None
    if caption is None or bears(media, caption):
        yield _shown(media, caption)
    else:
        yield _shown(media)
        yield text(caption)


def attached(media: Media) -> dict[str, Any]:
    """The file as it stands above choices and in templates: its type and the object of that name."""
    said = _shown(media)
    return said.body


def own(media: Media | None) -> tuple[Media, ...]:
    """The file, where Meta has to be handed it."""
    return (media,) if media is not None and media.file else ()


def _shown(media: Media, caption: str | None = None) -> Said:
    kind = _type(media)
    content: dict[str, Any] = {"id": media.file} if media.file else {"link": media.link}
    if caption:
        content["caption"] = caption
    if kind == "document" and media.name:
        content["filename"] = media.name
    if media.kind is MediaKind.voice:
        content["voice"] = True
    return Said(kind, content, own(media))


def _type(media: Media) -> str:
    """Meta's type of message for this file. Raises `Unsupported` where WhatsApp does not take it."""
    kind = _kind(media)
    limit, mime = MEDIA[kind], media.mime.partition(";")[0].strip().lower()
    if not (media.file or media.link):
        raise Unsupported("The file is stored nowhere, so it cannot be handed to WhatsApp: send it again.")
    if mime and mime not in limit.mimes and "*/*" not in limit.mimes:
        raise Unsupported(f"WhatsApp takes no {mime} as {kind}, only {', '.join(limit.mimes)}: send it as a document.")
    if (media.size or 0) > limit.size:
        has, most = (media.size or 0) / _MB, limit.size / _MB
        raise Unsupported(f"The file has {has:.1f} MB, and WhatsApp takes at most {most:.1f} MB as {kind}.")
    return "audio" if kind is MediaKind.voice else kind.value


def _kind(media: Media) -> MediaKind:
    """A sticker that does not move and is too big for one is shown as what it is: a file."""
    stiff = media.kind is MediaKind.sticker and not media.animated
    return MediaKind.document if stiff and (media.size or 0) > STATIC_STICKER else media.kind
