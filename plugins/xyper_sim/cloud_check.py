"""Are bodies what Genesys Cloud takes? Required fields by hand, everything else by the official SDK's models.

The models (`PureCloudPlatformClientV2`, a package for tests) are *read*, not imported: importing all 6,600 of them
takes seconds, and only their tables of names, types and allowed values are wanted here.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MESSAGE = "OpenInboundNormalizedMessage"
EVENT = "OpenInboundNormalizedEvent"
RECEIPT = "OpenInboundNormalizedReceipt"
RESPONSE = "OpenInboundStructuredResponseMessage"
CONTENT = "ConversationMessageContent"
"""One item of what an agent or a bot sends."""
OPEN_INTEGRATION = "OpenIntegrationRequest"
OPEN_INTEGRATION_UPDATE = "OpenIntegrationUpdateRequest"
SUPPORTED_CONTENT = "SupportedContent"
SETTING, SETTING_UPDATE = "MessagingSettingRequest", "MessagingSettingPatchRequest"
TIMELINE = "ConversationThreadingWindow"
RECIPIENT = "RecipientRequest"
APP, APP_UPDATE, APP_CONFIG = "CreateIntegrationRequest", "Integration", "IntegrationConfiguration"
"""What an administrator sends."""

_REQUIRED = {
    MESSAGE: ("channel.from.id", "channel.from.idType", "channel.time"),
    EVENT: ("channel.from.id", "channel.from.idType", "channel.time", "events"),
    RESPONSE: (
        "channel.from.id",
        "channel.from.idType",
        "channel.time",
        "buttonResponse.type",
        "buttonResponse.text",
        "buttonResponse.payload",
        "originatingMessageId",
    ),
    RECEIPT: ("id", "status", "channel.to.id", "channel.time"),
    OPEN_INTEGRATION: (
        "name",
        "outboundNotificationWebhookUrl",
        "outboundNotificationWebhookSignatureSecretToken",
    ),
    OPEN_INTEGRATION_UPDATE: ("name",),
    APP: ("integrationType.id",),
}

_GAPS = {
    # Taken by Genesys and missing from its own models.
    ("ConversationChannelMetadata", "customAttributes"): "dict(str, str)",
    (RECEIPT, "direction"): "str",
}

_PLAIN: dict[str, type | tuple[type, ...]] = {"str": str, "bool": bool, "int": int, "float": (int, float)}


@dataclass(frozen=True, slots=True)
class Field:
    type: str
    """As the SDK writes it: `str`, `datetime`, `list[OpenEvent]`, `dict(str, str)`, a model's name."""
    allowed: frozenset[str] | None = None
    """Lower case: Genesys does not mind the case of its enumerations."""


def required(model: str, body: Any) -> Iterator[str]:
    """What a request must not lack, one sentence per fault. Quick: it runs even where checking is switched off."""
    for path in _REQUIRED.get(model, ()):
        value = body
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if not value or not isinstance(value, str | list):
            yield f"{path} is required"
    if isinstance(body, dict):
        yield from _FURTHER.get(model, _nothing)(body)


def _said(body: dict[str, Any]) -> Iterator[str]:
    if not body.get("text") and not body.get("content"):
        yield "text or content is required"
    channel = body.get("channel")
    about = channel.get("metadata") if isinstance(channel, dict) else None
    custom = about.get("customAttributes") if isinstance(about, dict) else about
    for name, value in (("metadata", body.get("metadata")), ("channel.metadata.customAttributes", custom)):
        if not _strings(value or {}):
            yield f"{name} must be a map of strings"
    for number, item in enumerate(body.get("content") or ()):
        attachment = item.get("attachment") if isinstance(item, dict) else None
        for name in ("mediaType", "url", "mime"):
            if not isinstance(attachment, dict) or not attachment.get(name):
                yield f"content[{number}].attachment.{name} is required"


def _strings(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _reasoned(body: dict[str, Any]) -> Iterator[str]:
    for number, reason in enumerate(body.get("reasons") or ()):
        if not isinstance(reason, dict) or not reason.get("message"):
            yield f"reasons[{number}].message is required"


def _nothing(_: dict[str, Any]) -> Iterator[str]:
    yield from ()


_FURTHER: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {MESSAGE: _said, RECEIPT: _reasoned}


def installed() -> bool:
    """Whether the SDK is here to check against."""
    return _folder() is not None


def faults(model: str, value: Any, where: str = "") -> Iterator[str]:
    """Where `value` departs from the SDK's `model`: unknown names, wrong types, values that are not allowed."""
    if not isinstance(value, dict):
        yield f"{where or 'the body'} must be an object"
        return
    fields = fields_of(model)
    for name, item in value.items():
        place = f"{where}.{name}" if where else name
        if name not in fields:
            yield f"{place} is not a field of {model}"
        elif item is not None:
            yield from _typed(fields[name], item, place)


def _typed(field: Field, value: Any, place: str) -> Iterator[str]:
    kind = field.type
    if kind.startswith("list["):
        yield from _each(kind[5:-1], value, place)
    elif kind.startswith("dict("):
        yield from _map(kind[5:-1].partition(", ")[2], value, place)
    elif kind == "datetime":
        yield from _instant(value, place)
    elif kind in _PLAIN:
        yield from _plain(field, value, place)
    elif kind != "object":
        yield from faults(kind, value, place)


def _plain(field: Field, value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, _PLAIN[field.type]) or (isinstance(value, bool) and field.type != "bool"):
        yield f"{place} must be of type {field.type}"
    elif field.allowed is not None and str(value).lower() not in field.allowed:
        yield f"{place}: {value!r} is not one of {', '.join(sorted(field.allowed))}"


def _each(kind: str, value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place} must be a list"
        return
    for number, item in enumerate(value):
        yield from _typed(Field(kind), item, f"{place}[{number}]")


def _map(kind: str, value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place} must be a map"
        return
    for name, item in value.items():
        yield from _typed(Field(kind), item, f"{place}.{name}")


def _instant(value: Any, place: str) -> Iterator[str]:
    try:
        known = datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        known = False
    if not known:
        yield f"{place} must be an ISO-8601 time with its zone"


@lru_cache(maxsize=1)
def _folder() -> Path | None:
    spec = find_spec("PureCloudPlatformClientV2")
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) / "models" if places else None


@lru_cache(maxsize=256)
def fields_of(model: str) -> dict[str, Field]:
    """A model's fields by their JSON names. Raises `FileNotFoundError` for a model that the SDK does not have."""
    folder = _folder()
    if folder is None:
        raise FileNotFoundError("PureCloudPlatformClientV2 is not installed")
    tree = ast.parse((folder / f"{re.sub('(?<!^)(?=[A-Z])', '_', model).lower()}.py").read_text("utf-8"))
    types, names = _table(tree, "swagger_types"), _table(tree, "attribute_map")
    allowed = dict(_allowed(tree))
    found = {names[name]: Field(kind, allowed.get(name)) for name, kind in types.items()}
    return found | {name: Field(kind) for (owner, name), kind in _GAPS.items() if owner == model}


def _table(tree: ast.Module, name: str) -> dict[str, str]:
    """The dictionary that the model's constructor assigns to `self.<name>`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute) and node.targets[0].attr == name:
            table: dict[str, str] = ast.literal_eval(node.value)
            return table
    raise ValueError(f"the SDK's models have no {name} any more")


def _allowed(tree: ast.Module) -> Iterator[tuple[str, frozenset[str]]]:
    """The allowed values that a field's setter compares with."""
    for setter in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for node in setter.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "allowed_values":
                yield setter.name, frozenset(value.lower() for value in ast.literal_eval(node.value))
