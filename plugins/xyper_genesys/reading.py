"""Reading Genesys' JSON tolerantly: what is missing or of a wrong type is empty, and nothing raises."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]

_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z0-9])")


def obj(value: Json, key: str) -> Json:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def items(value: Json, key: str) -> Iterator[Json]:
    """The objects of a list; whatever else it holds is passed over."""
    found = value.get(key)
    return (entry for entry in found if isinstance(entry, dict)) if isinstance(found, list) else iter(())


def string(value: Json, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def words(value: Json, *keys: str) -> list[str]:
    """Those of the fields that say something, in the order of `keys`, each only once."""
    return list(dict.fromkeys(found for key in keys if (found := string(value, key).strip())))


def word(value: Json, key: str) -> str:
    """Genesys' enums, whatever their capitals."""
    return string(value, key).lower()


def whole(value: Json, key: str) -> int | None:
    """A whole number that is not negative."""
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def moment(text: str) -> datetime | None:
    """An ISO 8601 time in UTC; one without a zone is meant so."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def label(element: Json) -> str:
    """What to call a content element: `quick reply`, `carousel`, …; of an attachment its media type: `image`."""
    media = string(obj(element, "attachment"), "mediaType")
    kind = media or string(element, "contentType") or next(iter(element), "") or "content"
    return _WORD_START.sub(" ", kind)[:40].lower()
