"""Suit a message's files to what a channel takes: as they are, converted, as documents, or as links.

    taken as it is? → converted → as the next kind (voice → audio → document, sticker → image → document) → a link

Films are never converted: one in a codec that a channel does not mean goes as a document. What could not be done shows
in the form in which the file arrives; nothing is left out.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from xyper_engine.contract import Limits, MediaLimit
from xyper_engine.errors import Unconvertible
from xyper_engine.media import disk
from xyper_engine.media.convert import PICTURES, WRITERS
from xyper_engine.media.films import is_foreign
from xyper_engine.media.peculiar import PEEK, VARIED, peculiar
from xyper_engine.media.types import OPUS, essence
from xyper_engine.model import Message, Part
from xyper_engine.parts import Media, MediaKind, Notice, Text
from xyper_engine.routing.claim import files_of, replaced
from xyper_engine.runtime import Runtime
from xyper_engine.state.files import MADE, Owner, StoredFile

LARGEST = 100_000_000
"""Bytes of a file that is converted at all."""

_FALLBACKS: Mapping[MediaKind, Sequence[MediaKind]] = {
    MediaKind.sticker: (MediaKind.sticker, MediaKind.image, MediaKind.document),
    MediaKind.voice: (MediaKind.voice, MediaKind.audio, MediaKind.document),
    MediaKind.image: (MediaKind.image, MediaKind.document),
    MediaKind.video: (MediaKind.video, MediaKind.document),
    MediaKind.audio: (MediaKind.audio, MediaKind.document),
    MediaKind.document: (MediaKind.document,),
}
"""What a file may be shown as, best first."""
_SOUND = frozenset({MediaKind.voice, MediaKind.audio})
_MUTE = frozenset({MediaKind.voice, MediaKind.audio, MediaKind.sticker})
"""Kinds that no channel shows a caption with."""


async def suit(message: Message, limits: Limits, rt: Runtime) -> Message:
    """The message with files that the channel takes; each caption it cannot show follows its file as text.

    Raises `Unavailable` where a file cannot be read or kept now.
    """
    told = [await _suited(media, limits, rt) for media in files_of(message)]
    return replaced(message, told) if told else message


async def _suited(media: Media, limits: Limits, rt: Runtime) -> Sequence[Part]:
    if media.file is None:
        return (media,)
    for kind in _FALLBACKS[media.kind]:
        limit = limits.media.get(kind)
        shown = await _shown(media, kind, limit, limits, rt) if limit else None
        if shown:
            return tuple(_captioned(shown, limits.caption))
    return tuple(_as_link(media, rt))


async def _shown(media: Media, kind: MediaKind, limit: MediaLimit, limits: Limits, rt: Runtime) -> Media | None:
    """The file as this kind, converted if need be; None where it cannot be one."""
    wanted = _wanted(media, kind, limit, limits, rt)
    fits = takes(limit, media.mime, media.size or 0) and not await _peculiar(media, limit, rt)
    if fits and not wanted:
        return media.model_copy(update={"kind": kind})
    if kind not in _SOUND and kind is not MediaKind.image:
        return None
    copy = await _converted(media, kind, limit, wanted, rt)
    return copy or (media.model_copy(update={"kind": kind}) if fits else None)


def takes(limit: MediaLimit, mime: str, size: int) -> bool:
    """Whether the channel takes such a file as it is. Where it takes Ogg, it means Opus in it."""
    named = essence(mime) in limit.mimes or mime in limit.mimes
    if essence(mime) == essence(OPUS) and mime != OPUS:
        named = False
    return size <= limit.size and (named or "*/*" in limit.mimes)


def _wanted(media: Media, kind: MediaKind, limit: MediaLimit, limits: Limits, rt: Runtime) -> str | None:
    """The type that agents are to hear customers' voice messages in, where it is another one."""
    asked = limits.languages and rt.settings.media.voice_to_agents == "mp3"
    if not asked or media.kind is not MediaKind.voice or kind not in _SOUND or media.mime == "audio/mpeg":
        return None
    return "audio/mpeg" if takes(limit, "audio/mpeg", 0) else None


