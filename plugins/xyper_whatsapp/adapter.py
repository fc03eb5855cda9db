"""The WhatsApp channel, as the engine sees it."""

import hmac
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from xyper_engine.abilities import Download, Trial
from xyper_engine.contract import Payload, Posted, RawRequest, Target
from xyper_engine.errors import Refused
from xyper_engine.model import Account, Direction, Endpoint, Hook, Update, Utterance
from xyper_engine.parts import Media
from xyper_engine.runtime import Runtime
from xyper_engine.steps import Step
from xyper_whatsapp import api, downloads, from_wire, glance, proofs, set_up, to_wire, updates, uploads
from xyper_whatsapp.account import WhatsAppAccount
from xyper_whatsapp.codes import look_up
from xyper_whatsapp.from_wire import NAME, Parsed
from xyper_whatsapp.limits import whatsapp_limits
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.templates import Desk

SIGNATURE = "X-Hub-Signature-256"


class WhatsApp:
    """Speaks Meta's Cloud API for every tenant's numbers; also knows what must be true of one at Meta."""

    name = NAME
    speaks = Direction.inbound
    account_config = WhatsAppAccount
    account_secrets = frozenset({"access_token"})
    account_extras = frozenset({set_up.PIN})
    tells = frozenset({"verify_token"})

    def __init__(self, settings: WhatsAppSettings) -> None:
        self._settings = settings
        self.templates = Desk(settings)
        self.steps: Sequence[Step] = set_up.steps(settings)
        self.limits = whatsapp_limits(settings)

    def explain(self, code: str) -> str | None:
        """As Meta's list of error codes has it."""
        row = look_up(int(code)) if code.isascii() and code.isdecimal() else None
        return row.words if row else None

    def challenge(self, request: RawRequest, hook: Hook) -> str | None:
        """Meta's GET when a callback address is saved: the challenge comes back as the bare body."""
        offered = _bytes(request.query.get("hub.verify_token", ""))
        valid = [_bytes(token.get_secret_value()) for token in hook.verify_tokens]
        if request.query.get("hub.mode") != "subscribe" or _place(offered, valid) is None:
            return None
        return request.query.get("hub.challenge")

    def verify(self, request: RawRequest, hook: Hook) -> int:
        """`X-Hub-Signature-256: sha256=<HMAC-SHA256 of the raw body in hex, keyed with the app secret>`."""
        keys = [_bytes(secret.get_secret_value()) for secret in hook.secrets]
        if not any(keys):
            raise Refused("This webhook has no app secret yet, so nothing sent to it can be proved genuine.")
        offered = request.headers.get(SIGNATURE)
        if offered is None:
            raise Refused(f"The request has no {SIGNATURE} header.", 401)
        valid = [key and b"sha256=" + hmac.digest(key, request.body, "sha256").hex().encode() for key in keys]
        place = _place(_bytes(offered), valid)
        if place is None:
            raise Refused(f"The {SIGNATURE} header does not match the body under any app secret of this webhook.")
        return place

    def parse(self, request: RawRequest) -> Sequence[Parsed]:
        return from_wire.parse(request)

    def sole(self, request: RawRequest) -> Endpoint | None:
        """The number that the only message of a webhook came to."""
        number = glance.sole(request.body)
        return Endpoint(adapter=NAME, account=number) if number else None

    def render(self, event: Utterance, to: Target) -> Sequence[Payload]:
        return to_wire.render(event, to, self._settings)

    async def post(self, payload: Payload, to: Target, rt: Runtime) -> Posted:
        posted = await api.post(payload, to, self._settings, rt)
        rt.uses.opened(to.account, "access_token")
        return posted

    async def hand_over(self, payload: Payload, to: Target, rt: Runtime) -> Payload:
        """Files of ours, given to Meta."""
        return await uploads.hand_over(payload, to.account, self._settings, rt)

    def fetch(self, media: Media, account: Account, rt: Runtime) -> AbstractAsyncContextManager[Download]:
        """A file that a customer sent."""
        return downloads.fetch(media, account, self._settings, rt)

    async def take(self, update: Update, account: Account, rt: Runtime) -> None:
        """News of an account, e.g. of a template's status."""
        await updates.take(update, account, rt)

    async def prove(self, trial: Trial, rt: Runtime) -> None:
        """Whether Meta takes a new secret; it is told of a new verify token."""
        await proofs.prove(trial, self._settings, rt)


def _bytes(value: str) -> bytes:
    # Not str: compare_digest refuses text beyond ASCII, and a header may hold anything.
    return value.encode("utf-8", "surrogatepass")


def _place(offered: bytes, valid: Sequence[bytes]) -> int | None:
    """Where it is among the valid. All are compared, each in constant time; an empty one never counts."""
    matches = [hmac.compare_digest(offered, one) and one != b"" for one in valid]
    return matches.index(True) if any(matches) else None
