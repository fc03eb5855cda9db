"""What may pass through the integration: its supported-content profile (files) and its messaging setting (typing).

Genesys' defaults let agents send pictures only and show nobody typing. An administrator's own setting is amended, so
that what else it switches on stays; a default is left alone and replaced by one of ours.
"""

from fnmatch import fnmatch
from typing import Any

from xyper_engine.saying import said
from xyper_engine.steps import Finding, Work
from xyper_genesys.api import CONVERSATIONS, path
from xyper_genesys.integration import route
from xyper_genesys.set_up_calls import Calls, Json, StepCalls, named

_MESSAGING = f"{CONVERSATIONS.removesuffix('/messages')}/messaging"
CONTENT, SETTINGS = f"{_MESSAGING}/supportedcontent", f"{_MESSAGING}/settings"
ANY_FILE: Json = {
    "name": "Xyper: files of every kind",
    "mediaTypes": {"allow": {"inbound": [{"type": "*/*"}], "outbound": [{"type": "*/*"}]}},
}
_ON = {"typing": {"on": {"inbound": "Enabled", "outbound": "Enabled"}}}
TYPING: Json = {"name": "Xyper: typing", "event": _ON}

MEDIA = (
    "image/jpeg", "image/png", "image/webp", "video/mp4", "video/3gpp", "audio/aac", "audio/amr", "audio/mp4",
    "audio/mpeg", "audio/ogg", "text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
)  # fmt: skip
"""The types of file that WhatsApp names; anything can come as a document."""

_DEFAULT = said("genesys.default", "Genesys' default")
_WAYS = {"inbound": said("genesys.way.inbound", "inbound"), "outbound": said("genesys.way.outbound", "outbound")}


class Profiles:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def content(self, work: Work) -> Finding:
        """Which files the integration lets through."""
        calls = self._calls.of(work)
        profile = await self._assigned(calls, "supportedContent", CONTENT)
        name = named(profile, "name") or _DEFAULT
        closed = [way for way in ("inbound", "outbound") if not _open(profile, way)]
        if not closed:
            return Finding(
                "done", said("genesys.content.right", "The profile '{name}' lets all of them through.", name=name)
            )
        words = "The profile '{name}' holds some back: {ways}."
        found = said("genesys.content.closed", words, name=name, ways=[_WAYS[way] for way in closed])
        todo = said("genesys.content.closed.todo", "An onboarding assigns a profile that lets all through.")
        return Finding("missing", found, todo)

    async def mend_content(self, work: Work) -> Finding:
        """Assign a profile of ours."""
        calls = self._calls.of(work)
        await self._assign(calls, "supportedContent", await self._ours(calls, CONTENT, ANY_FILE))
        return await self.content(work)

    async def typing(self, work: Work) -> Finding:
        """Whether each side sees the other type."""
        calls = self._calls.of(work)
        setting = await self._assigned(calls, "messagingSetting", SETTINGS)
        name = named(setting, "name") or _DEFAULT
        if all(named(setting, "event", "typing", "on", way).lower() == "enabled" for way in ("inbound", "outbound")):
            return Finding("done", said("genesys.typing.right", "'{name}' shows it.", name=name))
        todo = said("genesys.typing.off.todo", "An onboarding switches it on.")
        return Finding("missing", said("genesys.typing.off", "'{name}' does not show it.", name=name), todo)

    async def mend_typing(self, work: Work) -> Finding:
        """Switch it on in the administrator's own setting, or assign ours in a default's place."""
        calls = self._calls.of(work)
        assigned = await self._assigned(calls, "messagingSetting", SETTINGS)
        default = await calls.ask("GET", f"{SETTINGS}/default", accept=(404,))
        held = named(assigned, "id")
        if held and held != named(default.body, "id"):
            body = {"name": named(assigned, "name"), "event": {**(assigned.get("event") or {}), **_ON}}
            await calls.put("PATCH", f"{SETTINGS}/{path(held)}", body)
        else:
            await self._assign(calls, "messagingSetting", await self._ours(calls, SETTINGS, TYPING))
        return await self.typing(work)

    async def _assigned(self, calls: StepCalls, field: str, where: str) -> Json:
        """The profile that the integration has; empty where it has none."""
        held = await calls.read(route(calls.work.account))
        name = named(held, field, "id")
        return await calls.read(f"{where}/{path(name)}") if name else {}

    async def _ours(self, calls: StepCalls, where: str, wanted: Json) -> str:
        """The id of our profile, which may be there from another integration."""
        async for one in calls.all(where):
            if named(one, "name") == wanted["name"]:
                return named(one, "id")
        return named(await calls.put("POST", where, wanted), "id")

    async def _assign(self, calls: StepCalls, field: str, profile: str) -> None:
        held = await calls.read(route(calls.work.account))
        await calls.put("PATCH", route(calls.work.account), {"name": named(held, "name"), field: {"id": profile}})


def _open(profile: Any, way: str) -> bool:
    allow = ((profile.get("mediaTypes") or {}).get("allow") or {}).get(way) or ()
    patterns = [named(one, "type").lower() for one in allow]
    return all(any(fnmatch(mime, pattern) for pattern in patterns) for mime in MEDIA)
