"""Choices as a channel can offer them: buttons, a list, or numbered text. No title is ever cut off silently."""

from collections.abc import Iterator, Sequence

from xyper_engine.contract import ChoiceLimits
from xyper_engine.model import Part
from xyper_engine.parts import Choices, Option, Text
from xyper_engine.phrases import Phrases
from xyper_engine.routing.words import in_words


def offered(part: Choices, limits: ChoiceLimits | None, say: Phrases) -> Iterator[Part]:
    """The same choices in one or more parts. What becomes a list has a `button`; numbered text has no `Choices`."""
    if limits is None:
        yield Text(text=in_words(part, say))
        return
    part = _headed(part, limits)
    if _fits_buttons(part, limits):
        yield from _within(part.model_copy(update={"button": None}), limits.body, say)
    elif _fits_list(part, limits):
        yield from _within(_listed(part, limits, say), limits.list_body, say)
    else:
        if part.media is not None:
            yield part.media
        yield Text(text=in_words(part, say))


def _headed(part: Choices, limits: ChoiceLimits) -> Choices:
    """A header or footer that is too long belongs to the body."""
    lines = [part.body]
    changed: dict[str, str | None] = {}
    if part.header and (len(part.header) > limits.header or part.media is not None):
        lines.insert(0, part.header)  # a picture stands where the header would
        changed["header"] = None
    if part.footer and len(part.footer) > limits.footer:
        lines.append(part.footer)
        changed["footer"] = None
    return part.model_copy(update={**changed, "body": "\n".join(filter(None, lines))}) if changed else part


def _answers(part: Choices) -> Sequence[Option]:
    return [option for option in part.options if option.url is None]


def _fits_buttons(part: Choices, limits: ChoiceLimits) -> bool:
    answers = _answers(part)
    titles = [option.title for option in answers or part.options]
    plain = part.kind in ("quick_reply", "card") and not any(option.description for option in answers)
    short = all(0 < len(title) <= limits.button for title in titles)
    return plain and short and len(titles) <= limits.buttons and len(set(titles)) == len(titles)


def _fits_list(part: Choices, limits: ChoiceLimits) -> bool:
    answers = _answers(part)
    return part.media is None and 0 < len(answers) <= limits.rows and all(_fits_row(one, limits) for one in answers)


def _fits_row(option: Option, limits: ChoiceLimits) -> bool:
    if len(option.title) <= limits.row:
        return bool(option.title) and len(option.description) <= limits.description
    return len(option.title) <= limits.description and not option.description


def _listed(part: Choices, limits: ChoiceLimits, say: Phrases) -> Choices:
    return part.model_copy(
        update={
            "button": part.button if part.button and len(part.button) <= limits.button else say("choose"),
            "options": tuple(_row(option, limits) for option in part.options),
        }
    )


def _row(option: Option, limits: ChoiceLimits) -> Option:
    """A title that is too long for a row stands whole in the row's description."""
    if option.url is not None or len(option.title) <= limits.row:
        return option
    short = f"{option.title[: limits.row - 1].rstrip()}…"
    return option.model_copy(update={"title": short, "description": option.title})


def _within(part: Choices, longest: int, say: Phrases) -> Iterator[Part]:
    """A body that is too long goes before, as text of its own."""
    if not part.body.strip():
        yield part.model_copy(update={"body": say("please_choose")})
    elif len(part.body) <= longest:
        yield part
    else:
        yield Text(text=part.body)
        yield part.model_copy(update={"body": say("please_choose")})
