"""Meta's webhooks: envelope, encoding, signature, batches, and which app is told."""

import json
from collections.abc import Mapping
from typing import Any

from xyper_sim.graph_errors import in_status
from xyper_sim.graph_model import Message
from xyper_sim.graph_templates import Template
from xyper_sim.kit import Kit
from xyper_sim.settings import App, Customer, GraphConfig, Number
from xyper_sim.webhooks import META, Delivery, RetryPolicy, sign_hex

_BATCH_WAIT = 0.2  # seconds until a batch that is not full goes out
_PRICING = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "service"}


def encode(value: Any) -> bytes:
    """JSON as Meta puts it on the wire: compact, ASCII only, `/` escaped. (In JSON `/` occurs inside strings only.)"""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def envelope(changes: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Changes, each with its WABA, as one POST's body; neighbours of one WABA share an entry."""
    entries: list[dict[str, Any]] = []
    for waba, change in changes:
        if not entries or entries[-1]["id"] != waba:
            entries.append({"id": waba, "changes": []})
        entries[-1]["changes"].append(change)
    return {"object": "whatsapp_business_account", "entry": entries}


def contact(customer: Customer) -> dict[str, Any]:
    """`contacts[]`: without a `wa_id` where the person's number is hidden."""
    named = {"profile": {"name": customer.name}} if customer.name else {}
    phone = {} if customer.hidden else {"wa_id": customer.wa_id}
    return {**named, **phone, "user_id": customer.bsuid}


def _value(number: Number, **rest: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": number.display, "phone_number_id": number.phone_number_id}
    return {"messaging_product": "whatsapp", "metadata": metadata, **rest}


def inbound(number: Number, customer: Customer, message: Message) -> dict[str, Any]:
    """The `value` that brings what a customer sent."""
    sender = {"from_user_id": customer.bsuid} if customer.hidden else {
        "from": customer.wa_id, "from_user_id": customer.bsuid,
    }  # fmt: skip
    content = {} if message.kind == "request_welcome" else {message.kind: message.content}
    told = {"id": message.id, "timestamp": str(int(message.at)), "type": message.kind, **content}
    people = {} if message.kind == "system" else {"contacts": [contact(customer)]}
    return _value(number, **people, messages=[{**message.more, **sender, **told}])


def status(number: Number, customer: Customer | None, message: Message, at: float) -> dict[str, Any]:
    """The `value` that says how far an accepted message has come."""
    told: dict[str, Any] = {"id": message.id, "status": message.status, "timestamp": str(int(at))}
    failed = message.status == "failed"
    told.update(_recipient(customer, message, failed=failed))
    if message.callback is not None:
        told["biz_opaque_callback_data"] = message.callback
    if message.status in ("sent", "delivered"):
        told["pricing"] = _PRICING
    if failed:
        return _value(number, statuses=[{**told, "errors": [in_status(message.error or 131000, message.details)]}])
    return _value(number, contacts=[contact(customer)] if customer else [], statuses=[told])


def _recipient(customer: Customer | None, message: Message, *, failed: bool) -> dict[str, Any]:
    by_phone = "to" in message.body
    if customer is None:
        return {"recipient_id": str(message.body["to"]).lstrip("+")} if by_phone else {}
    phone = {} if customer.hidden and not by_phone else {"recipient_id": customer.wa_id}
    return phone if failed and by_phone else {**phone, "recipient_user_id": customer.bsuid}


def template_status(template: Template, event: str, reason: str = "NONE") -> dict[str, Any]:
    """The `value` of `message_template_status_update`."""
    about = {"message_template_name": template.name, "message_template_language": template.language}
    known = {"event": event, "message_template_id": int(template.id), **about, "reason": reason}
    return {**known, "message_template_category": template.category}


def template_quality(template: Template, before: str) -> dict[str, Any]:
    """The `value` of `message_template_quality_update`."""
    about = {"message_template_name": template.name, "message_template_language": template.language}
    scores = {"previous_quality_score": before, "new_quality_score": template.quality}
    return {**scores, "message_template_id": int(template.id), **about}


class Hooks:
    """Tells the apps that are subscribed to a WABA."""

    def __init__(self, kit: Kit, config: GraphConfig) -> None:
        self.apps: dict[str, App] = {}
        self.subscribed: dict[str, dict[str, str]] = {}
        """WABA → app id → the callback URL that overrides the app's own, or ""."""
        self._kit = kit
        self._policy = RetryPolicy(
            META.taken,
            META.retried,
            config.retry_first,
            META.factor,
            config.retry_most,
            META.tries,
            META.keep,
            META.timeout,
        )
        self._batches: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}

    def tell(
        self, waba: str, value: Mapping[str, Any], *, lane: str, label: str, field: str = "messages"
    ) -> list[Delivery]:
        """One change for everyone subscribed. The deliveries that were started; none yet where it waits for a batch."""
        change = {"value": value, "field": field}
        started = []
        for app, override in self.subscribed.get(waba, {}).items():
            url = override or self.apps[app].webhook_url
            if url and self._kit.gates["graph"].knobs.batch > 1:
                self._gather(app, url, waba, change)
            elif url:
                started.append(self.post(app, url, envelope([(waba, change)]), lane=f"{app}/{lane}", label=label))
        return started

    def post(self, app: str, url: str, body: Any, *, lane: str | None, label: str) -> Delivery:
        """Sign a body (a value, or the raw bytes) with the app's secret and send it."""
        raw = body if isinstance(body, bytes) else encode(body)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": sign_hex(self.apps[app].secret.get_secret_value(), raw),
        }
        return self._kit.webhooks.send("graph", url, raw, headers, self._policy, lane=lane, label=label)

    def _gather(self, app: str, url: str, waba: str, change: dict[str, Any]) -> None:
        batch = self._batches.setdefault((app, url), [])
        batch.append((waba, change))
        if len(batch) >= self._kit.gates["graph"].knobs.batch:
            self._flush(app, url)
        elif len(batch) == 1:
            self._kit.tasks.later(self._kit.scaled(_BATCH_WAIT), self._flush, app, url)

    def _flush(self, app: str, url: str) -> None:
        if batch := self._batches.pop((app, url), []):
            self.post(app, url, envelope(batch), lane=f"{app}/batch", label=f"batch of {len(batch)}")
