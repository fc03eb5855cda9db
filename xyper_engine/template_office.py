"""A tenant's templates, as its operator manages them by the command line or over HTTP, on whatever channel has some."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xyper_engine.abilities import Example, ManagesTemplates, TemplateDesk
from xyper_engine.errors import Conflict, NotFound, Unsendable
from xyper_engine.intake import bounded, checked, too_big
from xyper_engine.model import Account, Endpoint, new_id
from xyper_engine.parts import MediaKind
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import Sealer
from xyper_engine.state.files import Owner, StoredFile
from xyper_engine.template import ApprovedTemplate
from xyper_engine.tenants.reading import show_tenant


@dataclass(frozen=True, slots=True)
class Given:
    """A file that somebody hands in as an example of a header."""

    kind: MediaKind
    chunks: AsyncIterator[bytes]
    mime: str
    """As its sender says."""
    name: str
    size: int
    """The same: 0 where it is not said."""


class TemplateOffice:
    """`account` is an account's id or that of the vendor's account above it; None where a tenant has only one.

    All raise `NotFound` or `Conflict` for a wrong tenant or account, and what a `TemplateDesk` raises.
    """

    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry

    async def list(self, tenant: str, account: str | None = None) -> Sequence[ApprovedTemplate]:
        """As last heard of, without asking the vendor."""
        above = {one.parent for one in await self._accounts(tenant, account)}
        return [one for one in await self._rt.templates.list(tenant) if one.account in above]

    async def sync(self, tenant: str, account: str | None = None) -> int:
        """Read all anew; how many there are."""
        counts = [await self._desk(one).sync(one, self._rt) for one in await self._accounts(tenant, account)]
        return sum(counts)

    async def show(self, tenant: str, given: Given, account: str | None = None) -> tuple[StoredFile, str]:
        """Hand an example file in; what it was found to be, and the vendor's handle. We keep it for a day.

        Raises `Unsendable` for a file that the vendor does not take as this kind.
        """
        one = await self._one(tenant, account)
        desk = self._desk(one)
        limit = desk.examples.get(given.kind)
        if limit is None:
            raise Unsendable(f"A template's header holds no {given.kind}.", "not_taken")
        if given.size > limit.size:
            raise too_big(limit)
        owner = Owner(tenant, f"upload/template/{new_id()}", 0, "", given.kind)
        chunks = bounded(given.chunks, limit)
        file = checked(await self._rt.files.keep(owner, chunks, mime=given.mime, name=given.name), limit)
        return file, await desk.show(Example(file.id, file.mime, file.name, file.size), one, self._rt)

    async def create(self, tenant: str, draft: Mapping[str, Any], account: str | None = None) -> str:
        """Hand in a new one, written as the vendor documents it; the vendor's id."""
        one = await self._one(tenant, account)
        return await self._desk(one).create(draft, one, self._rt)

    async def edit(self, tenant: str, id: str, draft: Mapping[str, Any]) -> None:  # noqa: A002  the vendor's word
        """Change what `draft` names."""
        found = await self._kept(tenant, id)
        one = await self._one(tenant, found.account)
        await self._desk(one).edit(id, draft, one, self._rt)

    async def delete(self, tenant: str, name: str, id: str | None = None, account: str | None = None) -> None:  # noqa: A002
        """The one with this id, else all of this name."""
        if id is not None:
            found = await self._kept(tenant, id)
            if found.name != name:
                raise Conflict(f"The template {id} is called {found.name!r}.")
            account = found.account
        one = await self._one(tenant, account)
        await self._desk(one).delete(name, id, one, self._rt)

    async def _kept(self, tenant: str, id: str) -> ApprovedTemplate:  # noqa: A002
        """By the vendor's id, and only this tenant's: a token may open more accounts than the tenant's own."""
        for template in await self._rt.templates.list(tenant):
            if template.id == id:
                return template
        raise NotFound(f"{tenant} has no template with the id {id}: `xyper templates list {tenant}` shows them.")

    async def _one(self, tenant: str, account: str | None) -> Account:
        found = await self._accounts(tenant, account)
        if len(found) > 1:
            raise Conflict(f"{tenant} has several accounts, name one: {', '.join(str(one.parent) for one in found)}.")
        return found[0]

    async def _accounts(self, tenant: str, account: str | None) -> Sequence[Account]:
        """For each of the vendor's accounts the oldest below it, or just the one that is named."""
        view = await show_tenant(self._rt.db, Sealer.from_settings(self._rt.settings), tenant)
        found: dict[str, Account] = {}
        for one in view.accounts:
            named = account in (None, one.parent, one.endpoint.account)
            if one.parent and named and isinstance(self._adapter(one.endpoint), ManagesTemplates):
                opened = await self._rt.directory.account(one.endpoint)
                if opened is not None:
                    found.setdefault(one.parent, opened)
        if not found:
            raise NotFound(f"{tenant} has no account {account or 'that has templates'}: its `parent` must be set.")
        return list(found.values())

    def _desk(self, account: Account) -> TemplateDesk:
        adapter = self._adapter(account.endpoint)
        if not isinstance(adapter, ManagesTemplates):
            raise NotFound(f"{account.endpoint} has no templates.")
        return adapter.templates

    def _adapter(self, endpoint: Endpoint) -> object:
        return self._registry.adapter(endpoint.adapter)
