"""Pictures that were looked at once, and what is drawn today beside them.

Compared at half their size, where a hinted letter or a rounded corner makes no difference, but a missing tick, a wrong
colour or a line that wraps elsewhere does. `PICTURES=new` in the environment takes them anew: then look at them.
"""

import os
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops

FOLDER = Path(__file__).parent / "pictures"
LOOSE = 4
"""Pixels by which a picture may be larger or smaller."""
NEAR = 40
"""Of 255: how far a colour may be off."""
FEW = 0.012
"""The part of a picture that may be further off."""


def compare(taken: bytes, name: str, aside: Path) -> None:
    """Raises `AssertionError` where it does not look as it did; what was taken is then in the folder `aside`."""
    file = FOLDER / f"{name}.png"
    if os.environ.get("PICTURES") == "new":
        keep(taken, file)
    now, then = (Image.open(BytesIO(one)).convert("RGB") for one in (taken, file.read_bytes()))
    off = difference(now, then)
    if off > FEW:
        now.save(aside / f"{name}.png")
    assert off <= FEW, f"{name}: {off:.1%} of it looks different; see {aside / name}.png, and {file}"


def keep(taken: bytes, file: Path) -> None:
    """Small: no more colours than eyes tell apart here."""
    file.parent.mkdir(exist_ok=True)
    Image.open(BytesIO(taken)).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(file, optimize=True)


def difference(now: Image.Image, then: Image.Image) -> float:
    """Which part of it is off; all of it where the sizes are. A pixel to any side is none: rows lie between."""
    if any(abs(a - b) > LOOSE for a, b in zip(now.size, then.size, strict=True)):
        return 1.0
    width, height = (min(pair) // 2 * 2 - 2 for pair in zip(now.size, then.size, strict=True))
    still = then.crop((1, 1, 1 + width, 1 + height))
    moved = (now.crop((x, y, x + width, y + height)) for x in range(3) for y in range(3))
    return min(_off(one, still) for one in moved)


def _off(now: Image.Image, then: Image.Image) -> float:
    halves = (one.resize((one.width // 2, one.height // 2), Image.Resampling.BOX) for one in (now, then))
    red, green, blue = ImageChops.difference(*halves).split()
    counts = ImageChops.lighter(ImageChops.lighter(red, green), blue).histogram()
    return sum(counts[NEAR:]) / sum(counts)
