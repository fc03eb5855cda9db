"""The dashboard's pages: what the router names is there and tells what it asks for; no two elements share a name."""

import re
from collections import Counter
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "widget_static"
ADMIN = STATIC / "admin"
PAGES = re.findall(r'import\("\./(pages/\w+\.js)"\)', (ADMIN / "router.js").read_text("utf-8"))
DEFINED = re.compile(r'customElements\.define\((?:"([\w-]+)"|(\w+))')


def source(file: Path) -> str:
    return file.read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_tells_what_the_router_asks_for(name: str) -> None:
    page = source(ADMIN / name)
    found = dict(re.findall(r"^export const (element|words) = (.+);", page, re.MULTILINE))
    assert found["element"].startswith('"xy-')
    assert re.search(r"^export const title = ", page, re.MULTILINE)
    areas = re.findall(r'"([\w-]+)"', found["words"])
    assert areas
    assert all((STATIC / "shared" / "i18n" / f"en.{area}.json").exists() for area in areas)
    has_style = "export const css = true" in page
    assert has_style is (ADMIN / name).with_suffix(".css").exists()


def test_every_page_is_in_the_table() -> None:
    assert sorted(PAGES) == sorted(f"pages/{file.name}" for file in (ADMIN / "pages").glob("*.js"))


def test_no_two_elements_share_a_name() -> None:
    """A page's module stays when another one is shown: the second of that name would not be defined."""
    found: Counter[str] = Counter()
    for file in ADMIN.rglob("*.js"):
        text = source(file)
        for name, constant in DEFINED.findall(text):
            meant = re.search(rf'const {constant} = "([\w-]+)"', text) if constant else None
            found[name or (meant[1] if meant else constant)] += 1
    assert [name for name, times in found.items() if times > 1] == []


def test_no_style_attribute_and_no_html_from_text() -> None:
    """The policy of the page allows neither."""
    forbidden = re.compile(r"\sstyle=\"|innerHTML|insertAdjacentHTML|document\.write|outerHTML")
    assert [str(file.relative_to(STATIC)) for file in ADMIN.rglob("*.js") if forbidden.search(source(file))] == []
