"""Varieties that channels do not mean by a type, in files that Pillow and ffmpeg really made."""

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from xyper_engine.media import disk
from xyper_engine.media.films import is_foreign
from xyper_engine.media.peculiar import peculiar
from xyper_engine.media.types import OPUS


def picture(form: str, mode: str, **options: Any) -> bytes:
    body = io.BytesIO()
    Image.new(mode, (20, 20)).save(body, form, **options)
    return body.getvalue()


def ffmpeg(source: str, options: str, file: Path) -> bytes:
    program = shutil.which("ffmpeg") or "ffmpeg"
    subprocess.run([program, "-v", "error", *source.split(), *options.split(), str(file)], check=True)
    return file.read_bytes()


EXIF = Image.Exif()
EXIF[0x010E] = "x" * 20_000
PICTURES = {
    "a photo": (lambda: picture("JPEG", "RGB"), "image/jpeg", False),
    "a photo without colours": (lambda: picture("JPEG", "L"), "image/jpeg", False),
    "a photo in ink": (lambda: picture("JPEG", "CMYK"), "image/jpeg", True),
    "a photo in ink behind much ado": (lambda: picture("JPEG", "CMYK", exif=EXIF), "image/jpeg", True),
    "a progressive photo in ink": (lambda: picture("JPEG", "CMYK", progressive=True), "image/jpeg", True),
    "a drawing": (lambda: picture("PNG", "RGBA"), "image/png", False),
    "a drawing in 16 bits": (lambda: picture("PNG", "I;16"), "image/png", True),
    "another type": (lambda: picture("WEBP", "RGB"), "image/webp", False),
    "cut off": (lambda: b"\xff\xd8\xff", "image/jpeg", False),
    "nothing": (lambda: b"", "image/png", False),
}


@pytest.mark.parametrize(("make", "mime", "answer"), PICTURES.values(), ids=list(PICTURES))
def test_pictures(make: Callable[[], bytes], mime: str, answer: bool) -> None:
    assert peculiar(make(), mime) is answer


@pytest.mark.parametrize(("channels", "answer"), [(1, False), (2, True)])
def test_opus(tmp_path: Path, channels: int, answer: bool) -> None:
    options = f"-ac {channels} -c:a libopus -f ogg"
    assert peculiar(ffmpeg("-f lavfi -i sine=duration=0.1", options, tmp_path / "a"), OPUS) is answer


FILM = "-f lavfi -i testsrc=duration=0.2:size=64x48:rate=5 -f lavfi -i sine=duration=0.2"
FILMS = {
    "H.264 and AAC": ("-pix_fmt yuv420p -c:v libx264 -c:a aac -f mp4", False),
    "its index first": ("-pix_fmt yuv420p -c:v libx264 -c:a aac -movflags +faststart -f mp4", False),
    "HEVC": ("-pix_fmt yuv420p -c:v libx265 -x265-params log-level=none -tag:v hvc1 -c:a aac -f mp4", True),
    "MPEG-4": ("-c:v mpeg4 -c:a aac -movflags +faststart -f mp4", True),
    "Opus": ("-pix_fmt yuv420p -c:v libx264 -c:a libopus -strict -2 -f mp4", True),
}


@pytest.mark.parametrize(("options", "answer"), FILMS.values(), ids=list(FILMS))
async def test_films(tmp_path: Path, options: str, answer: bool) -> None:
    body = ffmpeg(FILM, options, tmp_path / "a")
    asked = []

    async def read(start: int, length: int) -> bytes:
        asked.append(length)
        return body[start : start + length]

    assert await is_foreign(read) is answer
    assert len(asked) < 8


BROKEN = {
    "nothing": b"",
    "short": b"\0\0\0\x08ftyp",
    "a box without end": b"\0\0\0\0mdat" + b"x" * 60,
    "a box of impossible size": b"\0\0\0\x02mdat" + b"x" * 60,
    "a huge box": b"\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff" + b"x" * 60,
    "very many boxes": b"\0\0\0\x10free\0\0\0\0\0\0\0\0" * 100_000,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=list(BROKEN))
async def test_what_is_no_film_is_not_walked_for_long(body: bytes) -> None:
    asked = 0

    async def read(start: int, length: int) -> bytes:
        nonlocal asked
        asked += 1
        return body[start : start + length]

    assert await is_foreign(read) is False
    assert asked <= 64


async def test_a_file_passes_the_disk_unchanged(tmp_path: Path) -> None:
    async def chunks() -> Any:
        for chunk in (b"a" * 300_000, b"", b"b"):
            yield chunk

    await disk.write(tmp_path / "a", chunks())
    assert b"".join([chunk async for chunk in disk.read(tmp_path / "a")]) == b"a" * 300_000 + b"b"
    with pytest.raises(FileExistsError):
        await disk.write(tmp_path / "a", chunks())
