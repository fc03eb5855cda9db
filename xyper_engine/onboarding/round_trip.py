"""The proof that counts: a customer's message through the bridge to the agents, and an agent's answer back, live.

Nobody can make a person write, so these steps wait for one, and see in the ledger's posts what became of it.
"""

import re
from datetime import datetime

from asyncpg import Record

from xyper_engine.model import Endpoint
from xyper_engine.saying import Quoted, said
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
            todo = said("trip.nobody.todo", "Write to {name} from a phone.", name=name)
            return Finding("waiting", said("trip.nobody", "No customer has written yet."), todo)
        work.calls.append(Called("a customer's message", _status(post), post["event_id"]))
        if "failed" in post["status_at"]:
            found = said("trip.refused", "The agents' side did not take it: {why}.", why=_why(post))
            return Finding("failed", found, said("trip.refused.todo", "Mend that, and write again."))
        if "published" in post["status_at"]:
            return Finding("done", said("trip.published", "It was published in the conversation."))
        if post["state"] != "sent":
            todo = said("trip.under_way.todo", "See `xyper dead list` and the log.")
            return Finding("waiting", said("trip.under_way", "A message is on its way to the agents."), todo)
        found = said("trip.taken", "A message was taken; that it was published was not told yet.")
        words = "Its receipt comes by the agents' side's webhook: is its address right and reachable?"
        return Finding("waiting", found, said("trip.taken.todo", words))

    async def answered(self, work: Work) -> Finding:
        """From the agent to the phone: taken, and delivered there."""
        post = await self._post(work.rt.db, self._agent, self._customer)
        if post is None:
            todo = said("trip.silent.todo", "Answer the customer's message as an agent.")
            return Finding("waiting", said("trip.silent", "No agent has answered yet."), todo)
        work.calls.append(Called("an agent's answer", _status(post), post["event_id"]))
        if {"delivered", "read"} & set(post["status_at"]):
            return Finding("done", said("trip.delivered", "It was delivered to the phone."))
        if "failed" in post["status_at"]:
            found = said("trip.undelivered", "It could not be delivered: {why}.", why=_why(post))
            return Finding("failed", found, said("trip.undelivered.todo", "Mend that, and answer again."))
        found = said("trip.answering", "An answer is on its way; that it was delivered was not told yet.")
        words = "Is the phone online? Its status comes by the webhook: is its address right and reachable?"
        return Finding("waiting", found, said("trip.answering.todo", words))

    async def _post(self, db: Database, origin: Endpoint, to: Endpoint) -> Record | None:
        """The newest message that way since it began; receipts are posts too, and say nothing of themselves."""
        ends = (origin.adapter, origin.account, to.adapter, to.account)
        return await db.fetchrow(_POST, *ends, _first_id(self._begun))


def _first_id(moment: datetime) -> str:
    """The lowest id that an event of that moment could have: ids begin with the time."""
    digits = f"{int(moment.timestamp() * 1000):012x}7000"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:]}-8000-000000000000"


def _status(post: Record) -> str:
    return ", ".join(post["status_at"]) or str(post["state"])


def _why(post: Record) -> str:
    reason = post["reason"] or {}
    words = re.sub(r"\d{7,}", "…", f"{reason.get('code', '')} {reason.get('message', '')}".strip())
    return Quoted(words) if words else said("trip.no_reason", "it did not say")


_POST = """
select event_id, state, status_at, reason from posts
where event_id >= $5 and (origin_adapter, origin_account, adapter, account) = ($1, $2, $3, $4)
  and external_id not like 'final:%' and last
order by event_id desc limit 1
"""
