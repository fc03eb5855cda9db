"""Telephone numbers are hidden until somebody asks for one; here is how, for whoever tells of people and messages."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

_STANDARD = str.maketrans("-_", "+/")


def hidden(urn: str) -> str:
    """A telephone number without its middle: enough to tell people apart, too little to call them."""
    number = urn.removeprefix("tel:+")
    return f"tel:+{number[:2]}…{number[-2:]}" if number != urn else urn


def hidden_id(id_: str) -> str:
    """A vendor's id; its end alone where a telephone number is written inside (WhatsApp's hold one in base64)."""
    head, dot, coded = id_.partition(".")
    inside = _decoded(coded) if dot else b""
    return f"{head}.…{id_[-12:]}" if re.search(rb"[0-9]{7,}", inside) else id_


def hidden_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Of one step of a trace: it names what was sent by the far side's id."""
    far_id = facts.get("far_id")
    return {**facts, "far_id": hidden_id(far_id)} if far_id else dict(facts)


def _decoded(coded: str) -> bytes:
    """Whole groups only: the rest of an id that was cut is no reason to show the number before it."""
    try:
        return base64.b64decode(coded[: len(coded) // 4 * 4].translate(_STANDARD))
    except binascii.Error:
        return b""
