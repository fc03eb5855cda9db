"""The comparison itself: it forgives what no eye sees, and nothing else."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter

from tests.e2e.widget import likeness


def drawn(ticks: str = "#027eb5", *, words: int = 3, size: tuple[int, int] = (240, 60)) -> Image.Image:
    made = Image.new("RGB", size, "#d9fdd3")
    pen = ImageDraw.Draw(made)
    for line in range(words):
        pen.rectangle((10, 8 + line * 14, 190, 14 + line * 14), fill="#2a2a2e")
    pen.rectangle((210, 44, 230, 54), fill=ticks)
    return made


FORGIVEN = {
    "the same": drawn(),
    "drawn a little softer": drawn().filter(ImageFilter.GaussianBlur(0.4)),
    "a pixel wider": drawn(size=(241, 60)),
    "a pixel lower": drawn().transform((240, 60), Image.Transform.AFFINE, (1, 0, 0, 0, 1, -1), fillcolor="#d9fdd3"),
}
NOTICED = {
    "grey ticks": drawn("#d9fdd3"),
    "a line that is missing": drawn(words=2),
    "a line that wraps": drawn(size=(240, 78)),
}


@pytest.mark.parametrize("now", FORGIVEN.values(), ids=FORGIVEN)
def test_what_no_eye_sees_is_forgiven(now: Image.Image) -> None:
    assert likeness.difference(now, drawn()) <= likeness.FEW


@pytest.mark.parametrize("now", NOTICED.values(), ids=NOTICED)
def test_what_an_eye_sees_is_not(now: Image.Image) -> None:
    assert likeness.difference(now, drawn()) > likeness.FEW


def test_a_picture_that_is_kept_is_still_itself(tmp_path: Path) -> None:
    out = BytesIO()
    drawn().save(out, "png")
    likeness.keep(out.getvalue(), tmp_path / "one.png")
    assert likeness.difference(Image.open(tmp_path / "one.png").convert("RGB"), drawn()) == 0
