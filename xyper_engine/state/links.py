"""Tokens of links that anybody may follow until they expire: an id, until when, and a signature."""

import re
import time

from xyper_engine.errors import NotFound
from xyper_engine.sealing import Sealer

_TOKEN = re.compile(r"([0-9a-f-]{36})\.([0-9]{1,12})\.([\w-]{22})", re.ASCII)


def token(sealer: Sealer, what: str, id_: str, hours: float) -> str:
    """`what`: of which kind it is, so that a token for one kind opens no other."""
    expires = int(time.time() + 3600 * hours)
    return f"{id_}.{expires}.{sealer.sign(f'{what} {id_} {expires}')}"


def opened(sealer: Sealer, what: str, given: str) -> str:
    """The id. Raises `NotFound` where the token is forged or has expired."""
    found = _TOKEN.fullmatch(given)
    if found:
        id_, expires, signature = found[1], int(found[2]), found[3]
        if sealer.proves(f"{what} {id_} {expires}", signature) and expires > time.time():
            return id_
    raise NotFound("This link has expired, or it is none of ours: ask for a new one.")
