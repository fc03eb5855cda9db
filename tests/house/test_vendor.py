"""What others made is what was looked at: each file's checksum stands in VENDOR.md, with its version and licence."""

import hashlib
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "widget_static"
SHARED = STATIC / "shared"
ROW = re.compile(r"^\| `([^`]+)` \| [^|]+ \| [\d.]+ \| [^|]+ \| `([0-9a-f]{64})` \|$", re.MULTILINE)
ROWS = dict(ROW.findall((STATIC / "VENDOR.md").read_text("utf-8")))
LIT = "html svg nothing render LitElement repeat classMap styleMap ifDefined live ref createRef"


def test_every_vendored_file_is_listed() -> None:
    found = {*SHARED.glob("vendor/*"), *SHARED.glob("fonts/*"), *SHARED.glob("css/tokens.css*")}
    assert set(ROWS) == {str(file.relative_to(SHARED)) for file in found}


@pytest.mark.parametrize("name", ROWS)
def test_a_vendored_file_is_what_was_looked_at(name: str) -> None:
    assert hashlib.sha256((SHARED / name).read_bytes()).hexdigest() == ROWS[name]


@pytest.mark.parametrize("name", [name for name in ROWS if not name.endswith(".LICENSE.txt")])
def test_a_vendored_file_has_its_licence_beside_it(name: str) -> None:
    family = re.sub(r"-\d+\.woff2$", "", name)
    assert f"{family}.LICENSE.txt" in ROWS


def test_lit_exports_what_the_pages_use_and_no_more() -> None:
    (names,) = re.findall(r"export\{([^}]+)\};?\s*$", (SHARED / "vendor/lit.js").read_text("utf-8"))
    assert {name.rpartition(" as ")[2] for name in names.split(",")} == set(LIT.split())
