"""The capability document: what may be said in a conversation just now, as data for whoever offers it to an agent.

    {"version": "…", "text": 4096, "caption": 1024, "parts": […], "media": {"image": {"mimes": […], "size": 5242880}},
     "choices": {"buttons": 3, …}, "typing": true, "window": {"open": true, "until": "…Z", "policy": "refuse"}}

`version` changes with the content and with nothing else: a reader that has it already need not read on.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import orjson

from xyper_engine.contract import Limits
from xyper_engine.conversation import Conversation
from xyper_engine.policy import Policy


def capabilities(limits: Limits, conversation: Conversation, policy: Policy, at: datetime) -> Mapping[str, Any]:
    """What the customer's channel takes in this conversation at that moment."""
    document = {
        "text": limits.text,
        "caption": limits.caption,
        "parts": sorted(limits.parts),
        "media": {kind.value: {"mimes": list(limit.mimes), "size": limit.size} for kind, limit in limits.media.items()},
        "choices": asdict(limits.choices) if limits.choices else None,
        "typing": limits.typing,
        "window": _window(limits, conversation, policy, at),
    }
    return {"version": _version(document), **document}


def _window(limits: Limits, conversation: Conversation, policy: Policy, at: datetime) -> Mapping[str, Any] | None:
    """None where the channel is always open."""
    if not limits.window:
        return None
    until = conversation.window_until
    is_open = until is not None and until > at
    words = until.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if until and is_open else None
    return {"open": is_open, "until": words, "policy": policy.window.value}


def _version(document: Mapping[str, Any]) -> str:
    return blake2b(orjson.dumps(document, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()
