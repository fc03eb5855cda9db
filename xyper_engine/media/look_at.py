"""A program of its own: what a page needs to know of a file before it shows it. `convert.py` runs it, confined.

It is run by its path and imports nothing of Xyper: what it opens comes from strangers. It reads one JSON object
(`Wish`) from its argument and prints one, with what it found: `width` and `height`, `duration` and `peaks`, `pages`.
"""

import json
import re
import subprocess
import sys
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

PEAKS = 64
"""Bars of a waveform."""
RATE = 8000
"""Samples a second that a voice is looked at with."""
PIECE = RATE // 20
"""Samples that are one peak at first."""
LONGEST = 4 * 3600
"""Seconds of sound that are listened to."""
SIDEWAYS = frozenset({5, 6, 7, 8})
"""EXIF's orientations in which width and height change places."""
INFLATED = 32 * 1024 * 1024
"""Bytes that the streams of a PDF may have unpacked, all together."""

# Each is found in one go over the file: one made for it would else be searched to its end from each of its bytes.
_STREAM = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
_PIECE = re.compile(rb"[^>]+")
"""What holds a dictionary's own entries, as far as the next one's end."""
_PAGES = re.compile(rb"/Type\s{0,9}/Pages\b")
_COUNT = re.compile(rb"/Count\s{1,9}(\d{1,6})")
_PAGE = re.compile(rb"/Type\s{0,9}/Page\b(?!s)")


@dataclass(frozen=True, slots=True)
class Wish:
    source: str
    what: str
    """`picture`, `sound`, `pdf`."""
    ffmpeg: str = ""
    reader: str = ""
    """ffmpeg's; "" for none."""


def main(argument: str) -> Mapping[str, Any]:
    """What is printed; nothing for what cannot be read."""
    wish = Wish(**json.loads(argument))
    looks = {"picture": _picture, "sound": _sound, "pdf": _pdf}
    try:
        return looks[wish.what](wish)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, zlib.error, subprocess.SubprocessError):
        return {}


def _picture(wish: Wish) -> Mapping[str, Any]:
    """Its header alone is read."""
    from PIL import Image  # which sound and text can do without

    with Image.open(wish.source, formats=("JPEG", "PNG", "GIF", "WEBP")) as opened:
        width, height = opened.size
        if opened.format == "JPEG" and opened.getexif().get(0x0112) in SIDEWAYS:
            width, height = height, width
    return {"width": width, "height": height}


def _sound(wish: Wish) -> Mapping[str, Any]:
    command = (
        wish.ffmpeg, "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-f", wish.reader, "-i",
        f"file:{wish.source}", "-map", "0:a:0", "-t", str(LONGEST), "-threads", "1", "-ac", "1",
        "-ar", str(RATE), "-f", "s16le", "-c:a", "pcm_s16le", "pipe:1",
    )  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603  named by settings
        loud, samples = _loudness(process)
    if process.returncode != 0 or not samples:
        return {}
    return {"duration": round(samples / RATE, 2), "peaks": bars(loud)}


def _loudness(process: "subprocess.Popen[bytes]") -> tuple[list[int], int]:
    """The loudest sample of each piece, and how many samples there are."""
    assert process.stdout is not None  # noqa: S101  it was asked for
    loud, samples = list[int](), 0
    while piece := process.stdout.read(PIECE * 2):
        values = array("h", piece[: len(piece) // 2 * 2])
        samples += len(values)
        loud.append(max(max(values, default=0), -min(values, default=0)))
    return loud, samples


def bars(loud: Sequence[int]) -> list[int]:
    """At most so many, of 0 to 100, the loudest of all being 100: a quiet voice is seen as well."""
    count, most = min(PEAKS, len(loud)), max(loud) or 1
    edges = [n * len(loud) // count for n in range(count + 1)]
    return [round(100 * max(loud[a:b]) / most) for a, b in pairwise(edges)]


def _pdf(wish: Wish) -> Mapping[str, Any]:
    """As its page tree counts them, else counted one by one; nothing where it is locked."""
    body = Path(wish.source).read_bytes()
    texts = [body, *_inflated(body)]
    pages = max((count for text in texts for count in _counts(text)), default=0) or sum(
        len(_PAGE.findall(text)) for text in texts
    )
    return {"pages": pages} if pages else {}


def _counts(text: bytes) -> Iterator[int]:
    """Of each node of the page tree."""
    for piece in _PIECE.finditer(text):
        if _PAGES.search(piece[0]):
            yield from map(int, _COUNT.findall(piece[0]))


def _inflated(body: bytes) -> Iterator[bytes]:
    at, left = 0, INFLATED
    while left > 0 and (found := _STREAM.search(body, at)) and (at := body.find(b"endstream", found.end())) >= 0:
        try:
            text = zlib.decompressobj().decompress(body[found.end() : at], left)
        except zlib.error:
            continue
        left -= len(text)
        yield text


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))  # noqa: T201  it is what this program is for
