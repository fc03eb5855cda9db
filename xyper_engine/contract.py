"""The seam: what a channel adapter and a transformer are.

Four of an adapter's five methods are pure, so four fifths of a channel is tested without a server. What an adapter may
be able to do beyond the five stands in `abilities.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from itertools import islice
from typing import Any, ClassVar, Protocol

from xyper_engine.consent import UNDECIDED, Standing
from xyper_engine.conversation import Conversation
from xyper_engine.model import Account, AnyEvent, Direction, Endpoint, Hook, Message, Utterance
from xyper_engine.parts import Media, MediaKind
from xyper_engine.policy import Policy
from xyper_engine.runtime import Runtime
from xyper_engine.tracing import UNTRACED, Trace


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A webhook request as it came over the wire: the body is the very bytes that were signed."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Unparsed:
    """One item of a webhook that could not be read. It is kept, raw, and costs its neighbours nothing."""

    raw: bytes
    """A whole body of the vendor's shape that holds only this item, so that a replay can parse it again."""
    reason: str
    origin: Endpoint | None = None


MOST_ITEMS = 5000
"""Items that one webhook is split into; no vendor sends a fifth of them."""


def bounded(items: Iterable[AnyEvent | Unparsed], body: bytes) -> list[AnyEvent | Unparsed]:
    """The items of a webhook; of more than `MOST_ITEMS` the whole body as one that could not be read.

    Whoever has a hook's secret can sign a million empty items in 3 MB, which would stop everybody's traffic.
    """
    found = list(islice(items, MOST_ITEMS + 1))
    return found if len(found) <= MOST_ITEMS else [Unparsed(body, f"It holds more than {MOST_ITEMS} items.")]


class Priority(IntEnum):
    """Who goes first where a rate limit makes things wait; lower goes first."""

    message = 0
    template = 1
    receipt = 2
    typing = 3
    question = 4
    history = 5
    """Reading back what was said, to find what was missed: whenever nobody else wants to call."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A limit that a payload counts against: a token bucket of `burst` refilled at `per_second`."""

    bucket: str
    per_second: float
    burst: float


@dataclass(frozen=True, slots=True)
class Learned:
    """What an answer's headers told about a bucket: `remaining` of `allowed` until `resets_in` seconds from now."""

    bucket: str
    allowed: float
    remaining: float
    resets_in: float


@dataclass(frozen=True, slots=True)
class Payload:
    """One call to the far side, ready to be posted."""

    action: str
    """The adapter's own word for the call, e.g. `message`, `receipt`, `typing`, `read`."""
    body: Mapping[str, Any]
    priority: Priority = Priority.message
    rates: tuple[Rate, ...] = ()
    """Narrowest first: a payload that waits for its pair must not hold the number's token meanwhile."""
    media: tuple[Media, ...] = ()
    """Files of ours that the far side must have first; until `hand_over` the body names each by its `file`."""
    handed: Mapping[str, bool] = field(default_factory=dict)
    """The far side's ids of its files, and whether it has them from an earlier message; set by `hand_over`."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an event goes: the tenant's account on the other side, with what is known of the conversation."""

    account: Account
    peer: Account
    """The account the event came from."""
    conversation: Conversation | None = None
    policy: Policy = field(default_factory=Policy)
    """What the tenant decided."""
    standing: Standing = UNDECIDED
    """What the customer decided about being written to: as it is now for a message that brings a template, else as it
    was last read."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What the agent side is told of the conversation's context: no more than the tenant allows."""
    original: Message | None = None
    """The message that this one answers, quotes or reacts to, where it was kept."""
    settings: Any = None
    """For a transformer: what the tenant set for its plugin, by the model of `xyper_tenant_settings`."""
    trace: Trace = UNTRACED
    """Where an adapter notes its calls (`trace.call`)."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What the far side said when it took a payload."""

    id: str
    """The far side's id of the message."""
    thread: str | None = None
    """The far side's id of the conversation, where it names one."""
    learned: tuple[Learned, ...] = ()
    failed: str | None = None
    """Set where a 2xx answer nevertheless says that the message failed: the reason in words."""


