"""Sign-in of a tenant's people with their vendor, from the panel beside a conversation or from the dashboard.

`new` and `finish` are called by the page; `start`, `callback`, `done` and `proof` belong to the window that it opens.
Only that window has the cookie, and only that page the secret (see `access/sign_ins.py`).
"""

from pydantic import ConfigDict, Field, SecretStr

from xyper_engine.access.sign_ins import LASTS, PROOF_LASTS, id_of
from xyper_engine.edge.api.auth import SignedIn, signed_in
from xyper_engine.edge.route import Answer, Call, Given, Route, Told
from xyper_engine.edge.sign_in_cookie import cookie_of, with_cookie
from xyper_engine.edge.sign_in_pages import HTML, done, in_window
from xyper_engine.plugins import Registry
from xyper_engine.reception import Reception
from xyper_engine.runtime import Runtime

_PATH = "/widget/{tenant}/auth"
LANDING = "/admin/"
"""The dashboard's page, which finds `#code=` in its address."""


class Beginning(Given):
    conversation: str | None = Field(None, min_length=1, max_length=100)
    """The vendor's id of the conversation beside which the panel is open; agents cannot do without."""


class Begun(Told):
    sid: str
    """Goes into the address of the window."""
    secret: str
    """Stays in the page."""


class OfSignIn(Given):
    sid: str = Field("", max_length=100)


class CameBack(Given):
    """What the vendor's login sends the browser back with; it may add what it likes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: str = Field("", max_length=200)
    code: str = Field("", max_length=4000)
    """Missing where nobody signed in."""


class ForProof(Given):
    sid: str = Field(max_length=100)
    short: bool = False
    """Six digits, to be typed in by hand."""


class Proof(Told):
    proof: str


class Finishing(Given):
    sid: str = Field(max_length=100)
    secret: SecretStr = Field(max_length=100)
    proof: SecretStr = Field(max_length=100)


def landing(sid: str, proof: str, tenant: str | None = None) -> str:
    """Where a sign-in ends that began at the dashboard: the proof stands where no server sees it."""
    return f"{LANDING}#code={sid}.{proof}{f'&tenant={tenant}' if tenant else ''}"


class SignInApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._public_url = rt.settings.public_url
        self._reception = Reception(rt, registry)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("POST", f"{_PATH}/new", None, self.new, "Begin to sign in with the tenant's vendor.",
                  body=Beginning, answer=Begun),
            Route("GET", f"{_PATH}/start", None, in_window(self.start),
                  "In a window of its own: go to the vendor's login.",
                  query=OfSignIn, status=303, content=HTML),
            Route("GET", f"{_PATH}/callback", None, in_window(self.callback),
                  "Where the vendor's login sends the window back to.",
                  query=CameBack, status=303, content=HTML),
            Route("GET", f"{_PATH}/done", None, self.done, "The page in the window that hands the proof on.",
                  query=OfSignIn, content=HTML),
            Route("POST", f"{_PATH}/proof", None, self.proof, "From that page: the proof of who signed in.",
                  body=ForProof, answer=Proof),
            Route("POST", f"{_PATH}/finish", None, self.finish, "Hand the proof in: once, for the tokens of a session.",
                  body=Finishing, answer=SignedIn),
        )  # fmt: skip

    async def new(self, call: Call) -> Begun:
        begun = await self._reception.begin(call.tenant, call.body.conversation)
        return Begun(sid=begun.id, secret=begun.secret)

    async def start(self, call: Call) -> Answer:
        sid = call.query.sid
        started, url = await self._reception.start(call.tenant, sid)
        return with_cookie(self._public_url, sid, started.cookie, LASTS + PROOF_LASTS, to=url)

    async def callback(self, call: Call) -> Answer:
        came: CameBack = call.query
        sid = id_of(came.state)
        cookie = cookie_of(call.request, self._public_url, sid)
        if await self._reception.arrive(call.tenant, came.state, cookie, came.code):
            proof = await self._reception.prove(call.tenant, sid, cookie, short=False)
            return Answer(status=303, headers={"Location": f"{self._public_url}{landing(sid, proof, call.tenant)}"})
        # A new address, so that neither the code nor the state stays in the window's.
        return Answer(status=303, headers={"Location": f"{self._public_url}/widget/{call.tenant}/auth/done?sid={sid}"})

    async def done(self, _: Call) -> Answer:
        return done()

    async def proof(self, call: Call) -> Proof:
        given: ForProof = call.body
        cookie = cookie_of(call.request, self._public_url, given.sid)
        return Proof(proof=await self._reception.prove(call.tenant, given.sid, cookie, short=given.short))

    async def finish(self, call: Call) -> SignedIn:
        given: Finishing = call.body
        secret, proof = given.secret.get_secret_value(), given.proof.get_secret_value()
        agent = call.request.headers.get("User-Agent", "")
        return signed_in(await self._reception.finish(call.caller, call.tenant, given.sid, secret, proof, agent))
