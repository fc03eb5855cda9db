"""Which addresses may be called that were given from outside: the public internet's and named ones, and nothing else.

Addresses of files and of webhooks come from outside. Without a guard they could name what only this machine can reach:
the database beside it, or the cloud's metadata service, which hands out keys (server-side request forgery). A name is
judged by what it resolves to, in the resolver of the very connection: no second look-up could give another answer.
"""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from xyper_engine.errors import Rejected

Address = IPv4Address | IPv6Address

_NAT64 = ip_network("64:ff9b::/96")
_FURTHER = (
    ip_network("168.63.129.16/32"),  # Azure's own services, under an address that looks public
    ip_network("192.0.0.0/24"),  # protocols' own, Oracle's metadata service among them
    ip_network("192.88.99.0/24"),  # 6to4 relays, withdrawn
    ip_network("2002::/16"),  # 6to4, withdrawn; Python's versions disagree about it
    ip_network("fec0::/10"),  # site-local, withdrawn, and public in the eyes of Python
    ip_network("64:ff9b:1::/48"),  # NAT64 of local networks
)


class Guard(AbstractResolver):
    """Judges addresses, and resolves names for the connections that follow. `own`: base URLs that are let through
    wherever they are, e.g. the region's; `what` it is, for people.
    """

    def __init__(
        self, own: tuple[str, ...], resolver: AbstractResolver | None = None, what: str = "A file's address"
    ) -> None:
        self._what = what
        self._own = frozenset(URL(base).origin() for base in own)
        self._own_places = frozenset((origin.host, origin.port) for origin in self._own)
        self._resolver = resolver or ThreadedResolver()

    def owns(self, url: URL) -> bool:
        """Whether it is on one of the own hosts: scheme, host and port."""
        return url.origin() in self._own

    def check(self, url: URL) -> None:
        """What can be told before any look-up. Raises `Rejected`."""
        fault = _fault(url)
        if fault is None and not self.owns(url):
            fault = _foreign_fault(url)
        if fault is not None:
            raise Rejected(f"{self._what} is refused: {fault}.", code="address")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises `Rejected` where any of a foreign host's addresses is not public, `OSError` where there is none."""
        found = await self._resolver.resolve(host, port, family)
        if (host, port) not in self._own_places and not all(is_public(ip_address(one["host"])) for one in found):
            raise Rejected(f"{self._what} is refused: its host is not on the public internet.", code="address")
        return found

    async def close(self) -> None:
        await self._resolver.close()


def parsed(text: str, base: URL | None = None, what: str = "A file's address") -> URL:
    """An address from outside, kept to the letter where it can be: signatures in it must not change. `Rejected`."""
    try:
        url = URL(text, encoded=text.isascii() and text.isprintable() and " " not in text)
        url = base.join(url) if base else url
        # Only what is asked for is read: a port that is none would show itself much later.
        if url.host and url.port:
            return url
    except ValueError:
        pass
    raise Rejected(f"{what} is refused: it is no web address.", code="address")


def is_public(address: Address) -> bool:
    """On the public internet, and so is what an address carries inside it (NAT64, Teredo, IPv4-mapped)."""
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    if special and not _inside(address, _NAT64):
        return False
    listed = any(_inside(address, network) for network in _FURTHER)
    return address.is_global and not listed and all(is_public(one) for one in _carried(address))


def _inside(address: Address, network: object) -> bool:
    return address in network  # type: ignore[operator]


def _carried(address: Address) -> Iterator[IPv4Address]:
    if isinstance(address, IPv6Address):
        teredo = address.teredo or ()
        nat64 = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        yield from (one for one in (address.ipv4_mapped, nat64, *teredo) if one is not None)


def _fault(url: URL) -> str | None:
    if url.scheme not in ("http", "https"):
        return "it is no web address"
    if url.raw_user is not None or url.raw_password is not None:
        return "it holds a user's name"
    return None


def _foreign_fault(url: URL) -> str | None:
    host = url.host or ""
    literal = _literal(host)
    if url.scheme != "https":
        return "it is not https"
    if url.port != 443:
        return "its port is not 443"
    if literal is not None and not is_public(literal):
        return "its host is not on the public internet"
    # `127.1`, `2130706433` and `0x7f.1` are names to some resolvers and addresses to others.
    last = host.rstrip(".").rpartition(".")[2]
    return "its host is a number" if literal is None and (last.isdecimal() or last.startswith("0x")) else None


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
