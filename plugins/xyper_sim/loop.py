"""A loop: two channels whose far side is nobody. What is posted there has arrived.

The engine's canary flies through it: signed webhooks come in by the door that real ones come by, and what they bring
takes the whole way, through queues, lanes, transformers and ledger, in either direction.
"""

import hmac
import json
from collections.abc import Sequence

from xyper_engine.contract import Limits, Payload, Posted, RawRequest, Target, Unparsed
from xyper_engine.errors import Malformed, Refused
from xyper_engine.model import AnyEvent, Contact, Direction, Endpoint, Hook, Message, Utterance, now
from xyper_engine.parts import Text
from xyper_engine.runtime import Runtime

SIGNATURE = "X-Canary-Signature"


class Loop:
    """One end of it."""

    limits = Limits(text=1000)

    def __init__(self, name: str, speaks: Direction) -> None:
        self.name = name
        self.speaks = speaks

    def challenge(self, _request: RawRequest, _hook: Hook) -> str | None:
        return None

    def verify(self, request: RawRequest, hook: Hook) -> int:
        given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
        for number, secret in enumerate(hook.secrets):
            signed = hmac.digest(secret.get_secret_value().encode(), request.body, "sha256").hex()
            if hmac.compare_digest(given, signed.encode()):
                return number
        raise Refused("The signature is not the canary's.", 403 if given else 401)

    def parse(self, request: RawRequest) -> Sequence[AnyEvent | Unparsed]:
        try:
            given = json.loads(request.body)
            account, contact, id_, text = (given[name] for name in ("account", "contact", "id", "text"))
        except (ValueError, KeyError, TypeError):
            raise Malformed("That is no canary.") from None
        message = Message(
            direction=self.speaks,
            origin=Endpoint(adapter=self.name, account=str(account)),
            contact=Contact(address=str(contact)),
            external_id=str(id_),
            occurred_at=now(),
            parts=(Text(text=str(text)),),
        )
        return [message]

    def render(self, event: Utterance, _to: Target) -> Sequence[Payload]:
        return [Payload("message", {"id": event.external_id})] if isinstance(event, Message) else []

    async def post(self, payload: Payload, _to: Target, _rt: Runtime) -> Posted:
        return Posted(f"arrived-{payload.body['id']}")


def loops() -> Sequence[Loop]:
    return Loop("canary", Direction.inbound), Loop("canary_desk", Direction.outbound)
