"""Parts as JSON: files with links that anybody may follow for a while, notices in words, templates filled in."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xyper_engine.model import Part
from xyper_engine.parts import Choices, Media, MediaKind, Notice, Reaction
from xyper_engine.phrases import Phrases
from xyper_engine.routing.words import in_words
from xyper_engine.state.bubble import File
from xyper_engine.template import Parameter, Template

_GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_HIDDEN = {"source", "link", "sha256"}
_PICTURES = frozenset({MediaKind.image, MediaKind.sticker})


@dataclass(frozen=True, slots=True)
class Shown:
    """What parts are shown with."""

    say: Phrases
    link: Callable[[str, str], str]
    """Of a file's id and name: where it can be fetched for a while."""
    files: Mapping[str, File] = field(default_factory=dict)
    templates: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    """By name and language: the components as the vendor keeps them."""

    def picture(self, media: Media) -> str | None:
        """Where a picture can be fetched; None for what is none, or is no longer there."""
        file = self.files.get(media.file or "")
        there = file is not None and file.state == "stored" and media.kind in _PICTURES
        return self.link(file.id, file.name) if there and file else None


def parts_told(parts: Sequence[Part] | None, kinds: Sequence[str], shown: Shown) -> tuple[dict[str, Any], ...]:
    """`parts` None: nothing is left but what kinds they were of."""
    if parts is None:
        return tuple({"type": "opaque", "label": kind} for kind in kinds if kind != "notice")
    return tuple(_told(part, shown) for part in parts)


def _told(part: Part, shown: Shown) -> dict[str, Any]:
    match part:
        case Media():
            return _media(part, shown)
        case Notice():
            return {**part.model_dump(mode="json"), "words": in_words(part, shown.say)}
        case Reaction():  # to something that is not known
            code = "reacted" if part.emoji else "unreacted"
            return {"type": "notice", "code": code, "values": {}, "about": None, "words": in_words(part, shown.say)}
        case Choices():
            told = part.model_dump(mode="json", exclude={"media"})
            return {**told, "media": _media(part.media, shown) if part.media else None}
        case Template():
            return _template(part, shown)
    return part.model_dump(mode="json")


def _media(part: Media, shown: Shown) -> dict[str, Any]:
    told = part.model_dump(mode="json", exclude=_HIDDEN)
    file = shown.files.get(part.file or "")
    if file is None:
        return {**told, "url": None, "state": "coming" if part.file is None else "gone"}
    there = file.state == "stored"
    known = {"name": part.name or file.name, "mime": file.mime, "size": file.size}
    return {
        **told, **known, "url": shown.link(file.id, file.name) if there else None, "state": file.state,
        **(file.details or {}),
    }  # fmt: skip


def _template(part: Template, shown: Shown) -> dict[str, Any]:
    told = part.model_dump(mode="json", exclude={"header", "body", "cards"})
    values = {
        name: [_parameter(one, shown) for one in getattr(part, name)] for name in ("header", "body")
    }  # fmt: skip
    return {**told, **values, "shown": _filled(part, shown)}


def _parameter(one: Parameter, shown: Shown) -> dict[str, Any]:
    told = one.model_dump(mode="json", exclude={"media"})
    return {**told, "media": _media(one.media, shown) if one.media else None}


def _filled(part: Template, shown: Shown) -> dict[str, Any]:
    """As the customer reads it; as much of it as is known."""
    components = shown.templates.get((part.name, part.language), {})
    header = next(iter(part.header), None)
    return {
        "header": _header(components.get("HEADER", {}), part, header, shown),
        "body": _with_values(components.get("BODY", {}).get("text", ""), part.body) or part.rendered,
        "footer": components.get("FOOTER", {}).get("text"),
        "buttons": list(_buttons(components.get("BUTTONS", {}))),
    }


def _header(held: Mapping[str, Any], part: Template, first: Parameter | None, shown: Shown) -> Any:
    if first and first.media:
        return _media(first.media, shown)
    if first and first.location:
        return first.location.model_dump(mode="json")
    text = _with_values(str(held.get("text") or ""), part.header)
    return {"type": "text", "text": text} if text else None


def _with_values(text: str, values: Sequence[Parameter]) -> str:
    """In one go: a value may look like a gap itself."""
    known = {value.name or str(n): value.text or "" for n, value in enumerate(values, 1)}
    return _GAP.sub(lambda gap: known.get(gap[1], gap[0]), text)


def _buttons(held: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for one in held.get("buttons") or ():
        yield {"kind": str(one.get("type", "")).lower(), "text": str(one.get("text", ""))}
