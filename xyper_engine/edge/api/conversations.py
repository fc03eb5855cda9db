"""What may be said in a conversation just now."""

from collections.abc import Mapping
from typing import Any

from xyper_engine.access.roles import Action
from xyper_engine.edge.capabilities import capabilities
from xyper_engine.edge.route import Answer, Call, Route, Told
from xyper_engine.errors import NotFound
from xyper_engine.model import now
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime

_PATH = "/api/v1/tenants/{tenant}/conversations/{id}/capabilities"


class Capabilities(Told):
    """The capability document; `capabilities.py` explains it."""

    version: str
    text: int
    caption: int
    parts: tuple[str, ...]
    media: Mapping[str, Any]
    choices: Mapping[str, Any] | None
    typing: bool
    window: Mapping[str, Any] | None


class ConversationsApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry

    def routes(self) -> tuple[Route, ...]:
        summary = "What may be said in a conversation just now; `ETag` is its version."
        return (Route("GET", _PATH, Action.conversations_read, self.capabilities, summary, answer=Capabilities),)

    async def capabilities(self, call: Call) -> Answer:
        id_ = call.path("id")
        conversation = await self._rt.conversations.get(call.tenant, id_)
        adapter = self._registry.adapter(conversation.customer.adapter) if conversation else None
        if conversation is None or adapter is None:
            raise NotFound(f"Tenant {call.tenant} has no conversation {id_}.")
        policy = await self._rt.directory.policy(call.tenant)
        document = capabilities(adapter.limits, conversation, policy, now())
        return Answer(Capabilities.model_validate(document), etag=document["version"])
