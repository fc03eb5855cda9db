"""What a customer chose or filled in. Source: Meta, "Messages webhook reference", "Flows"."""

from collections.abc import Callable

from xyper_engine.errors import Malformed
from xyper_engine.model import Part
from xyper_engine.parts import Choice, FormReply, Notice, Opaque, Text
from xyper_whatsapp import fields
from xyper_whatsapp.body import read
from xyper_whatsapp.fields import Item, text, word

Parts = tuple[Part, ...]


def button(content: object, _item: Item) -> Parts:
    """A quick reply of a template; its payload is chosen freely, so it may be long."""
    held = fields.part(content)
    return _choice(text(held.get("payload")), text(held.get("text")))


def interactive(content: object, _item: Item) -> Parts:
    """An answer to buttons, a list, a form or a question whether to call; anything newer by its name and title."""
    held = fields.part(content)
    kind = word(held.get("type"))
    if kind is None:
        return ()
    answer = fields.part(held.get(kind))
    reader = _ANSWERS.get(kind)
    return (reader(answer) if reader else ()) or _unknown(kind, answer)


def _choice(chosen: str | None, title: str | None, description: str | None = None) -> Parts:
    if not (chosen or title):
        return ()
    return (Choice(id=chosen or title or "", title=title or chosen or "", description=description or ""),)


def _picked(answer: Item) -> Parts:
    return _choice(text(answer.get("id")), text(answer.get("title")), text(answer.get("description")))


def _form(answer: Item) -> Parts:
    given = answer.get("response_json")
    answers = given if isinstance(given, dict) else _unpacked(given)
    unread = text(given) if answers is None else None
    if answers is None and unread is None:
        return ()
    name = text(answer.get("name")) or "form"
    return (FormReply(name=name, answers=answers or {}, unread=unread, summary=text(answer.get("body"))),)


def _unpacked(given: object) -> Item | None:
    """The JSON object within a string; None where the customer's client wrote something else."""
    try:
        return read(given.encode()) if isinstance(given, str) else None
    except Malformed:
        return None


def _permission(answer: Item) -> Parts:
    response = word(answer.get("response"))
    return (Notice(code="call_permission", values={"response": response}),) if response else ()


def _unknown(kind: str, answer: Item) -> Parts:
    words = text(answer.get("title")) or text(answer.get("body")) or text(answer.get("name"))
    return (Opaque(label=kind), Text(text=words)) if words else (Opaque(label=kind),)


_ANSWERS: dict[str, Callable[[Item], Parts]] = {
    "button_reply": _picked,
    "list_reply": _picked,
    "nfm_reply": _form,
    "call_permission_reply": _permission,
}
