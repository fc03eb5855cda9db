"""What must be true of a Genesys account before messages flow: the OAuth client first, then its integration.

A reader begins with `steps`. Vendor sources: the official SDK's endpoint texts (PureCloudPlatformClientV2 269).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from xyper_engine.saying import said
from xyper_engine.steps import Finding, Step, Work
from xyper_genesys.api import Api
from xyper_genesys.integration import Integrations
from xyper_genesys.profiles import Profiles
from xyper_genesys.set_up_calls import Calls, StepCalls
from xyper_genesys.settings import GenesysSettings
from xyper_genesys.sign_in import SignIn
from xyper_genesys.widget import Widgets

CREATE_WAIT = 60.0
"""Seconds for which Genesys may take to make an integration."""

NEEDED: Mapping[str, str] = {
    "conversation:message:receive": said("genesys.may.receive", "hand over customers' messages"),
    "conversation:message:view": said("genesys.may.message", "find out what became of an unclear one"),
    "conversation:communication:view": said("genesys.may.read", "read a conversation"),
    "messaging:integration:view": said("genesys.may.integration", "look at the integration"),
}
"""Without these, messages do not flow safely."""

SET_UP: Mapping[str, str] = {
    "messaging:integration:add": said("genesys.may.make", "make the integration"),
    "messaging:integration:edit": said("genesys.may.hook", "give it our webhook"),
    "messaging:supportedContent:view": said("genesys.may.content", "look at which files may pass"),
    "messaging:supportedContent:add": said("genesys.may.pass", "let files of every kind pass"),
    "messaging:setting:view": said("genesys.may.settings", "look at its settings"),
    "messaging:setting:add": said("genesys.may.typing", "switch typing on"),
    "messaging:setting:edit": said("genesys.may.amend", "switch typing on in a setting of yours"),
    "routing:message:manage": said("genesys.may.flow", "see that a flow takes its messages"),
    "integrations:integration:view": said("genesys.may.widget", "look for the agents' widget"),
    "integrations:integration:add": said("genesys.may.install", "install the widget"),
    "integrations:integration:edit": said("genesys.may.configure", "configure the widget"),
}
"""These only while something is set up."""


def steps(api: Api, settings: GenesysSettings, sign_in: SignIn) -> tuple[Step, ...]:
    """In the order in which they are taken."""
    calls = Calls(api, settings.regions)
    client, integrations, profiles, widgets = Client(calls), Integrations(calls), Profiles(calls), Widgets(calls)
    return (
        Step("token", "The OAuth client gets a token", client.token),
        Step("permissions", "The OAuth client may do what is needed", client.permissions),
        Step("integration", "The Open Messaging integration has our webhook", integrations.look, integrations.mend),
        Step("created", "Genesys has made the integration", integrations.created, patience=CREATE_WAIT),
        Step("content", "Files of every kind may pass", profiles.content, profiles.mend_content, needed=False),
        Step("typing", "Typing is shown", profiles.typing, profiles.mend_typing, needed=False),
        Step("flow", "A flow takes the customers' messages", integrations.flow, needed=False),
        Step("widget", "Agents see the widget", widgets.look, widgets.mend, needed=False),
        Step("sign_in", "People sign in with Genesys", sign_in.look),
    )


class Client:
    """The OAuth client."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def token(self, work: Work) -> Finding:
        """A token, and whose organization it is of."""
        answer = await self._calls.of(work).ask("GET", "/api/v2/tokens/me")
        owner = answer.body.get("organization") if isinstance(answer.body, dict) else None
        found = str(owner.get("id", "")) if isinstance(owner, dict) else ""
        wanted = str(work.account.config.get("organization_id") or "")
        if wanted and found != wanted:
            words = "The account says {wanted}: correct organization_id, or the OAuth client."
            todo = said("genesys.token.other.todo", words, wanted=wanted)
            other = found or said("genesys.token.unnamed", "that Genesys did not name")
            return Finding(
                "failed", said("genesys.token.other", "It is of the organization {other}.", other=other), todo
            )
        if not found:
            return Finding("done", said("genesys.token.given", "Genesys hands out tokens."))
        return Finding(
            "done", said("genesys.token.right", "It is of the organization {organization}.", organization=found)
        )

    async def permissions(self, work: Work) -> Finding:
        """What its roles allow, by name. Where it may not ask that, what it can be seen to do."""
        calls = self._calls.of(work)
        query = {"includeFullRoles": "true"}
        answer = await calls.ask("GET", "/api/v2/authorization/subjects/me", query=query, accept=(400, 403, 404))
        return _judged(set(_granted(answer.body))) if answer.ok else await self._tried(calls)

    async def _tried(self, calls: StepCalls) -> Finding:
        """A token that stands for a program may not ask; then each look tells of one permission."""
        seen = {permission for permission, route in _LOOKS.items() if await calls.may(route)}
        missing = sorted(set(_LOOKS) - seen)
        if "messaging:integration:view" in missing:
            return _lacking(["messaging:integration:view"])
        words = "It may: {permissions}. What else it may, each step shows."
        found = said("genesys.permissions.seen", words, permissions=sorted(seen))
        return Finding("done", found, _todo(missing) if missing else "")


_LOOKS: Mapping[str, str] = {
    "messaging:integration:view": "/api/v2/conversations/messaging/integrations/open",
    "messaging:supportedContent:view": "/api/v2/conversations/messaging/supportedcontent",
    "messaging:setting:view": "/api/v2/conversations/messaging/settings",
    "routing:message:manage": "/api/v2/routing/message/recipients",
    "integrations:integration:view": "/api/v2/integrations",
}


def _granted(subject: Any) -> Iterator[str]:
    """Every permission in the roles of an `AuthzSubject`; `*` stands for all."""
    grants = subject.get("grants") if isinstance(subject, dict) else None
    for grant in grants or ():
        for policy in (grant.get("role") or {}).get("policies") or ():
            for action in policy.get("actions") or ():
                yield f"{policy.get('domain')}:{policy.get('entityName')}:{action}"


def _judged(granted: set[str]) -> Finding:
    missing = [one for one in NEEDED if not _allowed(one, granted)]
    if missing:
        return _lacking(missing)
    later = [one for one in SET_UP if not _allowed(one, granted)]
    found = [one for one in (*NEEDED, *SET_UP) if one not in later]
    may = said("genesys.permissions.right", "It may: {permissions}.", permissions=found)
    return Finding("done", may, _todo(later) if later else "")


def _allowed(wanted: str, granted: set[str]) -> bool:
    domain, entity, action = wanted.split(":")
    ways = (wanted, f"{domain}:{entity}:*", f"{domain}:*:*", "*:*:*", f"{domain}:*:{action}")
    return any(way in granted for way in ways)


def _lacking(missing: list[str]) -> Finding:
    words = "In Genesys, Admin > Roles/Permissions: add them to the role of the OAuth client."
    lacks = [_reasoned(one, NEEDED[one]) for one in missing]
    found = said("genesys.permissions.lacks", "It lacks {permissions}.", permissions=lacks)
    return Finding("failed", found, said("genesys.permissions.lacks.todo", words))


def _todo(missing: list[str]) -> str:
    more = [_reasoned(one, SET_UP[one]) for one in missing if one in SET_UP]
    words = "To set things up it would also need {permissions}."
    return said("genesys.permissions.more", words, permissions=more)


def _reasoned(permission: str, use: str) -> str:
    return said("genesys.permission", "{permission} (to {use})", permission=permission, use=use)
