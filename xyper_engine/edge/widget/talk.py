"""The talk with a customer as JSON, in the reader's language: what was stored, with all that it takes to show it."""

from collections.abc import Mapping, Sequence
from typing import Any

from xyper_engine.conversation import Conversation
from xyper_engine.edge.widget.parts_told import Shown
from xyper_engine.edge.widget.teller import Teller
from xyper_engine.edge.widget.telling import BubbleTold
from xyper_engine.errors import NotFound
from xyper_engine.model import now
from xyper_engine.phrases import phrases
from xyper_engine.runtime import Runtime
from xyper_engine.state.bubbles import Bubble, Bubbles, Stretch
from xyper_engine.template import Template

LINK_HOURS = 1.0
"""For which a file's link is good: a film may be looked at for long, and is asked for piece by piece."""


class Talk:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self.bubbles = Bubbles(rt.db, rt.keyring)

    async def one(self, within: Conversation, id: str, language: str | None = None) -> BubbleTold:  # noqa: A002
        """By our id. Raises `NotFound`."""
        found = await self.these(within, [id], language)
        if not found:
            raise NotFound(f"This conversation has no message {id}.")
        return found[0]

    async def these(
        self, within: Conversation, ids: Sequence[str], language: str | None = None
    ) -> tuple[BubbleTold, ...]:
        """Those of them that there are; of a reaction, edit or deletion the message that it is about."""
        return await self.told(within, await self.bubbles.these(within, ids), language)

    async def told(self, within: Conversation, found: Stretch, language: str | None = None) -> tuple[BubbleTold, ...]:
        teller = Teller(within, await self._shown(within, found, language), now())
        return tuple(teller.bubble(one) for one in found.bubbles)

    async def language(self, within: Conversation) -> str | None:
        """The customer's, where anybody noted it."""
        known = (await self._rt.contexts.of(within)).values.get("language")
        return known if isinstance(known, str) else None

    async def _shown(self, within: Conversation, found: Stretch, language: str | None) -> Shown:
        if language is None:
            policy = await self._rt.directory.policy(within.tenant)
            language = await self.language(within) or policy.language
        return Shown(phrases(language), self._link, found.files, await self._templates(within, found.bubbles))

    async def _templates(
        self, within: Conversation, bubbles: Sequence[Bubble]
    ) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """Those that were sent, as the vendor keeps them today."""
        asked = {
            (part.name, part.language)
            for one in bubbles if one.said.message for part in one.said.message.parts if isinstance(part, Template)
        }  # fmt: skip
        account = await self._rt.directory.account(within.customer) if asked else None
        if account is None or account.parent is None:
            return {}
        found = {}
        for name, language in asked:
            template = await self._rt.templates.find(within.customer.adapter, account.parent, name, language)
            if template:
                found[name, language] = {str(each.get("type", "")).upper(): each for each in template.components}
        return found

    def _link(self, file: str, name: str) -> str:
        """Of this very server, whatever name the browser knows it by: the page's policy admits no other."""
        return self._rt.files.link(file, name, hours=LINK_HOURS).removeprefix(self._rt.settings.public_url)
