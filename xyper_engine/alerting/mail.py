"""A letter, by the mail server that `[smtp]` names."""

import ssl
from email.message import EmailMessage

import aiosmtplib

from xyper_engine.errors import XyperError
from xyper_engine.saying import Quoted, said
from xyper_engine.sections import Smtp


class Untold(XyperError):
    """A channel did not take what it was told. The text says why, and what to do."""


async def send(settings: Smtp, message: EmailMessage, seconds: float) -> str:
    """What the server said, in words. Raises `Untold`."""
    if not settings.host:
        raise Untold(said("mail.none", "No e-mail can be sent: [smtp] host is not set."))
    where = f"{settings.host}:{settings.port}"
    try:
        refused, answer = await aiosmtplib.send(
            message, sender=settings.sender, hostname=settings.host, port=settings.port, timeout=seconds,
            username=settings.username or None, password=settings.password.get_secret_value() or None,
            use_tls=settings.tls == "tls", start_tls=settings.tls == "starttls",
            tls_context=None if settings.tls == "none" else _context(settings),
        )  # fmt: skip
    except aiosmtplib.SMTPAuthenticationError as error:
        words = "{where} refuses the user or the password of [smtp] ({code}): check both."
        raise Untold(said("mail.login", words, where=where, code=str(error.code))) from None
    except aiosmtplib.SMTPRecipientsRefused as error:
        why = Quoted("; ".join(f"{one.recipient}: {one.code} {one.message}" for one in error.recipients))
        raise Untold(said("mail.recipients", "{where} takes no letter for {why}", where=where, why=why)) from None
    except aiosmtplib.SMTPResponseException as error:
        why = Quoted(f"{error.code} {error.message}")
        raise Untold(said("mail.refused", "{where} refuses the letter: {why}", where=where, why=why)) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        words = "{where} does not answer as a mail server should ({error}): check [smtp]."
        raise Untold(said("mail.silent", words, where=where, error=Quoted(_brief(error)))) from None
    if refused:
        words = "{where} takes no letter for {some}; the others got it."
        raise Untold(said("mail.some", words, where=where, some=list(refused)))
    return said("mail.taken", "{where} took it: {answer}", where=where, answer=Quoted(answer))


def _context(settings: Smtp) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file or None)


def _brief(error: BaseException) -> str:
    return str(error).rstrip(".") or type(error).__name__
