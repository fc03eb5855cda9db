"""The demo's world: a tenant "acme" with a WhatsApp number and a Genesys integration, both of them simulated.

The simulator is mounted by the engine itself, so webhooks and API calls take the very way they take with the vendors,
over HTTP, only that all of it is one process on one port.

The simulator's pages are on 127.0.0.1 and Xyper's own on localhost: to a browser two sites, as in earnest. So the desk
holds the agents' widget as Genesys Cloud does, in a frame of another origin.
"""

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from xyper_engine.access.caller import Caller
from xyper_engine.access.proving import Access
from xyper_engine.errors import Conflict, SettingsError
from xyper_engine.settings import Settings, load
from xyper_engine.tenants.service import Tenants
from xyper_engine.tenants.spec import TenantSpec

NUMBER = "106540352242922"
WABA = "102290129340398"
APP = "670843887433847"
INTEGRATION = "6dc01ec1-7f3a-4b52-9c70-8a1f2b3c4d5e"
CLIENT = "2c9f8a7b-1d2e-4f3a-8b4c-5d6e7f809a1b"
ORGANIZATION = "5ed0b6a4-6f0c-4e43-9d4b-0d6c3c8f0d01"
LOGIN_CLIENT = "b1f6a0de-52f4-4a3c-8f0b-7e9d2c1a6b5f"
AGENT = "0f6d2b7e-8f0a-4c7a-9a55-3a1d1b0c4e21"
OPERATOR_HOOK = "demo-meta"
TENANT_HOOK = "demo-acme"
PANEL = "3a5f0f0e-6c0b-4c61-9d5b-2f3e4d5c6b7a"

NEWCO, NEWCO_NUMBER, NEWCO_WABA, NEWCO_CLIENT = (
    "newco", "106540352242933", "102290129340399", "9d1c5f3f-0e6a-4b2c-8c3d-7f6e5d4c3b2a",
)  # fmt: skip
"""A second tenant, for those who want to see an onboarding: credentials are all it has."""

ADMIN = "admin@example.com"
"""Who administers the demo: with a password alone, which no real Xyper would be content with."""

PEOPLE = 3.0
"""How many begin to write by themselves in a minute."""

_SECRETS = ("access_token", "app_secret", "verify_token", "client_secret", "webhook_secret", "admin_password")
_CUSTOMERS = (
    {"wa_id": "16505550101", "name": "Ada Lindqvist"},
    {"wa_id": "16505550102", "name": "Bruno Okafor"},
    {"wa_id": "16505550103", "name": "Chiara Novak", "hidden": True},
)
"""Numbers from the range that is never given out. The third hides hers: the business sees a user id only."""

_PEOPLE = (
    {"id": AGENT, "name": "Ines Duarte", "email": "ines@example.com"},
    {"id": "1d1f3c52-6f0e-4b39-8a57-0c2f2f6f5a02", "name": "Sofia Lindt", "roles": ["Supervisor"]},
    {"id": "2a9c7e41-0b5d-4a0f-9c3e-7d1b8e4f6a03", "name": "Amir Haddad", "roles": ["admin"]},
)
"""Who can sign in at the contact centre; the first one is given every conversation."""

_FILLED_IN = "&".join(
    f"{name}={{{{{name}}}}}" for name in ("gcConversationId", "gcHostOrigin", "gcTargetEnv", "gcLangTag")
)
_FRAME = {
    "sandbox": "allow-scripts,allow-same-origin,allow-forms,allow-modals,allow-popups,"
    "allow-presentation,allow-downloads",
    "permissions": "clipboard-write,microphone,fullscreen",
}
"""The widget's installation, as an onboarding makes it."""

_HEAD = """\
# Written by `xyper demo`, anew at every start. Look at the demo with it: `xyper check --config` and this file.
data_dir = "."
"""


