"""Is a new secret right? Meta is asked, or told, before anything relies on it.

access token   reads the number that it is for
app secret     signs a call (`appsecret_proof`), which Meta checks
verify token   Meta's handshake with it, by writing the subscription that leads to the webhook anew
"""

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from xyper_engine.abilities import Trial
from xyper_engine.errors import Misconfigured, Rejected, Unsupported
from xyper_engine.model import Account
from xyper_engine.runtime import Runtime
from xyper_whatsapp.graph import app_of, ask, call
from xyper_whatsapp.settings import WhatsAppSettings

_OBJECT = "whatsapp_business_account"
_CHALLENGE_FAILED = "2200"
_HANDSHAKES, _PAUSE = 3, 1.0
"""Tries, and seconds between them: another process, which answers the handshake, may hear of the token later."""


async def prove(trial: Trial, settings: WhatsAppSettings, rt: Runtime) -> None:
    """Raises `Unsupported` for a secret that Meta does not know, or a `SendError` in Meta's words."""
    meta = _Asking(settings, rt)
    if trial.hook is None and trial.name == "access_token":
        await meta.number(_with_token(trial.accounts[0], trial.value))
    elif trial.hook is not None and trial.name == "secret":
        await _signs(meta, trial)
    elif trial.hook is not None and trial.name == "verify_token":
        await _shakes_hands(meta, trial)
    else:
        raise Unsupported(f"WhatsApp has no way to prove the secret {trial.name!r}.")


class _Asking:
    """The Graph API, as one account or as the app."""

    def __init__(self, settings: WhatsAppSettings, rt: Runtime) -> None:
        self._settings = settings
        self._rt = rt

    async def get(self, path: str, account: Account, **query: str) -> Mapping[str, Any]:
        return await ask(path, account, self._settings, self._rt.http, **query)

    async def post(self, path: str, account: Account, **body: str) -> None:
        await call("POST", path, account, self._settings, self._rt.http, body=body)

    async def number(self, account: Account, **query: str) -> None:
        await self.get(quote(account.endpoint.account, safe=""), account, fields="id", **query)

    async def app(self, account: Account) -> str:
        """The id of the app that the account's token belongs to."""
        found = await app_of(account, self._settings, self._rt.http)
        if found is None:
            raise Misconfigured(f"Meta does not say which app the token of {account.endpoint} belongs to.")
        return found


async def _signs(meta: _Asking, trial: Trial) -> None:
    key = trial.value.get_secret_value().encode()
    refusal: Misconfigured | None = None
    for account in _with_tokens(trial):
        token = (account.secret("access_token") or "").encode()
        try:
            return await meta.number(account, appsecret_proof=hmac.digest(key, token, "sha256").hex())
        except Misconfigured as error:  # this account's token is not in order: another one's will do as well
            refusal = error
        except Rejected as error:
            todo = (
                "Copy it again from the Meta app's settings, Basic. It must be the app that the access tokens are of."
            )
            raise Rejected(f"{error} {todo}", code=error.code, correlation=error.correlation) from None
    raise refusal or _nobody(trial)


async def _shakes_hands(meta: _Asking, trial: Trial) -> None:
    assert trial.hook is not None  # noqa: S101  asked before
    accounts = _with_tokens(trial)
    if not accounts or not trial.hook.secrets:
        raise _nobody(trial)
    app = await meta.app(accounts[0])
    as_app = _with_token(accounts[0], SecretStr(f"{app}|{trial.hook.secrets[0].get_secret_value()}"))
    token, told = trial.value.get_secret_value(), False
    if fields := _fields(await meta.get(f"{app}/subscriptions", as_app), trial.url):
        body = {"object": _OBJECT, "callback_url": trial.url, "fields": ",".join(fields), "verify_token": token}
        await _patiently(meta, f"{app}/subscriptions", as_app, body)
        told = True
    for account in {one.parent: one for one in accounts if one.parent}.values():
        path = f"{quote(account.parent or '', safe='')}/subscribed_apps"
        if _overrides(await meta.get(path, account), trial.url):
            await _patiently(meta, path, account, {"override_callback_uri": trial.url, "verify_token": token})
            told = True
    if not told:
        raise Rejected(
            f"Meta sends nothing to {trial.url} yet, so it has no use for a verify token: set the webhook up first."
        )


async def _patiently(meta: _Asking, path: str, account: Account, body: Mapping[str, str]) -> None:
    for _ in range(_HANDSHAKES - 1):
        try:
            await meta.post(path, account, **body)
        except Rejected as error:
            if error.code != _CHALLENGE_FAILED:
                raise
            await asyncio.sleep(_PAUSE)
        else:
            return
    await meta.post(path, account, **body)


def _fields(answer: Mapping[str, Any], url: str) -> list[str]:
    """What the app is subscribed to by way of this address; none where it is not."""
    for one in _rows(answer):
        if one.get("object") == _OBJECT and one.get("callback_url") == url:
            return [
                str(field["name"]) for field in one.get("fields", ()) if isinstance(field, dict) and "name" in field
            ]
    return []


def _overrides(answer: Mapping[str, Any], url: str) -> bool:
    return any(one.get("override_callback_uri") == url for one in _rows(answer))


def _rows(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    data = answer.get("data")
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def _with_tokens(trial: Trial) -> Sequence[Account]:
    return [one for one in trial.accounts if one.secret("access_token")]


def _with_token(account: Account, token: SecretStr) -> Account:
    return account.model_copy(update={"secrets": {**account.secrets, "access_token": token}})


def _nobody(trial: Trial) -> Misconfigured:
    return Misconfigured(f"No account with an access token is served by {trial.url}, so Meta cannot be asked: add one.")
