"""Words as the search knows them, in many languages."""

import pytest

from xyper_engine.sealing import Cipher
from xyper_engine.state.words import MOST, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, hello WORLD!", ["hello", "world"]),
        ("snake_case order-4711", ["snake", "case", "order", "4711"]),
        ("Ménü Straße", ["menu", "strasse"]),
        ("ﬁne Ⅷ", ["fine", "viii"]),
        ("Ελλάδα", ["ελλαδα"]),
        ("ПРИВЁТ", ["привет"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("مرحبا", ["مرحبا"]),
        ("注文番号12", ["注文", "文番", "番号", "12"]),
        ("猫 cat", ["猫", "cat"]),
        ("สวัส", ["สว", "วั", "ัส"]),
        ("👍 …", []),
        ("", []),
    ],
)
def test_of_a_text(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_very_long_text_has_an_end() -> None:
    assert len(words_of(" ".join(map(str, range(2 * MOST))))) == MOST


def test_a_hash_is_the_same_for_a_word_and_another_for_another_key() -> None:
    one, other = Cipher("k1", bytes(32)), Cipher("k2", bytes(range(32)))
    assert one.blinded(["hello", "world"]) == one.blinded(["hello"]) + one.blinded(["world"])
    assert set(one.blinded(["hello"])).isdisjoint(other.blinded(["hello"]))
    assert all(-(2**63) <= hash_ < 2**63 for hash_ in one.blinded(map(str, range(1000))))
