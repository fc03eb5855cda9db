"""Can this account speak? The lines of `xyper check` for a Genesys account."""

from collections.abc import Sequence

import aiohttp

from xyper_engine.abilities import Check
from xyper_engine.errors import SendError
from xyper_engine.model import Account
from xyper_genesys.api import INTEGRATIONS, Api, path, trouble
from xyper_genesys.exchange import Answer
from xyper_genesys.tokens import Credentials


async def check(
    api: Api, http: aiohttp.ClientSession, account: Account, credentials: Credentials, public_url: str
) -> Sequence[Check]:
    """The token, whose organization it is, and the integration. Never raises."""
    token, organization = await _organization(api, http, account, credentials)
    if not token.ok:
        return [token]
    return [token, *organization, *await _integration(api, http, account, credentials, public_url)]


def broken(what: str, error: SendError, todo: str = "") -> Check:
    return Check(what, ok=False, detail=str(error), todo=todo or "Mend this and run the check again.")


async def _organization(
    api: Api, http: aiohttp.ClientSession, account: Account, credentials: Credentials
) -> tuple[Check, list[Check]]:
    what, wanted = f"token of {credentials.client_id}", account.config.get("organization_id")
    try:
        answer = await api.call(http, credentials, "GET", "/api/v2/tokens/me")
    except SendError as error:
        return broken(what, error), []
    if answer.status == 401:
        return broken(what, trouble(answer, "integration", credentials.bucket)), []
    token = Check(what, ok=True, detail=f"Genesys {credentials.region.name} hands out tokens")
    return token, [_owner(answer, str(wanted))] if wanted else []


def _owner(answer: Answer, wanted: str) -> Check:
    owner = answer.body.get("organization") if isinstance(answer.body, dict) else None
    found = str(owner.get("id", "")) if isinstance(owner, dict) else ""
    todo = "" if found == wanted else f"The account says {wanted}: correct organization_id or the OAuth client."
    return Check("organization", ok=not todo, detail=found or "Genesys did not name it", todo=todo)


async def _integration(
    api: Api, http: aiohttp.ClientSession, account: Account, credentials: Credentials, public_url: str
) -> list[Check]:
    what = f"integration {account.endpoint.account}"
    route = f"{INTEGRATIONS}/{path(account.endpoint.account)}"
    try:
        answer = await api.call(http, credentials, "GET", route)
    except SendError as error:
        return [broken(what, error)]
    if not answer.ok:
        return [broken(what, trouble(answer, "integration", credentials.bucket))]
    return [_created(what, answer), _webhook(answer, public_url)]


def _created(what: str, answer: Answer) -> Check:
    created, status = answer.field("createStatus"), answer.field("status")
    ok = created in ("", "Completed") and status.lower() in ("", "active")
    todo = "" if ok else "Open it in Genesys: Admin > Message > Platforms > Open Messaging."
    return Check(what, ok, detail=f"{created or 'created'}, {status or 'no status named'}", todo=todo)


def _webhook(answer: Answer, public_url: str) -> Check:
    url = answer.field("outboundNotificationWebhookUrl")
    ok = url.startswith(f"{public_url}/hooks/genesys/")
    todo = "" if ok else f"Set its outbound notification webhook URL to the hook's address under {public_url}."
    return Check("webhook", ok, detail=url or "none is set", todo=todo)
