"""From the event that came to what an adapter can render.

pair it with what was meant → claim its files → keep it whole → look up what it speaks of → transformers → vCards
→ suit its files to the channel → fit its words → links to its files
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

from xyper_engine.contract import Adapter, Limits, Target, Transformer
from xyper_engine.errors import TransformerFailed, XyperError
from xyper_engine.model import Message, Part, Receipt, Utterance
from xyper_engine.parts import ContactCard, Media, MediaKind, Notice, Reaction
from xyper_engine.phrases import phrases
from xyper_engine.plugins import Registry
from xyper_engine.routing import vcard
from xyper_engine.routing.answers import chosen
from xyper_engine.routing.claim import claim, has_files, linked
from xyper_engine.routing.consent import refuse_unwanted
from xyper_engine.routing.context import told_of_context
from xyper_engine.routing.courtesy import tell_of_lost_files
from xyper_engine.routing.fit import fit
from xyper_engine.routing.pairing import paired
from xyper_engine.routing.steps import Steps
from xyper_engine.routing.suit import suit
from xyper_engine.routing.way import has_template
from xyper_engine.runtime import Runtime
from xyper_engine.state.files import MADE, Owner

_CARDS = MADE + 500
"""The first number of an event's vCards among its files; below it are converted copies."""


class Preparation:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._steps = Steps(registry)

    async def of(self, event: Message | Receipt, to: Target, came: Adapter, goes: Adapter) -> tuple[Utterance, Target]:
        """What is to be rendered, and for whom. Raises `Stopped` where it goes no further."""
        if isinstance(event, Receipt):
            return await self._transformed(event, to), to
        meant = await paired(event, to, came, self._rt)
        message = await self._claimed(meant, to, came) if has_files(meant) else meant
        await self._rt.messages.remember(message, to.account.endpoint)
        self._rt.watchers.heard(to.conversation, message.id)
        await tell_of_lost_files(message, to, self._rt)
        if message.record in ("history", "standby"):
            raise Stopped(message.record)
        message, to = await self._recalled(message, to, goes)
        changed = await self._transformed(message, to)
        await refuse_unwanted(changed, to, self._rt, known=has_template(event))
        if isinstance(changed, Message):
            began, whole = time.time(), changed
            changed = await self._made_to_measure(whole, to, goes.limits)
            if changed is not whole:
                to.trace.since(began, "made to measure", parts=len(changed.parts))
        return changed, await told_of_context(to, event.direction, self._rt)

    async def rehearsed(self, message: Message, to: Target) -> Message:
        """As far as transformers and consents have a say: nothing is kept. Raises as `of`."""
        changed = await self._transformed(message, to)
        await refuse_unwanted(changed, to, self._rt, known=has_template(message))
        assert isinstance(changed, Message)  # noqa: S101  of a message nothing else is made
        return changed

    async def _claimed(self, event: Message, to: Target, came: Adapter) -> Message:
        began = time.time()
        message = await claim(event, to.peer, came, self._rt)
        if message is not event:
            to.trace.since(began, "files claimed")
        return message

    async def _recalled(self, message: Message, to: Target, goes: Adapter) -> tuple[Message, Target]:
        """With the message that it answers, quotes or reacts to, where that was kept."""
        about = message.reply_to or next(filter(None, map(_about, message.parts)), None)
        if about is not None:
            find = self._rt.messages.find
            known = await find(message.origin, about) or await find(to.account.endpoint, about)
            return message, replace(to, original=known)
        came = self._registry.adapter(message.origin.adapter)
        return await chosen(message, to, came.limits if came else goes.limits, self._rt)

    async def _transformed(self, event: Utterance, to: Target) -> Utterance:
        for transformer, settings in self._steps.of(event, to.policy):
            began = time.time()
            changed = await self._one(transformer, event, to if settings is None else replace(to, settings=settings))
            did = "stopped it" if changed is None else "nothing" if changed is event else "changed it"
            to.trace.since(began, "transformer", name=transformer.name, did=did)
            if changed is None:
                raise Stopped(transformer.name)
            event = changed
        return event

    async def _one(self, transformer: Transformer, event: Utterance, to: Target) -> Utterance | None:
        """One transformer within its time; a failing one follows its own declared policy."""
        try:
            async with asyncio.timeout(self._rt.settings.routing.transformer_timeout):
                return await transformer.apply(event, to, self._rt)
        except XyperError:
            raise  # it says itself what is to become of the event
        except Exception as error:
            self._rt.log.exception("transformer failed", task=transformer.name, event_id=event.id)
            to.trace.step("transformer failed", name=transformer.name, error=type(error).__name__)
            if transformer.on_failure == "stop":
                raise TransformerFailed(f"{transformer.name}: {type(error).__name__}") from error
            return event

    async def _made_to_measure(self, message: Message, to: Target, limits: Limits) -> Message:
        if "contact" not in limits.parts:
            message = await self._with_vcards(message)
        if has_files(message):
            message = await suit(message, limits, self._rt)
        message = fit(message, limits, phrases(to.policy.language), to.original)
        return await linked(message, self._rt) if has_files(message) else message

    async def _with_vcards(self, message: Message) -> Message:
        """A contact is shown in words, and can be saved from a file."""
        if not any(isinstance(part, ContactCard) for part in message.parts):
            return message
        parts = [part async for part in self._vcards(message)]
        return message.model_copy(update={"parts": tuple(parts)})

    async def _vcards(self, message: Message) -> AsyncIterator[Part]:
        for n, part in enumerate(message.parts):
            yield part
            if isinstance(part, ContactCard):
                owner = Owner.of(message, _CARDS + n, MediaKind.document)
                body, name = vcard.vcard(part), f"{part.name}.vcf"
                file = await self._rt.files.keep_bytes(owner, body, mime=vcard.MIME, name=name)
                yield Media(
                    kind=MediaKind.document, mime=file.mime, name=file.name, size=file.size, sha256=file.sha256,
                    file=file.id,
                )  # fmt: skip


class Stopped(Exception):
    """`by` a transformer, or because nobody is to be told."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


def _about(part: Part) -> str | None:
    return part.about if isinstance(part, Reaction | Notice) else None
