"""What becomes of each thing while a part is away: one table, which the README shows and `test_degraded.py` proves.

`python -m tests.faults.matrix` prints it; `--write` puts it into README.md.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- degraded: python -m tests.faults.matrix --write -->", "<!-- /degraded -->"


class Part(StrEnum):
    """As `[broker]`, `[database]`, `[cache]` and `[media]` call them, and `/ready`."""

    broker = "RabbitMQ"
    database = "PostgreSQL"
    cache = "Redis"
    media = "media store"


class When(StrEnum):
    start = "away at start"
    lost = "lost in flight"
    back = "back"


class Thing(StrEnum):
    webhooks = "webhooks"
    inbound = "messages to agents"
    outbound = "messages to customers"
    files = "customers' files"
    links = "links to files"
    api = "API"


class Fate(StrEnum):
    works = "works"
    waits = "waits"
    refused = "503"


Cell = Mapping[Thing, Fate]

_ALL: Cell = dict.fromkeys(Thing, Fate.works)
_ASLEEP: Cell = dict.fromkeys((Thing.inbound, Thing.outbound, Thing.files), Fate.waits)
_SHUT: Cell = dict.fromkeys((Thing.links, Thing.api), Fate.refused)

MATRIX: Mapping[tuple[Part, When], Cell] = {
    (Part.broker, When.start): {**_ALL, **_ASLEEP},
    (Part.broker, When.lost): {**_ALL, **_ASLEEP},
    (Part.database, When.start): {Thing.webhooks: Fate.refused, **_ASLEEP, **_SHUT},
    (Part.database, When.lost): {Thing.webhooks: Fate.works, **_ASLEEP, **_SHUT},
    (Part.cache, When.start): _ALL,
    (Part.cache, When.lost): _ALL,
    (Part.media, When.start): {**_ALL, Thing.files: Fate.waits, Thing.links: Fate.refused},
    (Part.media, When.lost): {**_ALL, Thing.files: Fate.waits, Thing.links: Fate.refused},
    **{(part, When.back): _ALL for part in Part},
}

NOTES: Mapping[tuple[Part, When], str] = {
    (Part.broker, When.start): "webhooks are stored in the spool",
    (Part.broker, When.lost): "webhooks are stored in the spool, with what RabbitMQ had not confirmed",
    (Part.database, When.start): "the engine waits; vendors repeat their webhooks",
    (Part.database, When.lost): "addresses used before are known from memory; a new one answers 503",
    (Part.cache, When.start): "slower; pages of the widget ask instead of being told",
    (Part.cache, When.lost): "slower; pages of the widget ask instead of being told",
    (Part.media, When.start): "a conversation waits behind its file, others go on",
    (Part.media, When.lost): "a conversation waits behind its file, others go on",
}


def table() -> str:
    """As Markdown."""
    lines = ["| | " + " | ".join(When) + " |", "|---" * (len(When) + 1) + "|"]
    lines += [f"| {part} | " + " | ".join(_words(part, when) for when in When) + " |" for part in Part]
    return "\n".join(lines)


def _words(part: Part, when: When) -> str:
    if when is When.back:
        return "all works; what waited is delivered once, in order"
    groups = [*_groups(MATRIX[part, when]), f"`/ready` says 503, `{part.name}`"]
    note = NOTES[part, when]
    return f"{'; '.join(groups)}. {note[0].upper()}{note[1:]}"


def _groups(cell: Cell) -> Iterator[str]:
    for fate in Fate:
        things = [str(thing) for thing in Thing if cell[thing] is fate]
        if things:
            yield f"**{fate}:** " + ("all" if len(things) == len(Thing) else ", ".join(things))


def block() -> str:
    return f"{BEGIN}\n{table()}\n{END}"


def shown() -> str:
    """README's table, with its marks; empty where there is none."""
    found = re.search(f"{re.escape(BEGIN)}.*?{re.escape(END)}", README.read_text("utf-8"), re.DOTALL)
    return found[0] if found else ""


if __name__ == "__main__":
    if "--write" in sys.argv:
        README.write_text(README.read_text("utf-8").replace(shown(), block()), "utf-8")
    print(table())
