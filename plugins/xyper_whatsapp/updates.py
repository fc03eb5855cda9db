"""News of an account: a template's status, a number's quality, a restriction. Source: Meta, "Webhooks" reference.

News of templates amend what is stored at once. Everything an operator may have to act on is one log line, `account
news`, to raise an alarm on; what it says of a customer stays out of it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from xyper_engine.consent import Kind, Said
from xyper_engine.model import Account, Update
from xyper_engine.runtime import Runtime
from xyper_whatsapp.from_wire import NAME
from xyper_whatsapp.keeper import wanted

_STATUS = {
    **{
        word: word
        for word in (
            "APPROVED", "ARCHIVED", "DISABLED", "IN_APPEAL", "LIMIT_EXCEEDED", "PAUSED", "PENDING", "PENDING_DELETION",
            "REJECTED",
        )
    },
    "REINSTATED": "APPROVED",
}  # fmt: skip
"""What an event makes of a template's status; after any other event (FLAGGED, LOCKED, …) Meta is asked."""

_OPERATIONAL = frozenset(
    {
        "phone_number_quality_update", "phone_number_name_update", "account_update", "account_alerts",
        "account_review_update", "business_capability_update", "security", "payment_configuration_update",
        "partner_solutions", "flows", "message_template_status_update", "message_template_quality_update",
        "template_category_update",
    }
)  # fmt: skip
_FACTS = {
    "event": "what", "decision": "what", "reason": "reason", "message_template_name": "template",
    "message_template_language": "language", "new_quality_score": "quality", "new_category": "category",
    "correct_category": "category", "current_limit": "limit", "max_daily_conversations_per_business": "limit",
    "alert_type": "alert", "alert_severity": "severity",
}  # fmt: skip
"""What a log line tells, and as what: nothing of it ever speaks of a customer."""
_GOOD = frozenset({"APPROVED", "REINSTATED", "ONBOARDING", "THROUGHPUT_UPGRADE", "UPGRADE", "UNFLAGGED", "GREEN"})

_GIVEN = {"stop": False, "resume": True, "signup": True}
"""What a customer does about `marketing_messages`, as a consent."""

News = Mapping[str, Any]


async def take(update: Update, account: Account, rt: Runtime) -> None:
    """Raises `Unavailable` while the database is away."""
    if update.topic in _OPERATIONAL:
        _tell(update, account, rt)
    if update.topic == "user_preferences":
        await _preferences(update, account, rt)
    elif (amend := _TEMPLATES.get(update.topic)) and account.parent and not await amend(update.value, account, rt):
        wanted(rt, account.parent)


def _tell(update: Update, account: Account, rt: Runtime) -> None:
    """A warning, unless the news are good."""
    facts = {
        word: value
        for key, word in _FACTS.items()
        if isinstance(value := update.value.get(key), str) and value != "NONE"
    }
    say = rt.log.info if _GOOD & set(facts.values()) else rt.log.warning
    say("account news", tenant=account.tenant, topic=update.topic, account=update.origin.account, **facts)


async def _preferences(update: Update, account: Account, rt: Runtime) -> None:
    """A customer stops or resumes a kind of message, e.g. `marketing_messages`; the log does not say who."""
    if update.contact.address.startswith("account:"):  # Meta did not say whose it is
        return
    told = update.value.get("user_preferences")
    for one in told if isinstance(told, list | tuple) else ():
        category, value = _pair(one)
        if category and value:
            rt.log.info("customer's preference", tenant=account.tenant, category=category, value=value)
        if category == "marketing_messages" and value in _GIVEN:
            said = Said(Kind.marketing, _GIVEN[value], update.topic, update.occurred_at, update.id)
            await rt.consents.note(account.tenant, NAME, update.contact, said)


def _pair(one: object) -> tuple[str, str]:
    return (_text(one.get("category")), _text(one.get("value"))) if isinstance(one, Mapping) else ("", "")


async def _status(news: News, account: Account, rt: Runtime) -> bool:
    event = _text(news.get("event")).upper()
    if event == "DELETED":
        await rt.templates.forget(NAME, account.parent or "", *_key(news))
        return True
    if event not in _STATUS:
        return False
    return await _amended(news, account, rt, status=_STATUS[event], reason=_reason(news))


def _reason(news: News) -> str:
    """Meta's code, and its explanation where it gives one."""
    told = news.get("rejection_info")
    words = _text(told.get("reason")) if isinstance(told, Mapping) else ""
    return ": ".join(one for one in (_text(news.get("reason")), words) if one and one != "NONE")


async def _quality(news: News, account: Account, rt: Runtime) -> bool:
    return await _amended(news, account, rt, quality=_text(news.get("new_quality_score")).upper())


async def _category(news: News, account: Account, rt: Runtime) -> bool:
    """`correct_category` only announces, a day ahead; `new_category` holds."""
    new = _text(news.get("new_category")).upper()
    return not new or await _amended(news, account, rt, category=new)


async def _components(_news: News, _account: Account, _rt: Runtime) -> bool:
    """The news lack most of a template: it is read anew."""
    return False


async def _amended(news: News, account: Account, rt: Runtime, **changes: str) -> bool:
    return await rt.templates.amend(NAME, account.parent or "", *_key(news), **changes)


def _key(news: News) -> tuple[str, str]:
    return _text(news.get("message_template_name")), _text(news.get("message_template_language"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


_TEMPLATES: Mapping[str, Callable[[News, Account, Runtime], Awaitable[bool]]] = {
    "message_template_status_update": _status,
    "message_template_quality_update": _quality,
    "message_template_components_update": _components,
    "template_category_update": _category,
}
"""By topic; each says False where Meta must be asked."""
