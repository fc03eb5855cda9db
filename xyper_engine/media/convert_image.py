"""A program of its own: one picture in, one picture out that any channel shows. `convert.py` runs it, confined.

It is run by its path and imports nothing of Xyper, so that it starts fast and holds no secret: what it opens comes from
strangers. It reads one JSON object (`Wish`) from its argument and prints one: `{"mime": …}` or `{"error": …}`.
"""

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms, ImageOps

READ = ("JPEG", "PNG", "GIF", "WEBP", "HEIF", "AVIF", "BMP", "TIFF")
"""Formats that are opened at all: the rest of what Pillow knows is rarely sent and often attacked."""
QUALITIES = (90, 82, 74)
SHRINK = 0.75
SMALLEST = 64
"""Pixels of the longer side below which shrinking further helps nobody."""


@dataclass(frozen=True, slots=True)
class Wish:
    source: str
    target: str
    mimes: tuple[str, ...]
    """What may come out: `image/jpeg`, `image/png`."""
    size: int
    """In bytes, at most."""
    pixels: int
    """Of the source, at most."""
    still: bool
    """One frame stands for an animation; else an animation is refused."""


class Refused(Exception):
    """The words are for the log."""


def main(argument: str) -> dict[str, str]:
    """What is printed."""
    wish = Wish(**json.loads(argument))
    pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = wish.pixels
    try:
        return {"mime": _convert(wish)}
    except Refused as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "it takes more memory than [media] convert_memory"}
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        return {"error": f"it cannot be read ({type(error).__name__})"}


def _convert(wish: Wish) -> str:
    with Image.open(wish.source, formats=READ) as opened:
        if opened.width * opened.height > wish.pixels:
            raise Refused("it has more pixels than [media] convert_pixels")
        if getattr(opened, "is_animated", False) and opened.format != "MPO" and not wish.still:
            raise Refused("it moves")
        picture = _plain(opened)
    mime = "image/png" if picture.mode == "RGBA" else "image/jpeg"
    if mime not in wish.mimes:
        mime = next((other for other in ("image/jpeg", "image/png") if other in wish.mimes), "")
    if not mime:
        raise Refused("the channel takes neither JPEG nor PNG")
    Path(wish.target).write_bytes(_small_enough(picture, mime, wish.size))
    return mime


def _plain(opened: Image.Image) -> Image.Image:
    """Upright, in sRGB, 8 bits, without metadata; with alpha only where something shines through."""
    picture = _eight_bits(_coloured(ImageOps.exif_transpose(opened)))
    alpha = "A" in picture.getbands() or "transparency" in picture.info
    picture = picture.convert("RGBA" if alpha else "RGB")
    if alpha and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    picture.info.clear()
    return picture


def _coloured(picture: Image.Image) -> Image.Image:
    """In the colours that the picture's own profile means."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return picture
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode) or picture
    except (ImageCms.PyCMSError, OSError):
        return picture  # a broken profile says nothing about the picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    if not picture.mode.startswith(("I", "F")):
        return picture
    return picture.convert("F").point(lambda value: value * (1 / 257) + 0).convert("L")


def _small_enough(picture: Image.Image, mime: str, size: int) -> bytes:
    for tried in _smaller(picture):
        for quality in QUALITIES if mime == "image/jpeg" else QUALITIES[:1]:
            body = _encoded(tried, mime, quality)
            if len(body) <= size:
                return body
    raise Refused("it stays too large however small it gets")


def _smaller(picture: Image.Image) -> Iterator[Image.Image]:
    while max(picture.size) >= SMALLEST:
        yield picture
        width, height = (max(1, round(side * SHRINK)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    yield picture


def _encoded(picture: Image.Image, mime: str, quality: int) -> bytes:
    body = io.BytesIO()
    if mime == "image/jpeg":
        _flat(picture).save(body, "JPEG", quality=quality, optimize=True)
    else:
        picture.save(body, "PNG", compress_level=6)
    return body.getvalue()


def _flat(picture: Image.Image) -> Image.Image:
    """On white, where it shines through."""
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])))
