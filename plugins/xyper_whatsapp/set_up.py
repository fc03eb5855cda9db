"""What must be true of a WhatsApp number before messages flow: the token, the number itself, who is told of its news.

A reader begins with `steps`. Sources: Meta, "Access tokens", "Override webhooks", "Registering phone numbers".
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from secrets import randbelow
from typing import Any
from urllib.parse import quote

from xyper_engine.errors import AuthRefused, Rejected, SendError
from xyper_engine.model import now
from xyper_engine.saying import Quoted, said
from xyper_engine.steps import Finding, Step, Work
from xyper_whatsapp.graph import call
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.subscription import Subscriptions
from xyper_whatsapp.templates import waba_of
from xyper_whatsapp.to_wire import access_token

SCOPES = ("whatsapp_business_management", "whatsapp_business_messaging")
SOON = timedelta(days=14)
"""Before a token expires, so long people are told."""
PIN = "pin"
"""The account's secret with the number's two-step PIN, where it has one."""
_LIMIT = "whatsapp_business_manager_messaging_limit"
"""Of the whole business portfolio; each of its numbers tells it."""
_FIELDS = (
    "display_phone_number,verified_name,quality_rating,status,code_verification_status,platform_type,health_status,"
    f"{_LIMIT}"
)
_SHOWN = ("display_phone_number", "verified_name", "quality_rating", "status")
_REGISTERED = "CLOUD_API"
_NOT_VERIFIED = ("NOT_VERIFIED", "EXPIRED")
_WRONG_PIN = ("133005", "133006")


def steps(settings: WhatsAppSettings) -> tuple[Step, ...]:
    """In the order in which they are taken."""
    number, subscriptions = Number(settings), Subscriptions(settings)
    return (
        Step("token", "The access token is valid, for this WhatsApp account", number.token),
        Step("number", "The number is registered", number.look, number.register),
        Step("subscription", "Meta tells us of its messages", subscriptions.look, subscriptions.mend),
        # Not needed: a webhook that was set up in Meta's dashboard before handshakes were noted works all the same.
        Step("challenge", "Meta has reached our webhook", subscriptions.challenged, subscriptions.mend, needed=False),
    )


class Number:
    """A phone number, and the token that speaks for it."""

    def __init__(self, settings: WhatsAppSettings) -> None:
        self._settings = settings

    async def token(self, work: Work) -> Finding:
        """What Meta says of the token."""
        waba = waba_of(work.account)
        try:
            answer = await self._ask(work, "GET", "debug_token", query={"input_token": access_token(work.account)})
        except Rejected:
            # Not every token may be asked about by itself; that it is refused altogether is another answer.
            words = "Meta does not say what this token may do; the next steps show it."
            return Finding("done", said("whatsapp.token.unasked", words))
        data = answer.get("data")
        return _judged(data if isinstance(data, dict) else {}, waba)

    async def look(self, work: Work) -> Finding:
        """How the number stands."""
        found = await self._ask(work, "GET", quote(work.account.endpoint.account, safe=""), query={"fields": _FIELDS})
        shown = ", ".join(str(found[name]) for name in _SHOWN if name != "display_phone_number" and found.get(name))
        if found.get("code_verification_status") in _NOT_VERIFIED and found.get("platform_type") != _REGISTERED:
            words = "Verify it in WhatsApp Manager, by the code that Meta sends to it; then go on."
            todo = said("whatsapp.number.unverified.todo", words)
            unverified = said("whatsapp.number.unverified", "Meta has not verified that the number is yours.")
            return Finding("failed", unverified, todo)
        if found.get("platform_type", _REGISTERED) != _REGISTERED or found.get("status") == "PENDING":
            unregistered = said("whatsapp.number.unregistered", "It is not registered ({shown}).", shown=Quoted(shown))
            todo = said("whatsapp.number.unregistered.todo", "An onboarding registers it.")
            return Finding("missing", unregistered, todo)
        if faults := list(_blocked(found)):
            blocked = said("whatsapp.number.blocked", "Meta lets it send nothing: {why}.", why=faults)
            return Finding("failed", blocked, said("whatsapp.number.blocked.todo", "See WhatsApp Manager."))
        quality, limit = str(found.get("quality_rating") or ""), str(found.get(_LIMIT) or "")
        return Finding("done", shown, quality=quality, messaging_limit=limit)

    async def register(self, work: Work) -> Finding:
        """With the PIN that is kept; with a new one, kept first, where there is none."""
        pin = work.account.secret(PIN)
        if pin is None:
            pin = f"{randbelow(1_000_000):06d}"
            await work.keep(PIN, pin)
        body = {"messaging_product": "whatsapp", "pin": pin}
        try:
            await self._ask(work, "POST", f"{quote(work.account.endpoint.account, safe='')}/register", body=body)
        except SendError as error:
            if error.code not in _WRONG_PIN:
                raise
            words = "Store its two-step PIN as the account's secret `pin`, or switch the PIN off in WhatsApp Manager."
            return Finding("failed", str(error), said("whatsapp.number.pin.todo", words))
        return await self.look(work)

    async def _ask(self, work: Work, method: str, path: str, **more: Any) -> Mapping[str, Any]:
        return await call(method, path, work.account, self._settings, work.rt.http, note=work.calls.append, **more)


def _judged(data: Mapping[str, Any], waba: str) -> Finding:
    """What `debug_token` told. Raises `AuthRefused`."""
    if data.get("is_valid") is False:
        words = "Meta says that the access token is invalid or expired: store a new system user's token."
        raise AuthRefused(said("whatsapp.token.invalid", words))
    missing = [scope for scope in SCOPES if scope not in (data.get("scopes") or ())]
    if missing:
        words = "In Meta's Business settings, give a system user the WhatsApp account and make a token with {scopes}."
        todo = said("whatsapp.token.lacks.todo", words, scopes=SCOPES)
        return Finding("failed", said("whatsapp.token.lacks", "The token lacks {scopes}.", scopes=missing), todo)
    if others := _elsewhere(data.get("granular_scopes") or (), waba):
        return _misplaced(waba, others)
    return _lasting(data.get("expires_at"))


def _misplaced(waba: str, others: Sequence[str]) -> Finding:
    words = "The token is valid, but not for this WhatsApp account {waba}: it is for {others}."
    found = said("whatsapp.token.elsewhere", words, waba=waba, others=others)
    words = (
        "In Meta's Business settings, give a system user the WhatsApp account and make a token with {scopes}, or "
        "correct the account's `parent`."
    )
    return Finding("failed", found, said("whatsapp.token.elsewhere.todo", words, scopes=SCOPES))


def _elsewhere(granular: Sequence[Any], waba: str) -> Sequence[str]:
    """The accounts that a scope is limited to, where this one is not among them; a scope without any has no limit."""
    for one in granular:
        targets = [str(target) for target in one.get("target_ids") or ()] if isinstance(one, dict) else []
        if targets and one.get("scope") in SCOPES and waba not in targets:
            return targets
    return ()


def _lasting(expires: object) -> Finding:
    if not isinstance(expires, int) or expires == 0:
        return Finding("done", said("whatsapp.token.lasts", "It is valid and does not expire."))
    until = datetime.fromtimestamp(expires, UTC)
    words = "Store a new one before that: a system user's token need not expire."
    todo = said("whatsapp.token.until.todo", words) if until < now() + SOON else ""
    found = said("whatsapp.token.until", "It is valid until {until}.", until=until)
    return Finding("done", found, todo, expires_at=until)


def _blocked(number: Mapping[str, Any]) -> Iterator[str]:
    """Why Meta lets nothing out, in its own words."""
    health = number.get("health_status")
    if not isinstance(health, dict) or health.get("can_send_message") != "BLOCKED":
        return
    entities = [one for one in health.get("entities") or () if isinstance(one, dict)]
    errors = [fault for one in entities for fault in one.get("errors") or () if isinstance(fault, dict)]
    yield from (Quoted(one.get("error_description") or one.get("error_code")) for one in errors)
    if not errors:
        yield said("whatsapp.number.no_reason", "it does not say why")
