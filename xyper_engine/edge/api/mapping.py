"""Which conversation of ours is meant: for a page that opens at the agent's desk, and for programs of the tenant."""

from collections.abc import Sequence

from pydantic import Field, model_validator

from xyper_engine.access.roles import Action
from xyper_engine.edge.api.tenants import ONE
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.errors import NotFound
from xyper_engine.runtime import Runtime
from xyper_engine.state.mapped import Mapped
from xyper_engine.tenants.spec import End


class Question(Given):
    """Either `thread`, or `number` with `contact`."""

    thread: str | None = Field(None, min_length=1, max_length=300)
    """The agent side's id of it (Genesys: `conversationId`), also an earlier one."""
    number: End | None = None
    """The account that the customer writes to: `<adapter>/<account>`."""
    contact: str | None = Field(None, min_length=1, max_length=300, examples=["tel:+16505551234"])
    """The customer, by any name of theirs."""

    @model_validator(mode="after")
    def _one_way(self) -> "Question":
        given = [self.thread is not None, self.number is not None, self.contact is not None]
        if given not in ([True, False, False], [False, True, True]):
            raise ValueError("give either thread, or number and contact")
        return self


class MappedTold(Told):
    id: str
    """Ours."""
    customer: str
    """The account that the customer writes to: `<adapter>/<account>`."""
    agent: str
    """The account that agents work in."""


class MappingTold(Told):
    conversations: tuple[MappedTold, ...]
    """One, unless a number's customers are answered from several accounts; newest first."""


class MappingApi:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", f"{ONE}/mapping", Action.conversations_read, self.find,
                  "Which conversation an agent side's id, or a number and its customer, stand for.",
                  query=Question, answer=MappingTold),
        )  # fmt: skip

    async def find(self, call: Call) -> MappingTold:
        """Whoever is bound to one conversation may ask for that one only."""
        query: Question = call.query
        allowed = call.caller.conversation in (None, query.thread)
        found = await self._found(call.tenant, query) if allowed else ()
        if not found:
            raise NotFound(f"Tenant {call.tenant} has no such conversation.")
        return MappingTold(conversations=tuple(map(_told, found)))

    async def _found(self, tenant: str, query: Question) -> Sequence[Mapped]:
        if query.number is not None and query.contact is not None:
            return await self._rt.mapping.of_customer(tenant, query.number, query.contact)
        one = await self._rt.mapping.of_thread(tenant, query.thread or "")
        return (one,) if one else ()


def _told(one: Mapped) -> MappedTold:
    return MappedTold(id=one.id, customer=str(one.customer), agent=str(one.agent))
