"""What the simulated Genesys Cloud lets through: supported content, messaging settings, the threading timeline."""

from fnmatch import fnmatch
from typing import Any, Literal
from uuid import uuid4

from xyper_sim import cloud_errors
from xyper_sim.cloud_model import stamp
from xyper_sim.cloud_settings import ANY_MEDIA, STANDARD, TYPING_ON, Integration

Json = dict[str, Any]
Kind = Literal["supportedcontent", "settings"]
Way = Literal["inbound", "outbound"]

_ANY: Json = {"allow": {"inbound": [{"type": "*/*"}], "outbound": [{"type": "*/*"}]}}
_IMAGES = [{"type": f"image/{kind}"} for kind in ("jpeg", "png", "gif")]
_ITS_OWN: Json = {"allow": {"inbound": [{"type": "*/*"}], "outbound": _IMAGES}}
"""Genesys' default: everything in, pictures out (help, "Supported content profiles")."""


def _typing(state: str) -> Json:
    return {"typing": {"on": {"inbound": state, "outbound": state}}}


class Profiles:
    """Both kinds of profile, by id. An integration always has one of each."""

    def __init__(self) -> None:
        self.kept: dict[Kind, dict[str, Json]] = {"supportedcontent": {}, "settings": {}}
        self.timeline: Json = {"settings": [], "defaultTimeoutMinutes": 4320}
        self._keep("supportedcontent", STANDARD, {"name": "Default", "mediaTypes": _ITS_OWN})
        self._keep("supportedcontent", ANY_MEDIA, {"name": "Any media", "mediaTypes": _ANY})
        self._keep("settings", STANDARD, {"name": "Default", "event": _typing("Disabled")})
        self._keep("settings", TYPING_ON, {"name": "Typing", "event": _typing("Enabled")})

    def get(self, kind: Kind, name: str) -> Json:
        """Raises `CloudError` (404)."""
        if (found := self.kept[kind].get(name)) is None:
            raise cloud_errors.not_found(f"The {kind} profile {name} was not found.")
        return found

    def add(self, kind: Kind, body: Json) -> Json:
        """A new one. Raises `CloudError` (400) where the name is missing or taken."""
        name = body.get("name")
        if not name or any(one["name"] == name for one in self.kept[kind].values()):
            raise cloud_errors.invalid(["name is required, and must be the only one of its kind"])
        return self._keep(kind, str(uuid4()), body)

    def change(self, kind: Kind, name: str, body: Json) -> Json:
        held = self.get(kind, name)
        held.update({key: value for key, value in body.items() if value is not None and key not in ("id", "selfUri")})
        held["dateModified"] = stamp()
        return held

    def delete(self, kind: Kind, name: str) -> None:
        self.get(kind, name)
        if name in (STANDARD, ANY_MEDIA, TYPING_ON):
            raise cloud_errors.invalid([f"{name} is a default and stays"])
        del self.kept[kind][name]

    def allows(self, integration: Integration, way: Way, mime: str) -> bool:
        """Whether a file of this type may pass. An empty list lets none through."""
        allow = self.get("supportedcontent", integration.supported_content).get("mediaTypes", {}).get("allow", {})
        return any(fnmatch(mime.partition(";")[0].lower(), one["type"].lower()) for one in allow.get(way) or ())

    def shows_typing(self, integration: Integration, way: Way) -> bool:
        event = self.get("settings", integration.messaging_setting).get("event") or {}
        return str(event.get("typing", {}).get("on", {}).get(way, "Disabled")).lower() == "enabled"

    def _keep(self, kind: Kind, name: str, body: Json) -> Json:
        own = {"id": name, "selfUri": f"/api/v2/conversations/messaging/{kind}/{name}", "dateCreated": stamp()}
        self.kept[kind][name] = {**body, **own}
        return self.kept[kind][name]
