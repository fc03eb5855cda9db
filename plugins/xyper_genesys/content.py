"""What an agent or bot says → parts. Pure.

Source: `ConversationMessageContent` of the official SDK (PureCloudPlatformClientV2 269). Open Messaging documents
attachments and notifications; what bot flows send besides is read as the platform's own model has it.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from xyper_engine.model import Part
from xyper_engine.parts import Media, Opaque, Text
from xyper_genesys import choices, notification
from xyper_genesys.pieces import attachment, place
from xyper_genesys.reading import Json, items, label, obj, string, word, words


def parts_of(item: Json) -> list[Part]:
    """Everything that one message says, in its order; `text` first, unless an element speaks for it."""
    text = string(item, "text")
    said = text if text.strip() else ""
    elements = list(_gathered(list(items(item, "content"))))
    speaker = next((element for element in elements if _kind(element) in _SPEAKING), None)
    parts: list[Part] = [Text(text=said)] if said and speaker is None else []
    for element in elements:
        parts.extend(_element(element, said if element is speaker else ""))
    return [_once(part, said) for part in parts]


def _gathered(elements: list[Json]) -> Iterator[Json]:
    """Quick replies of the older form, one element each, as the newer one has them: all in one, where the first was."""
    replies = [obj(element, "quickReply") for element in elements if _kind(element) == "quickreply"]
    for element in elements:
        if _kind(element) != "quickreply":
            yield element
        elif replies:
            yield {"contentType": "QuickReply", "quickReplyV2": {"actions": replies}}
            replies = []


def _kind(element: Json) -> str:
    """Its `contentType`; older bodies name none, but then the one field they have does."""
    kind = word(element, "contentType") or next((key.lower() for key in element), "")
    return "notification" if kind == "template" else kind


def _element(element: Json, said: str) -> list[Part]:
    kind, parts = _kind(element), list[Part]()
    if kind in _SPEAKING:
        key, speak = _SPEAKING[kind]
        parts += speak(obj(element, key), said)
    elif kind in _SHOWN:
        key, show = _SHOWN[kind]
        parts += show(obj(element, key))
    return parts or [*_words(element, said), Opaque(label=label(element))]


def _words(element: Json, said: str) -> Iterator[Part]:
    """What can still be read of what has no counterpart here: the words that Genesys shows for it."""
    key = next((key for key in element if key.lower() == _kind(element)), "")
    shown = words(obj(obj(element, key), "receivedMessage"), "header", "title", "subtitle")
    yield from (Text(text=text) for text in (said, "\n".join(shown)) if text)


def _once(part: Part, said: str) -> Part:
    """A file's caption that only repeats the message's text is said once."""
    repeats = isinstance(part, Media) and said and part.caption == said
    return part.model_copy(update={"caption": None}) if repeats else part


def _text(found: Json, said: str) -> Iterator[Part]:
    for text in dict.fromkeys((said, string(found, "body"))):
        if text.strip():
            yield Text(text=text)


_Speaking = tuple[str, Callable[[Json, str], Iterator[Part]]]
_Shown = tuple[str, Callable[[Json], Iterator[Part]]]

# Elements that belong to the message's `text`: it is the question above the replies, the notification's own words.
_SPEAKING: Mapping[str, _Speaking] = MappingProxyType(
    {
        "notification": ("template", notification.parts_of),
        "quickreply": ("quickReplyV2", choices.quick_replies),
        "quickreplyv2": ("quickReplyV2", choices.quick_replies),
        "text": ("text", _text),
    }
)
_SHOWN: Mapping[str, _Shown] = MappingProxyType(
    {
        "attachment": ("attachment", attachment),
        "card": ("card", choices.card),
        "carousel": ("carousel", choices.carousel),
        "datepicker": ("datePicker", choices.date_picker),
        "form": ("form", choices.form),
        "listpicker": ("listPicker", choices.list_picker),
        "location": ("location", place),
    }
)
