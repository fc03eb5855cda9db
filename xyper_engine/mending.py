"""Mending a message that could not be delivered: other words, other values for a template, and nothing else.

What is changed keeps its shape: as many parts as before, each of the same type, and no other files.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from xyper_engine.errors import Invalid
from xyper_engine.model import Message, Part

MENDABLE = frozenset({"text", "template", "choices"})
"""Types of parts whose words and values may be changed."""

_part: TypeAdapter[Part] = TypeAdapter(Part)


def shown(message: Message) -> list[dict[str, Any]]:
    """Its parts, as they are told and given back; where the far side keeps a file is nobody's business."""
    return [_plain(part) for part in message.parts]


def mended(message: Message, given: Sequence[Mapping[str, Any]]) -> Message:
    """The message with these parts. Raises `Invalid` that says of each field what is wrong."""
    if len(given) != len(message.parts):
        raise Invalid({"parts": f"must be {len(message.parts)}, as before"})
    parts = [_mended(n, old, new) for n, (old, new) in enumerate(zip(message.parts, given, strict=True))]
    if tuple(parts) == message.parts:
        raise Invalid({"parts": "nothing is changed"})
    return message.model_copy(update={"parts": tuple(parts)})


def _mended(n: int, old: Part, new: Mapping[str, Any]) -> Part:
    if new == _plain(old):
        return old
    if new.get("type") != old.type:
        raise Invalid({f"parts.{n}.type": f"must stay {old.type!r}"})
    if old.type not in MENDABLE:
        raise Invalid({f"parts.{n}": f"of type {old.type!r} cannot be changed: give it back as it is"})
    files = _files(old.model_dump(mode="json"))
    whole = _with_files(dict(new), files, f"parts.{n}")
    try:
        part = _part.validate_python(whole)
    except ValidationError as error:
        raise Invalid({f"parts.{n}.{place}": what for place, what in Invalid.of(error).fields.items()}) from None
    if unknown := next(_unknown(whole, part.model_dump(mode="json"), f"parts.{n}"), None):
        raise Invalid({unknown: "is no field of it"})
    if any(file not in files for file in _files(part.model_dump(mode="json"))):
        raise Invalid({f"parts.{n}": "holds a file that is none of this message's"})
    if not part.text.strip():
        raise Invalid({f"parts.{n}": "must say something"})
    return part


def _plain(part: Part) -> dict[str, Any]:
    plain: dict[str, Any] = _without_source(part.model_dump(mode="json"))
    return plain


def _without_source(value: Any) -> Any:
    if isinstance(value, dict):
        hidden = {"source"} if value.get("type") == "media" else set()
        return {key: _without_source(item) for key, item in value.items() if key not in hidden}
    return [_without_source(item) for item in value] if isinstance(value, list) else value


def _files(value: Any) -> Sequence[dict[str, Any]]:
    """All that stand in a part, however deep."""
    if isinstance(value, list):
        return [file for item in value for file in _files(item)]
    if not isinstance(value, dict):
        return []
    own = [value] if value.get("type") == "media" else []
    return [*own, *(file for item in value.values() for file in _files(item))]


def _with_files(value: Any, files: Sequence[dict[str, Any]], place: str) -> Any:
    """The same, each file as it was: with the place where the far side keeps it."""
    if isinstance(value, list):
        return [_with_files(item, files, f"{place}.{n}") for n, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "media":
        found = next((file for file in files if _without_source(file) == value), None)
        if found is None:
            raise Invalid({place: "is no file of this message: files cannot be changed"})
        return found
    return {key: _with_files(item, files, f"{place}.{key}") for key, item in value.items()}


def _unknown(given: Any, known: Any, place: str) -> Iterator[str]:
    """Where something stands that the part has no field for: it would be lost in silence."""
    if isinstance(given, dict) and isinstance(known, dict):
        for key, item in given.items():
            if key not in known:
                yield f"{place}.{key}"
            else:
                yield from _unknown(item, known[key], f"{place}.{key}")
    elif isinstance(given, list) and isinstance(known, list):
        for n, (one, other) in enumerate(zip(given, known, strict=False)):
            yield from _unknown(one, other, f"{place}.{n}")
