"""Is a new secret right? Genesys is asked, or told, before anything relies on it.

client secret    a token is fetched with it
webhook secret   written into the integrations whose webhook this is, and read back
"""

from collections.abc import Callable
from typing import Any

from xyper_engine.abilities import Trial
from xyper_engine.errors import Ambiguous, FarSideDown, Rejected, SendError, Unsupported
from xyper_engine.model import Account
from xyper_engine.runtime import Runtime
from xyper_genesys.api import INTEGRATIONS, Api, path, trouble
from xyper_genesys.exchange import Answer
from xyper_genesys.tokens import Credentials

_SECRET = "outboundNotificationWebhookSignatureSecretToken"  # noqa: S105  a field's name
_CHANGE = "integration's change"

Of = Callable[[Account], Credentials]


async def prove(trial: Trial, api: Api, credentials: Of, rt: Runtime) -> None:
    """Raises `Unsupported` for a secret that Genesys does not know, or a `SendError` in Genesys' words."""
    if trial.hook is None and trial.name == "client_secret":
        [account] = trial.accounts
        fresh = account.model_copy(update={"secrets": {**account.secrets, trial.name: trial.value}})
        await api.token(rt.http, credentials(fresh))
    elif trial.hook is not None and trial.name == "secret":
        await _tell(trial, api, credentials, rt)
    else:
        raise Unsupported(f"Genesys has no way to prove the secret {trial.name!r}.")


async def _tell(trial: Trial, api: Api, credentials: Of, rt: Runtime) -> None:
    told = 0
    for account in trial.accounts:
        try:
            told += await _Integration(api, credentials(account), account, rt).sign_with(trial)
        except SendError as error:
            if told and error.certain:  # some of them sign with it already
                raise Ambiguous(f"{error} {told} of the hook's integrations have the new secret already.") from error
            raise
    if not told:
        raise Rejected(f"No integration of these accounts has {trial.url} as its webhook: set it in Genesys first.")


class _Integration:
    """An account's Open Messaging integration."""

    def __init__(self, api: Api, credentials: Credentials, account: Account, rt: Runtime) -> None:
        self._api = api
        self._credentials = credentials
        self._rt = rt
        self._route = f"{INTEGRATIONS}/{path(account.endpoint.account)}"

    async def sign_with(self, trial: Trial) -> bool:
        """Whether the webhook is this integration's; then it signs with the new secret from now on."""
        try:
            held = await self._ask("GET", "integration")
        except Ambiguous as error:  # about a question: nothing was told
            raise FarSideDown(str(error), code=error.code, correlation=error.correlation) from error
        if held.field("outboundNotificationWebhookUrl") != trial.url:
            return False
        secret = trial.value.get_secret_value()
        await self._ask("PATCH", _CHANGE, {"name": held.field("name"), _SECRET: secret})
        try:
            kept = (await self._ask("GET", "integration")).field(_SECRET)
        except SendError as error:
            raise Ambiguous(
                f"Genesys took the new secret, but could not be asked whether it kept it: {error}"
            ) from error
        if kept and kept != secret:
            raise Ambiguous("Genesys took the new secret, but shows another one: look at the integration there.")
        return True

    async def _ask(self, method: str, action: str, body: Any = None) -> Answer:
        answer = await self._api.call(self._rt.http, self._credentials, method, self._route, body=body)
        if not answer.ok:
            raise trouble(answer, action, self._credentials.bucket)
        return answer
