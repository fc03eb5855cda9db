"""What a step is given in these tests: an account, and a webhook address that is kept in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace

import aiohttp
from pydantic import SecretStr

from xyper_engine.abilities import Onboards
from xyper_engine.model import Account, Hook
from xyper_engine.onboarding import attempt
from xyper_engine.runtime import Runtime
from xyper_engine.steps import Called, Finding, KnownHook, Step
from xyper_engine.testing import bare_runtime

PUBLIC = "https://xyper.example.com"


@dataclass
class Workbench:
    """Satisfies `Work`."""

    account: Account
    rt: Runtime
    adapter: Onboards
    known: Hook | None = None
    url: str = ""
    challenged_at: datetime | None = None
    calls: list[Called] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)

    async def hook(self) -> KnownHook | None:
        if self.known is None:
            return None
        url = self.url or f"{PUBLIC}/hooks/{self.known.adapter}/{self.known.id}"
        return KnownHook(url, self.known, self.challenged_at)

    async def make_hook(self, *, secret: bool = False, verify_token: bool = False) -> KnownHook:
        at = self.account.endpoint
        held = self.known or Hook(id="made", adapter=at.adapter, tenant=self.account.tenant, account=at.account)
        secrets = held.secrets or ((SecretStr("made-up-secret-of-ours"),) if secret else ())
        tokens = held.verify_tokens or ((SecretStr("made-up-token"),) if verify_token else ())
        self.known = held.model_copy(update={"secrets": secrets, "verify_tokens": tokens})
        found = await self.hook()
        assert found is not None
        return found

    async def keep(self, name: str, value: str) -> None:
        self.kept[name] = value
        self.account = self.account.model_copy(update={"secrets": {**self.account.secrets, name: SecretStr(value)}})

    def step(self, name: str) -> Step:
        return next(step for step in self.adapter.steps if step.name == name)

    async def look(self, name: str) -> Finding:
        self.calls.clear()
        return await attempt.look(self.step(name), self)

    async def make(self, name: str) -> Finding:
        """As an onboarding does it, with the id that the vendor gave taken on."""
        self.calls.clear()
        found = await attempt.make(self.step(name), self)
        if found.account:
            endpoint = self.account.endpoint.model_copy(update={"account": found.account})
            self.account = self.account.model_copy(update={"endpoint": endpoint})
        return found

    @property
    def asked(self) -> Sequence[str]:
        """Method and path of each call of the last step."""
        return [call.what for call in self.calls]


def runtime(http: aiohttp.ClientSession) -> Runtime:
    return bare_runtime(http=http, settings=SimpleNamespace(public_url=PUBLIC))
