"""Sign-in with Genesys: a person of the tenant's own organisation, proved by Genesys, and nobody else.

Authorization Code with PKCE, by a public OAuth client of the tenant's. Everything asked of Genesys goes to the hosts of
the region in the tenant's own record. What has to hold (developer.genesys.cloud, `GET /api/v2/users/me`, whose answer
is the SDK's `UserMe`): the organisation is the tenant's, the token was given to our client and not to some other app of
that organisation, and the user is active.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlencode

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

from xyper_engine.agents import SignInRequest, SignInRole, VendorPerson
from xyper_engine.errors import FarSideDown, Forbidden, Misconfigured
from xyper_engine.model import Account
from xyper_engine.runtime import Runtime
from xyper_engine.saying import said
from xyper_engine.steps import Finding, Work
from xyper_genesys.api import CONVERSATIONS, path
from xyper_genesys.exchange import Answer, exchange
from xyper_genesys.regions import Region, lookup
from xyper_genesys.settings import Hosts

_ME = "/api/v2/users/me?expand=organization,authorization,token"


class Roles(BaseModel):
    """What makes somebody more than an agent: any one of these. The account's `login_roles` may say it otherwise.

    `role:` and a role's name as Genesys shows it, in any case, or a permission.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    genesys_admin: tuple[str, ...] = ("role:admin", "role:Master Admin", "messaging:integration:edit")
    supervisor: tuple[str, ...] = ("role:Supervisor", "analytics:conversationDetail:view")


@dataclass(frozen=True, slots=True)
class Login:
    """What an account says about signing in."""

    region: Region
    client_id: str
    organization: str
    roles: Roles

    @classmethod
    def of(cls, account: Account, further: Mapping[str, Hosts]) -> "Login":
        """Raises `Misconfigured` that names what the account lacks."""
        keys = ("region", "login_client_id", "organization_id")
        name, client_id, organization = (_text(account.config.get(key)) for key in keys)
        for key, value in zip(keys, (name, client_id, organization), strict=True):
            if not value:
                words = "The account {account} has no {field}: nobody can sign in without it."
                raise Misconfigured(said("genesys.sign_in.lacks", words, account=str(account.endpoint), field=key))
        region = lookup(name, further)
        if region is None:
            words = "The account {account} names '{region}', which is no region of Genesys Cloud."
            raise Misconfigured(said("genesys.sign_in.region", words, account=str(account.endpoint), region=name))
        return cls(region, client_id, organization, _roles(account))


