"""Pictures and sound, really converted; what must not be opened is not, and every failure has words."""

import io
import random
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from tests.conftest import Configure
from xyper_engine.errors import Unconvertible
from xyper_engine.media.convert import PICTURES, WRITERS, Workshop
from xyper_engine.media.sniff import sniff
from xyper_engine.media.types import OPUS

ORIENTATION, GPS = 0x0112, 0x8825
MEBI = 1024 * 1024
PNG_ONLY, JPEG_ONLY = ("image/png",), ("image/jpeg",)


@pytest.fixture
def workshop(configure: Configure) -> Workshop:
    return Workshop(configure().media)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    body = io.BytesIO()
    picture.save(body, form, **options)
    return body.getvalue()


def flat(mode: str = "RGB", colour: Any = "red", size: tuple[int, int] = (48, 32)) -> Image.Image:
    return Image.new(mode, size, colour)


def shines_through() -> Image.Image:
    picture = flat("RGBA", (255, 0, 0, 255))
    picture.putpixel((0, 0), (0, 0, 0, 0))
    return picture


def palette_with_a_hole() -> Image.Image:
    return shines_through().quantize(8)


def heic(picture: Image.Image) -> bytes:
    body = io.BytesIO()
    pillow_heif.from_pillow(picture).save(body, quality=90)
    return body.getvalue()


def noise(side: int) -> Image.Image:
    return Image.frombytes("RGB", (side, side), random.Random(3).randbytes(3 * side * side))


PICTURE_CASES: dict[str, tuple[Callable[[], bytes], tuple[str, ...], str]] = {
    "heic": (lambda: heic(flat()), PICTURES, "image/jpeg"),
    "webp": (lambda: saved(flat(), "WEBP"), PICTURES, "image/jpeg"),
    "webp with alpha": (lambda: saved(shines_through(), "WEBP", lossless=True), PICTURES, "image/png"),
    "alpha where only JPEG is taken": (lambda: saved(shines_through(), "PNG"), JPEG_ONLY, "image/jpeg"),
    "alpha that hides nothing": (lambda: saved(flat("RGBA"), "PNG"), PICTURES, "image/jpeg"),
    "where only PNG is taken": (lambda: saved(flat(), "JPEG"), PNG_ONLY, "image/png"),
    "avif": (lambda: saved(flat(), "AVIF"), PICTURES, "image/jpeg"),
    "tiff": (lambda: saved(flat(), "TIFF"), PICTURES, "image/jpeg"),
    "bmp": (lambda: saved(flat(), "BMP"), PICTURES, "image/jpeg"),
    "gif that does not move": (lambda: saved(flat(), "GIF"), PICTURES, "image/jpeg"),
    "palette with a hole": (lambda: saved(palette_with_a_hole(), "PNG"), PICTURES, "image/png"),
    "for print": (lambda: saved(flat("CMYK", (0, 255, 255, 0)), "JPEG", quality=95), PICTURES, "image/jpeg"),
    "called jpeg": (lambda: saved(flat(), "PNG"), PICTURES, "image/jpeg"),
}


@pytest.mark.parametrize(("make", "mimes", "mime"), PICTURE_CASES.values(), ids=list(PICTURE_CASES))
async def test_a_picture_becomes_one_that_is_shown_everywhere(
    workshop: Workshop, tmp_path: Path, target: Path, make: Callable[[], bytes], mimes: tuple[str, ...], mime: str
) -> None:
    source = tmp_path / "photo.jpg"  # whatever it is: its name must not matter
    source.write_bytes(make())
    assert await workshop.picture(source, target, mimes, MEBI) == mime
    assert sniff(target.read_bytes(), "", None) == mime
    with Image.open(target) as picture:
        assert picture.size == (48, 32)
        red, green, blue = picture.convert("RGB").getpixel((24, 16))  # type: ignore[misc]
    assert (red > 225, green < 40, blue < 40) == (True, True, True)


