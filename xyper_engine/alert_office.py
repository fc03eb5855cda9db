"""Alert channels, as people set them up: by the API or the command line. Every change stands in the audit.

What is told and where to is a tenant's own affair; what webhooks are signed with is shown once, when it is made.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.deeds import Deed
from xyper_engine.alerting import webhook
from xyper_engine.alerting.mail import Untold
from xyper_engine.alerting.teller import tell
from xyper_engine.alerting.words import trial_body
from xyper_engine.errors import Invalid, NotFound, Outdated, Rejected
from xyper_engine.keyring import Keyring
from xyper_engine.model import new_id
from xyper_engine.settings import Settings
from xyper_engine.state.alert_channels import Channel, ChannelBook, ChannelView, Kind, Target
from xyper_engine.state.alerts import OF_TENANTS, Topic
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

ADDRESSES = 10
_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,190}")


class Outcome(NamedTuple):
    """Of a try."""

    ok: bool
    words: str


class AlertOffice:
    """`tenant`: None is who runs Xyper. `version`: the one that was read, None for whatever there is."""

    def __init__(self, db: Database, keyring: Keyring, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._book = ChannelBook(db, keyring)

    @property
    def has_mail(self) -> bool:
        """Whether e-mail can be sent at all."""
        return bool(self._settings.smtp.host)

    async def listed(self, tenant: str | None) -> Sequence[ChannelView]:
        async with self._db.within(tenant) as connection:
            return [one.view for one in await self._book.listed(connection, tenant)]

    async def one(self, tenant: str | None, id: str) -> ChannelView:  # noqa: A002  the model's word
        """Raises `NotFound`."""
        async with self._db.within(tenant) as connection:
            return (await self._book.one(connection, tenant, id)).view

    async def add(
        self, by: Caller, tenant: str | None, kind: Kind, name: str, to: str, topics: Sequence[Topic]
    ) -> tuple[ChannelView, str | None]:
        """A new channel, and what its webhooks are signed with. Raises `Invalid`, `OverQuota`, `NotFound`."""
        target = self._target(kind, to, webhook.new_secret() if kind == "webhook" else "")
        _topics(tenant, topics)
        async with self._db.within(tenant) as connection:
            await _there(connection, tenant)
            made = await self._book.add(connection, tenant, kind, name, topics, target)
            await _noted(connection, by, "alert_channel.add", made, None, made.view)
        return made.view, target.secret or None

    async def change(
        self, by: Caller, tenant: str | None, id: str, values: dict[str, Any], version: int | None = None  # noqa: A002
    ) -> ChannelView:  # fmt: skip
        """Name, topics, whether it is on, or `to`. Raises `NotFound`, `Outdated`, `Invalid`."""
        async with self._db.within(tenant) as connection:
            before = await self._found(connection, tenant, id, version)
            to = values.pop("to", None)
            target = before.target if to is None else self._target(before.view.kind, to, before.target.secret)
            _topics(tenant, values.get("topics", ()))
            after = await self._book.change(connection, before, before.view.model_copy(update=values), target)
            await _noted(connection, by, "alert_channel.change", after, before.view, after.view)
        return after.view

    async def sign_anew(self, by: Caller, tenant: str | None, id: str) -> str:  # noqa: A002  the model's word
        """Another secret, from now on. Raises `NotFound`, `Invalid` for what is no webhook."""
        async with self._db.within(tenant) as connection:
            before = await self._found(connection, tenant, id, None)
            if before.view.kind != "webhook":
                raise Invalid({"": "only webhooks are signed"})
            target = before.target._replace(secret=webhook.new_secret())
            after = await self._book.change(connection, before, before.view, target)
            await _noted(connection, by, "alert_channel.sign", after, before.view, after.view)
        return target.secret

    async def remove(self, by: Caller, tenant: str | None, id: str, version: int | None = None) -> None:  # noqa: A002
        """Raises `NotFound`, `Outdated`."""
        async with self._db.within(tenant) as connection:
            before = await self._found(connection, tenant, id, version)
            await self._book.remove(connection, before)
            await _noted(connection, by, "alert_channel.remove", before, before.view, None)

    async def test(self, by: Caller, tenant: str | None, id: str) -> Outcome:  # noqa: A002  the model's word
        """Tell it that all is well, now; how that went. Raises `NotFound`."""
        async with self._db.within(tenant) as connection:
            channel = await self._found(connection, tenant, id, None)
            await audit.write(connection, by, "alert_channel.test", f"alert_channel/{id}", tenant)
        try:
            return Outcome(ok=True, words=await tell(self._settings, channel, new_id(), trial_body()))
        except Untold as error:
            return Outcome(ok=False, words=str(error))

    async def _found(self, connection: "Connection", tenant: str | None, id_: str, version: int | None) -> Channel:
        found = await self._book.one(connection, tenant, id_)
        if version not in (None, found.view.version):
            raise Outdated(
                f"The channel was changed meanwhile: it is at version {found.view.version}, not {version}. "
                "Read it again, then repeat the change."
            )
        return found

    def _target(self, kind: Kind, to: str, secret: str) -> Target:
        return self._webhook(to, secret) if kind == "webhook" else self._letters(to)

    def _webhook(self, to: str, secret: str) -> Target:
        try:
            webhook.judged(to, self._settings.alerts.hosts)
        except Rejected as error:
            hint = "give one that begins with https:// and can be reached from everywhere, or have its host named in "
            raise Invalid({"to": f"{error} So {hint}[alerts] hosts"}) from None
        return Target(url=to, secret=secret)

    def _letters(self, to: str) -> Target:
        if not self.has_mail:
            raise Invalid({"kind": "no e-mail can be sent from here: [smtp] host is not set; take a webhook"})
        addresses = tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", to))))
        if wrong := [one for one in addresses if not _ADDRESS.fullmatch(one)]:
            raise Invalid({"to": f"{wrong[0]} is no e-mail address"})
        if not 0 < len(addresses) <= ADDRESSES:
            raise Invalid({"to": f"1 to {ADDRESSES} e-mail addresses"})
        return Target(to=addresses)


def _topics(tenant: str | None, topics: Sequence[Topic]) -> None:
    if tenant is not None and (foreign := [one for one in topics if one not in OF_TENANTS]):
        known = ", ".join(OF_TENANTS)
        raise Invalid({"topics": f"{foreign[0]} is told to who runs Xyper only; a tenant is told of {known}"})


async def _there(connection: "Connection", tenant: str | None) -> None:
    if tenant is not None and not await connection.fetchval("select true from tenants where id = $1", tenant):
        raise NotFound(f"There is no tenant {tenant}.")


async def _noted(
    connection: "Connection", by: Caller, action: Deed, channel: Channel, before: ChannelView | None,
    after: ChannelView | None,
) -> None:  # fmt: skip
    names = {"kind", "name", "target", "topics", "enabled"}
    was, is_ = (None if one is None else one.model_dump(mode="json", include=names) for one in (before, after))
    subject = f"alert_channel/{channel.view.id}"
    await audit.write(connection, by, action, subject, channel.tenant, before=was, after=is_)
