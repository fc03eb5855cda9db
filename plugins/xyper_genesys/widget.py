"""The agents' widget, as an interaction-widget integration of the organization.

Its page comes from `[server] public_url`. Who sees it (groups) and for which queues, an administrator chooses: what
they chose stays.
"""

from typing import Any

from xyper_engine.agents import Installation
from xyper_engine.saying import said
from xyper_engine.steps import Finding, Work
from xyper_genesys.api import path
from xyper_genesys.set_up_calls import Calls, Json, StepCalls, named

INTEGRATIONS = "/api/v2/integrations"
TYPE = "embedded-client-app-interaction-widget"
_NAME = "Xyper"
_VARIABLES = ("gcConversationId", "gcHostOrigin", "gcTargetEnv", "gcLangTag")
_SANDBOX = "allow-scripts,allow-same-origin,allow-forms,allow-modals,allow-popups,allow-presentation,allow-downloads"
_MAY = "clipboard-write,microphone,fullscreen"
_LIFECYCLE = {"ephemeral": False, "hooks": {"bootstrap": True, "focus": True, "blur": True, "stop": True}}
_GROUPS = said(
    "genesys.widget.groups",
    "Nobody sees it before you name groups in Genesys: Admin > Integrations > Xyper > Configuration.",
)
_ABSENT = (
    said("genesys.widget.absent", "It is not installed."),
    said("genesys.widget.absent.todo", "An onboarding installs it."),
)
_OFF = (
    said("genesys.widget.off", "It is switched off."),
    said("genesys.widget.off.todo", "An onboarding switches it on."),
)
_OTHER = (
    said("genesys.widget.other", "It is configured for something else."),
    said("genesys.widget.other.todo", "An onboarding configures it."),
)


def page(public_url: str, tenant: str) -> str:
    """Where a tenant's widget lies."""
    return f"{public_url}/widget/{tenant}/"


def address(public_url: str, tenant: str) -> str:
    """The page with what Genesys fills in for each conversation."""
    told = "&".join(f"{name}={{{{{name}}}}}" for name in _VARIABLES)
    return f"{page(public_url, tenant)}?{told}&gcUsePopupAuth={{{{pcUsePopupAuth}}}}"


def installation(public_url: str, tenant: str) -> Installation:
    """What an administrator who installs it by hand types into Genesys."""
    back = f"{page(public_url, tenant)}auth/callback"
    return Installation(address(public_url, tenant), _SANDBOX, _MAY, back)


class Widgets:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def look(self, work: Work) -> Finding:
        """Whether it is installed, shows our page, and is switched on."""
        app, config = await self._found(self._calls.of(work))
        if app is None:
            return Finding("missing", *_ABSENT)
        properties = config.get("properties") or {}
        if named(app, "intendedState") != "ENABLED":
            return Finding("missing", *_OFF)
        if not _fits(properties, work):
            return Finding("missing", *_OTHER)
        found = said("genesys.widget.right", "'{name}' is installed.", name=named(app, "name"))
        return Finding("done", found, "" if properties.get("groups") else _GROUPS)

    async def mend(self, work: Work) -> Finding:
        """Install it where it is missing, configure it, switch it on."""
        calls = self._calls.of(work)
        app, config = await self._found(calls)
        if app is None:
            app = await calls.put("POST", INTEGRATIONS, {"name": _NAME, "integrationType": {"id": TYPE}})
            config = await calls.read(_config(app))
        if not _fits(config.get("properties") or {}, work):
            await calls.put("PUT", _config(app), _wanted(config, work))
        await calls.put("PATCH", f"{INTEGRATIONS}/{path(named(app, 'id'))}", {"intendedState": "ENABLED"})
        return await self.look(work)

    async def _found(self, calls: StepCalls) -> tuple[Json | None, Json]:
        """The one that shows our page, else one that was installed and never configured; with its configuration."""
        blank: tuple[Json | None, Json] = None, {}
        ours = page(calls.work.rt.settings.public_url, calls.work.account.tenant)
        async for one in calls.all(INTEGRATIONS):
            if named(one, "integrationType", "id") != TYPE:
                continue
            config = await calls.read(_config(one))
            url = named(config, "properties", "url")
            if url.startswith(ours):
                return one, config
            if not url and named(one, "name") == _NAME:
                blank = one, config
        return blank


def _config(app: Json) -> str:
    return f"{INTEGRATIONS}/{path(named(app, 'id'))}/config/current"


def _fits(properties: Any, work: Work) -> bool:
    filters = str(properties.get("communicationTypeFilter") or "").split(",")
    return "open" in filters and properties.get("url") == address(work.rt.settings.public_url, work.account.tenant)


def _wanted(config: Json, work: Work) -> Json:
    """The configuration with the version that was read; what an administrator chose stays."""
    held = config.get("properties") or {}
    ours = {
        "url": address(work.rt.settings.public_url, work.account.tenant), "sandbox": _SANDBOX, "permissions": _MAY,
        "communicationTypeFilter": "open",
    }  # fmt: skip
    return {
        "name": named(config, "name") or _NAME, "version": config.get("version", 1),
        "properties": {"groups": [], **held, **ours},
        "advanced": {**(config.get("advanced") or {}), "lifecycle": _LIFECYCLE},
        "notes": named(config, "notes"), "credentials": config.get("credentials") or {},
    }  # fmt: skip
