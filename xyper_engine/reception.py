"""The reception: a tenant's people sign in with their vendor, and whoever the vendor does not know stays outside.

The vendor proves who somebody is, and where they may sign in from; who they are here, and whether they may come in at
all, is decided here. The steps and why they are these: `access/sign_ins.py`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from xyper_engine.access.caller import Caller
from xyper_engine.access.people import Person
from xyper_engine.access.roles import Role
from xyper_engine.access.sessions import Granted
from xyper_engine.access.sign_ins import Begun, Note, Started, id_of
from xyper_engine.access.vendor_tokens import VendorToken
from xyper_engine.agents import SignInDesk, SignInRequest, SignsIn, VendorPerson
from xyper_engine.errors import Forbidden, NotFound
from xyper_engine.model import Account, Endpoint, now
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Door:
    """Through which a tenant's people come in: an account that is set up for it."""

    account: Account
    desk: SignInDesk


class Reception:
    """What is asked of the vendor, and where, is in the tenant's record alone."""

    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._sign_ins = rt.sign_on.sign_ins

    async def begin(self, tenant: str, conversation: str | None) -> Begun:
        """`conversation`: the vendor's, beside which it happens. Raises `NotFound` where there is no door."""
        await self._door(tenant)
        return await self._sign_ins.begin(tenant, {"conversation": conversation})

    async def begin_at_page(self, called: str) -> tuple[Started, str, str]:
        """From the dashboard: all of it happens in one window, so its cookie is the secret too.

        `called`: the tenant's id or name. Returns its id and the address to send the browser to, too.
        """
        tenant = await self._called(called)
        await self._door(tenant)
        begun = await self._sign_ins.begin(tenant, {"conversation": None, "page": True})
        started, url = await self.start(tenant, begun.id, begun.secret)
        return started, tenant, url

    async def start(self, tenant: str, id: str, cookie: str | None = None) -> tuple[Started, str]:  # noqa: A002
        """The address to send the browser to."""
        door = await self._door(tenant)
        started = await self._sign_ins.start(tenant, id, cookie)
        request = SignInRequest(self._callback(tenant), started.state, started.challenge, started.verifier)
        return started, door.desk.url(door.account, request)

    async def arrive(self, tenant: str, state: str, cookie: str, code: str) -> bool:
        """Somebody came back: asks the vendor who. True where they began at the dashboard.

        Raises `Forbidden`, `Unauthenticated` or a `SendError`.
        """
        arrived = await self._sign_ins.arrive(tenant, state, cookie)
        if not code:
            raise Forbidden("You did not sign in: close this window and begin again.")
        door, conversation = await self._door(tenant), arrived.note["conversation"]
        at_page = bool(arrived.note.get("page"))
        request = SignInRequest(self._callback(tenant), state, "", arrived.verifier)
        found = await door.desk.person(door.account, request, code, conversation, self._rt)
        person = await self._known(tenant, found)
        if person.role is Role.agent:
            _at_work(found, conversation, at_page=at_page)
        await self._sign_ins.settle(tenant, id_of(state), _settled(person, found, door.account, conversation))
        return at_page

    async def prove(self, tenant: str, id: str, cookie: str, *, short: bool) -> str:  # noqa: A002  the model's word
        """To the window in which it happened."""
        return await self._sign_ins.prove(tenant, id, cookie, short=short)

    async def finish(
        self,
        by: Caller,
        tenant: str,
        id: str,  # noqa: A002  the model's word
        secret: str,
        proof: str,
        agent: str,
        *,
        page: bool = False,
    ) -> Granted:
        """A session, which ends with the vendor's token at the latest. `by`: from where, with which program.

        At the dashboard's `page` nobody speaks in their own name, so that token is not kept.
        """
        note = await self._sign_ins.finish(tenant, id, secret, proof)
        person = await self._rt.access.people.get(note["person"], tenant)
        expires_at = datetime.fromisoformat(note["expires_at"])
        lasts = min(expires_at - now(), timedelta(seconds=self._rt.settings.access.session))
        granted = await self._rt.access.sessions.begin(
            person, address=by.address, agent=agent, conversation=note["conversation"], lasts=lasts, page=page,
            request_id=by.request_id,
        )  # fmt: skip
        if page:
            return granted
        account = Endpoint.model_validate(note["account"])
        await self._rt.sign_on.vendor_tokens.keep(
            tenant, granted.session, VendorToken(account, note["token"], expires_at)
        )
        return granted

    async def _known(self, tenant: str, found: VendorPerson) -> Person:
        subject = f"{found.issuer}/{found.subject}"
        return await self._rt.access.people.arrived(
            "genesys", subject, tenant=tenant, role=Role(found.role), name=found.name, email=found.email
        )

    async def _called(self, called: str) -> str:
        """A tenant's id, where it is the only one that is called so; whatever else is given stays what it is."""
        async with self._rt.db.connection() as connection:
            rows = await connection.fetch(_CALLED, called.strip())
        return str(rows[0]["id"]) if len(rows) == 1 else called.strip()

    async def _door(self, tenant: str) -> Door:
        """The oldest of the tenant's accounts that is one. A tenant that is not there is told in the same words."""
        async with self._rt.db.tenant(tenant) as connection:
            rows = await connection.fetch("select adapter, account from accounts order by created_at, 1, 2")
        for row in rows:
            adapter: object = self._registry.adapter(row["adapter"])
            account = await self._rt.directory.account(Endpoint(adapter=row["adapter"], account=row["account"]))
            if isinstance(adapter, SignsIn) and account and adapter.sign_in.ready(account):
                return Door(account, adapter.sign_in)
        raise NotFound(
            f"Nobody can sign in to {tenant} here: check the address, and that its account is set up for it "
            "(`login_client_id`)."
        )

    def _callback(self, tenant: str) -> str:
        return f"{self._rt.settings.public_url}/widget/{tenant}/auth/callback"


def _at_work(found: VendorPerson, conversation: str | None, *, at_page: bool) -> None:
    """Agents see what they take part in, and nothing else."""
    if at_page:
        raise Forbidden(
            "The dashboard is for administrators and supervisors. As an agent you work in the panel beside your "
            "conversations in Genesys Cloud: sign in there."
        )
    if conversation is None:
        raise Forbidden("An agent signs in from a conversation: open the panel beside one.")
    if not found.takes_part:
        raise Forbidden("You do not take part in this conversation: accept it first, and begin again.")


def _settled(person: Person, found: VendorPerson, account: Account, conversation: str | None) -> Note:
    return {
        "person": person.id,
        # Whoever may see all of a tenant's conversations is not bound to one.
        "conversation": conversation if person.role is Role.agent else None,
        "account": account.endpoint.model_dump(),
        "token": found.token,
        "expires_at": (now() + timedelta(seconds=found.lasts)).isoformat(),
    }


_CALLED = """
select id from tenants
where id = $1 or (lower(name) = lower($1) and not exists(select from tenants where id = $1))
"""
