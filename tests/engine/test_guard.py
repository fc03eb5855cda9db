"""Where files may be fetched from, and from where they never are."""

import socket
from contextlib import suppress
from ipaddress import ip_address

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from xyper_engine.errors import Rejected
from xyper_engine.guard import Guard, is_public, parsed

LAB = ("http://127.0.0.1:8080/genesys", "http://login.lab.example:8080")

PUBLIC = ["8.8.8.8", "3.120.0.1", "2606:4700::1111", "64:ff9b::808:808"]
PRIVATE = {
    "this machine": "127.0.0.1",
    "this machine, elsewhere": "127.8.9.10",
    "this machine in IPv6": "::1",
    "no address": "0.0.0.0",
    "no address in IPv6": "::",
    "private 10": "10.0.0.1",
    "private 172": "172.16.5.4",
    "private 192": "192.168.1.1",
    "a carrier's own": "100.100.100.200",
    "the metadata service": "169.254.169.254",
    "the metadata service in IPv6": "fd00:ec2::254",
    "the metadata service of Azure": "168.63.129.16",
    "the metadata service of Oracle": "192.0.0.192",
    "link-local": "fe80::1",
    "link-local with its zone": "fe80::1%eth0",
    "site-local": "fec0::1",
    "unique local": "fd12::1",
    "multicast": "224.0.0.1",
    "multicast in IPv6": "ff02::1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "documentation": "203.0.113.5",
    "documentation in IPv6": "2001:db8::1",
    "a benchmark": "198.18.0.1",
    "6to4 relay": "192.88.99.1",
    "IPv4-mapped": "::ffff:127.0.0.1",
    "IPv4-mapped, public": "::ffff:8.8.8.8",
    "IPv4-compatible": "::127.0.0.1",
    "NAT64 of a private one": "64:ff9b::a00:1",
    "NAT64 of the metadata service": "64:ff9b::a9fe:a9fe",
    "NAT64 of a local network": "64:ff9b:1::808:808",
    "6to4 of this machine": "2002:7f00:1::",
    "6to4 of a public one": "2002:808:808::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("case", PRIVATE)
def test_all_else(case: str) -> None:
    assert not is_public(ip_address(PRIVATE[case]))


ALLOWED = {
    "a name": "https://api-downloads.mypurecloud.de/1?Signature=a%2Bb",
    "with its port": "https://cdn.example:443/1",
    "in capitals": "HTTPS://CDN.EXAMPLE/1",
    "of another alphabet": "https://bücher.example/ä b",
    "a public address": "https://8.8.8.8/1",
    "a public address in IPv6": "https://[2606:4700::1111]/1",
    "a name that begins with digits": "https://127.0.0.1.nip.example/1",
    "the region's own": "http://127.0.0.1:8080/api/v2/downloads/1",
    "the region's own login": "http://login.lab.example:8080/1",
}
REFUSED = {
    "nothing": "",
    "no host": "https:///etc/passwd",
    "a path": "/etc/passwd",
    "a file": "file:///etc/passwd",
    "another protocol": "ftp://cdn.example/1",
    "gopher": "gopher://cdn.example:6379/_FLUSHALL",
    "a data URL": "data:text/plain,hello",
    "not encrypted": "http://cdn.example/1",
    "another port": "https://cdn.example:6379/1",
    "a port that is none": "https://cdn.example:x/1",
    "a user": "https://user@cdn.example/1",
    "a user and a password": "https://user:secret@cdn.example/1",
    "a user who looks like a host": "https://cdn.example@169.254.169.254/1",
    "an empty user": "https://:@cdn.example/1",
    "an address in one number": "https://2130706433/1",
    "a hexadecimal number": "https://0x7f000001/1",
    "hexadecimal numbers": "https://0x7f.0.0.0x1/1",
    "octal numbers": "https://0177.0.0.01/1",
    "a short address": "https://127.1/1",
    "an address with a dot behind it": "https://127.0.0.1./1",
    "full-width digits": "https://１２７.０.０.１/1",
    "the region's own host, another port": "http://127.0.0.1:6379/1",
    "the region's own host, encrypted": "https://127.0.0.1:8080/1",
    "the region's own name, another port": "http://login.lab.example/1",
    **{case: f"https://[{one}]/1" if ":" in one else f"https://{one}/1" for case, one in PRIVATE.items()},
}


@pytest.mark.parametrize("case", ALLOWED)
async def test_an_address_that_may_be_asked(case: str) -> None:
    Guard(LAB).check(parsed(ALLOWED[case]))


@pytest.mark.parametrize("case", REFUSED)
async def test_an_address_that_may_not(case: str) -> None:
    with pytest.raises(Rejected, match="address is refused"):
        Guard(LAB).check(parsed(REFUSED[case]))


@settings(deadline=None)
@given(st.text() | st.from_regex(r"(https?:)?//[^/]{0,20}/.{0,5}"))
def test_no_address_does_more_than_be_refused(text: str) -> None:
    with suppress(Rejected):
        Guard(LAB, Names()).check(parsed(text))
    with suppress(Rejected):
        Guard(LAB, Names()).check(parsed(text, base=URL(LAB[0])))


def test_a_signature_in_an_address_stays_as_it_is() -> None:
    signed = "https://cdn.example/a%2Fb?Expires=1&Signature=a%2Bb~c%3D&x=%7e"
    assert str(parsed(signed)) == signed


class Names(AbstractResolver):
    """Knows where these names lead."""

    def __init__(self, **places: list[str]) -> None:
        self._places = places

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._places[host]
        ]

    async def close(self) -> None:
        """It holds nothing."""


async def test_a_name_that_leads_to_the_public_internet() -> None:
    guard = Guard(LAB, Names(cdn=["8.8.8.8", "2606:4700::1111"]))
    assert [one["host"] for one in await guard.resolve("cdn", 443)] == ["8.8.8.8", "2606:4700::1111"]
    await guard.close()


@pytest.mark.parametrize("case", PRIVATE)
async def test_a_name_that_leads_elsewhere_too(case: str) -> None:
    guard = Guard(LAB, Names(cdn=["8.8.8.8", PRIVATE[case]]))
    with pytest.raises(Rejected, match="public internet"):
        await guard.resolve("cdn", 443)


async def test_the_regions_own_name_may_lead_anywhere_but_only_at_its_port() -> None:
    guard = Guard(LAB, Names(**{"login.lab.example": ["127.0.0.1"]}))
    assert len(await guard.resolve("login.lab.example", 8080)) == 1
    with pytest.raises(Rejected):
        await guard.resolve("login.lab.example", 443)


async def test_what_this_machine_calls_itself() -> None:
    with pytest.raises(Rejected, match="public internet"):
        await Guard(LAB).resolve("localhost", 443, socket.AF_UNSPEC)
