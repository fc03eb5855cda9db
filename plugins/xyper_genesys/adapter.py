"""The Genesys Cloud channel: agents speak, customers' messages go in. A reader begins here.

An account's `config` holds `region`, `client_id` and, if wanted, `organization_id`; its secrets `client_secret`. The
endpoint's account is the id of the Open Messaging integration, or `new-…` until an onboarding has made it. For people
to sign in with Genesys (`sign_in.py`) it holds `organization_id`, `login_client_id` and, if wanted, `login_roles`.
"""

import hmac
from base64 import b64encode
from collections.abc import Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from xyper_engine.abilities import Download, Fate, History, Offer, Span, Trial, Turn
from xyper_engine.agents import Installation
from xyper_engine.contract import Limits, MediaLimit, Payload, Posted, Rate, RawRequest, Target, Unparsed
from xyper_engine.errors import Refused, Rejected
from xyper_engine.model import Account, AnyEvent, Direction, Hook, Utterance
from xyper_engine.parts import Media, MediaKind
from xyper_engine.runtime import Runtime
from xyper_engine.steps import Step, Work
from xyper_genesys import from_wire, history, proofs, readback, set_up, threads, to_wire, widget
from xyper_genesys.account import account_config
from xyper_genesys.api import CONVERSATIONS, Api, path, posted
from xyper_genesys.download import Downloads
from xyper_genesys.exchange import Answer
from xyper_genesys.integration import Integrations
from xyper_genesys.regions import lookup
from xyper_genesys.set_up_calls import Calls
from xyper_genesys.settings import GenesysSettings
from xyper_genesys.sign_in import SignIn
from xyper_genesys.speaking import Speaking
from xyper_genesys.tokens import Credentials, Tokens

SIGNATURE = "X-Hub-Signature-256"
"""Meta's header name, but base64 after `sha256=` and not hex (developer.genesys.cloud, `openmessaging/validate`)."""

MEDIA_LIMIT = 25_000_000
"""Bytes of an attachment, either way (help.mypurecloud.com, "Supported content profiles")."""

_ENDPOINT = {"message": "message", "response": "structured/response", "receipt": "receipt", "typing": "event"}
_TEMPLATE = f"{CONVERSATIONS}/{{integration}}/inbound/open/"
_FILES = (MediaKind.image, MediaKind.video, MediaKind.audio, MediaKind.document)


@dataclass(frozen=True, slots=True)
class _Known:
    """What follows from an account, and each of its messages needs."""

    account: Account
    credentials: Credentials
    rates: tuple[Rate, ...]
    route: str