async def test_sixteen_bits_become_eight(workshop: Workshop, tmp_path: Path, target: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(saved(flat("I;16", 0x8000), "PNG"))
    assert source.read_bytes()[24] == 16
    assert await workshop.picture(source, target, PNG_ONLY, MEBI) == "image/png"
    assert target.read_bytes()[24] == 8
    with Image.open(target) as picture:
        assert picture.convert("L").getpixel((1, 1)) in (127, 128)


async def test_it_stands_upright_and_says_nothing_of_where_it_was_taken(
    workshop: Workshop, tmp_path: Path, target: Path
) -> None:
    picture = flat()
    picture.paste("blue", (0, 0, 24, 32))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was held upright: to be turned clockwise
    exif.get_ifd(GPS)[1] = "N"
    source = tmp_path / "a"
    source.write_bytes(saved(picture, "JPEG", exif=exif, comment=b"at home"))
    await workshop.picture(source, target, JPEG_ONLY, MEBI)
    assert b"at home" not in target.read_bytes()
    with Image.open(target) as upright:
        assert upright.size == (32, 48)
        assert dict(upright.getexif()) == {}
        colours = [upright.getpixel((16, y)) for y in (4, 44)]
    assert [max(range(3), key=lambda band: colour[band]) for colour in colours] == [2, 0]  # type: ignore[index]


@pytest.mark.parametrize("mimes", [JPEG_ONLY, PNG_ONLY])
async def test_what_is_too_large_is_made_smaller(
    workshop: Workshop, tmp_path: Path, target: Path, mimes: tuple[str, ...]
) -> None:
    source = tmp_path / "a"
    source.write_bytes(saved(noise(400), "PNG"))
    await workshop.picture(source, target, mimes, 40_000)
    assert 4_000 < target.stat().st_size <= 40_000


def moving(form: str) -> bytes:
    frames = [flat(colour=colour) for colour in ("red", "blue")]
    return saved(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
async def test_an_animation_is_stilled_only_if_asked(
    workshop: Workshop, tmp_path: Path, target: Path, form: str
) -> None:
    source = tmp_path / "a"
    source.write_bytes(moving(form))
    with pytest.raises(Unconvertible, match="it moves"):
        await workshop.picture(source, target, PICTURES, MEBI)
    assert await workshop.picture(source, target, PICTURES, MEBI, still=True) == "image/jpeg"


def bomb(side: int) -> bytes:
    """A PNG of a few KB that says it holds `side` × `side` pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    rows = zlib.compress(bytes(1 + 3 * side) * 64, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


BAD = {
    "a bomb": (bomb(60_000), "more pixels than|DecompressionBomb"),
    "cut off": (saved(noise(64), "PNG")[:2000], "it cannot be read"),
    "no picture": (b"hello", "it cannot be read"),
    "nothing": (b"", "it cannot be read"),
    "a program for a printer": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it cannot be read"),
}


@pytest.mark.parametrize(("body", "words"), BAD.values(), ids=list(BAD))
async def test_a_bad_picture_is_refused_in_words(
    workshop: Workshop, tmp_path: Path, target: Path, body: bytes, words: str
) -> None:
    source = tmp_path / "a"
    source.write_bytes(body)
    with pytest.raises(Unconvertible, match=words):
        await workshop.picture(source, target, PICTURES, MEBI)
    assert not target.exists()


async def test_a_picture_that_cannot_be_small_enough_is_refused(
    workshop: Workshop, tmp_path: Path, target: Path
) -> None:
    source = tmp_path / "a"
    source.write_bytes(saved(noise(200), "PNG"))
    with pytest.raises(Unconvertible, match="stays too large"):
        await workshop.picture(source, target, JPEG_ONLY, 100)
    with pytest.raises(Unconvertible, match="neither JPEG nor PNG"):
        await workshop.picture(source, target, ("image/webp",), MEBI)


async def test_memory_and_time_are_limited(configure: Configure, tmp_path: Path, target: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(saved(flat(size=(9000, 9000)), "PNG"))
    small = Workshop(configure({"media": {"convert_memory": 268_435_456, "convert_pixels": 100_000_000}}).media)
    with pytest.raises(Unconvertible, match="convert_memory"):
        await small.picture(source, target, PICTURES, MEBI)
    hasty = Workshop(configure({"media": {"convert_timeout": 0.01}}).media)
    with pytest.raises(Unconvertible, match="convert_timeout"):
        await hasty.picture(source, target, PICTURES, MEBI)


SOUNDS = {
    "webm of a browser": ("-c:a libopus -f webm", "audio/webm"),
    "mp3": ("-f mp3", "audio/mpeg"),
    "wav": ("-f wav", "audio/wav"),
    "m4a": ("-f ipod", "audio/mp4"),
    "opus in stereo": ("-ac 2 -c:a libopus -f ogg", OPUS),
    "vorbis": ("-c:a libvorbis -f ogg", "audio/ogg"),
    "aac": ("-f adts", "audio/aac"),
    "flac": ("-f flac", "audio/flac"),
}


def tone(options: str, file: Path) -> Path:
    ffmpeg = shutil.which("ffmpeg") or "ffmpeg"
    source = "-f lavfi -i sine=duration=0.2 -metadata title=secret"
    subprocess.run([ffmpeg, "-v", "error", *source.split(), *options.split(), str(file)], check=True)
    return file


@pytest.mark.parametrize(("options", "mime"), SOUNDS.values(), ids=list(SOUNDS))
async def test_sound_becomes_a_voice_message(
    workshop: Workshop, tmp_path: Path, target: Path, options: str, mime: str
) -> None:
    source = tone(options, tmp_path / "a")
    assert sniff(source.read_bytes(), "", None) == mime
    await workshop.sound(source, target, mime, OPUS)
    voice = target.read_bytes()
    assert sniff(voice, "", None) == OPUS
    assert voice[voice.index(b"OpusHead") + 9] == 1, "channels"
    assert b"secret" not in voice


@pytest.mark.parametrize("wanted", WRITERS)
async def test_a_voice_message_becomes_what_is_asked(
    workshop: Workshop, tmp_path: Path, target: Path, wanted: str
) -> None:
    await workshop.sound(tone("-c:a libopus -f ogg", tmp_path / "a"), target, OPUS, wanted)
    assert sniff(target.read_bytes(), "", None) == wanted


async def test_a_playlist_called_sound_opens_nothing(workshop: Workshop, tmp_path: Path, target: Path) -> None:
    source = tmp_path / "a"
    source.write_text(f"ffconcat version 1.0\nfile '{tone('-f wav', tmp_path / 'b')}'\n", "utf-8")
    with pytest.raises(Unconvertible, match="it is damaged"):
        await workshop.sound(source, target, "audio/mpeg", OPUS)


async def test_sound_of_no_known_type_is_not_handed_to_ffmpeg(workshop: Workshop, tmp_path: Path, target: Path) -> None:
    with pytest.raises(Unconvertible, match="Sound of type application/x-mpegurl"):
        await workshop.sound(tmp_path / "a", target, "application/x-mpegurl", OPUS)


async def test_without_ffmpeg_it_is_said_what_to_do(configure: Configure, tmp_path: Path, target: Path) -> None:
    bare = Workshop(configure({"media": {"ffmpeg": "/nonexistent/ffmpeg"}}).media)
    with pytest.raises(Unconvertible, match=r"/nonexistent/ffmpeg cannot be started .*\[media\] ffmpeg"):
        await bare.sound(tmp_path / "a", target, "audio/wav", OPUS)
