"""What an event becomes on WhatsApp, checked against Meta's own schemas.

The simulator's `data/messages.json` is taken out of Meta's OpenAPI file of November 2025. It says nothing, or less than
Meta's documentation, about these: the tests' own tables hold the rules then.

* the address: `recipient` and a group's `to` are newer than the file;
* the limits of a text (4,096), a caption (1,024), a list's body (4,096 where the file has 1,024)
  and a URL button's title (20);
* `voice`, `caption` and `filename`: any field may stand beside `id` or `link`;
* `cta_url`: neither its parameters nor its place in the list of types;
* a list's ten rows in total, and titles of buttons that must differ;
* what is inside a template's components: parameters, `parameter_name`, cards, the header's location;
* `first_name` or another name beside `formatted_name`;
* that a reaction has no `context`.
"""

from collections.abc import Mapping
from typing import Any

from tests.plugins.whatsapp.accounts import DESK, SHEENA, target
from xyper_engine.contract import Payload, Target
from xyper_engine.model import Contact, Direction, Message, Part, Utterance
from xyper_engine.testing import MOMENT
from xyper_sim.graph_check import Checker, essentials
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings

_HEAD = frozenset({"messaging_product", "recipient_type", "to", "biz_opaque_callback_data"})


def render(event: Utterance, to: Target, **settings: Any) -> list[Payload]:
    """The payloads, each of them valid by Meta's schemas."""
    payloads = list(WhatsApp(WhatsAppSettings(**settings)).render(event, to))
    for payload in payloads:
        essentials(payload.body)
        Checker().check(payload.body)
    return payloads


def saying(*parts: Part, reply_to: str | None = None, contact: Contact = SHEENA) -> Message:
    """An agent's message of these parts."""
    return Message(
        id="0198-a",
        direction=Direction.outbound,
        origin=DESK,
        contact=contact,
        external_id="g-1",
        occurred_at=MOMENT,
        parts=parts,
        reply_to=reply_to,
    )


def said(*parts: Part, to: Target | None = None, reply_to: str | None = None) -> list[Mapping[str, Any]]:
    """What the customer is sent for these parts, without what stands in every body."""
    payloads = render(saying(*parts, reply_to=reply_to), to or target())
    return [{key: value for key, value in one.body.items() if key not in _HEAD} for one in payloads]
