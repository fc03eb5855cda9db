"""Who hears of a WhatsApp account's messages: the app that is subscribed, at the address that counts.

Of three addresses (the number's, the WhatsApp account's, the app's) the first one that is set counts. Writing ours has
Meta call it at once, so a subscription that was taken is also one whose address was reached.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from xyper_engine.errors import Rejected
from xyper_engine.steps import Finding, KnownHook, Work
from xyper_whatsapp.graph import call
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.templates import waba_of

LONGEST = 200
"""Characters of an address that Meta takes."""
_NOT_REACHED = "2200"
_NO_HOOK = (
    "Make the operator's with `xyper tenants hook`, or one of the tenant's own: a hook of the tenant's file, with the "
    "secret of its Meta app."
)
_REACH = (
    "Is `xyper serve` running, and does [server] public_url lead to it from outside, by HTTPS on port 443? Meta calls "
    "it with GET and must get its challenge back. Then go on."
)


class Subscriptions:
    def __init__(self, settings: WhatsAppSettings) -> None:
        self._settings = settings

    async def look(self, work: Work) -> Finding:
        """Whether an app is subscribed, and which address counts."""
        hook = await work.hook()
        if hook is None:
            return Finding("failed", "There is no webhook address for it.", _NO_HOOK)
        listed = await self._ask(work, "GET", self._apps(work))
        if not listed.get("data"):
            return Finding("missing", "No app is subscribed to the WhatsApp account.", "An onboarding subscribes it.")
        counts = await self._counts(work)
        if counts == hook.url:
            return Finding("done", f"Meta calls {hook.url}.")
        words = f"Meta calls {counts or 'no address'} and not {hook.url}."
        return Finding("missing", words, "An onboarding sets it right.")

    async def mend(self, work: Work) -> Finding:
        """Subscribe the token's app, with our address as the override: Meta calls it at once."""
        hook = await work.make_hook(verify_token=True)
        if len(hook.url) > LONGEST:
            return Finding("failed", f"Meta takes addresses of up to {LONGEST} characters.", "Shorten public_url.")
        try:
            await self._ask(work, "POST", self._apps(work), body=_override(hook))
        except Rejected as error:
            if error.code != _NOT_REACHED:
                raise
            return Finding("failed", f"Meta did not get its challenge back from {hook.url}. {error}", _REACH)
        return await self._confirmed(work, hook)

    async def challenged(self, work: Work) -> Finding:
        """Whether the handshake was seen from here."""
        hook = await work.hook()
        if hook is None:
            return Finding("failed", "There is no webhook address for it.", _NO_HOOK)
        if hook.challenged_at is None:
            return Finding("missing", f"Meta has not called {hook.url} yet.", "An onboarding has it called.")
        return Finding("done", f"Meta called {hook.url} on {hook.challenged_at:%Y-%m-%d at %H:%M} UTC.")

    async def _confirmed(self, work: Work, hook: KnownHook) -> Finding:
        """What counts now. Raises nothing of its own: where Meta took it and another counts, a person decides."""
        counts = await self._counts(work)
        if counts != hook.url:
            todo = "The number itself has an override: remove it in Meta's app, or by API, and go on."
            return Finding("failed", f"Meta took the address, but calls {counts or 'none'}.", todo)
        seen = await work.hook()
        if seen is None or seen.challenged_at is None:
            return Finding("failed", "Meta took the address, but its call was not seen here.", _REACH)
        return Finding("done", f"Meta calls {hook.url}.")

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


def _override(hook: KnownHook) -> Mapping[str, str]:
    token = hook.hook.verify_tokens[0].get_secret_value()
    return {"override_callback_uri": hook.url, "verify_token": token}
