"""What the agent side is told of a conversation's context: what the tenant's policy names, as strings."""

from dataclasses import replace
from typing import Any

import orjson

from xyper_engine.contract import Target
from xyper_engine.model import Direction
from xyper_engine.runtime import Runtime


async def told_of_context(to: Target, direction: Direction, rt: Runtime) -> Target:
    """The target with its `attributes`; also what a transformer noted a moment ago."""
    names = to.policy.context_to_agents
    if not names or to.conversation is None or direction is not Direction.inbound:
        return to
    values = (await rt.contexts.of(to.conversation)).values
    return replace(to, attributes={name: _text(values[name]) for name in names if name in values})


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
