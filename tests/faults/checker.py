"""What was promised, checked: nothing lost, nothing doubled, nothing out of order. A pure judge of a history.

The vocabulary is that of Jepsen's queue checker, and stricter in two points. What nobody acknowledged must arrive as
well: its vendor repeats it, or Xyper reads it back (then it was `recovered`). And order counts: a message whose webhook
had ended before the webhook of another one of its conversation began must arrive before that; save where their vendor
turned them round and they arrive as they were said, read back from its history.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import NamedTuple

from tests.faults.history import Record, Way

Texts = tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """Numbers, and the texts of what went wrong."""

    attempted: int = 0
    acknowledged: int = 0
    ok: int = 0
    """Arrived once, where it belongs."""
    lost: Texts = ()
    duplicated_to_agents: Texts = ()
    duplicated_to_customers: Texts = ()
    reordered: Texts = ()
    recovered: Texts = ()
    """Never acknowledged, and there all the same."""
    unexpected: Texts = ()
    """What nobody said, or not there; and what a vendor must not see."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """Sends whose answer never came, and how each was settled."""

    @property
    def unresolved(self) -> Texts:
        return tuple(text for text, how in self.unknown.items() if not how)

    @property
    def faults(self) -> dict[str, Texts]:
        """By name, what must not be."""
        wrong = {
            "lost": self.lost,
            "duplicated to agents": self.duplicated_to_agents,
            "duplicated to customers": self.duplicated_to_customers,
            "reordered": self.reordered,
            "unexpected": self.unexpected,
            "unknown": self.unresolved,
        }
        return {name: texts for name, texts in wrong.items() if texts}

    @property
    def clean(self) -> bool:
        return not self.faults

    @property
    def counts(self) -> dict[str, int]:
        """As it is printed."""
        return {
            "attempted": self.attempted,
            "acknowledged": self.acknowledged,
            "ok": self.ok,
            "lost": len(self.lost),
            "duplicated to agents": len(self.duplicated_to_agents),
            "duplicated to customers": len(self.duplicated_to_customers),
            "reordered": len(self.reordered),
            "recovered": len(self.recovered),
            "unexpected": len(self.unexpected),
            "unknown": len(self.unknown),
            "unresolved": len(self.unresolved),
        }


class Span(NamedTuple):
    """When a message's webhook was under way. One that never ended orders nothing."""

    begun: float
    ended: float
    acknowledged: bool


def judge(records: Iterable[Record]) -> Verdict:
    told: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        told[record.op].append(replace(record, text=own_words(record.text)) if record.op == "arrived" else record)
    said = {one.text: one for one in told["attempted"]}
    spans = _spans(said, told)
    arrived = [one for one in told["arrived"] if _belongs(one, said)]
    counts = Counter(one.text for one in arrived)
    taken = {text for text, span in spans.items() if span.acknowledged}
    return Verdict(
        attempted=len(said),
        acknowledged=len(taken),
        ok=sum(number == 1 for number in counts.values()),
        lost=tuple(text for text in said if not counts[text]),
        duplicated_to_agents=_doubled(counts, said, "in"),
        duplicated_to_customers=_doubled(counts, said, "out"),
        reordered=tuple(_reordered(arrived, spans, {text: n for n, text in enumerate(said)})),
        recovered=tuple(text for text in said if counts[text] and text not in taken),
        unexpected=_unexpected(told, said),
        unknown=_unknown(told["unclear"], said),
    )


def own_words(text: str) -> str:
    """Without the line that Xyper writes above what comes late."""
    return text.rpartition("\n")[2]


def check(sent: Iterable[str], arrived: Iterable[str]) -> Verdict:
    """For texts `<lane> #<serial>` alone, in the order of each side; each was acknowledged before the next was said."""

    def lane(text: str) -> str:
        return text.rpartition(" #")[0]

    records = [Record("arrived", way="out", lane=lane(text), text=text) for text in arrived]
    for n, text in enumerate(sent):
        records += [
            Record("attempted", float(n), "out", lane(text), text, text),
            Record("acknowledged", n + 0.5, id=text, begun=float(n)),
        ]
    return judge(records)


def _spans(said: Mapping[str, Record], told: Mapping[str, list[Record]]) -> dict[str, Span]:
    """A webhook that came twice began with the first call and ended with the first 200."""
    taken, over = _earliest(told.get("acknowledged", ())), _earliest(told.get("given up", ()))
    spans = {}
    for text, one in said.items():
        hooks = [taken[one.id]] if one.id in taken else []
        hooks += [over[one.id]] if one.id in over else []
        begun = min((hook.begun for hook in hooks), default=one.at)
        spans[text] = Span(begun, hooks[0].at if hooks else inf, one.id in taken)
    return spans


def _earliest(hooks: Iterable[Record]) -> dict[str, Record]:
    """By the message's id, with the first beginning of all."""
    found: dict[str, Record] = {}
    for hook in sorted(hooks, key=lambda one: one.at):
        first = found.setdefault(hook.id, hook)
        found[hook.id] = replace(first, begun=min(first.begun, hook.begun))
    return found


def _belongs(one: Record, said: Mapping[str, Record]) -> bool:
    meant = said.get(one.text)
    return meant is not None and (meant.way, meant.lane) == (one.way, one.lane)


def _doubled(counts: Mapping[str, int], said: Mapping[str, Record], way: Way) -> Texts:
    return tuple(text for text, number in counts.items() if number > 1 and said[text].way == way)


def _unexpected(told: Mapping[str, list[Record]], said: Mapping[str, Record]) -> Texts:
    strange = [f"{one.text} in {one.lane}" for one in told["arrived"] if not _belongs(one, said)]
    return (*strange, *(one.text for one in told["violation"]))


def _unknown(unclear: Iterable[Record], said: Mapping[str, Record]) -> dict[str, str]:
    """By text; by its id what is no message of the workload's: a receipt."""
    texts = {one.id: text for text, one in said.items()}
    return {texts.get(one.id, one.id): one.how for one in unclear}


def _reordered(arrived: Iterable[Record], spans: Mapping[str, Span], said: Mapping[str, int]) -> Iterator[str]:
    """Texts that arrived, for the first time, after one of their lane that was said later, and whose webhook began
    after theirs had ended.
    """
    before: defaultdict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for one in arrived:
        lane = before[one.way, one.lane]
        if one.text not in lane:
            ended = spans[one.text].ended
            if any(begun > ended and said[text] > said[one.text] for text, begun in lane.items()):
                yield one.text
            lane[one.text] = spans[one.text].begun
