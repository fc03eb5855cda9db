"""At a glance: whether a webhook holds one message and nothing else, as most do. It is read when it is carried."""

import orjson

from xyper_whatsapp.fields import word

_ALONE = frozenset({"messaging_product", "metadata", "contacts", "messages"})
"""What may stand in a change that says nothing but its messages."""


def sole(body: bytes) -> str | None:
    """The id of the number that the only message came to; None for everything that is not exactly that."""
    try:
        [entry] = orjson.loads(body)["entry"]
        [change] = entry["changes"]
        value = change["value"]
        [_message] = value["messages"]
        number = word(value["metadata"]["phone_number_id"])
        alone = change["field"] == "messages" and value.keys() <= _ALONE and isinstance(value["messages"], list)
    except (orjson.JSONDecodeError, LookupError, TypeError, ValueError, AttributeError):
        return None
    return number if alone else None