@dataclass(frozen=True, slots=True)
class MediaLimit:
    """What files of one kind a channel takes."""

    mimes: tuple[str, ...]
    """Best first; `*/*` takes all."""
    size: int
    """Largest, in bytes."""


@dataclass(frozen=True, slots=True)
class ChoiceLimits:
    """How a channel offers choices. Lengths in characters."""

    buttons: int
    button: int
    """Longest title of a button."""
    rows: int
    row: int
    """Longest title of a list's row."""
    description: int
    body: int
    """Longest text above buttons."""
    list_body: int
    """Longest text above a list."""
    header: int
    footer: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel can say, as data: the *capability document*."""

    text: int
    """Longest text of one message, in characters."""
    order_wait: float = 0.0
    """Seconds to wait for `sent` of the message before; > 0 where the channel does not keep order by itself."""
    unknown_wait: float = 60.0
    """Seconds to wait for a sign of life of an unknown send before it is sent again."""
    call_wait: float = 15.0
    """Seconds after which a call of unknown fate is over for certain: its timeout, and a margin."""
    parts: frozenset[str] = field(default_factory=lambda: frozenset({"text", "opaque"}))
    """The kinds of part it has words for."""
    receipts: frozenset[str] = frozenset()
    """The `Status` values worth telling it."""
    typing: bool = False
    media: Mapping[MediaKind, MediaLimit] = field(default_factory=dict)
    """What files it takes. A kind that is missing is sent as a document, or, where that is missing too, as a link."""
    caption: int = 0
    """Longest caption of a file, in characters; 0 where files have none."""
    choices: ChoiceLimits | None = None
    """How it offers choices; None: as numbered text."""
    languages: bool = False
    """True where its readers are agents, so that what it cannot show is put into the tenant's language for them."""
    window: float = 0.0
    """Hours that a customer's message keeps the channel open for free text; 0: always open."""
    stopped: frozenset[str] = frozenset()
    """The codes of failures by which it says that the customer has stopped marketing messages."""
    shut: frozenset[str] = frozenset()
    """The codes of failures by which it says that its service window is closed, whatever we believed."""


class Adapter(Protocol):
    """A channel. One object per process serves every tenant's accounts on it; it holds no tenant's state."""

    name: str
    """As in `/hooks/{name}/…` and `Endpoint.adapter`."""
    speaks: Direction
    """The direction of the *messages* that its webhooks bring."""
    limits: Limits

    def challenge(self, request: RawRequest, hook: Hook) -> str | None:
        """The answer to a GET handshake; None refuses it (403)."""

    def verify(self, request: RawRequest, hook: Hook) -> int:
        """Which of `hook.secrets` signed the raw bytes: its place. Raises `Refused` where none did.

        Compares in constant time. A hook without secrets refuses everything.
        """

    def parse(self, request: RawRequest) -> Sequence[AnyEvent | Unparsed]:
        """Every entry, change, message and status, in the order of the body. Pure.

        Raises `Malformed` only where the body as a whole is not readable; a bad item becomes `Unparsed`.
        """

    def render(self, event: Utterance, to: Target) -> Sequence[Payload]:
        """The calls that say this event on this channel; empty where the channel need not hear of it. Pure.

        Raises `Unsupported`, or `Misconfigured` where the account lacks something.
        """

    async def post(self, payload: Payload, to: Target, rt: Runtime) -> Posted:
        """Make the call: the adapter's only I/O. Raises a `SendError`."""


class Transformer(Protocol):
    """Changes, enriches or stops events on their way."""

    name: str
    direction: Direction
    order: int
    """0–99 normalise, 100–199 enrich, 200–299 policy, 300–399 fit; ties by name."""
    on_failure: ClassVar[str]
    """`skip` (go on without it) or `stop` (retry the event): what a failure or a hang means."""

    async def apply(self, event: Utterance, to: Target, rt: Runtime) -> Utterance | None:
        """The event to go on with, or None to stop it here."""
