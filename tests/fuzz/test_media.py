"""Files that lie: what customers send is opened by programs that are confined, and ends in time, whatever it holds."""

import random
import struct
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import Configure
from xyper_engine.errors import Unconvertible
from xyper_engine.media.convert import PICTURES, Workshop
from xyper_engine.media.films import is_foreign, measures
from xyper_engine.media.sniff import sniff

BUSY = 15.0
"""Seconds for the worst of them, on a busy machine, with starting the program."""
SEED = 8


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(side: int, data: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packed = zlib.compress(data, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A picture whose comment unpacks to 200 MB."""
    comment = b"a\0\0" + zlib.compress(bytes(200 << 20), 9)
    whole = png(1, b"\0\0\0\0")
    return whole[:33] + chunk(b"zTXt", comment) + whole[33:]


def gif(frames: int) -> bytes:
    frame = b"!\xf9\x04\0\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0"
    return b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(6) + frame * frames + b";"


def stream(text: bytes) -> bytes:
    return b"1 0 obj <</Type/ObjStm/Filter/FlateDecode>>stream\n" + zlib.compress(text, 9) + b"\nendstream\n"


PICTURE: Mapping[str, bytes] = {
    "a PNG of 60,000 x 60,000": png(60_000),
    "a PNG whose data go on": png(100, bytes(100 << 20)),
    "a PNG with a packed comment": text_bomb(),
    "a GIF of 65,535 x 65,535 in 50,000 frames": gif(50_000),
    "a JPEG that ends": b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01",
    "a WebP that lies": b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\x10\0\0\0" + b"\xff" * 6,
    "a BMP of 2 GB": b"BM" + struct.pack("<IIIIiiHHI", 1 << 31, 0, 54, 40, 40_000, 40_000, 1, 24, 0) + bytes(24),
    "a TIFF that points at itself": b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
}
PDF: Mapping[str, bytes] = {
    "streams that unpack to 2 GB": b"%PDF-1.7\n" + stream(bytes(100 << 20)) * 20,
    "streams that never end": b"%PDF-1.7\n" + b"/ObjStm stream\n" * 300_000,
    "streams that end far away": b"%PDF-1.7\n" + b"/ObjStm stream\n" * 300_000 + b"endstream",
    "counts without an end": b"%PDF-1.7\n" + b"/Count 1 " * 500_000,
    "trees without a count": b"%PDF-1.7\n" + b"/Type/Pages " * 400_000,
    "blanks": b"%PDF-1.7\n/Type" + b" " * 4_000_000 + b"/Type/Pages" + b"\n" * 1_000_000 + b"/Count",
}
ENDLESS = b"\xff\xff\xff\x7f"
SOUND: Mapping[str, tuple[str, bytes]] = {
    "an Ogg of pages of nothing": ("audio/ogg", (b"OggS" + bytes(22) + b"\xff" + b"\xff" * 255) * 10_000),
    "an Ogg of noise": ("audio/ogg", b"OggS" + random.Random(SEED).randbytes(2_000_000)),
    "a WAV of 4 GB": (
        "audio/wav",
        b"RIFF" + ENDLESS + b"WAVEfmt \x10\0\0\0\x01\0" + ENDLESS * 3 + b"\x20\0data" + ENDLESS,
    ),
    "an MP4 in itself": ("audio/mp4", b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + b"\0\0\0\x08moov" * 200_000),
    "an MP3 of ID3 tags": ("audio/mpeg", (b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(100)) * 10_000),
    "a FLAC of metadata": ("audio/flac", b"fLaC" + b"\x04\xff\xff\xff" * 500_000),
}


@pytest.fixture
def workshop(configure: Configure) -> Workshop:
    return Workshop(configure().media)


@pytest.mark.parametrize("what", PICTURE)
async def test_pictures(workshop: Workshop, tmp_path: Path, what: str) -> None:
    source, began = tmp_path / "picture", time.monotonic()
    source.write_bytes(PICTURE[what])
    with suppress(Unconvertible):
        await workshop.picture(source, tmp_path / "target", PICTURES, 5_000_000)
    assert set(await looked(workshop, source, "picture", "image/png")) <= {"width", "height"}
    assert time.monotonic() - began < 2 * BUSY


@pytest.mark.parametrize("what", PDF)
async def test_pdfs(workshop: Workshop, tmp_path: Path, what: str) -> None:
    source, began = tmp_path / "file.pdf", time.monotonic()
    source.write_bytes(PDF[what])
    assert set(await looked(workshop, source, "pdf", "application/pdf")) <= {"pages"}
    assert time.monotonic() - began < BUSY


@pytest.mark.parametrize("what", SOUND)
async def test_sounds(workshop: Workshop, tmp_path: Path, what: str) -> None:
    mime, body = SOUND[what]
    source, began = tmp_path / "sound", time.monotonic()
    source.write_bytes(body)
    assert set(await looked(workshop, source, "sound", mime)) <= {"duration", "peaks"}
    assert time.monotonic() - began < BUSY


async def looked(workshop: Workshop, source: Path, what: str, mime: str) -> Mapping[str, object]:
    try:
        return await workshop.look(source, what, mime)
    except Unconvertible:
        return {}


FILMS: Mapping[str, bytes] = {
    "boxes of eight bytes": b"\0\0\0\x08free" * 500_000,
    "a box of the size of everything": b"\0\0\0\x01moov" + b"\xff" * 8 + b"stsd" * 100_000,
    "headers of nothing": b"\0\x20\0\0moov" + b"mvhd\0" * 200_000 + b"tkhd\1" * 200_000,
    "a box of no size": b"\0\0\0\0moov" + bytes(1000),
}


@pytest.mark.parametrize("what", FILMS)
async def test_films(what: str) -> None:
    body, reads = FILMS[what], 0

    async def read(start: int, length: int) -> bytes:
        nonlocal reads
        reads += 1
        return body[start : start + length]

    began = time.monotonic()
    await is_foreign(read)
    await measures(read)
    assert time.monotonic() - began < BUSY / 8
    assert reads <= 200


def test_types_of_noise() -> None:
    dice = random.Random(SEED)
    bodies = [*PICTURE.values(), *PDF.values(), *(body for _, body in SOUND.values()), b""]
    for _ in range(5000):
        head = dice.choice(bodies)[:40] + dice.randbytes(dice.randrange(200))
        assert "/" in sniff(
            head, dice.choice(["", "image/png", "\0", "a" * 5000]), dice.choice([None, "../x.exe", "\ud800"])
        )
