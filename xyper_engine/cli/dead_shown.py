"""How dead letters are shown on a terminal."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from rich.table import Table

from xyper_engine.state.dead_letters import DeadLetter
from xyper_engine.state.dead_replays import Replay
from xyper_engine.state.dead_search import Group


def facts(one: DeadLetter | Group | Replay) -> dict[str, Any]:
    """All that is known of it but its body."""
    found = {field.name: _plain(getattr(one, field.name)) for field in fields(one) if field.name != "body"}
    return found | ({"state": one.state} if isinstance(one, DeadLetter) else {})


def groups_table(groups: Sequence[Group]) -> Table:
    table = Table("letters", "tenant", "reason", "code", "adapter", "direction", "first (UTC)", "last (UTC)")
    for one in groups:
        cause = one.tenant or "", one.reason, one.code, one.adapter or "", one.direction
        table.add_row(str(one.letters), *cause, _at(one.first), _at(one.last))
    return table


def letters_table(letters: Sequence[DeadLetter]) -> Table:
    table = Table("id", "tenant", "died at (UTC)", "account", "reason", "detail")
    for one in letters:
        account = f"{one.adapter or ''}/{one.account or ''}".strip("/")
        reason = f"{one.reason} {one.code}".strip()
        table.add_row(one.id, one.tenant or "", _at(one.died_at), account, reason, one.detail)
    return table


def replays_table(replays: Sequence[Replay]) -> Table:
    table = Table("id", "tenant", "asked (UTC)", "by", "state", "replayed", "refused", "died again", "left")
    for one in replays:
        state = "cancelled" if one.cancelled_at else "done" if one.finished_at else "under way"
        counts = map(str, (f"{one.replayed} of {one.total}", one.refused, one.again, one.left))
        table.add_row(one.id, one.tenant or "", _at(one.asked_at), one.asked_by, state, *counts)
    return table


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
