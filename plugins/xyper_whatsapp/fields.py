"""Tolerant reading: what a webhook's field is, or None where it is missing or of another type.

Meta leaves keys out, writes null or an empty string for them, and numbers for strings. Nothing here ever raises.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Item = Mapping[str, Any]
LONGEST = 256
"""No id of Meta's is longer; what is would not fit a database's index."""
NOTHING: Item = {}
_MILLISECONDS = 100_000_000_000
"""A timestamp beyond this many seconds (the year 5138) was meant in milliseconds."""


class UnreadableError(ValueError):
    """Why one item cannot be read; without personal data, as it becomes the reason of a dead letter."""


def word(value: object) -> str | None:
    """An id, also where Meta sends a number for it; None for what cannot be one."""
    if type(value) is str:
        return value if 0 < len(value) <= LONGEST else None
    return str(value) if type(value) is int else None  # a bool is no number here


def text(value: object) -> str | None:
    """Words, None for empty ones."""
    return value if isinstance(value, str) and value else None


def part(value: object) -> Item:
    """An object; empty for anything else."""
    return value if isinstance(value, dict) else NOTHING


def listed(value: object) -> list[Any]:
    """A list; what stands alone is a list of one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def parts(value: object) -> list[Item]:
    """The objects of a list."""
    return [one for one in listed(value) if isinstance(one, dict)]


def number(value: object) -> float | None:
    """A finite number, also where it is written as a string."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def moment(value: object, at: datetime) -> datetime:
    """Unix seconds (a string as a rule, a number in some fields, milliseconds now and then); `at` where absent."""
    if not isinstance(value, str | int | float):
        return at
    try:
        seconds = int(value)
        if seconds <= 0:
            return at
        return datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return at


def explained(errors: object) -> tuple[str, str] | None:
    """Code and words of the first of Meta's error objects; its `details` say most, where it has them."""
    error = part(errors[0]) if isinstance(errors, list) and errors else NOTHING
    if not error:
        return None
    details = text(part(error.get("error_data")).get("details")) or text(error.get("details"))
    return word(error.get("code")) or "", details or text(error.get("message")) or text(error.get("title")) or ""
