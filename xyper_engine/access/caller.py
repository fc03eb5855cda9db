"""Whoever asks for something: a person, a program with a key, or the machine's own command line."""

import getpass
from typing import Literal, NamedTuple

from xyper_engine.access.roles import Action, Role, actions_of


class Caller(NamedTuple):
    """Proved by the gateway, asked for by services, written into the audit. A tuple: each call makes one anew."""

    kind: Literal["person", "key", "host", "engine"]
    id: str
    """Ours: of the person or of the key."""
    role: Role
    tenant: str | None
    """None: every tenant."""
    actions: frozenset[Action]
    name: str = ""
    session: str | None = None
    """The session a person's token belongs to."""
    address: str = ""
    """The client's IP address, as far as proxies can be believed."""
    request_id: str = ""
    conversation: str | None = None
    """The only conversation the session is for; None: any."""

    def may(self, action: Action) -> bool:
        return action in self.actions

    def sees(self, tenant: str) -> bool:
        return self.tenant in (None, tenant)

    def at(self, address: str, request_id: str) -> "Caller":
        """The same, asking from there with this request."""
        return Caller(
            self.kind, self.id, self.role, self.tenant, self.actions, self.name, self.session, address, request_id,
            self.conversation,
        )  # fmt: skip

    @classmethod
    def engine(cls) -> "Caller":
        """The engine itself, for what falls due without anybody asking."""
        role = Role.xyper_admin
        return cls("engine", "engine", role, None, actions_of(role), name="engine")

    @classmethod
    def host(cls) -> "Caller":
        """Who has a shell on the machine: the command line."""
        role = Role.xyper_admin
        return cls("host", getpass.getuser(), role, None, frozenset(Action), name="command line", address="local")
