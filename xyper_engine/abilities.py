"""What an adapter may be able to do beyond its five methods: small protocols; the engine asks with `isinstance`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, SecretStr

from xyper_engine.contract import Learned, MediaLimit, Payload, Posted, Rate, RawRequest, Target, Unparsed
from xyper_engine.model import Account, Endpoint, Hook, Message, Update, Utterance
from xyper_engine.participant import Participant
from xyper_engine.parts import Media, MediaKind
from xyper_engine.runtime import Runtime
from xyper_engine.steps import Step, Work
from xyper_engine.template import ApprovedTemplate, TemplateForm


@runtime_checkable
class ReadsBack(Protocol):
    """An adapter that can ask its far side whether a payload of unknown fate was taken."""

    async def find(self, payload: Payload, event: Utterance, to: Target, rt: Runtime) -> Posted | None:
        """The earlier post; None if it certainly was not taken. Raises `NotYetKnown`, or another `SendError`."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when."""

    since: datetime
    until: datetime | None = None
    """None: up to the moment of asking."""

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment <= self.until)


@dataclass(frozen=True, slots=True)
class Said:
    """One message as its far side remembers it."""

    message: Message
    """As its webhook would have brought it, with the same `external_id`."""
    names: frozenset[str]
    """Every id under which that webhook may have named it."""


@dataclass(frozen=True, slots=True)
class History:
    """What a far side has of one conversation."""

    said: Sequence[Said]
    """What its own people said within the span, oldest first."""
    unparsed: Sequence[Unparsed] = ()
    ids: frozenset[str] = frozenset()
    """Its ids of all messages of the conversation, of both sides and whenever they were said."""
    began: datetime | None = None
    """When the first of these was said."""
    calls: int = 0
    learned: tuple[Learned, ...] = ()


Turn = Callable[[Sequence[Rate]], Awaitable[None]]
"""Waits until one more call may be made within these limits."""


@runtime_checkable
class KeepsHistory(Protocol):
    """An adapter whose far side can be asked what was said, so that what its webhook did not bring is found."""

    async def history(self, thread: str, account: Account, span: Span, turn: Turn, rt: Runtime) -> History:
        """Of the conversation that it calls `thread`; `turn` comes before each call. Raises a `SendError`.

        `Rejected` where there is no such conversation any more.
        """


@runtime_checkable
class ReadsLater(Protocol):
    """An adapter that sees at a glance when a webhook holds one message and nothing else.

    Such a webhook is stored as it came, and `parse` reads it when its turn has come: most webhooks of a busy channel
    are of this kind, and to read them is most of what they cost.
    """

    def sole(self, request: RawRequest) -> Endpoint | None:
        """The account that the only message is of; None wherever `parse` might find anything else in it."""


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


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a conversation of the agent side."""

    ended_at: datetime | None
    """None: it goes on."""
    participants: tuple[Participant, ...] = ()
    learned: tuple[Learned, ...] = ()


@runtime_checkable
class FollowsThreads(Protocol):
    """An adapter whose far side keeps conversations that end without a word; the engine asks now and then."""

    def question_rates(self, account: Account) -> tuple[Rate, ...]:
        """What one question counts against."""

    async def fate(self, thread: str, account: Account, rt: Runtime) -> Fate:
        """Raises a `SendError`."""

    async def end(self, thread: str, account: Account, rt: Runtime) -> None:
        """The customer leaves it. Raises a `SendError`."""


@runtime_checkable
class TakesUpdates(Protocol):
    """An adapter that wants to hear the news of an account or person which its own webhooks bring."""

    async def take(self, update: Update, account: Account, rt: Runtime) -> None:
        """`account` is the one the news is of, or any one below it. Raises `Unavailable` or a `SendError`: again."""


@dataclass(frozen=True, slots=True)
class Example:
    """A stored file that shows a vendor what a template's header will hold."""

    file: str
    """Its id in `rt.files`."""
    mime: str
    name: str
    size: int


class TemplateDesk(Protocol):
    """Keeps `rt.templates` true to the vendor. All raise a `SendError` with the vendor's words, or `Unsupported`."""

    examples: Mapping[MediaKind, MediaLimit]
    """What may be handed in as an example of a header's file."""

    def form(self, template: ApprovedTemplate) -> TemplateForm:
        """What it asks for, for whoever fills it in."""

    async def sync(self, account: Account, rt: Runtime) -> int:
        """Read all templates of the account above this one; how many there are."""

    async def show(self, example: Example, account: Account, rt: Runtime) -> str:
        """Hand an example file in; the handle by which a draft names it. Raises `Unsendable` where that cannot be."""

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
class ExplainsCodes(Protocol):
    """An adapter that says what its vendor's error codes mean."""

    def explain(self, code: str) -> str | None:
        """What happened and, for a person, what to do; None for a code that it does not know."""


@runtime_checkable
class DescribesAccounts(Protocol):
    """An adapter that says what one of its accounts needs, so that what is wrong is said when it is entered."""

    account_config: type[BaseModel]
    """The shape of an account's `config`; let it forbid fields it does not know."""
    account_secrets: frozenset[str]
    """The names of its secrets: all are needed."""
    account_extras: frozenset[str]
    """The names of secrets that it may have besides; there are no others."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A new value for a secret of an account, or of a webhook address."""

    name: str
    value: SecretStr
    accounts: Sequence[Account]
    """The account whose it is; for a webhook address, the accounts that it serves, or some of many."""
    hook: Hook | None = None
    url: str = ""
    """The webhook's address as the vendor knows it."""


@runtime_checkable
class ProvesSecrets(Protocol):
    """An adapter that can prove a new secret against its vendor before anything relies on it."""

    tells: frozenset[str]
    """Names of webhooks' secrets that we make up: they are accepted first, then `prove` tells the vendor of them."""

    async def prove(self, trial: Trial, rt: Runtime) -> None:
        """Returns where the vendor takes it, or uses it from now on. Raises `Unsupported` for another name, and a
        `SendError` in the vendor's words: one that is not `certain` where the vendor may use it all the same."""


@runtime_checkable
class Onboards(Protocol):
    """An adapter that knows what must be true of an account at its vendor: for onboarding, health and `xyper check`."""

    steps: Sequence[Step]
    """In the order in which they are taken."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something at the vendor that an account could stand for."""

    id: str
    name: str
    detail: str = ""
    """What speaks against taking it, e.g. that it is in use."""


@runtime_checkable
class OffersAccounts(Protocol):
    """An adapter that can list what there is at its vendor, for an account that stands for nothing there yet."""

    async def offers(self, work: Work) -> Sequence[Offer]:
        """What its credentials show; nothing for an account that has its place already. Raises a `SendError`."""
