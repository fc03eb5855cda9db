"""What a webhook comes to, short enough for a table."""

from dataclasses import dataclass

from xyper_engine.model import Part, Status

SHEENA = ("tel:+16505551234",)
TESTER = ("tel:+972987654321", "bsuid:US.13491208655302741918", "parent:US.ENT.11815799212886844830")


@dataclass(frozen=True)
class Said:
    """A message. `urns` name the customer, the address first."""

    urns: tuple[str, ...]
    parts: tuple[Part, ...]
    to: str | None = None
    opens: float = 24.0
    record: str = "live"


@dataclass(frozen=True)
class Told:
    """A receipt."""

    urns: tuple[str, ...]
    external_id: str
    status: Status
    reference: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class News:
    """An update, with the keys of its value."""

    urns: tuple[str, ...]
    topic: str
    keys: tuple[str, ...]


def said(urns: tuple[str, ...], *parts: Part, to: str | None = None, opens: float = 24.0, record: str = "live") -> Said:
    return Said(urns, parts, to, opens, record)


def told(
    urns: tuple[str, ...], external_id: str, status: Status, reference: str | None = None, *, code: str | None = None
) -> Told:
    return Told(urns, external_id, status, reference, code)


def news(urns: tuple[str, ...], topic: str, *keys: str) -> News:
    return News(urns, topic, keys)
