"""What a file is, from its first bytes; and a name for it that is safe to show and to save under.

puremagic knows the long tail of types (kept up, typed, pure Python; `filetype` knows fewer and rests since 2022,
`python-magic` wants a C library). What it cannot tell apart is told here: the containers that hold sound or film, the
zips that are office files, and text. What the sender says counts only where the bytes leave it open.
"""

import re
import unicodedata

import puremagic

from xyper_engine.media.types import (
    ENDINGS,
    OFFICE,
    OLE,
    OPUS,
    TEXTS,
    UNKNOWN,
    canonical,
    ending_of,
    essence,
    is_active,
    is_active_ending,
)
from xyper_engine.parts import MediaKind

HEAD = 4096
"""Bytes that are looked at."""
SURE = 0.3
"""puremagic's confidence in two matching bytes is 0.2: that is believed only where the sender says the same."""
LONGEST = 120
"""Characters of a name."""

_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"#!AMR", "audio/amr"),
    (b"{\\rtf", "application/rtf"),
    (b"BEGIN:VCARD", "text/vcard"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
)  # fmt: skip
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_OGG = ((b"OpusHead", OPUS), (b"\x01vorbis", "audio/ogg"), (b"\x7fFLAC", "audio/ogg"), (b"Speex", "audio/ogg"))
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
_ZIP_FOLDERS = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"))
_DECLARED = re.compile(rb"application/[a-z0-9.+-]+")
"""OpenDocument and EPUB name their type in their first entry; what follows it begins with capitals."""
_FILM = re.compile(rb"V_(?:VP[89]|AV1|MPEG|THEORA|MS|UNCOMPRESSED)")
_MARKUP = re.compile(
    r"<(?:!doctype\s+html|html|head|body|script|style|iframe|object|embed|form|link|meta|title|base|table|div|span|font|"
    r"img|h[1-6]|a|p|b|br)\b",
    re.IGNORECASE,
)
_SVG = re.compile(r"<(?:[\w.-]+:)?svg\b", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_TRUNCATED = 3
"""Bytes of a character that the end of the head may have cut off."""

_DEFAULTS = {MediaKind.image: "photo"}
_PLAIN = {"text/plain": "txt", "application/zip": "zip"}
"""Types that go with any harmless ending, and the one they get without."""
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_JOINERS = "\u200c\u200d"
"""Invisible like the bidirectional overrides, but letters of Persian and emoji need them."""


def sniff(head: bytes, told: str, name: str | None) -> str:
    """The MIME type of a file that begins with `head`; `told` is what the sender says, `name` the file's name.

    Active content (HTML, SVG, scripts, programs) is called that, whatever the sender says.
    """
    head = head[:HEAD]
    said, ending = canonical(told), ending_of(name)
    return _container(head, said, ending) or _text(head, said, ending) or _magic(head, said, ending) or UNKNOWN


def _container(head: bytes, said: str, ending: str) -> str | None:
    for start, mime in _STARTS:
        if head.startswith(start):
            return mime
    if head[4:8] == b"ftyp":
        return _ftyp(head, said, ending)
    if head.startswith(b"OggS"):
        return next((mime for mark, mime in _OGG if mark in head[:96]), "video/ogg")
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head.startswith(b"\x1aE\xdf\xa3"):
        return _matroska(head, said)
    if head.startswith(b"PK\x03\x04"):
        return _zip(head, said, ending)
    return _ole(said, ending) if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") else None


def _ftyp(head: bytes, said: str, ending: str) -> str:
    """ISO base media (ISO 14496-12): the brands tell pictures, the tracks sound from film."""
    size = max(16, int.from_bytes(head[:4], "big"))
    brands = [head[at : at + 4] for at in (8, *range(16, min(size, len(head)), 4))]
    if any(brand in (b"avif", b"avis") for brand in brands):
        return "image/avif"
    if any(brand in _HEIC for brand in brands):
        return "image/heic"
    if brands[0] in (b"mif1", b"msf1"):
        return "image/heif"
    if brands[0] == b"qt  ":
        return "video/quicktime"
    return _film_or_sound(head, brands[0], said, ending)


def _film_or_sound(head: bytes, brand: bytes, said: str, ending: str) -> str:
    form = "3gpp" if brand[:3] in (b"3gp", b"3g2") else "mp4"
    if brand[:3] in (b"M4A", b"M4B"):
        return "audio/mp4"
    if b"vide" in head or b"soun" in head:
        return f"video/{form}" if b"vide" in head else f"audio/{form}"
    # The index lies at the end of what a phone has just recorded: only the sender knows.
    return f"audio/{form}" if said.startswith("audio/") or ending in ("m4a", "m4b") else f"video/{form}"


def _matroska(head: bytes, said: str) -> str:
    if b"webm" not in head[:64]:
        return "video/x-matroska"
    sound = b"A_" in head or said.startswith("audio/")
    return "audio/webm" if sound and not _FILM.search(head) else "video/webm"


def _zip(head: bytes, said: str, ending: str) -> str:
    """The names of a zip's first entries lie in the open."""
    if head[30:38] == b"mimetype" and (found := _DECLARED.match(head, 38)):
        return found[0].decode("ascii")
    office = next((kind for mark, kind in _ZIP_FOLDERS if mark in head), None)
    if office or b"[Content_Types].xml" in head:
        return _office(office, said, ending)
    if b"AndroidManifest.xml" in head or ending == "apk":
        return "application/vnd.android.package-archive"
    return "application/java-archive" if b"META-INF/" in head or ending == "jar" else "application/zip"


def _office(found: str | None, said: str, ending: str) -> str:
    """The folder tells the program; with or without macros, only the name does."""
    if found and not ending.startswith(found[:-1]):
        return OFFICE[found]
    return OFFICE.get(ending) or (said if said in OFFICE.values() else "application/zip")


def _ole(said: str, ending: str) -> str:
    return OLE.get(ending) or (said if said in OLE.values() else "application/x-ole-storage")


def _text(head: bytes, said: str, ending: str) -> str | None:
    text = _decoded(head)
    if text is None:
        return None
    by_name = TEXTS.get(ending) or (said if said in TEXTS.values() else "text/plain")
    return _markup(text.lstrip()) or (by_name if by_name != "image/svg+xml" else "text/plain")


def _markup(text: str) -> str | None:
    if not text.startswith("<"):
        return None
    if _SVG.search(text) and not re.match(r"<(?:!doctype\s+)?html", text, re.IGNORECASE):
        return "image/svg+xml"
    if "http://www.w3.org/1999/xhtml" in text:
        return "application/xhtml+xml"
    if _MARKUP.search(text):
        return "text/html"
    return "application/xml" if text.startswith("<?xml") else None


def _decoded(head: bytes) -> str | None:
    """The head as text, None where it is none: UTF-8, or UTF-16 with its mark, or eight bits without controls."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    for cut in range(_TRUNCATED + 1 if len(head) == HEAD else 1):
        try:
            text = head[: len(head) - cut].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
        return None if not text or _CONTROLS.search(text) else text
    text = head.decode("latin-1")
    letters = sum(character.isascii() for character in text)
    return None if _CONTROLS.search(text) or letters < len(text) * 0.7 else text


def _magic(head: bytes, said: str, ending: str) -> str | None:
    """puremagic's best guess, or the one among its guesses that the sender shares."""
    try:
        guesses = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    named = [guess for guess in guesses if guess.mime_type]
    shared = (guess for guess in named if canonical(guess.mime_type) == said or guess.extension == f".{ending}")
    best = next(shared, None) or next((guess for guess in named if guess.confidence >= SURE), None)
    return canonical(best.mime_type) if best else None


def safe_name(name: str | None, mime: str, kind: MediaKind) -> str:
    """A name to show and to save under: one path part, nothing hidden in it, at most 120 characters, NFC.

    The type's own ending is added where there is none or one of another type; without a name it is `photo.jpg`,
    `voice.ogg`, ….
    """
    stem = _cleaned(name or "") or _DEFAULTS.get(kind, str(kind))
    ending = ending_of(stem)
    if _belongs(ending, mime):
        stem = stem[: -len(ending) - 1]
    else:
        ending = _ending(mime, needed=bool(ending))
    return f"{stem[: LONGEST - len(ending) - 1].rstrip(' .')}.{ending}" if ending else stem[:LONGEST]


def _belongs(ending: str, mime: str) -> bool:
    truths = ENDINGS.get(essence(mime))
    if truths is not None:
        return ending in truths
    return ending != "" and (is_active(mime) or not is_active_ending(ending))


def _ending(mime: str, *, needed: bool) -> str:
    """The type's usual ending; for unknown bytes one that nothing opens, where it is needed to hide another."""
    return ENDINGS.get(essence(mime), (_PLAIN.get(essence(mime), "bin" if needed else ""),))[0]


def _cleaned(name: str) -> str:
    """Without path, control characters, bidirectional overrides, leading dots and what Windows does not take."""
    last = re.split(r"[/\\]", name)[-1]
    kept = (" " if unicodedata.category(c) in ("Zs", "Zl", "Zp") or c in "\t\r\n" else c for c in last if _shown(c))
    words = " ".join(_FORBIDDEN.sub("_", unicodedata.normalize("NFC", "".join(kept))).split()).strip(" .")
    return f"_{words}" if _DEVICES.match(words) else words


def _shown(character: str) -> bool:
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")
    return not hidden or character in _JOINERS or character in "\t\r\n"
