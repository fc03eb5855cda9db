"""Sealing at rest: AES-256-GCM; master keys that can be changed without a pause; and signatures for links.

The master keys of the settings seal no data: they wrap the data keys that do (`keyring.py`). The first one is what new
things are wrapped and signed with, all of them open.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from xyper_engine.errors import SettingsError
from xyper_engine.settings import Settings

_NONCE = 12
"""Bytes, random and put before the sealed text."""
_USUAL = 500
"""Words whose hash is remembered: few words make up most of what people write."""


def context(tenant: str | None, owner: str, name: str) -> str:
    """What a secret is bound to: moved to another row, tenant or name, it no longer opens."""
    return f"{tenant or ''}|{owner}|{name}"


class Cipher:
    """One key of 32 bytes at work."""

    def __init__(self, id: str, key: bytes) -> None:  # noqa: A002  the database's word
        self.id = id
        self._aes = AESGCM(key)
        self._blind = lru_cache(_USUAL)(self._blinded)
        self._marker = hmac.digest(key, b"xyper fingerprints", "sha256")
        self._blinder = hmac.digest(key, b"xyper words", "sha256")
        self._masker = hmac.digest(key, b"xyper people", "sha256")
        self._digester = hmac.digest(key, b"xyper bodies", "sha256")

    def seal(self, plain: bytes, bound: str) -> bytes:
        """`bound` is the secret's `context`."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aes.encrypt(nonce, plain, bound.encode())

    def seal_all(self, plains: Sequence[tuple[bytes, str]]) -> list[bytes]:
        """As `seal`, each with its own `bound`. For threads: whoever draws random bytes lets the other threads run, and
        has to wait for them; here that is once."""
        drawn = os.urandom(_NONCE * len(plains))
        nonces = (drawn[at : at + _NONCE] for at in range(0, len(drawn), _NONCE))
        pairs = zip(nonces, plains, strict=True)
        return [nonce + self._aes.encrypt(nonce, plain, bound.encode()) for nonce, (plain, bound) in pairs]

    def open(self, sealed: bytes, bound: str) -> bytes:
        """Raises `SettingsError` where the bytes are not what was sealed for this place."""
        try:
            return self._aes.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound.encode())
        except InvalidTag:
            raise SettingsError(f"The secret {bound} in the database was altered: store it again.") from None

    def fingerprint(self, value: str) -> str:
        """8 hex digits that tell values apart. Keyed: nobody finds out a short token by trying words against it."""
        return hmac.digest(self._marker, value.encode(), "sha256").hex()[:8]

    def digest(self, body: bytes) -> bytes:
        """32 bytes that tell bodies apart. Keyed: what is short or can be guessed is not found by trying."""
        return hmac.digest(self._digester, body, "sha256")

    def pseudonym(self, name: str) -> str:
        """32 hex digits instead of somebody's name or number: known again, and by no one without the key."""
        return hmac.digest(self._masker, name.encode(), "sha256").hex()[:32]

    def blinded(self, words: Iterable[str]) -> list[int]:
        """A keyed hash of 64 bits for each: equal words are found again, and no word is read or guessed from it."""
        return list(map(self._blind, words))

    def _blinded(self, word: str) -> int:
        hash_ = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8, key=self._blinder)
        return int.from_bytes(hash_.digest(), "big", signed=True)


class Sealer:
    """The master keys, 32 bytes each; `key_id` is 16 hex digits of a key's SHA-256."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != 32 for key in keys):
            raise SettingsError("[secrets] keys: each must be 32 bytes in base64.")
        named = [(hashlib.sha256(key).hexdigest()[:16], key) for key in keys]
        self._ciphers = {id_: Cipher(id_, key) for id_, key in named}
        self.key_ids = tuple(self._ciphers)
        """All, the one that seals first."""
        self.key_id = self.key_ids[0]
        self._signers = [hmac.digest(key, b"xyper links", "sha256") for key in keys]
        self._stores = {id_: hmac.digest(key, b"xyper store", "sha256") for id_, key in named}

    @classmethod
    def from_settings(cls, settings: Settings) -> "Sealer":
        """Keys from `[secrets] keys`, else from the key file, made on first use. Raises `SettingsError`."""
        given = tuple(key.get_secret_value() for key in settings.secrets.keys)
        if given:
            return cls([_decoded(key, "[secrets] keys") for key in given])
        lines = _key_file(settings.key_file).split()
        return cls([_decoded(line, f"[secrets] key_file: {settings.key_file}") for line in lines])

    def seal(self, text: str, bound: str) -> tuple[str, bytes]:
        """The key's id and the sealed bytes."""
        return self.key_id, self._ciphers[self.key_id].seal(text.encode(), bound)

    def open(self, key_id: str, sealed: bytes, bound: str) -> str:
        """Raises `SettingsError` where the key is not ours, or the bytes are not what was sealed for this place."""
        return self.open_bytes(key_id, sealed, bound).decode()

    def open_bytes(self, key_id: str, sealed: bytes, bound: str) -> bytes:
        """As `open`, for what need not be text."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SettingsError(
                f"[secrets] keys: the secret {bound} was sealed with key {key_id}, which is not there: add it."
            )
        return cipher.open(sealed, bound)

    def stores(self) -> Sequence[Cipher]:
        """What seals files of this host's that no tenant's key can: it must work while the database is away.

        By keys made of the master keys, under their names; the first one seals.
        """
        return [Cipher(id_, key) for id_, key in self._stores.items()]

    def wraps(self, key: bytes, bound: str) -> Sequence[tuple[str, bytes]]:
        """A data key sealed by each master key, with that one's id."""
        return [(id_, cipher.seal(key, bound)) for id_, cipher in self._ciphers.items()]

    def sign(self, text: str) -> str:
        """A signature, 22 characters that an address can hold; any key that is still listed proves it later."""
        return _signature(self._signers[0], text)

    def proves(self, text: str, signature: str) -> bool:
        """Whether `sign(text)` once gave this signature; compares in constant time."""
        given = signature.encode("utf-8", "replace")
        matches = [hmac.compare_digest(given, _signature(key, text).encode()) for key in self._signers]
        return any(matches)


def _signature(key: bytes, text: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")[:16]).rstrip(b"=").decode()


def _decoded(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SettingsError(f"{where}: each key must be 32 bytes in base64.") from None


def _key_file(path: Path) -> str:
    try:
        if not path.exists():
            _make(path)
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"[secrets] key_file: {path} cannot be read: {error}.") from None


def _make(path: Path) -> None:
    """Whole and on disk before it has its name; of two processes at once, the first one's key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, base64.b64encode(os.urandom(32)) + b"\n")
        os.fsync(handle)
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        os.close(handle)
        draft.unlink()
