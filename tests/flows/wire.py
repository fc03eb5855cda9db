"""Meta's webhook bodies, made by hand: batches of any shape, signed with any secret, as raw bytes."""

import hashlib
import hmac
import json
from io import BytesIO
from typing import Any

import aiohttp

from tests.world import APP_SECRET, OPERATOR, Tenant

Json = dict[str, Any]


def text(wamid: str, body: str, sender: str = "393331234567") -> Json:
    return {"from": sender, "id": wamid, "timestamp": "1749416383", "type": "text", "text": {"body": body}}


def status(wamid: str, value: str = "sent", customer: str = "393331234567") -> Json:
    return {"id": wamid, "status": value, "timestamp": "1749416383", "recipient_id": customer}


def change(number: str, messages: list[Any] | None = None, statuses: list[Any] | None = None) -> Json:
    value: Json = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": number},
        "contacts": [{"profile": {"name": "Maria"}, "wa_id": "393331234567"}],
    }
    value |= {"messages": messages} if messages is not None else {}
    value |= {"statuses": statuses} if statuses is not None else {}
    return {"field": "messages", "value": value}


def entry(tenant: Tenant, *changes: Json) -> Json:
    return {"id": f"waba-{tenant.n}", "changes": list(changes)}


def body(*entries: Json) -> bytes:
    return json.dumps({"object": "whatsapp_business_account", "entry": list(entries)}).encode()


def signature(raw: bytes, secret: str = APP_SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


async def post(
    url: str, raw: bytes, *, signed: str | None = "right", path: str = f"/hooks/whatsapp/{OPERATOR}"
) -> tuple[int, Json]:
    """Status and problem body of one POST; `signed` is "right", None for no header, or another secret."""
    headers = {"Content-Type": "application/json"}
    if signed is not None:
        headers["X-Hub-Signature-256"] = signature(raw, APP_SECRET if signed == "right" else signed)
    async with aiohttp.ClientSession() as http, http.post(url + path, data=BytesIO(raw), headers=headers) as answer:
        content = await answer.read()
        return answer.status, json.loads(content) if content else {}
