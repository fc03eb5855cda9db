"""What strikes when: decided by the seed alone, so that a run can be repeated.

Two tracks run beside each other, so that things go wrong at once that never do in a test of one: on the first end and
stand processes, on the second fail networks, vendors, disks and clocks.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.nemeses import Kind

FIRST: tuple[Kind, ...] = ("kill", "kill", "kill", "boundary", "freeze")
SECOND: tuple[Kind, ...] = ("network", "network", "vendor", "vendor", "disk", "clock")
HOLD: Mapping[Kind, tuple[float, float]] = {
    "kill": (0.2, 3.0),
    "boundary": (0.2, 1.0),
    "freeze": (1.0, 8.0),
    "network": (2.0, 8.0),
    "vendor": (2.0, 8.0),
    "disk": (1.0, 5.0),
    "clock": (3.0, 6.0),
}
"""Seconds between strike and heal. No vendor gives a webhook up meanwhile: Genesys does so after 25 seconds."""
REST = (0.5, 4.0)
"""Seconds between two of one track."""
BREATH = (8.0, 16.0)
"""The same after an engine had to start. One that is away most of the time would be away at all six of Genesys' tries,
which lie 5 seconds apart, and nobody could know of it before somebody asks for a reconciliation."""


@dataclass(frozen=True, slots=True)
class Strike:
    at: float
    """Seconds from the beginning."""
    name: str
    hold: float


def schedule(seed: int, kinds: Mapping[str, Kind], seconds: float) -> tuple[Sequence[Strike], Sequence[Strike]]:
    """`kinds`: every nemesis there is, by name. Both tracks."""
    return tuple(
        list(_track(random.Random(f"{seed} strikes {track}"), kinds, track, seconds)) for track in (FIRST, SECOND)
    )  # type: ignore[return-value]  # two, as there are two tracks


def _track(dice: random.Random, kinds: Mapping[str, Kind], track: Sequence[Kind], seconds: float) -> Iterator[Strike]:
    """Of each kind one nemesis after another, in a shuffled order, so that none is left out by chance."""
    decks: dict[Kind, list[str]] = {}
    at = dice.uniform(*REST)
    there = [kind for kind in track if kind in kinds.values()]
    while at < seconds and there:
        kind = dice.choice(there)
        deck = decks.setdefault(kind, [])
        if not deck:
            deck += sorted(name for name, one in kinds.items() if one == kind)
            dice.shuffle(deck)
        strike = Strike(at, deck.pop(), dice.uniform(*HOLD[kind]))
        yield strike
        at += strike.hold + dice.uniform(*(BREATH if "engine" in strike.name and kind in FIRST else REST))
