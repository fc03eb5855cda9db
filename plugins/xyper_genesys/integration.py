"""The account's Open Messaging integration: made or adopted, with our webhook, its secret and our header; and its flow.

An account whose id begins with `new-` has none yet. One that already has our webhook is adopted, so that a creation
whose answer was lost is not repeated.
"""

from collections.abc import Iterator, Sequence

from xyper_engine.abilities import Offer
from xyper_engine.model import Account
from xyper_engine.saying import Quoted, said
from xyper_engine.steps import Finding, KnownHook, Work
from xyper_genesys.api import INTEGRATIONS, path
from xyper_genesys.set_up_calls import Calls, Json, StepCalls, named

RECIPIENTS = "/api/v2/routing/message/recipients"
NEW = "new-"
HEADER = "X-Xyper-Tenant"
"""Sent with every webhook, for proxies and people: what proves a webhook is its signature."""
_URL, _SECRET = "outboundNotificationWebhookUrl", "outboundNotificationWebhookSignatureSecretToken"
_WHERE = "Admin > Message > Platforms > Open Messaging"
_GONE = (
    said("genesys.integration.gone", "There is no such Open Messaging integration in this organization."),
    said(
        "genesys.integration.gone.todo",
        "Correct the account's id, or write `{new}…` for one that is to be made.",
        new=NEW,
    ),
)


def unborn(account: Account) -> bool:
    """Whether the integration has yet to be made."""
    return account.endpoint.account.startswith(NEW)


def route(account: Account) -> str:
    return f"{INTEGRATIONS}/{path(account.endpoint.account)}"


class Integrations:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def look(self, work: Work) -> Finding:
        """Whether it is there and tells us of what agents say."""
        calls, hook = self._calls.of(work), await work.hook()
        if unborn(work.account):
            return await self._adopted(calls, hook)
        answer = await calls.ask("GET", route(work.account), accept=(404,))
        if answer.status == 404:
            return Finding("failed", *_GONE)
        wrong = list(_differences(answer.body if isinstance(answer.body, dict) else {}, hook))
        if wrong:
            found = said("genesys.integration.differs", "{faults}.", faults=wrong)
            return Finding("missing", found, said("genesys.integration.differs.todo", "An onboarding sets it right."))
        return Finding("done", said("genesys.integration.right", "It calls {url}.", url=hook.url if hook else ""))

    async def mend(self, work: Work) -> Finding:
        """Make it, or give it our webhook. The secret is stored before Genesys is told of it."""
        calls, hook = self._calls.of(work), await work.make_hook(secret=True)
        if unborn(work.account):
            found = await self._adopted(calls, hook)
            return found if found.state == "done" else await self._made(calls, hook)
        held = await calls.read(route(work.account))
        await calls.put("PATCH", route(work.account), _wanted(work.account, hook, held))
        return await self.look(work)

    async def created(self, work: Work) -> Finding:
        """Genesys makes it in its own time."""
        held = await self._calls.of(work).read(route(work.account))
        created, status = named(held, "createStatus"), named(held, "status")
        if created == "Initiated":
            todo = said("genesys.integration.initiated.todo", "Wait a minute; then go on.")
            return Finding("waiting", said("genesys.integration.initiated", "Genesys is still making it."), todo)
        if created == "Error":
            return _unmade(named(held, "createError", "message"))
        if status.lower() not in ("", "active"):
            found = said("genesys.integration.status", "Its status is {status}.", status=Quoted(status))
            return Finding(
                "failed", found, said("genesys.integration.status.todo", "Open it in Genesys: {where}.", where=_WHERE)
            )
        shown = [Quoted(one) for one in (created, status) if one]
        made = said("genesys.integration.made", "Genesys has made it: {shown}.", shown=shown)
        return Finding("done", made if shown else said("genesys.integration.there", "Genesys has made it."))

    async def flow(self, work: Work) -> Finding:
        """Whether something takes its messages."""
        calls = self._calls.of(work)
        held = await calls.read(route(work.account))
        recipient = named(held, "recipient", "id") or work.account.endpoint.account
        found = await calls.read(f"{RECIPIENTS}/{path(recipient)}")
        if flow := named(found, "flow", "id"):
            return Finding(
                "done", said("genesys.flow.right", "The flow {name}.", name=named(found, "flow", "name") or flow)
            )
        words = (
            "In Genesys, publish an inbound message flow in Architect. Then, in Admin > Routing > Message Routing, "
            "add it with the address '{name}', and go on."
        )
        todo = said("genesys.flow.none.todo", words, name=named(held, "name"))
        missing = said("genesys.flow.none", "No flow takes its messages: customers would wait unheard.")
        return Finding("waiting", missing, todo)

    async def offers(self, work: Work) -> Sequence[Offer]:
        """Those that an account without one could take on, each with whom it tells of its messages now."""
        if not unborn(work.account):
            return ()
        found = [one async for one in self._calls.of(work).all(INTEGRATIONS) if named(one, "id")]
        return [Offer(named(one, "id"), named(one, "name"), _told(named(one, _URL))) for one in found]

    async def _adopted(self, calls: StepCalls, hook: KnownHook | None) -> Finding:
        """One that has our webhook already."""
        async for one in calls.all(INTEGRATIONS):
            if hook is not None and named(one, _URL) == hook.url and named(one, "id"):
                found = said("genesys.integration.adopted", "'{name}' is there already.", name=named(one, "name"))
                return Finding("done", found, account=named(one, "id"))
        todo = said("genesys.integration.unmade.todo", "An onboarding makes it.")
        return Finding("missing", said("genesys.integration.unmade", "It is not made yet."), todo)

    async def _made(self, calls: StepCalls, hook: KnownHook) -> Finding:
        made = await calls.put("POST", INTEGRATIONS, _wanted(calls.work.account, hook, {}))
        found = said("genesys.integration.making", "Genesys makes '{name}'.", name=named(made, "name"))
        return Finding("done", found, account=named(made, "id"))


def _told(url: str) -> str:
    return said("genesys.offer.taken", "It calls {url} now.", url=url) if url else ""


def _unmade(why: str) -> Finding:
    reason = Quoted(why) if why else said("genesys.integration.no_reason", "Genesys did not say why")
    words = "Mend that, delete it in Genesys ({where}), and write `{new}…` as the account's id."
    found = said("genesys.integration.error", "Genesys could not make it: {why}.", why=reason)
    return Finding("failed", found, said("genesys.integration.error.todo", words, where=_WHERE, new=NEW))


def _wanted(account: Account, hook: KnownHook, held: Json) -> Json:
    """What it is to be; what an administrator gave it besides stays."""
    name = named(held, "name") or account.name or f"Xyper {account.tenant}"
    headers = {**(held.get("webhookHeaders") or {}), HEADER: account.tenant}
    secret = hook.hook.secrets[0].get_secret_value()
    return {"name": name, _URL: hook.url, _SECRET: secret, "webhookHeaders": headers}


def _differences(held: Json, hook: KnownHook | None) -> Iterator[str]:
    if hook is None:
        yield said("genesys.hook.none", "There is no webhook address for it")
        return
    if named(held, _URL) != hook.url:
        other = named(held, _URL) or said("genesys.hook.unset", "not set")
        yield said("genesys.hook.other", "Its webhook URL is {other} and not {url}", other=other, url=hook.url)
    secret = named(held, _SECRET)  # Genesys may leave it out; then only a webhook can show whether it is right
    if secret and secret not in {one.get_secret_value() for one in hook.hook.secrets}:
        yield said("genesys.hook.secret", "It signs with a secret that is not the webhook address's")
