"""Who is at the other end of the line: the client's address and its request's id, as far as proxies are believed.

Anybody can write `X-Forwarded-For`. It is read only where a proxy of ours (`[server] proxies`) handed the request on,
and from the right: each proxy appends whom it heard, so the first address that is no proxy of ours is the client, and
whatever stands left of it is the client's own invention.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

from aiohttp import web

from xyper_engine.model import new_id

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_FOR = re.compile(r"""(?:^|;)\s*for\s*=\s*("[^"]*"|[^;\s]*)""", re.IGNORECASE)
_PORT = re.compile(r"^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$")


class Client(NamedTuple):
    address: str
    request_id: str


class Proxies:
    """`header`: the one that our proxies write, `X-Forwarded-For` or `Forwarded`; the other one is anybody's."""

    def __init__(self, networks: Sequence[Network], header: str) -> None:
        self._networks = networks
        self._header = header

    def client(self, request: web.Request) -> Client:
        """Of this request."""
        peer = request.remote or ""
        if not self._networks or not self._ours(_address(peer)):
            return Client(peer, new_id())
        given = request.headers.get("X-Request-Id", "")
        return Client(self._behind(peer, request), given if _TOKEN.fullmatch(given) else new_id())

    def _behind(self, peer: str, request: web.Request) -> str:
        for hop in reversed(list(self._hops(request.headers.getall(self._header, [])))):
            address = _address(hop)
            if address is None:  # `unknown`, or nonsense: whoever wrote that is as far as we can see
                return peer
            peer = str(address)
            if not self._ours(address):
                return peer
        return peer

    def _hops(self, lines: Iterable[str]) -> Iterable[str]:
        for hop in ",".join(lines).split(","):
            if self._header == "Forwarded":
                found = _FOR.search(hop)
                yield found[1].strip('"') if found else ""
            else:
                yield hop.strip()

    def _ours(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


@lru_cache(4096)
def counted(address: str) -> str:
    """Under what a client is counted: of IPv6 the network, since every customer of a provider has 2^64 addresses."""
    known = _address(address)
    if isinstance(known, IPv6Address):
        return f"{IPv6Address(int(known) >> 64 << 64)}/64"
    return address


def _address(text: str) -> Address | None:
    """Also with a port, and IPv6 in brackets; an IPv4 address inside of IPv6 is that IPv4 address."""
    bare = _PORT.match(text)
    try:
        address = ip_address((bare[1] or bare[2]) if bare else text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
