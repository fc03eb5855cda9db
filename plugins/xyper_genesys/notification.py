"""A notification → a template of the customer's channel, or the words it stands for. Pure.

Canned responses come this way as well (`cannedresponse@<id>`), often without id and language: those are only words.
Source: `ConversationContentNotificationTemplate` of the official SDK.
"""

from collections.abc import Iterator, Sequence

from xyper_engine.model import Part
from xyper_engine.parts import Media, Option
from xyper_engine.template import Parameter, Template, TemplateButton
from xyper_genesys.choices import offered, option
from xyper_genesys.pieces import attachment
from xyper_genesys.reading import Json, items, obj, string, whole, word


def parts_of(found: Json, said: str) -> Iterator[Part]:
    """`said` is the message's `text`: what the notification reads like with everything filled in."""
    header = [part for part in attachment(obj(obj(found, "header"), "media")) if isinstance(part, Media)]
    namespace, _, name = string(found, "id").partition("@")
    language = string(found, "language")
    if name and language and namespace.lower() != "cannedresponse":
        yield _template(found, name, language, header, said)
    else:
        yield from _in_words(found, said, header)


def _template(found: Json, name: str, language: str, media: Sequence[Media], said: str) -> Template:
    return Template(
        name=name,
        language=language,
        header=(*(Parameter(media=one) for one in media), *_parameters(obj(found, "header"))),
        body=tuple(_parameters(obj(found, "body"))),
        buttons=tuple(_buttons(found)),
        rendered=said or _filled(obj(found, "body")),
    )


def _parameters(component: Json) -> Iterator[Parameter]:
    """Named `1`, `2`, … they are positional ones, in whatever order they come."""
    found = list(items(component, "parameters"))
    names = [string(one, "name") for one in found]
    if all(name.isdecimal() for name in names):
        found, names = sorted(found, key=lambda one: int(string(one, "name"))), [""] * len(found)
    for one, name in zip(found, names, strict=True):
        yield Parameter(text=string(one, "text"), name=name or None)


def _buttons(found: Json) -> Iterator[TemplateButton]:
    """Only what varies: an address's end, a reply's payload."""
    for place, button in enumerate(items(found, "buttons")):
        kind = {"url": "url", "quickreply": "quick_reply"}.get(word(button, "type"))
        varying = (string(one, "text") for one in items(button, "parameters"))
        value = next(varying, "") if kind == "url" else string(button, "payload")
        if kind and value:
            index = whole(button, "index")
            yield TemplateButton(index=place if index is None else index, kind=kind, value=value)


def _in_words(found: Json, said: str, media: Sequence[Media]) -> Iterator[Part]:
    """Files first; then the words, with replies and pages below them."""
    yield from media
    body = said or _filled(obj(found, "body"))
    around = (_filled(obj(found, "header")), body, _filled(obj(found, "footer")))
    # What the message's own text has said already is not said again.
    lines = [line for line in around if line and (line is body or line not in body)]
    numbers = [": ".join(filter(None, one)) for one in _numbers(found)]
    options = [one for button in items(found, "buttons") for one in _option(button)]
    yield from offered("quick_reply", lines + numbers, options)


def _numbers(found: Json) -> Iterator[tuple[str, str]]:
    for button in items(found, "buttons"):
        if word(button, "type") == "phonenumber" and string(button, "phoneNumber"):
            yield string(button, "text"), string(button, "phoneNumber")


def _option(button: Json) -> Iterator[Option]:
    if word(button, "type") != "phonenumber":
        yield from option(button)


def _filled(component: Json) -> str:
    """Its text, with `{{name}}` replaced by the value of that name."""
    text = string(component, "text")
    for one in items(component, "parameters"):
        text = text.replace("{{" + string(one, "name") + "}}", string(one, "text"))
    return text if text.strip() else ""
