"""What a customer can send besides plain words: each kind's content, completed and checked as the phone would.

The content is given as Meta's webhooks have it (`{"latitude": …}`, `{"id": <media id>, "caption": …}`, …); what only
Meta knows (MIME type, hashes) is filled in. Source of the shapes: Meta, webhooks reference "messages".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from xyper_sim.graph_errors import in_status
from xyper_sim.graph_media import KINDS, Blob
from xyper_sim.graph_model import Chat, Message, bsuid_of, words
from xyper_sim.graph_templates import shown

if TYPE_CHECKING:
    from xyper_sim.graph_state import GraphState
    from xyper_sim.settings import Customer

Json = dict[str, Any]
_ASIDE = frozenset({"reaction", "system", "edit", "revoke", "request_welcome"})
"""What opens no service window and quotes nothing."""
_NUMBER_CHANGED = "user_changed_number"


class Pen:
    """One customer at one number, about to write."""

    def __init__(self, state: "GraphState", number: str, customer: "Customer") -> None:
        self._state, self._number, self._customer = state, number, customer

    def message(self, body: Mapping[str, Any]) -> tuple[str, Any, Json]:
        """Kind, content, and what stands beside it in the webhook. Raises `ValueError` in words for a person."""
        kind = str(body.get("type", "text"))
        given = body.get(kind)
        if kind == "text" and isinstance(given, str):
            given = {"body": given}
        make = _MAKE.get(kind)
        if make is None:
            raise ValueError(f"type {kind!r} is not one of {', '.join(_MAKE)}")
        if given is None and kind not in ("unsupported", "request_welcome"):
            raise ValueError(f"{kind} is missing")
        beside = {} if kind in _ASIDE else self._beside(body)
        content = make(self, given, body)
        if kind == "unsupported":
            beside["errors"] = [_unsupported()]
        return kind, content, beside

    def _beside(self, body: Mapping[str, Any]) -> Json:
        """`context` and `referral`."""
        context: Json = {}
        if quoted := body.get("reply_to"):
            context = {"from": self._author(str(quoted)), "id": str(quoted)}
        if forwarded := body.get("forwarded"):
            context["frequently_forwarded" if forwarded == "often" else "forwarded"] = True
        if product := body.get("referred_product"):
            context["referred_product"] = product
        more = {"context": context} if context else {}
        return {**more, **({"referral": body["referral"]} if body.get("referral") else {})}

    def _author(self, wamid: str) -> str:
        quoted = self._state.messages.get(wamid)
        mine = quoted is not None and quoted.by == "customer"
        return self._customer.wa_id if mine else self._state.numbers[self._number].display

    # Each kind

    def text(self, given: Any, _: Mapping[str, Any]) -> Json:
        said = str(given["body"])
        if not said.strip() or len(said) > 4096:
            raise ValueError("text is empty" if not said.strip() else "text is longer than 4096 characters")
        return {"body": said}

    def media(self, given: Any, body: Mapping[str, Any]) -> Json:
        kind, blob = str(body["type"]), self._blob(given)
        told = {"mime_type": blob.mime, "sha256": blob.sha256_base64, "id": blob.id}
        caption = {"caption": str(given["caption"])} if given.get("caption") else {}
        match kind:
            case "audio":
                return {**told, "voice": bool(given.get("voice", blob.bare == "audio/ogg"))}
            case "sticker":
                return {**told, "animated": bool(given.get("animated", False))}
            case "document":
                return {**caption, "filename": str(given.get("filename") or blob.filename), **told}
        return {**caption, **told}

    def location(self, given: Any, _: Mapping[str, Any]) -> Json:
        place = {"latitude": float(given["latitude"]), "longitude": float(given["longitude"])}
        return {**given, **place}

    def contacts(self, given: Any, _: Mapping[str, Any]) -> Any:
        if not isinstance(given, list) or not given:
            raise ValueError("contacts must be a list of cards")
        return given

    def reaction(self, given: Any, _: Mapping[str, Any]) -> Json:
        about = self._mine(str(given["message_id"]))
        return {"message_id": about.id, **({"emoji": given["emoji"]} if given.get("emoji") else {})}

    def interactive(self, given: Any, body: Mapping[str, Any]) -> Json:
        """A pressed button or chosen row must have been offered by the message that `reply_to` names."""
        kind = str(given.get("type"))
        if kind in ("button_reply", "list_reply"):
            chosen, about = given[kind], self._mine(str(body.get("reply_to", "")))
            if (str(chosen["id"]), str(chosen["title"])) not in set(offered(about)):
                raise ValueError(f"the message does not offer {chosen['title']!r}")
        return dict(given)

    def button(self, given: Any, body: Mapping[str, Any]) -> Json:
        """A template's quick reply."""
        about = self._mine(str(body.get("reply_to", "")))
        if (str(given["payload"]), str(given["text"])) not in set(offered(about)):
            raise ValueError(f"the template does not offer {given['text']!r}")
        return {"payload": given["payload"], "text": given["text"]}

    def edit(self, given: Any, _: Mapping[str, Any]) -> Json:
        """Coexistence numbers only."""
        about = self._mine(str(given["original_message_id"]), by="customer")
        kind, content, _beside = self.message(given["message"])
        about.text, about.content, about.changed = words(kind, content), content, "edited"
        self._state.tell(about)
        inner = {"context": {"id": "M0"}, "type": kind, kind: content}
        return {"original_message_id": about.id, "message": inner}

    def revoke(self, given: Any, _: Mapping[str, Any]) -> Json:
        """Coexistence numbers only."""
        about = self._mine(str(given["original_message_id"]), by="customer")
        about.changed = "deleted"
        self._state.tell(about)
        return {"original_message_id": about.id}

    def system(self, given: Any, _: Mapping[str, Any]) -> Json:
        """`{"type": "user_changed_number", "wa_id": <the new one>}` moves the customer; others are told as given."""
        if given.get("type") != _NUMBER_CHANGED:
            return dict(given)
        old, new, before = self._customer.wa_id, str(given["wa_id"]), self._customer.bsuid
        if not new.isdigit() or new in self._state.customers:
            raise ValueError(f"{new} is not a free number")
        said = f"User {self._customer.name or old} changed from {old} to {new}"
        told = {"user_id": bsuid_of(new), "previous_user_id": before}
        phone = {} if self._customer.hidden else {"wa_id": new}
        kind = "user_changed_user_id" if self._customer.hidden else _NUMBER_CHANGED
        return {"body": said, "type": kind, **phone, **told}

    def plain(self, given: Any, _: Mapping[str, Any]) -> Json:
        return dict(given or {})

    def unsupported(self, given: Any, _: Mapping[str, Any]) -> Json:
        return {"type": str((given or {}).get("type", "unknown"))}

    def _blob(self, given: Any) -> Blob:
        blob = self._state.media.get(str(given.get("id", "")))
        if blob is None or blob.number != self._number:
            raise ValueError("id names no file that was uploaded for this number")
        return blob

    def _mine(self, wamid: str, by: str = "") -> Message:
        found = self._state.messages.get(wamid)
        wanted = (self._number, self._customer.wa_id)
        if found is None or (found.number, found.customer) != wanted or by not in ("", found.by):
            raise ValueError("there is no such message in this chat")
        return found


