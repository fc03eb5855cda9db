"""Secrets of a tenant or of the operator, as people manage them: listed without values, changed in peace, revoked.

    a vendor's secret (access token, client secret, app secret)      prove it to the vendor → store it
    one that we make up (verify token, Genesys' webhook secret)      accept it → tell the vendor, who confirms → keep it

and then both values are valid until the overlap ends. A proof that fails changes nothing.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import SecretStr

from xyper_engine.abilities import ProvesSecrets, Trial
from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.deeds import Deed
from xyper_engine.errors import Conflict, Invalid, Misconfigured, NotFound, Rejected, SendError
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.secret_trial import Change, Desk, whose
from xyper_engine.tenants.vault import Vault
from xyper_engine.tenants.views import SecretView

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

_HEARD = 5.0
"""Seconds in which a change of the directory reaches this process, or the vendor is told all the same."""


class SecretOffice:
    """All raise `NotFound` for what is not there, or is another tenant's."""

    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._desk = Desk(rt, registry)

    async def list(self, tenant: str | None, owner: str | None = None) -> Sequence[SecretView]:
        """All of a tenant, or the operator's; of each what it is, how old, and when it was last of use."""
        async with self._rt.db.within(tenant) as connection:
            if tenant is not None and not await connection.fetchval("select true from tenants where id = $1", tenant):
                raise NotFound(f"There is no tenant {tenant}.")
            return await self._vault(connection, tenant).views(owner)

    async def rotate(self, by: Caller, change: Change) -> SecretView:
        """Prove the new value, make it the current one, and let the others go when the overlap ends.

        Raises `Rejected` in the vendor's words where it refuses the value, another `SendError` where it could not be
        asked, `Conflict` for a value that is there already, `Invalid` where the vendor is who makes it.
        """
        adapter, trial = await self._desk.prepare(change)
        told = trial.hook is not None and change.name in adapter.tells
        if change.value is None and not told:
            raise Invalid({"value": "the vendor makes this one: give it as the vendor shows it"})
        await self._fresh(change, trial.value)
        if told:
            id_ = await self._tell(by, change, adapter, trial)
        else:
            await _proved(adapter, trial, self._rt)
            id_ = await self._offer(by, change, trial.value, pending=False)
        return await self._succeed(by, change, id_)

    async def revoke(self, by: Caller, tenant: str | None, id_: str, *, last: bool = False) -> None:
        """End a value at once, on every process. The only one of its name goes where `last` says that this is meant."""
        found = {one.id: one for one in await self.list(tenant)}
        if id_ not in found:
            raise NotFound(f"{whose(tenant)} has no secret {id_}: list them.")
        gone = found.pop(id_)
        if not last and not any((one.owner, one.name) == (gone.owner, gone.name) for one in found.values()):
            raise Conflict(
                f"It is the only value of {gone.name} of {gone.owner}, which would stop working: rotate it first, or "
                "say that the last one is meant to go."
            )
        async with self._rt.db.within(tenant) as connection:
            await self._vault(connection, tenant).remove(id_)
            await audit.write(connection, by, "secret.revoke", _subject(gone), tenant, before=_shown(gone))

    async def _tell(self, by: Caller, change: Change, adapter: ProvesSecrets, trial: Trial) -> str:
        """Accept it first: the vendor uses it from the moment on in which it is told."""
        id_ = await self._offer(by, change, trial.value, pending=True)
        try:
            await self._until_heard(trial)
            await _proved(adapter, trial, self._rt)
        except BaseException as error:
            if not isinstance(error, SendError) or error.certain:
                await self._withdraw(by, change, id_)
            raise
        return id_

    async def _until_heard(self, trial: Trial) -> None:
        assert trial.hook is not None  # noqa: S101  only hooks' secrets are told
        try:
            async with asyncio.timeout(_HEARD):
                async for _ in self._rt.directory.changes():
                    hook = await self._rt.directory.hook(trial.hook.adapter, trial.hook.id)
                    if hook and trial.value in (*hook.secrets, *hook.verify_tokens):
                        return
        except TimeoutError:
            self._rt.log.warning("slow notice", task="secrets", detail="a new secret was not heard of in time")

    async def _offer(self, by: Caller, change: Change, value: SecretStr, *, pending: bool) -> str:
        async with self._rt.db.within(change.tenant) as connection:
            vault = self._vault(connection, change.tenant)
            id_ = await vault.add(change.owner, change.name, value, pending=pending)
            if pending:
                await self._note(connection, by, "secret.offer", change, id_)
        return id_

    async def _withdraw(self, by: Caller, change: Change, id_: str) -> None:
        async with self._rt.db.within(change.tenant) as connection:
            await self._note(connection, by, "secret.withdraw", change, id_)
            await self._vault(connection, change.tenant).remove(id_)

    async def _succeed(self, by: Caller, change: Change, id_: str) -> SecretView:
        async with self._rt.db.within(change.tenant) as connection:
            vault = self._vault(connection, change.tenant)
            await vault.succeed(id_, change.owner, change.name, change.overlap)
            await self._note(connection, by, "secret.rotate", change, id_)
            return next(one for one in await vault.views(change.owner) if one.id == id_)

    async def _note(self, connection: "Connection", by: Caller, action: Deed, change: Change, id_: str) -> None:
        of_name = [
            one for one in await self._vault(connection, change.tenant).views(change.owner) if one.name == change.name
        ]
        new = next(one for one in of_name if one.id == id_)
        before = {"values": [_shown(one) for one in of_name if one.id != id_]}
        await audit.write(connection, by, action, _subject(new), change.tenant, before=before, after=_shown(new))

    async def _fresh(self, change: Change, value: SecretStr) -> None:
        async with self._rt.db.within(change.tenant) as connection:
            vault = self._vault(connection, change.tenant)
            if await vault.holds(change.owner, change.name, value):
                raise Conflict(f"{change.owner} has this value of {change.name} already.")
            names = sorted({one.name for one in await vault.views(change.owner)})
        if change.name not in names:
            raise NotFound(f"{change.owner} has no secret {change.name!r}; it has {', '.join(names) or 'none'}.")

    def _vault(self, connection: "Connection", tenant: str | None) -> Vault:
        return Vault(connection, self._rt.keyring.sealer, tenant)


async def _proved(adapter: ProvesSecrets, trial: Trial, rt: Runtime) -> None:
    try:
        await adapter.prove(trial, rt)
    except (Rejected, Misconfigured) as error:
        words = f"{str(error).rstrip('.')}. Nothing was changed."
        raise Rejected(words, code=error.code, correlation=error.correlation) from error


def _subject(secret: SecretView) -> str:
    return f"secret/{secret.owner}/{secret.name}"


def _shown(secret: SecretView) -> dict[str, object]:
    return secret.model_dump(mode="json", include={"id", "fingerprint", "state", "retires_at"})
