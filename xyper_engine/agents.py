"""What a vendor knows of a tenant's own people: who they are, how to speak in their name, where they see our page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from xyper_engine.model import Account
from xyper_engine.runtime import Runtime

SignInRole = Literal["genesys_admin", "supervisor", "agent"]
"""What a tenant's own person may be: names of `access/roles.py`."""


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """One sign-in under way: what the vendor is told (`state`, `challenge`) and what it never is before the end."""

    redirect_uri: str
    state: str
    challenge: str
    """PKCE's S256 of `verifier`."""
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VendorPerson:
    """Somebody whom the vendor proved to be of the tenant's own organisation."""

    issuer: str
    """Which organisation at which vendor; with `subject` it is one person for ever."""
    subject: str
    name: str
    email: str
    role: SignInRole
    takes_part: bool
    """In the vendor's conversation that was asked about; as seen with the person's own eyes."""
    token: str = field(repr=False)
    """The person's own token at the vendor: it stays on the server."""
    lasts: float
    """Seconds for which that token is good."""


class SignInDesk(Protocol):
    """Everything it asks goes to the hosts of the account's own record, whatever a request says."""

    def ready(self, account: Account) -> bool:
        """Whether the account is set up for signing in."""

    def url(self, account: Account, request: SignInRequest) -> str:
        """Where the person's browser is sent to. Raises `Misconfigured`."""

    async def person(
        self, account: Account, request: SignInRequest, code: str, conversation: str | None, rt: Runtime
    ) -> VendorPerson:
        """Who came back with `code`, and whether they take part in the vendor's `conversation`.

        Raises `Forbidden` in words for the person, or a `SendError`.
        """


@runtime_checkable
class SignsIn(Protocol):
    """An adapter whose vendor can prove who a tenant's people are."""

    @property
    def sign_in(self) -> SignInDesk: ...


@dataclass(frozen=True, slots=True)
class Speaker:
    """One of a tenant's people, about to say something in a conversation of the agent side, as themselves."""

    account: Account
    thread: str
    """The agent side's id of the conversation."""
    person: str
    """The vendor's id of the person."""
    token: str = field(repr=False)
    """The person's own."""


class Voice(Protocol):
    """Everything is done with the person's own token, so that the vendor has the last word.

    All raise a `SendError`: `AuthRefused` where the token no longer holds, `Rejected` in words for the person where the
    vendor does not let them, and one that is not `certain` where it may have been done all the same.
    """

    longest: int
    """Characters of one line."""

    async def place(self, speaker: Speaker, rt: Runtime) -> str | None:
        """Where in the conversation the person speaks from now; None where they take no part in it (any more)."""

    async def say(self, line: str, place: str, speaker: Speaker, rt: Runtime) -> str:
        """The vendor's id of the message, under which its webhook brings it."""

    async def typing(self, place: str, speaker: Speaker, rt: Runtime) -> None:
        """Show that the person types, where the vendor shows it."""


@runtime_checkable
class SpeaksAsAgent(Protocol):
    """An adapter whose vendor lets us write into a conversation in the name of an agent who takes part in it."""

    @property
    def voice(self) -> Voice: ...


@runtime_checkable
class HoldsPages(Protocol):
    """An adapter whose vendor shows a page of ours within its own."""

    def holders(self, account: Account) -> Sequence[str]:
        """The origins of the pages that may hold it in a frame; each of several that lie within each other."""


@dataclass(frozen=True, slots=True)
class Installation:
    """How a vendor is told of our page, field by field of its own form."""

    url: str
    """With the gaps that the vendor fills in."""
    sandbox: str
    permissions: str
    redirect_uri: str
    """Where people come back to after they have signed in at the vendor."""


@runtime_checkable
class InstallsPages(Protocol):
    """An adapter whose vendor has a form for pages like ours."""

    def installation(self, public_url: str, tenant: str) -> Installation: ...
