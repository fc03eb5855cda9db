"""The proof that counts: a customer's message through the bridge to the agents, and an agent's answer back, live.

Nobody can make a person write, so these steps wait for one, and see in the ledger's posts what became of it.
"""

import re
from datetime import datetime

from asyncpg import Record

from xyper_engine.model import Endpoint
from xyper_engine.steps import Called, Finding, Step, Work
from xyper_engine.store.db import Database

HEARD, ANSWERED = "heard", "answered"
_EVERY = 1.0


def steps(customer: Endpoint, agent: Endpoint, begun: datetime, patience: float) -> tuple[Step, ...]:
    """For a link; what came before `begun` proves nothing."""
    trip = RoundTrip(customer, agent, begun)
    return (
        Step(HEARD, "A customer's message reaches the agents", trip.heard, patience=patience, every=_EVERY),
        Step(ANSWERED, "An agent's answer reaches the customer", trip.answered, patience=patience, every=_EVERY),
    )


class RoundTrip:
    def __init__(self, customer: Endpoint, agent: Endpoint, begun: datetime) -> None:
        self._customer = customer
        self._agent = agent
        self._begun = begun

    async def heard(self, work: Work) -> Finding:
        """From the phone into the conversation: taken, and published there."""
        post = await self._post(work.rt.db, self._customer, self._agent)
        if post is None:
            name = work.account.name or work.account.endpoint.account
            return Finding("waiting", "No customer has written yet.", f"Write to {name} from a phone.")
        work.calls.append(Called("a customer's message", _said(post), post["event_id"]))
        if "failed" in post["status_at"]:
            return Finding("failed", f"The agents' side did not take it: {_why(post)}.", "Mend that, and write again.")
        if "published" in post["status_at"]:
            return Finding("done", "It was published in the conversation.")
        if post["state"] != "sent":
            return Finding("waiting", "A message is on its way to the agents.", "See `xyper dead list` and the log.")
        todo = "Its receipt comes by the agents' side's webhook: is its address right and reachable?"
        return Finding("waiting", "A message was taken; that it was published was not told yet.", todo)

    async def answered(self, work: Work) -> Finding:
        """From the agent to the phone: taken, and delivered there."""
        post = await self._post(work.rt.db, self._agent, self._customer)
        if post is None:
            return Finding("waiting", "No agent has answered yet.", "Answer the customer's message as an agent.")
        work.calls.append(Called("an agent's answer", _said(post), post["event_id"]))
        if {"delivered", "read"} & set(post["status_at"]):
            return Finding("done", "It was delivered to the phone.")
        if "failed" in post["status_at"]:
            return Finding("failed", f"It could not be delivered: {_why(post)}.", "Mend that, and answer again.")
        todo = "Is the phone online? Its status comes by the webhook: is its address right and reachable?"
        return Finding("waiting", "An answer is on its way; that it was delivered was not told yet.", todo)

    async def _post(self, db: Database, origin: Endpoint, to: Endpoint) -> Record | None:
        """The newest message that way since it began; receipts are posts too, and say nothing of themselves."""
        ends = (origin.adapter, origin.account, to.adapter, to.account)
        return await db.fetchrow(_POST, *ends, _first_id(self._begun))


def _first_id(moment: datetime) -> str:
    """The lowest id that an event of that moment could have: ids begin with the time."""
    digits = f"{int(moment.timestamp() * 1000):012x}7000"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:]}-8000-000000000000"


def _said(post: Record) -> str:
    return ", ".join(post["status_at"]) or str(post["state"])


def _why(post: Record) -> str:
    reason = post["reason"] or {}
    return re.sub(r"\d{7,}", "…", f"{reason.get('code', '')} {reason.get('message', '')}".strip()) or "it did not say"


_POST = """
select event_id, state, status_at, reason from posts
where event_id >= $5 and (origin_adapter, origin_account, adapter, account) = ($1, $2, $3, $4)
  and external_id not like 'final:%' and last
order by event_id desc limit 1
"""
