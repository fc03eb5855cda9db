"""Service level objectives: how much is left of each tenant's error budget of thirty days, and how fast it goes.

What the goal is says the tenant's policy (`objective_share`, `objective_seconds`).
"""

from xyper_engine.access.roles import Action
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.errors import Malformed
from xyper_engine.runtime import Runtime
from xyper_engine.state.objectives import BudgetView, DayView, Objectives


class BudgetTold(BudgetView, Told):
    """A tenant's error budget."""


class BudgetPage(Told):
    budgets: tuple[BudgetTold, ...]
    """Those with the least left first."""
    next: str | None


class ObjectiveTold(BudgetTold):
    days: tuple[DayView, ...]
    """Oldest first, by the tenant's own clock; days without messages are left out."""


class ObjectivesApi:
    def __init__(self, rt: Runtime) -> None:
        self._objectives = Objectives(rt.db)

    def routes(self) -> tuple[Route, ...]:
        read = Action.statistics_read
        return (
            Route("GET", "/api/v1/objectives", read, self.list, "List the error budgets, wherever you may look.",
                  query=Page, answer=BudgetPage),
            Route("GET", "/api/v1/tenants/{tenant}/objective", read, self.one, "Read a tenant's error budget.",
                  answer=ObjectiveTold),
        )  # fmt: skip

    async def list(self, call: Call) -> BudgetPage:
        """As looked at within the last minutes."""
        page: Page = call.query
        found = await self._objectives.worst(call.scope, _after(page), page.limit + 1)
        told, last = found[: page.limit], found[page.limit - 1] if len(found) > page.limit else None
        return BudgetPage(
            budgets=tuple(BudgetTold.model_validate(one.model_dump()) for one in told),
            next=cursor(repr(last.kept), last.tenant) if last else None,
        )

    async def one(self, call: Call) -> ObjectiveTold:
        """As it is now."""
        budget, days = await self._objectives.one(call.tenant)
        return ObjectiveTold(**budget.model_dump(), days=tuple(days))


def _after(page: Page) -> tuple[float, str] | None:
    if (key := page.after(str, str)) is None:
        return None
    try:
        return float(key[0]), str(key[1])
    except ValueError:
        raise Malformed("cursor: give back `next` of the page before, unchanged.") from None