async def _peculiar(media: Media, limit: MediaLimit, rt: Runtime) -> bool:
    """True for a variety of a type that channels do not mean when they name the type."""

    async def read(start: int, length: int) -> bytes:
        async with aclosing(rt.files.open(media.file or "", start=start, length=length)) as chunks:
            return b"".join([chunk async for chunk in chunks])

    if "*/*" in limit.mimes:
        return False
    if media.mime in ("video/mp4", "video/3gpp"):
        return await is_foreign(read)
    return media.mime in VARIED and peculiar(await read(0, PEEK), media.mime)


async def _converted(media: Media, kind: MediaKind, limit: MediaLimit, wanted: str | None, rt: Runtime) -> Media | None:
    """A converted copy, kept as a file of its own so that a retry finds it; None where there can be none."""
    if (media.size or 0) > LARGEST:
        return None
    source = await rt.files.get(media.file or "")
    n = source.n + MADE
    try:
        copy = await rt.files.of(source.event_key, n) or await _made(source, n, kind, limit, wanted, rt)
    except Unconvertible as error:
        rt.log.info("file not converted", tenant=source.tenant, kind=kind.value, mime=media.mime, reason=str(error))
        return None
    if copy.state != "stored" or not (takes(limit, copy.mime, copy.size) or wanted == copy.mime):
        return None
    true = {"file": copy.id, "mime": copy.mime, "name": copy.name, "size": copy.size, "sha256": copy.sha256}
    return media.model_copy(update={**true, "kind": kind, "animated": False})


async def _made(
    source: StoredFile, n: int, kind: MediaKind, limit: MediaLimit, wanted: str | None, rt: Runtime
) -> StoredFile:
    """On files in a folder of their own: nothing of them is held in memory."""
    owner = Owner(source.tenant, source.event_key, n, source.contact, kind)
    with tempfile.TemporaryDirectory(prefix="xyper-") as folder:
        before, after = Path(folder) / "before", Path(folder) / "after"
        async with aclosing(rt.files.open(source.id)) as chunks:
            await disk.write(before, chunks)
        mime = await _convert(before, after, source, kind, limit, wanted, rt)
        async with aclosing(disk.read(after)) as body:
            return await rt.files.keep(owner, body, mime=mime, name=Path(source.name).stem)


async def _convert(
    before: Path, after: Path, source: StoredFile, kind: MediaKind, limit: MediaLimit, wanted: str | None, rt: Runtime
) -> str:
    """The type that came out."""
    if kind in _SOUND:
        mime = wanted or next((mime for mime in WRITERS if _names(limit, mime)), None)
        if mime is None:
            raise Unconvertible("The channel takes no sound that is made here.")
        await rt.workshop.sound(before, after, source.mime, mime)
        return mime
    mimes = [mime for mime in PICTURES if _names(limit, mime)]
    still = source.kind == MediaKind.sticker
    return await rt.workshop.picture(before, after, mimes, limit.size, still=still)


def _names(limit: MediaLimit, mime: str) -> bool:
    return takes(limit, mime, 0)


def _captioned(media: Media, longest: int) -> Iterator[Part]:
    caption = media.caption
    if caption and (media.kind in _MUTE or len(caption) > longest):
        yield media.model_copy(update={"caption": None})
        yield Text(text=caption)
    else:
        yield media


def _as_link(media: Media, rt: Runtime) -> Iterator[Part]:
    name = media.name or media.kind.value
    link = rt.files.link(media.file or "", name)
    yield Notice(code="too_big", values={"name": name, "size": in_words(media.size or 0), "link": link})
    if media.caption:
        yield Text(text=media.caption)


def in_words(size: int) -> str:
    """A size for people: `812 kB`, `3.4 MB`, `120 MB`."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1e6:.1f} MB" if size < 9_950_000 else f"{size / 1e6:.0f} MB"
