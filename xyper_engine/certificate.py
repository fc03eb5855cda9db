"""The certificate that the world is shown at our public address, read by the handshake that the world makes."""

import asyncio
import ssl
import time
from datetime import datetime

from cryptography import x509
from pydantic import Field
from yarl import URL

from xyper_engine.model import now
from xyper_engine.saying import Quoted, Saying, resaid, said, sayings
from xyper_engine.view import View

EVERY = 3600.0
"""Seconds between two looks."""
PATIENCE = 5.0


class CertificateView(View):
    host: str
    expires_at: datetime | None = None
    issuer: str = ""
    fault: str = ""
    """Why browsers and vendors would not take it, or why nobody could look; "": all is well."""
    said: dict[str, Saying] = Field(default_factory=dict)
    """The fault for other languages."""
    at: datetime

    @property
    def why(self) -> str:
        """The fault as a sentence that other languages know."""
        return resaid(self.fault, self.said.get("fault"))


class Certificate:
    """Of a public URL; nothing to look at where that is not https."""

    def __init__(self, public_url: str, context: ssl.SSLContext | None = None) -> None:
        self._url = URL(public_url)
        self._context = context or ssl.create_default_context()
        self._next = 0.0
        self.view: CertificateView | None = None

    async def look(self) -> None:
        """Once an hour. Never raises for what is wrong: that is what is told."""
        if self._url.scheme != "https" or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        self.view = await self._seen()

    async def _seen(self) -> CertificateView:
        host = self._url.host or ""
        try:
            shown = await self._shake(_trusting())
        except (OSError, TimeoutError) as error:
            words = "Nobody answers at {address} ({error}): can we reach it from here?"
            kind = Quoted(type(error).__name__)
            what = said("certificate.silent", words, address=f"{host}:{self._url.port}", error=kind)
            return CertificateView(host=host, fault=what, said=sayings(fault=what), at=now())
        found = x509.load_der_x509_certificate(shown)
        names = found.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        issuer = str(names[0].value) if names else ""
        fault = await self._fault()
        until = found.not_valid_after_utc
        return CertificateView(
            host=host, expires_at=until, issuer=issuer, fault=fault, said=sayings(fault=fault), at=now()
        )

    async def _fault(self) -> str:
        try:
            await self._shake(self._context)
        except ssl.SSLCertVerificationError as error:
            words = "The certificate of {host} does not hold: {why}."
            why = Quoted(error.verify_message)
            return said("certificate.fault", words, host=self._url.host or "", why=why)
        except (OSError, TimeoutError):
            return ""  # it was there a moment ago
        return ""

    async def _shake(self, context: ssl.SSLContext) -> bytes:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(
                self._url.host, self._url.port, ssl=context, server_hostname=self._url.host
            )
        try:
            return bytes(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
        finally:
            writer.transport.abort()


def _trusting() -> ssl.SSLContext:
    """To read a certificate that does not hold, too."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
