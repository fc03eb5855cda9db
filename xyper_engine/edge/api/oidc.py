"""Sign-in of Xyper's own administrators with the operator's identity provider (`[oidc]`, see `access/oidc.py`).

All of it happens in one window, so its cookie is the secret too, and the proof goes to the dashboard's page in the part
of the address that no server sees. It opens nothing without the cookie, nor twice: no token ever stands in an address.
"""

from pydantic import ConfigDict, Field, SecretStr

from xyper_engine.access.oidc import Provider
from xyper_engine.access.roles import Role
from xyper_engine.access.sign_ins import LASTS, PROOF_LASTS, id_of
from xyper_engine.edge.api.auth import SignedIn, signed_in
from xyper_engine.edge.api.sign_in import CameBack, landing
from xyper_engine.edge.route import Answer, Call, Given, Route, Told
from xyper_engine.edge.sign_in_cookie import cookie_of, with_cookie
from xyper_engine.edge.sign_in_pages import HTML, in_window
from xyper_engine.errors import Forbidden, NotFound
from xyper_engine.runtime import Runtime

_PATH = "/api/v1/auth/oidc"


class Offer(Told):
    enabled: bool
    start: str
    """Where the browser goes to sign in."""


class Start(Given):
    """Whatever else stands in the address is not read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    again: bool = False
    """They must prove themselves even if the provider knows them still."""


class Returned(CameBack):
    iss: str | None = Field(None, max_length=1000)
    """RFC 9207: which provider answers."""


class LandedWith(Given):
    code: SecretStr = Field(max_length=200)


class OidcApi:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._public_url = rt.settings.public_url
        self._sign_ins = rt.sign_on.sign_ins

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", _PATH, None, self.offer, "Whether people sign in with an identity provider.", answer=Offer),
            Route("GET", f"{_PATH}/start", None, in_window(self.start),
                  "In the browser's window: go to the provider's login.",
                  query=Start, status=303, content=HTML),
            Route("GET", f"{_PATH}/callback", None, in_window(self.callback),
                  "Where the provider sends the window back to.",
                  query=Returned, status=303, content=HTML),
            Route("POST", f"{_PATH}/finish", None, self.finish, "Hand in the code: once, for the tokens of a session.",
                  body=LandedWith, answer=SignedIn),
        )  # fmt: skip

    async def offer(self, _: Call) -> Offer:
        return Offer(enabled=self._rt.sign_on.provider is not None, start=f"{self._public_url}{_PATH}/start")

    async def start(self, call: Call) -> Answer:
        again = call.query.again
        provider, begun = self._provider(), await self._sign_ins.begin(None, {"again": again})
        started = await self._sign_ins.start(None, begun.id, begun.secret)
        url = await provider.url(started, again=again)
        return with_cookie(self._public_url, begun.id, begun.secret, LASTS + PROOF_LASTS, to=url)

    async def callback(self, call: Call) -> Answer:
        came: Returned = call.query
        sid = id_of(came.state)
        cookie = cookie_of(call.request, self._public_url, sid)
        await self._arrive(came, sid, cookie)
        proof = await self._sign_ins.prove(None, sid, cookie)
        return Answer(status=303, headers={"Location": f"{self._public_url}{landing(sid, proof)}"})

    async def finish(self, call: Call) -> SignedIn:
        sid, _, proof = call.body.code.get_secret_value().partition(".")
        cookie = cookie_of(call.request, self._public_url, sid)
        note = await self._sign_ins.finish(None, sid, cookie, proof)
        person = await self._rt.access.people.get(note["person"], None)
        agent = call.request.headers.get("User-Agent", "")
        return signed_in(
            await self._rt.access.sessions.begin(
                person, address=call.caller.address, agent=agent, request_id=call.caller.request_id
            )
        )

    async def _arrive(self, came: Returned, sid: str, cookie: str) -> None:
        """Whom the provider proves is noted, or known again by issuer and subject."""
        arrived = await self._sign_ins.arrive(None, came.state, cookie)
        if not came.code:
            raise Forbidden("You did not sign in: begin again.")
        found = await self._provider().known(arrived, came.code, came.iss)
        person = await self._rt.access.people.arrived(
            "oidc", f"{found.issuer}#{found.subject}", tenant=None, role=Role.xyper_admin,
            name=found.name, email=found.email,
        )  # fmt: skip
        await self._sign_ins.settle(None, sid, {"person": person.id, "just_now": found.just_now})

    def _provider(self) -> Provider:
        if self._rt.sign_on.provider is None:
            raise NotFound("Nobody signs in with an identity provider here: [oidc] issuer is not set.")
        return self._rt.sign_on.provider
