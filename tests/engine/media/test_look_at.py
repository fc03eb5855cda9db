"""What a page needs to know of a file before it shows it: found out in a process of its own, whatever the file is."""

import io
import math
import wave
import zlib
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import Configure
from xyper_engine.errors import Unconvertible
from xyper_engine.media import films
from xyper_engine.media.convert import Workshop
from xyper_engine.media.look_at import bars


@pytest.fixture
def workshop(configure: Configure) -> Workshop:
    return Workshop(configure().media)


def picture(form: str, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    body = io.BytesIO()
    Image.new("RGB", (30, 20)).save(body, form, **({"exif": exif} if form == "JPEG" else {}))
    return body.getvalue()


def voice(*seconds: float) -> bytes:
    """One second of each loudness, from 0 to 1."""
    body, rate = io.BytesIO(), 8000
    with wave.open(body, "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        for loud in seconds:
            tone = (int(32000 * loud * math.sin(n / 4)) for n in range(rate))
            sound.writeframes(array("h", tone).tobytes())
    return body.getvalue()


PLAIN = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type /Pages /Kids [3 0 R] /Count 12>>endobj"
PACKED = zlib.compress(b"<</Type/Catalog/Pages 2 0 R>> <</Type/Pages/Kids[3 0 R]/Count 3>>")
INSIDE = b"%PDF-1.5\n5 0 obj<</Type/ObjStm/N 2/First 10/Filter/FlateDecode>>stream\r\n" + PACKED + b"\nendstream endobj"

FILES: Mapping[str, tuple[bytes, str, str, Mapping[str, Any]]] = {
    "png": (picture("PNG"), "picture", "image/png", {"width": 30, "height": 20}),
    "jpeg": (picture("JPEG"), "picture", "image/jpeg", {"width": 30, "height": 20}),
    "jpeg on its side": (picture("JPEG", 6), "picture", "image/jpeg", {"width": 20, "height": 30}),
    "webp": (picture("WEBP"), "picture", "image/webp", {"width": 30, "height": 20}),
    "no picture": (b"\x89PNG\r\n\x1a\nxxxx", "picture", "image/png", {}),
    "no file": (b"", "picture", "image/png", {}),
    "pdf": (PLAIN, "pdf", "application/pdf", {"pages": 12}),
    "pdf with its tree packed": (INSIDE, "pdf", "application/pdf", {"pages": 3}),
    "pdf without a tree": (b"%PDF-1.4 /Type /Page\n/Type/Page ", "pdf", "application/pdf", {"pages": 2}),
    "no pdf": (b"%PDF-", "pdf", "application/pdf", {}),
    "no sound": (b"RIFF", "sound", "audio/wav", {}),
}


async def test_what_is_found(workshop: Workshop, tmp_path: Path) -> None:
    for name, (body, what, mime, found) in FILES.items():
        source = tmp_path / "source"
        source.write_bytes(body)
        assert await workshop.look(source, what, mime) == found, name


@pytest.mark.real
async def test_how_a_voice_goes(workshop: Workshop, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(voice(0.1, 0.5, 0.0))
    told = await workshop.look(source, "sound", "audio/wav")
    peaks = told["peaks"]
    assert (told["duration"], len(peaks), max(peaks)) == (3.0, 60, 100)
    assert all(one < 30 for one in peaks[:19])
    assert all(one > 90 for one in peaks[21:39])
    assert all(one == 0 for one in peaks[41:])


async def test_sound_that_nobody_reads(workshop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(Unconvertible):
        await workshop.look(tmp_path / "source", "sound", "audio/x-unknown")


def test_a_waveform_is_short_however_long_the_voice() -> None:
    assert len(bars(list(range(10_000)))) == 64
    assert bars([5]) == [100]
    assert bars([0, 0]) == [0, 0]


def box(name: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return (len(body) + 8).to_bytes(4, "big") + name + body


def film(width: int, height: int, *, sideways: bool = False, long: bool = False) -> bytes:
    matrix = [0, 1, 0, -1 % 2**32, 0, 0, 0, 0, 0x40000000] if sideways else [1, 0, 0, 0, 1, 0, 0, 0, 0x40000000]
    laid = b"".join(value.to_bytes(4, "big") for value in matrix)
    size = b"".join((value << 16).to_bytes(4, "big") for value in (width, height))
    header = b"\x01\0\0\0" + bytes(16) if long else bytes(12)
    lasts = (1000).to_bytes(4, "big") + (2500).to_bytes(8 if long else 4, "big")
    track = (b"\x01\0\0\7" + bytes(32) if long else b"\0\0\0\7" + bytes(20)) + bytes(16) + laid + size
    silent = bytes(40) + laid + bytes(8)
    moov = box(
        b"moov", box(b"mvhd", header, lasts), box(b"trak", box(b"tkhd", silent)), box(b"trak", box(b"tkhd", track))
    )
    return box(b"ftyp", b"isom") + moov + box(b"mdat", b"x" * 99)


@pytest.mark.parametrize("long", [False, True])
async def test_a_films_index_tells_its_size_and_length(long: bool) -> None:
    for body, found in {
        film(640, 360, long=long): {"duration": 2.5, "width": 640, "height": 360},
        film(640, 360, sideways=True, long=long): {"duration": 2.5, "width": 360, "height": 640},
        b"\0\0\0\x10ftypisom": {}, b"": {},
    }.items():  # fmt: skip

        async def read(start: int, length: int, whole: bytes = body) -> bytes:
            return whole[start : start + length]

        assert await films.measures(read) == found
