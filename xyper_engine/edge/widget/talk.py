"""The talk with a customer as JSON, in the reader's language: what was stored, with all that it takes to show it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from xyper_engine.conversation import Conversation
from xyper_engine.edge.widget.parts_told import Shown, parts_told
from xyper_engine.edge.widget.pending import pending
from xyper_engine.edge.widget.teller import Teller
from xyper_engine.edge.widget.telling import AuthorTold, BubbleTold
from xyper_engine.errors import NotFound
from xyper_engine.model import Part, now
from xyper_engine.phrases import phrases
from xyper_engine.runtime import Runtime
from xyper_engine.state.bubble import File, Said, Stretch
from xyper_engine.state.bubbles import Bubbles, media_of
from xyper_engine.state.send import Send
from xyper_engine.state.watchers import News
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

    async def whole(self, within: Conversation, found: Stretch, language: str | None) -> tuple[BubbleTold, ...]:
        """As `told`, with what was sent from here and is no message yet, or never became one, in its place."""
        told = await self.told(within, found, language)
        others = [
            one
            for one in await self._rt.sends.of(within.tenant, within.id)
            if one.shown and one.id > found.since and (found.until is None or one.id < found.until)
        ]
        if not others:
            return told
        return tuple(sorted((*told, *await self.sent(within, others, language)), key=lambda one: one.id))

    async def told(self, within: Conversation, found: Stretch, language: str | None = None) -> tuple[BubbleTold, ...]:
        """With the authors and keys of what was sent from here."""
        parts = [part for one in found.bubbles if one.said.message for part in one.said.message.parts]
        files = await self._looked_at(within, found)
        spoken = [one for each in found.bubbles for one in (each.said, each.quoted, *each.later) if one]
        sends = await self._rt.sends.keys(within.tenant, [one.id for one in spoken])
        people = await self._authors(within.tenant, sends.values())
        authors = {id_: people[send.person] for id_, send in sends.items()}
        teller = Teller(within, await self._shown(within, parts, files, language), now(), authors)
        keys = {id_: send.key for id_, send in sends.items()}
        return tuple(teller.bubble(one, keys.get(one.said.id)) for one in found.bubbles)

    async def sent(
        self, within: Conversation, sends: Sequence[Send], language: str | None = None
    ) -> tuple[BubbleTold, ...]:
        """What was sent from here, as long as it is no message."""
        parts = [part for one in sends if one.wording for part in one.wording.parts]
        files = await self.bubbles.files(within.tenant, parts)
        quoted = await self._quoted(within, sends)
        before = await self._rt.sends.keys(within.tenant, list(quoted))
        authors = await self._authors(within.tenant, [*sends, *before.values()])
        named = {id_: authors[send.person] for id_, send in before.items()}
        teller = Teller(within, await self._shown(within, parts, files, language), now(), named)
        found = []
        for one in sends:
            told = pending(
                one, authors[one.person], parts_told(one.wording.parts if one.wording else None, (), teller.shown)
            )
            about = quoted.get(one.wording.about or "") if one.wording else None
            found.append(told.model_copy(update={"quote": teller.quote(about)}) if about else told)
        return tuple(found)

    async def language(self, within: Conversation) -> str | None:
        """The customer's, where anybody noted it."""
        known = (await self._rt.contexts.of(within)).values.get("language")
        return known if isinstance(known, str) else None

    async def _looked_at(self, within: Conversation, found: Stretch) -> Mapping[str, File]:
        """The files with all that is known of them now; whoever watches is told of what is found out later."""
        shows = {
            media.file: one.said.id
            for one in found.bubbles if one.said.message
            for part in one.said.message.parts for media in media_of(part)
        }  # fmt: skip

        def later(file: str) -> None:
            self._rt.watchers.tell(News(within.id, "changed", shows[file]))

        asked = [found.files[id_] for id_ in shows if id_ is not None and id_ in found.files]
        known = await self._rt.details.of(asked, later)
        looked = {id_: replace(found.files[id_], details=details) for id_, details in known.items()}
        return {**found.files, **looked}

    async def _quoted(self, within: Conversation, sends: Sequence[Send]) -> Mapping[str, Said]:
        about = [one.wording.about for one in sends if one.wording and one.wording.about]
        found = (await self.bubbles.these(within, about)).bubbles if about else ()
        return {one.said.id: one.said for one in found}

    async def _authors(self, tenant: str, sends: Iterable[Send]) -> Mapping[str, AuthorTold]:
        found = {}
        for person in {one.person for one in sends}:
            name = await self._name(person, tenant)
            found[person] = AuthorTold(kind="agent", id=person, name=name)
        return found

    async def _name(self, person: str, tenant: str) -> str | None:
        try:
            return (await self._rt.access.people.get(person, tenant)).name
        except NotFound:
            return None

    async def _shown(
        self, within: Conversation, parts: Sequence[Part], files: Mapping[str, File], language: str | None
    ) -> Shown:
        if language is None:
            policy = await self._rt.directory.policy(within.tenant)
            language = await self.language(within) or policy.language
        return Shown(phrases(language), self._link, files, await self._templates(within, parts))

    async def _templates(
        self, within: Conversation, parts: Sequence[Part]
    ) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """Those that were sent, as the vendor keeps them today."""
        asked = {(part.name, part.language) for part in parts if isinstance(part, Template)}
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
