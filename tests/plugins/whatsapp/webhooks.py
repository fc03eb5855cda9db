"""Meta's webhooks, as the tests write them."""

import hmac
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "samples" / "whatsapp"
NUMBER = "106540352242922"
SHEENA = {"profile": {"name": "Sheena Nelson"}, "wa_id": "16505551234"}


def sign(body: bytes, secret: str) -> Mapping[str, str]:
    return {"X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, 'sha256').hexdigest()}"}


def text(number: int = 1, body: str = "hello", /, **changes: object) -> dict[str, Any]:
    """A text message; a change to None takes the key away."""
    item = {
        "from": "16505551234",
        "id": f"wamid.{number}",
        "timestamp": "1749416383",
        "type": "text",
        "text": {"body": body},
    }
    return {key: value for key, value in {**item, **changes}.items() if value is not None}


def status(word: object = "sent", /, **changes: object) -> dict[str, Any]:
    item = {"id": "wamid.1", "status": word, "timestamp": "1750030073", "recipient_id": "16505551234"}
    return {key: value for key, value in {**item, **changes}.items() if value is not None}


def value(messages: object = None, statuses: object = None, **changes: object) -> dict[str, Any]:
    content = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER},
        "contacts": [SHEENA],
        "messages": messages,
        "statuses": statuses,
    }
    return {key: one for key, one in {**content, **changes}.items() if one is not None}


def webhook(*values: object, field: str = "messages") -> bytes:
    """One entry with a change for each of `values`."""
    return entries([{"field": field, "value": one} for one in values])


def entries(*changes: Sequence[object]) -> bytes:
    """An entry for each list of changes."""
    return json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": f"41956125791547{n}", "changes": list(one)} for n, one in enumerate(changes)],
        }
    ).encode()
