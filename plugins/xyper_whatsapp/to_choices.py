"""Choices, as buttons, a list or one button that opens a page. Source: Meta, "Interactive messages".

What is chosen comes back with the option's id; where that cannot travel, as `#<n>`: the n-th of the options that give
an answer, from 1.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from xyper_engine.errors import Unsupported
from xyper_engine.parts import Choices, Option
from xyper_whatsapp.limits import BUTTON_ID, CAPTIONED, CHOICES, ROW_ID, URL_BUTTON
from xyper_whatsapp.to_files import Said, attached, file, own, text

_OPEN = "☰"
"""On the button of a list that came without a word for it: a sign that needs no language."""


def choices(part: Choices) -> Iterator[Said]:
    """One message, or two where something cannot stand in the first. Raises `Unsupported`."""
    answers = [option for option in part.options if option.url is None]
    pages = [option for option in part.options if option.url is not None]
    if part.media is not None and (part.media.kind not in CAPTIONED or _is_list(part, answers)):
        yield from file(part.media)
        part = part.model_copy(update={"media": None})
    if _is_list(part, answers):
        yield from _interactive(part, "list", _list(part, answers), pages, CHOICES.list_body)
    elif answers:
        yield from _interactive(part, "button", _buttons(answers), pages, CHOICES.body)
    elif pages:
        yield from _interactive(part, "cta_url", _page(pages[0]), pages[1:], CHOICES.body)
    else:
        yield from _plain(part)


def reply_ids(options: Sequence[Option], longest: int) -> list[str]:
    """What each answer is called on its way: its own id where WhatsApp gives that back unchanged, else its place."""
    times = Counter(option.id for option in options)
    return [
        option.id if times[option.id] == 1 and _travels(option.id, longest) else f"#{n}"
        for n, option in enumerate(options, 1)
    ]


def _travels(answer: str, longest: int) -> bool:
    return 0 < len(answer) <= longest and answer == answer.strip() and not answer.startswith("#")


def _is_list(part: Choices, answers: Sequence[Option]) -> bool:
    wordy = bool(part.button) or part.kind in ("list", "date") or any(option.description for option in answers)
    return bool(answers) and (wordy or len(answers) > CHOICES.buttons)


def _interactive(
    part: Choices, kind: str, action: dict[str, Any], pages: Sequence[Option], longest: int
) -> Iterator[Said]:
    """`pages` have no button of their own: their links are lines of the body, or, where it is full, a text before."""
    links = "\n".join(f"{page.title}: {page.url}" for page in pages)
    if links and len(_body(part, links)) > longest:
        yield text(links)
        links = ""
    content: dict[str, Any] = {"type": kind, "body": {"text": _held(_body(part, links), longest, "text")}}
    if header := _header(part):
        content["header"] = header
    if part.footer:
        content["footer"] = {"text": _held(part.footer, CHOICES.footer, "footer")}
    yield Said("interactive", {**content, "action": action}, own(part.media))


def _plain(part: Choices) -> Iterator[Said]:
    """Choices without any choice are what stands around them."""
    if part.media is not None:
        yield from file(part.media)
    if words := "\n".join(filter(None, (part.header, part.body, part.footer))).strip():
        yield text(words)


def _body(part: Choices, links: str) -> str:
    """A header's words go before the body where a picture takes their place."""
    head = part.header if part.media is not None else None
    return "\n".join(filter(None, (head, part.body, links)))


def _header(part: Choices) -> dict[str, Any] | None:
    if part.media is not None:
        return attached(part.media)
    return {"type": "text", "text": _held(part.header, CHOICES.header, "header")} if part.header else None


def _buttons(answers: Sequence[Option]) -> dict[str, Any]:
    titles = [_held(option.title, CHOICES.button, "button") for option in answers]
    if len(set(titles)) < len(titles):
        raise Unsupported("Two buttons have the same title, and WhatsApp takes each title once.")
    ids = reply_ids(answers, BUTTON_ID)
    replies = [{"id": one, "title": title} for one, title in zip(ids, titles, strict=True)]
    return {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}


def _list(part: Choices, answers: Sequence[Option]) -> dict[str, Any]:
    if len(answers) > CHOICES.rows:
        raise Unsupported(f"A list on WhatsApp has at most {CHOICES.rows} rows, and this one has {len(answers)}.")
    ids = reply_ids(answers, ROW_ID)
    rows = [_row(option, one) for option, one in zip(answers, ids, strict=True)]
    return {"button": _held(part.button or _OPEN, CHOICES.button, "button"), "sections": [{"rows": rows}]}


def _row(option: Option, answer: str) -> dict[str, str]:
    row = {"id": answer, "title": _held(option.title, CHOICES.row, "row")}
    if option.description:
        row["description"] = _held(option.description, CHOICES.description, "row's description")
    return row


def _page(page: Option) -> dict[str, Any]:
    shown = _held(page.title, URL_BUTTON, "button")
    return {"name": "cta_url", "parameters": {"display_text": shown, "url": page.url}}


def _held(words: str, longest: int, what: str) -> str:
    """The words as they are. Raises `Unsupported` where they are missing or too many."""
    if not words.strip():
        raise Unsupported(f"The {what} of these choices has no words, and WhatsApp wants some.")
    if len(words) > longest:
        raise Unsupported(f"The {what} of these choices has {len(words)} characters; WhatsApp takes {longest}.")
    return words
