"""The calls by which a Genesys account is looked at and set up, each noted for the person who watches."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from xyper_engine.steps import Called, Work
from xyper_genesys.api import Api, trouble
from xyper_genesys.exchange import Answer
from xyper_genesys.settings import Hosts
from xyper_genesys.tokens import Credentials

Json = dict[str, Any]
_PAGE = 100
_PAGES = 50
"""More entities than any organization has."""


@dataclass(frozen=True, slots=True)
class Calls:
    api: Api
    regions: Mapping[str, Hosts]

    def of(self, work: Work) -> "StepCalls":
        """As the account's OAuth client. Raises `Misconfigured`."""
        return StepCalls(self.api, work, Credentials.of(work.account, self.regions))


@dataclass(frozen=True, slots=True)
class StepCalls:
    api: Api
    work: Work
    credentials: Credentials

    async def ask(
        self,
        method: str,
        route: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        accept: Collection[int] = (),
    ) -> Answer:
        """The answer. Raises the `SendError` of a refusal, save those with a status to `accept`."""
        http = self.work.rt.http
        answer = await self.api.call(http, self.credentials, method, route, query=query, body=body)
        said = str(answer.status) if answer.ok else f"{answer.status} {answer.field('code')}".strip()
        self.work.calls.append(Called(f"{method} {route}", said, answer.correlation or ""))
        if answer.ok or answer.status in accept:
            return answer
        raise trouble(answer, f"{method} {route}", self.credentials.bucket)

    async def read(self, route: str) -> Json:
        """An object."""
        return _object((await self.ask("GET", route)).body)

    async def put(self, method: str, route: str, body: Json) -> Json:
        """Write an object; as Genesys has it then."""
        return _object((await self.ask(method, route, body=body)).body)

    async def may(self, route: str) -> bool:
        """Whether a look is allowed."""
        return (await self.ask("GET", route, accept=(403,))).ok

    async def all(self, route: str) -> AsyncIterator[Json]:
        """Every entity of a list, page by page."""
        for number in range(1, _PAGES):
            query = {"pageSize": str(_PAGE), "pageNumber": str(number)}
            page = _object((await self.ask("GET", route, query=query)).body)
            for entity in page.get("entities") or ():
                yield _object(entity)
            if number >= int(page.get("pageCount") or 1):
                return


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def named(value: Any, *path: str) -> str:
    """A string somewhere inside an answer; "" where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
