"""Which codecs a film in MP4 or 3GPP holds: a channel that names these types means H.264 with AAC in them.

The index (`moov`, ISO 14496-12) may lie at either end of the file, so the boxes are walked by range reads: a few
hundred bytes of a film that is never read as a whole.
"""

import re
from collections.abc import Awaitable, Callable, Mapping

Read = Callable[[int, int], Awaitable[bytes]]
"""Of a file, from where and how many bytes; fewer at its end."""

BOXES = 64
"""Boxes at the top that are walked at most; a recording in pieces has its index before them."""
INDEX = 4 * 1024 * 1024
"""Bytes of an index that are read at most: they hold hours."""

_TRACK = re.compile(rb"stsd\0{4}\0{3}[\x01-\x08].{4}([\w. -]{4})", re.DOTALL)
"""A track's description: version, count, size of the first entry, and what it is encoded in."""
_HEAD = re.compile(rb"mvhd(?:\0.{3}.{8}(.{4})(.{4})|\x01.{3}.{16}(.{4})(.{8}))", re.DOTALL)
"""The film's header in either version: how many units make a second, and how many it lasts."""
_SIZE = re.compile(rb"tkhd(?:\0.{3}.{20}|\x01.{3}.{32}).{16}(.{36})(.{2}).{2}(.{2}).{2}", re.DOTALL)
"""A track's header: its matrix, and its width and height as whole numbers before the point."""
_FOREIGN = frozenset(
    {b"hvc1", b"hev1", b"dvh1", b"dvhe", b"av01", b"vp08", b"vp09", b"mp4v", b"s263", b"jpeg", b"mjpa", b"mjpb"}
    | {b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"Opus", b"fLaC", b"alac", b"ac-3", b"ec-3", b".mp3", b"sowt"}
)


async def is_foreign(read: Read) -> bool:
    """True where a track is in a codec that is not H.264 or AAC; False also where no index is found."""
    return not _FOREIGN.isdisjoint(_TRACK.findall(await _index(read)))


async def measures(read: Read) -> Mapping[str, float]:
    """`width` and `height` as it is shown, and `duration` in seconds; as far as its index tells them."""
    index = await _index(read)
    found: dict[str, float] = {}
    if head := _HEAD.search(index):
        scale, length = (int.from_bytes(part, "big") for part in head.groups() if part is not None)
        if scale:
            found["duration"] = round(length / scale, 2)
    for track in _SIZE.finditer(index):
        matrix, width, height = track[1], int.from_bytes(track[2], "big"), int.from_bytes(track[3], "big")
        if width and height:
            sideways = not any(matrix[:4]) and any(matrix[4:8])
            found |= {"width": height, "height": width} if sideways else {"width": width, "height": height}
            break
    return found


async def _index(read: Read) -> bytes:
    """The box `moov`; empty where there is none."""
    at = 0
    for _ in range(BOXES):
        header = await read(at, 16)
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if header[4:8] == b"moov":
            return await read(at, min(length, INDEX))
        if length < 8 or len(header) < 16:
            break
        at += length
    return b""