def opens_window(kind: str) -> bool:
    """Whether a message of this kind counts as the customer's for the 24 hours."""
    return kind not in _ASIDE - {"reaction"}


def offered(message: Message) -> Iterator[tuple[str, str]]:
    """(id, title) of everything that can be pressed in a message of the business."""
    content = message.content if isinstance(message.content, dict) else {}
    if message.template is not None:
        drawn = shown(message.template, content)
        for part in (drawn, *drawn.get("cards", ())):
            yield from ((str(one["payload"]), one["text"]) for one in part.get("buttons", ()) if "payload" in one)
        return
    action = content.get("action") or {}
    for one in action.get("buttons") or ():
        yield str(one["reply"]["id"]), str(one["reply"]["title"])
    for section in action.get("sections") or ():
        yield from ((str(row["id"]), str(row["title"])) for row in section.get("rows") or ())
    for card in action.get("cards") or ():
        for one in (card.get("action") or {}).get("buttons") or ():
            yield str(one["quick_reply"]["id"]), str(one["quick_reply"]["title"])


def moved(state: "GraphState", old: "Customer", new: str) -> None:
    """The customer has a new number: chats and messages go with the person, the old number is nobody's."""
    changed = old.model_copy(update={"wa_id": new, "bsuid": bsuid_of(new)})
    state.forget_bsuid(old.bsuid)
    people = [changed if one is old else one for one in state.customers.values()]
    state.customers = {one.wa_id: one for one in people}  # everybody keeps their place
    for number, wa_id in [key for key in state.chats if key[1] == old.wa_id]:
        chat = state.chats.pop((number, wa_id))
        state.chats[number, new] = Chat(number, new, chat.messages, chat.last_inbound_at)
        for message in chat.messages:
            message.customer = new
    state.put_customer(changed)
    state.refresh()


def _unsupported() -> Json:
    details = "Message type is currently not supported."
    return {key: value for key, value in in_status(131051, details).items() if key != "href"}


_MAKE: Mapping[str, Callable[[Pen, Any, Mapping[str, Any]], Any]] = {
    "text": Pen.text,
    **dict.fromkeys(KINDS, Pen.media),
    "location": Pen.location,
    "contacts": Pen.contacts,
    "reaction": Pen.reaction,
    "interactive": Pen.interactive,
    "button": Pen.button,
    "order": Pen.plain,
    "edit": Pen.edit,
    "revoke": Pen.revoke,
    "system": Pen.system,
    "unsupported": Pen.unsupported,
    "request_welcome": Pen.plain,
}
