"""What must be true of a Genesys account before messages flow: the OAuth client first, then its integration.

A reader begins with `steps`. Vendor sources: the official SDK's endpoint texts (PureCloudPlatformClientV2 269).
"""

from collections.abc import Iterator, Mapping
from typing import Any

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
    "conversation:message:receive": "hand over customers' messages",
    "conversation:message:view": "find out what became of an unclear one",
    "conversation:communication:view": "read a conversation",
    "messaging:integration:view": "look at the integration",
}
"""Without these, messages do not flow safely."""

SET_UP: Mapping[str, str] = {
    "messaging:integration:add": "make the integration",
    "messaging:integration:edit": "give it our webhook",
    "messaging:supportedContent:view": "look at which files may pass",
    "messaging:supportedContent:add": "let files of every kind pass",
    "messaging:setting:view": "look at its settings",
    "messaging:setting:add": "switch typing on",
    "messaging:setting:edit": "switch typing on in a setting of yours",
    "routing:message:manage": "see that a flow takes its messages",
    "integrations:integration:view": "look for the agents' widget",
    "integrations:integration:add": "install the widget",
    "integrations:integration:edit": "configure the widget",
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
            todo = f"The account says {wanted}: correct organization_id, or the OAuth client."
            return Finding("failed", f"It is of the organization {found or 'that Genesys did not name'}.", todo)
        return Finding("done", f"It is of the organization {found}." if found else "Genesys hands out tokens.")

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
        words = f"It may: {', '.join(sorted(seen))}. What else it may, each step shows."
        return Finding("done", words, _todo(missing) if missing else "")


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
    return Finding("done", f"It may: {', '.join(found)}.", _todo(later) if later else "")


def _allowed(wanted: str, granted: set[str]) -> bool:
    domain, entity, action = wanted.split(":")
    ways = (wanted, f"{domain}:{entity}:*", f"{domain}:*:*", "*:*:*", f"{domain}:*:{action}")
    return any(way in granted for way in ways)


def _lacking(missing: list[str]) -> Finding:
    words = ", ".join(f"{one} (to {NEEDED[one]})" for one in missing)
    todo = "In Genesys, Admin > Roles/Permissions: add them to the role of the OAuth client."
    return Finding("failed", f"It lacks {words}.", todo)


def _todo(missing: list[str]) -> str:
    words = ", ".join(f"{one} (to {SET_UP[one]})" for one in missing if one in SET_UP)
    return f"To set things up it would also need {words}."
