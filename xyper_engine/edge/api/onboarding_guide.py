"""What a person who onboards a tenant needs to know and to choose; `onboarding.py` is the onboarding itself."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import Field

from xyper_engine.abilities import Offer
from xyper_engine.access.roles import Action
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.onboarding.guide import Guide
from xyper_engine.onboarding.office import OnboardingOffice
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.saying import Saying, sayings
from xyper_engine.tenants.spec import End

_PATH = "/api/v1/tenants/{tenant}/onboarding"


class ChannelTold(Told):
    adapter: str
    customers: bool
    """True where customers write on it, false where agents answer."""
    config: dict[str, Any]
    """A JSON schema of an account's `config`."""
    secrets: tuple[str, ...]
    """Names of the secrets that an account needs."""
    extras: tuple[str, ...]
    """Names of those that it may have besides."""


class PlaceTold(Told):
    adapter: str
    account: str | None
    """Null: all of the tenant's accounts on this channel."""
    url: str
    own: bool
    """False for the operator's, which many tenants share."""
    challenged_at: datetime | None
    """When the vendor's handshake with it last succeeded."""


class InstallationTold(Told):
    url: str
    """With the gaps that the vendor fills in."""
    sandbox: str
    permissions: str
    redirect_uri: str
    """Where people come back to after they have signed in at the vendor."""


class GuideTold(Told):
    channels: tuple[ChannelTold, ...]
    places: tuple[PlaceTold, ...]
    """Webhook addresses; for each channel the first that fits counts."""
    page: InstallationTold | None
    """How the agents' page is installed; null where no channel shows one."""


class Of(Given):
    account: End
    """As `<adapter>/<account>`."""


class OfferTold(Told):
    id: str
    name: str
    detail: str
    """What speaks against taking it, e.g. that it is in use."""
    said: dict[str, Saying]
    """That for other languages."""


class OfferList(Told):
    offers: tuple[OfferTold, ...]


class Adoption(Given):
    account: End
    """As `<adapter>/<account>`."""
    id: str = Field(min_length=1, max_length=200)
    """Of one of its offers."""


class Adopted(Told):
    account: str
    """What the account is called from now on."""


class OnboardingGuideApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._guide = Guide(rt, registry)
        self._office = OnboardingOffice(rt, registry)

    def routes(self) -> tuple[Route, ...]:
        read, run = Action.onboarding_read, Action.onboarding_run
        return (
            Route("GET", f"{_PATH}/guide", read, self.read,
                  "What accounts are made of, and what is copied to the vendors.", answer=GuideTold),
            Route("GET", f"{_PATH}/offers", run, self.offers,
                  "What there is at the vendor that an account could stand for.", query=Of, answer=OfferList),
            Route("POST", f"{_PATH}/adoption", run, self.adopt, "Have an account stand for one of its offers.",
                  body=Adoption, answer=Adopted),
        )  # fmt: skip

    async def read(self, call: Call) -> GuideTold:
        """Nothing in it is secret."""
        return GuideTold.model_validate(asdict(await self._guide.read(call.tenant)))

    async def offers(self, call: Call) -> OfferList:
        """Only for an account that stands for nothing yet; else there are none."""
        found = await self._office.offers(call.caller, call.tenant, call.query.account)
        return OfferList(offers=tuple(_told(one) for one in found))

    async def adopt(self, call: Call) -> Adopted:
        """Instead of having one made. The next run gives it our webhook."""
        body: Adoption = call.body
        return Adopted(account=str(await self._office.adopt(call.caller, call.tenant, body.account, body.id)))


def _told(one: Offer) -> OfferTold:
    return OfferTold(id=one.id, name=one.name, detail=one.detail, said=sayings(detail=one.detail))
