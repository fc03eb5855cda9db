"""What an adapter may be able to do beyond its five methods: small protocols; the engine asks with `isinstance`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from xyper_engine.contract import Payload, Posted, Target
from xyper_engine.model import Account, Update, Utterance
from xyper_engine.parts import Media
from xyper_engine.runtime import Runtime
from xyper_engine.steps import Step


@runtime_checkable
class ReadsBack(Protocol):
    """An adapter that can ask its far side whether a payload of unknown fate was taken."""

    async def find(self, payload: Payload, event: Utterance, to: Target, rt: Runtime) -> Posted | None:
        """The earlier post; None if it certainly was not taken. Raises `NotYetKnown`, or another `SendError`."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way from a far side: nothing of it is held longer than it takes to pass it on."""

    chunks: AsyncIterator[bytes]
    mime: str = ""
    """As the far side says."""
    name: str | None = None
    size: int | None = None
    sha256: str | None = None
    """In hex, where the far side tells it; compared with what arrived."""


@runtime_checkable
class FetchesMedia(Protocol):
    """An adapter whose messages name files that lie at its far side."""

    def fetch(self, media: Media, account: Account, rt: Runtime) -> AbstractAsyncContextManager[Download]:
        """Open the file. Raises a `SendError`: `Rejected` where it is gone for good."""


@runtime_checkable
class HandsOverMedia(Protocol):
    """An adapter whose far side wants files before the message that shows them."""

    async def hand_over(self, payload: Payload, to: Target, rt: Runtime) -> Payload:
        """The payload in the far side's own names of its files. Raises a `SendError`, always a certain one.

        It may take long, so it is done before the message counts as being sent; done again it repeats nothing.
        """


@runtime_checkable
class TakesUpdates(Protocol):
    """An adapter that wants to hear the news of an account or person which its own webhooks bring."""

    async def take(self, update: Update, account: Account, rt: Runtime) -> None:
        """`account` is the one the news is of, or any one below it. Raises `Unavailable` or a `SendError`: again."""


class TemplateDesk(Protocol):
    """Keeps `rt.templates` true to the vendor. All raise a `SendError` with the vendor's words, or `Unsupported`."""

    async def sync(self, account: Account, rt: Runtime) -> int:
        """Read all templates of the account above this one; how many there are."""

    async def create(self, draft: Mapping[str, Any], account: Account, rt: Runtime) -> str:
        """Hand in a new one, written as the vendor documents it; the vendor's id."""

    async def edit(self, id: str, draft: Mapping[str, Any], account: Account, rt: Runtime) -> None:  # noqa: A002
        """Change what `draft` names."""

    async def delete(self, name: str, id: str | None, account: Account, rt: Runtime) -> None:  # noqa: A002
        """The one with this id, else all of this name."""


@runtime_checkable
class ManagesTemplates(Protocol):
    """An adapter whose vendor approves messages beforehand."""

    templates: TemplateDesk


@runtime_checkable
class Onboards(Protocol):
    """An adapter that knows what must be true of an account at its vendor: for onboarding, health and `xyper check`."""

    steps: Sequence[Step]
    """In the order in which they are taken."""
