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
    """Which part of it is off; all of it where the sizes are."""
    if any(abs(a - b) > LOOSE for a, b in zip(now.size, then.size, strict=True)):
        return 1.0
    size = tuple(min(pair) // 2 for pair in zip(now.size, then.size, strict=True))
    halves = (one.crop((0, 0, size[0] * 2, size[1] * 2)).resize(size, Image.Resampling.BOX) for one in (now, then))
    bands = ImageChops.difference(*halves).split()
    worst = bands[0]
    for band in bands[1:]:
        worst = ImageChops.lighter(worst, band)
    counts = worst.histogram()
    return sum(counts[NEAR:]) / (size[0] * size[1])
