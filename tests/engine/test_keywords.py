"""Keywords: what ends or resumes messages in seven languages, and what only looks like it."""

import pytest

from xyper_engine.keywords import START, STOP, known, listed, plain

STOPS, STARTS = known(listed(STOP)), known(listed(START))


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop", " Stop! ", "Stop.", "stop...", "\u201cSTOP\u201d", "\u202aSTOP\u202c", "Ｓｔｏｐ",
        "stop\n", "Stop  all",
        "Unsubscribe", "opt-out", "OPT OUT", "BAJA", "¡Baja!", "dar de baja", "Cancelar suscripcion", "PARAR", "SAIR",
        "cancelar inscricao", "ARRET", "arrêt", "Désabo", "DESABO", "désabonner", "STOPP", "Abmelden.", "abbestellen",
        "disiscrivimi", "Cancella iscrizione", "إيقاف", "ايقاف", "إيقـاف", "إِيقَاف", "إلغاء الاشتراك", "الغاء الاشتراك!",
    ],
)  # fmt: skip
def test_ends_messages(text: str) -> None:
    assert plain(text) in STOPS
    assert plain(text) not in STARTS


@pytest.mark.parametrize(
    "text", ["START", "start!", "ALTA", "Voltar", "REPRENDRE", "S\u2019abonner", "s'abonner", "iscrivimi", "اشتراك"]
)
def test_resumes_them(text: str) -> None:
    assert plain(text) in STARTS
    assert plain(text) not in STOPS


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "!!!", "\N{OCTAGONAL SIGN}", "stop it please", "please stop", "don't stop", "stop stop", "stopped",
        "non-stop", "bus stop", "cancel", "end", "no", "baja el precio", "sairei", "arrêt de bus", "abmelden?  ja",
        "stopper", "startup", "get started", "لا توقف الخدمة",
    ],
)  # fmt: skip
def test_is_nothing_but_words(text: str) -> None:
    assert plain(text) not in STOPS | STARTS


def test_no_word_means_both() -> None:
    assert not STOPS & STARTS
    assert set(STOP) == set(START) == {"en", "es", "pt", "fr", "de", "it", "ar"}
