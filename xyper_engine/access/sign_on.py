"""Signing in with somebody else's login, and what is kept of it."""

from dataclasses import dataclass

import aiohttp

from xyper_engine.access.oidc import Provider
from xyper_engine.access.sign_ins import SignIns
from xyper_engine.access.vendor_tokens import VendorTokens
from xyper_engine.keyring import Keyring
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database


@dataclass(frozen=True, slots=True)
class SignOn:
    sign_ins: SignIns
    """What is under way."""
    vendor_tokens: VendorTokens
    """Of a tenant's people."""
    provider: Provider | None
    """Who knows Xyper's own administrators; None: OpenID Connect is switched off."""

    @classmethod
    def of(cls, settings: Settings, db: Database, keyring: Keyring, http: aiohttp.ClientSession) -> "SignOn":
        """Raises `SettingsError`."""
        provider = Provider.of(settings.oidc, settings.public_url, http)
        return cls(SignIns(db, keyring), VendorTokens(db, keyring), provider)
