"""Parts in readable words: what a side that has no form for them is told instead, in the tenant's language."""

from collections.abc import Callable, Iterator

from xyper_engine.model import Message, Part
from xyper_engine.parts import (
    Choice,
    Choices,
    ContactCard,
    FormReply,
    Location,
    LocationRequest,
    Media,
    Notice,
    Opaque,
    Order,
    OrderItem,
    Reaction,
    Referral,
    Text,
)
from xyper_engine.phrases import Phrases
from xyper_engine.template import Template

FIRST_LINE = 120
"""Characters of a quoted message: enough to know it again."""


def in_words(part: Part, say: Phrases, original: Message | None = None) -> str:
    """The part as text. `original` is the message that it speaks of, where that was kept."""
    return _WORDS[part.type](part, say, original)


def first_line(message: Message, say: Phrases) -> str:
    """What a message said, short: its first words, or the name of what it showed."""
    said = next((words for part in message.parts if (words := _brief(part, say))), "")
    line = said.partition("\n")[0].strip()
    return line if len(line) <= FIRST_LINE else f"{line[: FIRST_LINE - 1].rstrip()}…"


def _brief(part: Part, say: Phrases) -> str:
    if isinstance(part, Media):
        return part.caption or part.name or say(part.kind.value)
    return "" if isinstance(part, Notice | Referral) else part.text


def _text(part: Text, say: Phrases, original: Message | None) -> str:  # noqa: ARG001  all have one shape
    return part.text


def _opaque(part: Opaque, say: Phrases, original: Message | None) -> str:  # noqa: ARG001
    return f"[{part.label}]"


def _media(part: Media, say: Phrases, original: Message | None) -> str:  # noqa: ARG001
    lines = (f"[{say(part.kind.value)}]", part.name, part.caption, part.link)
    return "\n".join(filter(None, lines))


def _location(part: Location, say: Phrases, original: Message | None) -> str:  # noqa: ARG001
    place = f"{part.latitude:.6f},{part.longitude:.6f}"
    at = f"https://www.google.com/maps/search/?api=1&query={place}"
    return "\n".join(filter(None, (say("location"), part.name, part.address, at, part.url)))


def _asked(part: LocationRequest, say: Phrases, original: Message | None) -> str:  # noqa: ARG001
    return f"{say('location_request')}\n{part.body}"


def _contact(part: ContactCard, say: Phrases, original: Message | None) -> str:  # noqa: ARG001
    phones = (f"{phone.number} ({phone.label.lower()})" if phone.label else phone.number for phone in part.phones)
    about = " – ".join(filter(None, (part.title, part.company)))
    head = say("contact", name=part.name)
    return "\n".join(filter(None, (head, about, *phones, *part.emails, *part.urls, *part.addresses)))


def _choices(part: Choices, say: Phrases, original: Message | None) -> str:  # noqa: ARG001
    answers = [option for option in part.options if option.url is None]
    lines = [part.header, part.body, *_numbered(part), part.footer]
    return "\n".join(filter(None, [*lines, say("answer_by_number") if answers else ""]))


def _numbered(part: Choices) -> Iterator[str]:
    number = 0
    for option in part.options:
        if option.url is not None:
            yield f"{option.title}: {option.url}"
            continue
        number += 1
        yield f"{number}. {option.title}" + (f" – {option.description}" if option.description else "")


def _choice(part: Choice, say: Phrases, original: Message | None) -> str:  # noqa: ARG001
    return part.title


def _template(part: Template, say: Phrases, original: Message | None) -> str:  # noqa: ARG001
    return part.rendered or say("template", name=part.name)


def _reaction(part: Reaction, say: Phrases, original: Message | None) -> str:
    code = "reacted" if part.emoji else "unreacted"
    if original is None:
        return say(f"{code}_somewhere", emoji=part.emoji or "")
    return say(code, emoji=part.emoji or "", words=first_line(original, say))


def _referral(part: Referral, say: Phrases, original: Message | None) -> str:  # noqa: ARG001
    head = say("referral_post" if part.kind == "post" else "referral", headline=part.headline or "")
    return "\n".join(filter(None, (head, part.body, part.url)))


def _order(part: Order, say: Phrases, original: Message | None) -> str:  # noqa: ARG001
    return "\n".join(filter(None, (say("order"), *(_item(item, say) for item in part.items), part.note)))


def _item(item: OrderItem, say: Phrases) -> str:
    if item.price is None:
        return say("order_item", quantity=f"{item.quantity:g}", product=item.product)
    return say(
        "order_item_priced",
        quantity=f"{item.quantity:g}",
        product=item.product,
        price=f"{item.price:.2f}",
        currency=item.currency,
    )


def _form(part: FormReply, say: Phrases, original: Message | None) -> str:  # noqa: ARG001
    answers = (f"{key}: {value}" for key, value in part.answers.items() if key != "flow_token")
    return "\n".join(filter(None, (say("form", name=part.name), *answers, part.unread)))


def _notice(part: Notice, say: Phrases, original: Message | None) -> str:
    values = dict(part.values)
    code = f"{part.code}_{values['response']}" if "response" in values else part.code
    if part.about is not None and original is not None:
        values.setdefault("words", first_line(original, say))
    if part.about is not None and "words" not in values and f"{code}_somewhere" in say:
        code = f"{code}_somewhere"
    return say(code, **values) if code in say else part.text


_WORDS: dict[str, Callable[..., str]] = {
    "text": _text,
    "opaque": _opaque,
    "media": _media,
    "location": _location,
    "location_request": _asked,
    "contact": _contact,
    "choices": _choices,
    "choice": _choice,
    "template": _template,
    "reaction": _reaction,
    "referral": _referral,
    "order": _order,
    "form": _form,
    "notice": _notice,
}
