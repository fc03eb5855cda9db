"""Who hears of a WhatsApp account's messages: the app that is subscribed, at the address that counts.

Of three addresses (the number's, the WhatsApp account's, the app's) the first one that is set counts. Writing ours has
Meta call it at once, so a subscription that was taken is also one whose address was reached.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from xyper_engine.errors import Rejected
from xyper_engine.saying import quoted, said
from xyper_engine.steps import Finding, KnownHook, Work
from xyper_whatsapp.graph import call
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.templates import waba_of

LONGEST = 200
"""Characters of an address that Meta takes."""
_NOT_REACHED = "2200"
_NO_HOOK = (
    said("whatsapp.hook.none", "There is no webhook address for it."),
    said(
        "whatsapp.hook.none.todo",
        "Make the operator's with `xyper tenants hook`, or one of the tenant's own: a hook of the tenant's file, with "
        "the secret of its Meta app.",
    ),
)
_REACH = said(
    "whatsapp.hook.reach.todo",
    "Is `xyper serve` running, and does [server] public_url lead to it from outside, by HTTPS on port 443? Meta calls "
    "it with GET and must get its challenge back. Then go on.",
)


class Subscriptions:
    def __init__(self, settings: WhatsAppSettings) -> None:
        self._settings = settings

    async def look(self, work: Work) -> Finding:
        """Whether an app is subscribed, and which address counts."""
        hook = await work.hook()
        if hook is None:
            return Finding("failed", *_NO_HOOK)
        listed = await self._ask(work, "GET", self._apps(work))
        if not listed.get("data"):
            found = said("whatsapp.app.none", "No app is subscribed to the WhatsApp account.")
            return Finding("missing", found, said("whatsapp.app.none.todo", "An onboarding subscribes it."))
        counts = await self._counts(work)
        if counts == hook.url:
            return _right(hook)
        other = counts or said("whatsapp.hook.no_address", "no address")
        found = said("whatsapp.hook.other", "Meta calls {other} and not {url}.", other=other, url=hook.url)
        return Finding("missing", found, said("whatsapp.hook.other.todo", "An onboarding sets it right."))

    async def mend(self, work: Work) -> Finding:
        """Subscribe the token's app, with our address as the override: Meta calls it at once."""
        hook = await work.make_hook(verify_token=True)
        if len(hook.url) > LONGEST:
            found = said("whatsapp.hook.long", "Meta takes addresses of up to {most} characters.", most=LONGEST)
            return Finding("failed", found, said("whatsapp.hook.long.todo", "Shorten public_url."))
        try:
            await self._ask(work, "POST", self._apps(work), body=_override(hook))
        except Rejected as error:
            if error.code != _NOT_REACHED:
                raise
            words = "Meta did not get its challenge back from {url}. {error}"
            found = said("whatsapp.hook.unreached", words, url=hook.url, error=quoted(str(error)))
            return Finding("failed", found, _REACH)
        return await self._confirmed(work, hook)

    async def challenged(self, work: Work) -> Finding:
        """Whether the handshake was seen from here."""
        hook = await work.hook()
        if hook is None:
            return Finding("failed", *_NO_HOOK)
        if hook.challenged_at is None:
            found = said("whatsapp.hook.uncalled", "Meta has not called {url} yet.", url=hook.url)
            return Finding("missing", found, said("whatsapp.hook.uncalled.todo", "An onboarding has it called."))
        return Finding(
            "done", said("whatsapp.hook.called", "Meta called {url} on {at}.", url=hook.url, at=hook.challenged_at)
        )

    async def _confirmed(self, work: Work, hook: KnownHook) -> Finding:
        """What counts now. Raises nothing of its own: where Meta took it and another counts, a person decides."""
        counts = await self._counts(work)
        if counts != hook.url:
            words = "The number itself has an override: remove it in Meta's app, or by API, and go on."
            other = counts or said("whatsapp.hook.no_address", "no address")
            found = said("whatsapp.hook.overridden", "Meta took the address, but calls {other}.", other=other)
            return Finding("failed", found, said("whatsapp.hook.overridden.todo", words))
        seen = await work.hook()
        if seen is None or seen.challenged_at is None:
            found = said("whatsapp.hook.unseen", "Meta took the address, but its call was not seen here.")
            return Finding("failed", found, _REACH)
        return _right(hook)

    async def _counts(self, work: Work) -> str:
        """The address that Meta calls for this number."""
        number = quote(work.account.endpoint.account, safe="")
        found = await self._ask(work, "GET", number, query={"fields": "webhook_configuration"})
        configured = found.get("webhook_configuration")
        known = configured if isinstance(configured, dict) else {}
        order = ("phone_number", "whatsapp_business_account", "application")
        return next((str(known[name]) for name in order if known.get(name)), "")

    def _apps(self, work: Work) -> str:
        return f"{quote(waba_of(work.account), safe='')}/subscribed_apps"

    async def _ask(self, work: Work, method: str, path: str, **more: Any) -> Mapping[str, Any]:
        return await call(method, path, work.account, self._settings, work.rt.http, note=work.calls.append, **more)


def _right(hook: KnownHook) -> Finding:
    return Finding("done", said("whatsapp.hook.right", "Meta calls {url}.", url=hook.url))


def _override(hook: KnownHook) -> Mapping[str, str]:
    token = hook.hook.verify_tokens[0].get_secret_value()
    return {"override_callback_uri": hook.url, "verify_token": token}
