"""No line that any part of Xyper logs, in the whole run of the tests, may hold a secret or what somebody wrote.

Every line is heard: of engines in the tests' own process by way of `logs.py`, of others from their files. At the end
all of them are searched for whatever the tests use as a secret, for the words of the vendors' samples, and for
everything that has the shape of a key or a token of ours.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.engine.tenants.world import HOOK_SECRETS, TOKEN
from tests.world import APP_SECRET, VERIFY, Tenant

SAMPLES = sorted((Path(__file__).parent / "samples").rglob("*.json"))
HARMLESS = {
    "type", "object", "field", "status", "code", "direction", "messaging_product", "mime_type",
    "idType", "mediaType", "contentType", "eventType",
}  # fmt: skip
"""Keys of the vendors whose values say nothing about a person: a list of the test's own."""
LONG = 12
"""Characters: what is shorter could stand in a line for another reason."""
SHAPES = re.compile(
    r"xyk_[0-9a-f]{16}_[0-9a-f]{64}|xyr_[0-9a-f]{64}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}|\$argon2id?\$|wamid\.\w{20,}"
)
NOBODYS = re.compile(
    r"^https?://|^[\w.-]+/[\w.+-]+(;.*)?$|^\d{4}-\d\d-\d\dT|^[A-Za-z_]+$|^[0-9a-f-]{36}$|^1\d{14}$|^<[A-Z_]+>$"
)
"""Values of samples that are no person's: addresses and types, moments, words of a protocol, ids of accounts."""


@dataclass
class Heard:
    """What was logged so far."""

    lines: list[str] = field(default_factory=list)

    def line(self, text: str) -> None:
        self.lines.append(text)

    def file(self, log: Path) -> None:
        """The log of a process that has ended."""
        if log.is_file():
            self.lines += log.read_text("utf-8", "replace").splitlines()

    def leaks(self) -> Iterator[str]:
        """Where something is that must not be: in words that do not repeat it."""
        everything = "\n".join(self.lines)
        for secret in sorted({*secrets(), *written()}):
            if secret in everything:
                yield told(secret, next(line for line in self.lines if secret in line))
        for line in self.lines:
            if found := SHAPES.search(line):
                yield told(found.group(), line)


HEARD = Heard()


def told(secret: str, line: str) -> str:
    name = re.search(r'"logger":\s*"([^"]+)"', line)
    digest = hashlib.sha256(secret.encode()).hexdigest()[:12]
    return f"{name[1] if name else 'a process'} logged something private: {len(secret)} characters, SHA-256 {digest}…"


def secrets() -> Iterator[str]:
    """What the tests' tenants prove themselves with."""
    yield from (APP_SECRET, VERIFY, TOKEN, *HOOK_SECRETS)
    for n in range(1, 5):
        spec = Tenant(n).spec()
        yield from (value.get_secret_value() for one in spec.accounts for value in one.secrets.values())
        yield from (value.get_secret_value() for hook in spec.hooks for value in hook.secrets)


def written() -> Iterator[str]:
    """What people wrote, are called and can be reached by, in the samples."""
    for file in SAMPLES:
        words = private(json.loads(file.read_text("utf-8")))
        yield from (word for word in words if len(word) >= LONG and not NOBODYS.search(word))


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, key)
    else:
        yield key, str(value)


def private(sample: Any) -> set[str]:
    """Every value of the sample that is not harmless, and long enough not to be part of any other word."""
    found = list(leaves(sample))
    harmless = {value for key, value in found if key in HARMLESS} | {"True", "False", "None"}
    words = {value for key, value in found if key not in HARMLESS and len(value) > 3}
    return {word for word in words if not any(word in value for value in harmless | KEYS)}


def keys(value: Any) -> Iterator[str]:
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from keys(item)
    if isinstance(value, Mapping):
        yield from value


KEYS = {"odd webhook", "somebody.else", *(key for file in SAMPLES for key in keys(json.loads(file.read_text("utf-8"))))}
"""Words that a line holds anyway: what we wrote ourselves, and keys of the vendors (some samples' texts are such)."""
