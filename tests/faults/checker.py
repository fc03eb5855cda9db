"""What was promised, checked: nothing lost, nothing doubled, nothing out of order.

The vocabulary is that of Jepsen's queue checker. Every message carries a lane (one customer on one number, one way) and
a serial; the far side's record says what arrived.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Verdict:
    attempted: int = 0
    ok: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.reordered or self.unexpected)


def check(sent: Iterable[str], arrived: Iterable[str]) -> Verdict:
    """`sent` and `arrived` are texts `<lane> #<serial>` in the order of each side."""
    wanted, found = list(sent), list(arrived)
    counts = Counter(found)
    verdict = Verdict(attempted=len(wanted), ok=sum(counts[text] == 1 for text in wanted))
    verdict.lost = [text for text in wanted if not counts[text]]
    verdict.duplicated = [text for text, number in counts.items() if number > 1]
    verdict.unexpected = sorted(set(counts) - set(wanted))
    verdict.reordered = _reordered(wanted, found)
    return verdict


def _reordered(wanted: list[str], found: list[str]) -> list[str]:
    """Texts that arrived, for the first time, after one of their lane that was sent later."""
    place = {text: n for n, text in enumerate(wanted)}
    newest: defaultdict[str, int] = defaultdict(lambda: -1)
    wrong = []
    for text in dict.fromkeys(found):
        lane, at = text.rpartition(" #")[0], place.get(text, -1)
        if 0 <= at < newest[lane]:
            wrong.append(text)
        newest[lane] = max(newest[lane], at)
    return wrong
