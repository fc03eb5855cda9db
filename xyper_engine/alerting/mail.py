"""A letter, by the mail server that `[smtp]` names."""

import ssl
from email.message import EmailMessage

import aiosmtplib

from xyper_engine.errors import XyperError
from xyper_engine.sections import Smtp


class Untold(XyperError):
    """A channel did not take what it was told. The text says why, and what to do."""


async def send(settings: Smtp, message: EmailMessage, seconds: float) -> str:
    """What the server said, in words. Raises `Untold`."""
    if not settings.host:
        raise Untold("No e-mail can be sent: [smtp] host is not set.")
    where = f"{settings.host}:{settings.port}"
    try:
        refused, said = await aiosmtplib.send(
            message, sender=settings.sender, hostname=settings.host, port=settings.port, timeout=seconds,
            username=settings.username or None, password=settings.password.get_secret_value() or None,
            use_tls=settings.tls == "tls", start_tls=settings.tls == "starttls",
            tls_context=None if settings.tls == "none" else _context(settings),
        )  # fmt: skip
    except aiosmtplib.SMTPAuthenticationError as error:
        raise Untold(f"{where} refuses the user or the password of [smtp] ({error.code}): check both.") from None
    except aiosmtplib.SMTPRecipientsRefused as error:
        why = "; ".join(f"{one.recipient}: {one.code} {one.message}" for one in error.recipients)
        raise Untold(f"{where} takes no letter for {why}") from None
    except aiosmtplib.SMTPResponseException as error:
        raise Untold(f"{where} refuses the letter: {error.code} {error.message}") from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Untold(f"{where} does not answer as a mail server should ({_brief(error)}): check [smtp].") from None
    if refused:
        raise Untold(f"{where} takes no letter for {', '.join(refused)}; the others got it.")
    return f"{where} took it: {said}"


def _context(settings: Smtp) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file or None)


def _brief(error: BaseException) -> str:
    return str(error).rstrip(".") or type(error).__name__
