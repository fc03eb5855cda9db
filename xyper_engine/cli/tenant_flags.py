"""The common tenant by flags: one WhatsApp number, one Genesys integration, linked."""

from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from xyper_engine.cli.tenant_file import Told, from_variable, spec_of
from xyper_engine.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Flags:
    """As given; "" where left out. `*_env` are names of variables."""

    tenant: str | None
    name: str
    number: str
    waba_id: str
    access_token_env: str
    integration: str
    region: str
    client_id: str
    client_secret_env: str
    webhook_secret_env: str
    app_secret_env: str

    def told(self) -> Told:
        """Asks for the secrets no variable was named for. Raises `SettingsError`."""
        needed = ("number", "integration", "region", "client_id")
        missing = [f"--{name.replace('_', '-')}" for name in needed if not getattr(self, name)]
        if missing:
            raise SettingsError(f"{', '.join(missing)}: needed here; for anything else write a file, see --file.")
        values = {
            "id": self.tenant,
            "name": self.name or self.tenant,
            "accounts": [self._whatsapp(), self._genesys()],
            "links": [{"customer": f"whatsapp/{self.number}", "agent": f"genesys/{self.integration}"}],
            "hooks": self._hooks(verify_token := token_urlsafe(24)),
        }
        generated = {"the verify token for Meta's console": verify_token} if self.app_secret_env else {}
        return Told(spec_of(values, f"tenant {self.tenant}"), generated)

    def _whatsapp(self) -> dict[str, Any]:
        return {
            "adapter": "whatsapp",
            "account": self.number,
            "parent": self.waba_id or None,
            "secrets": {"access_token": from_variable(self.access_token_env, "WhatsApp access token")},
        }

    def _genesys(self) -> dict[str, Any]:
        return {
            "adapter": "genesys",
            "account": self.integration,
            "config": {"region": self.region, "client_id": self.client_id},
            "secrets": {"client_secret": from_variable(self.client_secret_env, "Genesys OAuth client secret")},
        }

    def _hooks(self, verify_token: str) -> list[dict[str, Any]]:
        signed = from_variable(self.webhook_secret_env, "Genesys webhook signature secret")
        genesys = {"adapter": "genesys", "account": self.integration, "secrets": [signed]}
        if not self.app_secret_env:
            return [genesys]
        app = from_variable(self.app_secret_env, "Meta app secret")
        meta = {"adapter": "whatsapp", "account": self.number, "secrets": [app], "verify_tokens": [verify_token]}
        return [genesys, meta]
