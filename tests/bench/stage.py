"""What a bench stands on: engines as processes of their own (`xyper serve`), and the tenants they serve."""

import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import SecretStr

from tests.directory import add_operator_hook, put_tenant
from tests.secrecy import HEARD
from tests.server import HOST, Server
from tests.world import APP_SECRET, OPERATOR, VERIFY, Tenant
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings, load
from xyper_engine.store.db import open_database
from xyper_engine.tenants.spec import TenantSpec

PLENTY = 100_000_000
"""Calls a minute where pacing is not what is measured."""


class Engine(Server):
    """`xyper serve` with these settings, told by `XYPER_*` variables."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__()
        self.folder.chmod(0o755)  # or an embedded PostgreSQL that runs as nobody keeps its files elsewhere
        self._values = {
            "data_dir": str(self.folder / "var"),
            "server": {"listen": f"{HOST}:{self.port}", "internal": ""},
            "log": {"level": "warning", "format": "json"},
            **values,
        }

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        return (str(Path(sys.executable).with_name("xyper")), "serve")

    def environment(self) -> Mapping[str, str]:
        plain = {name: value for name, value in self._values.items() if isinstance(value, str)}
        nested = {name: orjson.dumps(value).decode() for name, value in self._values.items() if name not in plain}
        return {f"XYPER_{name.upper()}": value for name, value in {**plain, **nested}.items()}

    def answers(self) -> bool:
        socket.create_connection((HOST, self.port), timeout=2).close()
        return True

    def _close(self) -> None:
        self._kill()
        HEARD.file(self.folder / "log")
        super()._close()

    @property
    def settings(self) -> Settings:
        return load(None, self._values)

    async def furnish(self, tenants: Sequence[Tenant], *, dead: int | None = None) -> None:
        """Put the tenants into the directory; the account of tenant number `dead` is in the region `dead`."""
        settings = self.settings
        sealer = Sealer.from_settings(settings)
        async with open_database(settings) as db:
            await add_operator_hook(db, sealer, "whatsapp", OPERATOR, [SecretStr(APP_SECRET)], [SecretStr(VERIFY)])
            for tenant in tenants:
                await put_tenant(db, sealer, _moved(tenant.spec()) if tenant.n == dead else tenant.spec())

    async def turn(self, tenant: Tenant, state: Literal["active", "suspended"]) -> None:
        """A suspended tenant's webhooks are stored and its queues fill; an active one's are consumed."""
        async with open_database(self.settings) as db:
            await db.execute("update tenants set state = $2 where id = $1", tenant.id, state)


def _moved(spec: TenantSpec) -> TenantSpec:
    """The same tenant, with its Genesys in the region `dead`."""
    accounts = [
        account.model_copy(update={"config": {**account.config, "region": "dead"}})
        if account.adapter == "genesys"
        else account
        for account in spec.accounts
    ]
    return spec.model_copy(update={"accounts": tuple(accounts)})


def pointed(far: int, *, dead: int | None = None, client_rate: int = PLENTY) -> dict[str, Any]:
    """The plugins' settings: Genesys is the bench's far side, and the region `dead` takes calls and never answers."""
    ports = {"sim": far, **({"dead": dead} if dead else {})}
    regions = {name: {"api": f"http://{HOST}:{port}", "login": f"http://{HOST}:{far}"} for name, port in ports.items()}
    return {"plugins": {"genesys": {"regions": regions, "client_rate": client_rate}}}
