"""What agents and bots put into a message besides words, and what a customer can choose in it.

Source: the official SDK's `ConversationMessageContent`, and public captures of the webhook.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from xyper_sim import cloud_check

Json = dict[str, Any]
BOTS = frozenset({"QuickReply", "Card", "Carousel", "DatePicker"})
"""Kinds that only bot flows can send, never an agent."""
_FIELDS = {
    "Attachment": "attachment",
    "QuickReply": "quickReply",
    "Card": "card",
    "Carousel": "carousel",
    "DatePicker": "datePicker",
    "Notification": "template",
}


def check(content: Sequence[Any]) -> None:
    """Raises `ValueError` with every fault, for content that Genesys would not send."""
    faults = [fault for number, item in enumerate(content) for fault in _faults(item, f"content[{number}]")]
    if faults:
        raise ValueError("; ".join(faults))


def _faults(item: Any, where: str) -> Iterator[str]:
    kind = item.get("contentType") if isinstance(item, dict) else None
    if kind not in _FIELDS:
        yield f"{where}.contentType must be one of {', '.join(_FIELDS)}"
    elif _FIELDS[kind] not in item:
        yield f"{where}.{_FIELDS[kind]} is required"
    elif cloud_check.installed():
        yield from cloud_check.faults(cloud_check.CONTENT, item, where)


def payloads(content: Sequence[Json]) -> Iterator[str]:
    """Everything that a customer's structured response may carry."""
    for item in content:
        if quick := item.get("quickReply"):
            yield str(quick.get("payload"))
        for card in (item.get("card"), *(item.get("carousel") or {}).get("cards", ())):
            for action in (card or {}).get("actions") or ():
                yield str(action.get("payload"))
        for time in (item.get("datePicker") or {}).get("availableTimes") or ():
            yield str(time.get("dateTime"))
        for button in (item.get("template") or {}).get("buttons") or ():
            yield str(button.get("payload"))
