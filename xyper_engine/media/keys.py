"""Which keys a media store takes, the same in every store: a folder must never be left through one."""

import re

_KEY = re.compile(r"[^/\x00-\x1f\x7f\\]{1,255}(/[^/\x00-\x1f\x7f\\]{1,255})*")


def check_key(key: str) -> str:
    """The key itself, if it is `<tenant>/…` without empty, hidden or `..` parts. ValueError: the caller is wrong."""
    parts = key.split("/")
    long = len(key.encode()) > 900 or any(len(part.encode()) > 255 for part in parts)
    if long or len(parts) < 2 or not _KEY.fullmatch(key) or any(part.startswith(".") for part in parts):
        raise ValueError(f"{key!r} is no key of a media store: it must read <tenant>/<name>.")
    return key