class SignIn:
    """Satisfies `SignInDesk`; the adapter hands it out."""

    def __init__(self, further: Mapping[str, Hosts], timeout: float) -> None:
        self._further = further
        self._timeout = timeout

    def ready(self, account: Account) -> bool:
        return bool(account.config.get("login_client_id"))

    async def look(self, work: Work) -> Finding:
        """Whether what the account says about signing in is whole. Raises `Misconfigured`."""
        if not self.ready(work.account):
            return Finding("done", said("genesys.sign_in.none", "Nobody is to sign in with this account."))
        login = Login.of(work.account, self._further)
        words = "At {place}, with the client {client}."
        return Finding("done", said("genesys.sign_in.right", words, place=login.region.login, client=login.client_id))

    def url(self, account: Account, request: SignInRequest) -> str:
        login = Login.of(account, self._further)
        query = {
            "client_id": login.client_id,
            "response_type": "code",
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            "code_challenge": request.challenge,
            "code_challenge_method": "S256",
        }
        return f"{login.region.login}/oauth/authorize?{urlencode(query)}"

    async def person(
        self, account: Account, request: SignInRequest, code: str, conversation: str | None, rt: Runtime
    ) -> VendorPerson:
        login, http = Login.of(account, self._further), rt.http
        token, lasts = await self._redeem(login, request, code, http)
        me = await self._get(login, _ME, token, http)
        if not me.ok or not isinstance(me.body, dict):
            raise _unclear(me)
        _check(me.body, login)
        return VendorPerson(
            issuer=login.organization,
            subject=me.field("id"),
            name=me.field("name"),
            email=me.field("email"),
            role=_role(me.body, login.roles),
            takes_part=await self._takes_part(login, token, me.field("id"), conversation, http),
            token=token,
            lasts=lasts,
        )

    async def _redeem(
        self, login: Login, request: SignInRequest, code: str, http: aiohttp.ClientSession
    ) -> tuple[str, float]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": request.redirect_uri,
            "client_id": login.client_id,
            "code_verifier": request.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url, data = f"{login.region.login}/oauth/token", urlencode(form).encode()
        answer = await exchange(http, "POST", url, timeout=self._timeout, headers=headers, data=data)
        token, lasts = answer.field("access_token"), answer.body.get("expires_in") if answer.ok and answer.body else 0
        if 400 <= answer.status < 500:
            raise Forbidden("Genesys does not accept this sign-in (any more): begin again.")
        if not token or not isinstance(lasts, int | float) or lasts <= 0:
            raise _unclear(answer)
        return token, float(lasts)

    async def _takes_part(
        self, login: Login, token: str, user: str, conversation: str | None, http: aiohttp.ClientSession
    ) -> bool:
        """Asked with the person's own token, so that Genesys itself has a say."""
        if conversation is None:
            return False
        answer = await self._get(login, f"{CONVERSATIONS}/{path(conversation)}", token, http)
        if answer.status >= 500 or answer.status == 429:
            raise _unclear(answer)
        participants = answer.body.get("participants") if answer.ok and isinstance(answer.body, dict) else None
        return user in {_id(one, "user") for one in _listed(participants)}

    async def _get(self, login: Login, route: str, token: str, http: aiohttp.ClientSession) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        url = f"{login.region.api}{route}"
        return await exchange(http, "GET", url, timeout=self._timeout, headers=headers, data=None)


def _check(me: Mapping[str, Any], login: Login) -> None:
    """Raises `Forbidden`: each in words of its own, for they tell the person nothing that is not their own."""
    if _id(me, "organization") != login.organization:
        raise Forbidden("You belong to another Genesys organisation than this panel: sign in with this one's user.")
    if _id(me.get("token"), "OAuthClient") != login.client_id:
        raise Forbidden("Genesys signed you in to another app: begin again from the panel.")
    if me.get("state") != "active" or not _text(me.get("id")):
        raise Forbidden("Your Genesys user is not active: ask your administrator.")


def _role(me: Mapping[str, Any], table: Roles) -> SignInRole:
    """The highest that anything of the person's own stands for."""
    authorization = me.get("authorization")
    held = authorization if isinstance(authorization, dict) else {}
    names = {f"role:{_text(one.get('name'))}".lower() for one in _listed(held.get("roles"))}
    permissions = [one for one in held.get("permissions") or () if isinstance(one, str)]
    if _any(table.genesys_admin, names, permissions):
        return "genesys_admin"
    return "supervisor" if _any(table.supervisor, names, permissions) else "agent"


def _any(wanted: Iterable[str], names: set[str], permissions: Sequence[str]) -> bool:
    """Genesys may write what is held with `*`: `messaging:*:*`."""
    return any(
        one.lower() in names if one.startswith("role:") else any(fnmatchcase(one, held) for held in permissions)
        for one in wanted
    )


def _roles(account: Account) -> Roles:
    try:
        return Roles.model_validate(account.config.get("login_roles", {}))
    except ValidationError:
        raise Misconfigured(
            f"The account {account.endpoint} has login_roles that cannot be read: write lists of permissions or "
            "`role:<name>` under genesys_admin and supervisor."
        ) from None


def _unclear(answer: Answer) -> FarSideDown:
    return FarSideDown(
        f"Genesys could not prove who you are just now (HTTP {answer.status}): try again.",
        code=str(answer.status),
        correlation=answer.correlation,
    )


def _id(value: object, name: str) -> str:
    """The id of what stands under `name`; "" where there is none."""
    inner = value.get(name) if isinstance(value, Mapping) else None
    return _text(inner.get("id")) if isinstance(inner, Mapping) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _listed(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
