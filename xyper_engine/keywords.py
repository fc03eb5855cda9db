"""The words by which people say, with nothing else in the message, that they want to hear no more, or again.

Only what nobody says for another reason: "cancel" or "end" alone is an answer that agents and bots ask for.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

LONGEST = 60
"""Characters of a message that may be such a word."""

_WORDS = re.compile("[a-z0-9]+")

STOP: Mapping[str, tuple[str, ...]] = {
    "en": ("stop", "stop all", "stopall", "unsubscribe", "unsubscribe me", "opt out", "opt-out", "optout"),
    "es": ("baja", "dar de baja", "darme de baja", "darse de baja", "desuscribir", "cancelar suscripción", "parar"),
    "pt": ("sair", "parar", "pare", "descadastrar", "cancelar inscrição", "cancelar assinatura"),
    "fr": ("stop", "arrêt", "arrêter", "désabo", "désabonner", "me désabonner", "se désabonner", "désabonnement",
           "désinscription", "désinscrire"),
    "de": ("stopp", "abmelden", "abbestellen", "austragen", "abbestellung"),
    "it": ("stop", "disiscrivimi", "disiscrivermi", "cancellami", "cancella iscrizione", "annulla iscrizione"),
    "ar": ("إيقاف", "توقف", "أوقف", "إلغاء الاشتراك", "الغاء الاشتراك"),
}  # fmt: skip
"""By language; each holds in all languages."""

START: Mapping[str, tuple[str, ...]] = {
    "en": ("start", "unstop", "subscribe", "resubscribe", "opt in", "opt-in", "optin"),
    "es": ("alta", "suscribir", "suscribirme", "reanudar"),
    "pt": ("voltar", "inscrever", "cadastrar", "retomar"),
    "fr": ("reprendre", "s'abonner", "abonner", "m'abonner", "réabonner"),
    "de": ("start", "anmelden", "abonnieren", "wieder anmelden"),
    "it": ("start", "iscrivimi", "iscrivermi", "riattiva"),
    "ar": ("اشتراك", "ابدأ", "تفعيل الاشتراك"),
}
"""They end an opt-out; from somebody who never opted out they mean something else."""


def plain(text: str) -> str:
    """However it is written: without case, accents, invisible marks, punctuation and blanks around it."""
    if text.isascii():  # as most is, and for every message this is asked
        return " ".join(_WORDS.findall(text.lower()))
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = (char if char.isalnum() else " " for char in folded if not _is_mark(char))
    return " ".join("".join(kept).split())


@cache
def known(words: tuple[str, ...]) -> frozenset[str]:
    """A list of such words, ready to be compared with `plain`."""
    return frozenset(filter(None, map(plain, words)))


def listed(words: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Those of all languages."""
    return tuple(word for of in words.values() for word in of)


def _is_mark(char: str) -> bool:
    """Accents, Arabic vowel signs and the stroke that lengthens a word, marks of direction, joiners."""
    return char == "\u0640" or unicodedata.category(char) in ("Mn", "Cf", "Me")
