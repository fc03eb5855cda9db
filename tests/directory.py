"""Tenants as tests put them into the directory: by the service, as the command line would, whatever plugins demand."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from xyper_engine.access.caller import Caller
from xyper_engine.policy import PluginChoice
from xyper_engine.sealing import Sealer
from xyper_engine.store.db import Database
from xyper_engine.tenants.service import Tenants
from xyper_engine.tenants.spec import AccountSpec, TenantSpec

HOST = Caller.host()


class Anything:
    """Satisfies `Rules`: every adapter exists and takes everything, and WhatsApp's accounts are numbers."""

    def channel(self, adapter: str, place: str) -> None: ...

    def account(self, spec: AccountSpec, place: str, *, new: bool) -> Mapping[str, Any]:
        return spec.config

    def plugin(self, name: str, choice: PluginChoice, place: str) -> PluginChoice:
        return choice

    def numbers(self) -> frozenset[str]:
        return frozenset({"whatsapp"})


def service(db: Database, sealer: Sealer) -> Tenants:
    return Tenants(db, sealer, Anything())


async def add_tenant(db: Database, sealer: Sealer, spec: TenantSpec) -> tuple[str, ...]:
    return await service(db, sealer).add(HOST, spec)


async def put_tenant(db: Database, sealer: Sealer, spec: TenantSpec) -> tuple[str, ...]:
    return await service(db, sealer).put(HOST, spec)


async def add_operator_hook(
    db: Database,
    sealer: Sealer,
    adapter: str,
    id: str | None = None,  # noqa: A002  the model's word
    secrets: Sequence[SecretStr] = (),
    verify_tokens: Sequence[SecretStr] = (),
) -> str:
    return await service(db, sealer).add_operator_hook(HOST, adapter, id, secrets, verify_tokens)
