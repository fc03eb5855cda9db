"""The audit: who changed what, and what proves that no line of it was altered."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from xyper_engine.access.integrity import Integrity, Verdict
from xyper_engine.access.roles import Action
from xyper_engine.access.trail import Line, Trail, Wanted, as_csv, as_jsonl
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Answer, Call, Given, Route, Told
from xyper_engine.errors import Malformed
from xyper_engine.runtime import Runtime
from xyper_engine.saying import Saying, sayings

_ALL, _OWN = "/api/v1/audit", "/api/v1/tenants/{tenant}/audit"
_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv"}


def _written_out(moment: object) -> object:
    if isinstance(moment, str) and "T" not in moment.upper():
        raise ValueError("write it out, with its offset: 2026-11-25T08:00:00Z")
    return moment


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]


class Filter(Given):
    who: str | None = Field(None, max_length=200)
    """Id of a person or key."""
    action: str | None = Field(None, max_length=200, examples=["key.revoke"])
    subject: str | None = Field(None, max_length=200, examples=["key/0123456789abcdef"])
    """What was changed."""
    since: Moment | None = None
    until: Moment | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.who, self.action, self.subject, self.since, self.until)


class Lines(Page, Filter):
    """A page of the audit."""


class Export(Filter):
    format: Literal["jsonl", "csv"] = "jsonl"


class AuditLine(Told):
    chain: str
    """The tenant's id, or "" for what concerns no tenant."""
    seq: int
    """Counts from 1 in each chain."""
    hash: str
    """SHA-256, in hex, of the hash before it (32 zero bytes for the first line) and the line's text, as exported."""
    at: datetime
    kind: str
    """`person`, `key`, or `host` for the command line."""
    who: str
    name: str
    role: str
    address: str
    request_id: str
    action: str
    subject: str
    tenant: str | None
    before: dict[str, Any] | None
    """What it was. Secrets are fingerprints."""
    after: dict[str, Any] | None
    """What it became."""


class AuditPage(Told):
    lines: tuple[AuditLine, ...]
    """Newest first."""
    next: str | None
    """Where the next page begins; null at the end."""


class FaultTold(Told):
    chain: str
    seq: int
    why: str
    said: dict[str, Saying]
    """Why, for other languages."""


class VerdictTold(Told):
    state: Literal["verified", "broken", "walking"]
    """`walking`: nothing is wrong so far; ask again for the rest."""
    chains: int
    lines: int
    """Of all chains when the walk began."""
    walked: int
    broken: tuple[FaultTold, ...]
    """The first 20."""
    began_at: datetime
    done_at: datetime | None
    """The verdict stands for ten minutes; then the next question begins anew."""


class AuditApi:
    def __init__(self, rt: Runtime) -> None:
        self._trail = Trail(rt.db)
        self._integrity = Integrity(rt.db)

    def routes(self) -> tuple[Route, ...]:
        read, types = Action.audit_read, tuple(_TYPES.values())
        every, own = "everywhere you may look", "in one tenant"
        return (
            Route("GET", _ALL, read, self.list, f"Read who changed what, {every}.", query=Lines, answer=AuditPage),
            Route("GET", f"{_ALL}/export", read, self.export, f"Export all lines, {every}, with their hashes.",
                  query=Export, content=types),
            Route("GET", f"{_ALL}/integrity", read, self.integrity, f"Prove that no line was altered, {every}.",
                  answer=VerdictTold),
            Route("GET", f"{_OWN}/integrity", read, self.integrity, "Prove that no line of a tenant's was altered.",
                  answer=VerdictTold),
            Route("GET", _OWN, read, self.list, f"Read who changed what {own}.", query=Lines, answer=AuditPage),
            Route("GET", f"{_OWN}/export", read, self.export, "Export a tenant's chain with its hashes.",
                  query=Export, content=types),
        )  # fmt: skip

    async def list(self, call: Call) -> AuditPage:
        query: Lines = call.query
        rows = await self._trail.page(call.scope, query.wanted, _before(query), query.limit + 1)
        lines = rows[: query.limit]
        last = lines[-1] if len(rows) > query.limit else None
        return AuditPage(
            lines=tuple(map(told, lines)), next=cursor(last.at.isoformat(), last.chain, last.seq) if last else None
        )

    async def integrity(self, call: Call) -> VerdictTold:
        """Walks along the chains for half a second at a time."""
        return _verdict(await self._integrity.told(call.scope))

    async def export(self, call: Call) -> Answer:
        query: Export = call.query
        lines = self._trail.walk(call.scope, query.wanted)
        name = f"audit-{call.scope or 'all'}.{query.format}"
        return Answer(
            body=as_csv(lines) if query.format == "csv" else as_jsonl(lines),
            content_type=_TYPES[query.format],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _verdict(one: Verdict) -> VerdictTold:
    state = "broken" if one.broken else "verified" if one.done_at else "walking"
    faults = tuple(
        FaultTold(chain=fault.chain, seq=fault.seq, why=fault.why, said=sayings(why=fault.why)) for fault in one.broken
    )
    return VerdictTold.model_validate({**asdict(one), "state": state, "broken": faults})


def told(line: Line) -> AuditLine:
    return AuditLine.model_validate({**line.told, "chain": line.chain, "seq": line.seq, "hash": line.hash})


def _before(query: Lines) -> tuple[datetime, str, int] | None:
    key: Any = query.after(str, str, int)
    try:
        return key and (datetime.fromisoformat(key[0]), key[1], key[2])
    except ValueError:
        raise Malformed("cursor: give back `next` of the page before, unchanged.") from None