class Genesys:
    """Satisfies `Adapter`, `ReadsBack`, `KeepsHistory`, `FollowsThreads`, `FetchesMedia`, `DescribesAccounts`,
    `SignsIn`, `SpeaksAsAgent`, `HoldsPages`, `InstallsPages`, `OffersAccounts`, `ProvesSecrets` and `Onboards`."""

    name = "genesys"
    speaks = Direction.outbound
    account_secrets = frozenset({"client_secret"})
    account_extras: frozenset[str] = frozenset()
    tells = frozenset({"secret"})

    def __init__(self, settings: GenesysSettings) -> None:
        self._settings = settings
        self._accounts: dict[str, _Known] = {}
        tokens = Tokens(settings.timeout)
        self._api = Api(tokens, settings.timeout)
        self._downloads = Downloads(tokens, settings.timeout)
        self.sign_in = SignIn(settings.regions, settings.timeout)
        self.voice = Speaking(self._api, settings)
        self.steps: Sequence[Step] = set_up.steps(self._api, settings, self.sign_in)
        self.account_config = account_config(settings.regions)
        self.limits = Limits(
            text=to_wire.TEXT_LIMIT,
            caption=to_wire.TEXT_LIMIT,
            parts=frozenset({"text", "media", "choice"}),
            media=dict.fromkeys(_FILES, MediaLimit(("*/*",), MEDIA_LIMIT)),
            languages=True,
            unknown_wait=settings.unknown_wait,
            call_wait=settings.timeout + 1,
            receipts=frozenset({"delivered", "read", "played", "failed"}),
            typing=True,
        )

    def challenge(self, request: RawRequest, hook: Hook) -> str | None:  # noqa: ARG002
        """Genesys has no GET handshake: whoever asks is not Genesys."""
        return None

    def verify(self, request: RawRequest, hook: Hook) -> int:
        header = request.headers.get(SIGNATURE)
        if not header:
            raise Refused(f"There is no {SIGNATURE} header.", 401)
        given = header.encode("utf-8", "replace")
        # All are compared, whichever is right: the time it takes must not tell which secret of a rotation it was.
        secrets = [one.get_secret_value() for one in hook.secrets]
        right = [hmac.compare_digest(given, _signature(secret, request.body)) and secret != "" for secret in secrets]
        if not any(right):
            raise Refused(f"The {SIGNATURE} header is not this hook's signature of the body.", 403)
        return right.index(True)

    def parse(self, request: RawRequest) -> Sequence[AnyEvent | Unparsed]:
        return from_wire.parse(request)

    def render(self, event: Utterance, to: Target) -> Sequence[Payload]:
        return to_wire.render(event, to, self._known(to.account).rates)

    def post(self, payload: Payload, to: Target, rt: Runtime) -> Coroutine[Any, Any, Posted]:
        return self._answer(payload, to, rt) if payload.action == "response" else self._say(payload, to, rt)

    async def _answer(self, payload: Payload, to: Target, rt: Runtime) -> Posted:
        try:
            taken = await self._say(payload, to, rt)
        except Rejected:
            taken = None
        if taken is not None and taken.failed is None:
            return taken
        # The bot's conversation is over, or it has moved on: certain not to be taken, so it is said in words instead.
        return await self._say(replace(payload, action="message", body=to_wire.in_words(payload.body)), to, rt)

    async def _say(self, payload: Payload, to: Target, rt: Runtime) -> Posted:
        known = self._known(to.account)
        query = {"prefetchConversationId": "true"} if payload.action == "message" else None
        route = known.route + _ENDPOINT[payload.action]
        with to.trace.call("POST", _TEMPLATE + _ENDPOINT[payload.action], payload.body) as call:
            answer = await self._api.call(rt.http, known.credentials, "POST", route, query=query, body=payload.body)
            call.answered(answer.status, answer.body, answer.correlation)
        taken = posted(answer, payload, known.credentials.bucket)
        rt.uses.opened(to.account, "client_secret")
        return taken

    async def find(
        self,
        payload: Payload,
        event: Utterance,  # noqa: ARG002  the payload names it
        to: Target,
        rt: Runtime,
    ) -> Posted | None:
        credentials, body = self._known(to.account).credentials, payload.body
        if payload.action in ("message", "response"):
            thread = to.conversation.thread if to.conversation else None
            return await readback.find_message(self._api, rt.http, credentials, body["channel"]["messageId"], thread)
        if payload.action == "receipt":
            return await readback.find_receipt(self._api, rt.http, credentials, body["id"], body["status"])
        return None

    def question_rates(self, account: Account) -> tuple[Rate, ...]:
        return self._known(account).rates

    async def fate(self, thread: str, account: Account, rt: Runtime) -> Fate:
        return await threads.fate(self._api, rt.http, self._known(account).credentials, thread)

    async def end(self, thread: str, account: Account, rt: Runtime) -> None:
        await threads.end(self._api, rt.http, self._known(account).credentials, thread)

    async def history(self, thread: str, account: Account, span: Span, turn: Turn, rt: Runtime) -> History:
        known = self._known(account)

        async def ask(method: str, route: str, **more: Any) -> Answer:
            await turn(known.rates)
            return await self._api.call(rt.http, known.credentials, method, route, **more)

        return await history.read(ask, known.credentials.bucket, thread, span)

    def fetch(self, media: Media, account: Account, rt: Runtime) -> AbstractAsyncContextManager[Download]:
        return self._downloads.fetch(media, self._known(account).credentials, rt.http)

    async def prove(self, trial: Trial, rt: Runtime) -> None:
        """Whether Genesys hands out tokens for a new client secret; it is told of a new webhook secret."""
        await proofs.prove(trial, self._api, lambda account: self._known(account).credentials, rt)

    def holders(self, account: Account) -> Sequence[str]:
        """Genesys' own page in the account's region, and what the tenant added."""
        region = lookup(str(account.config.get("region", "")), self._settings.regions)
        own = (f"https://apps.{region.domain}",) if region and region.domain else ()
        return (*own, *account.config.get("widget_hosts", ()))

    def installation(self, public_url: str, tenant: str) -> Installation:
        return widget.installation(public_url, tenant)

    async def offers(self, work: Work) -> Sequence[Offer]:
        """The organisation's Open Messaging integrations, for an account that has none yet."""
        return await Integrations(Calls(self._api, self._settings.regions)).offers(work)

    def _known(self, account: Account) -> _Known:
        """Made once for each version of an account that the directory gives. Raises `Misconfigured`."""
        known = self._accounts.get(account.endpoint.account)
        if known is None or known.account is not account:
            credentials = Credentials.of(account, self._settings.regions)
            route = f"{CONVERSATIONS}/{path(account.endpoint.account)}/inbound/open/"
            known = _Known(account, credentials, self._rates(credentials), route)
            self._accounts[account.endpoint.account] = known
        return known

    def _rates(self, credentials: Credentials) -> tuple[Rate, ...]:
        # A tenth of the minute's calls may go at once, the rest evenly: no minute, wherever it begins, has more.
        burst = self._settings.client_rate / 10
        return (Rate(credentials.bucket, per_second=(self._settings.client_rate - burst) / 60, burst=burst),)


def _signature(secret: str, body: bytes) -> bytes:
    return b"sha256=" + b64encode(hmac.digest(secret.encode(), body, sha256))
