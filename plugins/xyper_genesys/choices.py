"""What a bot offers to choose from → `Choices`. Pure.

An option's id is the payload as Genesys sent it: an answer must return it to the letter. A choice without options is
only words, and is read as such.
"""

from collections.abc import Iterator
from typing import Literal

from xyper_engine.model import Part
from xyper_engine.parts import Choices, Media, MediaKind, Option, Text
from xyper_genesys.pieces import linked, place
from xyper_genesys.reading import Json, items, moment, obj, string, whole, word, words

Kind = Literal["quick_reply", "card", "list", "date"]


def offered(
    kind: Kind,
    lines: list[str],
    options: list[Option],
    *,
    header: str | None = None,
    media: Media | None = None,
    button: str | None = None,
) -> Iterator[Part]:
    """`lines` above `options`; where one of the two is missing, what is left is still said."""
    said = "\n".join([*([header] if header else []), *lines])
    if options:
        body = "\n".join(lines)
        yield Choices(kind=kind, body=body, options=tuple(options), header=header, media=media, button=button)
    elif media:
        yield media.model_copy(update={"caption": said or None})
    elif said:
        yield Text(text=said)


def option(found: Json) -> Iterator[Option]:
    """A reply or an action of a card: with an address of its own it opens a page, else it answers."""
    title, payload, url = string(found, "text"), string(found, "payload"), string(found, "url")
    if word(found, "type") != "postback" and url:
        yield Option(id=payload or url, title=title if title.strip() else url, url=url)
    elif title.strip() or payload.strip():
        yield Option(id=payload or title, title=title if title.strip() else payload)


def quick_replies(found: Json, said: str) -> Iterator[Part]:
    options = [one for reply in items(found, "actions") for one in option(reply)]
    lines = dict.fromkeys([*([said] if said else []), *words(found, "title")])
    if options or not said:
        yield from offered("quick_reply", list(lines), options)


def carousel(found: Json) -> Iterator[Part]:
    for one in items(found, "cards"):
        yield from card(one)


def card(found: Json) -> Iterator[Part]:
    """A picture *and* a film are rare, and only one of them has a place above the words: the film goes before it."""
    media = [*linked(string(found, "video"), MediaKind.video), *linked(string(found, "image"), MediaKind.image)]
    options = [one for action in items(found, "actions") for one in option(action)]
    if not options and word(obj(found, "defaultAction"), "type") == "link":
        options = list(option(obj(found, "defaultAction")))
    title, description = words(found, "title"), words(found, "description")
    header = title[0] if title and description else None
    yield from media[:-1]
    yield from offered("card", description or title, options, header=header, media=media[-1] if media else None)


def date_picker(found: Json) -> Iterator[Part]:
    times = [one for time in items(found, "availableTimes") for one in _time(time)]
    span = [] if times else [_readable(one) for one in words(found, "dateMinimum", "dateMaximum")]
    lines = [*words(found, "title", "subtitle"), *([" – ".join(span)] if span else [])]
    yield from place(obj(found, "location"))
    yield from offered("date", lines, times, media=_picture(found))


def _time(found: Json) -> Iterator[Option]:
    if at := string(found, "dateTime"):
        yield Option(id=at, title=_readable(at), description=_lasting(whole(found, "duration") or 0))


def _readable(time: str) -> str:
    """The same in every language, and short enough for a button."""
    at = moment(time)
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else time


def _lasting(seconds: int) -> str:
    """`1 h 30 min`; "" where there is no telling."""
    hours, minutes = divmod(seconds // 60, 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count)


def list_picker(found: Json) -> Iterator[Part]:
    shown, sections = obj(found, "receivedMessage"), list(items(found, "sections"))
    rows = [one for section in sections for one in _rows(section, titled=len(sections) > 1)]
    header, button = (next(iter(words(shown, key)), None) for key in ("header", "buttonLabel"))
    lines = words(shown, "title", "subtitle")
    yield from offered("list", lines, rows, header=header, button=button, media=_picture(shown))


def _rows(section: Json, titled: bool) -> Iterator[Option]:
    heading = words(section, "title") if titled else []
    for row in items(section, "items"):
        ident, title = string(row, "id"), string(row, "title").strip()
        if title or ident:
            about = " – ".join([*heading, *words(row, "subtitle")])
            yield Option(id=ident or title, title=title or ident, description=about)


def _picture(found: Json) -> Media | None:
    return next(iter(linked(string(found, "imageUrl"), MediaKind.image)), None)


def form(found: Json) -> Iterator[Part]:
    """Nobody but Genesys' own messenger can fill one in: its words, so that the customer can answer in words."""
    shown = (obj(found, "receivedMessage"), obj(found, "introduction"), *items(found, "formPages"))
    lines = dict.fromkeys(line for one in shown for line in words(one, "title", "subtitle"))
    yield from offered("list", list(lines), [])
