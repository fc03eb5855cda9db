"""What the thread decides without a page: marks in texts, groups, sizes and times, and how far a status may move."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page

from tests.e2e.widget.ground import call

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

STATE = """async ([opening, steps]) => {
  const { makeState } = await import(new URL("state.js", document.querySelector("script[type=module]").src));
  const state = makeState(opening);
  for (const [name, ...given] of steps) state[name](...given);
  return { list: state.bubbles.value.list, watched: state.unsettled() };
}"""


def marked(kind: str, *nodes: object) -> dict[str, object]:
    return {"type": kind, "nodes": list(nodes)}


def link(text: str, href: str = "") -> dict[str, str]:
    return {"type": "link", "href": href or text, "text": text}


INLINE: Mapping[str, list[object]] = {
    "plain": ["plain"],
    "*bold* and _italic_": [marked("b", "bold"), " and ", marked("i", "italic")],
    "*bold _both_*": [marked("b", "bold ", marked("i", "both"))],
    "~gone~ `x = 1`": [marked("s", "gone"), " ", {"type": "code", "text": "x = 1"}],
    "2*3*4 and snake_case_name": ["2*3*4 and snake_case_name"],
    "* not bold *": ["* not bold *"],
    "**": ["**"],
    "*over\nlines*": ["*over\nlines*"],
    "see https://example.com/a?b=1.": ["see ", link("https://example.com/a?b=1"), "."],
    "(https://example.com/a_(b))": ["(", link("https://example.com/a_(b)"), ")"],
    "www.example.com": [link("www.example.com", "https://www.example.com/")],
    "ada@example.com!": [link("ada@example.com", "mailto:ada@example.com"), "!"],
    "tel:+39-02-12345": [link("tel:+39-02-12345")],
    "javascript:alert(1) data:text/html,x": ["javascript:alert(1) data:text/html,x"],
    "<img src=x onerror=alert(1)>": ["<img src=x onerror=alert(1)>"],
}


@pytest.mark.parametrize("text", INLINE)
async def test_marks_within_a_line(page: Page, text: str) -> None:
    assert await call(page, "../shared/core/format.js", "inline", text) == INLINE[text]


BLOCKS = {
    "> one\n> two": ["quote"],
    "before\n- one\n* two\nafter": ["text", "ul", "text"],
    "1. one\n2. two": ["ol"],
    "say ```x\n*y*``` so": ["text", "pre", "text"],
    "```only```": ["pre"],
    "": [],
}


@pytest.mark.parametrize("text", BLOCKS)
async def test_blocks_of_lines(page: Page, text: str) -> None:
    assert [one["type"] for one in await call(page, "../shared/core/format.js", "parse", text)] == BLOCKS[text]


ADDRESSES = {
    "https://example.com": "https://example.com/",
    "mailto:a@b.c": "mailto:a@b.c",
    "tel:+1": "tel:+1",
    "www.example.com": "https://www.example.com/",
    "javascript:alert(1)": None,
    "JaVaScRiPt:alert(1)": None,
    "data:text/html,<script>": None,
    "vbscript:x": None,
    "file:///etc/passwd": None,
    "//example.com": None,
}


@pytest.mark.parametrize("address", ADDRESSES)
async def test_an_address_that_may_be_followed(page: Page, address: str) -> None:
    assert await call(page, "../shared/core/format.js", "safe", address) == ADDRESSES[address]


EMOJI = {"🎉": 1, "❤️👍🏽": 2, "👨‍👩‍👧 🇮🇹": 0, "🇮🇹🇫🇷🇩🇪": 3, "😀😀😀😀": 0, "1": 0, "1️⃣": 1, "ok 👍": 0, "": 0}


@pytest.mark.parametrize("text", EMOJI)
async def test_nothing_but_emoji(page: Page, text: str) -> None:
    assert await call(page, "../shared/core/format.js", "emojiOnly", text) == EMOJI[text]


async def test_a_text_in_a_quote_has_no_marks(page: Page) -> None:
    assert (
        await call(page, "../shared/core/format.js", "plain", "*Hi* _you_\n- https://a.b/c") == "Hi you https://a.b/c"
    )


# Groups. A bubble here is its sender (`c`, `a`, `b`ot), its minute, and what else it has.

WHO = {"c": ("in", "customer"), "a": ("out", "agent"), "b": ("out", "bot")}


def bubble(who: str, minute: float, **more: Any) -> dict[str, Any]:
    direction, kind = WHO[who]
    at = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(minutes=minute)
    base = {
        "id": f"{who}{minute:g}", "direction": direction, "author": {"kind": kind, "id": who, "name": who},
        "thread": "t", "at": at.isoformat(), "parts": [{"type": "text", "text": "words"}], "quote": None,
        "reactions": [], "status": None if who == "c" else "sent", "status_at": {}, "failure": None,
        "forwarded": None, "edited": False, "deleted": False, "key": None,
    }  # fmt: skip
    return {**base, **more}


def photo(minute: float, **part: Any) -> dict[str, Any]:
    return bubble("c", minute, parts=[{"type": "media", "kind": "image", "state": "stored", "url": "u", **part}])


def shape(row: Mapping[str, Any]) -> str:
    """`day`, `unread 2`, or the bubble: `+` begins a group; an album has how many it holds."""
    if row["type"] != "bubble":
        return str(row["type"]) + (f" {row['count']}" if "count" in row else "")
    many = f" album {len(row['album'])}" if row["album"] else ""
    return ("+" if row["first"] else "") + str(row["bubble"]["id"]) + many


NOTICE = [{"type": "notice", "code": "number_changed", "words": "…"}]
ROWS: Mapping[str, tuple[list[dict[str, Any]], list[str]]] = {
    "one sender, one after the other": ([bubble("c", 1), bubble("c", 2)], ["day", "+c1", "c2"]),
    "another sender": ([bubble("c", 1), bubble("a", 2)], ["day", "+c1", "+a2"]),
    "a bot is not the agent": ([bubble("b", 1), bubble("a", 2)], ["day", "+b1", "+a2"]),
    "six minutes later": ([bubble("c", 1), bubble("c", 7)], ["day", "+c1", "+c7"]),
    "another day": ([bubble("c", 1), bubble("c", 1441)], ["day", "+c1", "day", "+c1441"]),
    "a failed one stands alone": ([bubble("a", 1), bubble("a", 2, status="failed")], ["day", "+a1", "+a2"]),
    "another conversation": ([bubble("c", 1), bubble("c", 2, thread="u")], ["day", "+c1", "thread", "+c2"]),
    "what happened": ([bubble("c", 1, parts=NOTICE), bubble("c", 2)], ["day", "+c1", "+c2"]),
    "three pictures are none": ([photo(1), photo(1.2), photo(1.4)], ["day", "+c1", "c1.2", "c1.4"]),
    "four are an album": ([photo(1 + at / 10) for at in range(4)], ["day", "+c1.3 album 4"]),
    "of one minute": ([photo(1), photo(1.5), photo(2), photo(2.5)], ["day", "+c1", "c1.5", "c2", "c2.5"]),
    "without words": (
        [photo(1, caption="x"), photo(1.1), photo(1.2), photo(1.3)],
        ["day", "+c1", "c1.1", "c1.2", "c1.3"],
    ),
}


@pytest.mark.parametrize("name", ROWS)
async def test_groups(page: Page, name: str) -> None:
    given, wanted = ROWS[name]
    rows = (await call(page, "thread/group.js", "rowsOf", given))["rows"]
    assert [shape(row) for row in rows] == wanted


async def test_the_unread_ones_begin_a_group(page: Page) -> None:
    given = [bubble("c", 1), bubble("c", 2), bubble("c", 3)]
    told = await call(page, "thread/group.js", "rowsOf", given, {"unread": {"first": "c2", "count": 2}})
    assert [shape(row) for row in told["rows"]] == ["day", "+c1", "unread 2", "+c2", "c3"]


async def test_a_row_that_is_as_it_was_is_the_same_object(page: Page) -> None:
    same = """async ([list]) => {
      const { rowsOf } = await import(new URL("thread/group.js", document.querySelector("script[type=module]").src));
      const one = rowsOf(list);
      const changed = [list[0], { ...list[1], status: "read" }, list[2]];
      const other = rowsOf(changed, { kept: one.kept });
      return other.rows.map((row, at) => row === one.rows[at]);
    }"""
    assert await page.evaluate(same, [[bubble("c", 1), bubble("a", 2), bubble("a", 3)]]) == [True, True, False, True]


# What becomes of the state.

OPENING: Mapping[str, object] = {
    "now": "2026-11-26T00:00:00Z", "me": {}, "conversation": {}, "window": None, "capabilities": {}, "threads": [],
}  # fmt: skip


async def run(page: Page, *steps: Sequence[object]) -> Any:
    return await page.evaluate(STATE, [OPENING, list(steps)])


STATUSES = {
    ("sent", "delivered"): "delivered",
    ("read", "delivered"): "read",
    ("read", "played"): "played",
    ("delivered", "failed"): "failed",
    ("failed", "delivered"): "failed",
    ("failed", "pending"): "pending",
    ("pending", "unknown"): "unknown",
    ("sent", "unknown"): "sent",
}


@pytest.mark.parametrize(("before", "heard"), STATUSES)
async def test_a_status_only_moves_forward(page: Page, before: str, heard: str) -> None:
    one = bubble("a", 1, status=before)
    patched = await run(page, ["put", one], ["patch", "a1", {"status": heard, "status_at": {}, "failure": None}])
    again = await run(page, ["put", one], ["put", {**one, "status": heard}])
    assert patched["list"][0]["status"] == again["list"][0]["status"] == STATUSES[(before, heard)]


async def test_the_servers_bubble_takes_the_place_of_ours(page: Page) -> None:
    mine = bubble("a", 2, id="key:k", key="k", status="pending")
    told = await run(page, ["put", bubble("c", 1)], ["put", mine], ["put", bubble("a", 2, id="m", key="k")])
    assert [one["id"] for one in told["list"]] == ["c1", "m"]
    assert told["watched"] == ["m"]


async def test_each_at_its_place(page: Page) -> None:
    """The server's order is that of its ids, whatever the customer's clock says; ours come last."""
    mine = bubble("a", 0, id="key:k", key="k", status="pending")
    theirs = [bubble("c", 3), bubble("c", 1), bubble("c", 9, id="c2")]
    told = await run(page, ["put", mine], *(["put", one] for one in theirs))
    assert [one["id"] for one in told["list"]] == ["c1", "c2", "c3", "key:k"]


async def test_pages_of_history_join(page: Page) -> None:
    def stretch(*minutes: int) -> dict[str, object]:
        return {"messages": [bubble("c", at) for at in minutes], "older": None, "newer": None}

    mine = bubble("a", 9, id="key:k", key="k", status="pending")
    told = await run(
        page,
        ["fill", stretch(3, 4)],
        ["put", mine],
        ["fill", stretch(1, 2, 3), "before"],
        ["fill", stretch(4, 5), "after"],
    )
    assert [one["id"] for one in told["list"]] == ["c1", "c2", "c3", "c4", "c5", "key:k"]


# Sizes and times.

FMT: list[tuple[str, list[object], str]] = [
    ("duration", [14.4], "0:14"),
    ("duration", [3725], "1:02:05"),
    ("size", [184_000], "184 kB"),
    ("size", [1_500_000], "1.5 MB"),
    ("size", [0], "0 byte"),
    ("day", ["2026-11-22T12:00:00Z", "2026-11-22T23:00:00Z"], "Today"),
    ("day", ["2026-11-21T23:00:00Z", "2026-11-22T01:00:00Z"], "Yesterday"),
    ("day", ["2026-11-18T12:00:00Z", "2026-11-22T12:00:00Z"], "Wednesday"),
    ("day", ["2026-11-12T12:00:00Z", "2026-11-22T12:00:00Z"], "12 Nov 2026"),
    ("time", ["2026-11-12T09:05:00Z"], "09:05"),
]


@pytest.mark.parametrize(("name", "given", "wanted"), FMT)
async def test_as_an_english_reader_writes_it(page: Page, name: str, given: list[object], wanted: str) -> None:
    assert await call(page, "../shared/core/base.js", f"fmt.{name}", *given) == wanted


WINDOWS = {
    "2026-11-22T23:30:00Z": ("open", "11:30 left"),
    "2026-11-22T13:42:00Z": ("soon", "01:42 left"),
    "2026-11-22T12:09:05Z": ("soon", "09:05 left"),
    "2026-11-22T12:00:00Z": ("closed", "Closed"),
}


@pytest.mark.parametrize("until", WINDOWS)
async def test_what_is_left_of_the_window(page: Page, until: str) -> None:
    left = """async ([until]) => {
      const { remaining } = await import(new URL("shell.js", document.querySelector("script[type=module]").src));
      return remaining({ open: true, until }, new Date("2026-11-22T12:00:00Z"));
    }"""
    told = await page.evaluate(left, [until])
    assert (told["kind"], told["words"]) == WINDOWS[until]


BOXES = {(1600, 900): (320, 180), (800, 1200): (240, 360), (100, 100): (140, 140), (None, None): (320, 240)}


@pytest.mark.parametrize("size", BOXES)
async def test_the_box_of_a_picture_before_it_is_there(page: Page, size: tuple[int | None, int | None]) -> None:
    box = await call(page, "thread/types.js", "boxOf", {"width": size[0], "height": size[1]})
    assert (box["width"], box["height"]) == BOXES[size]


async def test_the_end_of_a_name_is_seen(page: Page) -> None:
    long = "shipping-label-of-the-parcel-that-never-came-AB-2291.pdf"
    assert await call(page, "thread/types.js", "middle", long) == "shipping-label-of-the…-AB-2291.pdf"


async def test_as_many_bars_whatever_the_peaks(page: Page) -> None:
    for peaks in ([], [50], list(range(64)), [100] * 1000):
        assert len(await call(page, "thread/voice.js", "barsOf", peaks)) == 48


async def test_found_words_are_marked_without_their_accents(page: Page) -> None:
    told = await call(page, "panels/search.js", "pieces", "Le café, des cafés", "cafe")
    assert told == ["Le ", "café", ", des ", "cafés", ""]


async def test_the_way_back_grows_longer_and_is_never_the_same(page: Page) -> None:
    waits = [await call(page, "../shared/core/net.js", "backOff", failures, 1) for failures in (0, 1, 2, 20)]
    assert waits == [1000, 2000, 4000, 30000]
    assert await call(page, "../shared/core/net.js", "backOff", 0, 0) == 500


LANGUAGES = {"pt-PT": "pt-br", "fr_CA": "fr", "de": "de", "AR-eg": "ar", "nl": "en", "": "en"}


@pytest.mark.parametrize("tag", LANGUAGES)
async def test_the_nearest_language(page: Page, tag: str) -> None:
    assert await call(page, "../shared/core/base.js", "nearest", tag) == LANGUAGES[tag]
