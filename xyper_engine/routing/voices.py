"""Who may speak in a conversation of the agent side now, and from where: the vendor is asked before each act.

What it said is believed for a few seconds: an agent who sends three things in a row asks once.
"""

import time
from dataclasses import dataclass, field

from xyper_engine.agents import Speaker, SpeaksAsAgent, Voice
from xyper_engine.errors import AuthRefused, NotFound, Unsendable
from xyper_engine.model import Endpoint
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime

BELIEVED = 10.0
"""Seconds."""
_HELD = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person speaks from."""

    voice: Voice
    speaker: Speaker
    name: str = field(repr=False)
    """The vendor's, of the place."""


class Voices:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._known: dict[tuple[str, str, str], tuple[str, float]] = {}

    async def place(self, tenant: str, person: str, session: str, agent: Endpoint, thread: str) -> Place:
        """Raises `Unsendable` (`sign_in`, `not_yours`), or another `SendError` of the vendor's."""
        voice, speaker = await self._speaker(tenant, person, session, agent, thread)
        key = tenant, speaker.person, thread
        name, until = self._known.get(key, ("", 0.0))
        if until < time.monotonic():
            try:
                name = await voice.place(speaker, self._rt) or ""
            except AuthRefused:
                raise signed_out() from None
            self._note(key, name)
        if not name:
            raise Unsendable("You do not take part in this conversation: accept it in Genesys first.", "not_yours")
        return Place(voice, speaker, name)

    async def _speaker(
        self, tenant: str, person: str, session: str, agent: Endpoint, thread: str
    ) -> tuple[Voice, Speaker]:
        adapter: object = self._registry.adapter(agent.adapter)
        account = await self._rt.directory.account(agent)
        if account is None or not isinstance(adapter, SpeaksAsAgent):
            raise Unsendable("Nothing can be sent from here: the account of this conversation is gone.", "ended")
        tokens = self._rt.sign_on.vendor_tokens
        token = await tokens.get(tenant, session) or await tokens.newest(tenant, person)
        if token is None:
            raise signed_out()
        try:
            known = await self._rt.access.people.get(person, tenant)
        except NotFound:
            raise signed_out() from None
        return adapter.voice, Speaker(account, thread, known.subject.partition("/")[2], token.value)

    def _note(self, key: tuple[str, str, str], name: str) -> None:
        """That somebody takes no part is not believed: they may accept it the next moment."""
        moment = time.monotonic()
        if len(self._known) >= _HELD:
            self._known = {one: held for one, held in self._known.items() if held[1] > moment}
        if name:
            self._known[key] = name, moment + BELIEVED
        else:
            self._known.pop(key, None)


def signed_out() -> Unsendable:
    return Unsendable("Genesys no longer knows you here: sign in again, then send it once more.", "sign_in")