class World:
    """Secrets are made once per data folder and kept in it, so that a second start finds the same world."""

    def __init__(
        self, folder: Path, listen: str, internal: str, *, newcomer: bool = False, quiet: bool = False
    ) -> None:
        """`quiet`: nobody writes by themselves."""
        self.folder = folder
        self.listen = listen
        self.internal = internal
        self.newcomer = newcomer
        self._traffic = 0.0 if quiet else PEOPLE
        self._secrets = kept(folder / "demo.json")

    @property
    def pages(self) -> str:
        """Where the simulator is mounted."""
        return f"http://{self.listen}/x/sim"

    @property
    def ours(self) -> str:
        """Xyper's own address, for browsers."""
        return f"http://localhost:{self.listen.rpartition(':')[2]}"

    @property
    def password(self) -> str:
        """The administrator's."""
        return self._secrets["admin_password"]

    @property
    def file(self) -> Path:
        return self.folder / "xyper.toml"

    def settings(self) -> Settings:
        """Also written to `file`, so that `xyper check --config …` and the other commands can look at the demo."""
        parts: dict[str, Mapping[str, Any]] = {
            "server": {"listen": self.listen, "internal": self.internal, "public_url": self.ours},
            "access": {"require_totp": False},
            "widget": {"hosts": [f"http://{self.listen}", self.ours], "development": True},
            "broker": {"url": "journal:"},
            "cache": {"url": "memory:"},
            "database": {"url": "embedded:"},
            "media": {"url": "folder:"},
            "log": {"level": "warning"},
        }
        plugins = self._plugins()
        sections = {**parts, **{f"plugins.{name}": values for name, values in plugins.items()}}
        self.file.touch(0o600)
        self.file.write_text(_HEAD + "".join(_section(*one) for one in sections.items()), "utf-8")
        # Also as overrides: an environment's own file, e.g. production's, must not lead a demo to its data.
        return load(self.file, {"data_dir": str(self.folder.resolve()), **parts, "plugins": plugins})

    async def furnish(self, tenants: Tenants) -> None:
        """Put the tenant and the operator's hook into the directory; what is there already stays."""
        secret = {name: SecretStr(value) for name, value in self._secrets.items()}
        app, token, by = [secret["app_secret"]], [secret["verify_token"]], Caller.host()
        await tenants.add_operator_hook(by, "whatsapp", OPERATOR_HOOK, app, token)
        await tenants.put(by, TenantSpec.model_validate(_tenant(secret)))
        if self.newcomer:
            await tenants.put(by, TenantSpec.model_validate(_newco(secret)))

    async def admit(self, access: Access) -> None:
        """Put the administrator there; who is there already stays."""
        with suppress(Conflict):
            await access.invitations.add(Caller.host(), "Robin Admin", ADMIN, self.password)

    def _plugins(self) -> Mapping[str, Any]:
        genesys = {"api": f"{self.pages}/cloud", "login": f"{self.pages}/login"}
        return {
            "whatsapp": {"graph_url": f"{self.pages}/graph"},
            "genesys": {"regions": {"sim": genesys}},
            "sim": {"enabled": True, "traffic": self._traffic, "graph": self._graph(), "cloud": self._cloud()},
        }

    def _graph(self) -> Mapping[str, Any]:
        app = {
            "id": APP,
            "secret": self._secrets["app_secret"],
            "verify_token": self._secrets["verify_token"],
            "webhook_url": f"{self.ours}/hooks/whatsapp/{OPERATOR_HOOK}",
        }
        number = {
            "phone_number_id": NUMBER,
            "waba_id": WABA,
            "display": "15550783881",
            "name": "Acme Inc.",
            "access_token": self._secrets["access_token"],
            "app": APP,
        }
        second = {
            **number, "phone_number_id": NEWCO_NUMBER, "waba_id": NEWCO_WABA, "display": "15550783899", "name": "Newco",
            "access_token": _of_newco(self._secrets["access_token"]), "registered": False, "subscribed": False,
        }  # fmt: skip
        numbers = [number, second] if self.newcomer else [number]
        return {"apps": [app], "numbers": numbers, "customers": [dict(one) for one in _CUSTOMERS]}

    def _cloud(self) -> Mapping[str, Any]:
        integration = {
            "id": INTEGRATION,
            "name": "WhatsApp of Acme",
            "webhook_url": f"{self.ours}/hooks/genesys/{TENANT_HOOK}",
            "webhook_secret": self._secrets["webhook_secret"],
        }
        secret = self._secrets["client_secret"]
        clients = [{"client_id": CLIENT, "client_secret": secret}]
        if self.newcomer:
            clients.append({"client_id": NEWCO_CLIENT, "client_secret": _of_newco(secret)})
        login = {
            "client_id": LOGIN_CLIENT,
            "redirect_uris": [f"{self.ours}/widget/acme/auth/callback"],
        }
        panel = {"id": PANEL, "name": "WhatsApp", "url": f"{self.ours}/widget/acme/?{_FILLED_IN}", **_FRAME}
        people = {"login_clients": [login], "people": [dict(one) for one in _PEOPLE], "agent": AGENT}
        people = {**people, "panels": [panel]}
        there = {"orgs": [{"id": ORGANIZATION}], "clients": clients, "integrations": [integration]}
        return {**there, "create_flow": "every-message", **people}


