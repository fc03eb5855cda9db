"""Who may do what: the one table of permissions.

The gateway asks it for every call; a test walks it for every route, every role and a foreign tenant. An action that
names no role could be done by nobody, so a test refuses that too.
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    xyper_admin = "xyper_admin"
    """Runs Xyper: every tenant."""
    genesys_admin = "genesys_admin"
    """Sets one tenant up."""
    supervisor = "supervisor"
    """Watches one tenant."""
    agent = "agent"
    """Works in the conversations they take part in."""


class Action(StrEnum):
    """What can be done: also the scopes of an API key."""

    tenants_list = "tenants:list"
    tenants_create = "tenants:create"
    tenants_read = "tenants:read"
    tenants_change = "tenants:change"
    tenants_end = "tenants:end"
    """Suspend, resume, delete."""
    tenants_limit = "tenants:limit"
    """Set quotas."""
    secrets_read = "secrets:read"
    """Fingerprint, age and last use: never the value."""
    secrets_rotate = "secrets:rotate"
    hooks_read = "hooks:read"
    """The operator's own webhook addresses and their secrets, which serve every tenant."""
    hooks_rotate = "hooks:rotate"
    onboarding_read = "onboarding:read"
    onboarding_run = "onboarding:run"
    templates_read = "templates:read"
    templates_change = "templates:change"
    conversations_read = "conversations:read"
    widget_read = "widget:read"
    """A conversation beside its place at the vendor, with all that was ever said to and by its customer."""
    widget_act = "widget:act"
    """Write in a conversation that one takes part in."""
    messages_read = "messages:read"
    """What became of messages: not what they say."""
    bodies_read = "bodies:read"
    """What messages say, and their files, wherever messages are told."""
    numbers_reveal = "numbers:reveal"
    """Telephone numbers in full."""
    statistics_read = "statistics:read"
    traces_read = "traces:read"
    """What happened to a message, without its words."""
    consents_read = "consents:read"
    consents_change = "consents:change"
    """Note what a customer decided about being written to."""
    conversations_change = "conversations:change"
    """Change what is known of a conversation, its context."""
    conversations_end = "conversations:end"
    """Tell that the agents' conversation may have ended: for the key of a trigger or an event bus."""
    reconciliation_read = "reconciliation:read"
    reconciliation_run = "reconciliation:run"
    people_read = "people:read"
    """Look for a person, and see holds and erasures."""
    people_report = "people:report"
    """Everything that is held about a person, with what they wrote."""
    people_erase = "people:erase"
    people_hold = "people:hold"
    """Place and release legal holds."""
    engines_read = "engines:read"
    """How the engines are, with all tenants' queues."""
    traffic_read = "traffic:read"
    """What of a tenant's messages waits, and why."""
    alerts_read = "alerts:read"
    """What is wrong, and whom to tell."""
    alerts_change = "alerts:change"
    dead_read = "dead:read"
    """What could not be delivered, and why: not what it says."""
    dead_replay = "dead:replay"
    dead_mend = "dead:mend"
    """Change what a dead letter says."""
    dead_discard = "dead:discard"
    users_read = "users:read"
    users_change = "users:change"
    admins_change = "admins:change"
    """Invite administrators of Xyper, and reset their passwords."""
    keys_read = "keys:read"
    keys_change = "keys:change"
    audit_read = "audit:read"
    self_manage = "self:manage"
    """Own sessions, own password, own second factor."""


_X, _G, _S, _A = Role.xyper_admin, Role.genesys_admin, Role.supervisor, Role.agent

MAY: Mapping[Action, frozenset[Role]] = {
    Action.tenants_list: frozenset({_X, _G, _S}),
    Action.tenants_create: frozenset({_X}),
    Action.tenants_read: frozenset({_X, _G, _S}),
    Action.tenants_change: frozenset({_X, _G}),
    Action.tenants_end: frozenset({_X}),
    Action.tenants_limit: frozenset({_X}),
    Action.secrets_read: frozenset({_X, _G}),
    Action.secrets_rotate: frozenset({_X, _G}),
    Action.hooks_read: frozenset({_X}),
    Action.hooks_rotate: frozenset({_X}),
    Action.onboarding_read: frozenset({_X, _G, _S}),
    Action.onboarding_run: frozenset({_X, _G}),
    Action.templates_read: frozenset({_X, _G, _S, _A}),
    Action.templates_change: frozenset({_X, _G}),
    Action.conversations_read: frozenset({_X, _G, _S, _A}),
    Action.widget_read: frozenset({_G, _S, _A}),
    Action.widget_act: frozenset({_G, _S, _A}),
    Action.messages_read: frozenset({_X, _G, _S}),
    Action.bodies_read: frozenset({_G, _S}),
    Action.numbers_reveal: frozenset({_X, _G, _S}),
    Action.statistics_read: frozenset({_X, _G, _S}),
    Action.traces_read: frozenset({_X, _G, _S}),
    Action.consents_read: frozenset({_X, _G, _S}),
    Action.consents_change: frozenset({_X, _G, _S}),
    Action.conversations_change: frozenset({_X, _G, _S, _A}),
    Action.conversations_end: frozenset({_X, _G, _S}),
    Action.reconciliation_read: frozenset({_X, _G, _S}),
    Action.reconciliation_run: frozenset({_X, _G}),
    Action.people_read: frozenset({_X, _G}),
    Action.people_report: frozenset({_G}),
    Action.people_erase: frozenset({_X, _G}),
    Action.people_hold: frozenset({_X, _G}),
    Action.engines_read: frozenset({_X}),
    Action.traffic_read: frozenset({_X, _G, _S}),
    Action.alerts_read: frozenset({_X, _G, _S}),
    Action.alerts_change: frozenset({_X, _G}),
    Action.dead_read: frozenset({_X, _G, _S}),
    Action.dead_replay: frozenset({_X, _G}),
    Action.dead_mend: frozenset({_G}),
    Action.dead_discard: frozenset({_X, _G}),
    Action.users_read: frozenset({_X, _G}),
    Action.users_change: frozenset({_X, _G}),
    Action.admins_change: frozenset({_X}),
    Action.keys_read: frozenset({_X, _G}),
    Action.keys_change: frozenset({_X, _G}),
    Action.audit_read: frozenset({_X, _G}),
    Action.self_manage: frozenset({_X, _G, _S, _A}),
}


def actions_of(role: Role) -> frozenset[Action]:
    """Everything a role may do."""
    return frozenset(action for action, roles in MAY.items() if role in roles)
