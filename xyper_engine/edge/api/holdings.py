"""What a tenant has: its accounts at the vendors, the links between them, and its webhook addresses.

Their `ETag` is the tenant's version. Secrets are given when something is made, and never told again.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.edge.api.tenants import ONE
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Answer, Call, Given, Route, Told
from xyper_engine.model import Endpoint
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import Sealer
from xyper_engine.tenant_rules import PluginRules
from xyper_engine.tenants.holdings import Holdings
from xyper_engine.tenants.spec import AccountSpec, HookSpec, LinkSpec, Name, Parent
from xyper_engine.tenants.views import AccountView, HookView, LinkView

T = TypeVar("T")

_ACCOUNTS, _LINKS, _HOOKS = f"{ONE}/accounts", f"{ONE}/links", f"{ONE}/hooks"
_ACCOUNT, _LINK, _HOOK = f"{_ACCOUNTS}/{{adapter}}/{{account}}", f"{_LINKS}/{{id}}", f"{_HOOKS}/{{id}}"


class AccountChange(Given):
    """What is left out stays."""

    name: Name = ""
    parent: Parent | None = None
    """The vendor's own account above this one (WhatsApp: the WABA id)."""
    config: dict[str, Any] = Field(default_factory=dict)
    """As a whole."""


class HookChange(Given):
    account: str | None = Field(max_length=200)
    """The account that it serves; null: all of the tenant's accounts on its channel."""


class AccountTold(Told):
    adapter: str
    account: str
    name: str
    parent: str | None
    config: dict[str, Any]
    secrets: tuple[str, ...]
    """The names of those that are set."""


class LinkTold(Told):
    id: str
    customer: str
    """The account that customers write to, as `<adapter>/<account>`."""
    agent: str
    """The account that agents answer from."""


class HookTold(Told):
    id: str
    url: str
    """What the vendor is to call."""
    adapter: str
    account: str | None


class AccountPage(Told):
    accounts: tuple[AccountTold, ...]
    next: str | None


class LinkPage(Told):
    links: tuple[LinkTold, ...]
    next: str | None


class HookPage(Told):
    hooks: tuple[HookTold, ...]
    next: str | None


class HoldingsApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._holdings = Holdings(rt.db, Sealer.from_settings(rt.settings), PluginRules(registry))
        self._url = rt.settings.public_url

    def routes(self) -> tuple[Route, ...]:
        read, change = Action.tenants_read, Action.tenants_change
        return (
            Route("GET", _ACCOUNTS, read, self.accounts, "List a tenant's accounts.", query=Page, answer=AccountPage),
            Route("POST", _ACCOUNTS, change, self.add_account, "Add an account.", body=AccountSpec,
                  answer=AccountTold, status=201),
            Route("GET", _ACCOUNT, read, self.account, "Read an account.", answer=AccountTold),
            Route("PATCH", _ACCOUNT, change, self.change_account, "Change an account.", body=AccountChange,
                  answer=AccountTold, conditional=True),
            Route("DELETE", _ACCOUNT, change, self.remove_account, "Remove an account.", conditional=True),
            Route("GET", _LINKS, read, self.links, "List a tenant's links.", query=Page, answer=LinkPage),
            Route("POST", _LINKS, change, self.add_link, "Link a number to an integration.", body=LinkSpec,
                  answer=LinkTold, status=201),
            Route("GET", _LINK, read, self.link, "Read a link.", answer=LinkTold),
            Route("DELETE", _LINK, change, self.remove_link, "Remove a link.", conditional=True),
            Route("GET", _HOOKS, read, self.hooks, "List a tenant's webhook addresses.", query=Page, answer=HookPage),
            Route("POST", _HOOKS, change, self.add_hook, "Add a webhook address.", body=HookSpec, answer=HookTold,
                  status=201),
            Route("GET", _HOOK, read, self.hook, "Read a webhook address.", answer=HookTold),
            Route("PATCH", _HOOK, change, self.change_hook, "Say which account a webhook address serves.",
                  body=HookChange, answer=HookTold, conditional=True),
            Route("DELETE", _HOOK, change, self.remove_hook, "Remove a webhook address.", conditional=True),
        )  # fmt: skip

    async def accounts(self, call: Call) -> Answer:
        found, version = await self._holdings.accounts(call.tenant)
        page, following = _page(call.query, found, _account_key)
        return _answer(AccountPage(accounts=tuple(map(_account, page)), next=following), version)

    async def account(self, call: Call) -> Answer:
        view, version = await self._holdings.account(call.tenant, _endpoint(call))
        return _answer(_account(view), version)

    async def add_account(self, call: Call) -> Answer:
        """Its adapter says what `config` and `secrets` must hold. A tenant's WhatsApp numbers lie below one WABA."""
        spec: AccountSpec = call.body
        await self._holdings.add_account(call.caller, call.tenant, spec)
        return await self._told_account(call, Endpoint(adapter=spec.adapter, account=spec.account))

    async def change_account(self, call: Call) -> Answer:
        values = call.body.model_dump(exclude_unset=True)
        await self._holdings.change_account(call.caller, call.tenant, _endpoint(call), values, call.version)
        return await self._told_account(call, _endpoint(call))

    async def remove_account(self, call: Call) -> None:
        """Its links and its own webhook addresses must be removed first."""
        await self._holdings.remove_account(call.caller, call.tenant, _endpoint(call), call.version)

    async def links(self, call: Call) -> Answer:
        found, version = await self._holdings.links(call.tenant)
        page, following = _page(call.query, found, _id)
        return _answer(LinkPage(links=tuple(map(_link, page)), next=following), version)

    async def link(self, call: Call) -> Answer:
        view, version = await self._holdings.link(call.tenant, call.path("id"))
        return _answer(_link(view), version)

    async def add_link(self, call: Call) -> Answer:
        id_ = await self._holdings.add_link(call.caller, call.tenant, call.body)
        view, version = await self._holdings.link(call.tenant, id_)
        return _answer(_link(view), version)

    async def remove_link(self, call: Call) -> None:
        await self._holdings.remove_link(call.caller, call.tenant, call.path("id"), call.version)

    async def hooks(self, call: Call) -> Answer:
        found, version = await self._holdings.hooks(call.tenant)
        page, following = _page(call.query, found, _id)
        return _answer(HookPage(hooks=tuple(map(self._hook, page)), next=following), version)

    async def hook(self, call: Call) -> Answer:
        return await self._told_hook(call, call.path("id"))

    async def add_hook(self, call: Call) -> Answer:
        """Without an `id` it gets one that nobody can guess."""
        return await self._told_hook(call, await self._holdings.add_hook(call.caller, call.tenant, call.body))

    async def change_hook(self, call: Call) -> Answer:
        account: str | None = call.body.account
        await self._holdings.change_hook(call.caller, call.tenant, call.path("id"), account, call.version)
        return await self._told_hook(call, call.path("id"))

    async def remove_hook(self, call: Call) -> None:
        """What the vendor still sends to it is refused from now on."""
        await self._holdings.remove_hook(call.caller, call.tenant, call.path("id"), call.version)

    async def _told_account(self, call: Call, endpoint: Endpoint) -> Answer:
        view, version = await self._holdings.account(call.tenant, endpoint)
        return _answer(_account(view), version)

    async def _told_hook(self, call: Call, id_: str) -> Answer:
        view, version = await self._holdings.hook(call.tenant, id_)
        return _answer(self._hook(view), version)

    def _hook(self, view: HookView) -> HookTold:
        return HookTold(id=view.id, url=f"{self._url}{view.address}", adapter=view.adapter, account=view.account)


def _endpoint(call: Call) -> Endpoint:
    return Endpoint(adapter=call.path("adapter"), account=call.path("account"))


def _account(view: AccountView) -> AccountTold:
    names = dict.fromkeys(secret.name for secret in view.secrets)
    return AccountTold(
        **view.endpoint.model_dump(), name=view.name, parent=view.parent, config=dict(view.config), secrets=tuple(names)
    )


def _link(view: LinkView) -> LinkTold:
    return LinkTold(id=view.id, customer=str(view.customer), agent=str(view.agent))


def _account_key(view: AccountView) -> str:
    return str(view.endpoint)


def _id(view: LinkView | HookView) -> str:
    return view.id


def _page(query: Page, found: Sequence[T], key: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """A tenant has few of these, so they are read at once, and told in pages, by their keys."""
    (after,) = query.after(str) or ("",)
    rest = sorted((one for one in found if key(one) > str(after)), key=key)
    page = rest[: query.limit]
    return page, cursor(key(page[-1])) if len(rest) > query.limit else None


def _answer(value: Told, version: int) -> Answer:
    return Answer(value, etag=str(version))