def _tenant(secret: Mapping[str, SecretStr]) -> Mapping[str, Any]:
    number = {
        "adapter": "whatsapp",
        "account": NUMBER,
        "name": "Acme on WhatsApp",
        "parent": WABA,
        "secrets": {"access_token": secret["access_token"]},
    }
    integration = {
        "adapter": "genesys",
        "account": INTEGRATION,
        "name": "Acme's contact centre",
        "config": {
            "region": "sim",
            "client_id": CLIENT,
            "organization_id": ORGANIZATION,
            "login_client_id": LOGIN_CLIENT,
        },
        "secrets": {"client_secret": secret["client_secret"]},
    }
    hook = {
        "id": TENANT_HOOK,
        "adapter": "genesys",
        "account": INTEGRATION,
        "secrets": [secret["webhook_secret"]],
    }
    link = {"customer": f"whatsapp/{NUMBER}", "agent": f"genesys/{INTEGRATION}"}
    return {"id": "acme", "name": "Acme Inc.", "accounts": [number, integration], "links": [link], "hooks": [hook]}


def _newco(secret: Mapping[str, SecretStr]) -> Mapping[str, Any]:
    number = {
        "adapter": "whatsapp",
        "account": NEWCO_NUMBER,
        "name": "Newco",
        "parent": NEWCO_WABA,
        "secrets": {"access_token": _of_newco(secret["access_token"].get_secret_value())},
    }
    integration = {
        "adapter": "genesys",
        "account": f"new-{NEWCO}",
        "name": "WhatsApp of Newco",
        "config": {"region": "sim", "client_id": NEWCO_CLIENT},
        "secrets": {"client_secret": _of_newco(secret["client_secret"].get_secret_value())},
    }
    link = {"customer": f"whatsapp/{NEWCO_NUMBER}", "agent": f"genesys/new-{NEWCO}"}
    return {"id": NEWCO, "name": "Newco", "accounts": [number, integration], "links": [link]}


def _of_newco(secret: str) -> str:
    return f"{secret}-{NEWCO}"


def kept(file: Path) -> Mapping[str, str]:
    """The world's secrets by name, each made on first use. Raises `SettingsError`."""
    try:
        found = json.loads(file.read_text("utf-8")) if file.exists() else {}
        if missing := [name for name in _SECRETS if name not in found]:
            found |= {name: secrets.token_urlsafe(24) for name in missing}
            file.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
                json.dump(found, out, indent=2)
        return {name: str(found[name]) for name in _SECRETS}
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(f"{file} cannot be used ({error}): start with --fresh, or name another --data.") from None


def _section(name: str, values: Mapping[str, Any]) -> str:
    return f"\n[{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())


def _toml(value: object) -> str:
    """A value in TOML; ASCII strings, whose notation JSON shares."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_toml(one)}' for key, one in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value)
